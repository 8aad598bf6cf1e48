"""A certificate proved again: by another route, each claim for itself.

With C = [lower, upper] certified and N the new enclosure:
    VERIFIED    N lies inside C: the claim is proved again, without the route that it names.
    CONSISTENT  N and C overlap, N is no narrower than told: nothing contradicts the claim, nor proves it.
    REFUTED     N and C are disjoint, or the quantity is undefined: the claim is false, or a route is.
    CANNOT      no other route gives an enclosure, with the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log10

from hermite_gamma.activation import Activation
from hermite_gamma.certificate.certificate import Certificate, Claim, ratio
from hermite_gamma.certificate.families import others
from hermite_gamma.certificate.values import Effort, Interval, interval, undefined
from hermite_gamma.construct import activation
from hermite_gamma.enclosure.route import Route
from hermite_gamma.enclosure.routes import MAX_BITS, MAX_SECONDS
from hermite_gamma.errors import (
    BadInput,
    BudgetExceeded,
    NoClosedForm,
    NoEnclosure,
    PrecisionExhausted,
)
from hermite_gamma.results import proved_digits

VERIFIED, CONSISTENT, REFUTED, CANNOT = "VERIFIED", "CONSISTENT", "REFUTED", "CANNOT"

# beyond the certified digits: the value may lie close to an end of its interval, then more are tried
EXTRA_DIGITS = (7, 25)
FEWEST_DIGITS = 5


@dataclass(frozen=True)
class Verdict:
    """What a check of one claim found.

    Attributes:
        claim: the claim.
        verdict: VERIFIED, CONSISTENT, REFUTED or CANNOT.
        route: the route that checked, None where none did.
        lower, upper: its enclosure, None likewise.
        reason: in words.
    """

    claim: Claim
    verdict: str
    route: str | None
    lower: Fraction | None
    upper: Fraction | None
    reason: str

    def to_json(self) -> dict[str, object]:
        """Return the object that `verify --json` prints for one claim."""
        claim = self.claim
        return {
            "quantity": claim.quantity,
            "alpha": None if claim.alpha is None else ratio(claim.alpha),
            "rho": None if claim.rho is None else ratio(claim.rho),
            "l": claim.level,
            "derivative": claim.derivative,
            "verdict": self.verdict,
            "certified_by": claim.route,
            "checked_by": self.route,
            "lower": None if self.lower is None else ratio(self.lower),
            "upper": None if self.upper is None else ratio(self.upper),
            "reason": self.reason,
        }


def verify(
    certificate: Certificate, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> Iterator[Verdict]:
    """Yield one verdict for each claim, in their order.

    Args:
        certificate: as `read_certificate` or `certify_gamma`, ... return it.
        max_bits: largest working precision.
        max_seconds: leave out a route that is estimated to take longer.

    Raises:
        BadInput: the formula is no activation, or the name stands for another function here.

    >>> from hermite_gamma.certificate.making import certify_gamma
    >>> made = certify_gamma("tanh", ["1/2"], digits=15)
    >>> [verdict.verdict for verdict in verify(made)]
    ['VERIFIED', 'VERIFIED', 'VERIFIED', 'VERIFIED']
    """
    phi = _function(certificate)
    effort = Effort(max_bits, max_seconds, max((claim.level or 0 for claim in certificate.claims), default=0))
    for claim in certificate.claims:
        yield _checked(phi, claim, certificate.digits, effort)


def _function(certificate: Certificate) -> Activation:
    phi = activation(certificate.formula)
    named = activation(certificate.activation)
    if named.expr != phi.expr:
        raise BadInput(
            f"the name {certificate.activation[:80]!r} stands for {named.expr} here, "
            f"the certificate is about {phi.expr}"
        )
    return phi


def _checked(phi: Activation, claim: Claim, digits: int, effort: Effort) -> Verdict:
    try:
        gone = undefined(phi, claim)
    except NoEnclosure as error:
        return Verdict(claim, CANNOT, None, None, None, str(error))
    if gone is not None:
        return Verdict(claim, REFUTED, None, None, None, f"there is no such number: {gone}")
    refusals: list[str] = []
    short: list[Route] = []
    fallback: Verdict | None = None
    for route in others(claim.route):
        found = _by(phi, claim, digits, route, effort, refusals, short)
        if found is not None and found.verdict != CONSISTENT:
            return found
        fallback = fallback or found
    fewer = digits // 2
    while fallback is None and short and fewer >= FEWEST_DIGITS:
        for route in short:
            fallback = fallback or _attempt(phi, claim, fewer, route, effort)
        fewer //= 2
    return fallback or Verdict(claim, CANNOT, None, None, None, "; ".join(refusals))


def _by(
    phi: Activation,
    claim: Claim,
    digits: int,
    route: Route,
    effort: Effort,
    refusals: list[str],
    short: list[Route],
) -> Verdict | None:
    """Return the verdict of one route; None with the reason in `refusals`, in `short` if it is the cost."""
    best: Verdict | None = None
    for extra in EXTRA_DIGITS:
        try:
            best = _compared(claim, interval(phi, claim, digits + extra, route, effort), route)
        except (BudgetExceeded, PrecisionExhausted, NoEnclosure, NoClosedForm) as error:
            if best is None:
                refusals.append(f"{route.name}: {error}")
                if isinstance(error, BudgetExceeded | PrecisionExhausted):
                    short.append(route)
            break
        if best.verdict != CONSISTENT:
            break
    return best


def _attempt(phi: Activation, claim: Claim, digits: int, route: Route, effort: Effort) -> Verdict | None:
    try:
        return _compared(claim, interval(phi, claim, digits, route, effort), route)
    except (BudgetExceeded, PrecisionExhausted, NoEnclosure, NoClosedForm):
        return None


def _compared(claim: Claim, new: Interval, route: Route) -> Verdict:
    low, high = new
    if high < claim.lower or low > claim.upper:
        verdict, reason = REFUTED, f"{route.name} puts it at {_shown(new)}, outside the certified bounds"
    elif claim.lower <= low and high <= claim.upper:
        verdict, reason = VERIFIED, f"proved again by {route.name}"
    else:
        verdict = CONSISTENT
        reason = f"{route.name} gives {_shown(new)}, which overlaps the bounds and does not lie inside them"
    return Verdict(claim, verdict, route.name, low, high, reason)


def _shown(new: Interval) -> str:
    low, high = new
    text = proved_digits(low, high, 30)
    width = high - low
    size = f"width 1e{_exponent(width)}" if width else "exact"
    return f"{text if text is not None else f'a number around {float((low + high) / 2):.3g}'} ({size})"


def _exponent(width: Fraction) -> int:
    """Return the decimal exponent of a width, which may be beyond the floats."""
    bits = width.numerator.bit_length() - width.denominator.bit_length()
    return round(bits * log10(2))
