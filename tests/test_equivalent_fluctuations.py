"""sd(F): closed constants, the explicit formula of the proportional regime, and fresh simulations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hermite_gamma.construct import activation
from hermite_gamma.equivalent.averages import sampled
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.fluctuations import Fluctuation, fluctuation, sd_alignment
from hermite_gamma.equivalent.neurons import width_bias_constant, width_constant
from hermite_gamma.equivalent.second_order import least_squares, second_order
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput, NoEnclosure, UndefinedGamma
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.simulate import simulate

Floats = NDArray[np.float64]

# phi' = 1+h1 and phi' = 1+h3 as NTK activations
ONE_H1, ONE_H3 = "h1+h2/sqrt(2)", "h1+h4/2"


@pytest.mark.parametrize(
    ("model", "phi", "value", "digits"),
    [
        ("ntk", "relu", 1 / 9, 10),
        ("ntk", "tanh", 0.058, 3),
        ("ntk", "gelu", 0.088, 3),
        ("ntk", ONE_H1, 0.102, 3),
        ("ntk", ONE_H3, 1.65, 2),
        ("rf", "relu", 1.36, 2),
        ("rf", "tanh", 0.70, 2),
        ("rf", "gelu", 1.44, 2),
        ("rf", "h1+h2", 2.19, 2),
        ("rf", "h1+h4", 15.3, 1),
    ],
)
def test_width_constants(model: str, phi: str, value: float, digits: int) -> None:
    assert width_constant(phi, "1/2", model=model) == pytest.approx(value, abs=0.5 * 10**-digits)


@pytest.mark.parametrize(
    ("model", "phi", "value", "digits"),
    [("rf", "h1+h2", 0.38, 2), ("ntk", ONE_H3, 5.0, 1), ("rf", "h1+h4", 35, 0), ("ntk", "relu", 0.0, 9)],
)
def test_width_bias_constants(model: str, phi: str, value: float, digits: int) -> None:
    assert width_bias_constant(phi, "1/2", model=model) == pytest.approx(value, abs=0.5 * 10**-digits)


@pytest.mark.parametrize(("phi", "slope"), [("tanh", lambda x: 1 / np.cosh(x) ** 2), ("x^3/3", np.square)])
def test_width_constant_by_a_product_rule(phi: str, slope: object) -> None:
    assert callable(slope)
    alpha, (x, w) = 0.3, np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    u, v = np.meshgrid(x, x, indexing="ij")
    f, f_v = slope(u), slope(alpha * u + math.sqrt(1 - alpha**2) * v)
    weights = np.outer(w, w)

    def mean(values: Floats) -> float:
        return float((weights * values).sum())

    second = mean(f * f)
    g = alpha * mean(f * f_v) / second
    expected = mean((alpha * f * f_v - g * f * f) ** 2) / second**2
    assert width_constant(phi, "3/10", model="ntk") == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("phi", "model", "ratio", "constant"),
    [("h1+h2", "rf", 0.5, 1.012), ("h1+h4", "rf", 0.5, 0.863), ("relu", "ntk", 2, 0.771)],
)
def test_leading_constants(phi: str, model: str, ratio: float, constant: float) -> None:
    found = sd_alignment(phi, "1/2", model=model, samples=int(ratio * 320), dim=320)
    assert found.constant == pytest.approx(constant, abs=6e-4)


def test_few_samples_leave_the_correlation_alone() -> None:
    # sqrt(1 - alpha) Q'(alpha)/Q(1) with level 0 projected out: for relu Q' = 1/3, Q(1) = 1/2 - 1/(2 pi)
    expected = math.sqrt(0.5) / 3 / (0.5 - 1 / (2 * math.pi))
    assert expected == pytest.approx(0.692, abs=5e-4)
    found = sd_alignment("relu", "1/2", model="rf", samples=1000, dim=10**6, distribution="product_spheres")
    assert found.constant == pytest.approx(expected, rel=2e-3)
    assert found.constant != pytest.approx(0.471, rel=0.1)  # level 0 kept


def explicit(
    mu: Floats, alpha: float, c: float, excess_kurtosis: float, model: str, with_norms: bool = True
) -> float:
    """Return sqrt(d) sd(F) of the proportional regime at infinite width, written out in tau and r2."""
    w = mu**2
    w1, lam = w[1], w[2:].sum()
    tau = (-(lam + w1 * (c - 1)) + math.sqrt((lam + w1 * (c - 1)) ** 2 + 4 * lam * w1)) / (2 * lam * w1)
    r2 = (w1 * tau**2 + tau) / (2 * lam * w1 * tau + lam + w1 * (c - 1))
    orders = np.arange(len(mu))
    learned = np.zeros(len(mu))
    learned[0], learned[1] = 1.0, 1 - lam * tau
    q = (1 - learned) * w
    q_one, q_slope = q.sum(), (orders * q * alpha ** np.maximum(orders - 1, 0)).sum()
    g = (q * alpha**orders).sum() / q_one
    shift = 1 if model == "ntk" else 0
    inner = orders[:-2] - shift
    e = np.sqrt(np.maximum((inner + 1) * (inner + 2), 0)) * mu[:-2] * mu[2:] * (inner >= 0)
    e_alpha = ((1 - learned[:-2]) * e * alpha ** orders[:-2])[1:].sum()
    k1 = (orders * q).sum() + ((1 - learned[:-2]) * e)[1:].sum()
    n_y, n_x = q_slope + e_alpha - g * k1, e_alpha / 2 - g * k1
    norms = (2 + excess_kurtosis) * (alpha * n_y**2 + (1 - alpha) * (n_x**2 + e_alpha**2 / 4))
    braces = 2 * (1 - g) ** 2 * alpha**2 + 2 * g**2 * (1 - alpha) ** 2 + (1 - alpha) ** 2
    braces += ((1 - 2 * g) ** 2 + 1) * alpha * (1 - alpha)
    variance = (1 - alpha) * q_slope**2 + (w1 * lam) ** 2 * (r2 - tau**2) * braces + norms * with_norms
    return float(math.sqrt(variance) / q_one)


POLYNOMIALS = {"h1+h2": [0, 1, 1], "h1/2+h2+h3/3": [0, 0.5, 1, 1 / 3], "h1+h4": [0, 1, 0, 0, 1]}


@pytest.mark.parametrize("phi", POLYNOMIALS)
@pytest.mark.parametrize(("law", "kurtosis"), [("gaussian", 0.0), ("uniform_cube", -1.2)])
@pytest.mark.parametrize(("alpha", "ratio"), [(0.25, 0.5), (0.5, 2.0), (0.75, 5.0)])
def test_the_proportional_regime(phi: str, law: str, kurtosis: float, alpha: float, ratio: float) -> None:
    mu = np.array([*POLYNOMIALS[phi], 0, 0], dtype=float)
    dim = 20_000
    found = sd_alignment(phi, alpha, model="rf", samples=int(ratio * dim), dim=dim, distribution=law)
    expected = explicit(mu, alpha, ratio, kurtosis, "rf")
    assert found.constant == pytest.approx(expected, rel=3e-3)
    without = explicit(mu, alpha, ratio, kurtosis, "rf", with_norms=False)
    assert abs(found.constant / without - 1) > 0.03


def test_the_ntk_has_the_constants_of_its_kernel() -> None:
    mu = np.array([0, 1, 1, 0, 0], dtype=float)  # 0, mu'_0, mu'_1
    found = sd_alignment(ONE_H1, 0.5, model="ntk", samples=20_000, dim=20_000)
    assert found.constant == pytest.approx(explicit(mu, 0.5, 1.0, 0.0, "ntk"), rel=3e-3)


# phi, sizes; T is such that the standard error of sd is near 1%. False-alarm rate: 6 standard errors and 2%
# for the next order in 1/d.
SIMULATED: list[tuple[str, dict[str, Any]]] = [
    ("relu", {"samples": 400, "dim": 200, "width": 200, "ridge": "1/20"}),
    ("tanh", {"samples": 300, "dim": 200, "width": 250, "ridge": "1/100", "distribution": "rademacher"}),
    ("h1+h2", {"samples": 200, "dim": 200, "width": 300, "ridge": 0}),
    ("relu", {"samples": 200, "dim": 200, "width": None, "ridge": 0, "distribution": "product_spheres"}),
]


@pytest.mark.parametrize(("phi", "sizes"), SIMULATED)
def test_against_simulation(phi: str, sizes: dict[str, Any]) -> None:
    trials = 16
    found = simulate(phi, model="rf", alpha="1/2", trials=trials, seed=71, test_samples=0, workers=2, **sizes)
    alignment = np.asarray(found.arrays["alignment"])
    squares = ((alignment - alignment.mean()) ** 2).mean(axis=1)
    measured = math.sqrt(squares.mean())
    error = squares.std(ddof=1) / math.sqrt(trials) / (2 * measured)
    predicted = sd_alignment(phi, "1/2", model="rf", **sizes)

    def rejected(sd: float) -> bool:
        return abs(sd - measured) > 6 * error + 0.02 * measured

    assert not rejected(predicted.sd), f"{(predicted.sd - measured) / error:.1f} standard errors"
    gaussian = sd_alignment(phi, "1/2", model="rf", **{**sizes, "distribution": "gaussian"})
    if sizes.get("distribution") is not None:
        assert rejected(gaussian.sd), "the Gaussian constant passes for fixed norms"
    if sizes["width"] is not None:
        assert rejected(math.sqrt(predicted.correlation + predicted.norms)), "infinite width passes"


def test_a_sphere_lies_between_fixed_and_free_norms() -> None:
    sds = [
        sd_alignment("relu", "1/2", model="rf", samples=400, dim=200, distribution=law).sd
        for law in ("product_spheres", "sphere", "gaussian")
    ]
    assert sds == sorted(sds)
    assert sds[2] / sds[0] > 1.2


@pytest.mark.parametrize("phi", ["relu", "tanh", "h1+h2"])
def test_the_proportional_formula_goes_on_to_the_interpolation_threshold(phi: str) -> None:
    # near k = N only 1/(k - N) counts, with (1 - g^2) for every activation
    found = sd_alignment(phi, "1/2", model="rf", samples=4000, dim=2000, width=4004)
    g = float(solve(spectrum(phi, "rf", 2000), 4000).alignment(split_dimension("1/2", 2000)))
    assert found.resolvent == pytest.approx((1 - g**2) / 4, rel=0.02)


@given(st.sampled_from(["relu(x)", "tanh(x)", "(h1+h3/2)"]), st.integers(20, 900), st.integers(2, 4))
def test_scaling_phi_changes_nothing(phi: str, samples: int, factor: int) -> None:
    sizes: dict[str, Any] = {"model": "rf", "samples": samples, "dim": 100, "width": 1000}
    one, other = (sd_alignment(text, "1/4", **sizes) for text in (phi, f"{factor}*{phi}"))
    assert one.sd == pytest.approx(other.sd, rel=1e-6)


def test_the_second_staircase_has_small_resolvent_noise() -> None:
    found = sd_alignment("h1+h2+h3", "1/2", model="rf", samples=820, dim=40, distribution="product_spheres")
    assert found.resolvent < 0.2 * found.correlation


def test_parts_add_up() -> None:
    found = sd_alignment("gelu", "1/2", model="ntk", samples=100, dim=50, width=20)
    parts = found.correlation + found.norms + found.resolvent + found.neurons
    assert float(found) == pytest.approx(math.sqrt(parts))
    assert found.neurons == pytest.approx(width_constant("gelu", "1/2", model="ntk") / 20, rel=1.0)
    assert isinstance(found, Fluctuation)
    assert found.status == "equivalent"


def test_one_size_out_of_many() -> None:
    levels, split = spectrum("relu", "rf", 60), split_dimension("1/2", 60)
    many = solve(levels, np.array([30, 60, 120]))
    alone = fluctuation(solve(levels, 60), split)
    assert fluctuation(many, split, row=1).sd == pytest.approx(alone.sd, rel=1e-12)


def test_the_concentration_is_that_of_a_projector_without_ridge() -> None:
    state = second_order(solve(spectrum("relu", "rf", 100), 200, 260))
    assert state.concentration == pytest.approx(1 / 60, rel=1e-9)
    assert state.excess == pytest.approx((200 - state.squared) * state.unused)


def test_least_squares_is_the_limit_of_a_small_ridge() -> None:
    levels = spectrum("relu", "rf", 100)
    limit, near = least_squares(levels, 300, 120), second_order(solve(levels, 300, 120, 1e-9))
    assert near.excess == pytest.approx(limit.excess, rel=1e-5)
    assert near.concentration == pytest.approx(limit.concentration, rel=1e-4)


def test_refusals() -> None:
    with pytest.raises(BadInput, match="student_t"):
        sd_alignment("relu", "1/2", model="rf", samples=100, dim=50, distribution="student_t")
    with pytest.raises(UndefinedGamma, match="diverges"):
        sd_alignment("relu", "1/2", model="rf", samples=100, dim=50, width=100)
    with pytest.raises(NoEnclosure):
        sampled(activation("exp(x^2/4)").pieces)


def test_a_feature_without_a_fourth_moment_is_refused_at_finite_width_only() -> None:
    phi = "exp(x^2/7)"
    assert sampled(activation(phi).pieces).moment(4) == math.inf
    with pytest.raises(UndefinedGamma, match="fourth moment"):
        width_constant(phi, "1/2", model="rf")
