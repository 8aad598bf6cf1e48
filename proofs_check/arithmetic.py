"""What the numbers of a formula are: exact rationals, balls, floats, or expressions."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from operator import methodcaller
from typing import Any, Protocol

import flint
import numpy as np
import sympy as sp

from hermite_gamma.balls import constant
from hermite_gamma.results import Enclosure

BITS = 256


class NotEvaluable(TypeError):
    """A formula has a node, or a value, that the arithmetic of its evidence does not know."""


class Arithmetic(Protocol):
    """The operations that a formula needs; arrays are taken entry by entry."""

    def adopt(self, value: Any) -> Any:
        """Return a value of a variable or quantity as a number, or array of numbers, of this kind."""

    def rational(self, numerator: int, denominator: int) -> Any: ...
    def constant(self, name: str) -> Any: ...
    def add(self, left: Any, right: Any) -> Any: ...
    def multiply(self, left: Any, right: Any) -> Any: ...
    def power(self, base: Any, exponent: sp.Rational) -> Any: ...
    def general_power(self, base: Any, exponent: Any) -> Any: ...
    def largest(self, left: Any, right: Any) -> Any: ...
    def smallest(self, left: Any, right: Any) -> Any: ...
    def function(self, name: str, *arguments: Any) -> Any: ...


class _Plain:
    """Sums and products by Python's own operators."""

    def add(self, left: Any, right: Any) -> Any:
        return left + right

    def multiply(self, left: Any, right: Any) -> Any:
        return left * right

    def general_power(self, base: Any, exponent: Any) -> Any:
        return base**exponent

    def constant(self, name: str) -> Any:
        raise NotEvaluable(f"{name} is no rational number")

    def largest(self, left: Any, right: Any) -> Any:
        return max(left, right)

    def smallest(self, left: Any, right: Any) -> Any:
        return min(left, right)


