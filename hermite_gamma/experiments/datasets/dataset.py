"""Labelled images, as they come from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput, UnknownName

Images = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images of one data set.

    Attributes:
        name: key in `DATASETS`.
        source: which files, in words.
        train_images, test_images: (n, h, w) or (n, h, w, 3), 0..255.
        train_labels, test_labels: (n,), indices into `classes`.
        classes: their names.
        digests: file -> SHA-256 of its content (of what is inside where the file is gzipped).
        unverified: the files among them whose SHA-256 nobody has written down here.
    """

    name: str
    source: str
    train_images: Images
    train_labels: Indices
    test_images: Images
    test_labels: Indices
    classes: tuple[str, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(h, w) or (h, w, 3)."""
        return tuple(self.train_images.shape[1:])

    def class_indices(self, wanted: Sequence[Any] | None) -> tuple[int, ...]:
        """Return the indices of classes given by name or index; None is all of them.

        Raises:
            UnknownName: no such class; BadInput: fewer than two, or one twice.
        """
        if wanted is None:
            return tuple(range(len(self.classes)))
        if isinstance(wanted, str) or not isinstance(wanted, Sequence):
            raise BadInput(f"classes must be a sequence of names or indices, got {wanted!r}")
        found = distinct_indices(self.classes, wanted, self.name)
        if len(found) < 2:
            raise BadInput(
                f"give two different classes or more, got {', '.join(map(str, wanted)) or 'none'} "
                f"(allowed: {', '.join(self.classes)})"
            )
        return found

    def pair_indices(self, wanted: Sequence[Any]) -> tuple[int, ...]:
        """Return the indices of the two classes that +1 and -1 stand for.

        Raises:
            UnknownName: no such class; BadInput: not two, or one twice.
        """
        if len(wanted) != 2:
            raise BadInput(
                f"accuracies need two different classes, got {', '.join(map(str, wanted)) or 'none'} "
                f"(allowed: {', '.join(self.classes)})"
            )
        return distinct_indices(self.classes, wanted, self.name)

    def settings(self) -> dict[str, Any]:
        """Return what identifies the data, as JSON values."""
        return {
            "dataset": self.name,
            "source": self.source,
            "digests": dict(self.digests),
            "unverified": list(self.unverified),
        }


def distinct_indices(classes: Sequence[str], wanted: Sequence[Any], dataset: str) -> tuple[int, ...]:
    """Return the indices of different classes given by name or index.

    Raises:
        UnknownName: no such class; BadInput: one is named twice.

    >>> distinct_indices(("cat", "dog", "ship"), ("ships", "cat"), "cifar10")
    (2, 0)
    """
    found: list[int] = []
    for each in wanted:
        index = class_index(classes, each, dataset)
        if index in found:
            raise BadInput(
                f"the class {classes[index]} is named twice in {', '.join(map(str, wanted))}: give two "
                f"different classes of {dataset} (allowed: {', '.join(classes)})"
            )
        found.append(index)
    return tuple(found)


def class_index(classes: Sequence[str], wanted: Any, dataset: str) -> int:
    """Return the index of a class given by its name (a plural will do) or its index.

    Raises:
        UnknownName: there is none.

    >>> class_index(("cat", "ship"), "ships", "cifar10"), class_index(("cat", "ship"), "1", "cifar10")
    (1, 1)
    """
    names = {_folded(name): index for index, name in enumerate(classes)}
    # a name comes first: where digits are the names, the class "1" is the digit 1
    text = _folded(str(wanted))
    for candidate in (text, text.removesuffix("s"), text.removesuffix("es")):
        if candidate in names:
            return names[candidate]
    index = int(wanted) if isinstance(wanted, str) and wanted.strip().isdecimal() else wanted
    if isinstance(index, bool) or not isinstance(index, int | np.integer) or not 0 <= index < len(classes):
        raise UnknownName(f"class of {dataset} ({', '.join(classes)})", str(wanted), classes)
    return int(index)


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", " ").replace("-", " ")
