"""Framed images: what is measured on them, and the prediction from the kernel of their rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.datasets import DATASETS, Framed, framed, load
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Check, Point, Scalar
from hermite_gamma.experiments.store import Store

QUANTITIES = {"test": "test_accuracy", "spurious": "spurious_accuracy", "alignment": "alignment"}
WORDS = {"test": "test accuracy", "spurious": "spurious accuracy", "alignment": "alignment"}
LABELS = {"test": "test accuracy", "spurious": "spurious accuracy", "alignment": "$F$"}
COVARIANCE = "spurious_covariance"
ERRORS = 4  # standard errors
TESTS = 1000
LEAST_ROWS = 1100  # below, gamma_for_data takes all rows but a fifth into its large sample


def point_seed(options: Options, samples: int) -> int:
    """Return the seed of a point: another for each N, the same for all activations, which pairs them."""
    return (options.seed * 1_000_003 + samples) % 2**64


def chosen_width(options: Options, full: int | None) -> int | None:
    """Return k, None for infinite width, which is the default below the full effort."""
    if options.width is None:
        width: int | None = options.pick(None, None, full)
        return width
    return None if options.width == "infinite" else int(options.width)


def neurons(width: int | None) -> int | str:
    """Return k as a column of a point has it, where an empty cell would say that nothing is known.

    >>> neurons(100), neurons(None)
    (100, 'infinite')
    """
    return "infinite" if width is None else width


def image_columns(data: Framed, query: str) -> dict[str, Scalar]:
    """Return which images they are, how they are framed and what stands for x, as columns of a point."""
    return {
        "classes": ",".join(data.classes),
        "frame": data.frame,
        "noise": data.noise,
        "preprocessing": data.preprocessing,
        "query": query,
    }


def summary(estimate: Any) -> dict[str, Any]:
    """Return what is kept of a simulation: each quantity with its error and its value in each trial."""
    found = {}
    for name in (*QUANTITIES.values(), COVARIANCE):
        quantity = estimate[name]
        found[name] = {
            "mean": quantity.mean,
            "stderr": quantity.stderr,
            "trials": quantity.trials,
            "values": quantity.values,
        }
    return found


def image_data(options: Options, names: Sequence[str]) -> tuple[list[Framed], list[str]]:
    """Return the framed data sets, and a note for each that is not there.

    Raises:
        BadInput: the data set that the user asked for is not there, or not two different classes of it.
    """
    found, notes = [], []
    for name in (options.dataset,) if options.dataset else names:
        try:
            loaded = load(name, options.data_dir)
        except BadInput as error:
            if options.dataset:
                raise
            notes.append(f"without {DATASETS[name].title}: {error}")
            continue
        found.append(
            framed(
                loaded,
                loaded.pair_indices(options.classes or DATASETS[name].pair),
                frame=options.frame,
                noise=options.noise or "uniform",
                preprocessing=options.preprocessing or "centred",
                seed=options.seed,
            )
        )
    return found, notes


def images_activation(options: Options) -> str:
    """Return the activation for images: relu, or the first that the user named."""
    return options.activations[0] if options.activations else "relu"


def images_samples(options: Options, data: Framed) -> tuple[int, ...]:
    """Return the numbers of samples that the data set has rows for: a fifth is left for the tests.

    Raises:
        BadInput: the user asked for this data set, and for no N that it has rows for.
    """
    usual = options.pick((50, 100, 200), (50, 100, 200, 400, 700), (50, 100, 200, 400, 700, 1000, 2000))
    return within_rows(options, data, len(data.train), usual)


def within_rows(options: Options, data: Framed, rows: int, usual: Sequence[int]) -> tuple[int, ...]:
    """Return the N asked for, or the usual ones, that four fifths of the rows suffice for.

    Raises:
        BadInput: the user asked for this data set, and for no N that it has rows for.
    """
    most = _most(rows)
    kept = tuple(n for n in sorted(options.samples or usual) if n <= most)
    if options.samples and options.dataset and not kept:
        raise BadInput(
            f"{DATASETS[data.dataset].title} ({'/'.join(data.classes)}) has {rows} training rows, a fifth of "
            f"which is left for the tests: the largest N is {most}, got {min(options.samples)}"
            + (" and more" if len(options.samples) > 1 else "")
        )
    return kept


def left_out(options: Options, data: Framed, rows: int, kept: Sequence[int]) -> list[str]:
    """Return a note where the rows do not suffice for all N that were asked for."""
    if not options.samples or len(kept) == len(options.samples):
        return []
    title = DATASETS[data.dataset].title
    return [f"{title}: left out N above {_most(rows)}, about four fifths of its {rows} training rows"]


def _most(rows: int) -> int:
    return 4 * rows // 5 - 10


def image_points(
    options: Options, store: Store, data: Framed, model: str, activation: str, counts: Sequence[int]
) -> tuple[list[Point], list[str]]:
    """Return accuracies and alignments on framed images, predictions over the alignments, and notes."""
    notes = left_out(options, data, len(data.train), counts)
    points = []
    for n in counts:
        measured = measured_on(options, store, data, model, activation, n)
        theory = predicted_on(options, store, data, model, activation, n)
        extra: dict[str, Any] = {}
        if measured[COVARIANCE]["stderr"] is not None:
            extra = {"covariance": measured[COVARIANCE]["mean"]}
            extra["covariance_stderr"] = measured[COVARIANCE]["stderr"]
        for key, name in QUANTITIES.items():
            has = key == "alignment"
            points.append(
                Point(
                    f"image-{key}",
                    f"{DATASETS[data.dataset].title} {'/'.join(data.classes)}, {activation}",
                    n,
                    measured[name]["mean"],
                    measured[name]["stderr"],
                    measured[name]["trials"],
                    point_seed(options, n),
                    theory["value"] if has else None,
                    theory["allowance"] if has else 0.0,
                    theory["stderr"] if has else 0.0,
                    columns=extra
                    | {
                        "data": data.dataset,
                        "model": model,
                        "activation": activation,
                        "alpha": str(data.alpha_dimension),
                        "alpha_trace": data.alpha_trace,
                        "dim": data.dim,
                        "width": neurons(chosen_width(options, None)),
                        **image_columns(data, options.query or "blank"),
                    },
                )
            )
    return points, notes


def _image_settings(options: Options, data: Framed, model: str, phi: str, samples: int) -> dict[str, Any]:
    return {
        "data": data.settings(),
        "model": model,
        "activation": phi,
        "samples": samples,
        "query": options.query or "blank",
        "seed": point_seed(options, samples),
    }


def measured_on(
    options: Options, store: Store, data: Framed, model: str, phi: str, samples: int
) -> dict[str, Any]:
    trials = options.trials or options.pick(10, 12, 20)
    width = chosen_width(options, None)
    tests = min(TESTS, len(data.train) - samples - 2)
    settings = _image_settings(options, data, model, phi, samples) | {
        "experiment": "accuracy",
        "trials": trials,
        "width": width,
        "test_samples": tests,
    }

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            phi,
            model=model,
            samples=samples,
            dim=data.dim,
            alpha=data.alpha_dimension,
            width=width,
            trials=trials,
            seed=point_seed(options, samples),
            distribution=data.rows(),
            data={"blank": data.blank},
            query=options.query or "blank",
            labels=data.labels_train,
            test_samples=tests,
            workers=options.workers,
            keep_arrays=False,
        )
        return summary(found)

    return store.get(settings, f"{data.dataset}, N = {samples}", compute)


def predicted_on(
    options: Options, store: Store, data: Framed, model: str, phi: str, samples: int
) -> dict[str, Any]:
    query = options.query or "blank"
    few = len(data.train) < LEAST_ROWS
    held = max(len(data.train) - max(2, len(data.train) // 5) - 8, samples + 1) if few else None
    splits = 2 if few else options.pick(4, 4, 8)
    settings = _image_settings(options, data, model, phi, samples) | {
        "experiment": "gamma_for_data",
        "held_out": held,
        "splits": splits,
    }

    def compute() -> dict[str, Any]:
        found = hg.gamma_for_data(
            phi,
            data.rows(),
            data.alpha_dimension,
            model=model,
            samples=samples,
            query=data.blank if query == "blank" else query,
            splits=splits,
            held_out=held,
            seed=options.seed % 2**63,
        )
        return eigen_free(found)

    return store.get(settings, f"{data.dataset}, theory for N = {samples}", compute)


def eigen_free(found: Any) -> dict[str, float]:
    """Return a prediction from rows, its standard error taken out of the allowance."""
    stderr = found.quantities["stderr"]
    allowance = max(0.0, found.allowance - ERRORS * stderr)
    return {"value": found.value, "allowance": allowance, "stderr": stderr}


def image_checks(points: Sequence[Point], data: Framed) -> list[Check]:
    title = DATASETS[data.dataset].title
    own = [p for p in points if p.axis == "image-spurious" and "covariance_stderr" in p.columns]
    checks = [within(points, "image-alignment", f" on {title}")]
    if not own:
        return checks
    # a blank x' adds the same number to every f(z^s), which moves the accuracy and not the covariance
    mean = sum(float(p.columns["covariance"] or 0.0) for p in own) / len(own)
    error = math.hypot(*(float(p.columns["covariance_stderr"] or 0.0) for p in own)) / len(own)
    checks.append(
        Check(
            f"{title}: the frame is memorised, Cov(f(z^s), g) > 0 by {ERRORS} standard errors: {mean:.4f} +- "
            f"{error:.4f}, mean over {len(own)} N",
            mean > ERRORS * error,
            {"measured": mean, "stderr": error, "points": len(own)},
        )
    )
    return checks


def within(points: Sequence[Point], key: str, of: str = "") -> Check:
    own = [p for p in points if p.axis == key and p.agrees is not None and p.predicted is not None]
    right = sum(bool(p.agrees) for p in own)
    far = max((abs(p.measured - (p.predicted or 0.0)) for p in own), default=0.0)
    words = WORDS[key.removeprefix("image-")]
    if not own:
        return Check(f"{words}{of}: undecided, no point has a prediction and a standard error", None)
    return Check(
        f"{words}{of}: {right} of {len(own)} points within the allowance and {ERRORS} standard errors of "
        f"the prediction; largest distance {far:.4f}",
        right == len(own),
        {"points": len(own), "within": right, "largest_distance": far},
    )
