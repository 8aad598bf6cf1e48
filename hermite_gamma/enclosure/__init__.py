"""Arb routes to proved digits; see routes.py for the list and docs/enclosures.md for the bounds."""
