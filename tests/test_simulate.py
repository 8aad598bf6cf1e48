"""`hg.simulate`: every number recomputed from the draw by other means, several alphas, a user's own model."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.normals import Stream, fill_normals

# --- one trial recomputed ----------------------------------------------------------------------------------

PHI: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda u: np.maximum(u, 0),
    "tanh": np.tanh,
    "x + x^2/4": lambda u: u + u**2 / 4,
}
SLOPE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda u: (u > 0).astype(float),
    "tanh": lambda u: 1 / np.cosh(u) ** 2,
    "x + x^2/4": lambda u: 1 + u / 2,
}


def features(model: str, name: str, v: np.ndarray, z: np.ndarray) -> np.ndarray:
    """phi(V z)/sqrt(k), or z (x) phi'(W z)/sqrt(k d), in full."""
    u = z @ v.T / np.sqrt(v.shape[1])
    if model == "rf":
        return PHI[name](u) / np.sqrt(len(v))
    return np.einsum("ij,il->ijl", z, SLOPE[name](u)).reshape(len(z), v.size) / np.sqrt(v.size)


def fitted(phi: np.ndarray, g: np.ndarray, ridge: float) -> np.ndarray:
    """theta, from the augmented least-squares problem and not from K."""
    if ridge == 0:
        return np.asarray(np.linalg.pinv(phi) @ g)
    stacked = np.concatenate([phi, np.sqrt(ridge) * np.eye(phi.shape[1])])
    target = np.concatenate([g, np.zeros(phi.shape[1])])
    return np.asarray(np.linalg.lstsq(stacked, target, rcond=None)[0])


def recomputed(estimate: hg.Estimate, query: str = "resample", trial: int = 0) -> dict[str, Any]:
    """Every record of one trial, by projection and refitting, from the draw that the estimate names."""
    split = split_dimension(estimate.alpha_requested, estimate.dim)
    n, t, m = estimate.samples, estimate.settings["test_samples"], estimate.arrays["h"].shape[1]
    law = distribution(estimate.distribution)
    sample = law.sample(split, n, t, estimate.seed, trial)
    assert estimate.width is not None
    v = np.empty((estimate.width, estimate.dim))
    fill_normals(v, estimate.seed, trial, Stream.WEIGHTS)
    teacher = np.empty((1, split.dim_x))
    fill_normals(teacher, estimate.seed, trial, Stream.TEACHER)
    g, g_test = (
        np.where(z[:, : split.dim_x] @ teacher[0] < 0, -1.0, 1.0) for z in (sample.train, sample.test)
    )
    other = {"resample": sample.fresh[:, : split.dim_x], "blank": 0.0, "mean": 0.0}[query]
    spurious_z = sample.train.copy()
    spurious_z[:, : split.dim_x] = other
    train, spurious, test = (
        features(estimate.model, estimate.activation, v, z) for z in (sample.train, spurious_z, sample.test)
    )
    alignment, h, loo = np.empty(m), np.empty(m), np.empty(m)
    for i in range(m):
        rest = np.delete(train, i, axis=0)
        gram = rest @ rest.T + estimate.ridge * np.eye(n - 1)
        projected = train[i] - rest.T @ np.linalg.solve(gram, rest @ train[i])
        h[i], alignment[i] = projected @ train[i], projected @ spurious[i] / (projected @ train[i])
        loo[i] = g[i] - train[i] @ fitted(rest, np.delete(g, i), estimate.ridge)
    theta = fitted(train, g, estimate.ridge)
    accuracy = {}
    for name, phi, labels in (("train", train, g), ("test", test, g_test), ("spurious", spurious[:m], g[:m])):
        accuracy[f"{name}_accuracy"] = float((phi @ theta * labels > 0).mean()) if len(phi) else np.nan
    prediction = spurious[:m] @ theta
    return accuracy | {
        "alignment": alignment.mean(),
        "alignment_sd": np.sqrt(((alignment - alignment.mean()) ** 2).sum() / (m - 1)),
        "h": h.mean(),
        "loo_risk": (loo**2).mean(),
        "stability": ((h / (h + estimate.ridge) * loo) ** 2).mean(),
        "generalisation_error": ((g_test - test @ theta) ** 2).mean() if t else np.nan,
        "spurious_covariance": ((prediction - prediction.mean()) * (g[:m] - g[:m].mean())).sum() / (m - 1),
        "arrays": {"alignment": alignment, "h": h, "loo": loo},
    }


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"model": "ntk", "width": 9},
        {"activation": "tanh", "ridge": "1/50"},
        {"model": "ntk", "activation": "x + x^2/4", "width": 5, "ridge": 2},
        {"query": "blank", "alpha": "0.3"},
        {"query": "mean", "distribution": "rademacher", "activation": "tanh"},
        {"probe": 5, "test_samples": 0},
        {"distribution": "sphere", "seed": 2**64 - 1, "alpha": Fraction(7, 12)},
        {"precision": "float32"},
        {"model": "ntk", "width": 9, "precision": "float32"},
    ],
    ids=str,
)
def test_every_record_against_projection_and_refitting(changed: dict[str, Any]) -> None:
    request = {"model": "rf", "samples": 20, "dim": 12, "width": 90, "alpha": "1/2", "trials": 2, "seed": 3}
    request |= {"test_samples": 15, "activation": "relu"} | changed
    found = hg.simulate(request.pop("activation"), **request)
    tolerance = 1e-4 if request.get("precision") == "float32" else 1e-9
    for trial in range(2):
        right = recomputed(found, request.get("query", "resample"), trial)
        for name, values in right.pop("arrays").items():
            scale = np.abs(values).max()
            assert np.allclose(found.arrays[name][trial], values, rtol=0, atol=tolerance * scale), name
        for name, value in right.items():
            assert np.isclose(found.records[name][trial], value, rtol=tolerance, equal_nan=True), name
        assert set(found.records) == {*right, "rcond"}
        assert 0 < found.records["rcond"][trial] < 1


