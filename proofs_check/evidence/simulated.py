r"""Monte Carlo and rates with owned error rates: a claim fails beyond a stated number of standard errors.

A simulated quantity gives one value per independent trial, so left - right has one value per trial: mean
m, standard error s, T trials. m / s is compared with Student's law of T - 1 degrees of freedom, and its
p-value is turned into the normal score that has the same one; so a deviation of z means the same whatever T
is. A comparison is rejected when |m| exceeds the allowance by more than the z of the check, whose two-sided
probability for a true claim is `ALARM`. The allowance is the stated bias of an asymptotic formula at finite
size: never a free parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from hermite_gamma.errors import HermiteGammaError
from proofs_check.arithmetic import FLOATS, Arithmetic
from proofs_check.evidence.base import Evidence, Run, Unevaluated, nothing_inside, words
from proofs_check.formula import evaluate
from proofs_check.verdict import EvidenceKind, Finding, Point, Verdict

if TYPE_CHECKING:
    from proofs_check.statement import Claim, Instance, Statement

ALARM = 1e-9
"""Probability that one comparison rejects a true claim; a default run makes fewer than 1000 comparisons."""

LEAST_POWER = 0.99


def normal_quantile(tail: float) -> float:
    """Return the normal score with this two-sided tail.

    >>> round(normal_quantile(0.05), 2)
    1.96
    """
    from scipy.stats import norm

    return float(norm.isf(tail / 2))


def score(distance: float, stderr: float, trials: int) -> float:
    """Return the normal score with the p-value of `distance / stderr` under Student's law.

    >>> round(score(3.0, 1.0, 10), 2), round(score(3.0, 1.0, 10_000), 2)
    (2.43, 3.0)
    """
    from scipy.special import gammaln
    from scipy.stats import norm, t

    if stderr == 0:
        return 0.0 if distance == 0 else math.inf
    ratio, freedom = distance / stderr, trials - 1
    tail = float(t.sf(ratio, freedom))
    if tail > 1e-290:
        return float(max(0.0, norm.isf(tail)))
    # below the smallest floats: leading terms of both tails, far beyond every threshold in use
    half = freedom / 2
    log_tail = float(gammaln(half + 0.5) - gammaln(half)) + (half - 1) * math.log(freedom)
    log_tail -= math.log(math.pi) / 2 + freedom * math.log(ratio)
    return math.sqrt(-2 * log_tail - math.log(-4 * math.pi * log_tail))


@dataclass(frozen=True)
class Residual:
    """left - right over independent trials, with what an asymptotic formula is allowed to be off by."""

    mean: float
    stderr: float
    trials: int
    allowance: float

    def excess(self, relation: str) -> float:
        """Return by how much the mean exceeds what a relation and the allowance permit (not below 0)."""
        distance = {"=": abs(self.mean), "<": self.mean, ">": -self.mean}[relation[0]]
        return max(0.0, distance - self.allowance)

    def deviation(self, relation: str) -> float:
        """Return the excess as a normal score."""
        return score(self.excess(relation), self.stderr, self.trials)


@dataclass(frozen=True)
class MonteCarlo(Evidence):
    """A claim about simulated quantities.

    `==`, `<=` and `>=` are SUPPORTED when they are consistent with the trials at every instance and the check
    has the power to reject every mutant; `<` and `>` only when the trials show them significantly. A strict
    relation that is not shown, and a check without power, are UNDECIDED.

    Args:
        allowance: what the claim may be off by at an instance, without statistical error; 0 for exact claims.
            A formula in the variables and quantities of the statement, or a function of the instance.
        thorough_instances: further instances of a thorough run.
    """

    _: KW_ONLY
    allowance: sp.Expr | float | Callable[[Instance], float] = 0.0
    thorough_instances: Sequence[Instance] = ()

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.MONTE_CARLO

    @property
    def arithmetic(self) -> Arithmetic:
        return FLOATS

    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        z = normal_quantile(ALARM)
        relation = claim.sign.value
        points: list[Point] = []
        residuals: list[tuple[Instance, Residual]] = []
        outside, reason = 0, ""
        drawn = list(self.drawn(statement, run, instances))
        if run.thorough and not instances and not run.activations:
            drawn += self.thorough_instances
        for instance in drawn:
            violated = statement.outside(instance, without)
            if violated:
                outside, reason = outside + 1, reason or f"the first violates {violated}"
                continue
            try:
                residual = self.residual(statement, claim, run, instance)
            except Unevaluated as error:
                return Finding(Verdict.UNDECIDED, self.kind, note=str(error))
            residuals.append((instance, residual))
            points.append(
                Point(words(instance), residual.mean, residual.stderr, residual.allowance, residual.trials)
            )
        if not residuals:
            return nothing_inside(self.kind, outside, reason)
        own = claim == statement.claim and not without
        power = (
            self._power(statement, run, residuals, z)
            if own
            else self._against_double(statement, run, residuals, z)
        )
        return self._concluded(relation, residuals, tuple(points), outside, z, power)

    def residual(self, statement: Statement, claim: Claim, run: Run, instance: Instance) -> Residual:
        """Return left - right at an instance.

        Raises:
            Unevaluated: a function failed, there are fewer than two trials, or a value is not finite.
        """
        sides = self.sides(statement, claim, run, instance)
        difference = np.atleast_1d(np.asarray(sides.left - sides.right, dtype=float))
        if difference.ndim != 1 or difference.size < 2:
            raise Unevaluated(f"{words(instance)}: a simulated claim needs at least two trials")
        if not np.all(np.isfinite(difference)):
            raise Unevaluated(f"{words(instance)}: a trial is not finite")
        stderr = float(np.std(difference, ddof=1)) / math.sqrt(difference.size)
        return Residual(
            float(np.mean(difference)), stderr, difference.size, self._allowance(statement, run, instance)
        )

    def _allowance(self, statement: Statement, run: Run, instance: Instance) -> float:
        if callable(self.allowance):
            try:
                return float(self.allowance(instance))
            except HermiteGammaError as error:
                raise Unevaluated(f"{words(instance)}: no allowance is known: {error}") from error
        if isinstance(self.allowance, sp.Basic):
            return float(evaluate(self.allowance, instance, statement.by_name, FLOATS, run.measure))
        return float(self.allowance)

    def _power(
        self, statement: Statement, run: Run, residuals: Sequence[tuple[Instance, Residual]], z: float
    ) -> float:
        """Return the least power against a mutant of this evidence; each counts at its clearest instance.

        On a user's activation a mutant may say the same as the claim (even and odd parts that vanish), so
        those that differ by less than both allowances are left out there. Without a mutant that counts, the
        power is the one against a quantity twice as large.
        """
        powers = []
        position = statement.evidence.index(self)
        for mutant in statement.mutants:
            if mutant.evidence != position or mutant.without or mutant.instances:
                continue
            wrong = mutant.of(statement.claim)
            best, told_apart = 0.0, not run.activations
            for instance, own in residuals:
                try:
                    residual = self.residual(statement, wrong, run, instance)
                except Unevaluated:
                    continue
                told_apart |= abs(residual.mean - own.mean) > 2 * own.allowance
                excess = residual.excess(wrong.sign.value)
                if wrong.sign.value in ("<", ">"):
                    excess = max(0.0, residual.mean if wrong.sign.value == "<" else -residual.mean)
                best = max(best, _chance(excess, residual, z))
            if told_apart:
                powers.append(best)
        return min(powers) if powers else self._against_double(statement, run, residuals, z)

    def _against_double(
        self, statement: Statement, run: Run, residuals: Sequence[tuple[Instance, Residual]], z: float
    ) -> float:
        """Return the power against a difference as large as the larger side."""
        best = 0.0
        for instance, residual in residuals:
            try:
                sides = self.sides(statement, statement.claim, run, instance)
            except Unevaluated:
                continue
            size = max(abs(float(np.mean(sides.right))), abs(float(np.mean(sides.left))))
            best = max(best, _chance(max(0.0, size - residual.allowance), residual, z))
        return best

    def _concluded(
        self,
        relation: str,
        residuals: Sequence[tuple[Instance, Residual]],
        points: tuple[Point, ...],
        outside: int,
        z: float,
        power: float,
    ) -> Finding:
        worst = max(residuals, key=lambda pair: pair[1].deviation(relation))
        deviation = worst[1].deviation(relation)
        shared: dict[str, Any] = {"count": len(residuals), "outside": outside, "z": z, "points": points}
        mean, stderr = worst[1].mean, worst[1].stderr
        allowed = f"allowance {worst[1].allowance:.3g}"
        gap = f"{words(worst[0])}: left - right = {mean:.6g} +- {stderr:.2g}, {allowed}"
        if deviation > z:
            return Finding(Verdict.REFUTED, self.kind, deviation=deviation, witness=gap, **shared)
        shared |= {"deviation": deviation, "margin": z - deviation}
        if self.kind is EvidenceKind.RATE_FIT:
            half = z * stderr + worst[1].allowance
            shared["interval"] = (mean - half, mean + half)
        if relation in ("<", ">"):
            sign = -1 if relation == "<" else 1
            shown = min(score(max(0.0, sign * r.mean), r.stderr, r.trials) for _, r in residuals)
            if shown <= z:
                note = f"the strict relation is shown by {shown:.2g} standard errors only, {z:.3g} are needed"
                return Finding(Verdict.UNDECIDED, self.kind, note=note, **shared)
        if power < LEAST_POWER:
            note = f"the power against a mutant is {power:.3g}, below {LEAST_POWER}: more trials are needed"
            return Finding(
                Verdict.UNDECIDED, self.kind, note=note, power=power if power > ALARM else None, **shared
            )
        return Finding(Verdict.SUPPORTED, self.kind, power=power, **shared)


def _chance(excess: float, residual: Residual, z: float) -> float:
    """Return the probability that a comparison with this expected excess exceeds z."""
    from scipy.stats import norm

    return float(norm.cdf(score(excess, residual.stderr, residual.trials) - z))


@dataclass(frozen=True)
class RateFit(MonteCarlo):
    """A claim about a slope: the simulated quantity gives one fitted slope per independent batch.

    The interval of the finding is that of left - right at the worst instance: mean and z standard errors.
    """

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.RATE_FIT
