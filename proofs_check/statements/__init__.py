"""One theorem per file; `proofs_check.registry` finds them."""
