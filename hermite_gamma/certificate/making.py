"""Activation -> Certificate: the bounds that the package gives, with what gives them again."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import hermite_gamma
from hermite_gamma.activation import Activation
from hermite_gamma.certificate.certificate import COEFFICIENT, DUAL, Certificate, Claim
from hermite_gamma.certificate.recording import Recorder
from hermite_gamma.certificate.values import Effort, interval
from hermite_gamma.construct import Spec, activation
from hermite_gamma.dual import dual_kernel, hermite_coefficients
from hermite_gamma.enclosure.routes import MAX_BITS, MAX_SECONDS, ROUTES
from hermite_gamma.errors import NotDifferentiable, UndefinedGamma
from hermite_gamma.gamma import gamma_ntk, gamma_rf
from hermite_gamma.inputs import alpha_value, digits_value, level_value, rho_value
from hermite_gamma.parsing import to_text
from hermite_gamma.results import Enclosure, Gamma

PACKAGES = ("python-flint", "sympy")


def certify_gamma(
    phi: Spec,
    alphas: Sequence[Any],
    digits: int = 15,
    *,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Certificate:
    """Return a certificate of the NTK limit and the three RF bounds, those that exist, at every alpha.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alphas: exact numbers in (0, 1).
        digits, max_bits, max_seconds: as for `gamma_ntk`.

    Raises:
        UndefinedGamma: not one of them exists.
        NoEnclosure, PrecisionExhausted, BudgetExceeded: one that exists cannot be enclosed.

    >>> certify_gamma("relu", ["1/4"], digits=20).claims[0].title
    'ntk_limit at alpha = 1/4'
    """
    act, wanted = activation(phi), digits_value(digits)
    make = _Maker(act, wanted, Effort(max_bits, max_seconds))
    cost: dict[str, Any] = {"max_bits": max_bits, "max_seconds": max_seconds}
    claims: list[Claim] = []
    reasons: list[str] = []
    for alpha in map(alpha_value, alphas):
        found: list[Gamma] = []
        for compute in (
            lambda a=alpha: [gamma_ntk(act, a, wanted, **cost)],
            lambda a=alpha: gamma_rf(act, a, wanted, **cost).values,
        ):
            try:
                found += [value for value in compute() if isinstance(value, Gamma)]
            except (UndefinedGamma, NotDifferentiable) as error:
                reasons.append(str(error))
        claims += [make.claim(value, value.quantity, alpha=alpha) for value in found]
    if not claims:
        raise UndefinedGamma("; ".join(dict.fromkeys(reasons)))
    return make.certificate(claims)


def certify_dual(
    phi: Spec,
    rho: Any,
    digits: int = 15,
    *,
    derivative: bool = False,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Certificate:
    """Return a certificate of the dual kernel at rho in [-1, 1]; arguments and errors as `dual_kernel`.

    >>> certify_dual("relu", "1/2").claims[0].title
    'dual_kernel at rho = 1/2'
    """
    act, wanted = activation(phi), digits_value(digits)
    value = dual_kernel(act, rho, wanted, derivative=derivative, max_bits=max_bits, max_seconds=max_seconds)
    make = _Maker(act, wanted, Effort(max_bits, max_seconds))
    return make.certificate([make.claim(value, DUAL, rho=rho_value(rho), derivative=derivative)])


def certify_coefficients(
    phi: Spec,
    up_to: int,
    digits: int = 15,
    *,
    derivative: bool = False,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Certificate:
    """Return a certificate of mu_0, ..., mu_up_to; arguments and errors as `hermite_coefficients`.

    >>> len(certify_coefficients("tanh", 3).claims)
    4
    """
    act, wanted = activation(phi), digits_value(digits)
    values = hermite_coefficients(
        act, level_value(up_to), wanted, derivative=derivative, max_bits=max_bits, max_seconds=max_seconds
    )
    make = _Maker(act, wanted, Effort(max_bits, max_seconds, up_to))
    claims = [
        make.claim(value, COEFFICIENT, level=level, derivative=derivative)
        for level, value in enumerate(values)
    ]
    return make.certificate(claims)


@dataclass
class _Maker:
    phi: Activation
    digits: int
    effort: Effort
    _recorders: dict[str, Recorder] = field(
        default_factory=lambda: {route.name: Recorder(route) for route in ROUTES}
    )

    def claim(
        self,
        value: Enclosure,
        quantity: str,
        alpha: Fraction | None = None,
        rho: Fraction | None = None,
        level: int | None = None,
        derivative: bool = False,
    ) -> Claim:
        """Return the claim of an enclosure; its route is run once more, for its parameters."""
        low, high = _open(value.lower, value.upper, self.digits)
        claim = Claim(quantity, alpha, rho, level, derivative, low, high, value.route, value.proof)
        recorder = self._recorders.get(value.route)
        if value.exact is not None or recorder is None:
            return claim  # nothing was truncated: there is nothing to choose
        again = interval(self.phi, claim, self.digits, recorder, self.effort)
        if again[1] < low or high < again[0]:
            raise ArithmeticError(f"{value.route} gives two disjoint enclosures of {claim.title}")
        return replace(claim, parameters=recorder.parameters)

    def certificate(self, claims: Sequence[Claim]) -> Certificate:
        return Certificate(str(self.phi), to_text(self.phi.expr), self.digits, tuple(claims), _versions())


def _open(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Return the bounds; around an exact value, which no other route can hit, as wide as the digits allow."""
    if low < high:
        return low, high
    half = abs(low) / (2 * 10**digits + 1) if low else Fraction(1, 2 * 10 ** (2 * digits))
    return low - half, high + half


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {
        "hermite-gamma": hermite_gamma.__version__,
        "python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
