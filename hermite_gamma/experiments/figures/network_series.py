"""Which networks on which data at which sizes, and the data of each seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.datasets import DATASETS, Dataset, load
from hermite_gamma.experiments.figures.alignment import distinct_alphas, point_seed
from hermite_gamma.experiments.nets.drawn import Drawn, gaussian, images
from hermite_gamma.experiments.nets.measuring import Recipe
from hermite_gamma.experiments.nets.models import NETWORKS, build
from hermite_gamma.experiments.nets.settings import usual
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Scalar

SYNTHETIC = "synthetic"
ALPHAS = (Fraction(1, 2),)
SEEDS = {"quick": 5, "standard": 5, "full": 10}
TESTS = 500
POOL = 2000  # images of a seed, from which the mean image comes; all N of a seed take the first of them

Samples = tuple[int, ...]

# (network, data) -> numbers of samples, by effort; add a pair here. What is left out of an effort is not
# trained there.
PLAN: Mapping[str, Mapping[tuple[str, str], Samples]] = {
    "quick": {
        ("fc", SYNTHETIC): (50, 200, 800),
        ("fc", "mnist"): (100, 400, 1000),
        ("cnn", "mnist"): (50, 200),
    },
    "standard": {
        ("fc", SYNTHETIC): (50, 100, 200, 500, 1000),
        ("fc", "mnist"): (100, 200, 500, 1000, 2000),
        ("cnn", "mnist"): (50, 100, 200, 400),
        ("cnn", "cifar10"): (100, 200, 400),
    },
    "full": {
        ("fc", SYNTHETIC): (50, 100, 200, 500, 1000, 2000),
        ("fc", "mnist"): (50, 100, 200, 500, 1000, 2000),
        ("cnn", "mnist"): (50, 100, 200, 500, 1000),
        ("cnn", "cifar10"): (100, 200, 400, 800),
        ("resnet8", "cifar10"): (100, 200, 400, 800),
        ("resnet14", "cifar10"): (100, 400, 800),
        ("vit", "cifar10"): (100, 200, 400, 800),
    },
}
# for pairs that only a user asks for
OTHER = {"quick": (50, 200), "standard": (100, 400), "full": (100, 200, 400, 800)}
# (network, data) that an effort below full does not have on its own, when the network is asked for
HOME = {"fc": (SYNTHETIC, "mnist"), "cnn": ("mnist", "cifar10")}
HOME_OF_OTHERS = ("cifar10",)
WIDTHS = {"quick": {"fc": 128, "cnn": 8, "vit": 32}, "standard": {"fc": 256}, "full": {}}
# effort -> network -> (samples left out in turn, the largest N at which that is done)
RETRAINED: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "quick": {"fc": (6, 200)},
    "standard": {"fc": (6, 1000), "cnn": (3, 100)},
    "full": {
        "fc": (8, 2000),
        "cnn": (4, 500),
        "resnet8": (3, 200),
        "resnet14": (3, 100),
        "vit": (3, 200),
    },
}


@dataclass(frozen=True, eq=False)
class Series:
    """One network on one kind of data.

    Attributes:
        network: key of `NETWORKS`; data: "synthetic" or key of `DATASETS`.
        activation: as typed; alpha: of synthetic data, as asked for.
        samples: numbers N, growing; dataset: of images; shape: of one input.
    """

    network: str
    data: str
    activation: str
    alpha: Fraction | None
    samples: Samples
    dataset: Dataset | None
    shape: tuple[int, ...]

    @property
    def title(self) -> str:
        """For the legend; few words, as colours go by it."""
        data = DATASETS[self.data].title if self.data in DATASETS else rf"Gaussian, $\alpha$ = {self.alpha}"
        return f"{self.network}, {data}" + ("" if self.activation == "relu" else f", {self.activation}")

    @property
    def words(self) -> str:
        """For checks and notes, without mathematics."""
        return self.title.replace("$", "").replace("\\", "")


def chosen_series(options: Options) -> tuple[list[Series], list[str]]:
    """Return what is trained, and a note for each data set that is not there.

    Raises:
        BadInput: nothing is left to train, or the user asked for data that is not there, or an activation, a
            width or a picture that a network does not take.
    """
    alphas = tuple(distinct_alphas(replace(options, alphas=options.alphas or ALPHAS), dim_of(options)))
    found: list[Series] = []
    missing: dict[str, BadInput] = {}
    datasets: dict[str, Dataset] = {}
    for network, data in _pairs(options):
        if data != SYNTHETIC and data not in datasets | missing:
            try:
                datasets[data] = load(data, options.data_dir)
            except BadInput as error:
                if options.dataset:
                    raise
                missing[data] = error
        if data in missing:
            continue
        samples = _samples(options, network, data)
        for activation in options.activations or ("relu",):
            for alpha in alphas if data == SYNTHETIC else (None,):
                dataset = datasets.get(data)
                shape = _shape(options, network, data, dataset)
                found.append(Series(network, data, activation, alpha, samples, dataset, shape))
    if not found:
        raise next(iter(missing.values()))
    notes = [f"without {DATASETS[data].title}: {error}" for data, error in missing.items()]
    for series in found:
        _try_out(options, series)
    return found, notes


def dim_of(options: Options) -> int:
    """Return d of the synthetic data."""
    return int(options.dim or options.pick(200, 400, 1000))


def seed_of(options: Options, trial: int) -> int:
    """Return the seed of a trial: of the data, the initial weights and the order of the samples."""
    return point_seed(options.seed, "networks", trial)


def query_of(options: Options, series: Series) -> str:
    """Return what stands for x: by default a blank picture, and a fresh x in synthetic data."""
    return options.query or ("resample" if series.data == SYNTHETIC else "blank")


def recipe(options: Options, series: Series, samples: int, trial: int) -> Recipe:
    """Return what is trained and measured at one point."""
    left_out, most = RETRAINED[options.effort].get(series.network, (0, 0))
    training = usual(series.network, (samples, *series.shape))
    preset = WIDTHS[options.effort].get(series.network, NETWORKS[series.network].width)
    width = preset if options.width is None else options.width
    return Recipe(
        series.network,
        series.activation,
        int(width),
        samples,
        seed_of(options, trial),
        options.pick(30, 50, 50),
        left_out if samples <= most else 0,
        training if options.epochs is None else replace(training, epochs=options.epochs),
    )


def rows_of(options: Options, series: Series) -> int:
    """Return how many images the seeds draw from; 0 for synthetic data, of which there is no end."""
    if series.dataset is None:
        return 0
    chosen = series.dataset.class_indices(_frame(options, series)["classes"])
    return sum(int((series.dataset.train_labels == index).sum()) for index in chosen)


def data_settings(options: Options, series: Series, samples: int) -> dict[str, Any]:
    """Return everything that `draw` depends on but the seed, as JSON values."""
    shared = {"data": series.data, "query": query_of(options, series), "tests": TESTS}
    if series.dataset is None:
        return shared | {"dim": dim_of(options), "alpha": series.alpha}
    return shared | series.dataset.settings() | _frame(options, series) | {"pool": max(samples, POOL)}


def data_columns(options: Options, series: Series) -> dict[str, Scalar]:
    """Return which data they are, as columns of a point."""
    dim = math.prod(series.shape)
    found: dict[str, Scalar] = {"dim": dim, "query": query_of(options, series)}
    if series.dataset is None:
        return found | {"alpha": str(series.alpha)}
    frame = _frame(options, series)
    classes = series.dataset.class_indices(frame["classes"])
    return found | {
        "alpha": str(1 - Fraction(math.prod(series.dataset.image_shape), dim)),
        "classes": ",".join(series.dataset.classes[index] for index in classes),
        "frame": frame["frame"] or DATASETS[series.data].frame,
        "noise": frame["noise"],
        "preprocessing": frame["preprocessing"],
    }


def draw(options: Options, series: Series, samples: int, seed: int) -> Drawn:
    """Return the data of a seed; that of a smaller N begins in the same way."""
    query = query_of(options, series)
    if series.dataset is None:
        assert series.alpha is not None
        return gaussian(dim_of(options), series.alpha, samples, TESTS, query, seed)
    frame = _frame(options, series)
    return images(series.dataset, frame.pop("classes"), max(samples, POOL), TESTS, query, seed, **frame)


def _pairs(options: Options) -> list[tuple[str, str]]:
    if options.dataset is not None:
        chosen = options.networks or dict.fromkeys(n for n, _ in PLAN[options.effort])
        return [(network, options.dataset) for network in chosen]
    if options.networks is None:
        return list(PLAN[options.effort])
    return [(n, data) for n in options.networks for data in HOME.get(n, HOME_OF_OTHERS)]


def _samples(options: Options, network: str, data: str) -> Samples:
    usual = PLAN[options.effort].get((network, data), OTHER[options.effort])
    return tuple(sorted(options.samples or usual))


def _frame(options: Options, series: Series) -> dict[str, Any]:
    return {
        "classes": options.classes or DATASETS[series.data].pair,
        "frame": options.frame,
        "noise": options.noise or "uniform",
        "preprocessing": options.preprocessing or "centred",
    }


def _shape(options: Options, network: str, data: str, dataset: Dataset | None) -> tuple[int, ...]:
    if dataset is None:
        return (dim_of(options),)
    border = 2 * (options.frame or DATASETS[data].frame)
    height, width, *colours = dataset.image_shape
    picture = (*(colours or [1]), height + border, width + border)
    return picture if NETWORKS[network].pictures else (math.prod(picture),)


def _try_out(options: Options, series: Series) -> None:
    """Build the network once, and count the rows: what cannot be done is refused before anything is."""
    if isinstance(options.width, str):
        raise BadInput("a network has a finite width: --width takes a whole number")
    if min(series.samples) < 2:
        raise BadInput("a covariance over the training set needs N of at least 2")
    if series.dataset is not None:
        series.dataset.pair_indices(_frame(options, series)["classes"])
        rows = rows_of(options, series)
        if max(series.samples) > rows:
            title = DATASETS[series.data].title
            raise BadInput(
                f"{title} has {rows} training rows of these classes: the largest N is {rows}, got "
                f"{max(series.samples)}"
            )
    plan = recipe(options, series, series.samples[0], 0)
    build(series.network, series.shape, activation=series.activation, width=plan.width, seed=0)
