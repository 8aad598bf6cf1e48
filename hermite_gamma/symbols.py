"""The one real variable of every activation, and the one of every dual kernel."""

from __future__ import annotations

from sympy import Symbol

X = Symbol("x", real=True)
RHO = Symbol("rho", real=True)
