"""What the finite-size theory returns: a number at the user's own sizes, and how far it is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hermite_gamma.errors import UnknownName

STATUSES = ("theorem", "equivalent", "numerical")


@dataclass(frozen=True, kw_only=True)
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

    >>> print(Prediction(value=0.25, regime="N = 100, d = 50", status="equivalent", allowance=0.02))
    0.25 (+- 0.02, equivalent)
    """

    value: float
    regime: str
    status: str
    allowance: float
    sd: float | None = None
    quantities: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise UnknownName("status", self.status, STATUSES)

    def __float__(self) -> float:
        return self.value

    def __getitem__(self, name: str) -> float:
        if name not in self.quantities:
            raise UnknownName("quantity", name, self.quantities)
        return self.quantities[name]

    def __str__(self) -> str:
        return f"{self.value:.6g} (+- {self.allowance:.2g}, {self.status})"
