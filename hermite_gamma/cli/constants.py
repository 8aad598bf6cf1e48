"""The four constants of one activation at one alpha, as `gamma`, `table` and `plot` ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from hermite_gamma.errors import (
    HermiteGammaError,
    NoEnclosure,
    NotDifferentiable,
    PrecisionExhausted,
    UndefinedGamma,
)
from hermite_gamma.report.table import Column
from hermite_gamma.results import Enclosure, Gamma, RFBounds, Undefined

# In the order of the JSON contract.
QUANTITIES = (
    Column("ntk_limit", "NTK limit", r"\(\gamma_{\mathrm{NTK}}\)"),
    Column("rf_paper_lower_bound", "paper's lower", group="RF"),
    Column("rf_sharp_lower_bound", "sharp lower", group="RF"),
    Column("rf_upper_bound", "upper", group="RF"),
)

# A constant, or why there is none: undefined, or refused by the error given.
Outcome = Gamma | Undefined | HermiteGammaError


@dataclass(frozen=True)
class Limits:
    """What a computation may cost; None leaves it to the library."""

    max_seconds: float | None = None
    max_bits: int | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The keyword arguments that were asked for."""
        return {name: value for name, value in vars(self).items() if value is not None}


def constants(phi: hg.Activation, alpha: Fraction, digits: int, limits: Limits) -> Mapping[str, Outcome]:
    """Return the four constants by their keys in the JSON contract; what has no value says why.

    Raises:
        BudgetExceeded: the work would take longer than allowed.
    """
    ntk = outcome(lambda: hg.gamma_ntk(phi, alpha, digits, **limits.given))
    rf = outcome(lambda: hg.gamma_rf(phi, alpha, digits, **limits.given))
    bounds = rf.values if isinstance(rf, RFBounds) else (rf,) * 3
    keys = [column.key for column in QUANTITIES]
    return dict(zip(keys, (ntk, *bounds), strict=True))


def outcome(compute: Callable[[], Any]) -> Any:
    """Return the result, or the error that says that there is none."""
    try:
        return compute()
    except NotDifferentiable as error:
        return UndefinedGamma(str(error))
    except (UndefinedGamma, NoEnclosure, PrecisionExhausted) as error:
        return error


def to_json(value: Enclosure | Undefined | HermiteGammaError) -> dict[str, Any]:
    """Return the object of the JSON contract for one value or for its absence."""
    if isinstance(value, Enclosure | Undefined):
        return value.to_json()
    return {"undefined": value.reason} if isinstance(value, UndefinedGamma) else {"refused": str(value)}


def all_json(found: Mapping[str, Outcome]) -> dict[str, Any]:
    """Return the objects of the JSON contract for the four constants."""
    return {key: to_json(value) for key, value in found.items()}


def why_nothing(found: Mapping[str, Outcome]) -> str | None:
    """Return the reasons if not one of the constants has a value, else None."""
    if any(isinstance(value, Gamma) for value in found.values()):
        return None
    reasons = (value.reason if isinstance(value, Undefined) else str(value) for value in found.values())
    return "; ".join(dict.fromkeys(reasons))
