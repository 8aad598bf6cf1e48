"""What the finite-size theory returns: a number at the user's own sizes, and how far it is proved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any

from hermite_gamma.errors import MissingExtra, UndefinedGamma, UnknownName

SCHEMA = 1
STATUSES = ("theorem", "equivalent", "numerical")
SIZES = ("samples", "dim", "dim_y", "width")
SPREAD = "sd"

# In the order of a table.
_ROW = ("model", "activation", "distribution", "samples", "dim", "dim_y", "width", "ridge")
_SHARES = ("alpha_requested", "alpha")


@dataclass(frozen=True, kw_only=True, repr=False)
class Prediction:
    """A predicted alignment constant, and what comes with it.

    Attributes:
        value: gamma at the sizes asked for.
        quantities: further predicted numbers by name.
        status: "theorem" (proved), "equivalent" (a deterministic equivalent: a heuristic, not
            proved), "numerical" (simulation is its only support).
        regime: what the number is, in words.
        allowance: how far the mean of a simulation may lie from `value` at these sizes, beside its own error.
        sd: standard deviation of one sample's alignment, None where it is not known.
        settings: model, activation, alpha_requested, alpha, dim_y, samples, dim, width, ridge, distribution.
        warnings: one line each, where the equivalent is known to break.
        allowances: the same as `allowance` for single quantities, where it is declared.
        statuses: status of single quantities (and of "sd") where it is not that of `value`.
        undefined: quantity (or "sd") -> why there is no such number here.

    Predictions are equal if all of this is; they pickle.

    >>> found = Prediction(value=0.25, regime="N = 100, d = 50", status="equivalent", allowance=0.02)
    >>> print(found)
    0.25 (+- 0.02, equivalent)
    >>> float(found), found.latex
    (0.25, '\\\\num{0.250} \\\\pm \\\\num{0.020}')
    """

    value: float
    regime: str
    status: str
    allowance: float
    sd: float | None = None
    quantities: Mapping[str, float] = field(default_factory=dict, hash=False)
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    warnings: tuple[str, ...] = ()
    allowances: Mapping[str, float] = field(default_factory=dict, hash=False)
    statuses: Mapping[str, str] = field(default_factory=dict, hash=False)
    undefined: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.status in STATUSES and not self.statuses:  # a curve makes thousands
            return
        for status in (self.status, *self.statuses.values()):
            if status not in STATUSES:
                raise UnknownName("status", status, STATUSES)

    def __float__(self) -> float:
        return self.value

    def __getitem__(self, name: str) -> float:
        """Return a further quantity by its name.

        Raises:
            UndefinedGamma: it does not exist at these settings, and why.
            UnknownName: no such quantity.
        """
        if name in self.undefined:
            raise UndefinedGamma(self.undefined[name])
        if name not in self.quantities:
            raise UnknownName("quantity", name, self.quantities)
        return self.quantities[name]

    def status_of(self, name: str) -> str:
        """Return the status of a quantity, or of "sd"."""
        return self.statuses.get(name, self.status)

    def __str__(self) -> str:
        return f"{self.value:.6g} (+- {self.allowance:.2g}, {self.status})"

    def __repr__(self) -> str:
        return f"<Prediction {self}: {self.regime}>"

    @property
    def latex(self) -> str:
        """The value and its allowance as siunitx input, to two figures of the allowance."""
        if not (math.isfinite(self.allowance) and self.allowance > 0):
            return rf"\num{{{self.value:.6g}}}"
        places = max(0, 1 - math.floor(math.log10(self.allowance)))
        return rf"\num{{{self.value:.{places}f}}} \pm \num{{{self.allowance:.{places}f}}}"

    def to_json(self) -> dict[str, Any]:
        """Return the object that `hermite-gamma predict --json` prints."""
        names = dict.fromkeys([*self.quantities, *self.undefined])
        names.pop(SPREAD, None)
        return {
            "schema": SCHEMA,
            **self.setting_json(),
            "gamma": self.value_json(),
            "fluctuation": self._quantity(SPREAD, self.sd),
            "quantities": {name: self._quantity(name, self.quantities.get(name)) for name in names},
            "warnings": list(self.warnings),
        }

    def value_json(self) -> dict[str, Any]:
        """Return the object that JSON has for `value` alone."""
        return {
            "value": self.value,
            "allowance": _finite(self.allowance),
            "status": self.status,
            "regime": self.regime,
        }

    def setting_json(self) -> dict[str, Any]:
        """Return the settings as JSON values, the sizes in an object of their own."""
        setting = {name: self.settings[name] for name in ("model", "activation", "distribution")}
        setting |= {name: ratio(self.settings[name]) for name in _SHARES}
        setting["sizes"] = {name: self.settings[name] for name in SIZES}
        return {**setting, "ridge": float(self.settings["ridge"])}

    def _quantity(self, name: str, value: float | None) -> dict[str, Any]:
        if name in self.undefined:
            return {"undefined": self.undefined[name]}
        if value is None:
            return {"undefined": "no formula at these settings"}
        if not math.isfinite(value):
            return {"undefined": "not finite"}
        return {
            "value": value,
            "allowance": _finite(self.allowances.get(name)),
            "status": self.status_of(name),
            "regime": self.regime,
        }

    def to_pandas(self) -> Any:
        """Return a pandas Series: a row of a table, its columns named as those of `Estimate.to_pandas`.

        Raises:
            MissingExtra: pandas is not installed (the extra `sweep` brings it).
        """
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise MissingExtra("a pandas row", "sweep") from None
        row: dict[str, Any] = {name: self.settings.get(name) for name in _ROW}
        row |= {name: float(self.settings[name]) for name in _SHARES if name in self.settings}
        row |= {"mean": self.value, "allowance": self.allowance, "status": self.status}
        return pandas.Series(row | {SPREAD: self.sd} | dict(self.quantities), dtype=object)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def ratio(value: Any) -> str:
    """Return p/q, as JSON has an exact number.

    >>> ratio(Fraction("0.25"))
    '1/4'
    """
    exact = Fraction(value)
    return f"{exact.numerator}/{exact.denominator}"
