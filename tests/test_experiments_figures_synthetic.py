"""The figures on synthetic data, tiny: sound results, predictions by another route, wrong ones refused.

Tests that look at measured values use fixed seeds; a point that "agrees" lies within 4 standard errors beside
the declared allowance, so that a fresh seed would fail one of ten points with probability below 1e-2 (Student
t, 30 to 300 trials).
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import comb, ndtr

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments import writing
from hermite_gamma.experiments.figures import alignment, alignment_ntk, alignment_rf, ridge_privacy, stability
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

D = 30
TINY = Options(
    effort="quick", seed=5, workers=1, activations=("h1+h2",), alphas=(Fraction(1, 2),), dim=D, width=600,
    trials=30,
)  # fmt: skip
SAMPLES = (6, 20, 40)


def gamma_by_hand(weights: dict[int, float], n: int, alpha: float) -> float:
    """Return sum_l D_l alpha^l/N with sum_l D_l = N, from the weights and the multiplicities C(d+l-1, l)."""

    def degrees(log_kappa: float) -> dict[int, float]:
        kappa = math.exp(log_kappa)
        return {level: w / (w / comb(D + level - 1, level) + kappa) for level, w in weights.items()}

    root = brentq(lambda k: sum(degrees(k).values()) - n, -40, 40, xtol=1e-14)
    return sum(each * alpha**level for level, each in degrees(root).items()) / n


@pytest.fixture(scope="module")
def rf() -> Result:
    return alignment_rf.run(replace(TINY, samples=SAMPLES), Store())


@pytest.fixture(scope="module")
def spurious() -> Result:
    return stability.run(replace(TINY, samples=SAMPLES, trials=300, width=300), Store())


@pytest.fixture(scope="module")
def private() -> Result:
    return ridge_privacy.run(replace(TINY, samples=(30,)), Store())


def test_points_of_random_features_carry_what_defines_them(rf: Result) -> None:
    assert [p.x for p in rf.points] == list(SAMPLES)
    for p in rf.points:
        assert (p.trials, p.stderr is not None, p.columns["k"], p.columns["d"]) == (30, True, 600, D)
    assert len({p.seed for p in rf.points}) == len(SAMPLES)


@pytest.mark.parametrize("n", SAMPLES)
def test_prediction_is_the_formula(rf: Result, n: int) -> None:
    (point,) = [p for p in rf.points if p.x == n]
    assert point.predicted == pytest.approx(gamma_by_hand({1: 1.0, 2: 1.0}, n, 0.5), rel=1e-9)


def test_line_passes_through_the_predictions(rf: Result) -> None:
    (line,) = [each for each in rf.lines if each.role == "prediction"]
    for p in rf.points:
        assert np.interp(p.x, line.x, line.y) == pytest.approx(p.predicted, abs=1e-12)


def test_alignment_agrees_and_alpha_does_not(rf: Result) -> None:
    """Power: alpha - gamma is 0.13 to 0.2 here, the allowance below 0.06, 4 standard errors below 0.04."""
    for p in rf.points:
        assert p.agrees
        assert not replace(p, predicted=0.5).agrees
    assert all(check.agrees for check in rf.checks)


def test_guides_are_the_limits(rf: Result) -> None:
    """h1+h2: b2 = alpha^2, LB = alpha^2/2."""
    guides = {line.series: line for line in rf.lines if line.role == "guide"}
    assert guides[alignment_rf.STUDY.limit].y == pytest.approx((0.25, 0.25))
    assert guides[str(alignment_rf.STUDY.bound)].y == pytest.approx((0.125, 0.125))


def test_a_wrong_theory_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prediction with alpha in the place of gamma makes the checks disagree."""
    true = hg.gamma_finite

    def wrong(phi: Any, alpha: Any, **sizes: Any) -> Any:
        found = true(phi, alpha, **sizes)
        if not isinstance(sizes["samples"], int):
            return found
        return {a: replace(each, value=float(a)) for a, each in found.items()}

    monkeypatch.setattr(alignment.hg, "gamma_finite", wrong)
    found = alignment_rf.run(replace(TINY, samples=(20, 40)), Store())
    assert [check.agrees for check in found.checks][:2] == [False, False]


