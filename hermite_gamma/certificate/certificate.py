"""What a certificate states: one activation, and exact rational bounds of its constants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hermite_gamma.results import proved_digits

SCHEMA = 1
GAMMAS = ("ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound", "rf_upper_bound")
DUAL, COEFFICIENT = "dual_kernel", "hermite_coefficient"


@dataclass(frozen=True)
class Claim:
    """lower <= value <= upper for one quantity.

    Attributes:
        quantity: one of GAMMAS, DUAL or COEFFICIENT.
        alpha: of a gamma, in (0, 1); else None.
        rho: of the dual kernel, in [-1, 1]; else None.
        level: l of a Hermite coefficient; else None.
        derivative: of phi' in place of phi (dual kernel and coefficient).
        lower, upper: exact, lower < upper.
        route, proof: what proved it, as named in docs/enclosures.md.
        parameters: with them the route gives the same balls again.
    """

    quantity: str
    alpha: Fraction | None
    rho: Fraction | None
    level: int | None
    derivative: bool
    lower: Fraction
    upper: Fraction
    route: str
    proof: str
    parameters: tuple[tuple[str, str | int], ...] = ()

    @property
    def title(self) -> str:
        """The quantity in words.

        >>> Claim("ntk_limit", Fraction(1, 4), None, None, False, Fraction(0), Fraction(1), "", "").title
        'ntk_limit at alpha = 1/4'
        """
        of = " of the derivative" if self.derivative else ""
        if self.alpha is not None:
            return f"{self.quantity} at alpha = {self.alpha}"
        if self.rho is not None:
            return f"{self.quantity}{of} at rho = {self.rho}"
        return f"{self.quantity}{of} at l = {self.level}"

    def width_allowed(self, digits: int) -> Fraction:
        """Return the width that `digits` digits stand for: relative, or absolute where 0 lies inside."""
        if self.lower <= 0 <= self.upper:
            return Fraction(1, 10 ** (2 * digits))
        return max(abs(self.lower), abs(self.upper)) * Fraction(1, 10**digits)

    def to_json(self, digits: int) -> dict[str, Any]:
        """Return the object of one claim in a file."""
        return {
            "quantity": self.quantity,
            "alpha": None if self.alpha is None else ratio(self.alpha),
            "rho": None if self.rho is None else ratio(self.rho),
            "l": self.level,
            "derivative": self.derivative,
            "lower": ratio(self.lower),
            "upper": ratio(self.upper),
            "decimal": proved_digits(self.lower, self.upper, digits),
            "route": {"name": self.route, "proof": self.proof, "parameters": dict(self.parameters)},
        }


@dataclass(frozen=True)
class Certificate:
    """Claims about one activation.

    Attributes:
        activation: the name or typed text that was asked for.
        formula: phi(x) as typed text; this is what the bounds are about, whatever the name comes to mean.
        digits: each claim is at most 10^-digits wide, relative, or 10^(-2 digits) where 0 lies inside.
        claims: at least one.
        versions: of the package and of what it computes with, for the record.
    """

    activation: str
    formula: str
    digits: int
    claims: tuple[Claim, ...]
    versions: Mapping[str, str | None]

    def to_json(self) -> dict[str, Any]:
        """Return the content of a certificate file, `"schema"` apart; `"sha256"` shows accidental changes."""
        content = {
            "activation": self.activation,
            "formula": self.formula,
            "digits": self.digits,
            "claims": [claim.to_json(self.digits) for claim in self.claims],
            "versions": dict(self.versions),
        }
        return content | {"sha256": digest({"schema": SCHEMA, **content})}


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an object, its own "sha256" left out, as JSON with sorted keys and no blanks.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1, "sha256": "..."})
    True
    """
    signed = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def ratio(value: Fraction) -> str:
    """Return p/q in lowest terms.

    >>> ratio(Fraction(0)), ratio(Fraction(-2, 4))
    ('0/1', '-1/2')
    """
    return f"{value.numerator}/{value.denominator}"
