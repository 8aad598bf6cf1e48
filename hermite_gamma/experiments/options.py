"""What a user may change about an experiment, and how much of it is run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from hermite_gamma.errors import BadInput, UnknownName

EFFORTS = ("quick", "standard", "full")
DATA_VARIABLE = "HERMITE_GAMMA_DATA"


@dataclass(frozen=True)
class Options:
    """Settings of one run of an experiment; None leaves a choice to the experiment.

    Args:
        effort: "quick" (under two minutes on two cores), "standard" or "full".
        seed: every random number derives from it.
        workers: threads of a simulation; they change no result.
        data_dir: folder with the data sets; None takes the environment variable HERMITE_GAMMA_DATA.
        activations: catalogue names or typed text.
        alphas: shares of spurious coordinates, for synthetic data.
        samples: numbers of training samples N.
        dim: dimension d, for synthetic data.
        width: neurons k; "infinite" for the limit.
        trials: independent repetitions of each point.
        dataset: name of a data set.
        classes: two classes, or more where the experiment takes them.
        frame: width of the noise frame in pixels.
        noise: law of the frame.
        preprocessing: name of a preprocessing.
        query: what replaces x.
        networks: names of networks to train.
        epochs: most sweeps over the training set.
    """

    effort: str = "standard"
    seed: int = 1
    workers: int | None = None
    data_dir: Path | None = None
    activations: tuple[str, ...] | None = None
    alphas: tuple[Fraction, ...] | None = None
    samples: tuple[int, ...] | None = None
    dim: int | None = None
    width: int | str | None = None
    trials: int | None = None
    dataset: str | None = None
    classes: tuple[str, ...] | None = None
    frame: int | None = None
    noise: str | None = None
    preprocessing: str | None = None
    query: str | None = None
    networks: tuple[str, ...] | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise UnknownName("effort", self.effort, EFFORTS)

    def pick(self, quick: Any, standard: Any, full: Any) -> Any:
        """Return the value for the effort of this run.

        >>> Options(effort="quick").pick(4, 20, 100)
        4
        """
        return {"quick": quick, "standard": standard, "full": full}[self.effort]

    def changed(self) -> tuple[str, ...]:
        """Return the names of the choices that the user made, general settings aside.

        >>> Options(frame=4, dim=100).changed()
        ('dim', 'frame')
        """
        general = ("effort", "seed", "workers", "data_dir")
        return tuple(
            f.name for f in fields(self) if f.name not in general and getattr(self, f.name) is not None
        )

    def shares(self, usual: Iterable[Fraction], dim: int) -> tuple[Fraction, ...]:
        """Return the alphas of synthetic data: those asked for, else the usual ones.

        Raises:
            BadInput: dim is too small for the usual ones.

        >>> Options().shares((Fraction(1, 4), Fraction(1, 2)), 100)
        (Fraction(1, 4), Fraction(1, 2))
        """
        from hermite_gamma.inputs import split_dimension  # loads SymPy, which --list does without

        if self.alphas:
            return self.alphas
        found = tuple(usual)
        for alpha in found:
            try:
                split_dimension(alpha, dim)
            except BadInput as error:
                named = ("alpha is " if len(found) == 1 else "alphas are ") + ", ".join(map(str, found))
                raise BadInput(
                    f"without --alphas the {named}, and {error}: give --alphas 1/2 or a larger --dim"
                ) from error
        return found

    def require(self, name: str, accepted: Iterable[str]) -> None:
        """Refuse choices that an experiment does not know.

        Raises:
            BadInput: an option was given that experiment `name` does not take.
        """
        allowed = sorted(accepted)
        for option in self.changed():
            if option not in allowed:
                words = ", ".join("--" + each.replace("_", "-") for each in allowed) or "none"
                raise BadInput(f"{name} takes no --{option.replace('_', '-')}; it takes {words}")

    def folder(self) -> Path:
        """Return the folder with the data sets.

        Raises:
            BadInput: none is named.
        """
        named = self.data_dir or os.environ.get(DATA_VARIABLE)
        if not named:
            raise BadInput(f"no data folder: give --data-dir DIR, or set {DATA_VARIABLE}")
        return Path(named)
