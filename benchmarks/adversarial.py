"""Randomised adversarial checks of the certified enclosures: every claim is compared with another proof.

Each case draws an activation (breakpoints that are no dyadics, narrow bumps, poles close to the axis, zeros
on the grid, removable singularities, near-linear functions, catalogue entries with random parameters, and
functions that must be refused), a quantity, alpha or rho, and a number of digits, all from the seed and the
index alone. It then compares the enclosure with D digits with the one with D + 70 digits, with the one of a
second route, or with floating-point quadrature that shares no code with the package.

    python benchmarks/adversarial.py --count 10000 --seed 1
    python benchmarks/adversarial.py --seed 1 --only 4711 --verbose
"""

from __future__ import annotations

import argparse
import re
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from types import FrameType

import mpmath
import sympy as sp
from adversarial_floats import float_reference
from adversarial_grammar import FAMILIES, fill

from hermite_gamma import activation, dual_kernel, gamma_ntk, gamma_rf, hermite_coefficients
from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds
from hermite_gamma.enclosure.routes import ROUTES, Limits, coefficients, kernel, sums
from hermite_gamma.errors import HermiteGammaError, UndefinedGamma
from hermite_gamma.gamma import ntk_undefined, rf_undefined
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.results import Enclosure, Gamma

MORE_DIGITS = 70
MAX_SECONDS = 3.0
HARD_SECONDS = 30
# floats are compared relative to the scale that they report, where no feature is narrower than their panels
FLOAT_TOLERANCE = 1e-9
FINE_FEATURES = ("narrow", "poles", "near linear", "hostile")
QUANTITIES = ("ntk", "rf_paper", "rf_sharp", "rf_upper", "dual", "dual_derivative", "coefficient")

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Case:
    """One question; a function of seed and index."""

    index: int
    family: str
    text: str
    quantity: str
    point: Fraction
    level: int
    digits: int
    mode: str

    def __str__(self) -> str:
        at = self.level if self.quantity == "coefficient" else self.point
        what = f"{self.quantity} at {at}, {self.digits} digits, {self.mode}"
        return f"#{self.index} [{self.family}] {self.text!r} {what}"


def draw(seed: int, index: int) -> Case:
    """Return the case of a seed and an index."""
    rng = Random(f"{seed}:{index}")
    family = rng.choices(list(FAMILIES), [weight for weight, _ in FAMILIES.values()])[0]
    text = fill(rng, rng.choice(FAMILIES[family][1]))
    quantity = rng.choice(QUANTITIES)
    tiny = Fraction(1, 10**6)
    extreme = (tiny, 1 - tiny, Fraction(1, 100), Fraction(99, 100), 1 - Fraction(1, 10**4))
    point = rng.choice(extreme) if rng.random() < 0.25 else Fraction(rng.randint(1, 996), 997)
    if quantity.startswith("dual"):
        point *= rng.choice((-1, 1))
        if rng.random() < 0.1:
            point = Fraction(rng.choice((-1, 0, 1)))
    mode = rng.choice(("precision", "precision", "routes", "routes", "float"))
    return Case(index, family, text, quantity, point, rng.randint(0, 12), rng.randint(5, 40), mode)


# --- the checks -------------------------------------------------------------------------------------------


class Violation(Exception):
    """A claim is false."""


class OutOfTime(BaseException):
    """The hard limit of one case; no HermiteGammaError, so that nothing swallows it."""


@dataclass
class Outcome:
    """What happened to one case: verdict is ok, refused, violation, crash or slow."""

    case: Case
    verdict: str
    detail: str = ""
    seconds: float = 0.0
    routes: tuple[str, ...] = field(default=())


def check(case: Case, max_seconds: float = MAX_SECONDS, hard_seconds: int = HARD_SECONDS) -> Outcome:
    """Run one case; never raises for what the package does."""
    start = time.process_time()
    verdict, detail, routes = "ok", "", ()
    try:
        with _time_limit(hard_seconds):
            routes = MODES[case.mode](case, max_seconds)
    except Violation as error:
        verdict, detail = "violation", str(error)
    except HermiteGammaError as error:
        verdict, detail = "refused", f"{type(error).__name__}: {error}"
    except OutOfTime:
        verdict, detail = "slow", f"over {hard_seconds} s although max_seconds = {max_seconds}"
    except Exception as error:  # noqa: BLE001 - a crash is a finding here, whatever its type
        verdict, detail = "crash", f"{type(error).__name__}: {error}"
    return Outcome(case, verdict, detail, time.process_time() - start, tuple(routes))


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    # processor time, so that other work on the machine changes nothing
    def stop(signum: int, frame: FrameType | None) -> None:
        raise OutOfTime

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def _public(case: Case, digits: int, max_seconds: float) -> Enclosure:
    """Ask through the public functions."""
    if case.quantity == "ntk":
        return gamma_ntk(case.text, case.point, digits, max_seconds=max_seconds)
    if case.quantity.startswith("rf"):
        found = gamma_rf(case.text, case.point, digits, max_seconds=max_seconds)
        names = {
            "rf_paper": found.paper_lower_bound,
            "rf_sharp": found.sharp_lower_bound,
            "rf_upper": found.upper_bound,
        }
        value = names[case.quantity]
        if not isinstance(value, Gamma):
            raise UndefinedGamma(str(value))
        return value
    if case.quantity == "coefficient":
        return hermite_coefficients(case.text, case.level, digits, max_seconds=max_seconds)[case.level]
    derivative = case.quantity == "dual_derivative"
    return dual_kernel(case.text, case.point, digits, derivative=derivative, max_seconds=max_seconds)