def _matrix(value: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return nested tuples or a flint matrix as an array of objects."""
    rows = value.tolist() if hasattr(value, "tolist") else value
    array = np.array(rows, dtype=object)
    return array


class Exact(_Plain):
    """Rational numbers, as `Fraction`."""

    def adopt(self, value: Any) -> Any:
        if isinstance(value, (Fraction, bool)):
            return value
        if isinstance(value, (int, np.integer)):
            return Fraction(int(value))
        if isinstance(value, (float, np.floating)):
            return Fraction(float(value))
        if isinstance(value, flint.fmpz):
            return Fraction(int(value))
        if isinstance(value, flint.fmpq):
            return Fraction(int(value.p), int(value.q))
        if isinstance(value, sp.Rational):
            return Fraction(int(value.p), int(value.q))
        if isinstance(value, (tuple, list, np.ndarray, flint.fmpq_mat, flint.fmpz_mat)):
            array = _matrix(value)
            return np.vectorize(self.adopt, otypes=[object])(array) if array.size else array
        raise NotEvaluable(f"{type(value).__name__} is no rational number")

    def rational(self, numerator: int, denominator: int) -> Fraction:
        return Fraction(numerator, denominator)

    def power(self, base: Any, exponent: sp.Rational) -> Any:
        if exponent.q == 1:
            return base ** int(exponent)
        if exponent.q == 2 and isinstance(base, Fraction) and base >= 0:
            roots = Fraction(isqrt(base.numerator), isqrt(base.denominator))
            if roots**2 == base:
                return roots ** int(exponent.p)
        raise NotEvaluable(f"{base}^({exponent}) is not known to be rational")

    def general_power(self, base: Any, exponent: Any) -> Any:
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            return base ** int(exponent)
        raise NotEvaluable(f"{base}^({exponent}) is not known to be rational")

    def function(self, name: str, *arguments: Any) -> Any:
        if name == "Abs":
            return abs(arguments[0])
        if name == "sign":
            return Fraction((arguments[0] > 0) - (arguments[0] < 0))
        if name == "floor":
            return Fraction(arguments[0].__floor__())
        if name in ("binomial", "factorial"):
            return Fraction(int(getattr(sp, name)(*[int(a) for a in arguments])))
        raise NotEvaluable(f"{name} of a rational is not known to be rational")


_BALL_FUNCTIONS = frozenset(
    [
        "asin",
        "acos",
        "atan",
        "sin",
        "cos",
        "tan",
        "exp",
        "log",
        "erf",
        "erfc",
        "tanh",
        "sinh",
        "cosh",
        "gamma",
        "sqrt",
    ]
)


class Balls(_Plain):
    """Arb balls with 256 bits; relations between them are decided only when they are certain."""

    def adopt(self, value: Any) -> Any:
        if isinstance(value, flint.arb):
            return value
        if isinstance(value, Enclosure):
            low, high = self.adopt(value.lower), self.adopt(value.upper)
            # ends in the wrong order are a fault of the package: the union would hide it, one end shows it
            return low.union(high) if value.lower <= value.upper else high
        if isinstance(value, (int, np.integer, flint.fmpz)):
            return flint.arb(int(value))
        if isinstance(value, (float, np.floating)):
            return flint.arb(float(value))
        if isinstance(value, (Fraction, sp.Rational)):
            p, q = (value.numerator, value.denominator) if isinstance(value, Fraction) else (value.p, value.q)
            return flint.arb(flint.fmpq(int(p), int(q)))
        if isinstance(value, flint.fmpq):
            return flint.arb(value)
        if isinstance(value, sp.Expr) and value.is_number:
            return constant(value, BITS)
        if isinstance(value, (tuple, list, np.ndarray, flint.arb_mat)):
            array = _matrix(value)
            return np.vectorize(self.adopt, otypes=[object])(array) if array.size else array
        raise NotEvaluable(f"{type(value).__name__} is not taken as a ball")

    def rational(self, numerator: int, denominator: int) -> flint.arb:
        return flint.arb(flint.fmpq(numerator, denominator))

    def constant(self, name: str) -> flint.arb:
        if name == "pi":
            return flint.arb.pi()
        if name == "E":
            return flint.arb(1).exp()
        raise NotEvaluable(f"constant {name} has no ball")

    def power(self, base: Any, exponent: sp.Rational) -> Any:
        if exponent.q == 1:
            return _entrywise(lambda x: _integer_power(x, int(exponent)), base)
        return _entrywise(lambda x: _integer_power(x.root(int(exponent.q)), int(exponent.p)), base)

    def largest(self, left: Any, right: Any) -> Any:
        return left.max(right)

    def smallest(self, left: Any, right: Any) -> Any:
        return left.min(right)

    def function(self, name: str, *arguments: Any) -> Any:
        if name in ("binomial", "factorial"):
            return flint.arb(int(getattr(sp, name)(*[int(a.unique_fmpz()) for a in arguments])))
        if name == "Abs":
            return _entrywise(abs, *arguments)
        if name not in _BALL_FUNCTIONS:
            raise NotEvaluable(f"{name} has no rule for balls; add one in arithmetic.py")
        return _entrywise(methodcaller(name), *arguments)


def _integer_power(base: flint.arb, exponent: int) -> flint.arb:
    # arb ** n is nan for a ball with midpoint 0 (python-flint 0.9); complex balls take the power correctly
    return (flint.acb(base) ** exponent).real


def _entrywise(function: Any, value: Any) -> Any:
    return (
        np.vectorize(function, otypes=[object])(value) if isinstance(value, np.ndarray) else function(value)
    )


class Floats(_Plain):
    """Floats and arrays of trials."""

    def adopt(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.astype(float)
        if isinstance(value, flint.arb):
            return float(value.mid())
        if isinstance(value, flint.fmpq):
            return int(value.p) / int(value.q)
        return float(value)

    def rational(self, numerator: int, denominator: int) -> float:
        return numerator / denominator

    def constant(self, name: str) -> float:
        return float(getattr(sp, name))

    def power(self, base: Any, exponent: sp.Rational) -> Any:
        return base ** (int(exponent) if exponent.q == 1 else float(exponent))

    def largest(self, left: Any, right: Any) -> Any:
        return np.maximum(left, right)

    def smallest(self, left: Any, right: Any) -> Any:
        return np.minimum(left, right)

    def function(self, name: str, *arguments: Any) -> Any:
        names = {"Abs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
        if name in ("binomial", "factorial"):
            return float(getattr(sp, name)(*[round(float(a)) for a in arguments]))
        if name == "erf":
            from scipy.special import erf

            return erf(*arguments)
        found = getattr(np, names.get(name, name), None)
        if found is None:
            raise NotEvaluable(f"{name} has no rule for floats; add one in arithmetic.py")
        return found(*arguments)


class Expressions(_Plain):
    """SymPy expressions; variables that stay symbols are quantified over their whole domain."""

    def adopt(self, value: Any) -> Any:
        if isinstance(value, Fraction):
            return sp.Rational(value.numerator, value.denominator)
        if isinstance(value, (tuple, list)):
            return np.vectorize(self.adopt, otypes=[object])(np.array(value, dtype=object))
        if isinstance(value, np.ndarray):
            return np.vectorize(self.adopt, otypes=[object])(value)
        if isinstance(value, (int, np.integer)):
            return sp.Integer(int(value))
        if isinstance(value, sp.Basic):
            return value
        raise NotEvaluable(f"{type(value).__name__} is no expression")

    def rational(self, numerator: int, denominator: int) -> sp.Rational:
        return sp.Rational(numerator, denominator)

    def constant(self, name: str) -> sp.Expr:
        return getattr(sp, name)

    def power(self, base: Any, exponent: sp.Rational) -> Any:
        return base**exponent

    def largest(self, left: Any, right: Any) -> Any:
        return sp.Max(left, right)

    def smallest(self, left: Any, right: Any) -> Any:
        return sp.Min(left, right)

    def function(self, name: str, *arguments: Any) -> Any:
        return getattr(sp, name)(*arguments)


EXACT = Exact()
BALLS = Balls()
FLOATS = Floats()
EXPRESSIONS = Expressions()
