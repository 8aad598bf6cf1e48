"""Hermite series with a one-sided Parseval tail (section D): sums of atoms, alpha not too close to 1."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, log, sqrt

from flint import arb, ctx

from hermite_gamma.balls import exact
from hermite_gamma.enclosure.gaussian import plus_minus
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.enclosure.terms import (
    coefficient_stream,
    furthest_breakpoint,
    groups,
    refuse_unless_atoms,
    second_moment,
)
from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction

CHECK_EVERY = 16
TERMS_PER_SECOND = 2.5e5
MOST_TERMS = 3_000_000


class ParsevalSeries:
    """mu_l by recurrence, and sum_{l>L} mu_l^2 rho^l in [0, rho^(L+1) (E f^2 - sum_{l<=L} mu_l^2)]."""

    name = "series"
    proof = "section D (Parseval tail)"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        reason = refuse_unless_atoms(function)
        if reason is None:
            try:
                with ctx.workprec(64):
                    second_moment(function)
            except NoClosedForm as error:
                return str(error)
        return reason

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        terms = _terms(rho, nats)
        work = sum(len(g.coefficients) * (1 if g.whole else 2) + 2 for g in groups(function))
        return terms * work * (1 + nats / 700) / TERMS_PER_SECOND

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        length = _terms(rho, nats)
        if length > MOST_TERMS:
            raise NoEnclosure(f"the series would need {length} terms", f"rho = {rho}")
        with ctx.workprec(_bits(function, nats, length)):
            ratio, power = exact(rho), arb(1)
            remaining = second_moment(function)
            target = (-arb(nats)).exp() * abs(remaining)
            head, total, numerator = [], arb(0), arb(0)
            for level, mu in enumerate(coefficient_stream(function)):
                square = mu * mu
                if level < k:
                    head.append(mu)
                else:
                    numerator = numerator + square * power
                if level == k:
                    total = remaining
                remaining = remaining - square
                power = power * ratio
                if level >= k and level % CHECK_EVERY == 0:
                    bound = abs(power) * _upper(remaining)
                    if bound < target or level >= length + CHECK_EVERY:
                        break
            if rho > 0:
                numerator = numerator + arb(0).union(bound)
            elif rho < 0:
                numerator = numerator + plus_minus(bound)
            return Tail(numerator, total, tuple(head))

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        with ctx.workprec(_bits(function, nats, up_to)):
            stream = coefficient_stream(function)
            return [next(stream) for _ in range(up_to + 1)]


def _terms(rho: Fraction, nats: float) -> int:
    return (
        4
        if rho == 0
        else ceil((nats + 4) / -log(abs(float(rho)))) + 4
        if abs(float(rho)) < 1
        else MOST_TERMS + 1
    )


def _bits(function: PiecewiseFunction, nats: float, terms: int) -> int:
    # the ball recurrence at a breakpoint b loses |b| sqrt(L)/ln 2 bits (section D)
    loss = furthest_breakpoint(function) * sqrt(terms) / log(2)
    return ceil(nats / log(2) + loss) + 2 * terms.bit_length() + 40


def _upper(remaining: arb) -> arb:
    """Return the upper end of E f^2 - sum mu_l^2; a negative one means that some input is wrong."""
    top = remaining.upper()
    if top < 0:
        raise ArithmeticError("Parseval's sum exceeds E f^2: a coefficient or a second moment is wrong")
    return top