def _overlap(first: Interval, second: Interval, what: str) -> None:
    if first[0] > second[1] or second[0] > first[1]:
        gap = max(first[0] - second[1], second[0] - first[1])
        size = max(abs(first[0]), abs(second[0]))
        raise Violation(
            f"{what}: disjoint by {float(gap):.2e} (size {float(size):.2e}): {_show(first)}, {_show(second)}"
        )


def _show(interval: Interval) -> str:
    return f"[{float(interval[0])!r}, {float(interval[1])!r}]"


def _contract(case: Case, value: Enclosure) -> None:
    """Check what every answer promises: order, width, range, agreement with its closed form."""
    low, high = value.lower, value.upper
    if low > high:
        raise Violation(f"lower > upper: {_show((low, high))}")
    if value.width == "relative" and high - low > Fraction(1, 10**case.digits) * max(abs(low), abs(high)):
        raise Violation(f"relative width over 10^-{case.digits}: {_show((low, high))}")
    if value.width == "absolute" and high - low > Fraction(1, 10 ** (2 * case.digits)):
        raise Violation(f"absolute width over 10^-{2 * case.digits}: {_show((low, high))}")
    if value.width == "exact" and low != high:
        raise Violation("width 'exact' but lower < upper")
    caps = {
        "ntk": case.point**2,
        "rf_paper": case.point**2,
        "rf_sharp": case.point**2,
        "rf_upper": case.point,
    }
    if case.quantity in caps and not 0 <= low <= high <= caps[case.quantity]:
        raise Violation(f"outside [0, {caps[case.quantity]}]: {_show((low, high))}")
    if value.exact is not None:
        with mpmath.workdps(value.digits + 30):
            number = mpmath.mpmathify(sp.re(sp.N(value.exact, value.digits + 30)))
            slack = mpmath.mpf(10) ** -(value.digits + 15) * (1 + abs(number))
            if not mpmath.mpf(low.numerator) / low.denominator - slack <= number:
                raise Violation(
                    f"closed form {value.exact} = {mpmath.nstr(number, 20)} lies below {_show((low, high))}"
                )
            if not number <= mpmath.mpf(high.numerator) / high.denominator + slack:
                raise Violation(
                    f"closed form {value.exact} = {mpmath.nstr(number, 20)} lies above {_show((low, high))}"
                )


def against_more_digits(case: Case, max_seconds: float) -> tuple[str, ...]:
    """D digits against D + 70 digits."""
    rough = _public(case, case.digits, max_seconds)
    _contract(case, rough)
    fine = _public(case, case.digits + MORE_DIGITS, 4 * max_seconds)
    _overlap((rough.lower, rough.upper), (fine.lower, fine.upper), f"{rough.route} / {fine.route}")
    return (rough.route, fine.route)


def against_second_route(case: Case, max_seconds: float) -> tuple[str, ...]:
    """The same sums by two routes that apply, chosen at random."""
    phi = activation(case.text)
    function = _function(case, phi)
    usable = [route for route in ROUTES if route.refusal(function) is None]
    rng = Random(case.index)
    if len(usable) < 2:
        return against_more_digits(case, max_seconds)
    chosen = rng.sample(usable, 2)
    found, errors = [], []
    for route in chosen:
        try:
            found.append(_sums(case, function, Limits(max_seconds=2 * max_seconds, routes=(route,))))
        except HermiteGammaError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    names = " / ".join(route.name for route in chosen)
    for first, second in zip(*found, strict=True):
        _overlap(first, second, names)
    return tuple(route.name for route in chosen)


def _function(case: Case, phi: Activation) -> PiecewiseFunction:
    if case.quantity == "ntk":
        reason = ntk_undefined(phi)
    elif case.quantity.startswith("rf"):
        reason = rf_undefined(phi) or ("affine" if phi.is_affine else None)
    else:
        slope = case.quantity == "dual_derivative"
        good = phi.derivative_is_square_integrable if slope else phi.is_square_integrable
        reason = "not square-integrable" if good is False else None
    if reason is not None:
        raise UndefinedGamma(reason)
    slope = case.quantity in ("ntk", "dual_derivative")
    return phi.derivative().pieces if slope else phi.pieces


