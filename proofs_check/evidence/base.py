"""What every kind of evidence shares: the run it is part of, its instances, and how a failure is worded."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from hermite_gamma.errors import HermiteGammaError
from proofs_check.arithmetic import Arithmetic, NotEvaluable
from proofs_check.formula import Measured, evaluate
from proofs_check.verdict import EvidenceKind, Finding, Verdict

if TYPE_CHECKING:
    from proofs_check.statement import Claim, Instance, Statement

DEFAULT_SEED = 2026


@dataclass(frozen=True)
class Run:
    """The settings of one run of the checks, and what has been measured in it.

    Args:
        seed: every random number of the run derives from it.
        thorough: whether the checks may take about six times as long, for more trials and larger instances.
        activations: the user's own activations, on which statements quantified over activations are checked
            instead of on their own instances.
    """

    seed: int = DEFAULT_SEED
    thorough: bool = False
    activations: tuple[str, ...] = ()
    _: KW_ONLY
    measured: dict[tuple[Any, ...], np.ndarray[Any, np.dtype[np.float64]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    estimates: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    def pick(self, default: int, thorough: int) -> int:
        """Return the size to use in this run.

        >>> Run(thorough=True).pick(20, 160)
        160
        """
        return thorough if self.thorough else default

    def seed_for(self, *labels: object) -> int:
        """Return a seed of 63 bits that depends on the seed of the run and the labels, and on nothing else.

        >>> Run(1).seed_for("L4") == Run(1).seed_for("L4"), Run(1).seed_for("L4") == Run(2).seed_for("L4")
        (True, False)
        """
        digest = hashlib.sha256("\0".join(map(str, (self.seed, *labels))).encode()).digest()
        return int.from_bytes(digest[:8], "little") >> 1

    def measure(
        self, quantity: Measured, arguments: tuple[Any, ...]
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the values of a simulated quantity, simulating it when it is asked for first."""
        key = (quantity.name, quantity.value, arguments)
        if key not in self.measured:
            self.measured[key] = np.asarray(quantity.value(self, *arguments), dtype=np.float64)
        return self.measured[key]


@dataclass(frozen=True)
class Sides:
    """The evaluated sides of a claim at one instance."""

    instance: Instance
    left: Any
    right: Any


@dataclass(frozen=True)
class Evidence(ABC):
    """A way to check a claim.

    Args:
        instances: the instances to check, or a function of the run that gives them.
        scope: what is covered, in words; "" for the whole claim.
        partial: whether the evidence covers only a part of the claim, so that it cannot decide alone.
    """

    _: KW_ONLY
    instances: Sequence[Instance] | Callable[[Run], Iterable[Instance]] = ()
    scope: str = ""
    partial: bool = False

    @property
    @abstractmethod
    def kind(self) -> EvidenceKind:
        """What the evidence is called, and the strongest verdict it may give."""

    @property
    @abstractmethod
    def arithmetic(self) -> Arithmetic:
        """The numbers that the claim is evaluated in."""

    @abstractmethod
    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        """Check a claim.

        Args:
            statement: where hypotheses, notation and variables come from.
            claim: the statement's own claim, or that of a mutant.
            run: settings and seed.
            instances: instances to use in place of the evidence's own.
            without: names of hypotheses that are not required.
        """

    def drawn(self, statement: Statement, run: Run, instances: Sequence[Instance]) -> Iterator[Instance]:
        """Yield the given instances, else the evidence's own, with the user's activations put in."""
        if instances:
            yield from instances
            return
        own = self.instances(run) if callable(self.instances) else self.instances
        if not run.activations or not statement.quantified_over_activations:
            yield from own
            return
        seen = []
        for instance in own:
            for phi in run.activations:
                changed = {**instance, "phi": phi}
                if changed not in seen:
                    seen.append(changed)
                    yield changed

    def sides(self, statement: Statement, claim: Claim, run: Run, instance: Instance) -> Sides:
        """Evaluate both sides of a claim.

        Raises:
            Unevaluated: a function behind the formula failed.
        """

        def side(expression: sp.Expr) -> Any:
            return evaluate(expression, instance, statement.by_name, self.arithmetic, run.measure)

        try:
            return Sides(instance, side(claim.left), side(claim.right))
        except (
            ArithmeticError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            HermiteGammaError,
        ) as error:
            raise Unevaluated(f"{words(instance)}: {type(error).__name__}: {error}") from error


class Unevaluated(NotEvaluable):
    """A claim could not be evaluated at an instance."""


def words(instance: Instance) -> str:
    """Return an instance in words, short enough for a line.

    >>> from fractions import Fraction
    >>> words({"alpha": Fraction(1, 2), "dim": 200})
    'alpha = 1/2, dim = 200'
    """
    pairs = [(name, shown(value)) for name, value in instance.items()]
    # a variable that stays a symbol says nothing about the instance
    return ", ".join(f"{name} = {value}" for name, value in pairs if name != value) or "every instance"


def shown(value: Any) -> str:
    """Return a value as a reader would write it, shortened in the middle when it is long."""
    if isinstance(value, (float, np.floating)):
        text = f"{value:.6g}"
    elif isinstance(value, (tuple, list, np.ndarray)):
        text = "[" + ", ".join(map(shown, value)) + "]"
    elif hasattr(value, "tolist") and not isinstance(value, np.ndarray):
        text = shown(value.tolist())
    else:
        text = str(value)
    return text if len(text) <= 240 else f"{text[:150]} ... {text[-60:]}"


def nothing_inside(kind: EvidenceKind, outside: int, reason: str) -> Finding:
    """Return NOT APPLICABLE: no instance satisfies the hypotheses."""
    return Finding(
        Verdict.NOT_APPLICABLE,
        kind,
        count=0,
        outside=outside,
        note=f"no instance within the hypotheses ({reason})" if reason else "no instances",
    )