def test_ntk_of_the_paper_has_the_weights_of_h1_and_h2(tmp_path: Path) -> None:
    """h1+h2/sqrt(2) has the derivative 1 + h1: weights 1, 1 at levels 1, 2, as h1+h2 of random features."""
    options = replace(TINY, activations=("h1+h2/sqrt(2)",), samples=(20, 40), width=300)
    store = Store(tmp_path)
    found = alignment_ntk.run(options, store)
    for p in found.points:
        assert p.predicted == pytest.approx(gamma_by_hand({1: 1.0, 2: 1.0}, int(p.x), 0.5), rel=1e-9)
        assert p.agrees
    again = Store(tmp_path)
    assert alignment_ntk.run(options, again) == found
    assert again.found == again.done == 2


def test_samples_beyond_the_parameters_are_left_out() -> None:
    """h1 has rank d = 30: N = 40 has no alignment, and the others stay."""
    found = alignment_rf.run(replace(TINY, activations=("h1",), samples=(10, 40), trials=2), Store())
    assert [p.x for p in found.points] == [10]
    assert any("N = 40: no alignment: 40 samples, and the kernel has rank 30" in n for n in found.notes)


@pytest.mark.parametrize(
    ("run", "phi", "reason"),
    [
        (alignment_rf.run, "0", "every coefficient of the kernel is 0"),
        (alignment_ntk.run, "sign", "phi jumps at x = 0"),
        (stability.run, "0", "every coefficient of the kernel is 0"),
    ],
    ids=["rf", "ntk", "stability"],
)
def test_what_cannot_be_drawn_says_why(run: Any, phi: str, reason: str) -> None:
    """Alone it is bad input, beside another activation a note; neither speaks of samples and parameters."""
    store = Store()
    with pytest.raises(BadInput, match=f"nothing of what was asked for can be drawn: .*{reason}") as caught:
        run(replace(TINY, activations=(phi,), samples=(6, 20)), store)
    assert store.done == 0
    assert "parameters" not in str(caught.value)
    found = run(replace(TINY, activations=(phi, "h1+h2"), samples=(6,), trials=2), store)
    assert {p.series for p in found.points} == {"h1+h2"}
    assert any(note.startswith(f"{phi}, N = 6: ") and reason in note for note in found.notes)


def test_as_many_samples_as_parameters_leave_out_that_point_alone() -> None:
    """The risk of random features diverges at N = k and is finite on both sides."""
    found = stability.run(replace(TINY, samples=(10, 20, 30), width=20, trials=2), Store())
    assert {p.x for p in found.points if p.axis == stability.RISK} == {10}  # F is 0/0 beyond k
    assert [note.split(":")[0] for note in found.notes] == ["h1+h2, N = 20", "h1+h2, N = 30"]


@pytest.mark.parametrize("run", [alignment_rf.run, stability.run, ridge_privacy.run])
def test_one_trial_decides_nothing(run: Any) -> None:
    """Without a standard error nothing agrees or disagrees; with 2 trials the same checks are answered."""
    tiny = replace(TINY, dim=2, samples=(3,))
    one, two = (run(replace(tiny, trials=trials), Store()) for trials in (1, 2))
    assert all(p.stderr is None for p in one.points)
    assert {check.agrees for check in one.checks} == {None}
    assert all("undecided, one trial has no standard error" in check.text for check in one.checks)
    assert None not in {check.agrees for check in two.checks}
    assert len(one.checks) == len(two.checks)


def test_repeated_alphas_count_once() -> None:
    """1/2 and 0.51 are both 15 of 30 coordinates."""
    found = alignment.distinct_alphas(Options(alphas=(Fraction(1, 2), Fraction(51, 100), Fraction(1, 3))), D)
    assert found == {Fraction(1, 2): Fraction(1, 2), Fraction(1, 3): Fraction(1, 3)}


