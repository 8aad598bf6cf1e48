"""Randomised enclosure checks in bulk: many alphas for every random function, two ways to each value.

A check compares one enclosure that the public functions return (NTK limit, the three RF constants, the dual
kernel of phi and phi' at +-rho, E phi^2, mu_l) with a value that was found in another way: another route, the
Parseval sum of the general-l formula, or mpmath.quad. They have to overlap. Where no second way applies, the
same route with 40 more digits is the reference; such checks are counted apart.

    python benchmarks/enclosure_checks.py --checks 100000 --seed 7
    python benchmarks/enclosure_checks.py --seed 7 --only 123
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

import mpmath
from adversarial_grammar import fill
from enclosure_references import (
    FAMILIES,
    QUAD_DIGITS,
    TABLES,
    FormulaSum,
    OutOfTime,
    dual_value,
    fraction_of,
    ntk_value,
    quadrature,
    random_alpha,
    rf_values,
    three,
    time_limit,
)
from flint import arb, ctx

from hermite_gamma import activation, dual_kernel, gamma_ntk, gamma_rf, hermite_coefficients
from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds
from hermite_gamma.enclosure.orthants import OrthantDual
from hermite_gamma.enclosure.route import Route, Tail
from hermite_gamma.enclosure.routes import ROUTES, Limits, coefficients, kernel, nats_of, sums
from hermite_gamma.errors import HermiteGammaError, NoEnclosure
from hermite_gamma.gamma import ntk_undefined, rf_undefined
from hermite_gamma.results import Enclosure, Gamma
from hermite_gamma.sympy_faults import retried

MAX_SECONDS, HARD_SECONDS = 0.4, 8
SAME_ROUTE, MORE_DIGITS = "same route, more digits", 40
# these keep tables or formulas for every alpha; the others are asked at a few only
SHARED = ("closed form", "series", "strip series", "panel series", "formula")
QUAD_SHARE = 0.12
# a reference that is less accurate than the claim counts if it has as many bits as this
ENOUGH_BITS = 45


@dataclass
class Counts:
    """What has been compared with what."""

    checks: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    violations: int = 0
    wide: int = 0
    crashes: int = 0

    @property
    def total(self) -> int:
        return sum(self.checks.values())


class Batch:
    """All checks of one function; everything follows from seed and index."""

    def __init__(self, seed: int, index: int, counts: Counts) -> None:
        self.rng = Random(f"{seed}:{index}")
        family = self.rng.choices(list(FAMILIES), [weight for weight, _ in FAMILIES.values()])[0]
        self.text = fill(self.rng, self.rng.choice(FAMILIES[family][1]))
        self.label, self.counts = f"#{index} [{family}] {self.text!r}", counts

    def run(self) -> None:
        self.phi = activation(self.text)
        if self.phi.is_square_integrable is False:
            raise NoEnclosure("not square-integrable")
        self.slope = None if ntk_undefined(self.phi) else self.phi.derivative()
        self.has_rf = not rf_undefined(self.phi) and not self.phi.is_affine
        top = self.rng.choice((50, 70, 90, 97))
        for most, many in ((self.rng.choice((30, 80)), 70), (30, 70)):
            digits, count = self.rng.randint(1, most), many
            if self.rng.random() < 0.02:
                digits, count = 300, 12
            alphas = [random_alpha(self.rng, top) for _ in range(count)]
            if self.rng.random() < 0.25:
                alphas[-1] = 1 - Fraction(10 ** (-self.rng.uniform(2, 5)))
            # a sequence of alphas goes in as it came: floats, texts and fractions
            if self.slope is not None:
                claims = gamma_ntk(self.phi, alphas, digits, max_seconds=5)
                self._against(self.slope, 1, {a: [claims[a]] for a in alphas}, digits, ntk_value)
            if self.has_rf:
                found = gamma_rf(self.phi, alphas, digits, max_seconds=5)
                self._against(self.phi, 2, {a: three(found[a]) for a in alphas}, digits, rf_values)
            for act in (self.phi, self.slope):
                if act is not None:
                    rhos = [self.rng.choice((-1, 1)) * Fraction(a) for a in alphas[: count // 2]]
                    duals = {r: [dual_kernel(act, r, digits, max_seconds=5)] for r in rhos}
                    self._against(act, 0, duals, digits, dual_value)
                    self._levels(act, digits)
        if self.rng.random() < QUAD_SHARE:
            self._quadrature()

    def _against(
        self,
        act: Activation,
        k: int,
        claims: dict[Any, list[Enclosure]],
        digits: int,
        value: Callable[[Fraction, Tail], list[arb]],
    ) -> None:
        """Compare with one route that shares its work between alphas, and with one that does not."""
        claimed = next(iter(claims.values()))[0].route
        others = self._others(act, claimed)
        shared = [route for route in others if route.name in SHARED]
        single = [route for route in others if route.name not in SHARED]
        self.rng.shuffle(shared)
        left = dict(claims)
        for route in shared:
            if not left:
                break
            for a, asked in list(left.items()):
                if self._point(asked, act, k, Fraction(a), digits + 3, route, value):
                    del left[a]
        for route in self.rng.sample(single, min(1, len(single))):
            points = [*self.rng.sample(list(claims), 2), *self.rng.sample(list(left), min(1, len(left)))]
            for a in points:
                if self._point(claims[a], act, k, Fraction(a), digits + 3, route, value):
                    left.pop(a, None)
        if not others:
            for a, asked in claims.items():
                self._point(asked, act, k, Fraction(a), digits + MORE_DIGITS, None, value)

    def _others(self, act: Activation, claimed: str) -> list[Route]:
        routes: list[Route] = [*(TABLES.get(r.name, r) for r in ROUTES), OrthantDual(), FormulaSum(act)]
        return [r for r in routes if r.name != claimed and r.refusal(act.pieces) is None]

    def _point(
        self,
        claims: list[Any],
        act: Activation,
        k: int,
        rho: Fraction,
        digits: int,
        route: Route | None,
        value: Callable[[Fraction, Tail], list[arb]],
    ) -> bool:
        kind = SAME_ROUTE if route is None else route.name
        limits = Limits(max_seconds=MAX_SECONDS, routes=ROUTES if route is None else (route,))
        try:
            if kind in SHARED and route is not None:
                tail = retried(route.tail)(act.pieces, k, rho, nats_of(digits) + 20)
                bits = 4 * digits + 256
            else:
                ask = partial(sums, act.pieces, k) if k else partial(kernel, act.pieces)
                proved = retried(ask)(rho, digits, limits)
                tail, bits = proved.tail, proved.bits + 64
        except HermiteGammaError as error:
            self.counts.notes[f"no value by {kind}: {type(error).__name__}"] += 1
            return False
        with ctx.workprec(bits):
            found = value(rho, tail)
        known = min(ball.rel_accuracy_bits() for ball in found)
        if known < min(3.33 * digits, ENOUGH_BITS):
            self.counts.notes[f"value by {kind} too wide"] += 1
            return False
        if known < 3.33 * (digits - 3):
            self.counts.notes[f"checked to {ENOUGH_BITS} bits only, by {kind}"] += len(found)
        for number, (claim, reference) in enumerate(zip(claims, found, strict=True)):
            if claim is not None:
                self._compare(claim, bounds(reference), f"{value.__name__}[{number}] at {rho}", kind)
        return True

    def _compare(self, claim: Enclosure, reference: tuple[Fraction, Fraction], what: str, kind: str) -> None:
        low, high = claim.lower, claim.upper
        allowed = max(abs(low), abs(high)) / 10**claim.digits
        wide = claim.width == "relative" and high - low > allowed
        cap = isinstance(claim, Gamma) and not 0 <= low <= high <= claim.alpha
        self.counts.checks[kind] += 1
        self.counts.routes[claim.route] += 1
        false = low > reference[1] or reference[0] > high or low > high or cap
        if false or wide:
            self.counts.violations += false
            self.counts.wide += not false
            gap = float(max(low - reference[1], reference[0] - high))
            claimed, against = (f"[{float(a)!r}, {float(b)!r}]" for a, b in ((low, high), reference))
            print(
                f"{'VIOLATION' if false else 'TOO WIDE'} {self.label} {what}, {claim.digits} digits: "
                f"{claim.route} {claimed} / {kind} {against}, gap {gap:.2e}",
                flush=True,
            )

    def _levels(self, act: Activation, digits: int) -> None:
        """mu_l against the coefficients of another route; zeros by parity are not counted."""
        up_to = self.rng.randint(2, 24)
        claims = hermite_coefficients(act, up_to, digits, max_seconds=5)
        claimed = {claim.route for claim in claims}
        usable = [r for r in self._others(act, "closed form") if r.name not in claimed]
        kind, more, route = SAME_ROUTE, digits + MORE_DIGITS, None
        if usable:
            route, more = self.rng.choice(usable), digits + 3
            kind = route.name
        limits = Limits(max_seconds=MAX_SECONDS, routes=(route,) if route else ROUTES)
        try:
            values, _ = retried(coefficients)(act.pieces, up_to, more, limits)
        except HermiteGammaError as error:
            self.counts.notes[f"no reference: {type(error).__name__}"] += 1
            return
        for level, (claim, ball) in enumerate(zip(claims, values, strict=True)):
            if not claim.lower == claim.upper == 0:
                self._compare(claim, bounds(ball), f"mu_{level} of {act.name}", kind)

    def _quadrature(self) -> None:
        """E phi^2 and some mu_l by mpmath, split at the breakpoints and at the integers."""
        digits = self.rng.randint(1, 30)
        levels = self.rng.sample(range(8), 2)
        claims = hermite_coefficients(self.phi, max(levels), digits, max_seconds=5)
        asked = [(claims[level], level) for level in levels]
        asked.append((dual_kernel(self.phi, 1, digits, max_seconds=5), -1))
        with mpmath.workdps(QUAD_DIGITS + 8):
            for claim, level in asked:
                number, error, size = quadrature(self.phi.pieces, level)
                slack = max(1e4 * error, mpmath.mpf(10) ** -(QUAD_DIGITS - 6) * size)
                if slack > 1e-12 * size:
                    self.counts.notes["mpmath.quad not accurate"] += 1
                    continue
                ends = tuple(fraction_of(number + s * slack) for s in (-1, 1))
                self._compare(claim, (ends[0], ends[1]), f"mu_{level} (-1: E phi^2)", "mpmath.quad")


def run(seed: int, index: int, counts: Counts) -> None:
    """Make all checks of one function; what the package refuses or crashes on is counted."""
    batch = Batch(seed, index, counts)
    try:
        with time_limit(HARD_SECONDS):
            batch.run()
    except HermiteGammaError as error:
        counts.notes[f"function left: {type(error).__name__}"] += 1
    except OutOfTime:
        counts.notes["function left: out of time"] += 1
    except Exception as error:  # noqa: BLE001 - a crash is a finding here, whatever its type
        counts.crashes += 1
        print(f"CRASH {batch.label} {type(error).__name__}: {error}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until so many checks are made; return 1 if a claim was false or something crashed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checks", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", type=int, help="one function")
    options = parser.parse_args(arguments)
    counts, start, index = Counts(), time.process_time(), 0
    while counts.total < options.checks:
        index = options.only if options.only is not None else index
        run(options.seed, index, counts)
        index += 1
        done = min(counts.total / options.checks, 1.0)
        if sys.stderr.isatty() or index % 25 == 0:
            bar = "#" * int(30 * done)
            print(
                f"\r[{bar:30}] {counts.total} checks, {index} functions", end="", file=sys.stderr, flush=True
            )
        if options.only is not None:
            break
    print(file=sys.stderr)
    print("references:", ", ".join(f"{name} {number}" for name, number in counts.checks.most_common()))
    print("claims by:", ", ".join(f"{name} {number}" for name, number in counts.routes.most_common()))
    print("left out:", ", ".join(f"{name} {number}" for name, number in counts.notes.most_common()))
    same = counts.checks[SAME_ROUTE]
    print(
        f"{counts.total} checks, {options.seed} seed, {counts.violations} violations, "
        f"{counts.wide} too wide, {counts.crashes} crashes, {index} functions, "
        f"{same} of the checks by the same route with more digits, {time.process_time() - start:.0f} CPU s"
    )
    return int(counts.violations + counts.wide + counts.crashes > 0)


if __name__ == "__main__":
    sys.exit(main())
