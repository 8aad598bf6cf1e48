"""What a ridge, and noise on the answers, take from memorisation, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hermite_gamma as hg
from hermite_gamma.construct import activation
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.fluctuations import spread
from hermite_gamma.equivalent.memorisation import Memorisation
from hermite_gamma.equivalent.second_order import second_order
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.experiments.figures.alignment import agreement, chosen_width, point_seed, verdict
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.inputs import split_dimension
from hermite_gamma.report.latex import escape

Floats = NDArray[np.float64]

NAME = "ridge-privacy"
ACTIVATIONS = ("relu", "h1+h2", "tanh", "h1+h4")
RIDGES = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
NOISES = (0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 4.0)
DENSE = 40
REACH, NODES, FRESH = 9.0, 240, 60  # of t = u.x: standard deviations, points on the half line; points of t'

RIDGE, TAU = r"ridge $\lambda$", r"standard deviation $\tau$ of the noise"
AXES = (
    Axis("alignment", "alignment", "$F$", RIDGE, log_x=True),
    Axis("stability", "stability", r"$\mathrm{E}\, S^2$", RIDGE, log_x=True, log_y=True),
    Axis("spurious_accuracy", "memorised", "spurious accuracy", RIDGE, log_x=True),
    Axis("test_error", "cost", "test error", RIDGE, log_x=True),
    Axis("perturbed_spurious", "memorised, noisy answers", "spurious accuracy", TAU, log_x=True),
    Axis("perturbed_test", "cost, noisy answers", "test error", TAU, log_x=True),
)
OF_RIDGE, OF_NOISE = tuple(a.key for a in AXES[:4]), tuple(a.key for a in AXES[4:])


@dataclass(frozen=True)
class Sizes:
    """What all points share.

    Args:
        samples: N; dim: d; width: k, which the noisy answers need finite; tests: fresh samples of a trial.
        alpha: d_y/d exactly.
    """

    samples: int
    dim: int
    width: int
    tests: int
    alpha: Fraction


def run(options: Options, store: Store) -> Result:
    """Measure random features against the ridge, and under noise on their answers; predict; compare.

    Raises:
        BadInput: more than one alpha or N, infinite width, or sizes that cannot be simulated.
    """
    sizes = _sizes(options)
    activations = options.activations or ACTIVATIONS[: options.pick(3, 4, 4)]
    store.expect(len(activations) * (len(RIDGES) + 1))
    points: list[Point] = []
    lines: list[Line] = []
    notes: list[str] = []
    for spec in activations:
        lines += _ridge_lines(spec, sizes)
        for ridge in RIDGES:
            points += _ridge_points(spec, ridge, sizes, options, store)
        try:
            lines += _noise_lines(spec, sizes)
            points += _noise_points(spec, sizes, options, store)
        except UndefinedGamma as error:
            notes.append(f"{spec}, noisy answers without ridge: {error}")
    return Result(
        NAME, "ridge and output perturbation against memorisation", RIDGE, AXES, tuple(points), tuple(lines),
        checks=tuple(_checks(points)),
        caption=_caption(points, sizes, options.seed),
        settings={
            "model": "rf", "activations": activations, "alpha": str(sizes.alpha), "N": sizes.samples,
            "d": sizes.dim, "k": sizes.width, "test_samples": sizes.tests, "ridges": RIDGES, "noises": NOISES,
            "labels": "sign", "distribution": "gaussian", "effort": options.effort, "seed": options.seed,
        },
        notes=tuple(notes),
    )  # fmt: skip


def _sizes(options: Options) -> Sizes:
    for name in ("alphas", "samples"):
        if len(getattr(options, name) or (0,)) > 1:
            raise BadInput(f"{NAME} takes one of --{name}; the abscissa is the ridge")
    dim = options.dim or options.pick(100, 200, 1000)
    width = chosen_width(options, 2000, 4000, 20_000)
    if width is None:
        raise BadInput(f"{NAME} takes a finite --width, such as {20 * dim}")
    alpha = split_dimension(options.alphas[0] if options.alphas else Fraction(1, 2), dim).alpha
    samples = options.samples[0] if options.samples else dim
    return Sizes(samples, dim, width, options.pick(200, 500, 1000), alpha)


def predicted(spec: str, ridge: float, sizes: Sizes) -> Memorisation:
    """Return what the theory says at one ridge."""
    return hg.memorisation(
        spec, sizes.alpha, model="rf", samples=sizes.samples, dim=sizes.dim, width=sizes.width,
        ridge=Fraction(ridge),
    )  # fmt: skip


def of_ridge(found: Memorisation) -> dict[str, tuple[float, float]]:
    """Return (prediction, allowance) by panel; E S^2 = (h/(lam + h))^2 R, and gain = gamma h/(lam + h)."""
    allowed = found.allowances
    fitted = (found.gain / found.alignment) ** 2
    gamma = hg.gamma_finite(
        found.settings["activation"], found.settings["alpha"], model="rf", samples=found.settings["samples"],
        dim=found.settings["dim"], width=found.settings["width"], ridge=Fraction(found.settings["ridge"]),
    )  # fmt: skip
    return {
        "alignment": (float(gamma), gamma.allowance),
        "stability": (fitted * found.risk, fitted * allowed["loo_risk"]),
        "spurious_accuracy": (found.spurious_accuracy, allowed["spurious_accuracy"]),
        "test_error": (1 - found.test_accuracy, allowed["test_accuracy"]),
    }


def with_noise(spec: str, taus: Sequence[float], sizes: Sizes) -> dict[str, Floats]:
    """Return the predicted accuracies for answers f + tau xi, xi ~ N(0, 1); no ridge.

    The formulas of `hg.memorisation` with tau^2 added to the variance of what is neither signal nor pull:
        spurious: E Phi((m(t') + gain (g - m(t)))/sqrt(v + tau^2)),
            v = (1 + gain^2) s^2 - 2 gain C + Var(F) R;
        test: E Phi(g m(t)/sqrt(s^2 + tau^2)).

    Raises:
        UndefinedGamma: as many parameters as samples or fewer.
    """
    from scipy.special import ndtr

    found = predicted(spec, 0.0, sizes)
    split = split_dimension(sizes.alpha, sizes.dim)
    levels = spectrum(spec, "rf", sizes.dim, "gaussian")
    state = second_order(solve(levels, sizes.samples, sizes.width, 0.0))
    jitter = spread(levels, state, None, split, float(sizes.samples)).variance * found.risk
    noise = np.array(found.noise_levels)
    shares = np.append(levels.shares(split), levels.tail_share(split))
    gain, power = found.gain, float(noise.sum())
    v = (1 + gain**2) * power - 2 * gain * float((noise * shares).sum()) + jitter
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    t = REACH * (nodes + 1) / 2
    weights = REACH * weights * np.exp(-t * t / 2) / np.sqrt(2 * np.pi)  # of |t|, half normal
    fresh, chances = np.polynomial.hermite_e.hermegauss(FRESH)
    chances = chances / chances.sum()
    mean = _signal(found.signal_levels, t)
    pull = gain * (1 - mean)[:, None] + _signal(found.signal_levels, fresh)[None, :]
    spurious = [float(weights @ ndtr(pull / np.sqrt(v + tau * tau)) @ chances) for tau in taus]
    test = [float(weights @ ndtr(mean / np.sqrt(power + tau * tau))) for tau in taus]
    return {"perturbed_spurious": np.array(spurious), "perturbed_test": 1 - np.array(test)}


def _signal(coefficients: Sequence[float], t: Floats) -> Floats:
    """Return sum_l c_l h_l(t), h_l orthonormal."""
    below, last = np.zeros_like(t), np.ones_like(t)
    total = coefficients[0] * last
    for level, c in enumerate(coefficients[1:], start=1):
        below, last = last, (t * last - np.sqrt(level - 1) * below) / np.sqrt(level)
        total = total + c * last
    return np.asarray(total)


def noisy_answers(
    spec: str, taus: Sequence[float], sizes: Sizes, trials: int, seed: int
) -> dict[str, Floats]:
    """Return accuracies of f + tau xi, (trials, taus) each, by panel; given f the mean over xi is exact."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import ndtr

    from hermite_gamma.simulation.scalar import compile_activation

    kernel = compile_activation(activation(spec).expr, "float64")
    n, dim_x = sizes.samples, sizes.dim - split_dimension(sizes.alpha, sizes.dim).dim_y
    found = {key: np.empty((trials, len(taus))) for key in OF_NOISE}
    for trial in range(trials):
        rng = np.random.default_rng([seed, trial])
        train, test = rng.standard_normal((n, sizes.dim)), rng.standard_normal((sizes.tests, sizes.dim))
        spurious = np.hstack([rng.standard_normal((n, dim_x)), train[:, dim_x:]])
        u = rng.standard_normal(dim_x)
        g, g_test = np.sign(train[:, :dim_x] @ u), np.sign(test[:, :dim_x] @ u)
        weights = rng.standard_normal((sizes.width, sizes.dim)) / np.sqrt(sizes.dim)
        features = np.ascontiguousarray(np.vstack([train, spurious, test]) @ weights.T)
        fault = kernel(features, out=features)
        if fault is not None:
            raise BadInput(f"{spec} is not finite at {fault.argument:g}")
        own = features[:n]
        answers = features[n:] @ (own.T @ cho_solve(cho_factor(own @ own.T), g))
        for key, right, f in (
            ("perturbed_spurious", g, answers[:n]),
            ("perturbed_test", g_test, answers[n:]),
        ):
            found[key][trial] = [ndtr(right * f / tau).mean() for tau in taus]
    found["perturbed_test"] = 1 - found["perturbed_test"]
    return found


def _ridge_lines(spec: str, sizes: Sizes) -> list[Line]:
    dense = np.geomspace(RIDGES[0], RIDGES[-1], DENSE).tolist()
    theory = [of_ridge(predicted(spec, ridge, sizes)) for ridge in dense]
    return [Line(key, spec, tuple(dense), tuple(each[key][0] for each in theory)) for key in OF_RIDGE]


def _ridge_points(spec: str, ridge: float, sizes: Sizes, options: Options, store: Store) -> list[Point]:
    trials = options.trials or options.pick(40, 100, 100)
    seed = point_seed(options.seed, NAME, spec, ridge)

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            spec, model="rf", samples=sizes.samples, dim=sizes.dim, alpha=sizes.alpha, width=sizes.width,
            ridge=Fraction(ridge), trials=trials, seed=seed, test_samples=sizes.tests, keep_arrays=False,
            estimator="control_variate", workers=options.workers,
        )  # fmt: skip
        error = found["test_accuracy"]
        return {
            "alignment": [found.mean, found.stderr, found.trials],
            "stability": [found["stability"].mean, found["stability"].stderr, found.trials],
            "spurious_accuracy": [
                found["spurious_accuracy"].mean,
                found["spurious_accuracy"].stderr,
                found.trials,
            ],
            "test_error": [1 - error.mean, error.stderr, found.trials],
        }

    settings = {"experiment": NAME, "ridge": ridge, "trials": trials, "seed": seed, **_columns(spec, sizes)}
    found = store.get(settings, f"{spec}, ridge {ridge:g}", compute)
    theory = of_ridge(predicted(spec, ridge, sizes))
    columns = {**_columns(spec, sizes), "ridge": ridge, "tau": 0.0}
    points = []
    for key in OF_RIDGE:
        mean, error, count = found[key]
        value, allowed = theory[key]
        points.append(Point(key, spec, ridge, mean, error, count, seed, value, allowed, columns=columns))
    return points


def _noise_lines(spec: str, sizes: Sizes) -> list[Line]:
    dense = np.geomspace(NOISES[0], NOISES[-1], DENSE).tolist()
    theory = with_noise(spec, dense, sizes)
    return [Line(key, spec, tuple(dense), tuple(theory[key].tolist())) for key in OF_NOISE]


def _noise_points(spec: str, sizes: Sizes, options: Options, store: Store) -> list[Point]:
    trials = options.trials or options.pick(100, 200, 100)
    seed = point_seed(options.seed, NAME, spec, "noise")

    def compute() -> dict[str, Any]:
        found = noisy_answers(spec, NOISES, sizes, trials, seed)
        return {key: values.tolist() for key, values in found.items()}

    settings = {"experiment": NAME, "noises": NOISES, "trials": trials, "seed": seed, **_columns(spec, sizes)}
    found = store.get(settings, f"{spec}, noisy answers", compute)
    theory = with_noise(spec, NOISES, sizes)
    allowed = of_ridge(predicted(spec, 0.0, sizes))
    points = []
    for key, like in zip(OF_NOISE, ("spurious_accuracy", "test_error"), strict=True):
        values = np.array(found[key])
        errors = values.std(axis=0, ddof=1) / np.sqrt(trials) if trials > 1 else [None] * len(NOISES)
        for k, tau in enumerate(NOISES):
            error = errors[k]
            points.append(
                Point(
                    key, spec, tau, float(values[:, k].mean()), None if error is None else float(error),
                    trials, seed, float(theory[key][k]), allowed[like][1],
                    columns={**_columns(spec, sizes), "ridge": 0.0, "tau": tau},
                )
            )  # fmt: skip
    return points


def _columns(spec: str, sizes: Sizes) -> dict[str, Any]:
    return {
        "activation": spec, "model": "rf", "alpha": str(sizes.alpha), "N": sizes.samples, "d": sizes.dim,
        "k": sizes.width, "test_samples": sizes.tests,
    }  # fmt: skip


def _checks(points: Sequence[Point]) -> list[Check]:
    checks = []
    for axis in AXES:
        own = [p for p in points if p.axis == axis.key]
        if own:
            checks.append(agreement(own, f"{axis.key.replace('_', ' ')}", "theory"))
    for spec in dict.fromkeys(p.series for p in points):
        by: Mapping[str, list[Point]] = {
            key: sorted((p for p in points if p.axis == key and p.series == spec), key=lambda p: p.x)
            for key in (*OF_RIDGE, *OF_NOISE)
        }
        for key, rises in (("alignment", True), ("stability", False), ("perturbed_spurious", False)):
            if by[key]:
                checks.append(_trend(spec, key, by[key][0], by[key][-1], rises))
    return checks


def _trend(spec: str, key: str, first: Point, last: Point, rises: bool) -> Check:
    """Return the check that a quantity moves the way the theory has it, beyond 4 standard errors."""
    moved = last.measured - first.measured
    expected = (last.predicted or 0.0) - (first.predicted or 0.0)
    clear = abs(moved) > 4 * float(np.hypot(first.stderr or 0.0, last.stderr or 0.0))
    way = "rises" if moved > 0 else "falls"
    what = "ridge" if key in OF_RIDGE else "tau"
    text = (
        f"{spec}: {key.replace('_', ' ')} {way} from {first.measured:.3g} to {last.measured:.3g} as {what} "
        f"goes from {first.x:g} to {last.x:g} (predicted {expected:+.3g})"
    )
    agrees = clear and (moved > 0) == (expected > 0) == rises
    return verdict(text, agrees, {"predicted": expected, "measured": moved}, (first, last))


def _caption(points: Sequence[Point], sizes: Sizes, seed: int) -> str:
    judged = [p for p in points if p.agrees is not None]
    trials = sorted({p.trials for p in points}) or [0]
    names = ", ".join(rf"\texttt{{{escape(spec)}}}" for spec in dict.fromkeys(p.series for p in points))
    return (
        rf"Ridge and output perturbation against memorisation: random features of {names}, Gaussian data, "
        rf"labels $\mathrm{{sign}}(u \cdot x)$, $N = {sizes.samples}$, $d = {sizes.dim}$, "
        rf"$k = {sizes.width}$, $\alpha = {sizes.alpha}$, seed {seed}. First four panels: alignment, "
        r"stability $\mathrm{E}\,S^2$, spurious accuracy and test error against the ridge $\lambda$ in "
        r"$\Phi\Phi^\top/k + \lambda I$. Last two: answers $f + \tau \xi$, $\xi \sim \mathcal{N}(0, 1)$, "
        r"without ridge; given $f$ the mean over $\xi$ is exact, and the points of one series share their "
        rf"trials. Points: means over {trials[0]} to {trials[-1]} independent trials, bars of one standard "
        rf"error; dashed: predicted, no fit. {sum(bool(p.agrees) for p in judged)} of {len(judged)} points "
        r"lie within the declared allowance and 4 standard errors of the prediction."
    )