@pytest.mark.parametrize("run", [alignment_rf.run, alignment_ntk.run, stability.run])
def test_two_dimensions_have_no_quarter(run: Any) -> None:
    with pytest.raises(BadInput, match=r"alphas are 1/4, 1/2, .*give --alphas 1/2 or a larger --dim"):
        run(replace(TINY, dim=2, alphas=None), Store())


def test_largest_finds_the_last_defined() -> None:
    def predict(n: int) -> int:
        if n > 37:
            raise hg.UndefinedGamma("beyond")
        return n

    assert alignment.largest(predict, 5, 100) == 37
    assert alignment.largest(predict, 5, 20) == 20
    assert alignment.largest(predict, 50, 100) is None


def test_covariance_against_risk(spurious: Result) -> None:
    """False alarms: see above. Power: alpha for gamma moves Cov by 0.12 at N = 6, 11 standard errors."""
    ours = [p for p in spurious.points if p.axis != stability.RISK]
    assert [p.columns["N"] for p in ours] == list(SAMPLES)
    for p in ours:
        assert p.agrees
        assert p.x == p.columns["risk"]
    assert [check.agrees for check in spurious.checks] == [True] * len(spurious.checks)
    first = ours[0]
    gamma = gamma_by_hand({1: 1.0, 2: 1.0}, 6, 0.5)
    assert first.columns["gamma"] == pytest.approx(gamma, rel=1e-6)
    wrong = replace(first, predicted=(first.predicted or 0.0) * 0.5 / gamma)
    assert abs(first.z or 0.0) < 4
    assert abs(wrong.z or 0.0) > 8
    (told,) = [check for check in spurious.checks if "alpha" in check.numbers]
    assert float(told.numbers["alpha"] or 0.0) > 2 * float(told.numbers["measured"] or 0.0)


def test_risk_is_drawn_against_samples(spurious: Result) -> None:
    risks = [p for p in spurious.points if p.axis == stability.RISK]
    assert [(p.x, p.measured) for p in risks] == [
        (p.columns["N"], p.x) for p in spurious.points if p.axis != stability.RISK
    ]


def test_bound_lies_above_the_prediction(spurious: Result) -> None:
    """gamma sqrt(R Var g), Var g = 1, from the curve of gamma by hand and the abscissa R."""
    (bound,) = [line for line in spurious.lines if line.role == "guide"]
    (curve,) = [line for line in spurious.lines if line.role == "prediction" and line.axis != stability.RISK]
    assert bound.x == curve.x
    assert all(low < high for low, high in zip(curve.y, bound.y, strict=True))
    assert bound.y[0] == pytest.approx(
        gamma_by_hand({1: 1.0, 2: 1.0}, 6, 0.5) * math.sqrt(bound.x[0]), rel=1e-6
    )


def test_mean_of_the_labels_leaves_the_sample_covariance() -> None:
    """relu, N = 10, alpha = 1/2: the covariance within a training set misses (1 - gamma) D_0/N of gamma.

    1500 trials, two values 0.04 apart, standard error 0.003, 4 of them and 0.5/d allowed: a false alarm in
    1e-4.
    """
    sizes = stability.Sizes(100, 500, 1)
    found = hg.simulate(
        "relu", model="rf", samples=10, dim=100, alpha="1/2", width=500, trials=1500, seed=3, test_samples=1,
        workers=1,
    )["spurious_covariance"]  # fmt: skip
    theory = stability.predicted("relu", Fraction(1, 2), 10, sizes)
    within = stability.within_training_set(theory, 10, sizes)
    error = 4 * (found.stderr or 0.0) + 0.5 / sizes.dim
    assert abs(found.mean - within) < error
    assert abs(found.mean - theory.covariance) > error


def test_ridge_panels_agree(private: Result) -> None:
    for p in private.points:
        assert p.agrees, p
    assert {p.axis for p in private.points} == {axis.key for axis in ridge_privacy.AXES}
    assert all(check.agrees for check in private.checks[: len(ridge_privacy.AXES)])


