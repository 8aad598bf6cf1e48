"""Leave-one-out stability measured by retraining: what a single sample changes, at itself and at [x', y].

S_i(z) = f(z) - f_{-i}(z), where f_{-i} is trained without sample i, all else the same. For a model that is
linear in its parameters and interpolates, S_i(z_i^s) = F_i S_i(z_i) [bombari2024, Lemma 4.1]; for a network,
the ratio is an alignment of the whole training, to be compared with that of the linearised network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput

Double = npt.NDArray[np.float64]
Predictor = Callable[[Any], Double]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Changes of the answers when a sample is left out, one for each probe.

    Attributes:
        own: (m,), S_i(z_i); spurious: (m,), S_i(z_i^s).
    """

    own: Double
    spurious: Double

    @property
    def ratios(self) -> Double:
        """S_i(z_i^s)/S_i(z_i); nan for a sample that changes nothing at itself.

        >>> LeftOut(np.array([2.0, 0.0]), np.array([1.0, 0.0])).ratios
        array([0.5, nan])
        """
        empty = np.full(len(self.own), np.nan)
        return np.asarray(np.divide(self.spurious, self.own, out=empty, where=self.own != 0))

    @property
    def alignment(self) -> float:
        """sum S_i(z_i^s) S_i(z_i) / sum S_i(z_i)^2: the mean of the ratios with the weights S_i(z_i)^2.

        Samples that the others predict have a small S_i(z_i), and a ratio that is noise; they weigh little.
        nan if no sample changes anything.
        """
        power = float(self.own @ self.own)
        return float(self.own @ self.spurious) / power if power > 0 else float("nan")

    @property
    def stderr(self) -> float:
        """Standard error of `alignment` over the probes, by the jackknife; nan for fewer than two.

        >>> LeftOut(np.array([1.0, 1.0, 1.0]), np.array([0.3, 0.5, 0.7])).stderr  # of a mean: 0.2/sqrt(3)
        0.115470...
        """
        count = len(self.own)
        if count < 2:
            return float("nan")
        others = np.arange(count)
        found = [LeftOut(self.own[others != i], self.spurious[others != i]).alignment for i in others]
        return float(np.sqrt((count - 1) * np.var(found)))


def leave_one_out(
    fit: Callable[[int | None], Predictor], inputs: Any, queries: Any, probes: Sequence[int]
) -> LeftOut:
    """Train with all samples, then without each probe, and return what that changes.

    Args:
        fit: of None trains on all samples, of i on all but sample i, everything else the same; gives the
            function from inputs to answers (n,).
        inputs: (N, ...) training inputs.
        queries: (m, ...) the inputs z_i^s, one for each probe.
        probes: m places in `inputs`.

    Raises:
        BadInput: numbers of probes and queries that differ.

    >>> def mean_fit(left_out: int | None) -> Predictor:  # f is the mean label 0, 1, 2 of the samples used
    ...     used = [k for k in range(3) if k != left_out]
    ...     return lambda rows: np.full(len(rows), np.mean(used))
    >>> found = leave_one_out(mean_fit, np.zeros((3, 1)), np.zeros((2, 1)), [0, 2])
    >>> found.own.tolist(), found.alignment
    ([-0.5, 0.5], 1.0)
    """
    if len(queries) != len(probes) or not len(probes):
        raise BadInput(f"{len(probes)} probes and {len(queries)} queries: one query for each probe is needed")
    whole = fit(None)
    changes = np.empty((2, len(probes)))
    for k, i in enumerate(probes):
        without = fit(int(i))
        for row, place in ((0, inputs[i : i + 1]), (1, queries[k : k + 1])):
            changes[row, k] = float(whole(place)[0]) - float(without(place)[0])
    return LeftOut(changes[0], changes[1])


def spurious_covariance(answers: Any, labels: Any) -> float:
    """Return the sample covariance of the answers at [x', y_i] and the labels g_i.

    >>> spurious_covariance([1.0, 3.0], [-1.0, 1.0])
    2.0
    """
    f, g = np.asarray(answers, np.float64), np.asarray(labels, np.float64)
    return float((f - f.mean()) @ (g - g.mean()) / (len(f) - 1))


def accuracy(answers: Any, labels: Any) -> float:
    """Return the share of answers with the sign of the label; 0 has the sign of neither.

    >>> accuracy([0.2, -3.0, 1.0, 0.0], [1.0, -1.0, -1.0, 1.0])
    0.5
    """
    return float((np.sign(np.asarray(answers)) == np.asarray(labels)).mean())


def shifted_accuracy(answers: Any, labels: Any) -> float:
    """Return the accuracy after the shift that makes as many answers positive as there are labels +1.

    A blank picture adds about the same number to all answers at [x', y]; where that number is large, all
    have one sign, and the plain accuracy is the share of one label, whatever the answers tell of it.

    >>> shifted_accuracy([5.0, 4.0, 2.0, 3.0], [1.0, 1.0, -1.0, -1.0])
    1.0
    >>> accuracy([5.0, 4.0, 2.0, 3.0], [1.0, 1.0, -1.0, -1.0])
    0.5
    """
    g = np.asarray(labels)
    positive = int((g > 0).sum())
    guess = np.full(len(g), -1.0)
    guess[np.argsort(-np.asarray(answers, np.float64), kind="stable")[:positive]] = 1.0
    return accuracy(guess, g)
