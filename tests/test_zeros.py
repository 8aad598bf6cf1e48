"""Real zeros: all of them, in order, exact or isolated with proof; or a refusal."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from hermite_gamma.balls import bounds, constant
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.symbols import X
from hermite_gamma.zeros import RealRoot, interior_point, real_zeros

R = sp.Rational
OO = sp.oo


def as_floats(roots: list[sp.Expr]) -> list[float]:
    return [float(constant(root, 80).mid()) for root in roots]


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (X - R(1, 3), [1 / 3]),
        (3 * X - sp.pi, [mpmath.pi / 3]),
        (X**2 - 2, [-(2**0.5), 2**0.5]),
        (X**2 + 1, []),
        (X**2 - sp.pi * X + 1, [(mpmath.pi - s * mpmath.sqrt(mpmath.pi**2 - 4)) / 2 for s in (1, -1)]),
        (X**3 - X - 1, [1.324717957244746]),
        (X**3 - 3 * X + 1, [-1.879385241571817, 0.3472963553338607, 1.532088886237956]),
        (X**5 - X - 1, [1.1673039782614187]),
        (sp.exp(X) - 2, [mpmath.log(2)]),
        (sp.exp(X) + 2, []),
        (sp.tanh(X) - R(1, 2), [mpmath.atanh(0.5)]),
        (sp.tanh(X) - 2, []),
        (sp.sinh(2 * X - 1) + 3, [(1 - mpmath.asinh(3)) / 2]),
        (X - sp.exp(X) + 2, [-1.841405660436961, 1.146193220620583]),
        (sp.exp(X) - 2 * X - 1, [0, 1.2564312086261697]),
        (X - sp.sin(X), [0]),
        (sp.sin(X) - X / 3, [-2.278862660075828, 0, 2.278862660075828]),
        (X * sp.exp(X) - 1, [0.5671432904097838]),
        (2**X - X**2, [-0.7666646959621231, 2, 4]),
        ((X - 1) * (sp.exp(X) - 3) * (X**2 - 5), [-(5**0.5), 1, mpmath.log(3), 5**0.5]),
        (sp.exp(-(X**2)) * (X - R(1, 7)), [1 / 7]),
        ((X - 1) ** 3, [1]),
        (sp.log(1 + X**2) - 1, [-mpmath.sqrt(mpmath.e - 1), mpmath.sqrt(mpmath.e - 1)]),
        (sp.atan(X) - 1, [mpmath.tan(1)]),
        (sp.erf(X) - R(1, 2), [mpmath.erfinv(0.5)]),
        (sp.tanh(X) - X / 2, [-1.9150080481545375, 0, 1.9150080481545375]),
        (X**3 - R(1, 10**9), [1e-3]),
    ],
    ids=str,
)
def test_known_zeros_are_found_in_order(expr: sp.Expr, expected: list[float]) -> None:
    found = as_floats(real_zeros(expr, -OO, OO))
    assert found == sorted(found)
    for value in expected:
        assert any(abs(value - root) < 1e-9 for root in found), (value, found)
    # what is found beyond that must at least be a zero
    for root in found:
        assert abs(sp.lambdify(X, expr, "mpmath")(root)) < 1e-8


@pytest.mark.parametrize(
    ("expr", "left", "right", "expected"),
    [
        (sp.sin(X), sp.Integer(1), sp.Integer(7), [mpmath.pi, 2 * mpmath.pi]),
        (sp.sin(X), sp.Integer(-4), sp.Integer(4), [-mpmath.pi, 0, mpmath.pi]),
        (X**2 - 2, sp.S.Zero, OO, [2**0.5]),
        (X**2 - 2, sp.sqrt(2), OO, []),
        (X * (X - 1), sp.S.Zero, sp.S.One, []),
        (sp.cos(X) - X, sp.Integer(-9), sp.Integer(9), [0.7390851332151607]),
    ],
    ids=str,
)
def test_zeros_in_an_open_interval(
    expr: sp.Expr, left: sp.Expr, right: sp.Expr, expected: list[float]
) -> None:
    found = as_floats(real_zeros(expr, left, right))
    assert len(found) == len(expected)
    assert all(abs(a - b) < 1e-12 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    "expr",
    [
        sp.sin(X),
        sp.cos(X) * sp.exp(X),
        sp.sin(X**2),
        sp.sin(1 / X),
        sp.exp(X) * sp.sin(X) - 1,
        1 + 1 / X,
        1 - sp.cos(X),
        (sp.exp(X) - X - 1) * (sp.exp(X) - X - 1 - R(1, 10**60)),
    ],
    ids=str,
)
def test_zeros_that_cannot_be_isolated_are_refused_not_dropped(expr: sp.Expr) -> None:
    try:
        found = as_floats(real_zeros(expr, -OO, OO))
    except NoEnclosure:
        return
    # answering is allowed only with all of the finitely many sign changes
    assert expr == (sp.exp(X) - X - 1) * (sp.exp(X) - X - 1 - R(1, 10**60))
    assert sum(abs(root) > 1e-35 for root in found) == 2


def test_a_nearly_double_zero_is_two_zeros_or_a_refusal() -> None:
    close = X**2 - R(1, 10**24)
    assert len(real_zeros(close, -OO, OO)) == 2
    shifted = sp.exp(X) - 1 - X - R(1, 10**20)
    with suppress(NoEnclosure):
        assert len(real_zeros(shifted, -OO, OO)) == 2
    none = sp.exp(X) - 1 - X + R(1, 10**20)
    with suppress(NoEnclosure):
        assert real_zeros(none, -OO, OO) == []


@pytest.mark.parametrize("bits", [53, 64, 500, 3000])
def test_a_root_is_enclosed_at_any_precision(bits: int) -> None:
    (low_root, high_root) = real_zeros(sp.exp(X) - X - 2, -OO, OO)
    with mpmath.workprec(bits + 60):
        # x = -2 - W_k(-e^-2)
        truths = [-2 - mpmath.lambertw(-mpmath.exp(-2), k).real for k in (0, -1)]
        for root, truth in zip((low_root, high_root), truths, strict=True):
            low, high = bounds(root.enclose(bits))
            sign, mantissa, exponent, _ = truth._mpf_
            value = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
            assert low - Fraction(1, 2 ** (bits + 40)) <= value <= high + Fraction(1, 2 ** (bits + 40))
            assert high - low < Fraction(1, 2 ** (bits - 2))


def test_a_root_behaves_like_a_number() -> None:
    root = RealRoot(X * sp.exp(X) - 1, R(1, 2), R(3, 5))
    assert root == RealRoot(X * sp.exp(X) - 1, R(1, 2), R(3, 5))
    assert hash(root) == hash(RealRoot(X * sp.exp(X) - 1, R(1, 2), R(3, 5)))
    assert root != RealRoot(X * sp.exp(X) - 1, R(1, 2), R(2, 3))
    assert root.is_real
    assert not root.free_symbols
    mirrored = -root
    with ctx.workprec(200):
        assert (constant(mirrored, 200) + constant(root, 200)).contains(0)
        assert constant(2 * root + 1, 200).overlaps(2 * constant(root, 200) + 1)
    assert abs(float(sp.N(root, 30)) - 0.5671432904097838) < 1e-15


ROOTS = st.fractions(min_value=-4, max_value=4, max_denominator=30)


@settings(deadline=None)
@given(st.lists(ROOTS, min_size=1, max_size=4, unique=True))
def test_products_of_linear_factors_give_back_their_zeros(roots: list[Fraction]) -> None:
    expr = sp.expand(sp.Mul(*[X - R(r.numerator, r.denominator) for r in roots]))
    found = real_zeros(expr, -OO, OO)
    assert found == [R(r.numerator, r.denominator) for r in sorted(roots)]
    twisted = real_zeros(expr * (2 + sp.sin(X)), -OO, OO) if len(roots) == 1 else found
    assert twisted == found


@settings(deadline=None)
@given(st.fractions(min_value=-20, max_value=20, max_denominator=9), st.integers(1, 60))
def test_interior_points_are_interior(left: Fraction, exponent: int) -> None:
    a = R(left.numerator, left.denominator) + sp.sqrt(2)
    b = a + R(1, 2**exponent)
    for low, high in ((a, b), (-OO, b), (a, OO), (-OO, OO)):
        point = interior_point(low, high)
        assert point.is_Rational
        with ctx.workprec(256):
            if low != -OO:
                assert constant(point - low, 256) > 0
            if high != OO:
                assert constant(high - point, 256) > arb(0)
