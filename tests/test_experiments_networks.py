"""Trained networks: linearised alignment against theory and autograd, retraining against linear algebra."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import hermite_gamma as hg
from hermite_gamma.errors import BadInput, SingularKernelError, UnknownName
from hermite_gamma.experiments.nets import linearised, stability
from hermite_gamma.experiments.nets.drawn import gaussian
from hermite_gamma.experiments.nets.evaluation import outputs
from hermite_gamma.experiments.nets.settings import Training
from hermite_gamma.experiments.nets.training import train

torch = pytest.importorskip("torch")

Double = npt.NDArray[np.float64]


class Shallow(torch.nn.Module):  # type: ignore[misc]
    """sum_j a_j phi(w_j.z)/sqrt(k) with a_j = +-1: the network whose first layer makes the NTK."""

    def __init__(self, dim: int, width: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.first = torch.nn.Linear(dim, width, bias=False)
        self.signs = torch.nn.Parameter(torch.from_numpy(rng.choice([-1.0, 1.0], width)) / math.sqrt(width))
        with torch.no_grad():
            self.first.weight.copy_(torch.from_numpy(rng.standard_normal((width, dim)) / math.sqrt(dim)))
        self.double()

    def forward(self, z: Any) -> Any:
        return torch.relu(self.first(z)) @ self.signs


class Convolutions(torch.nn.Module):  # type: ignore[misc]
    """A network with every kind of gradient: convolution, norm, a linear layer on tokens, one used twice."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.conv = torch.nn.Conv2d(1, 3, 3)
        self.norm = torch.nn.GroupNorm(1, 3)
        self.tokens = torch.nn.Linear(4, 6)
        self.twice = torch.nn.Linear(6, 6)
        self.last = torch.nn.Linear(6, 1)
        self.unused = torch.nn.Linear(2, 2)

    def forward(self, z: Any) -> Any:
        z = torch.tanh(self.norm(self.conv(z))).flatten(2)
        z = torch.tanh(self.tokens(z)).mean(1)
        return self.last(torch.tanh(self.twice(torch.tanh(self.twice(z)))))


def gradients(module: Any, inputs: Any, names: set[str] | None = None) -> Double:
    """The gradients one sample after the other: the independent route."""
    rows = []
    for row in inputs:
        module.zero_grad()
        module(row[None]).reshape(()).backward()
        parts = [
            torch.zeros_like(p) if p.grad is None else p.grad
            for name, p in module.named_parameters()
            if names is None or name in names
        ]
        rows.append(torch.cat([part.reshape(-1) for part in parts]).numpy().copy())
    return np.array(rows)


def by_definition(features: Double, query: Double, i: int) -> float:
    """phi(z^s)^T P phi(z_i)/|P phi(z_i)|^2 with P from the singular vectors of the other rows."""
    _, singular, basis = np.linalg.svd(np.delete(features, i, axis=0), full_matrices=False)
    basis = basis[singular > 1e-10 * singular[0]]
    rest = features[i] - basis.T @ (basis @ features[i])
    return float(query @ rest / (rest @ rest))


@pytest.mark.parametrize("memory", [2**30, 8 * 200 * 3 * 7], ids=["one block", "blocks of a few"])
def test_f_of_a_network_is_that_of_its_gradients_by_definition(memory: int) -> None:
    module = Convolutions().double()
    rng = np.random.default_rng(2)
    inputs, queries = (torch.from_numpy(rng.standard_normal((n, 1, 4, 4))) for n in (20, 3))
    probes = [0, 7, 19]
    found = linearised.tangent_alignment(module, inputs, queries, probes, memory=memory)
    features, others = gradients(module, inputs), gradients(module, queries)
    expected = [by_definition(features, others[k], i) for k, i in enumerate(probes)]
    np.testing.assert_allclose(found.values, expected, rtol=1e-7)
    assert found.parameters == features.shape[1]
    # the query of another probe, or the whole projector in place of that without the sample
    assert abs(by_definition(features, others[1], 0) - expected[0]) > 1e-3