def test_ridge_moves_the_alignment(private: Result) -> None:
    """The ridgeless alignment is refused at the largest ridge where E S^2 is shown to vanish."""
    last = [p for p in private.points if p.x == ridge_privacy.RIDGES[-1]]
    (shrunk,) = [p for p in last if p.axis == "stability"]
    ridgeless = hg.memorisation("h1+h2", "1/2", model="rf", samples=30, dim=D, width=600).risk
    assert not replace(shrunk, predicted=ridgeless).agrees


def test_without_noise_the_formula_is_that_of_the_package() -> None:
    sizes = ridge_privacy.Sizes(30, D, 600, 10, Fraction(1, 2))
    found = ridge_privacy.with_noise("relu", [0.0], sizes)
    theory = hg.memorisation("relu", "1/2", model="rf", samples=30, dim=D, width=600)
    assert found["perturbed_spurious"][0] == pytest.approx(theory.spurious_accuracy, abs=1e-6)
    assert found["perturbed_test"][0] == pytest.approx(1 - theory.test_accuracy, abs=1e-6)


def test_noise_enters_as_a_variance() -> None:
    """Against drawn Gaussian noise: f = m t + s e + tau xi; tau in the place of tau^2 is refused."""
    sizes = ridge_privacy.Sizes(30, D, 600, 10, Fraction(1, 2))
    theory = hg.memorisation("h1+h2", "1/2", model="rf", samples=30, dim=D, width=600)
    rng = np.random.default_rng(1)
    t, e, xi = (
        np.abs(rng.standard_normal(400_000)),
        rng.standard_normal(400_000),
        rng.standard_normal(400_000),
    )
    power, tau = sum(theory.noise_levels), 2.0
    measured = float((theory.signal_levels[1] * t + math.sqrt(power) * e + tau * xi > 0).mean())
    found = 1 - ridge_privacy.with_noise("h1+h2", [tau], sizes)["perturbed_test"][0]
    # level 3 of the labels, which 30 samples do not learn, is left out: its L is below 1e-3
    assert abs(found - measured) < 4 * 0.5 / math.sqrt(400_000) + 1e-3
    wrong = float(ndtr(theory.signal_levels[1] * t / math.sqrt(power + tau)).mean())
    assert abs(wrong - measured) > 0.01


def test_noisy_answers_know_the_answers_of_the_simulation() -> None:
    """Noise of 1e-9 leaves the accuracies of `simulate`, which shares no code with the noisy answers.

    Difference of two means of 60 trials, 4.5 standard errors: false alarms below 1e-4.
    """
    sizes = ridge_privacy.Sizes(30, D, 600, 50, Fraction(1, 2))
    found = ridge_privacy.noisy_answers("tanh", [1e-9], sizes, 60, 7)
    other = hg.simulate(
        "tanh", model="rf", samples=30, dim=D, alpha="1/2", width=600, trials=60, seed=8, test_samples=50,
        workers=1,
    )  # fmt: skip
    for key, name in (("perturbed_spurious", "spurious_accuracy"), ("perturbed_test", "test_accuracy")):
        ours = found[key][:, 0] if name == "spurious_accuracy" else 1 - found[key][:, 0]
        error = math.hypot(ours.std(ddof=1) / math.sqrt(60), other[name].stderr or 0.0)
        assert abs(ours.mean() - other[name].mean) < 4.5 * error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alphas": (Fraction(1, 2), Fraction(1, 4))}, "one of --alphas"),
        ({"samples": (10, 20)}, "one of --samples"),
        ({"width": "infinite"}, "finite --width"),
    ],
)
def test_what_ridge_privacy_cannot_show_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        ridge_privacy.run(replace(TINY, **change), Store())


def test_results_are_written(rf: Result, tmp_path: Path) -> None:
    files = writing.write(rf, tmp_path)
    assert {".pdf", ".png", ".csv", ".json", ".tex"} <= {file.suffix for file in files}