def test_a_wrong_trial_query_or_model_is_rejected() -> None:
    request = {"samples": 20, "dim": 12, "width": 90, "alpha": "1/2", "seed": 3, "test_samples": 15}
    found = hg.simulate("relu", model="rf", **request)
    right = found.records["alignment"][0]
    assert np.isclose(recomputed(found)["alignment"], right)
    for wrong in (
        recomputed(found, trial=1),
        recomputed(found, "blank"),
        recomputed(hg.simulate("relu", model="rf", **(request | {"ridge": "1/10"}))),
        recomputed(hg.simulate("relu", model="ntk", **request)),
        recomputed(hg.simulate("relu", model="rf", **(request | {"alpha": "7/12"}))),
    ):
        assert not np.isclose(wrong["alignment"], right, rtol=1e-4)


def test_the_estimate_says_what_it_is() -> None:
    found = hg.simulate(
        "relu", model="ntk", samples=20, dim=11, width=30, alpha="0.35", trials=3, seed=5, ridge="1/10",
        test_samples=7, probe=4, label_noise="1/20",
    )  # fmt: skip
    assert (found.model, found.activation, found.distribution) == ("ntk", "relu", "gaussian")
    assert (found.alpha_requested, found.alpha, found.dim_y) == (Fraction(7, 20), Fraction(4, 11), 4)
    assert (found.samples, found.dim, found.width, found.trials, found.seed) == (20, 11, 30, 3, 5)
    assert (found.ridge, found.precision, found.stopped) == (0.1, "float64", "trials")
    assert found.settings["labels"] == {"labels": "sign", "label_noise": "1/20"}
    assert (found.settings["probe"], found.settings["test_samples"]) == (4, 7)
    assert {array.shape for array in found.arrays.values()} == {(3, 4)}
    values = found.records["alignment"]
    assert np.isclose(found.mean, np.mean(values))
    assert found.stderr is not None
    assert np.isclose(found.stderr, np.std(values, ddof=1) / 3**0.5)
    assert not hg.simulate(
        "relu", model="rf", samples=5, dim=9, width=20, alpha=0.5, keep_arrays=False
    ).arrays


def test_one_trial_has_no_standard_error() -> None:
    found = hg.simulate("relu", model="rf", samples=10, dim=9, width=40, alpha="1/2")
    assert (found.stderr, found.interval()) == (None, None)
    assert "no standard error" in str(found)


def test_one_sample() -> None:
    found = hg.simulate("relu", model="rf", samples=1, dim=9, width=40, alpha="1/2", trials=2)
    assert np.isnan(found.records["alignment_sd"]).all()
    assert np.isnan(found.records["spurious_covariance"]).all()
    assert found["alignment"].trials == 2


def test_labels_that_are_not_known_leave_their_quantities_undefined() -> None:
    g = np.arange(10.0) - 4.5
    request = {"model": "rf", "samples": 10, "dim": 9, "width": 40, "alpha": "1/2"}
    found = hg.simulate("relu", labels=g, test_samples=5, **request)
    for name in ("test_accuracy", "generalisation_error"):
        assert found[name].trials == 0
    assert found["train_accuracy"].mean == 1
    whole = hg.simulate("relu", labels=np.concatenate([g, g[:5]]), test_samples=5, **request)
    assert whole["test_accuracy"].trials == 1
    assert whole.records["alignment"] == found.records["alignment"]  # labels have no part in F