@pytest.mark.parametrize("names", [{"conv.weight", "last.bias"}, {"twice.weight"}, {"last.weight"}])
def test_the_gradient_may_be_taken_in_some_parameters_only(names: set[str]) -> None:
    module = Convolutions().double()
    inputs = torch.from_numpy(np.random.default_rng(3).standard_normal((5, 1, 4, 4)))
    features = gradients(module, inputs, names)
    kernel = linearised.tangent_kernel(module, inputs, names=names)
    np.testing.assert_allclose(kernel, features @ features.T, rtol=1e-9, atol=1e-12)


def test_an_unknown_parameter_and_wrong_probes_are_refused() -> None:
    module, inputs = Convolutions(), torch.zeros(3, 1, 4, 4)
    with pytest.raises(UnknownName, match=r"did you mean .*last\.bias"):
        linearised.tangent_kernel(module, inputs, names={"last.bia"})
    with pytest.raises(BadInput, match="1 probes and 2 queries"):
        linearised.tangent_alignment(module, inputs, inputs[:2], [0])
    with pytest.raises(BadInput, match="one of the 3 samples"):
        linearised.tangent_alignment(module, inputs, inputs[:1], [3])


def test_a_singular_kernel_is_told_and_no_number_returned() -> None:
    rng = np.random.default_rng(4)
    module = torch.nn.Linear(4, 1)
    inputs = torch.from_numpy(rng.standard_normal((8, 4)))
    with pytest.raises(SingularKernelError, match="N = 8 samples but only p = 5 parameters"):
        linearised.tangent_alignment(module, inputs, inputs[:1], [0])
    twice = torch.cat([inputs[:2], inputs[:1]])
    with pytest.raises(SingularKernelError, match="linearly dependent"):
        linearised.tangent_alignment(module, twice, twice[:1], [0])


