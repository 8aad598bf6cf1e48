"""The data sets by name: add one here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hermite_gamma.errors import UnknownName
from hermite_gamma.experiments.datasets.cifar import (
    BATCH_FOLDER,
    SUBSET,
    TEST_BATCH,
    TRAIN_BATCHES,
    read_cifar,
)
from hermite_gamma.experiments.datasets.dataset import Dataset
from hermite_gamma.experiments.datasets.digits import read_digits
from hermite_gamma.experiments.datasets.files import Files
from hermite_gamma.experiments.datasets.idx import IDX_FILES, read_idx

DIGITS = tuple(map(str, range(10)))


@dataclass(frozen=True)
class Source:
    """Where a data set comes from and how it is read.

    Args:
        title: what a message calls it.
        home: where it is to be had, in words.
        classes: names, in the order of the labels.
        pair: the two classes of the figures.
        frame: width of the noise frame in pixels, where none is asked for.
        read: reader of its files.
        places: where in the data folder the files may lie.
        expected: their names.
        known: file -> SHA-256 of its content. Only digests of files that were used are here: a file that
            is not listed is accepted, and named as unverified.
    """

    title: str
    home: str
    classes: tuple[str, ...]
    pair: tuple[str, str]
    frame: int
    read: Callable[[str, tuple[str, ...], Files], Dataset]
    places: tuple[str, ...] = (".",)
    expected: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)


DATASETS: Mapping[str, Source] = {
    "mnist": Source(
        title="MNIST",
        home="the MNIST page of Yann LeCun or a mirror of it",
        classes=DIGITS,
        pair=("1", "7"),
        frame=10,
        read=read_idx,
        places=("mnist", "MNIST/raw", "."),
        expected=tuple(f"{name}.gz" for name in IDX_FILES),
        known={
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
    "fashion_mnist": Source(
        title="Fashion-MNIST",
        home="the repository fashion-mnist of Zalando Research",
        classes=(
            *("t-shirt/top", "trouser", "pullover", "dress", "coat"),
            *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
        ),
        pair=("sneaker", "ankle boot"),
        frame=10,
        read=read_idx,
        places=("fashion_mnist", "fashion-mnist", "FashionMNIST/raw"),  # never where MNIST may lie
        expected=tuple(f"{name}.gz" for name in IDX_FILES),
    ),
    "cifar10": Source(
        title="CIFAR-10",
        home="the CIFAR-10 page of Alex Krizhevsky",
        classes=(
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        pair=("cat", "ship"),
        frame=8,
        read=read_cifar,
        places=("cifar10", "."),
        expected=(
            f"{BATCH_FOLDER}/ with {TRAIN_BATCHES[0]} to 5 and {TEST_BATCH}",
            f"or the subset {SUBSET}",
        ),
        known={SUBSET: "195e699449440aec8337acb3472db6ae1716042d0fa884ea25b45ea775080c44"},
    ),
    "digits": Source(
        title="the digits",
        home="the package scikit-learn",
        classes=DIGITS,
        pair=("1", "7"),
        frame=3,
        read=read_digits,
        known={"digits": "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"},
    ),
}


def load(name: str, folder: Path | None = None) -> Dataset:
    """Return a data set from its files, whose SHA-256 is compared with the known one.

    Args:
        name: key of `DATASETS`.
        folder: the data folder; None takes the environment variable HERMITE_GAMMA_DATA. The digits need none.

    Returns:
        Dataset; `unverified` names the files whose digest is not known here (Fashion-MNIST, the batches of
        CIFAR-10).

    Raises:
        UnknownName: no such data set.
        BadInput: no folder, a missing file, or one that is damaged or another than the one meant.
        MissingExtra: scikit-learn is not installed.
    """
    if name not in DATASETS:
        raise UnknownName("data set", str(name), DATASETS)
    source = DATASETS[name]
    files = Files(source.title, source.home, folder, source.places, source.expected, source.known)
    return source.read(name, source.classes, files)
