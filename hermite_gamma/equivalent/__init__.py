"""Finite-size theory: deterministic equivalents of the alignment at the user's own N, d and k."""
