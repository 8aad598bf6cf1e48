"""The public function `simulate`: checks the request, runs the trials, returns labelled estimates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from hermite_gamma.construct import activation
from hermite_gamma.errors import BadInput, TrialError, UnknownName
from hermite_gamma.inputs import Split, alpha_value, count_value, rational_value, split_dimension
from hermite_gamma.quantity import Quantity
from hermite_gamma.simulation.collecting import Labels, estimate_of, warn_of
from hermite_gamma.simulation.controls import FIRST_PILOT, POWERS, Controls, controls, pilot_trials
from hermite_gamma.simulation.distributions import distribution as law_of
from hermite_gamma.simulation.labels import teacher
from hermite_gamma.simulation.memory import affordable_workers, bytes_for_trial
from hermite_gamma.simulation.models import (
    FeatureMap,
    InfiniteWidth,
    KernelMap,
    Model,
    Neurons,
    RandomFeatures,
    TangentFeatures,
)
from hermite_gamma.simulation.normals import MAX_SEED
from hermite_gamma.simulation.queries import query_name
from hermite_gamma.simulation.streaming import PANEL, PANELS
from hermite_gamma.simulation.team import Team
from hermite_gamma.simulation.trial import (
    AVERAGED,
    AVERAGED_LAWS,
    CONTROL,
    PLAIN,
    Outcome,
    Setting,
    pilot_data,
    run_trial,
)
from hermite_gamma.simulation.workers import Ran, available_workers, run_trials

MODELS = ("rf", "ntk", "features", "kernel")
PRECISIONS = ("float64", "float32", "auto")
ESTIMATORS: Mapping[str, str] = {"plain": PLAIN, "control_variate": CONTROL, "rao_blackwell": AVERAGED}
FIRST_LOOK = 20  # trials before the first decision to stop; then 40, 80, ...
MAX_LEVEL = 12
Progress = Callable[[int, int], None]


def simulate(
    phi: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    alpha: Any,
    width: int | None = None,
    trials: int = 1,
    seed: int = 0,
    distribution: Any = "gaussian",
    data: Mapping[str, Any] | None = None,
    ridge: Any = 0,
    query: str = "resample",
    labels: Any = "sign",
    label_noise: float = 0.0,
    test_samples: int = 1000,
    precision: str = "float64",
    workers: int | None = None,
    probe: int | None = None,
    estimator: str = "plain",
    max_level: int | None = None,
    until_stderr: float | None = None,
    keep_arrays: bool = True,
    block: int = PANEL,
    progress: Progress | None = None,
) -> Any:
    """Simulate regression with random features or the NTK; measure alignment, stability, memorisation.

    Each trial draws samples z_i = [x_i, y_i], weights and labels g_i, interpolates (or fits with a ridge),
    and finds for every sample the alignment F_i = F(z_i^s, z_i) with z_i^s = [x', y_i], from
    F_i = [K^{-1} K_s]_ii [bombari2024, Lemma 4.1; the identity is derived in docs/simulation.md].

    Args:
        phi: activation (name, typed text, SymPy expression, Activation); for model "features" a
            callable f(Z) or f(Z, rng) giving (n, p) features of the rows of Z; for "kernel" k(A, B).
        model: "rf", features phi(V z), V_ij ~ N(0, 1/d); "ntk", features z (x) phi'(W z); "features";
            "kernel".
        samples: N; dim: d.
        alpha: d_y/d in (0, 1), rounded to d_y = round(alpha d); a sequence shares each trial's work.
        width: number of neurons k; None is infinite width.
        trials: T, or the most trials if `until_stderr` is given; seed: in [0, 2^64).
        distribution: name of a data law (see docs/simulation.md) or an array of samples (n, d); data:
            parameters.
        ridge: lam >= 0 in Phi Phi^T/s + lam I, s = k (RF), k d (NTK), 1 (otherwise).
        query: what replaces x, "resample", "blank" (0, or the `blank` given with an array) or
            "mean" (E x).
        labels: "sign", "linear" or typed text such as "h1+h3/2" of t = u.x; or an array; or a callable of x.
        label_noise: share of flipped signs, or standard deviation of added noise.
        test_samples: N_t.
        precision: of the features, "float64", "float32" or "auto" (float32, redone where K is
            ill-conditioned); kernels are summed and solved in float64 always.
        workers: threads; they cannot change a result. None takes every processor.
        probe: measure the alignment of the first M samples only.
        estimator: of the mean alignment, "plain", "control_variate" or "rao_blackwell" (x' integrated
            exactly; infinite width on rademacher or product_spheres).
        max_level: report tr(K^{-1} K_l) for l = 0..max_level (infinite width, rademacher).
        until_stderr: stop after 20, 40, 80, ... trials once the standard error of the alignment is below
            this.
        keep_arrays: keep every F_i, h_i and leave-one-out residual in `.arrays`.
        block: rows of V drawn at once; it cannot change a result.
        progress: called with (trials finished so far, trials at most).

    Returns:
        an Estimate; for a sequence of alphas a dict {alpha as given: Estimate} in the given order. After
        Ctrl-C, the estimate of what was finished.

    Raises:
        BadInput: a setting that is not accepted; MemoryRefused: too large for this machine.
        SingularKernelError: K has no inverse, and why; its `.finished` holds what was done before.
        ActivationFault: phi is not finite somewhere.

    >>> import hermite_gamma as hg
    >>> found = hg.simulate("relu", model="rf", samples=20, dim=40, width=400, alpha="1/2", trials=20, seed=1)
    >>> abs(found.mean - 0.45) < 10 * found.stderr
    True
    >>> again = hg.simulate(
    ...     "relu", model="rf", samples=20, dim=40, width=400, alpha="1/2", trials=20, seed=1, workers=1
    ... )
    >>> again == found
    True
    """
    many = isinstance(alpha, Iterable) and not isinstance(alpha, str) and getattr(alpha, "ndim", 1) > 0
    given = list(alpha) if many else [alpha]
    requested = [alpha_value(each) for each in given]
    if not requested:
        raise BadInput("no alpha given")
    wanted = [split_dimension(each, dim) for each in requested]
    splits = tuple(sorted({split.dim_y: split for split in wanted}.values(), key=lambda split: split.dim_x))
    n = count_value(samples, "samples")
    tests = count_value(test_samples, "test_samples", least=0)
    probes = n if probe is None else count_value(probe, "probe")
    if probes > n:
        raise BadInput(f"probe must be at most samples = {n}, got {probes}")
    if data is not None and not (isinstance(data, Mapping) and all(isinstance(name, str) for name in data)):
        raise BadInput(f"data must map names of parameters to values, got {data!r}")
    if progress is not None and not callable(progress):
        raise BadInput(f"progress must be a function of (done, total), got {progress!r}")
    law = law_of(distribution, **(data or {}))
    for split in splits:
        law.check(split, n, tests)
    if precision not in PRECISIONS:
        raise UnknownName("precision", str(precision), PRECISIONS)
    if estimator not in ESTIMATORS:
        raise UnknownName("estimator", str(estimator), ESTIMATORS)
    lam = _ridge(ridge)
    count = count_value(trials, "trials")
    if count >= FIRST_PILOT:
        raise BadInput(f"trials must be below 2^31, got {count}")
    if until_stderr is not None and not (_is_number(until_stderr) and until_stderr > 0):
        raise BadInput(f"until_stderr must be a positive number, got {until_stderr!r}")
    allowed = available_workers() if workers is None else count_value(workers, "workers")
    chosen, slopes, text = _model(phi, model, width, _seed(seed), count_value(block, "block"))
    setting = Setting(
        chosen, slopes, model == "ntk", law, query_name(query), teacher(labels, label_noise), splits, n,
        tests, probes, lam, precision, int(seed), ESTIMATORS[estimator], max_level,
    )  # fmt: skip
    _check_combination(setting)
    needed = bytes_for_trial(n, splits[0].dim, chosen.width, tests, probes, len(splits), precision, block)
    threads = affordable_workers(needed, min(allowed, count))
    with _team(setting, allowed // threads) as teamed:
        setting = teamed
        if setting.estimator == CONTROL:
            setting = replace(setting, controls=_fit_controls(setting, threads))
        ran, stopped = _run(setting, count, until_stderr, threads, progress)
    settings = {
        "query": query,
        "data": law.settings(),
        "labels": setting.teacher.settings(),
        "test_samples": tests,
        "probe": probe,
        "estimator": estimator,
        "max_level": max_level,
        "trials_requested": count,
        "until_stderr": until_stderr,
        "precision_requested": precision,
        "panels": dict(PANELS),
    }
    if not ran.finished:
        raise ran.error or KeyboardInterrupt
    labelled = Labels(model, text, stopped, settings)
    found = [estimate_of(setting, ran, want, labelled, keep_arrays) for want in wanted]
    result = dict(zip(given, found, strict=True)) if many else found[0]
    if isinstance(ran.error, TrialError):
        ran.error.finished = result
    if ran.error is not None:
        raise ran.error
    warn_of(found)
    return result


def _seed(value: Any) -> int:
    if isinstance(value, bool) or (not isinstance(value, int) and not hasattr(value, "__index__")):
        raise BadInput(f"seed must be a whole number from 0 to 2^64 - 1, got {value!r}")
    if not 0 <= int(value) < MAX_SEED:
        raise BadInput(f"seed must lie between 0 and 2^64 - 1, got {value}")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _ridge(value: Any) -> float:
    ridge = float(rational_value(value, "ridge"))
    if ridge < 0:
        raise BadInput(f"ridge must not be negative, got {value}")
    return ridge


def _model(phi: Any, name: str, width: Any, seed: int, block: int) -> tuple[Model, Any, str]:
    """Return the model, what its neurons apply (phi or phi', None for a user's model), and its text."""
    if name not in MODELS:
        raise UnknownName("model", str(name), MODELS)
    if name in ("features", "kernel"):
        if not callable(phi):
            raise BadInput(f"model {name!r} takes a function of the samples, got {phi!r}")
        if width is not None:
            raise BadInput(f"model {name!r} takes no width: the function decides it")
        text = str(getattr(phi, "__qualname__", type(phi).__qualname__))
        return FeatureMap(phi, seed) if name == "features" else KernelMap(phi), None, text
    chosen = activation(phi)
    slopes = chosen.expr if name == "rf" else chosen.derivative().expr
    if width is None:
        from hermite_gamma.simulation.infinite import infinite_kernel

        return InfiniteWidth(infinite_kernel(slopes, name)), slopes, str(chosen)
    neurons = count_value(width, "width")
    finite = RandomFeatures if name == "rf" else TangentFeatures
    return finite(slopes, neurons, seed, block), slopes, str(chosen)


def _check_combination(setting: Setting) -> None:
    infinite = isinstance(setting.model, InfiniteWidth)
    law = setting.law.name
    if setting.precision == "float32" and "float32" not in setting.model.precisions:
        raise BadInput("precision float32 is for finite width rf and ntk; this model computes in float64")
    if setting.estimator == AVERAGED and setting.query == "resample":
        if not infinite or law not in AVERAGED_LAWS:
            raise BadInput(
                "estimator rao_blackwell integrates x' at infinite width on "
                f"{' or '.join(AVERAGED_LAWS)} data; use control_variate or plain"
            )
        if setting.probes < setting.samples:
            raise BadInput("estimator rao_blackwell uses all samples; leave probe out")
    if setting.estimator == CONTROL:
        split = setting.splits[0]
        if _controls(setting, split) is None:
            raise BadInput(
                f"estimator control_variate needs the moments of z^s.z, unknown for {law} data "
                f"under the query {setting.query}; use plain"
            )
    if setting.max_level is not None:
        count_value(setting.max_level, "max_level", least=0)
        if setting.max_level > MAX_LEVEL:
            raise BadInput(f"max_level must be at most {MAX_LEVEL}, got {setting.max_level}")
        if not infinite or law != "rademacher" or setting.probes < setting.samples:
            raise BadInput("max_level needs infinite width on rademacher data, all samples")


@contextmanager
def _team(setting: Setting, size: int) -> Iterator[Setting]:
    """Give the threads that no trial occupies to the trials themselves, and end them afterwards."""
    if size < 2 or not isinstance(setting.model, Neurons):
        yield setting
        return
    team = Team(size)
    try:
        yield replace(setting, model=replace(setting.model, team=team))
    finally:
        team.close()


def _controls(setting: Setting, split: Split) -> Controls | None:
    moments = setting.law.rho_moments(split, setting.query, POWERS)
    square = setting.law.mean_square(split)
    # with x' = 0 both |z^s|^2 and z^s.z are |y|^2
    spurious = square if setting.query == "resample" or moments is None else float(moments[0])
    return controls(moments, (square, spurious))


def _fit_controls(setting: Setting, threads: int) -> tuple[Controls, ...]:
    """Return the control variates with coefficients from pilot trials, which no run shares."""
    numbers = range(FIRST_PILOT, FIRST_PILOT + pilot_trials(setting.probes))
    ran = run_trials(lambda trial, check: pilot_data(setting, trial, check), numbers, threads)
    if ran.error is not None:
        raise ran.error
    if ran.interrupted:
        raise KeyboardInterrupt
    fitted = []
    for index, split in enumerate(setting.splits):
        plain = _controls(setting, split)
        assert plain is not None
        pairs = [ran.finished[number][index] for number in numbers]
        fitted.append(plain.fitted([rho for rho, _ in pairs], [f for _, f in pairs]))
    return tuple(fitted)


def _run(
    setting: Setting, trials: int, until_stderr: float | None, threads: int, progress: Progress | None
) -> tuple[Ran[tuple[Outcome, ...]], str]:
    """Run the trials, up to a look at the standard error at 20, 40, 80, ... if that may end them."""
    whole: Ran[tuple[Outcome, ...]] = Ran()
    tell = progress or (lambda _done, _total: None)
    tell(0, trials)
    start = 0
    for stop in _looks(trials) if until_stderr is not None else [trials]:
        before = start

        def shown(done: int, before: int = before) -> None:
            tell(before + done, trials)

        part = run_trials(
            lambda trial, check: run_trial(setting, trial, check), range(start, stop), threads, shown
        )
        whole.finished |= part.finished
        whole.interrupted, whole.error = part.interrupted, part.error
        if part.interrupted or part.error is not None:
            return whole, "interrupted"
        start = stop
        if until_stderr is not None and _settled(setting, whole, until_stderr):
            return whole, "stderr"
    return whole, "trials"


def _looks(trials: int) -> Iterator[int]:
    return chain(_doubling(trials), [trials])


def _doubling(trials: int) -> Iterator[int]:
    look = FIRST_LOOK
    while look < trials:
        yield look
        look *= 2


def _settled(setting: Setting, ran: Ran[tuple[Outcome, ...]], target: float) -> bool:
    for index in range(len(setting.splits)):
        values = tuple(
            ran.finished[trial][index].records[setting.estimator] for trial in sorted(ran.finished)
        )
        error = Quantity(setting.estimator, values).stderr
        if error is None or not error < target:
            return False
    return True
