"""Series routes: the sums over h_l, the bounds of |h_l|, tables, correlations; each with a wrong variant."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from flint import acb, arb, ctx, fmpq

from hermite_gamma import activation
from hermite_gamma.balls import bounds, exact, program
from hermite_gamma.enclosure import correlations as correlating
from hermite_gamma.enclosure import panel_series, strip_series
from hermite_gamma.enclosure.correlations import correlations
from hermite_gamma.enclosure.cover import strip_columns
from hermite_gamma.enclosure.gaussian import LevelBound, hermite_values, level_blocks, level_bound
from hermite_gamma.enclosure.grid import build_panels
from hermite_gamma.enclosure.hermite_sums import hermite_sums
from hermite_gamma.enclosure.panel_series import PanelSeries
from hermite_gamma.enclosure.routes import ROUTES
from hermite_gamma.enclosure.series import ParsevalSeries
from hermite_gamma.enclosure.strip import StripTrapezoid
from hermite_gamma.enclosure.strip_plan import Plan
from hermite_gamma.enclosure.strip_series import StripSeries
from hermite_gamma.enclosure.table import Table, rounded_length
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import real_growth

F = Fraction
Patch = pytest.MonkeyPatch


def function_of(text: str) -> PiecewiseFunction:
    return activation(text).pieces


def route(name: str) -> ParsevalSeries | StripSeries | PanelSeries:
    return next(r for r in ROUTES if r.name == name)  # type: ignore[return-value]


# --- sums over h_l ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 17, 40, 121])
def test_sums_against_the_recurrence(count: int) -> None:
    rng = random.Random(count)
    with ctx.workprec(400):
        points = [arb(fmpq(rng.randrange(-400, 400), 64)) for _ in range(23)]
        even, odd = ([arb(fmpq(rng.randrange(-99, 99), 128)) for _ in points] for _ in range(2))
        found = hermite_sums(points, even, odd, count)
        table = [hermite_values(count, y) for y in points]
        assert len(found) == count
        shifted = 0
        for level in range(count):
            weights = odd if level % 2 else even
            truth = sum((c * h[level] for c, h in zip(weights, table, strict=True)), arb(0))
            assert found[level].overlaps(truth)
            assert found[level].rad() < arb(2) ** -200
            other = even if level % 2 else odd
            wrong = sum((c * h[level] for c, h in zip(other, table, strict=True)), arb(0))
            shifted += not found[level].overlaps(wrong)
    assert shifted == count


# --- |h_l| on the plane -----------------------------------------------------------------------------------


def hermite_at(level: int, z: acb) -> acb:
    before, here = acb(0), acb(1)
    for n in range(level):
        before, here = here, (z * here - arb(n).sqrt() * before) / arb(n + 1).sqrt()
    return here


@pytest.mark.parametrize("level", [0, 1, 2, 5, 30, 200, 1000])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (3.0, 0.5), (12.0, 1.0), (1.0, 4.0), (25.0, 0.0)])
def test_level_bounds_hold_and_are_near(level: int, x: float, y: float) -> None:
    with ctx.workprec(4000):  # the recurrence loses e^(|z| sqrt(l))
        bound = level_bound(level, x, y)
        top = bound.at(arb(x), arb(y))
        size = abs(hermite_at(level, acb(x, y)))
        assert size <= top
        if y == 0:
            assert abs(hermite_at(level, acb(x / 2, 0))) <= top
        # no more than a power of the level too large, where h_l has no zero nearby
        near = max(size, abs(hermite_at(level, acb(x, y + 0.05))), abs(hermite_at(level, acb(x * 0.97, y))))
        assert top < near * 60 * (level + 1)
        weighted = size * (-arb(x) * x / 2).exp()
        assert weighted <= level_bound(level, 0.0, y).weighted(arb(y))


def test_blocks_cover_all_levels_and_bounds_grow() -> None:
    for count in (1, 2, 3, 10, 777):
        lasts = list(level_blocks(count))
        assert lasts[-1] == count - 1
        assert lasts == sorted(set(lasts))
    r = F(3, 4)
    constants = [LevelBound(level, r).constant for level in range(40)]
    assert all(a < b for a, b in pairwise(constants))
    # the wrong sign of the exponent of r would fall with the level, below |h_l(0)|
    mutant = exact(r) ** 20 / (1 - exact(r) * exact(r)).root(4)
    assert abs(hermite_at(40, acb(0))) > mutant


@pytest.mark.parametrize("level", [0, 1, 4, 25, 60])
@pytest.mark.parametrize("edge", [0.5, 3.0, 9.0])
def test_what_lies_beyond_the_edge(level: int, edge: float) -> None:
    """E|e^(|x|/4) h_l| outside [-X, X] by cells of 1/32 up to 40."""
    with ctx.workprec(100):
        total, step = arb(0), arb(1) / 32
        for k in range(int((40 - edge) * 32)):
            x = edge + step * k + step / 2
            weight = (x / 4 - x * x / 2).exp() / (2 * arb.pi()).sqrt()
            total = total + 2 * step * weight * abs(hermite_at(level, acb(x)))
        for bound in (level_bound(level, edge, 0.0), LevelBound(level, F(1, 2))):
            assert bound.beyond(arb(1), arb(1) / 4, arb(edge)) > total * 0.9


# --- tables -----------------------------------------------------------------------------------------------


HALF = F(1, 2)


def relu_table(length: int, square: Fraction = HALF, noise: float = 0.0) -> Table:
    mus = ParsevalSeries().coefficients(function_of("relu(x)"), length, 80.0)
    with ctx.workprec(200):
        noisy = [mu + arb(0, noise * 2.0 ** max(0, level - 40)) for level, mu in enumerate(mus)]
        return Table(noisy, exact(square), 80.0)


def relu_kernel(rho: Fraction) -> arb:
    r = exact(rho)
    return ((1 - r * r).sqrt() + (arb.pi() - r.acos()) * r) / (2 * arb.pi())


@pytest.mark.parametrize("rho", [F(1, 2), F(-1, 2), F(9, 10), F(99, 100), F(0)], ids=str)
@pytest.mark.parametrize("length", [4, 20, 100])
def test_a_short_table_still_encloses(rho: Fraction, length: int) -> None:
    with ctx.workprec(200):
        for k in range(3):
            tail = relu_table(length).tail(k, rho)
            head = sum((m * m * exact(rho**level) for level, m in enumerate(tail.head)), arb(0))
            assert (tail.numerator + head).overlaps(relu_kernel(rho))
            assert len(tail.head) == k
        # without the rest the sum falls short
        if rho >= F(9, 10):
            mutant = relu_table(length)
            mutant._remaining = arb(0)
            assert not mutant.tail(0, rho).numerator.overlaps(relu_kernel(rho))
            assert relu_table(length).is_too_short(0, rho)


def test_a_second_moment_that_is_too_small_is_a_contradiction() -> None:
    with pytest.raises(ArithmeticError):
        relu_table(60, square=F(499, 1000))


def test_coefficients_below_their_radius_are_left_out() -> None:
    clean, noisy = relu_table(100), relu_table(100, noise=1e-9)
    assert clean.is_full
    assert not noisy.is_full
    assert not noisy.is_too_short(0, F(99, 100))
    assert noisy.tail(0, F(99, 100)).numerator.overlaps(relu_kernel(F(99, 100)))


def test_lengths_and_accuracies_come_in_few_sizes() -> None:
    sizes = {rounded_length(n) for n in range(1, 3000)}
    assert len(sizes) < 15
    assert all(rounded_length(n) >= n for n in range(1, 3000))


# --- coefficients from grids and panels -------------------------------------------------------------------

KNOWN = ("sin(2*x)", "cos(x)", "exp(-x^2)", "exp(x/2)")


def truths(text: str, count: int) -> list[arb]:
    return ParsevalSeries().coefficients(function_of(text), count, 150.0)


def plan_of(text: str, step: Fraction, count: int, height: Fraction) -> Plan:
    function = function_of(text)
    columns = strip_columns(program(function.pieces[0].expr), int((count + 1) * step) + 2, height)
    return Plan(step, count, height, tuple(columns), real_growth(function))


PLANS = [
    (F(1), 12, F(1)),
    (F(1, 2), 20, F(1, 4)),
    (F(3, 4), 14, F(3, 2)),
    (F(1, 8), 24, F(2)),
    (F(1, 4), 5, F(1)),
]


@pytest.mark.parametrize("text", KNOWN)
@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_bad_grids_still_enclose_all_coefficients(
    monkeypatch: Patch, text: str, plan: tuple[Fraction, int, Fraction]
) -> None:
    monkeypatch.setattr(strip_series, "make_plan", lambda *args, **more: plan_of(text, *plan))
    made = strip_series._coefficients(function_of(text), 60.0, 80)[0]
    assert all(a.overlaps(b) for a, b in zip(made, truths(text, 79), strict=True))


def test_the_errors_of_the_grid_are_needed(monkeypatch: Patch) -> None:
    missed = {"mass": 0, "beyond": 0}
    for text in KNOWN:
        truth = truths(text, 79)
        for plan in PLANS:
            with monkeypatch.context() as patch:
                patch.setattr(strip_series, "make_plan", lambda *a, p=plan, t=text, **m: plan_of(t, *p))
                for name in missed:
                    with patch.context() as inner:
                        if name == "mass":
                            inner.setattr(strip_series, "mass", lambda *args: arb(0))
                        else:
                            inner.setattr(LevelBound, "beyond", lambda *args: arb(0))
                        made = strip_series._coefficients(function_of(text), 60.0, 80)[0]
                    missed[name] += any(not a.overlaps(b) for a, b in zip(made, truth, strict=True))
    assert min(missed.values()) >= 3


def few_nodes(nodes: int) -> Callable[..., list[panel_series.Panel]]:
    return lambda *args: [replace(panel, nodes=nodes) for panel in build_panels(*args)]


@pytest.mark.parametrize("text", [*KNOWN, "relu(x)", "sign(x)", "where(x > 1/3, x^2, x/7)*exp(-Abs(x))"])
@pytest.mark.parametrize("nodes", [2, 4, 8])
def test_panels_with_few_nodes_still_enclose_all_coefficients(
    monkeypatch: Patch, text: str, nodes: int
) -> None:
    monkeypatch.setattr(panel_series, "build_panels", few_nodes(nodes))
    made = panel_series._coefficients(function_of(text), 40.0, 40)[0]
    truth = truths(text, 39)
    assert all(a.overlaps(b) for a, b in zip(made, truth, strict=True))
    with monkeypatch.context() as patch:
        patch.setattr(panel_series.Panel, "error", lambda *args, **more: arb(0))
        mutant = panel_series._coefficients(function_of(text), 40.0, 40)[0]
    if nodes == 2:
        assert any(not a.overlaps(b) for a, b in zip(mutant, truth, strict=True))


@pytest.mark.parametrize(
    "text", ["tanh(x)", "silu(x)", "x*atan(x)", "log(1 + x^2)", "softsign(x)", "softsign(x - 1/3) + x^2"]
)
@pytest.mark.parametrize(("digits", "rho"), [(15, F(1, 2)), (40, F(1, 1000)), (40, F(4, 5))], ids=str)
def test_against_the_route_by_two_dimensional_sums(text: str, digits: int, rho: Fraction) -> None:
    function = function_of(text)
    smooth = len(function.pieces) == 1
    first, second = ("strip series", "strip trapezoid") if smooth else ("panel series", "Mehler panels")
    for k in (1, 2):
        a = route(first).tail(function, k, rho, digits * 2.31 + 20)
        b = route(second).tail(function, k, rho, (digits + 70) * 2.31 if digits < 20 else digits * 2.31 + 30)
        assert a.numerator.overlaps(b.numerator)
        assert a.total.overlaps(b.total)
        assert all(x.overlaps(y) for x, y in zip(a.head, b.head, strict=True))
        assert a.numerator.rel_accuracy_bits() > digits * 3.3


# --- correlations -----------------------------------------------------------------------------------------


def made_up(kind: str, radius: float) -> list[arb]:
    rng = random.Random(kind)
    values = [rng.uniform(-3, 3) * 2.0 ** rng.randint(-90, 0) for _ in range(21)]
    if kind == "even":
        values = values[:0:-1] + values
    if kind == "odd":
        values = [-v for v in values[:0:-1]] + [0.0] + values[1:]
    return [arb(v, radius) for v in values]


@pytest.mark.parametrize("kind", ["any", "even", "odd"])
@pytest.mark.parametrize("reflect", [False, True])
@pytest.mark.parametrize("radius", [0.0, 1e-12])
def test_correlations_contain_the_sums(kind: str, reflect: bool, radius: float) -> None:
    rng = random.Random(1)
    with ctx.workprec(60):
        values = made_up(kind, radius)
        found = correlations(values, 8, reflect)
    # one choice inside the balls, by exact arithmetic
    f = [bounds(v)[0] + (bounds(v)[1] - bounds(v)[0]) * F(rng.randrange(11), 10) for v in values]
    g = f[::-1] if reflect else f
    assert bounds(found.energy)[1] >= sum(x * x for x in f)
    error = bounds(found.error)[1]
    for k, ball in enumerate(found.sums):
        truth = sum(f[i] * g[i + k] for i in range(len(f) - k))
        if k:
            truth += sum(f[i] * g[i - k] for i in range(k, len(f)))
        low, high = bounds(ball)
        assert low - 2 * error <= truth <= high + 2 * error
    assert error < 1e-9


def test_the_rounding_of_correlations_is_paid_for(monkeypatch: Patch) -> None:
    monkeypatch.setattr(correlating, "GUARD_BITS", -40)
    with ctx.workprec(53):
        values = [arb(1) / 3 + arb(k) / 7 for k in range(9)]
        found = correlations(values, 0, reflect=False)
    truth = sum((F(1, 3) + F(k, 7)) ** 2 for k in range(9))
    middle, error = bounds(found.sums[0])[0], bounds(found.error)[1]
    assert 1e-6 < abs(truth - middle) <= error


def test_the_trapezoid_route_is_left_as_the_second_route() -> None:
    assert isinstance(next(r for r in ROUTES if r.name == "strip trapezoid"), StripTrapezoid)
