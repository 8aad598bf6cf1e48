"""Derivations: the steps from phi to its constants, each line checked with balls; see docs/deriving.md."""