def _sums(case: Case, function: PiecewiseFunction, limits: Limits) -> list[Interval]:
    if case.quantity == "coefficient":
        values, _ = coefficients(function, case.level, case.digits, limits)
        return [bounds(value) for value in values]
    if case.quantity.startswith("dual"):
        rho = case.point if abs(case.point) < 1 else Fraction(1, 2)
        tail = kernel(function, rho, case.digits, limits).tail
        return [bounds(tail.numerator), bounds(tail.total)]
    tail = sums(function, 1 if case.quantity == "ntk" else 2, case.point, case.digits, limits).tail
    return [bounds(tail.numerator), bounds(tail.total), *[bounds(mu) for mu in tail.head]]


def against_floats(case: Case, max_seconds: float) -> tuple[str, ...]:
    """The enclosure against floating-point quadrature of the expression as typed."""
    phi = activation(case.text)
    value = _public(case, case.digits, max_seconds)
    _contract(case, value)
    trusted = case.family not in FINE_FEATURES and 0.01 <= abs(case.point) <= 0.9
    reference = float_reference(phi, case.quantity, float(case.point), case.level) if trusted else None
    if reference is None:
        return (value.route, "no float reference")
    number, scale = reference
    error = abs(float(value) - number)
    if not error <= FLOAT_TOLERANCE * scale:
        raise Violation(f"floats give {number!r}, the enclosure {float(value)!r} ({value.route})")
    return (value.route, "floats")


MODES: dict[str, Callable[[Case, float], tuple[str, ...]]] = {
    "precision": against_more_digits,
    "routes": against_second_route,
    "float": against_floats,
}


# --- the run ----------------------------------------------------------------------------------------------


def reason_of(outcome: Outcome) -> str:
    """Return a refusal without the numbers and formulas in it, for counting."""
    text = re.sub(r"\(at .*|[:;] .*(?=not analytic)", "", outcome.detail)
    text = re.sub(r"-?\d+(\.\d+)?(e-?\d+)?(/\d+)?", "#", text)
    return text[:110]


def run_one(job: tuple[int, int, float, int]) -> Outcome:
    seed, index, max_seconds, hard_seconds = job
    return check(draw(seed, index), max_seconds, hard_seconds)


def main(arguments: list[str] | None = None) -> int:
    """Run the checks, print a summary, return 1 if a claim was false or something crashed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0, help="first index")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int, help="one index")
    parser.add_argument("--max-seconds", type=float, default=MAX_SECONDS, help="as for gamma_ntk")
    parser.add_argument(
        "--hard-seconds", type=int, default=HARD_SECONDS, help="a case that takes longer is reported"
    )
    parser.add_argument(
        "--memory", type=float, default=4, help="GiB that one process may take; more is a crash"
    )
    parser.add_argument("--verbose", action="store_true", help="print every case")
    options = parser.parse_args(arguments)
    indices = (
        [options.only] if options.only is not None else range(options.start, options.start + options.count)
    )
    # processes that are started later inherit the limit
    resource.setrlimit(resource.RLIMIT_AS, (int(options.memory * 2**30), resource.RLIM_INFINITY))
    jobs = [(options.seed, index, options.max_seconds, options.hard_seconds) for index in indices]
    started = time.perf_counter()
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            outcomes = _collect(pool.map(run_one, jobs, chunksize=8), options.verbose)
    else:
        outcomes = _collect(map(run_one, jobs), options.verbose)
    _summary(outcomes, options.seed, time.perf_counter() - started)
    return int(any(outcome.verdict in ("violation", "crash", "slow") for outcome in outcomes))


def _collect(outcomes: Iterator[Outcome], verbose: bool) -> list[Outcome]:
    kept = []
    for outcome in outcomes:
        kept.append(outcome)
        if verbose or outcome.verdict in ("violation", "crash", "slow"):
            took = f"({outcome.seconds:.2f} s, {' / '.join(outcome.routes)})"
            print(f"{outcome.verdict.upper()} {outcome.case} {outcome.detail} {took}", flush=True)
    return kept


def _summary(outcomes: list[Outcome], seed: int, seconds: float) -> None:
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    refusals = Counter(reason_of(outcome) for outcome in outcomes if outcome.verdict == "refused")
    example = {reason_of(outcome): outcome.case for outcome in outcomes if outcome.verdict == "refused"}
    for reason, number in refusals.most_common():
        print(f"refused {number:5d}  {reason}   e.g. {example[reason]}")
    pairs = Counter(" / ".join(sorted(outcome.routes)) for outcome in outcomes if outcome.verdict == "ok")
    for pair, number in pairs.most_common():
        print(f"checked {number:5d}  {pair}")
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"slowest {slowest.seconds:.1f} s: {slowest.case}")
    bad = ", ".join(f"{verdicts[name]} {name}" for name in ("violation", "crash", "slow"))
    good = f"{verdicts['refused']} refused, {verdicts['ok']} confirmed"
    print(f"adversarial: {len(outcomes)} cases, seed {seed}: {bad}, {good}, {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
