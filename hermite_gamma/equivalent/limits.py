"""Where the alignment settles between the scales at which a new level is learned.

    1 << N << d          u   = sum_{l>=1} w_l alpha^l / sum_{l>=1} w_l
    d << N << d^2        b2  = sum_{l>=2} w_l alpha^l / sum_{l>=2} w_l
    d^l << N << d^(l+1)        sum_{m>l} w_m alpha^m / sum_{m>l} w_m        (staircase)

The sums are proved; that the alignment goes there is a deterministic equivalent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10
from typing import Any, ClassVar

from hermite_gamma.construct import Spec
from hermite_gamma.enclosure.rounding import outward
from hermite_gamma.equivalent.expansion import Interval, expansion, model_value
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import alpha_value, count_value
from hermite_gamma.results import Enclosure

DIGITS = 15
MOST_STEPS = 20  # levels above are certified for every activation, whatever its route
LARGE_DIMENSION = 10**6  # a limit knows no d; this asks for no more levels than any large one


@dataclass(frozen=True)
class Plateau:
    """One step of the staircase.

    Attributes:
        level: the last level that is learned; 0 on the first step.
        value: the alignment there, with proved bounds.
        regime: the range of N it belongs to.
    """

    level: int
    value: Enclosure
    regime: str
    status: ClassVar[str] = "equivalent"

    def __float__(self) -> float:
        return float(self.value)


def plateaus(phi: Spec, alpha: Any, model: str, up_to: int = 3) -> tuple[Plateau, ...]:
    """Return the limits of the alignment for d^l << N << d^(l+1), l = 0, ..., up_to; k > N, no ridge.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: d_y/d in (0, 1).
        model: "rf" or "ntk".
        up_to: last step, 0 to 20. A polynomial has fewer: N cannot exceed the rank of its kernel.

    Raises:
        UndefinedGamma, NoEnclosure: as for `spectrum`.

    Source: derived here; the second step of the NTK is the limit of [bombari2024], Theorem 2.

    >>> [(step.regime, str(step.value)[:8]) for step in plateaus("relu", "1/2", "rf", 1)]
    [('1 << N << d', '0.426422'), ('d << N << d^2', '0.223941')]
    """
    a, last = alpha_value(alpha), count_value(up_to, "up_to", least=0)
    if last > MOST_STEPS:
        raise BadInput(f"up_to must be at most {MOST_STEPS}, got {last}")
    source = expansion(phi, model_value(model), LARGE_DIMENSION)
    steps = []
    for level in range(last + 1):
        numerator, mass = source.sums_above(level, a)
        if mass[0] == 0:
            break
        steps.append(Plateau(level, _quotient(numerator, mass), _regime(level)))
    return tuple(steps)


def low_sample_limit(phi: Spec, alpha: Any, model: str) -> Enclosure:
    """Return u, the limit for 1 << N << d.

    Raises:
        UndefinedGamma: the kernel is constant.

    >>> str(low_sample_limit("h1+h2", "1/2", "rf"))
    '0.375'
    """
    return _step(phi, alpha, model, 0)


def high_sample_limit(phi: Spec, alpha: Any, model: str) -> Enclosure:
    """Return b2, the limit for d << N << d^2; for the NTK the gamma of [bombari2024], Theorem 2.

    Raises:
        UndefinedGamma: the kernel is linear.

    >>> str(high_sample_limit("relu", "1/2", "ntk"))[:12]
    '0.1666666666'
    """
    return _step(phi, alpha, model, 1)


def paper_lower_bound(phi: Spec, alpha: Any, model: str) -> Enclosure:
    """Return sum_{l>=2} w_l alpha^l / sum_{l>=1} w_l, which is b2 lam*/(w_1 + lam*).

    Source: [bombari2024], Theorem 1, for the RF model: a lower bound up to o(1), for N = o(d^2) only.

    >>> str(paper_lower_bound("relu", "1/2", "rf"))[:9]
    '0.0596867'
    """
    source = expansion(phi, model_value(model), LARGE_DIMENSION)
    a = alpha_value(alpha)
    numerator, mass = source.sums_above(1, a)[0], source.sums_above(0, a)[1]
    if mass[0] == 0:
        raise UndefinedGamma("the kernel is constant")
    return _quotient(numerator, mass)


def _step(phi: Spec, alpha: Any, model: str, level: int) -> Enclosure:
    found = plateaus(phi, alpha, model, level)
    if len(found) <= level:
        raise UndefinedGamma(f"the kernel has no level above {level}")
    return found[level].value


def _regime(level: int) -> str:
    bounds = ("1", "d", *(f"d^{power}" for power in range(2, level + 2)))
    return f"{bounds[level]} << N << {bounds[level + 1]}"


def _quotient(numerator: Interval, mass: Interval) -> Enclosure:
    """Return the enclosure of a quotient of non-negative numbers, mass > 0."""
    low, high = outward(numerator[0] / mass[1], numerator[1] / mass[0], DIGITS)
    low = max(low, Fraction(0))
    if low == high:
        return Enclosure(low, high, DIGITS, None, "level sums", "Parseval, ball arithmetic", "exact")
    if low == 0:
        return Enclosure(low, high, DIGITS, None, "level sums", "Parseval, ball arithmetic", "absolute")
    digits = max(1, min(DIGITS, floor(-log10(float((high - low) / low)))))
    return Enclosure(low, high, digits, None, "level sums", "Parseval, ball arithmetic", "relative")
