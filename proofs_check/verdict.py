"""What a check may conclude, and how strong a conclusion each kind of evidence allows."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import NoReturn


class Verdict(Enum):
    """The outcome of a check; the first three pass, from the strongest to the weakest.

    >>> [verdict.value for verdict in Verdict if verdict.passes]
    ['PROVED', 'CHECKED', 'SUPPORTED']
    """

    PROVED = "PROVED"
    CHECKED = "CHECKED"
    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    NOT_APPLICABLE = "NOT APPLICABLE"

    @property
    def passes(self) -> bool:
        """Whether the statement stands; "don't know" and "does not apply" are no passes."""
        return self in _PASSING

    def exceeds(self, other: Verdict) -> bool:
        """Return whether both pass and this verdict is strictly the stronger one.

        >>> Verdict.PROVED.exceeds(Verdict.CHECKED), Verdict.CHECKED.exceeds(Verdict.CHECKED)
        (True, False)
        """
        return self.passes and other.passes and _PASSING.index(self) < _PASSING.index(other)


_PASSING = (Verdict.PROVED, Verdict.CHECKED, Verdict.SUPPORTED)


class EvidenceKind(Enum):
    """How a claim was checked; `.strongest` is the strongest verdict that it may give.

    >>> for kind in EvidenceKind:
    ...     print(f"{kind.value}: {kind.strongest.value}")
    exact symbolic: PROVED
    exact rational instances: CHECKED
    certified balls over a covering: PROVED
    certified balls at instances: CHECKED
    Monte Carlo: SUPPORTED
    rate fit with interval: SUPPORTED
    """

    strongest: Verdict

    def __new__(cls, text: str, strongest: Verdict) -> EvidenceKind:
        kind = object.__new__(cls)
        kind._value_ = text
        kind.strongest = strongest
        return kind

    EXACT_SYMBOLIC = ("exact symbolic", Verdict.PROVED)
    EXACT_INSTANCES = ("exact rational instances", Verdict.CHECKED)
    BALLS_COVERING = ("certified balls over a covering", Verdict.PROVED)
    BALLS_INSTANCES = ("certified balls at instances", Verdict.CHECKED)
    MONTE_CARLO = ("Monte Carlo", Verdict.SUPPORTED)
    RATE_FIT = ("rate fit with interval", Verdict.SUPPORTED)

    @property
    def is_statistical(self) -> bool:
        """Whether the evidence is random, so that its verdicts have error rates."""
        return self.strongest is Verdict.SUPPORTED


class InvalidFinding(ValueError):
    """A finding claims more than its evidence allows, or leaves out what its verdict needs."""


@dataclass(frozen=True)
class Point:
    """One simulated comparison: left - right at an instance, with what the claim is allowed to be off by.

    Args:
        instance: the instance in words.
        mean: mean of left - right over independent trials.
        stderr: its standard error.
        allowance: stated bias of an asymptotic formula at finite size.
        trials: number of trials.
    """

    instance: str
    mean: float
    stderr: float
    allowance: float
    trials: int


@dataclass(frozen=True)
class Finding:
    """One verdict with the evidence for it; a verdict that the evidence does not allow cannot be built.

    Args:
        verdict: the conclusion.
        kind: the evidence it rests on.
        count: instances (or balls of a covering) that were checked; CHECKED needs at least 1.
        witness: the instance at which the claim fails, in words; REFUTED needs it, nothing else has it.
        z: how many standard errors the check allows, so that its false-alarm rate is erfc(z/sqrt(2));
            SUPPORTED needs it.
        power: probability that the check rejects the wrong variant it is meant to tell from the claim, above
            the false-alarm rate and at most 1; SUPPORTED needs it.
        deviation: observed distance from the claim in standard errors: at most z if SUPPORTED, above z if
            REFUTED.
        interval: confidence interval of a fitted rate; SUPPORTED by a rate fit needs it.
        outside: instances that were drawn but violate a hypothesis, and were left out.
        margin: how far from failing: the certified distance of an inequality, the digits of an equality in
            balls, or z minus the deviation.
        points: the simulated comparisons.
        note: anything else a reader should know, such as why a check is undecided.

    Raises:
        InvalidFinding: verdict and evidence do not agree, or a field is missing or out of range.

    >>> print(Finding(Verdict.CHECKED, EvidenceKind.EXACT_INSTANCES, count=120))
    CHECKED on 120 instances (exact rational instances)
    >>> Finding(Verdict.UNDECIDED, EvidenceKind.BALLS_COVERING, note="width 1e-3 at 4096 bits").passed
    False
    >>> Finding(Verdict.PROVED, EvidenceKind.MONTE_CARLO, z=6.0, power=0.99)
    Traceback (most recent call last):
    proofs_check.verdict.InvalidFinding: Monte Carlo gives SUPPORTED at best, not PROVED
    """

    verdict: Verdict
    kind: EvidenceKind
    _: KW_ONLY
    count: int | None = None
    witness: str = ""
    z: float | None = None
    power: float | None = None
    deviation: float | None = None
    interval: tuple[float, float] | None = None
    outside: int = 0
    margin: float | None = None
    points: tuple[Point, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if self.verdict.exceeds(self.kind.strongest):
            raise InvalidFinding(
                f"{self.kind.value} gives {self.kind.strongest.value} at best, not {self.verdict.value}"
            )
        self._check_count()
        self._check_witness()
        self._check_error_rates()

    @property
    def passed(self) -> bool:
        """Whether the statement stands: True for PROVED, CHECKED and SUPPORTED only."""
        return self.verdict.passes

    @property
    def false_alarm(self) -> float:
        """Two-sided probability that a true claim is rejected: erfc(z/sqrt(2)), and 0 without randomness.

        >>> f"{Finding(Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, z=6.0, power=0.99).false_alarm:.1e}"
        '2.0e-09'

        Raises:
            InvalidFinding: the evidence is random, but no z is stated.
        """
        if not self.kind.is_statistical:
            return 0.0
        if self.z is None:
            raise InvalidFinding(f"{self.verdict.value} by {self.kind.value} without z")
        return math.erfc(self.z / math.sqrt(2))

    def __str__(self) -> str:
        text = self.verdict.value
        if self.verdict is Verdict.CHECKED:
            text += f" on {self.count} instance{'' if self.count == 1 else 's'}"
        if self.witness:
            text += f" by {self.witness}"
        evidence = [self.kind.value]
        if self.z is not None:
            evidence.append(f"z = {self.z:g}")
        if self.deviation is not None:
            evidence.append(f"deviation {self.deviation:.3g}")
        if self.power is not None:
            evidence.append(f"power {self.power:g}")
        if self.interval is not None:
            evidence.append(f"interval [{self.interval[0]:g}, {self.interval[1]:g}]")
        return f"{text} ({', '.join(evidence)})" + (f": {self.note}" if self.note else "")

    def __bool__(self) -> NoReturn:
        raise TypeError("a finding is neither true nor false; ask for .passed or .verdict")

    def _check_count(self) -> None:
        if self.count is None:
            if self.verdict is Verdict.CHECKED:
                raise InvalidFinding("CHECKED needs the count of the instances")
        elif self.count < (1 if self.verdict.passes else 0):
            raise InvalidFinding(f"{self.verdict.value} on {self.count} instances says nothing")

    def _check_witness(self) -> None:
        refuted = self.verdict is Verdict.REFUTED
        if refuted and not self.witness.strip():
            raise InvalidFinding("REFUTED needs a witness: the instance at which the claim fails")
        if self.witness and not refuted:
            raise InvalidFinding(f"{self.verdict.value} has no witness: a failing instance means REFUTED")

    def _check_error_rates(self) -> None:
        rates = (self.z, self.power, self.deviation, self.interval)
        if not self.kind.is_statistical:
            if self.verdict is Verdict.SUPPORTED:
                raise InvalidFinding(f"{self.kind.value} has no error rates, which SUPPORTED needs")
            if any(rate is not None for rate in rates):
                raise InvalidFinding(f"{self.kind.value} has no z, power, deviation or interval")
            return
        if self.verdict is Verdict.SUPPORTED:
            if self.z is None or self.power is None:
                raise InvalidFinding("SUPPORTED needs z and power")
            if self.kind is EvidenceKind.RATE_FIT and self.interval is None:
                raise InvalidFinding("SUPPORTED by a rate fit needs its interval")
        # written so that nan fails every test
        if self.z is not None and not 0 < self.z < math.inf:
            raise InvalidFinding(f"z must be positive and finite, got {self.z}")
        least = 0.0 if self.z is None else self.false_alarm
        if self.power is not None and not least < self.power <= 1:
            raise InvalidFinding(f"power must exceed the false-alarm rate and be at most 1, got {self.power}")
        if self.interval is not None and not -math.inf < self.interval[0] <= self.interval[1] < math.inf:
            raise InvalidFinding(f"an interval has two finite ends in order, got {self.interval}")
        if self.deviation is not None:
            self._check_deviation(self.deviation)

    def _check_deviation(self, deviation: float) -> None:
        if not deviation >= 0:
            raise InvalidFinding(f"a deviation is a distance, at least 0, got {deviation}")
        if self.z is None:
            raise InvalidFinding("a deviation means nothing without z, the deviation that is allowed")
        if self.verdict is Verdict.SUPPORTED and deviation > self.z:
            raise InvalidFinding(f"a deviation of {deviation:g} standard errors exceeds z = {self.z:g}")
        if self.verdict is Verdict.REFUTED and deviation <= self.z:
            raise InvalidFinding(f"a deviation of {deviation:g} standard errors is within z = {self.z:g}")