# --- several alphas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["gaussian", "product_spheres"])
def test_alphas_in_the_order_asked_for(law: str) -> None:
    request = {
        "model": "rf",
        "samples": 20,
        "dim": 12,
        "width": 90,
        "trials": 2,
        "seed": 3,
        "distribution": law,
    }
    asked = ["3/4", 0.25, Fraction(1, 2), "0.26"]
    found = hg.simulate("relu", alpha=asked, **request)
    assert list(found) == asked
    assert [estimate.dim_y for estimate in found.values()] == [9, 3, 6, 3]
    assert [estimate.alpha_requested for estimate in found.values()] == [*map(Fraction, asked)]
    assert found[0.25].records == found["0.26"].records  # one split
    for alpha, estimate in found.items():
        alone = hg.simulate("relu", alpha=alpha, **request)
        for name, values in alone.records.items():
            assert np.allclose(estimate.records[name], values, rtol=1e-8), name
    means = [found[alpha].mean for alpha in (0.25, Fraction(1, 2), "3/4")]
    assert means == sorted(means)


def test_any_iterable_of_alphas() -> None:
    request = {"model": "rf", "samples": 10, "dim": 12, "width": 90}
    expected = hg.simulate("relu", alpha=[0.25, 0.5], **request)
    for alphas in ((0.25, 0.5), np.array([0.25, 0.5]), iter([0.25, 0.5])):
        found = hg.simulate("relu", alpha=alphas, **request)
        assert [found[alpha] for alpha in (0.25, 0.5)] == list(expected.values())
    single = hg.simulate("relu", alpha=np.float64(0.25), **request)
    assert single == hg.simulate("relu", alpha=[0.25], **request)[0.25]


# --- a user's own model ------------------------------------------------------------------------------------


def test_a_feature_map_a_kernel_and_the_named_model_agree() -> None:
    request = {"samples": 20, "dim": 12, "alpha": "1/2", "trials": 2, "seed": 3, "test_samples": 9}
    named = hg.simulate("relu", model="rf", width=90, **request)
    weights = []
    for trial in range(2):
        v = np.empty((90, 12))
        fill_normals(v, 3, trial, Stream.WEIGHTS)
        weights.append(v)
    calls = iter([*weights, *weights])  # one worker: one call a trial

    def own(z: np.ndarray) -> np.ndarray:
        return features("rf", "relu", next(calls), z)

    mapped = hg.simulate(own, model="features", workers=1, **request)
    for name, values in named.records.items():
        if name != "rcond":
            assert np.allclose(mapped.records[name], values, rtol=1e-8), name
    fixed = weights[0]

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return features("rf", "relu", fixed, a) @ features("rf", "relu", fixed, b).T

    first = hg.simulate(kernel, model="kernel", **(request | {"trials": 1}))
    for name in ("alignment", "h", "loo_risk", "generalisation_error", "spurious_covariance"):
        assert np.isclose(first.records[name][0], named.records[name][0], rtol=1e-8), name
    assert (first.model, first.width) == ("kernel", None)


def test_a_random_feature_map_gets_a_generator_of_its_trial() -> None:
    def own(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.tanh(z @ rng.normal(size=(12, 60)))

    request = {"model": "features", "samples": 20, "dim": 12, "alpha": "1/2", "trials": 3, "seed": 2**64 - 1}
    one, three = hg.simulate(own, workers=1, **request), hg.simulate(own, workers=3, **request)
    assert one == three
    assert len(set(one.records["alignment"])) == 3


@pytest.mark.parametrize(
    ("model", "function", "said"),
    [
        ("features", lambda z: z[:-1], r"the feature map must return an array of shape \(2\d, p\), got"),
        ("features", lambda z: z[0], "must return an array of shape"),
        ("features", lambda z: z * np.nan, "the feature map returned nan at row 0, column 0"),
        ("kernel", lambda a, b: a @ a.T, "the kernel must return an array of shape"),
        (
            "kernel",
            lambda a, b: np.full((len(a), len(b)), np.inf),
            "the kernel returned inf at row 0, column 0",
        ),
        ("kernel", lambda a, b: np.cumsum(a @ b.T, axis=1), "the kernel is not symmetric"),
    ],
)
def test_what_a_user_function_must_return(model: str, function: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        hg.simulate(function, model=model, samples=6, dim=12, alpha="1/2", test_samples=8)
