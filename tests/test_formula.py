"""General-l formulas against enclosures by other routes, for every level up to 200 at 60 digits.

Sums of atoms are compared with the ball recurrences of `enclosure.terms`; functions with atan, asinh, roots
of x^2 + b and 1/(x + c), for which those do not apply, with a quadrature typed here. Exact values are
compared with `hermite_coefficient`. The enclosures of the other routes for all of these, strips and panels
included, take minutes: benchmarks/general_l.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any

import pytest
import sympy as sp
from flint import arb, ctx

import hermite_gamma as hg
from hermite_gamma.balls import bounds, constant, exact
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.cli.application import application
from hermite_gamma.enclosure.terms import coefficient_stream
from hermite_gamma.exact.formula_operators import TIMES_X, applied, compose, over_root, powers
from hermite_gamma.exact.formula_recurrence import Recurrence, annihilator
from hermite_gamma.exact.formula_symbols import HALF, LEVEL, OrthonormalHermite, term
from hermite_gamma.formula import HermiteFormula
from hermite_gamma.hermite import hermite_polynomial
from hermite_gamma.symbols import X

LEVELS, DIGITS = 200, 60
RECURRENCE_BITS = 1200
UNKNOWN = {
    "gelu_tanh", "lecun_tanh", "log_cosh", "logsigmoid", "mish", "quick_gelu", "sigmoid", "silu", "softplus",
    "swish_beta", "tanh", "tanhshrink",
}  # fmt: skip
KNOWN = [key for key in ACTIVATIONS if key not in UNKNOWN]

Function = Callable[[arb], arb]


def asinh(x: arb) -> arb:
    return x.asinh()


# typed by hand, as functions of a ball; those on the second line are odd and integrated over x > 0
SPECIAL: dict[str, Function] = {
    "squareplus": lambda x: (x + (x * x + 4).sqrt()) / 2,
    "bentid": lambda x: ((x * x + 1).sqrt() - 1) / 2 + x,
    "arctan": lambda x: x.atan(),
    "asinh": asinh,
    "x_atan": lambda x: x * x.atan(),
    "x**2*atan(x) + exp(x/2)": lambda x: x * x * x.atan() + (x / 2).exp(),
    "x*asinh(x)": lambda x: x * x.asinh(),
    "(1 + x**2)**(3/2)": lambda x: (1 + x * x) * (1 + x * x).sqrt(),
    "1/(1 + x**2)**2": lambda x: 1 / ((1 + x * x) * (1 + x * x)),
    "(1 + x)/sqrt(2 + x**2)**3": lambda x: (1 + x) / ((2 + x * x) * (2 + x * x).sqrt()),
}
HALF_LINE: dict[str, Function] = {
    "softsign": lambda x: x / (1 + x),
    "x/(2 + Abs(3*x))": lambda x: x / (2 + 3 * x),
    "x*Abs(x)/(1 + Abs(x))**2": lambda x: x * x / ((1 + x) * (1 + x)),
    # four sequences, two of them auxiliary to others
    "x/(1 + Abs(x))**3 + x/(2 + Abs(x))**3": lambda x: (
        x / ((1 + x) * (1 + x) * (1 + x)) + x / ((2 + x) * (2 + x) * (2 + x))
    ),
}

TYPED = (
    "Max(0, x - 1/3)",
    "leaky_relu(x, negative_slope=1/7)",
    "where(-1 < x <= 1/3, x**2, 0)",
    "where(x > sqrt(2), exp(-x)*x, x**2)",
    "Max(0, x**5 - x - 1)",
    "Max(0, x**3 - 2)",
    "Max(x, 0)**4",
    "exp(x/2)",
    "exp(x/2) + sin(3*x) + relu(x)",
    "exp(x)*cos(2*x)",
    "exp(-2*x**2)*(1 + x)",
    "exp(x/3 - x**2/5)*x",
    "exp(x**2/8 + x)",
    "exp(-x**2)*sin(x)",
    "x**3*sin(2*x)",
    "x*sin(x)",
    "x*exp(-x**2/2)",
    "x**2*exp(x) - cos(x + 1)",
    "cosh(x)",
    "where(x > 1/3, sin(x), 0)",
    "where(x > 0, exp(x)*sin(x), x)",
    "exp(-Abs(x))",
    "Min(exp(x), 1)",
    "where(x > 1/3, x**2*exp(-x**2/3 + x/2), x)",
    "where(x > -1/2, x*sin(x)*exp(-x**2), 0)",
    "x*erf(x/2 + 1/3)",
    "exp(-x**2)*erf(2*x)",
    "x**2*exp(x/3)*erf(x)",
    "x*erf(x/3) + where(x > sqrt(2), x*sin(3*x/5), 0)",
    "where(x > 1/3, exp(x), 0) + where(x > 1/4, exp(-x**2), 0) + exp(x)*erf(x)",
    "h5",
    "x**7",
    "3",
)
# an error function cut off at 0: the ball recurrences do not apply, exact values do
CUT_ERROR_FUNCTIONS = ("where(x > 0, x*(1 + erf(x/sqrt(2)))/2, 0)", "where(x > 0, x**3*exp(-x**2)*erf(x), 0)")


def of(spec: str) -> Any:
    entry = ACTIVATIONS.get(spec)
    given = {p.name: p.example for p in entry.parameters if p.default is None} if entry else {}
    return hg.activation(spec, **given)


@cache
def reference(spec: str) -> list[tuple[Fraction, Fraction]]:
    """Return bounds of mu_0, ..., mu_LEVELS by a route that shares no formula with the one under test."""
    if spec in SPECIAL:
        return [around(value) for value in quadrature(SPECIAL[spec], whole_line())]
    if spec in HALF_LINE:
        halves = quadrature(HALF_LINE[spec], half_line())
        return [around(value * (2 if level % 2 else 0)) for level, value in enumerate(halves)]
    with ctx.workprec(RECURRENCE_BITS):
        return [bounds(value) for value in islice(coefficient_stream(of(spec).pieces), LEVELS + 1)]


def around(value: arb) -> tuple[Fraction, Fraction]:
    """Return an interval of half-width 10^-(DIGITS + 2) |value| + 10^-95: no bound, but far beyond chance."""
    low, high = bounds(value)
    margin = abs(low) / 10 ** (DIGITS + 2) + Fraction(1, 10**95)
    return low - margin, high + margin


Nodes = tuple[list[arb], list[list[arb]]]


@cache
def whole_line() -> Nodes:
    """Trapezoid: the error is about e^(-2 pi d/step) for a function analytic in a strip |Im x| < d = 1."""
    step = Fraction(1, 40)
    with ctx.workprec(600):
        points = [exact(i * step) for i in range(-1600, 1601)]
        return points, table(points, [exact(step)] * len(points))


@cache
def half_line() -> Nodes:
    """The trapezoid after x = e^(t - e^-t), dx = (1 + e^-t) x dt: doubly exponential at 0."""
    step = Fraction(1, 160)
    with ctx.workprec(600):
        times = [exact(i * step) for i in range(-1000, 560)]
        points = [(t - (-t).exp()).exp() for t in times]
        weights = [(1 + (-t).exp()) * x * exact(step) for t, x in zip(times, points, strict=True)]
        return points, table(points, weights)


def table(points: list[arb], weights: list[arb]) -> list[list[arb]]:
    """Return weight * w(x) * h_l(x) at every point, for l up to LEVELS."""
    roots = [arb(n).sqrt() for n in range(LEVELS + 2)]
    norm = (2 * arb.pi()).sqrt()
    rows = []
    for x, weight in zip(points, weights, strict=True):
        row = [(-x * x / 2).exp() / norm * weight]
        row.append(x * row[0])
        for n in range(1, LEVELS):
            row.append((x * row[n] - roots[n] * row[n - 1]) / roots[n + 1])
        rows.append(row)
    return rows


def quadrature(function: Function, nodes: Nodes) -> list[arb]:
    points, rows = nodes
    with ctx.workprec(600):
        totals = [arb(0)] * (LEVELS + 1)
        for x, row in zip(points, rows, strict=True):
            value = function(x)
            for level, entry in enumerate(row):
                totals[level] += value * entry
    return [arb(total.mid()) for total in totals]


def agrees(formula: HermiteFormula, spec: str) -> bool:
    """Return whether every mu_l, l <= LEVELS, meets the reference, at a width of 10^-DIGITS."""
    found = formula.balls(LEVELS, DIGITS)
    for value, (low, high) in zip(found, reference(spec), strict=True):
        if value.upper < low or value.lower > high:
            return False
    return True


@pytest.mark.parametrize("spec", [*KNOWN, *TYPED, *(s for s in (*SPECIAL, *HALF_LINE) if s not in KNOWN)])
def test_balls_meet_another_route(spec: str) -> None:
    formula = hg.hermite_formula(of(spec))
    assert agrees(formula, spec)
    for value in formula.balls(20, DIGITS):
        width = value.upper - value.lower
        size = min(abs(value.lower), abs(value.upper))
        assert (
            width <= size / 10**DIGITS
            if value.width == "relative"
            else width <= Fraction(1, 10 ** (2 * DIGITS))
        )


def test_at_least_forty_entries_of_the_catalogue() -> None:
    assert len(KNOWN) >= 40
    kinds = {key: hg.hermite_formula(of(key)).kind for key in KNOWN}
    assert {key for key, kind in kinds.items() if kind == "recurrence"} == {
        "elu", "celu", "selu", "selu_exact", "softsign", "arctan", "asinh", "x_atan", "bentid", "squareplus",
    }  # fmt: skip


@pytest.mark.parametrize("spec", [key for key in KNOWN if not key.startswith("selu")])
def test_exact_values(spec: str) -> None:
    formula = hg.hermite_formula(of(spec))
    for level in (0, 1, 2, 3, 4, 7, 10):
        try:
            known = hg.hermite_coefficient(of(spec), level)
        except hg.NoClosedForm:
            [value] = formula.balls(level, 40)[-1:]
            low, high = bounds(constant(formula.exact(level), 200))
            assert value.lower <= high
            assert low <= value.upper
            continue
        gap = constant(sp.expand(formula.exact(level) - known), 300)
        assert gap.contains(0)
        assert abs(gap) < arb(2) ** -200


@pytest.mark.parametrize("spec", CUT_ERROR_FUNCTIONS)
def test_error_functions_on_half_the_line(spec: str) -> None:
    formula = hg.hermite_formula(spec)
    for level, value in enumerate(formula.balls(30, 40)):
        low, high = bounds(constant(hg.hermite_coefficient(spec, level), 400))
        assert value.lower <= high
        assert low <= value.upper


@pytest.mark.parametrize(
    "spec", ["relu", "hardtanh", "exp(x/2)", "x**3*sin(2*x)", "gelu", "relu6", "Max(0, x-1/3)"]
)
def test_the_expression_in_l(spec: str) -> None:
    formula = hg.hermite_formula(spec)
    for level in range(8):
        assert sp.expand(formula.expression.subs(LEVEL, level) - formula.exact(level)) == 0
    assert formula.expression.free_symbols == {LEVEL}


# --- wrong variants ---------------------------------------------------------------------------------------


def cases_changed(formula: HermiteFormula, change: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> HermiteFormula:
    """Return the formula with change(value, l) for every case that is not 0."""
    cases = []
    for case in formula.cases:
        level = LEVEL if case.parity is None else 2 * HALF + case.parity
        cases.append(case._replace(value=change(case.value, level)))
    return replace(formula, cases=tuple(cases))


def step_put(formula: HermiteFormula, last: Recurrence) -> HermiteFormula:
    """Return the formula with another last recurrence."""
    return replace(formula, recurrences=(*formula.recurrences[:-1], last))


def later(value: sp.Expr, _level: sp.Expr) -> sp.Expr:
    return value.subs({LEVEL: LEVEL + 1, HALF: HALF + 1}, simultaneous=True)


def wrong_variants(formula: HermiteFormula) -> Iterator[tuple[str, HermiteFormula]]:
    if formula.kind == "expression":
        yield "sign", cases_changed(formula, lambda value, _: -value)
        yield "l!", cases_changed(formula, lambda value, level: value / sp.sqrt(sp.factorial(level)))
        yield "index shift", cases_changed(formula, later)
        if formula.cases[0].parity is None:
            yield "parity", cases_changed(formula, lambda value, level: value * (-1) ** level)
        else:
            even, odd = formula.cases
            yield "parity", replace(formula, cases=(even._replace(parity=1), odd._replace(parity=0)))
        return
    last = formula.recurrences[-1]
    (back, weight), *others = last.terms
    yield "sign", step_put(formula, replace(last, terms=((back, -weight), *others)))
    yield "l!", step_put(formula, replace(last, terms=((back, weight * sp.sqrt(LEVEL)), *others)))
    moved = weight.subs(LEVEL, LEVEL + 1)
    yield "index shift", step_put(formula, replace(last, terms=((back, moved), *others)))
    for position in range(len(last.initial)):
        values = list(last.initial)
        if values[position] != 0:
            values[position] = -values[position]
            yield "sign of an initial value", step_put(formula, replace(last, initial=tuple(values)))
    if last.source != 0:
        yield "sign of the source", step_put(formula, replace(last, source=-last.source))
        yield "no source", step_put(formula, replace(last, source=sp.S.Zero))
        shifted = last.source.subs(LEVEL, LEVEL + 1)
        yield "index shift of the source", step_put(formula, replace(last, source=shifted))
    if formula.cases[0].parity is not None:
        even, odd = formula.cases
        swapped = (even._replace(value=odd.value), odd._replace(value=even.value))
        yield "parity", replace(formula, cases=swapped)


@pytest.mark.parametrize(
    "spec",
    [
        "relu", "relu_squared", "abs", "gelu", "hardtanh", "hardswish", "snake", "erf", "sin", "cos", "exp",
        "gaussian", "sign", "hardshrink", "threshold", "exp(x)*cos(2*x)", "exp(x/3 - x**2/5)*x",
        "Max(0, x - 1/3)", "elu", "selu", "softsign", "x_atan", "asinh", "bentid", "exp(x**2/8 + x)",
        "where(x > 1/3, sin(x), 0)", "where(x > 1/3, x**2*exp(-x**2/3 + x/2), x)", "x**2*exp(x/3)*erf(x)",
    ],
)  # fmt: skip
def test_wrong_variants_are_rejected(spec: str) -> None:
    formula = hg.hermite_formula(of(spec))
    accepted = [name for name, wrong in wrong_variants(formula) if not rejected(wrong, spec)]
    assert accepted == []


def rejected(wrong: HermiteFormula, spec: str) -> bool:
    """Return whether the check refuses it; a formula that is undefined at some level is refused as well."""
    try:
        return not agrees(wrong, spec)
    except (hg.NoEnclosure, hg.PrecisionExhausted):
        return True


@pytest.mark.parametrize("spec", ["relu6", "threshold", "h4", "quadratic"])
def test_wrong_listed_values_are_rejected(spec: str) -> None:
    formula = hg.hermite_formula(of(spec))
    for position, (level, value) in enumerate(formula.listed):
        listed = list(formula.listed)
        listed[position] = (level, 2 * value + sp.Rational(1, 10**40))
        assert rejected(replace(formula, listed=tuple(listed)), spec)
        others = formula.listed[:position] + formula.listed[position + 1 :]
        assert rejected(replace(formula, listed=others), spec)


# --- what the formulas are made of ------------------------------------------------------------------------


def test_the_polynomial_of_symbolic_degree() -> None:
    point = sp.Rational(1, 3)
    symbolic = OrthonormalHermite(LEVEL, point)
    for level in range(7):
        assert sp.expand(symbolic.subs(LEVEL, level) - hermite_polynomial(level, point)) == 0
        assert sp.expand(OrthonormalHermite(sp.Integer(level), X) - hermite_polynomial(level)) == 0
        at_zero = OrthonormalHermite(LEVEL, sp.S.Zero).rewrite(sp.gamma).subs(LEVEL, level)
        assert sp.simplify(at_zero - hermite_polynomial(level, sp.S.Zero)) == 0
        mirrored = OrthonormalHermite(LEVEL, -point).subs(LEVEL, level)
        assert sp.expand(mirrored - hermite_polynomial(level, -point)) == 0
    slope = sp.diff(OrthonormalHermite(LEVEL, X), X).subs(LEVEL, 4).doit()
    assert sp.expand(slope - sp.diff(hermite_polynomial(4), X)) == 0
    assert sp.latex(OrthonormalHermite(LEVEL - 2, point)) == r"h_{l - 2}\left(\frac{1}{3}\right)"
    assert str(term("mu", LEVEL - 1)) == "mu_(l - 1)"
    assert sp.latex(term("mu", LEVEL - 1)) == r"\mu_{l - 1}"


def test_operators_are_multiplication_by_x() -> None:
    """c_l = E[f He_l] of f = x^3 and of x^2 x^3, from Gaussian moments."""

    def monic(power: int, level: int) -> sp.Expr:
        terms = sp.Poly(
            sp.expand(hermite_polynomial(level) * sp.sqrt(sp.factorial(level)) * X**power), X
        ).terms()
        return sum(c * (0 if n % 2 else sp.factorial2(n - 1)) for (n,), c in terms)

    values = {level: monic(3, level) for level in range(12)}
    for level in range(8):
        assert applied(powers(TIMES_X, 2)[2], values, level) == monic(5, level)
        # the order of the factors matters: S l is not l S
        assert compose({1: sp.S.One}, {0: LEVEL}) == {1: LEVEL + 1}


def test_normalisation_of_shifts() -> None:
    for shift in range(-3, 4):
        for level in range(4, 7):
            factor = over_root(sp.S.One, shift).subs(LEVEL, level)
            assert sp.simplify(factor - sp.sqrt(sp.factorial(level + shift) / sp.factorial(level))) == 0
    assert over_root(LEVEL * (LEVEL - 1), -2).subs(LEVEL, 1) == 0


def test_sequences_have_different_names() -> None:
    formula = hg.hermite_formula("x/(1 + Abs(x))**3 + x/(2 + Abs(x))**3 + 1/(1 + x**2)")
    names = [recurrence.name for recurrence in formula.recurrences]
    assert len(set(names)) == len(names) > 4


def test_the_annihilator() -> None:
    q = annihilator([(sp.S.Zero, 1), (sp.I, 0), (sp.Rational(1, 2), 0)])
    for f in (X, sp.S.One, sp.sin(X), sp.cos(X), sp.exp(X / 2)):
        assert sp.simplify(sum(c * sp.diff(f, X, i) for i, c in enumerate(q))) == 0
    assert sp.simplify(sum(c * sp.diff(sp.exp(X), X, i) for i, c in enumerate(q))) != 0


# --- refusals and the command line -------------------------------------------------------------------------


LINKED = {
    "softplus": "sigmoid",
    "log_cosh": "tanh",
    "tanh": "sigmoid",
    "silu": "sigmoid",
    "logsigmoid": "softplus",
    "tanhshrink": "mu_l(tanh)",
    "sigmoid": "tanh(x/2)",
    "mish": "2x r(x)",
}


@pytest.mark.parametrize("spec", sorted(UNKNOWN))
def test_what_has_no_formula_says_what_is_known(spec: str) -> None:
    with pytest.raises(hg.NoClosedForm, match="no general formula") as caught:
        hg.hermite_formula(spec)
    assert "hermite_coefficients" in caught.value.hint
    assert LINKED.get(spec, "") in caught.value.known


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("exp(x**2/2)", hg.UndefinedGamma),
        ("where(x > 1/3, x/(1 + x), 0)", hg.NoClosedForm),
        ("where(x > 1/2, x*(1 + erf(x/sqrt(2)))/2, 0)", hg.NoClosedForm),
        ("erf(x)**2", hg.NoClosedForm),
        ("log(1 + x**2)", hg.NoClosedForm),
    ],
)
def test_refusals(spec: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        hg.hermite_formula(spec)


@pytest.mark.parametrize("level", [-1, True, 1.5])
def test_levels_are_natural_numbers(level: Any) -> None:
    with pytest.raises(hg.BadInput, match="integer >= 0"):
        hg.hermite_formula("relu").exact(level)


def test_precision_is_capped_by_name() -> None:
    with pytest.raises(hg.PrecisionExhausted, match="raise max_bits"):
        hg.hermite_formula("softsign").balls(100, 50, max_bits=100)


def test_command_line(run: Any) -> None:
    shown = run("coefficients", "elu", "--formula")
    assert "mu_l = mu_(l - 1)/sqrt(l) - " in shown
    assert "because" in shown


@pytest.fixture
def run() -> Callable[..., str]:
    from click.testing import CliRunner

    def invoke(*arguments: str) -> str:
        done = CliRunner().invoke(application, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_the_degree_is_no_variable_to_differentiate_in() -> None:
    with pytest.raises(sp.core.function.ArgumentIndexError):
        OrthonormalHermite(sp.Symbol("l"), sp.Symbol("x")).fdiff(1)
