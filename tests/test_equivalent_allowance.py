"""The bias allowance: declared constants, the rule, and simulated means inside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hermite_gamma.equivalent.allowance import Allowance, alignment_allowance, norm_bias
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.second_order import second_order
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import split_dimension


def bias(phi: str, alpha: str, law: str = "gaussian", dim: int = 10**6, samples: int = 30) -> float:
    levels = spectrum(phi, "rf", dim, law)
    return norm_bias(levels, second_order(solve(levels, samples)), split_dimension(alpha, dim))


@pytest.mark.parametrize(("alpha", "a"), [("1/4", 0.25), ("1/2", 0.5), ("3/4", 0.75)])
def test_bias_of_h2(alpha: str, a: float) -> None:
    assert bias("h2", alpha) == pytest.approx(1 + 2 * a - 3 * a * a, rel=1e-4)


@pytest.mark.parametrize("level", [2, 3, 4, 6])
def test_bias_with_fixed_norms(level: int) -> None:
    a = 0.25
    expected = level * (level - 1) / 2 * a ** (level - 2) * (1 - a)
    assert bias(f"h{level}", "1/4", "product_spheres") == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("law", "draw"),
    [
        ("gaussian", lambda rng, shape: rng.normal(size=shape)),
        ("uniform_cube", lambda rng, shape: rng.uniform(-np.sqrt(3), np.sqrt(3), shape)),
    ],
)
def test_bias_of_the_exact_kernel_of_h1_h2(law: str, draw: Any) -> None:
    # k(z, z') = r + r^2 + (p - 1)(p' - 1)/2, r = z.z'/d, p = |z|^2/d, p' = |z'|^2/d; nothing is learned
    rng, d, n = np.random.default_rng(3), 60, 400_000
    x, y, fresh = (draw(rng, (n, d // 2)) for _ in range(3))
    x2, y2, f2 = ((part**2).sum(axis=1) / d for part in (x, y, fresh))
    r, p, s = (x * fresh).sum(axis=1) / d + y2, x2 + y2, f2 + y2
    ratio = (r + r**2 + (p - 1) * (s - 1) / 2) / (p + p**2 + (p - 1) ** 2 / 2)
    # x' -> -x' costs nothing and removes the leading fluctuation
    other = y2 - (x * fresh).sum(axis=1) / d
    ratio = (ratio + (other + other**2 + (p - 1) * (s - 1) / 2) / (p + p**2 + (p - 1) ** 2 / 2)) / 2
    measured, error = d * (ratio.mean() - 0.375), d * ratio.std() / np.sqrt(n)
    expected = bias("h1+h2", "1/2", law, samples=2)
    assert abs(measured - expected) <= 6 * error + 5 / d  # the next order
    assert abs(measured) > 6 * error + 5 / d


def test_declared_constants() -> None:
    sizes: dict[str, Any] = {"samples": 400, "dim": 200}
    cases = [
        *[(phi, model, 1.0) for phi in ("relu", "tanh", "gelu") for model in ("rf", "ntk")],
        *[("h1+h2", "rf", 1.0), ("3*h1+3*h2", "rf", 1.0), ("h1+h2/sqrt(2)", "ntk", 1.0)],
        *[("h2", "rf", 1.5), ("h1+h4", "rf", 3.0), ("h1+h4/2", "ntk", 3.0)],
    ]
    for phi, model, constant in cases:
        found = alignment_allowance(phi, "1/2", model=model, **sizes)
        assert (found.constant, found.source) == (constant, "declared"), phi
        assert found.dimension == pytest.approx(constant / 200)


def test_the_rule_covers_what_was_declared() -> None:
    # the declared constants of polynomials lie near the rule's own value
    for phi, declared in (("h2", 1.5), ("h1+h4", 3.0)):
        for samples in (20, 200, 2000):
            shift = 1.5 * abs(bias(phi, "1/2", dim=200, samples=samples))
            assert 0.3 < shift / declared < 1.5


def test_the_rule_for_others() -> None:
    found = alignment_allowance("h1+h3", "1/2", model="rf", samples=100, dim=100)
    assert found.source == "extrapolated"
    assert found.constant >= 1
    assert float(found) == pytest.approx(found.dimension + found.samples)


# measured, standard error, predicted gamma (d = 200 unless N says otherwise), from earlier simulations
MEASURED = [
    ("relu", "rf", "1/2", 100, 200, 0.4100, 0.0008, 0.4096),
    ("relu", "rf", "3/4", 1000, 200, 0.5653, 0.0011, 0.5627),
    ("h1+h2", "rf", "1/2", 400, 200, 0.3281, 0.0011, 0.3236),
    ("h1+h4", "rf", "1/2", 2000, 200, 0.1112, 0.0005, 0.1019),
    ("h2", "rf", "1/2", 400, 200, 0.2549, 0.0012, 0.2500),
    ("relu", "ntk", "1/2", 400, 200, 0.2676, 0.0009, 0.2642),
    ("h1+h4/2", "ntk", "1/2", 1000, 200, 0.1408, 0.0004, 0.1331),
]


@pytest.mark.parametrize(("phi", "model", "alpha", "samples", "dim", "mean", "error", "gamma"), MEASURED)
def test_measured_means_lie_inside(
    phi: str, model: str, alpha: str, samples: int, dim: int, mean: float, error: float, gamma: float
) -> None:
    allowed = alignment_allowance(phi, alpha, model=model, samples=samples, dim=dim)
    assert abs(mean - gamma) <= 4 * error + float(allowed)
    assert float(allowed) < 0.02


def test_width_enters_for_steep_polynomials() -> None:
    sizes: dict[str, Any] = {"samples": 100, "dim": 1000, "width": 1000}
    relu, steep = (alignment_allowance(phi, "1/2", model="rf", **sizes) for phi in ("relu", "h1+h4"))
    assert relu.width == pytest.approx(1e-3)
    assert steep.width == pytest.approx(0.035, rel=0.05)
    # phi' = 1+h3, k = 50, N << d: measured .319 for .281
    ntk = alignment_allowance("h1+h4/2", "1/2", model="ntk", samples=20, dim=1000, width=50)
    assert float(ntk) > 0.319 - 0.281


def test_the_hypercube_needs_no_term_in_the_dimension() -> None:
    found = alignment_allowance("relu", "1/2", model="rf", samples=200, dim=40, distribution="rademacher")
    assert float(found) == pytest.approx(0.05 / 200 + 3e-4)
    small = alignment_allowance("relu", "1/2", model="rf", samples=20, dim=12, distribution="rademacher")
    assert small.dimension == pytest.approx(4 * 3e-4)


def test_laws_outside_the_theory() -> None:
    found = alignment_allowance("relu", "1/2", model="rf", samples=200, dim=400, distribution="relu_mixture")
    assert (found.source, found.dimension) == ("rough", 0.25)
    levels = spectrum("relu", "rf", 50, "student_t")
    with pytest.raises(BadInput, match="student_t"):
        norm_bias(levels, second_order(solve(levels, 20)), split_dimension("1/2", 50))


def test_the_parts_add_up() -> None:
    assert float(Allowance(0.1, 0.02, 0.003, 10.0, "declared")) == pytest.approx(0.123)
