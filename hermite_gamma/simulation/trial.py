"""One trial: draw the samples, get the kernel, solve, and write down every quantity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import sympy as sp

from hermite_gamma.errors import SingularKernelError
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.controls import Controls, observations
from hermite_gamma.simulation.distributions import Distribution, Sample
from hermite_gamma.simulation.labels import Teacher
from hermite_gamma.simulation.memory import MOST_FROM_FEATURES
from hermite_gamma.simulation.models import InfiniteWidth, Model
from hermite_gamma.simulation.queries import spurious_x
from hermite_gamma.simulation.rows import Blocks, Rows
from hermite_gamma.simulation.scalar import Precision
from hermite_gamma.simulation.singular import certain_cause, likely_cause, rank_limit
from hermite_gamma.simulation.solving import Factor, Fit, Solution, solve_from_features

Double = npt.NDArray[np.float64]
Check = Callable[[], None]

PLAIN, CONTROL, AVERAGED = "alignment", "alignment_control_variate", "alignment_rao_blackwell"
AVERAGED_LAWS = ("rademacher", "product_spheres")

# rcond below which: float32 is redone in float64 ("auto"); K is left aside for the features themselves, since
# its digits are the square of theirs; the user is warned; a float32 kernel is noise.
REDO, FROM_FEATURES, WARN = 1e-5, 2e-7, {"float64": 1e-10, "float32": 1e-5}
NOISE_SINGLE = 1e-8


@dataclass(frozen=True)
class Setting:
    """Everything that defines a trial but its number.

    Attributes:
        model: the kernel model; slopes: phi (RF), phi' (NTK), None for a user's model; tangent: NTK or not.
        law, query, teacher: the data.
        splits: one for each alpha, d_x ascending.
        samples, tests, probes: N, N_t, m.
        ridge: lam.
        precision: "float64", "float32" or "auto".
        estimator: record that is the headline, PLAIN, CONTROL or AVERAGED.
        max_level: highest level of the traces, None for no traces.
        controls: for CONTROL, one for each split.
    """

    model: Model
    slopes: sp.Expr | None
    tangent: bool
    law: Distribution
    query: str
    teacher: Teacher
    splits: tuple[Split, ...]
    samples: int
    tests: int
    probes: int
    ridge: float
    precision: str
    seed: int
    estimator: str = PLAIN
    max_level: int | None = None
    controls: tuple[Controls, ...] = ()

    @property
    def sizes(self) -> dict[str, int | None]:
        return {"N": self.samples, "d": self.splits[0].dim, "k": self.model.width}


@dataclass(frozen=True)
class Outcome:
    """What one trial found at one split.

    Attributes:
        records: quantity -> number, nan where undefined.
        arrays: "alignment", "h", "loo", (m,) each.
        precision: what the kernel was computed in.
        from_features: whether it went through the features and not through K.
    """

    records: Mapping[str, float]
    arrays: Mapping[str, Double]
    precision: str
    from_features: bool

    @property
    def ill_conditioned(self) -> bool:
        return self.records["rcond"] < WARN[self.precision]


@dataclass(frozen=True)
class _Solved:
    solution: Solution
    rcond: float
    precision: Precision
    from_features: bool


def run_trial(setting: Setting, trial: int, check: Check) -> tuple[Outcome, ...]:
    """Return the outcome at every split of one trial.

    Args:
        setting: what to simulate.
        trial: its number, which keys all random numbers.
        check: called now and then; it may raise to end the trial.

    Raises:
        SingularKernelError, ActivationFault.
    """
    if setting.law.depends_on_split and len(setting.splits) > 1:
        outcomes: list[Outcome] = []
        for index, split in enumerate(setting.splits):
            alone = replace(setting, splits=(split,), controls=setting.controls[index : index + 1])
            outcomes += run_trial(alone, trial, check)
        return tuple(outcomes)
    _refuse_certain(setting)
    widest = setting.splits[-1]
    sample = setting.law.sample(widest, setting.samples, setting.tests, setting.seed, trial)
    fresh = spurious_x(setting.query, sample, setting.law, widest)[: setting.probes]
    rows = Rows(sample.train, fresh, sample.test, setting.splits)
    targets = [setting.teacher.labels(sample, split, setting.seed, trial) for split in setting.splits]
    labels = [train for train, _ in targets]
    solved = _solve(setting, rows, labels, trial, check)
    check()
    traces = _traces(setting, rows, solved.solution)
    outcomes = []
    for index, (fit, (g, g_test)) in enumerate(zip(solved.solution.fits, targets, strict=True)):
        records = _records(fit, solved.solution.h, g, g_test, setting.ridge)
        records["rcond"] = solved.rcond
        records |= _better_alignment(setting, rows, index, solved.solution, fit)
        records |= traces
        arrays = {"alignment": fit.alignment, "h": solved.solution.h, "loo": fit.loo}
        outcomes.append(Outcome(records, arrays, solved.precision, solved.from_features))
    return tuple(outcomes)


def _refuse_certain(setting: Setting) -> None:
    if setting.ridge > 0:
        return
    dim = setting.splits[0].dim
    limit = (
        None if setting.slopes is None else rank_limit(setting.slopes, dim, setting.law.name, setting.tangent)
    )
    cause = certain_cause(setting.samples, setting.model.parameters(dim), limit, setting.tangent)
    if cause is not None:
        raise SingularKernelError(cause, 0.0, setting.sizes)


def _solve(setting: Setting, rows: Rows, labels: Sequence[Double], trial: int, check: Check) -> _Solved:
    precisions: dict[str, tuple[Precision, ...]] = {
        "float64": ("float64",),
        "float32": ("float32",),
        "auto": ("float32", "float64"),
    }
    choices = [p for p in precisions[setting.precision] if p in setting.model.precisions]
    for precision in choices:
        last = precision == choices[-1]
        blocks = setting.model.blocks(rows, trial, precision, check)
        check()
        factor = Factor(blocks.gram, setting.ridge)
        if not last and factor.rcond < REDO:
            del blocks, factor
            continue
        if precision == "float64":
            found = _accurate(setting, rows, blocks, factor, labels, trial, check)
        else:
            _refuse_singular(setting, rows, factor, precision, NOISE_SINGLE)
            found = _Solved(factor.solution(blocks, labels), factor.rcond, precision, False)
        break
    return found


def _accurate(
    setting: Setting,
    rows: Rows,
    blocks: Blocks,
    factor: Factor,
    labels: Sequence[Double],
    trial: int,
    check: Check,
) -> _Solved:
    _refuse_singular(setting, rows, factor, "float64", setting.samples * np.finfo(np.float64).eps)
    rcond = factor.rcond
    if rcond < FROM_FEATURES and setting.samples <= MOST_FROM_FEATURES:
        panels = setting.model.panels(rows, trial, check)
        if panels is not None:
            solution = solve_from_features(panels, rows.samples, labels, setting.ridge)
            return _Solved(solution, rcond, "float64", True)
    return _Solved(factor.solution(blocks, labels), rcond, "float64", False)


def _refuse_singular(setting: Setting, rows: Rows, factor: Factor, precision: str, floor: float) -> None:
    known = setting.model.parameters(rows.dim)  # a user's feature map says it only now
    certain = None if setting.ridge > 0 else certain_cause(rows.samples, known, None, setting.tangent)
    if certain is None and factor.exists and factor.rcond >= (floor if setting.ridge == 0 else 0):
        return
    if setting.ridge > 0:
        cause = f"K + ridge I with ridge = {setting.ridge:g} has no Cholesky factor in {precision}"
    else:
        cause = certain or likely_cause(rows, factor.zero_row, precision)
    raise SingularKernelError(cause, factor.rcond, setting.sizes)


def _records(fit: Fit, h: Double, g: Double, g_test: Double, ridge: float) -> dict[str, float]:
    probes = len(h)
    own = g[:probes]
    return {
        PLAIN: float(fit.alignment.mean()),
        "alignment_sd": float(fit.alignment.std(ddof=1)) if probes > 1 else math.nan,
        "h": float(h.mean()),
        "loo_risk": float((fit.loo**2).mean()),
        "stability": float(((h / (ridge + h) * fit.loo) ** 2).mean()),
        "generalisation_error": _mean((g_test - fit.test) ** 2),
        "train_accuracy": _agreement(fit.train, g),
        "test_accuracy": _agreement(fit.test, g_test),
        "spurious_accuracy": _agreement(fit.spurious, own),
        "spurious_covariance": float(np.cov(fit.spurious, own)[0, 1]) if probes > 1 else math.nan,
    }


def _mean(values: Double) -> float:
    return float(values.mean()) if values.size else math.nan


def _agreement(prediction: Double, g: Double) -> float:
    """Return the share of samples whose prediction has the sign of the label; nan if a label is unknown."""
    if np.isnan(g).any():
        return math.nan
    return _mean(np.where(np.sign(prediction) == np.sign(g), 1.0, 0.0))


def _better_alignment(
    setting: Setting, rows: Rows, index: int, solution: Solution, fit: Fit
) -> dict[str, float]:
    """Return the mean alignment by the estimator that was asked for, if it is not the plain one."""
    if setting.estimator == CONTROL and setting.controls:
        correction = setting.controls[index].correction(observations(rows, index))
        return {CONTROL: float(fit.alignment.mean()) - correction}
    if setting.estimator != AVERAGED:
        return {}
    if setting.query != "resample":
        return {AVERAGED: float(fit.alignment.mean())}  # x' is one point: nothing is left to integrate
    from hermite_gamma.simulation.rao_blackwell import averaged_gram

    assert isinstance(setting.model, InfiniteWidth)
    assert solution.inverse is not None
    split = setting.splits[index]
    averaged = averaged_gram(setting.model.kernel, rows.train, split, setting.law.name)
    raw = np.einsum("ij,ji->i", solution.inverse, averaged[:, : rows.probes])
    ratio = (setting.ridge + solution.h) / solution.h
    return {AVERAGED: float((raw * ratio).mean())}


def _traces(setting: Setting, rows: Rows, solution: Solution) -> dict[str, float]:
    if setting.max_level is None:
        return {}
    from hermite_gamma.simulation.levels import level_traces

    assert isinstance(setting.model, InfiniteWidth)
    assert solution.inverse is not None
    values = level_traces(setting.model.kernel, rows.train, solution.inverse, setting.max_level)
    names = [*(f"level_{level}" for level in range(setting.max_level + 1)), "level_rest"]
    return dict(zip(names, map(float, values), strict=True))


def pilot_data(setting: Setting, trial: int, check: Check) -> list[tuple[Double, Double]]:
    """Return what the controls are made of, and F_i, at every split of one pilot trial."""
    outcomes = run_trial(replace(setting, estimator=PLAIN, max_level=None), trial, check)
    found = []
    for split, outcome in zip(setting.splits, outcomes, strict=True):
        widest = split if setting.law.depends_on_split else setting.splits[-1]
        sample: Sample = setting.law.sample(widest, setting.samples, 0, setting.seed, trial)
        fresh = spurious_x(setting.query, sample, setting.law, widest)[: setting.probes]
        rows = Rows(sample.train, fresh, sample.test, (split,))
        found.append((observations(rows, 0), outcome.arrays["alignment"]))
    return found
