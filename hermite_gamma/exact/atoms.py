"""A piecewise function as a sum of atoms c x^n e^(ax - bx^2) erf(sx + t), each on an interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sympy import Expr, Float, I, Integer, Pow, Rational, S, cos, cosh, erf, erfc, exp, expand, log, sin, sinh

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X

# A power of a sum with more terms than this is not something a closed form can be read off from.
MAX_TERMS = 4096


@dataclass(frozen=True)
class Atom:
    """coefficient * x^power * exp(rate*x - gauss*x^2) * erf(slope*x + offset) on (left, right), else 0.

    Attributes:
        coefficient: exact number, complex where the rate is.
        power: integer >= 0.
        rate: exact number; sin and cos are written with a pair of conjugate rates.
        gauss: exact real number.
        slope, offset: exact real numbers, slope > 0 where its sign is decided; both None without an erf.
        left, right: exact real numbers or -oo, oo.
    """

    coefficient: Expr
    power: int
    rate: Expr
    gauss: Expr
    slope: Expr | None
    offset: Expr | None
    left: Expr
    right: Expr

    @property
    def is_whole_line(self) -> bool:
        """True if the atom is not cut off anywhere."""
        return self.left is S.NegativeInfinity and self.right is S.Infinity

    @property
    def is_real(self) -> bool:
        """True if the rate has no imaginary part."""
        return bool(self.rate.is_real)

    @property
    def expr(self) -> Expr:
        """The atom as an expression in x, without its interval."""
        factor = S.One if self.slope is None else erf(self.slope * X + self.offset)
        return self.coefficient * X**self.power * exp(self.rate * X - self.gauss * X**2) * factor


class Shape(NamedTuple):
    """What distinguishes two atoms on the same interval, their coefficients apart."""

    power: int = 0
    rate: Expr = S.Zero
    gauss: Expr = S.Zero
    slope: Expr | None = None
    offset: Expr | None = None


Terms = dict[Shape, Expr]
CONSTANT = Shape()


@lru_cache(maxsize=1024)
def atoms(function: PiecewiseFunction) -> tuple[Atom, ...]:
    """Return atoms whose sum is the function (almost everywhere).

    Args:
        function: pieces of products and sums of polynomials, exp of a quadratic, sin, cos, sinh, cosh of
            a linear and erf, erfc of a real linear function of x, at most one erf in a product.

    Returns:
        Like terms are collected; a term with the same coefficient on adjacent pieces is one atom, so
        that what holds on the whole line has left = -oo and right = oo.

    Raises:
        NoClosedForm: some piece is not of this class (tanh, 1/x, exp(exp(x)), erf(x)^2, ...).

    >>> from sympy import exp
    >>> from hermite_gamma.pieces import Piece, PiecewiseFunction
    >>> from sympy import oo
    >>> line = PiecewiseFunction((Piece(-oo, oo, (X + exp(X)) * exp(-X)),))
    >>> [str(atom.expr) for atom in atoms(line)]
    ['x*exp(-x)', '1']
    """
    runs: dict[Shape, list[tuple[Expr, Expr, Expr]]] = {}
    for piece in function.pieces:
        for shape, coefficient in terms(piece.expr).items():
            run = runs.setdefault(shape, [])
            if run and run[-1][1:] == (coefficient, piece.left):
                left, *_ = run.pop()
                run.append((left, coefficient, piece.right))
            else:
                run.append((piece.left, coefficient, piece.right))
    return tuple(
        Atom(coefficient, shape.power, shape.rate, shape.gauss, shape.slope, shape.offset, left, right)
        for shape, run in runs.items()
        for left, coefficient, right in run
    )


def terms(expr: Expr) -> Terms:
    """Return the terms of one analytic expression in x, like terms collected and zeros dropped.

    Raises:
        NoClosedForm: the expression is not a sum of atoms; the message names the part that is not.
    """
    if expr.has(Float):
        raise NoClosedForm(f"{expr} contains a floating-point number, which is not an exact constant")
    result = {shape: _flat(coefficient) for shape, coefficient in _terms(expr).items()}
    result = {shape: coefficient for shape, coefficient in result.items() if coefficient != 0}
    if any(shape.power < 0 for shape in result):
        raise NoClosedForm(f"{expr} has a negative power of x")
    return result


def _terms(expr: Expr) -> Terms:
    if X not in expr.free_symbols:
        if expr.free_symbols:
            raise NoClosedForm(f"{expr} is not a number")
        return {CONSTANT: expr}
    if expr == X:
        return {Shape(power=1): S.One}
    if expr.is_Add:
        total: Terms = {}
        for argument in expr.args:
            _add(total, _terms(argument))
        return total
    if expr.is_Mul:
        product: Terms = {CONSTANT: S.One}
        for argument in expr.args:
            product = _multiply(product, _terms(argument), expr)
        return product
    if isinstance(expr, Pow):
        return _power(expr)
    rule = FUNCTIONS.get(expr.func)
    if rule is None:
        raise NoClosedForm(f"no exact rule for {expr}")
    return rule(expr)


def _flat(number: Expr) -> Expr:
    """Return one spelling of an exact number, so that equal shapes compare equal and zeros vanish."""
    return number if number.is_Rational else expand(number)


def _add(total: Terms, more: Terms) -> None:
    for shape, coefficient in more.items():
        total[shape] = total.get(shape, S.Zero) + coefficient


def _multiply(left: Terms, right: Terms, source: Expr) -> Terms:
    if len(left) * len(right) > MAX_TERMS:
        raise NoClosedForm(f"{source.func.__name__} with more than {MAX_TERMS} terms")
    product: Terms = {}
    for one, a in left.items():
        for two, b in right.items():
            if one.slope is not None and two.slope is not None:
                raise NoClosedForm(f"{source} has a product of two error functions")
            carrier = one if one.slope is not None else two
            shape = Shape(
                one.power + two.power,
                _flat(one.rate + two.rate),
                _flat(one.gauss + two.gauss),
                carrier.slope,
                carrier.offset,
            )
            product[shape] = product.get(shape, S.Zero) + a * b
    # Rational cancellation is automatic in SymPy; dropping its zeros here keeps products small.
    return {shape: coefficient for shape, coefficient in product.items() if coefficient != 0}


def _power(expr: Pow) -> Terms:
    base, exponent = expr.base, expr.exp
    if X not in base.free_symbols and base.is_positive:
        return _exponential(exponent * log(base))
    inner = _terms(base)
    if isinstance(exponent, Integer) and exponent > 0:
        result: Terms = {CONSTANT: S.One}
        square, count = inner, int(exponent)
        while True:
            if count % 2:
                result = _multiply(result, square, expr)
            count //= 2
            if not count:
                return result
            square = _multiply(square, square, expr)
    if len(inner) == 1 and isinstance(exponent, Rational):
        # Also x^-1: a negative power that does not cancel is refused by `terms`.
        [(shape, coefficient)] = inner.items()
        exact = isinstance(exponent, Integer) or (
            shape.power == 0 and coefficient.is_positive and shape.rate.is_real
        )
        if shape.slope is None and exact:
            rate, gauss = _flat(shape.rate * exponent), _flat(shape.gauss * exponent)
            return {Shape(int(shape.power * exponent), rate, gauss): coefficient**exponent}
    raise NoClosedForm(f"no exact rule for {expr}")


def _polynomial(argument: Expr, degree: int, source: str) -> list[Expr]:
    """Return the coefficients [c_0, ..., c_degree] of a polynomial argument."""
    found = [S.Zero] * (degree + 1)
    for shape, value in _terms(argument).items():
        coefficient = _flat(value)
        if coefficient == 0:
            continue
        if shape != Shape(power=shape.power) or not 0 <= shape.power <= degree:
            raise NoClosedForm(f"no exact rule for {source} of {argument}")
        found[shape.power] = coefficient
    return found


def _real_linear(argument: Expr, source: str) -> list[Expr]:
    found = _polynomial(argument, 1, source)
    if not all(number.is_real for number in found):
        raise NoClosedForm(f"no exact rule for {source} of the complex {argument}")
    return found


def _exponential(argument: Expr) -> Terms:
    constant, rate, square = _polynomial(argument, 2, "exp")
    if not square.is_real:
        raise NoClosedForm(f"no exact rule for exp of the complex {argument}")
    return {Shape(rate=rate, gauss=-square): exp(constant)}


def _exp(expr: Expr) -> Terms:
    return _exponential(expr.args[0])


def _hyperbolic(sign: int) -> Callable[[Expr], Terms]:
    def rule(expr: Expr) -> Terms:
        total: Terms = {}
        for factor, argument in ((S.Half, expr.args[0]), (sign * S.Half, -expr.args[0])):
            _add(total, {shape: factor * value for shape, value in _exponential(argument).items()})
        return total

    return rule


def _trigonometric(plus: Expr, minus: Expr) -> Callable[[Expr], Terms]:
    """Rule for plus * e^(i argument) + minus * e^(-i argument)."""

    def rule(expr: Expr) -> Terms:
        offset, rate = _real_linear(expr.args[0], expr.func.__name__)
        return {
            Shape(rate=I * rate): plus * exp(I * offset),
            Shape(rate=-I * rate): minus * exp(-I * offset),
        }

    return rule


def _erf(expr: Expr) -> Terms:
    offset, slope = _real_linear(expr.args[0], "erf")
    if slope == 0:
        return {CONSTANT: erf(offset)}
    if slope.is_negative:
        return {Shape(slope=-slope, offset=-offset): S.NegativeOne}
    return {Shape(slope=slope, offset=offset): S.One}


def _erfc(expr: Expr) -> Terms:
    total: Terms = {CONSTANT: S.One}
    _add(total, {shape: -value for shape, value in _erf(expr).items()})
    return total


# What a sum of atoms can contain, by the head of the expression. Add a function here.
FUNCTIONS: Mapping[type[Expr], Callable[[Expr], Terms]] = {
    exp: _exp,
    sin: _trigonometric(-I / 2, I / 2),
    cos: _trigonometric(S.Half, S.Half),
    sinh: _hyperbolic(-1),
    cosh: _hyperbolic(1),
    erf: _erf,
    erfc: _erfc,
}
