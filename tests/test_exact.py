"""Exact coefficients against panel quadrature at 45 digits with the breakpoints as panel edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import mpmath
import pytest
import sympy as sp
from mpmath import mp, mpf
from mpmath.calculus.quadrature import GaussLegendre

from hermite_gamma.construct import activation
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import atoms
from hermite_gamma.exact.coefficients import RULES, coefficient, second_moment
from hermite_gamma.exact.constants import real_and_imaginary
from hermite_gamma.exact.parity import parity_part
from hermite_gamma.pieces import Piece, PiecewiseFunction, resolve
from hermite_gamma.symbols import X
from hermite_gamma.zeros import RealRoot

# 48 nodes on panels of width 1 leave less than 1e-38 for poles at distance 1/sqrt(3) from the axis (the
# nearest below); beyond |x| = 20 the integrands are below e^(4 pi 20 - 200).
DIGITS = 45
REACH = 20
TOLERANCE = mpf(10) ** -32
LEVELS = 13


@dataclass(frozen=True)
class Case:
    text: str
    value: Callable[[mpf], mpf]
    breakpoints: tuple[str, ...] = ()
    levels: tuple[int, ...] = tuple(range(LEVELS))
    square: bool = True  # second_moment has a closed form

    def __str__(self) -> str:
        return self.text


def ramp(x: mpf) -> mpf:
    return max(x, mpf(0))


def clip(x: mpf, low: int, high: int) -> mpf:
    return min(max(x, mpf(low)), mpf(high))


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


EVEN, ODD = tuple(range(0, LEVELS, 2)), tuple(range(1, LEVELS, 2))
CASES = (
    Case("x**3 - 2*x + 1", lambda x: x**3 - 2 * x + 1),
    Case("relu", ramp, ("0",)),
    Case("leaky_relu", lambda x: x if x > 0 else x / 100, ("0",)),
    Case("abs", abs, ("0",)),
    Case("sign", mp.sign, ("0",)),
    Case("heaviside", lambda x: mpf(x > 0), ("0",)),
    Case("relu_squared", lambda x: ramp(x) ** 2, ("0",)),
    Case("hardtanh", lambda x: clip(x, -1, 1), ("-1", "1")),
    Case("relu6", lambda x: clip(x, 0, 6), ("0", "6")),
    Case("hardswish", lambda x: x * clip(x + 3, 0, 6) / 6, ("-3", "3")),
    Case("softshrink", lambda x: mp.sign(x) * ramp(abs(x) - mpf(1) / 2), ("-1/2", "1/2")),
    Case("hardshrink", lambda x: x if abs(x) > mpf(1) / 2 else mpf(0), ("-1/2", "1/2")),
    Case("where(x > 1/3, x**2, -7)", lambda x: x**2 if x > mpf(1) / 3 else mpf(-7), ("1/3",)),
    Case("Max(x**2, 2)", lambda x: max(x**2, mpf(2)), ("-sqrt(2)", "sqrt(2)")),
    Case("elu", lambda x: x if x > 0 else mp.expm1(x), ("0",)),
    Case("where(x < 0, x*exp(x/2), x**2)", lambda x: x * mp.exp(x / 2) if x < 0 else x**2, ("0",)),
    Case(
        "where(x > -1, x*exp(x - x**2/3), exp(2*x))",
        lambda x: x * mp.exp(x - x**2 / 3) if x > -1 else mp.exp(2 * x),
        ("-1",),
    ),
    Case("where(x > pi/4, exp(-x), 0)", lambda x: mp.exp(-x) if x > mp.pi / 4 else mpf(0), ("pi/4",)),
    Case("exp(x**2/20)", lambda x: mp.exp(x**2 / 20)),
    Case("gaussian", lambda x: mp.exp(-(x**2))),
    Case("cosh(x)*exp(-x**2)", lambda x: mp.cosh(x) * mp.exp(-(x**2))),
    Case("2**x", lambda x: mpf(2) ** x),
    Case("exp(-pi*x)*x", lambda x: mp.exp(-mp.pi * x) * x),
    Case("erf", mp.erf),
    Case("erfc(2*x - 1)", lambda x: mp.erfc(2 * x - 1), square=False),
    Case("normal_cdf", mp.ncdf),
    Case("gelu", lambda x: x * mp.ncdf(x)),
    Case(
        "x**2*erf(2*x + 1)*exp(x/2 - x**2/4)",
        lambda x: x**2 * mp.erf(2 * x + 1) * mp.exp(x / 2 - x**2 / 4),
        square=False,
    ),
    Case("Abs(erf(x))", lambda x: abs(mp.erf(x)), ("0",)),
    Case("erf(x)*sin(x)", lambda x: mp.erf(x) * mp.sin(x), square=False),
    Case("sin", mp.sin),
    Case("cos(2*x + 1)", lambda x: mp.cos(2 * x + 1)),
    Case("x*sin(x)", lambda x: x * mp.sin(x)),
    Case("sin(sqrt(2)*x)*cos(x)", lambda x: mp.sin(mp.sqrt(2) * x) * mp.cos(x)),
    Case("snake", lambda x: x + mp.sin(x) ** 2),
    Case("exp(x)*sin(2*x + 1)", lambda x: mp.exp(x) * mp.sin(2 * x + 1)),
    Case("sin(x)**3*exp(-x**2/2 + x)", lambda x: mp.sin(x) ** 3 * mp.exp(-(x**2) / 2 + x)),
    Case("Abs(x) + sin(x)", lambda x: abs(x) + mp.sin(x), ("0",)),
    Case("sin(Abs(x))", lambda x: mp.sin(abs(x)), ("0",)),
    Case("arctan", mp.atan, square=False),
    Case("x_atan", lambda x: x * mp.atan(x), square=False),
    Case("x/(1 + 3*x**2) + relu(x)", lambda x: x / (1 + 3 * x**2) + ramp(x), ("0",), square=False),
    Case("log(1 + x**2)", lambda x: mp.log(1 + x**2), levels=tuple(range(1, LEVELS)), square=False),
    Case("tanh", mp.tanh, levels=EVEN, square=False),
    Case("sigmoid", sigmoid, levels=EVEN, square=False),
    Case("silu", lambda x: x * sigmoid(x), levels=ODD, square=False),
    Case("quick_gelu", lambda x: x * sigmoid(mpf(1702) / 1000 * x), levels=ODD, square=False),
    Case("softplus(x, beta=2)", lambda x: mp.log1p(mp.exp(2 * x)) / 2, levels=ODD, square=False),
    Case("logsigmoid", lambda x: -mp.log1p(mp.exp(-x)), levels=ODD, square=False),
    Case(
        "gelu_tanh",
        lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf(44715) / 10**6 * x**3))),
        levels=ODD,
        square=False,
    ),
    Case("softsign + cos", lambda x: x / (1 + abs(x)) + mp.cos(x), ("0",), levels=EVEN, square=False),
)


def function(text: str) -> PiecewiseFunction:
    parts = text.split(" + ") if text == "softsign + cos" else [text]
    pieces = [activation(part).pieces for part in parts]
    total = pieces[0]
    for other in pieces[1:]:
        total = total.combine(other, lambda p, q: p + q)
    return total


@cache
def rule(breakpoints: tuple[str, ...]) -> list[tuple[mpf, mpf]]:
    """Return Gauss-Legendre nodes and weights against the normal density, panels cut at the breakpoints."""
    nodes = GaussLegendre(mp).calc_nodes(5, mp.prec)
    cuts = [mpmath.mpmathify(sp.sympify(b).evalf(DIGITS)) for b in breakpoints]
    points = []
    for left, right in pairwise(sorted({*map(mpf, range(-REACH, REACH + 1)), *cuts})):
        middle, half = (left + right) / 2, (right - left) / 2
        for node, weight in nodes:
            x = middle + half * node
            points.append((x, half * weight * mp.npdf(x)))
    return points


@cache
def hermite_table(breakpoints: tuple[str, ...]) -> list[list[mpf]]:
    """Return h_l at the nodes, from the three-term recurrence, one list per level."""
    points = [x for x, _ in rule(breakpoints)]
    table = [[mpf(1)] * len(points), points]
    for level in range(1, LEVELS - 1):
        a, b = mp.sqrt(mpf(level + 1)), mp.sqrt(mpf(level))
        rows = zip(points, table[level], table[level - 1], strict=True)
        table.append([(x * h - b * last) / a for x, h, last in rows])
    return table


@cache
def reference(case: Case) -> tuple[list[mpf], mpf]:
    """Return E[f(g) h_l(g)] for l < LEVELS, and E f(g)^2."""
    with mp.workdps(DIGITS):
        # A breakpoint at an integer is a panel edge already.
        cuts = tuple(b for b in case.breakpoints if not b.lstrip("-").isdigit())
        values = [(case.value(x), weight) for x, weight in rule(cuts)]
        masses = [weight * value for value, weight in values]
        means = [mp.fdot(masses, row) for row in hermite_table(cuts)]
        return means, mp.fsum(mass * value for mass, (value, _) in zip(masses, values, strict=True))


def number(expr: sp.Expr) -> mpf:
    with mp.workdps(DIGITS):
        return mpmath.mpmathify(expr.evalf(DIGITS))


def distance(value: mpf, other: mpf) -> mpf:
    with mp.workdps(DIGITS):
        return abs(value - other) / max(1, abs(other))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_coefficients_agree_with_quadrature(case: Case) -> None:
    f = function(case.text)
    for level in case.levels:
        exact = coefficient(f, level)
        assert not exact.free_symbols
        assert not exact.has(sp.Float, sp.I, sp.Integral)
        assert distance(number(exact), reference(case)[0][level]) < TOLERANCE, level


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_moment_agrees_with_quadrature(case: Case) -> None:
    f = function(case.text)
    if not case.square:
        with pytest.raises(NoClosedForm):
            second_moment(f)
        return
    exact = second_moment(f)
    assert not exact.has(sp.Float, sp.I)
    assert distance(number(exact), reference(case)[1]) < TOLERANCE
    # Parseval, the partial sum from below
    assert sum(number(coefficient(f, level)) ** 2 for level in range(LEVELS)) <= number(exact) + TOLERANCE


WRONG = {
    "unnormalised He_l": lambda f, level: coefficient(f, level) * sp.sqrt(sp.factorial(level)),
    "next level": lambda f, level: coefficient(f, level + 1),
    "sign of odd levels": lambda f, level: (-1) ** level * coefficient(f, level),
    "sign": lambda f, level: -coefficient(f, level),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_variants_are_told_apart(name: str) -> None:
    case = next(c for c in CASES if c.text == "elu")
    wrong = number(WRONG[name](function("elu"), 3))
    assert distance(wrong, reference(case)[0][3]) > 1e-3


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reflection_changes_the_sign_of_odd_levels(case: Case) -> None:
    f = function(case.text)
    for level in case.levels[:4]:
        difference = coefficient(f.reflected, level) - (-1) ** level * coefficient(f, level)
        assert abs(number(difference)) < TOLERANCE


@pytest.mark.parametrize("case", CASES, ids=str)
def test_vanishing_coefficients_are_exactly_zero(case: Case) -> None:
    f = function(case.text)
    for level in case.levels:
        if abs(reference(case)[0][level]) < TOLERANCE:
            assert coefficient(f, level) is sp.S.Zero


def test_compact_spellings() -> None:
    relu = function("relu")
    assert [str(coefficient(relu, level)) for level in range(4)] == [
        "sqrt(2)/(2*sqrt(pi))", "1/2", "1/(2*sqrt(pi))", "0",
    ]  # fmt: skip
    assert str(coefficient(function("elu"), 1)) == "exp(1/2)*erfc(sqrt(2)/2)/2 + 1/2"
    assert str(coefficient(function("arctan"), 1)) == "sqrt(2)*sqrt(pi)*exp(1/2)*erfc(sqrt(2)/2)/2"
    assert str(coefficient(function("snake"), 2)) == "sqrt(2)*exp(-2)"
    assert str(second_moment(function("gelu"))) == "sqrt(3)/(6*pi) + 1/3"


def test_constants_that_cancel_are_seen() -> None:
    selu = function("selu_exact")
    assert coefficient(selu, 0) == 0
    assert second_moment(selu) == 1


@pytest.mark.parametrize("text", ["relu", "elu", "gelu", "hardswish", "snake", "x_atan"])
def test_high_levels(text: str) -> None:
    """mu_64 with h_64 = H_64(x/sqrt(2))/sqrt(2^64 64!) from mpmath; breakpoints at integers."""
    case = next(c for c in CASES if c.text == text)
    with mp.workdps(DIGITS):
        scale = mp.sqrt(mpf(2) ** 64 * mp.factorial(64))
        expected = mp.fsum(
            weight * case.value(x) * mp.hermite(64, x / mp.sqrt(2)) / scale for x, weight in rule(())
        )
    assert distance(number(coefficient(function(text), 64)), expected) < mpf(10) ** -28


def test_atoms_add_up_to_the_function() -> None:
    for text in (
        "elu",
        "snake",
        "gelu",
        "hardswish",
        "erfc(2*x - 1)",
        "exp(x)*sin(2*x + 1)",
        "(x + exp(x))**3",
    ):
        f = function(text)
        found = atoms(f)
        for piece in f.pieces:
            low = piece.right - 3 if piece.left.is_infinite else piece.left
            if low.is_infinite:
                low = sp.Rational(-1, 3)
            point = low + sp.Rational(1, 7)
            total = sum(a.expr.subs(X, point) for a in found if a.left < point < a.right)
            assert abs(number(total - piece.expr.subs(X, point))) < TOLERANCE, text


def test_equal_terms_on_adjacent_pieces_are_one_atom() -> None:
    found = atoms(resolve(sp.Abs(X) + sp.sin(X)))
    assert sum(atom.is_whole_line for atom in found) == 2
    assert len(found) == 4


@pytest.mark.parametrize(
    "expr",
    [
        sp.tanh(X),
        1 / X,
        (sp.exp(X) - 1) / X,
        sp.exp(sp.exp(X)),
        sp.erf(X) ** 2,
        sp.cos(X**2),
        sp.Float("0.5") * X,
        sp.sqrt(X**2 + 1),
        sp.Symbol("a") * X,
        (X + sp.exp(X) + sp.sin(X)) ** 80,
    ],
    ids=str,
)
def test_what_is_no_sum_of_atoms_is_refused(expr: sp.Expr) -> None:
    with pytest.raises(NoClosedForm):
        atoms(resolve(expr))


@pytest.mark.parametrize("expr", [sp.exp(X**2 / 4), X * sp.exp(X**2), sp.exp(sp.exp(X)), sp.Float("0.5") * X])
def test_no_coefficients_outside_the_class(expr: sp.Expr) -> None:
    with pytest.raises(NoClosedForm):
        coefficient(resolve(expr), 2)


def test_a_breakpoint_without_a_formula_is_refused() -> None:
    root = RealRoot(sp.cos(X) - X, sp.Rational(1, 2), sp.Integer(1))
    f = PiecewiseFunction((Piece(-sp.oo, root, sp.S.Zero), Piece(root, sp.oo, X)))
    assert len(atoms(f)) == 1
    with pytest.raises(NoClosedForm, match="no formula"):
        coefficient(f, 1)


def test_parity_parts_are_proved_not_guessed() -> None:
    silu = X / (1 + sp.exp(-X))
    assert parity_part(resolve(silu), "odd").pieces[0].expr == X / 2
    # 1e-30 tanh passes every numeric screen at 20 digits
    for near in (silu + sp.tanh(X) / 10**30, silu + sp.sin(X**3) / 10**40):
        with pytest.raises(NoClosedForm):
            parity_part(resolve(near), "odd")
    with pytest.raises(NoClosedForm):
        parity_part(resolve(silu), "even")


def test_real_and_imaginary_parts() -> None:
    value = sp.I * sp.exp(sp.I) * (3 + 2 * sp.I) * sp.exp(-1 + sp.I / 2) / (1 + sp.I)
    real, imaginary = real_and_imaginary(value)
    expected = complex(value.evalf())
    assert not real.has(sp.I)
    assert not imaginary.has(sp.I)
    assert abs(complex(float(real), float(imaginary)) - expected) < 1e-14


def test_rules_are_functions_in_one_literal_list() -> None:
    assert len({rule.__module__ for rule in RULES}) == len(RULES)
