"""Hermite series with a one-sided Parseval tail (section D): sums of atoms, alpha not too close to 1."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, log, sqrt

from flint import arb, ctx

from hermite_gamma.enclosure.route import Tail
from hermite_gamma.enclosure.table import Table, rounded_length, series_nats
from hermite_gamma.enclosure.terms import (
    coefficient_stream,
    furthest_breakpoint,
    groups,
    refuse_unless_atoms,
    second_moment,
)
from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction

TERMS_PER_SECOND = 2.5e5
LONGEST = 200_000


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
        terms = _terms(rho, series_nats(nats, 0, rho))
        return terms * _work(function) * (1 + nats / 700) / TERMS_PER_SECOND

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        rounded = series_nats(nats, k, rho)
        length = _terms(rho, rounded)
        if length > LONGEST:
            raise NoEnclosure(f"the series would need {length} terms", f"rho = {rho}")
        return _table(function, rounded, length).tail(k, rho)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        with ctx.workprec(_bits(function, nats, up_to)):
            stream = coefficient_stream(function)
            return [next(stream) for _ in range(up_to + 1)]


@lru_cache(maxsize=1024)
def _work(function: PiecewiseFunction) -> int:
    return sum(len(g.coefficients) * (1 if g.whole else 2) + 2 for g in groups(function))


@lru_cache(maxsize=128)
def _table(function: PiecewiseFunction, nats: float, length: int) -> Table:
    with ctx.workprec(_bits(function, nats, length)):
        stream = coefficient_stream(function)
        return Table([next(stream) for _ in range(length + 1)], second_moment(function), nats)


def _terms(rho: Fraction, nats: float) -> int:
    size = abs(float(rho))
    return rounded_length(ceil((nats + 4) / max(-log(size), 1e-6)) if size else 4)


def _bits(function: PiecewiseFunction, nats: float, terms: int) -> int:
    # the ball recurrence at a breakpoint b loses |b| sqrt(L)/ln 2 bits (section D)
    loss = furthest_breakpoint(function) * sqrt(terms) / log(2)
    return ceil(nats / log(2) + loss) + 2 * terms.bit_length() + 40
