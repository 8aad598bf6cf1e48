"""Which routes share what: a certificate is checked by a route of another family where one applies.

The algebraic routes write phi as a sum of atoms and use exact moments of these; those of the strip sample
phi on one grid and bound it in a strip; the panels lie between the breakpoints, each with a bound on an
ellipse; the integrator is Arb's own. Two routes of one family share code; two of different families only the
reading of the text, the split into pieces, the growth bound, a few Gaussian bounds, the last summation and
the balls.
"""

from __future__ import annotations

from collections.abc import Mapping

from hermite_gamma.certificate.formula_series import FormulaSeries
from hermite_gamma.certificate.integrator import ArbIntegrator
from hermite_gamma.enclosure.route import Route
from hermite_gamma.enclosure.routes import ROUTES

ALGEBRAIC, STRIP, PANELS, INTEGRATOR = "algebraic", "strip", "panels", "integrator"

# add a route here: its name and its family
FAMILIES: Mapping[str, str] = {
    "closed form": ALGEBRAIC,
    "series": ALGEBRAIC,
    "orthant integrals": ALGEBRAIC,
    "Mehler closed form": ALGEBRAIC,
    "formula series": ALGEBRAIC,
    "strip series": STRIP,
    "strip trapezoid": STRIP,
    "panel series": PANELS,
    "Mehler panels": PANELS,
    "Arb integrator": INTEGRATOR,
}

# all that can check: the routes of the package, then two that are too slow to be among them
CHECKS: tuple[Route, ...] = (*ROUTES, FormulaSeries(), ArbIntegrator())


def others(name: str) -> list[Route]:
    """Return the routes but the one named: first those of other families, then the rest of its own.

    >>> [route.name for route in others("Mehler panels")][-1]
    'panel series'
    >>> "closed form" in [route.name for route in others("closed form")]
    False
    """
    own = FAMILIES[name]
    rest = [route for route in CHECKS if route.name != name]
    return sorted(rest, key=lambda route: FAMILIES[route.name] == own)
