"""All real zeros of an analytic expression, exact or isolated with proof."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import Program, bounds, constant, exact, fraction, program, sign_of
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.growth import sandwich
from hermite_gamma.symbols import X

ISOLATION_DEPTH = 48
MAX_ZEROS = 64
MAX_OPEN = 4 * MAX_ZEROS + ISOLATION_DEPTH
MAX_BOXES = 10_000
SMALLEST_GAP_BITS = 4096
BITS_OF_ROOTS = 128
RAY_STARTS = (Fraction(4), Fraction(16), Fraction(64), Fraction(256))

INVERSES: dict[type[sp.Basic], type[sp.Basic]] = {
    sp.exp: sp.log,
    sp.tanh: sp.atanh,
    sp.sinh: sp.asinh,
    sp.asinh: sp.sinh,
}


class RealRoot(sp.AtomicExpr):  # type: ignore[misc]
    """The only zero of an expression in a rational interval: an exact number without a formula.

    Args:
        equation: expression in X, strictly monotone on [low, high], with a sign change there.
        low, high: rationals.
    """

    is_real = True
    is_commutative = True
    is_finite = True
    is_number = True

    def __new__(cls, equation: sp.Expr, low: sp.Rational, high: sp.Rational) -> RealRoot:
        root = sp.AtomicExpr.__new__(cls)
        root.equation, root.low, root.high = equation, low, high
        root._ball = {}
        return root  # type: ignore[no-any-return]

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.equation, self.low, self.high)

    def __neg__(self) -> RealRoot:
        return RealRoot(self.equation.subs(X, -X), -self.high, -self.low)

    def enclose(self, bits: int) -> arb:
        """Return a ball around the root with radius about 2^-bits."""
        if bits not in self._ball:
            self._ball[bits] = _refine_root(program(self.equation), self.low, self.high, bits)
        return self._ball[bits]

    def _eval_evalf(self, prec: int) -> sp.Float:
        middle = fraction(self.enclose(prec + 8).mid())
        return sp.Float(sp.Rational(middle.numerator, middle.denominator), precision=prec)

    def _sympystr(self, printer: Any) -> str:
        return f"root({printer.doprint(self.equation)}, {self.low}, {self.high})"


def _refine_root(equation: Program, low: sp.Rational, high: sp.Rational, bits: int) -> arb:
    """Newton's interval method: the root stays in N(I) = m - f(m)/f'(I) at every step."""
    slope = program(sp.diff(equation.expr, X))
    with ctx.workprec(bits + 32):
        ball = exact(low).union(exact(high))
        target = arb(2) ** -bits
        for _ in range(200):
            if ball.rad() < target:
                break
            middle = arb(ball.mid())
            step = middle - equation.real(middle) / slope.real(ball)
            ball = ball.intersection(step)
        return ball


def real_zeros(expr: sp.Expr, left: sp.Expr, right: sp.Expr) -> list[sp.Expr]:
    """Return every real zero in the open interval (left, right) at which expr may change sign, in order.

    Args:
        expr: analytic on the closed interval, in X.
        left, right: exact real numbers or -oo, oo.

    Raises:
        NoEnclosure: the zeros cannot be isolated (infinitely many, multiple, or beyond the rules).
    """
    roots: list[sp.Expr] = []
    for factor in sp.Mul.make_args(sp.factor_terms(expr)):
        if not factor.has(X) or isinstance(factor, sp.exp):
            continue
        base = factor.base if isinstance(factor, sp.Pow) and factor.exp.is_Rational else factor
        roots.extend(_factor_zeros(base, left, right))
    inside = [r for r in roots if order(r, left) > 0 and order(right, r) > 0]
    return _sorted_unique(inside)


def order(a: sp.Expr, b: sp.Expr) -> int:
    """Return the proved sign of a - b for exact real numbers or infinities.

    Raises:
        NoEnclosure: the two cannot be told apart, nor proved to be equal.
    """
    if a == b or _same_root(a, b):
        return 0
    if a == sp.oo or b == -sp.oo:
        return 1
    if b == sp.oo or a == -sp.oo:
        return -1
    sign = sign_of(a - b, SMALLEST_GAP_BITS)
    if sign is None:
        raise NoEnclosure("two breakpoints cannot be told apart", f"{a} and {b}")
    return sign


def _same_root(a: sp.Expr, b: sp.Expr) -> bool:
    """Return True if a solves the equation of b inside the interval where b is the only solution."""
    if not (isinstance(a, RealRoot) and isinstance(b, RealRoot)):
        return False
    if sp.expand(a.equation - b.equation) != 0 and sp.expand(a.equation + b.equation) != 0:
        return False
    low, high = bounds(a.enclose(BITS_OF_ROOTS))
    return bool(b.low <= low and high <= b.high)


def _sorted_unique(points: list[sp.Expr]) -> list[sp.Expr]:
    ordered: list[sp.Expr] = []
    for point in points:
        for position, other in enumerate(ordered):
            sign = order(point, other)
            if sign < 0:
                ordered.insert(position, point)
            if sign <= 0:
                break
        else:
            ordered.append(point)
    return ordered


def _factor_zeros(base: sp.Expr, left: sp.Expr, right: sp.Expr) -> list[sp.Expr]:
    if base.is_polynomial(X):
        return _polynomial_zeros(base, left, right)
    inverted = _inverted(base)
    if inverted is not None:
        return inverted
    return _isolated(base, left, right)


def _polynomial_zeros(base: sp.Expr, left: sp.Expr, right: sp.Expr) -> list[sp.Expr]:
    polynomial = sp.Poly(base, X)
    if polynomial.degree() == 1:
        a, b = polynomial.all_coeffs()
        return [-b / a]
    if polynomial.domain.is_QQ or polynomial.domain.is_ZZ:
        return list(dict.fromkeys(sp.real_roots(polynomial)))
    if polynomial.degree() == 2:
        a, b, c = polynomial.all_coeffs()
        discriminant = b**2 - 4 * a * c
        sign = sign_of(discriminant)
        if sign is not None and sign < 0:
            return []
        if sign is not None:
            root = sp.sqrt(discriminant)
            return list(dict.fromkeys([(-b - root) / (2 * a), (-b + root) / (2 * a)]))
    return _isolated(base, left, right)


def _inverted(base: sp.Expr) -> list[sp.Expr] | None:
    """Return the zeros of A + B f(w) with f invertible and w linear in X, None if it is not of that form."""
    rest, term = base.as_independent(X, as_Add=True)
    scale, inner = term.as_independent(X, as_Add=False)
    inverse = INVERSES.get(type(inner))
    if inverse is None or not inner.args[0].is_polynomial(X) or sp.degree(inner.args[0], X) != 1:
        return None
    value = -rest / scale
    if inverse is sp.log and sign_of(value) in (-1, 0):
        return []
    if inverse is sp.atanh and sign_of(1 - value**2) in (-1, 0):
        return []
    slope, offset = sp.Poly(inner.args[0], X).all_coeffs()
    return [(inverse(value) - offset) / slope]


def _isolated(base: sp.Expr, left: sp.Expr, right: sp.Expr) -> list[sp.Expr]:
    """Isolate the zeros by bisection: a box is done if base, or its derivative, has one sign there."""
    low = _finite_end(base, left, -1)
    high = _finite_end(base, right, 1)
    value, slope = program(base), program(sp.diff(base, X))
    stack: list[tuple[Fraction, Fraction, int]] = [(low, high, 0)]
    found: list[sp.Expr] = []
    boxes = 0
    with ctx.workprec(128):
        while stack:
            a, b, depth = stack.pop()
            ball = exact(a).union(exact(b))
            here = value.real(ball)
            # a finite ball proves continuity; the derivative alone does not: atan(tan(x))' = 1
            smooth = here.is_finite()
            if smooth and not here.contains(0):
                continue
            change = slope.real(ball)
            if smooth and change.is_finite() and not change.contains(0):
                first, last = value.real(exact(a)), value.real(exact(b))
                if not first.contains(0) and not last.contains(0):
                    if (first > 0) != (last > 0):
                        found.append(_simple_root(base, a, b))
                    continue
            zero = _exact_zero(base, a, b) if smooth else None
            if zero is not None:
                found.append(zero)
                continue
            boxes += 1
            crowded = len(found) > MAX_ZEROS or len(stack) > MAX_OPEN or boxes > MAX_BOXES
            if depth >= ISOLATION_DEPTH or crowded:
                raise NoEnclosure(f"the zeros of {base} cannot be isolated", f"x near {float(a):.6g}")
            # an uneven cut, so that zeros at simple rationals do not sit on every corner
            middle = a + (b - a) * Fraction(31, 64)
            stack += [(middle, b, depth + 1), (a, middle, depth + 1)]
    return found


def _simple_root(base: sp.Expr, a: Fraction, b: Fraction) -> sp.Expr:
    """Return the only zero in [a, b]: 0 itself where it is that, else a RealRoot."""
    if a < 0 < b and base.subs(X, 0).is_zero:
        return sp.S.Zero
    return RealRoot(base, _rational(a), _rational(b))


def _exact_zero(base: sp.Expr, a: Fraction, b: Fraction) -> sp.Expr | None:
    """Return 0 or another simple rational if it is provably the only zero in a small [a, b]."""
    if b - a > Fraction(1, 16):
        return None
    candidate = Fraction((a + b) / 2).limit_denominator(16)
    point = _rational(candidate)
    if not a < candidate < b or base.subs(X, point).is_zero is not True:
        return None
    derivative = base
    for order in range(1, 6):
        derivative = sp.diff(derivative, X)
        change = program(derivative).real(exact(a).union(exact(b)))
        if change.is_finite() and not change.contains(0):
            # f^(order) has one sign and all lower derivatives vanish at the point: no other zero
            return point if order == 1 or _flat(base, point, order) else None
    return None


def _flat(base: sp.Expr, point: sp.Expr, order: int) -> bool:
    return all(sp.diff(base, X, k).subs(X, point).is_zero for k in range(1, order))


def _finite_end(base: sp.Expr, end: sp.Expr, direction: int) -> Fraction:
    """Return a rational end point beyond which (or beyond `end`) base has no zero that matters."""
    if end not in (sp.oo, -sp.oo):
        low, high = bounds(constant(end, 64))
        return low if direction < 0 else high
    for first in RAY_STARTS:
        bound, start = sandwich(base, direction, first)
        if (bound.lower is not None and bound.lower.c > 0) or (bound.upper is not None and bound.upper.c < 0):
            return direction * start
    raise NoEnclosure(f"the zeros of {base} cannot be counted as x -> {end}", str(base))


def interior_point(left: sp.Expr, right: sp.Expr) -> sp.Rational:
    """Return a rational strictly between two exact real numbers (or infinities)."""
    if left == -sp.oo and right == sp.oo:
        return sp.Rational(3, 7)
    if left == -sp.oo:
        return _rational(Fraction(int(bounds(constant(right, 64))[0]) - 2))
    if right == sp.oo:
        return _rational(Fraction(int(bounds(constant(left, 64))[1]) + 2))
    bits = 64
    while bits <= SMALLEST_GAP_BITS:
        low, high = bounds(constant(left, bits))[1], bounds(constant(right, bits))[0]
        if low < high:
            return _rational(low + (high - low) * Fraction(3, 7))
        bits *= 4
    raise NoEnclosure("two breakpoints cannot be told apart", f"{left} and {right}")


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
