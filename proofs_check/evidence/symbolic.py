"""Exact symbolic evidence: the difference of the two sides is brought to a normal form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from proofs_check.arithmetic import EXPRESSIONS, Arithmetic
from proofs_check.evidence.base import Evidence, Run, Unevaluated, nothing_inside, shown, words
from proofs_check.verdict import EvidenceKind, Finding, Verdict

if TYPE_CHECKING:
    from proofs_check.statement import Claim, Instance, Statement, Variable

_POINTS = (
    sp.Rational(1, 3),
    sp.Rational(2, 7),
    sp.Rational(7, 5),
    sp.Integer(3),
    sp.Rational(-2, 3),
    sp.Integer(5),
)
_MANY = 400


@dataclass(frozen=True)
class Symbolic(Evidence):
    """The claim evaluated in SymPy expressions; variables that stay symbols are quantified over their domain.

    Args:
        exhaustive: whether the instances, with their symbols, cover the domain of the claim. Otherwise
            they are instances, and CHECKED n is the most they give.
        normal: a normal form to apply to the difference, before the built-in ones.
    """

    _: KW_ONLY
    exhaustive: bool = True
    normal: Callable[[sp.Expr], sp.Expr] | None = None

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.EXACT_SYMBOLIC if self.exhaustive else EvidenceKind.EXACT_INSTANCES

    @property
    def arithmetic(self) -> Arithmetic:
        return EXPRESSIONS

    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        inside, outside, reason, undecided = 0, 0, "", ""
        for instance in self.drawn(statement, run, instances):
            violated = statement.outside(instance, without)
            if violated:
                outside, reason = outside + 1, reason or f"the first violates {violated}"
                continue
            try:
                sides = self.sides(statement, claim, run, instance)
            except Unevaluated as error:
                undecided = undecided or str(error)
                continue
            inside += 1
            differences = np.array(sides.left - sides.right, dtype=object)
            for difference in differences.flat:
                decided, witness = self._decide(
                    statement, claim, instance, sp.sympify(difference, strict=True)
                )
                if decided is False:
                    at = f"{words(instance)}: {witness}"
                    return Finding(Verdict.REFUTED, self.kind, count=inside, outside=outside, witness=at)
                if decided is None:
                    undecided = undecided or f"{words(instance)}: left - right = {shown(difference)}"
        if undecided:
            return Finding(Verdict.UNDECIDED, self.kind, count=inside, outside=outside, note=undecided)
        if not inside:
            return nothing_inside(self.kind, outside, reason)
        verdict = Verdict.PROVED if self.exhaustive and not instances else Verdict.CHECKED
        return Finding(verdict, self.kind, count=inside, outside=outside)

    def _decide(
        self, statement: Statement, claim: Claim, instance: Instance, difference: sp.Expr
    ) -> tuple[bool | None, str]:
        for form in self._forms(difference):
            if claim.sign.is_equality:
                if form.is_zero:
                    return True, ""
                if form.is_number and form.is_zero is False:
                    return False, f"left - right = {shown(form)}"
            elif (sign := _sign_decides(claim.sign.value, form)) is not None:
                return sign, f"left - right = {shown(form)}"
        return self._at_points(statement, claim, instance, difference)

    def _forms(self, difference: sp.Expr) -> Iterator[sp.Expr]:
        """Yield equal expressions, the cheap ones first."""
        if self.normal is not None:
            difference = self.normal(difference)
        yield difference
        for form in (sp.expand, sp.cancel, sp.factor, sp.simplify):
            yield form(difference)

    def _at_points(
        self, statement: Statement, claim: Claim, instance: Instance, difference: sp.Expr
    ) -> tuple[bool | None, str]:
        """Look for a point of the domain at which the claim fails by more than rounding."""
        symbols = sorted(difference.free_symbols, key=str)
        owners = {s: _owner(statement, instance, s) for s in symbols}
        candidates = [
            [p for p in _POINTS if (owner is None or p in owner.domain) and _fits(s, p)] or [sp.Integer(2)]
            for s, owner in owners.items()
        ]
        for count, point in enumerate(product(*candidates)):
            if count == _MANY:
                break
            chosen = dict(zip(symbols, point, strict=True))
            value = sp.N(difference.subs(chosen), 30)
            if not value.is_number or not value.is_finite or abs(sp.im(value)) > 1e-15:
                continue
            value = sp.re(value)
            wrong = {
                "==": abs(value) > 1e-15,
                "<": value > 1e-15,
                "<=": value > 1e-15,
                ">": value < -1e-15,
                ">=": value < -1e-15,
            }[claim.sign.value]
            if wrong:
                where = ", ".join(f"{s} = {v}" for s, v in chosen.items())
                return False, f"at {where}: left - right = {sp.N(value, 6)}"
        return None, ""


def _owner(statement: Statement, instance: Instance, symbol: sp.Symbol) -> Variable | None:
    return next((v for v in statement.variables if instance.get(v.name) == symbol), None)


def _fits(symbol: sp.Symbol, value: sp.Rational) -> bool:
    """Return whether a value satisfies the assumptions of a symbol."""
    return all(
        getattr(value, f"is_{name}") in (truth, None)
        for name, truth in symbol.assumptions0.items()
        if name in ("positive", "negative", "integer", "nonnegative", "zero", "nonzero")
    )


def _sign_decides(relation: str, difference: sp.Expr) -> bool | None:
    """Return whether left - right has the sign that a relation asks for, None when SymPy cannot tell."""
    sign = {
        "<": (difference.is_negative, difference.is_nonnegative),
        "<=": (difference.is_nonpositive, difference.is_positive),
        ">": (difference.is_positive, difference.is_nonpositive),
        ">=": (difference.is_nonnegative, difference.is_negative),
    }[relation]
    if sign[0]:
        return True
    return False if sign[1] else None
