"""Exact rules: expression class -> closed Hermite coefficients and dual kernels, one rule per file.

`coefficients.RULES` and `duals.RULES` list the rules in the order in which they are tried; a new class of
expressions is one new file and one line there.
"""