def test_settings_of_torch_and_the_module_are_left_alone() -> None:
    module = Convolutions()
    module.train()
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    linearised.tangent_kernel(module, torch.ones(2, 1, 4, 4))
    assert module.training
    assert next(module.parameters()).dtype == torch.float32
    assert all(p.grad is None for p in module.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_the_first_layer_at_initialisation_is_the_ntk() -> None:
    """24 trials of 60 samples, standard error about 0.003. False alarm below 1e-4 (4 standard errors and
    the allowance); random features, another alpha and the gradient in all weights lie over 0.03 away.
    """
    dim, samples, width, trials = 60, 60, 600, 24
    found, whole = [], []
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        module = Shallow(dim, width, rng)
        z = rng.standard_normal((samples, dim))
        queries = z.copy()
        queries[:, : dim // 2] = rng.standard_normal((samples, dim // 2))
        everyone = range(samples)
        tangent = linearised.tangent_alignment(module, z, queries, everyone, names={"first.weight"})
        found.append(tangent.mean)
        whole.append(linearised.tangent_alignment(module, z, queries, everyone).mean)
    mean, stderr = float(np.mean(found)), float(np.std(found, ddof=1)) / math.sqrt(trials)

    def distance(model: str, alpha: str, measured: float = mean) -> tuple[float, float]:
        theory = hg.gamma_finite("relu", alpha, model=model, samples=samples, dim=dim, width=width)
        return abs(measured - float(theory)), 4 * stderr + theory.allowance

    far, allowed = distance("ntk", "1/2")
    assert far <= allowed < 0.03
    for wrong in (
        distance("rf", "1/2"),
        distance("ntk", "1/4"),
        distance("ntk", "1/2", float(np.mean(whole))),
    ):
        assert wrong[0] > max(wrong[1], 0.03)


def features_of(z: Double, weights: Double, model: str) -> Double:
    if model == "rf":
        return np.maximum(z @ weights.T, 0)
    slopes = (z @ weights.T > 0).astype(float)
    return np.einsum("nk,nd->nkd", slopes, z).reshape(len(z), -1)


@pytest.mark.parametrize("model", ["rf", "ntk"])
def test_retraining_a_linear_model_gives_its_alignment(model: str) -> None:
    """S_i(z^s)/S_i(z_i) = F_i exactly, here of least-norm interpolation by singular values."""
    rng = np.random.default_rng(6)
    z, weights = rng.standard_normal((20, 12)), rng.standard_normal((80, 12)) / math.sqrt(12)
    labels = rng.choice([-1.0, 1.0], 20)
    queries = np.hstack([rng.standard_normal((4, 6)), z[:4, 6:]])

    def fit(left_out: int | None) -> stability.Predictor:
        used = [k for k in range(20) if k != left_out]
        theta = np.linalg.pinv(features_of(z[used], weights, model)) @ labels[used]
        return lambda rows: features_of(rows, weights, model) @ theta

    found = stability.leave_one_out(fit, z, queries, [0, 1, 2, 3])
    features, others = features_of(z, weights, model), features_of(queries, weights, model)
    expected = np.array([by_definition(features, others[i], i) for i in range(4)])
    np.testing.assert_allclose(found.ratios, expected, rtol=1e-7)
    weight = found.own**2
    assert found.alignment == pytest.approx(weight @ expected / weight.sum(), rel=1e-9)
    # not the other way round, and not the query of the neighbour
    assert not np.allclose(1 / found.ratios, expected, rtol=0.1)
    assert not np.allclose(found.ratios, np.roll(expected, 1), rtol=0.1)


def test_the_weighted_alignment_and_its_error() -> None:
    """For F_i = 0.3 + noise/S_i the error of the jackknife is the spread over repetitions, to 20%."""
    rng = np.random.default_rng(7)
    values, errors = [], []
    for _ in range(400):
        own = rng.uniform(0.5, 1.5, 20)
        found = stability.LeftOut(own, 0.3 * own + 0.1 * rng.standard_normal(20))
        values.append(found.alignment)
        errors.append(found.stderr)
    assert np.mean(values) == pytest.approx(0.3, abs=4 * np.std(values) / 20)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)
    assert math.isnan(stability.LeftOut(np.zeros(2), np.zeros(2)).alignment)
    with pytest.raises(BadInput, match="2 probes and 1 queries"):
        stability.leave_one_out(lambda _: lambda rows: rows, np.zeros((3, 1)), np.zeros((1, 1)), [0, 1])


def test_covariance_and_accuracy() -> None:
    rng = np.random.default_rng(8)
    answers, labels = rng.standard_normal(50), rng.choice([-1.0, 1.0], 50)
    assert stability.spurious_covariance(answers, labels) == pytest.approx(np.cov(answers, labels)[0, 1])
    # an offset, as that of a blank picture, moves the accuracy and not the covariance
    moved = answers + 3
    assert stability.spurious_covariance(moved, labels) == pytest.approx(np.cov(answers, labels)[0, 1])
    assert stability.accuracy(moved, labels) != stability.accuracy(answers, labels)


def retrained_and_linearised(optimiser: str, rate: float) -> tuple[Double, Double]:
    """S_i(z_i^s)/S_i(z_i) by training again, and F linearised after training, of the same samples."""
    rows = gaussian(40, Fraction(1, 2), 20, 1, "resample", seed=1)
    inputs, queries = (a.astype(np.float32) for a in (rows.train, rows.queries))
    settings = Training(optimiser=optimiser, rate=rate, batch=20, epochs=1000)
    probes = range(4)

    def trained(left_out: int | None) -> Any:
        found = train("fc", inputs, rows.labels, settings, seed=1, width=400, left_out=left_out)
        assert found.interpolates
        return found.module

    def fit(left_out: int | None) -> stability.Predictor:
        module = trained(left_out)
        return lambda z: outputs(module, z)

    found = stability.leave_one_out(fit, inputs, queries[:4], probes)
    return found.ratios, linearised.tangent_alignment(trained(None), inputs, queries[:4], probes).values


def test_retraining_by_gradient_descent_gives_f_of_the_linearised_network_and_by_adam_does_not() -> None:
    """Wide network, small steps: seen to 0.01, the weights move. Adam's steps follow no kernel: 0.1 away."""
    ratios, alignment = retrained_and_linearised("sgd", 1e-3)
    np.testing.assert_allclose(ratios, alignment, atol=0.02)
    ratios, alignment = retrained_and_linearised("adam", 2e-3)
    assert np.abs(ratios - alignment).max() > 0.05
