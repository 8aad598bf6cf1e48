"""The regime report: limits by another route, the bound behind "nearest", ratios, where equivalents break."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from hermite_gamma.equivalent.breaking import breaking
from hermite_gamma.equivalent.regime import PAPER, PROPORTIONAL, Regime, regime
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import UndefinedGamma


def relu_weights(up_to: int) -> np.ndarray[Any, Any]:
    """mu_l^2 of relu by the textbook formula: mu_l = (-1)^(l/2-1) (l-3)!!/sqrt(2 pi l!) for even l >= 2."""
    found = np.zeros(up_to + 1)
    found[0], found[1] = 1 / (2 * math.pi), 0.25
    for level in range(2, up_to + 1, 2):
        double = math.prod(range(level - 3, 0, -2))
        found[level] = double**2 / (2 * math.pi * math.factorial(level))
    return found


def independent_gamma(weights: np.ndarray[Any, Any], tail: float, alpha: float, n: int, d: int) -> float:
    """gamma by bisection over kappa, Gaussian multiplicities, written from the formula alone."""
    sizes = np.array([math.comb(d + level - 1, level) for level in range(len(weights))], dtype=float)

    def spent(kappa: float) -> np.ndarray[Any, Any]:
        return np.append(weights / (weights / sizes + kappa), tail / kappa)

    kappa = brentq(lambda k: spent(k).sum() - n, 1e-12, 10.0, xtol=1e-18, rtol=1e-14)
    shares = np.append(alpha ** np.arange(len(weights)), 0.0)
    return float(spent(kappa) @ shares / n)


def at(**changes: Any) -> Regime:
    sizes = {"model": "rf", "samples": 400, "dim": 200} | changes
    return regime(sizes.pop("phi", "relu"), sizes.pop("alpha", "1/2"), **sizes)


def test_relu_by_another_route() -> None:
    weights = relu_weights(80)
    tail = 0.5 - weights.sum()
    found = at()
    assert abs(float(found.gamma) - independent_gamma(weights, tail, 0.5, 400, 200)) < 1e-9
    powers = 0.5 ** np.arange(81)
    for name, first in (("1 << N << d", 0), ("d << N << d^2", 1), ("d^2 << N << d^4", 2)):
        above = weights * (np.arange(81) > first)
        expected = float(above @ powers) / (float(above.sum()) + tail)
        assert abs(found[name].value - expected) < 1e-9, name
        assert found[name].distance == pytest.approx(expected - float(found.gamma), abs=1e-9)
    assert found["nothing learned"].value == pytest.approx(2 * float(weights @ powers), abs=1e-9)
    bound = float((weights * powers)[2:].sum()) / (0.5 - weights[0])
    assert found[PAPER].value == pytest.approx(bound, abs=1e-9)
    assert (found[PAPER].status, found[PAPER].reach) == ("theorem", None)
    # the value of the proportional limit at c = 2, twelve digits
    assert found[PROPORTIONAL].value == pytest.approx(0.330458491389, abs=1e-12)


@settings(deadline=None)
@given(
    st.sampled_from(["relu", "tanh", "h1+h2", "h1+h4", "x*atan(x)"]),
    st.sampled_from(["rf", "ntk"]),
    st.integers(1, 19),
    st.integers(2, 1200),
    st.sampled_from([50, 200]),
)
def test_reach_bounds_the_distance_at_every_alpha(
    phi: str, model: str, twentieth: int, samples: int, dim: int
) -> None:
    found = at(phi=phi, model=model, samples=samples, dim=dim, alpha=Fraction(twentieth, 20), ridge="1/1000")
    for limit in found.limits:
        if limit.reach is not None:
            assert abs(limit.distance) <= limit.reach + 1e-9, limit.name
            assert 0 <= limit.reach <= 1


def test_half_the_reach_is_no_bound() -> None:
    limits = [limit for n in (10, 400, 4000) for limit in at(samples=n, alpha="1/20").limits]
    assert any(limit.reach and abs(limit.distance) > limit.reach / 2 for limit in limits)


def test_the_nearest_limit_follows_the_staircase() -> None:
    names = [at(model="ntk", samples=n, dim=40).nearest for n in (2, 80, 300, 8000, 30_000)]
    assert names == ["1 << N << d", "N = c d", "N = c d", "d^2 << N << d^4", "d^2 << N << d^4"]
    assert at(phi="h1+h4", samples=20_000, dim=100).nearest == "d << N << d^4"
    assert at(samples=1).nearest == "nothing learned"
    assert at(samples=400, ridge=1000).nearest == "nothing learned"


def test_a_level_without_weight_makes_no_step() -> None:
    assert [limit.name for limit in at(phi="tanh").limits if limit.powers] == ["1 << N << d", "d << N << d^3"]
    assert [limit.name for limit in at(phi="h2", samples=40).limits if limit.powers] == ["1 << N << d^2"]


def test_the_ntk_limit_is_the_theorem() -> None:
    found = at(model="ntk")["d << N << d^2"]
    assert (found.status, found.value) == ("theorem", pytest.approx(1 / 6, abs=1e-14))
    assert "N/d -> infinity" in found.regime
    assert at(phi="tanh", model="ntk")["d << N << d^3"].status == "theorem"
    assert PAPER not in [limit.name for limit in at(model="ntk").limits]


def test_ratios_at_the_sizes_of_the_paper() -> None:
    rf = at(samples=1000, dim=1000, width=100_000).ratios
    assert rf["N log^3 N/k"] == pytest.approx(3.296, abs=5e-4)
    assert at(samples=100, dim=1000, width=100_000).ratios["N log^3 N/k"] == pytest.approx(0.0977, abs=5e-5)
    ntk = at(model="ntk", samples=1000, dim=1000, width=100).ratios
    assert ntk["N log^8 N/(k d)"] == pytest.approx(5.18e4, rel=1e-3)
    assert "N log^8 N/(k d)" not in rf
    assert set(at().ratios) == {"N/d", "N/d^2"}
    assert at(phi="h1+h2").ratios["N/rank"] == 400 / (200 + 200 * 201 // 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phi": "h1+h2", "samples": 1300, "dim": 50}, "98% of the rank 1325"),
        ({"width": 440}, "k/N = 1.1"),
        ({"model": "ntk", "width": 2}, "k d/N = 1 is near 1"),
        ({"model": "ntk", "width": 8}, "k = 8 neurons"),
        ({"phi": "h1+h4", "width": 2000}, "degree 4 at width k = 2000"),
        ({"phi": "x+h4", "model": "ntk", "width": 100}, "degree 4 at width k = 100"),
        ({"dim": 20, "samples": 30}, "d = 20 is small"),
        ({"samples": 3}, "N = 3 is small"),
        (
            {"phi": "h1+h2", "model": "ntk", "samples": 800, "dim": 40, "width": 25},
            "span 724 dimensions only",
        ),
        ({"distribution": "student_t"}, "student_t"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_warns_where_the_equivalents_break(changes: dict[str, Any], words: str) -> None:
    if changes.get("width") == 2:  # N = k d: F is defined, the risk is not
        lines: tuple[str, ...] = breaking(spectrum("relu", "ntk", 200), 400, 2, 0.0)
    else:
        lines = at(**changes).warnings
    assert any(words in line for line in lines), lines


@pytest.mark.parametrize(
    "changes",
    [{}, {"width": 800}, {"width": 440, "ridge": "1/10"}, {"model": "ntk", "width": 50}, {"phi": "h1+h2"}],
)
def test_it_does_not_warn_elsewhere(changes: dict[str, Any]) -> None:
    assert at(**changes).warnings == ()


@pytest.mark.parametrize(("phi", "constant"), [("h1+h2", 1.0), ("h2", 0.0)])
@pytest.mark.parametrize(("dim", "width"), [(8, 3), (8, 8), (10, 1), (7, 6)])
def test_the_features_of_a_quadratic_span_as_many_dimensions_as_it_says(
    phi: str, constant: float, dim: int, width: int
) -> None:
    rng = np.random.default_rng(dim + width)
    z, w = rng.standard_normal((200, dim)), rng.standard_normal((width, dim))
    features = (z[:, None, :] * (constant + z @ w.T)[:, :, None]).reshape(200, -1)
    rank = int(np.linalg.matrix_rank(features))
    source = spectrum(phi, "ntk", dim)
    said = any("dimensions only" in line for line in breaking(source, rank + 1, width, 0.0))
    assert said == (rank < dim * width)
    assert not any("dimensions only" in line for line in breaking(source, rank, width, 0.0))


def test_what_has_no_alignment_is_refused() -> None:
    with pytest.raises(UndefinedGamma, match="300 parameters"):
        at(width=300)
    with pytest.raises(UndefinedGamma, match="rank"):
        at(phi="identity")


def test_it_is_a_value() -> None:
    found = at()
    assert pickle.loads(pickle.dumps(found)) == found
    assert str(found).endswith("nearest limit: N = c d (0.330458)")
    with pytest.raises(KeyError):
        found["N >> d"]
