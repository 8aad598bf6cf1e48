"""Every error term is needed: with bad parameters the enclosure contains the truth, without the term not.

The parameters (grid step, number of nodes, height of the strip, lags, panels, outer grid, series length) are
made so bad that one term of the bound dominates; then the enclosure must still contain a value known in
closed form, and a mutant without that term must miss it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx

from hermite_gamma import activation
from hermite_gamma.balls import bounds, exact, program
from hermite_gamma.enclosure import closed, grid, mehler, panels, series, strip, table
from hermite_gamma.enclosure.cover import strip_columns
from hermite_gamma.enclosure.mehler import Outer
from hermite_gamma.enclosure.panels import MehlerPanels
from hermite_gamma.enclosure.route import Centre, Tail
from hermite_gamma.enclosure.routes import ROUTES
from hermite_gamma.enclosure.series import ParsevalSeries
from hermite_gamma.enclosure.strip import Plan, StripTrapezoid
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import real_growth
from hermite_gamma.symbols import X

F = Fraction
Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Known:
    """A function with kappa(rho), E f^2 and mu_1 in closed form."""

    text: str
    kappa: Callable[[mpmath.mpf], mpmath.mpf]
    first: Callable[[], mpmath.mpf]

    def __str__(self) -> str:
        return self.text  # test ids must be the same in every worker

    @property
    def function(self) -> PiecewiseFunction:
        return activation(self.text).pieces

    def truth(self, rho: Fraction) -> Fraction:
        with mpmath.workdps(80):
            return rational(self.kappa(mpmath.mpf(rho.numerator) / rho.denominator))

    def mu1(self) -> Fraction:
        with mpmath.workdps(80):
            return rational(self.first())


def rational(value: mpmath.mpf) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)


ERF = Known(
    "erf(x)", lambda r: 2 / mpmath.pi * mpmath.asin(2 * r / 3), lambda: 2 / mpmath.sqrt(3 * mpmath.pi)
)
SIN = Known("sin(2*x)", lambda r: mpmath.exp(-4) * mpmath.sinh(4 * r), lambda: 2 * mpmath.exp(-2))
COS = Known("cos(x)", lambda r: mpmath.exp(-1) * mpmath.cosh(r), lambda: mpmath.mpf(0))
BUMP = Known("exp(-x^2)", lambda r: 1 / mpmath.sqrt(9 - 4 * r * r), lambda: mpmath.mpf(0))
EXP = Known("exp(x/2)", lambda r: mpmath.exp((1 + r) / 4), lambda: mpmath.exp(mpmath.mpf(1) / 8) / 2)
RELU = Known(
    "relu(x)",
    lambda r: (mpmath.sqrt(1 - r * r) + (mpmath.pi - mpmath.acos(r)) * r) / (2 * mpmath.pi),
    lambda: mpmath.mpf(1) / 2,
)
SIGN = Known("sign(x)", lambda r: 2 / mpmath.pi * mpmath.asin(r), lambda: mpmath.sqrt(2 / mpmath.pi))
SMOOTH = (ERF, SIN, COS, BUMP, EXP)
ANY = (*SMOOTH, RELU, SIGN)
# what a reference at 80 digits may be off by
SLACK = F(1, 10**70)


def contains(ball: arb, truth: Fraction) -> bool:
    low, high = bounds(ball)
    return low - SLACK <= truth <= high + SLACK


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    """What a mutant computes must not be left behind for another test."""
    yield
    for kept in (series._table, strip._grid, panels._one_dimensional):
        kept.cache_clear()


# --- the chirp trapezoid (Theorem 2, A3, A4) --------------------------------------------------------------


def plan_of(case: Known, step: Fraction, count: int, height: Fraction) -> Plan:
    reach = int((count + 1) * step) + 2
    expr = case.function.pieces[0].expr
    return Plan(
        step, count, height, tuple(strip_columns(program(expr), reach, height)), real_growth(case.function)
    )


def by_hand(patch: Patch, plan: Plan, case: Known, rho: Fraction, k: int = 0, nats: float = 120.0) -> Tail:
    """Run the route with this plan and without centring."""
    strip._grid.cache_clear()
    patch.setattr(strip, "make_plan", lambda *args, **more: plan)
    patch.setattr(strip, "numerical_centre", lambda *args, **more: (Centre(), 1.0))
    return StripTrapezoid().tail(case.function, k, rho, nats)


COARSE = [
    (F(1), 12, F(1)),
    (F(1, 2), 20, F(1, 4)),
    (F(1, 2), 20, F(1)),
    (F(3, 4), 14, F(3, 2)),
    (F(1, 4), 60, F(1, 64)),
]
SHORT = [
    (F(1, 8), 8, F(1)),
    (F(1, 8), 16, F(1, 2)),
    (F(1, 16), 40, F(1)),
    (F(1, 8), 24, F(2)),
    (F(1, 4), 3, F(1)),
]


@pytest.mark.parametrize("case", SMOOTH, ids=lambda c: c.text)
@pytest.mark.parametrize("parameters", COARSE + SHORT, ids=str)
@pytest.mark.parametrize("rho", [F(0), F(1, 2), F(-1, 2), F(9, 10), F(-19, 20)], ids=str)
def test_bad_grids_still_enclose(
    monkeypatch: Patch, case: Known, parameters: tuple[Fraction, int, Fraction], rho: Fraction
) -> None:
    plan = plan_of(case, *parameters)
    try:
        tail = by_hand(monkeypatch, plan, case, rho)
    except NoEnclosure:
        # 2 pi/h > d/(2 s^2) is a hypothesis of the theorem
        assert 2 * mpmath.pi / parameters[0] <= parameters[2] / (2 * (1 - rho * rho))
        return
    assert contains(tail.numerator, case.truth(rho))
    assert contains(tail.total, case.truth(F(1)))
    mu = by_hand(monkeypatch, plan, case, F(0), k=2).head
    assert contains(mu[1], case.mu1())


def terms_of_theorem_2(case: Known, plan: Plan, rho: Fraction, lag: int | None) -> dict[str, mpmath.mpf]:
    """The four terms, written out again with mpmath from BOUNDS A2 and A3."""
    with mpmath.workdps(40):
        f = sp.lambdify(X, case.function.pieces[0].expr, "mpmath")
        r = abs(mpmath.mpf(rho.numerator) / rho.denominator)
        h = mpmath.mpf(plan.step.numerator) / plan.step.denominator
        d = mpmath.mpf(plan.height.numerator) / plan.height.denominator
        K = mpmath.mpf(plan.growth.factor.numerator) / plan.growth.factor.denominator
        c = mpmath.mpf(plan.growth.rate.numerator) / plan.growth.rate.denominator
        s = mpmath.sqrt(1 - r * r)
        edge = (plan.count + mpmath.mpf(1) / 2) * h
        theta = 1 + h / (s * mpmath.sqrt(2 * mpmath.pi))
        mass = mpmath.mpf(0)
        at_edge = {1: mpmath.mpf(0), -1: mpmath.mpf(0)}
        for column in plan.columns:
            low, high, size = (float(column.low), float(column.high), mpmath.mpf(float(column.bound.mid())))
            a, b = max(low, -edge), min(high, edge)
            if a < b:
                mass += size**2 * (mpmath.ncdf(b) - mpmath.ncdf(a))
            for sign in (1, -1):
                if low <= sign * edge <= high:
                    at_edge[sign] = max(at_edge[sign], size)
        xs = [i * h for i in range(-plan.count, plan.count + 1)]
        sampled = h * sum(mpmath.npdf(x) * f(x) ** 2 for x in xs)
        nu = 1 / (2 * mpmath.pi / h - d / (2 * s * s))
        wave = mpmath.exp(d * d / (2 * s * s)) / (mpmath.exp(2 * mpmath.pi * d / h) - 1)
        grown = 2 * K * mpmath.cosh(c * r * edge) * mpmath.exp(c * c * s * s / 2)
        terms = {
            "h": 2 * wave * (mass + mpmath.sqrt(theta * sampled * mass)),
            "v": 2 * nu * mpmath.npdf(edge) * grown * (at_edge[1] + at_edge[-1]) * (1 + theta),
            "t": 4 * K**2 * sum(
                mpmath.exp(c * c * (1 + t * r)) * mpmath.ncdf(-(edge - c * (1 + t * r))) for t in (1, -1)
            ),
            "l": mpmath.mpf(0),
        }  # fmt: skip
        if lag is not None:
            energy = sum((f(x) * mpmath.exp(-x * x / (2 * (1 + r)))) ** 2 for x in xs)
            t = [mpmath.exp(-r * k * k * h * h / (2 * s * s)) for k in (lag + 1, lag + 2)]
            terms["l"] = h * h / (mpmath.pi * s) * energy * t[0] / (1 - t[1] / t[0])
        return terms


# (case, step, count, height, rho, lag): each makes the named term the one that is needed
DOMINATED = {
    "h": [
        (BUMP, F(1), 12, F(1), F(1, 2), None),
        (SIN, F(1), 12, F(1), F(3, 10), None),
        (COS, F(3, 2), 8, F(2), F(1, 10), None),
        (EXP, F(3, 2), 10, F(2), F(4, 5), None),
        (ERF, F(1), 12, F(1), F(9, 10), None),
    ],
    "t": [
        (COS, F(1, 32), 96, F(1), F(0), None),
        (EXP, F(1, 16), 40, F(2), F(1, 2), None),
        (ERF, F(1, 16), 24, F(1), F(9, 10), None),
        (EXP, F(1, 32), 96, F(1), F(-1, 2), None),
    ],
    "l": [
        (COS, F(1, 8), 70, F(2), F(1, 2), 20),
        (BUMP, F(1, 8), 70, F(2), F(1, 10), 30),
        (EXP, F(1, 8), 90, F(2), F(9, 10), 6),
    ],
}
CASES = [(term, *case) for term, cases in DOMINATED.items() for case in cases]


@pytest.mark.parametrize(("term", "case", "step", "count", "height", "rho", "lag"), CASES, ids=str)
def test_each_term_of_theorem_2_is_needed(
    monkeypatch: Patch,
    term: str,
    case: Known,
    step: Fraction,
    count: int,
    height: Fraction,
    rho: Fraction,
    lag: int | None,
) -> None:
    plan = plan_of(case, step, count, height)
    if lag is not None:
        monkeypatch.setattr(strip, "_last_lag", lambda *args: lag)
    ball = by_hand(monkeypatch, plan, case, rho).numerator
    assert contains(ball, case.truth(rho))
    terms = terms_of_theorem_2(case, plan, rho, lag)
    # nothing is left out of the radius (a relative 10^-6 for rounding and for whole columns)
    assert float(ball.rad()) >= float(sum(terms.values())) * (1 - 1e-6)
    # the mutant: the same sum, with the radius of the other terms only
    error = abs(float(bounds(arb(ball.mid()))[0] - case.truth(rho)))
    others = float(sum(value for name, value in terms.items() if name != term))
    assert error > 1.01 * others, f"error {error:.2e}, all other terms {others:.2e}"


def test_the_vertical_edges_are_in_the_radius(monkeypatch: Patch) -> None:
    """The edge term never dominates the true error, so the radius itself is compared with the formula."""
    for case, step, count, height, rho in (
        (COS, F(3, 4), 4, F(2), F(1, 2)), (EXP, F(1, 2), 8, F(2), F(1, 5)), (ERF, F(1, 2), 8, F(1), F(-2, 5)),
    ):  # fmt: skip
        plan = plan_of(case, step, count, height)
        terms = terms_of_theorem_2(case, plan, rho, None)
        full = by_hand(monkeypatch, plan, case, rho).numerator.rad()
        monkeypatch.setattr(strip, "edge_bound", lambda *args: arb(0))
        mutant = by_hand(monkeypatch, plan, case, rho).numerator.rad()
        monkeypatch.undo()
        assert float(full) >= float(sum(terms.values())) * (1 - 1e-6)
        assert float(full - mutant) >= float(terms["v"]) * (1 - 1e-6)
        assert float(mutant) < float(sum(terms.values()))


def test_mutants_without_strip_terms_miss_the_truth(monkeypatch: Patch) -> None:
    """The same, by taking the term out of the program."""
    missed = set()
    for name, replacement in (("mass", lambda *a: arb(0)), ("two_sided_tail", lambda *a: arb(0))):
        for term, case, step, count, height, rho, lag in CASES:
            if lag is None:
                with monkeypatch.context() as patch:
                    patch.setattr(strip, name, replacement)
                    ball = by_hand(patch, plan_of(case, step, count, height), case, rho).numerator
                if not contains(ball, case.truth(rho)):
                    missed.add((name, term))
    assert {("mass", "h"), ("two_sided_tail", "t")} <= missed


def test_the_edge_is_half_a_step_beyond_the_last_node() -> None:
    """At X = nh the kernel of the contour has a pole."""
    assert plan_of(COS, F(1, 8), 30, F(1)).edge == F(61, 16)


@pytest.mark.parametrize("case", SMOOTH, ids=lambda c: c.text)
def test_bad_grids_still_enclose_high_coefficients(monkeypatch: Patch, case: Known) -> None:
    """mu_l for l up to 12 against the series route, which uses no grid."""
    truths = next(route for route in ROUTES if route.name == "series").coefficients(case.function, 12, 100.0)
    for step, count, height in COARSE + SHORT:
        plan = plan_of(case, step, count, height)
        with monkeypatch.context() as patch:
            patch.setattr(strip, "make_plan", lambda *args, plan=plan, **more: plan)
            found = StripTrapezoid().coefficients(case.function, 12, 60.0)
        assert all(a.overlaps(b) for a, b in zip(found, truths, strict=True)), (step, count, height)


# --- panels (C1, C2, Theorem 4) ---------------------------------------------------------------------------


def few_nodes(function: PiecewiseFunction, nodes: int) -> Callable[..., tuple[grid.Panel, ...]]:
    def make(f: PiecewiseFunction, reach: Fraction, sigma: float, nats: float) -> tuple[grid.Panel, ...]:
        made = grid.build_panels(f, reach, sigma, nats)
        return tuple(replace(panel, nodes=nodes) for panel in made)

    return make


def plain(patch: Patch) -> None:
    panels._one_dimensional.cache_clear()
    patch.setattr(panels, "_centre", lambda *args, **more: (Centre(), 1.0))


@pytest.mark.parametrize("case", ANY, ids=lambda c: c.text)
@pytest.mark.parametrize("nodes", [2, 3, 4, 6])
@pytest.mark.parametrize("rho", [F(0), F(1, 2), F(-1, 2), F(9, 10)], ids=str)
def test_panels_with_few_nodes_still_enclose(
    monkeypatch: Patch, case: Known, nodes: int, rho: Fraction
) -> None:
    plain(monkeypatch)
    monkeypatch.setattr(panels, "_panels", few_nodes(case.function, nodes))
    tail = MehlerPanels().tail(case.function, 2, rho, 40.0)
    first = rational(mpmath.mpf(rho.numerator) / rho.denominator) * 0 + rho
    level_0 = tail.head[0] * tail.head[0]
    kernel = tail.numerator + level_0 + tail.head[1] * tail.head[1] * exact(first)
    assert contains(kernel, case.truth(rho))
    assert contains(tail.total + level_0 + tail.head[1] * tail.head[1], case.truth(F(1)))
    assert contains(tail.head[1], case.mu1())


def test_the_panel_error_is_needed(monkeypatch: Patch) -> None:
    missed = {"kernel": 0, "square": 0, "mean": 0}
    for case in ANY:
        with monkeypatch.context() as patch:
            plain(patch)
            patch.setattr(panels, "_panels", few_nodes(case.function, 3))
            patch.setattr(grid.Panel, "error", lambda *args, **more: arb(0))
            panels._one_dimensional.cache_clear()
            tail = MehlerPanels().tail(case.function, 0, F(1, 2), 60.0)
            head = MehlerPanels().tail(case.function, 2, F(1, 2), 60.0).head
        missed["kernel"] += not contains(tail.numerator, case.truth(F(1, 2)))
        missed["square"] += not contains(tail.total, case.truth(F(1)))
        missed["mean"] += not contains(head[1], case.mu1())
    # a polynomial piece is exact with any number of nodes, but not against a Gaussian
    assert min(missed.values()) >= 4


@pytest.mark.parametrize("case", ANY, ids=lambda c: c.text)
@pytest.mark.parametrize("reach", [F(1), F(2), F(4)], ids=str)
def test_a_short_reach_still_encloses_and_needs_its_tail(
    monkeypatch: Patch, case: Known, reach: Fraction
) -> None:
    plain(monkeypatch)
    monkeypatch.setattr(panels, "_reach", lambda *args: reach)
    panels._one_dimensional.cache_clear()
    tail = MehlerPanels().tail(case.function, 0, F(1, 2), 40.0)
    head = MehlerPanels().tail(case.function, 2, F(1, 2), 40.0).head
    assert contains(tail.numerator, case.truth(F(1, 2)))
    assert contains(tail.total, case.truth(F(1)))
    assert contains(head[1], case.mu1())
    if case is BUMP and reach > 2:
        return  # its mass beyond 4 is below 10^-16
    monkeypatch.setattr(panels, "two_sided_tail", lambda *args: arb(0))
    monkeypatch.setattr(panels, "survival", lambda *args: arb(0))
    panels._one_dimensional.cache_clear()
    mutant = MehlerPanels().tail(case.function, 0, F(1, 2), 40.0)
    assert not contains(mutant.numerator, case.truth(F(1, 2)))
    assert not contains(mutant.total, case.truth(F(1)))
    monkeypatch.setattr(panels, "level_tail", lambda *args: arb(0))
    panels._one_dimensional.cache_clear()
    if case.mu1() != 0:
        assert not contains(MehlerPanels().tail(case.function, 2, F(1, 2), 40.0).head[1], case.mu1())


@pytest.mark.parametrize("route", ["panels", "closed"])
@pytest.mark.parametrize(("step", "count"), [(F(3, 2), 8), (F(1), 12), (F(1, 4), 8), (F(1, 8), 8)], ids=str)
def test_a_bad_outer_grid_still_encloses_and_needs_its_error(
    monkeypatch: Patch, route: str, step: Fraction, count: int
) -> None:
    module, made = {
        "panels": (panels, MehlerPanels()),
        "closed": (closed, next(r for r in ROUTES if r.name == "Mehler closed form")),
    }[route]
    plain(monkeypatch)
    monkeypatch.setattr(module, "outer_grid", lambda *args: Outer(step, count))
    missed = 0
    for case in (RELU, SIN, COS, EXP, BUMP):
        for rho in (F(1, 2), F(-1, 2), F(9, 10)):
            assert contains(made.tail(case.function, 0, rho, 40.0).numerator, case.truth(rho)), (case, rho)
            with monkeypatch.context() as patch:
                patch.setattr(mehler, "_error", lambda *args: arb(0))
                missed += not contains(made.tail(case.function, 0, rho, 40.0).numerator, case.truth(rho))
    assert missed >= 8


def test_pairs_left_out_of_the_inner_sum_are_paid_for() -> None:
    """psi(x) = E relu(m + s g) = m Phi(m/s) + s w(m/s), m = sqrt(rho) x; a window of e^-1 leaves out most."""
    built, rho, outer = tuple(grid.build_panels(RELU.function, F(12), 0.7, 60.0)), F(1, 2), Outer(F(1, 4), 16)
    with ctx.workprec(160):
        psi = panels._inner(grid.sample(list(built)), built, outer, rho, -5.5)
    worst = 0.0
    for i, ball in zip(range(-16, 17), psi, strict=True):
        s, m = mpmath.sqrt(0.5), mpmath.sqrt(0.5) * i / 4
        truth = float(m * mpmath.ncdf(m / s) + s * mpmath.npdf(m / s))
        assert ball.contains(arb(truth))
        worst = max(worst, abs(float(ball.mid()) - truth))
    # without the pruning term the radius is the panel error, far below what was left out
    assert worst > 1e-4 > 1e9 * float(sum(float(panel.error(arb(0.5)).mid()) for panel in built))


# --- the series (section D) -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [RELU, SIGN, COS, SIN, EXP, BUMP], ids=lambda c: c.text)
@pytest.mark.parametrize("rho", [F(1, 2), F(-1, 2), F(9, 10), F(-99, 100)], ids=str)
def test_a_short_series_still_encloses_and_needs_its_tail(
    monkeypatch: Patch, case: Known, rho: Fraction
) -> None:
    monkeypatch.setattr(series, "_terms", lambda *args: 4)
    found = ParsevalSeries().tail(case.function, 0, rho, 60.0)
    assert contains(found.numerator, case.truth(rho))
    if case in (RELU, SIGN):
        # the tail is one-sided: for rho > 0 the truncated sum is a lower bound
        monkeypatch.setattr(table, "upper", lambda *args: arb(0))
        series._table.cache_clear()
        mutant = ParsevalSeries().tail(case.function, 0, rho, 60.0)
        series._table.cache_clear()
        assert not contains(mutant.numerator, case.truth(rho))


def test_a_wrong_second_moment_is_noticed(monkeypatch: Patch) -> None:
    """Parseval: a second moment below the sum of squares is a contradiction, not a small tail."""
    series._table.cache_clear()
    monkeypatch.setattr(series, "second_moment", lambda function: exact(F(499, 1000)))
    with pytest.raises(ArithmeticError):
        ParsevalSeries().tail(RELU.function, 0, F(99, 100), 60.0)
