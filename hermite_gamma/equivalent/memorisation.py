"""What regression memorises: risk, noise by level, accuracies on test and spurious samples, Cov(f(z^s), g).

The derivation is in docs/finite-size.md. f has, on an eigenfunction of level l, the mean L_l c_l and noise;
the noise of level l has the power
    s_l^2 = V_l H/(p - T2) + (R/N) U_l,   H = sum_l c_l^2 L_l (1 - L_l)
with U_l, V_l of `second_order` at kappa = nu2, and the risk is
    R = N/X [sum_l (1 - L_l)^2 c_l^2 + power beyond + V H/(p - T2) + label noise],   V = sum_l V_l.
By the leave-one-out identity f(z^s) = f_{-1}(z^s) + G (g - f_{-1}(z)), G = k_{-1}(z^s, z)/(lam + h), whose
mean is the gain sum_l D_l alpha^l/N, which is gamma without ridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.allowance import allowance_of
from hermite_gamma.equivalent.fixed_point import parameter_count, solve
from hermite_gamma.equivalent.fluctuations import spread
from hermite_gamma.equivalent.norms import norm_law
from hermite_gamma.equivalent.second_order import SecondOrder, least_squares, second_order
from hermite_gamma.equivalent.spectrum import Spectrum, spectrum
from hermite_gamma.equivalent.teachers import Teacher, check_law_of_t, given_u, teacher_levels
from hermite_gamma.inputs import Split, count_value, rational_value, split_dimension

Floats = NDArray[np.float64]

CLASSICAL = "deterministic equivalent, derived here; checked by simulation"
EXTENDED = "two-resolvent derivative with a ridge or k < N, derived here; numerical support"
# Declared from simulations at d = 30 to 1000 (docs/finite-size.md): the risk of h1+h2+h3 at d = 40 is off by
# 6/d, that of h1+h2 at k = 1.5 N = 150 by 5/(k - N); accuracies by about 0.5/d. With k NTK neurons the risk
# lies 0.6/k (relu) to 2.7/k (phi' = 1 + sqrt(3)/2 h2) below, relatively, and the test accuracy 0.1/k to
# 0.45/k above.
RISK_DIM, RISK_WIDTH, RISK_NEURON, NEURON = 3.0, 5.0, 3.0, 0.5
ACCURACY = 0.1  # largest |d accuracy/d log R|
STEEPEST = 1.2  # largest d spurious accuracy/d gamma
LINEAR = 1e-14  # share of the signal beyond level 1 below which it counts as Gaussian


@dataclass(frozen=True)
class Memorisation:
    """What a fit learns and what it memorises, predicted.

    Attributes:
        risk: R = E (g - f(z))^2 on a fresh sample, label noise included.
        alignment: gamma. Without ridge and with k < N features F is 0/0, and this is its limit lam -> 0.
        gain: mean of k_{-1}(z^s, z)/(lam + h); gamma without ridge.
        covariance: Cov(f(z^s), g).
        bound: gain sqrt(R Var g), which is above it.
        test_accuracy: P(f(z) has the sign of g), z fresh, g with its noise.
        spurious_accuracy: P(f(z^s) has the sign of g), z^s = [x', y] of a training sample z = [x, y].
        train_accuracy: P(f(z) has the sign of g) on the training sample.
        noise_levels: s_l^2 for l = 0, ..., L, and of the tail.
        signal_levels: L_l c_l, the mean of f on the level-l part of the teacher.
        label_variance: Var g.
        allowances: how far the mean of a simulation may lie from each quantity, beside its own error:
            terms in 1/d, 1/k, and near k = N in the inverse of what the features leave free.
        status: "equivalent": a deterministic equivalent, not proved.
        support: what supports it.
        settings: everything that was asked for.
    """

    risk: float
    alignment: float
    gain: float
    covariance: float
    bound: float
    test_accuracy: float
    spurious_accuracy: float
    train_accuracy: float
    noise_levels: tuple[float, ...]
    signal_levels: tuple[float, ...]
    label_variance: float
    allowances: Mapping[str, float]
    status: str
    support: str
    settings: Mapping[str, Any]

    @property
    def quantities(self) -> dict[str, float]:
        """The numbers by the names that a simulation records."""
        return {
            "risk": self.risk,
            "generalisation_error": self.risk,
            "loo_risk": self.risk,
            "spurious_covariance": self.covariance,
            "covariance_bound": self.bound,
            "test_accuracy": self.test_accuracy,
            "spurious_accuracy": self.spurious_accuracy,
            "train_accuracy": self.train_accuracy,
        }


def memorisation(
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
    labels: str = "sign",
    label_noise: Any = 0,
) -> Memorisation:
    """Predict risk, accuracies and memorisation of the labels through y alone.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: requested d_y/d in (0, 1); d_y = round(alpha d).
        model: "rf" or "ntk"; samples: N; dim: d; width: neurons k, None for infinite width.
        ridge: lam >= 0 in Phi Phi^T/s + lam I, s = k (RF), k d (NTK), 1 (infinite width).
        distribution: gaussian, sphere, product_spheres, rademacher or uniform_cube.
        labels: "sign" of t = u.x, "linear" (t), or a formula of t such as "h1+h3/2"; u a random unit vector.
        label_noise: flip probability for "sign", standard deviation of Gaussian noise for the others.

    Returns:
        Memorisation. With fewer features than samples and no ridge it is the limit of a ridge -> 0.

    Raises:
        BadInput: labels or a law that the theory does not know.
        UndefinedGamma: without ridge, N is the number of parameters (the risk diverges) or beyond the rank;
            or d_x < 10 with rademacher, product_spheres, uniform_cube.

    Source: Cov = gain (Var g - sum_{l>=1} L_l c_l^2) extends [bombari2024]; the rest is derived here.

    >>> found = memorisation("h1+h2", "1/2", model="rf", samples=1000, dim=1000, width=100_000)
    >>> round(found.alignment, 4), round(found.test_accuracy, 4), round(found.spurious_accuracy, 4)
    (0.3455, 0.7352, 0.7283)
    """
    split = split_dimension(alpha, dim)
    count = count_value(samples, "samples")
    norm_law(distribution)
    teacher = teacher_levels(labels, label_noise, distribution, split)
    check_law_of_t(distribution, split)
    levels = spectrum(phi, model, split.dim, distribution)
    lam = float(rational_value(ridge, "ridge"))
    classical = lam == 0 and count <= parameter_count(levels, width)
    if lam > 0 or classical:
        state = second_order(solve(levels, count, width, lam))
    else:
        state = least_squares(levels, count, width)
    settings = {
        "model": model,
        "activation": levels.activation,
        "alpha_requested": split.alpha_requested,
        "alpha": split.alpha,
        "dim_y": split.dim_y,
        "samples": count,
        "dim": split.dim,
        "width": width,
        "ridge": lam,
        "distribution": distribution,
        "labels": labels,
        "label_noise": teacher.noise,
    }
    return _predicted(levels, state, width, split, teacher, CLASSICAL if classical else EXTENDED, settings)


def _predicted(
    levels: Spectrum,
    state: SecondOrder,
    width: int | None,
    split: Split,
    teacher: Teacher,
    support: str,
    settings: Mapping[str, Any],
) -> Memorisation:
    known = min(len(teacher.coefficients), len(state.learned))
    c = np.zeros(len(state.learned))
    c[:known] = teacher.coefficients[:known]
    learned, shares = state.learned, np.append(levels.shares(split), levels.tail_share(split))
    beyond = teacher.beyond + float((teacher.coefficients[known:] ** 2).sum())
    bent = float((c**2 * learned * (1 - learned)).sum())
    from_features = state.feature_noise * bent * state.feature_weight
    unfitted = float(((1 - learned) ** 2 * c**2).sum()) + beyond
    risk = _risk(state, unfitted + float(from_features.sum()) + teacher.noise_power)
    noise = from_features + risk / state.samples * state.sample_noise
    gain = float((state.degrees * shares).sum()) / state.samples
    signal = learned * c
    covariance = gain * (teacher.variance - float((learned * c**2)[1:].sum()))
    # Single neurons are left out of the spread of G: a few of them carry large values, and their variance
    # overstates what they do to a sign (NTK, phi' = 1 + h3, k = 100, N = 200: .855 with them, .893 without,
    # .876(6) simulated); elsewhere they move an accuracy by less than 5e-4.
    jitter = spread(levels, state, None, split, float(state.samples)).variance * risk
    power, common = float(noise.sum()), float((noise * shares).sum())
    spurious = (1 + gain**2) * power - 2 * gain * common + jitter
    fitted = state.total / state.samples
    return Memorisation(
        risk=risk,
        alignment=gain / fitted,
        gain=gain,
        covariance=covariance,
        bound=gain * float(np.sqrt(risk * teacher.variance)),
        test_accuracy=_own_accuracy(teacher, signal, power, 0.0),
        spurious_accuracy=_spurious_accuracy(teacher, signal, spurious, gain),
        train_accuracy=_own_accuracy(teacher, signal, power, fitted),
        noise_levels=tuple(noise.tolist()),
        signal_levels=tuple(signal[:known].tolist()),
        label_variance=teacher.variance,
        allowances=_allowances(levels, state, width, split, risk, gain, teacher.variance),
        status="equivalent",
        support=support,
        settings=settings,
    )


def _risk(state: SecondOrder, irreducible: float) -> float:
    """Return R = N/X times what would be left with the noise of the samples taken away."""
    return state.samples / state.excess * irreducible


def _allowances(
    levels: Spectrum,
    state: SecondOrder,
    width: int | None,
    split: Split,
    risk: float,
    gain: float,
    variance: float,
) -> dict[str, float]:
    allowed = allowance_of(levels, state, width, split)
    # an NTK neuron switches a whole block of features on or off, which no noise of fixed power describes
    blocks = 1 / width if width is not None and levels.model == "ntk" else 0.0
    relative = RISK_DIM * allowed.dimension + RISK_WIDTH * state.concentration
    accuracy = allowed.dimension + NEURON * blocks + ACCURACY * relative
    relative += RISK_NEURON * blocks
    of_risk, of_accuracy = given_u(levels.distribution, split)
    relative, accuracy = relative + of_risk, accuracy + of_accuracy
    return {
        "risk": risk * relative,
        "generalisation_error": risk * relative,
        "loo_risk": risk * relative,
        "spurious_covariance": (float(allowed) + gain * relative) * variance,
        "test_accuracy": accuracy,
        "train_accuracy": accuracy,
        "spurious_accuracy": accuracy + STEEPEST * float(allowed),
    }


def _own_accuracy(teacher: Teacher, signal: Floats, noise: float, fitted: float) -> float:
    """Return P(sign f = sign g), f = (1 - fitted) f_{-1}(z) + fitted g; fitted = 0 on a fresh sample."""
    mean = _at_nodes(teacher, signal, teacher.basis)[:, None]
    answers, chances = teacher.answers()
    towards = np.sign(answers) * ((1 - fitted) * mean + fitted * answers)
    right = _probability(towards, (1 - fitted) * np.sqrt(noise))
    return float((teacher.weights * (chances * right).sum(axis=1)).sum())


def _spurious_accuracy(teacher: Teacher, signal: Floats, noise: float, gain: float) -> float:
    """Return P(sign f(z^s) = sign g), f(z^s) = m(t') + gain (g - m(t)) + Gaussian noise, t' fresh."""
    mean = _at_nodes(teacher, signal, teacher.basis)[:, None]
    answers, chances = teacher.answers()
    pull, side = gain * (answers - mean), np.sign(answers)
    squares = signal[1:] ** 2
    if squares[1:].sum() <= LINEAR * (squares.sum() + noise):
        # m(t') = m_0 + m_1 t' adds to the noise
        right = _probability(side * (signal[0] + pull), np.sqrt(noise + float(squares.sum())))
    else:
        points, weights = teacher.polynomials.rule
        fresh = _at_nodes(teacher, signal, teacher.polynomials.at(points))
        right = np.zeros_like(pull)
        for value, weight in zip(fresh.tolist(), weights.tolist(), strict=True):
            right = right + weight * _probability(side * (value + pull), np.sqrt(noise))
    return float((teacher.weights * (chances * right).sum(axis=1)).sum())


def _at_nodes(teacher: Teacher, signal: Floats, basis: Floats) -> Floats:
    count = min(len(signal), len(basis))
    values: Floats = signal[:count] @ basis[:count]
    return values


def _probability(mean: Floats, sd: float) -> Floats:
    """Return P(mean + sd g > 0), g ~ N(0, 1); without noise 1, 1/2 or 0."""
    if sd <= 0:
        return np.asarray((np.sign(mean) + 1) / 2)
    from scipy.special import ndtr

    return np.asarray(ndtr(mean / sd))
