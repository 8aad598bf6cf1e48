"""Rule: gamma_NTK and the RF bounds from the kernels, and their closed forms in alpha."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.derivation.chain import Chain
from hermite_gamma.derivation.kernels import moments
from hermite_gamma.derivation.line import Line, Section
from hermite_gamma.derivation.notation import ALPHA, Gamma, kernel, mu
from hermite_gamma.errors import NoClosedForm, UndefinedGamma
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import closed_dual
from hermite_gamma.gamma import gamma_ntk, gamma_rf, ntk_undefined, rf_undefined
from hermite_gamma.results import SymbolicGamma

POINTS = tuple({ALPHA: Fraction(p, q)} for p, q in ((1, 4), (1, 2), (9, 10)))
EXAMPLE = Fraction(1, 2)
EXAMPLE_DIGITS = 20
LONGEST = 4000


def section(phi: Activation, steps: Chain) -> Section:
    """Return the lines about the constants, and in `text` what is undefined or has no closed form."""
    lines: list[Line] = []
    remarks: list[str] = []
    reason = ntk_undefined(phi)
    if reason is None:
        lines += moments(phi, steps)
        lines.append(_ntk())
        lines += _closed_ntk(phi, remarks)
    else:
        remarks.append(f"gamma_NTK is not defined: {reason}.")
    reason = rf_undefined(phi)
    if reason is not None:
        remarks.append(f"The RF constants are not defined: {reason}.")
    elif phi.is_affine:
        remarks.append("phi is affine: the paper's RF bound is 0, the sharp one 0/0 and the upper one alpha.")
    else:
        lines += _rf()
        lines += _closed_rf(phi, remarks)
    return Section("Alignment constants", tuple(lines), after=" ".join(remarks))


def _ntk() -> Line:
    mean = mu(1, sp.S.Zero) ** 2
    return Line(
        "definition",
        Gamma(sp.S.Zero, ALPHA),
        ALPHA * (kernel(1, ALPHA) - mean) / (kernel(1, sp.S.One) - mean),
        "alpha sum_(l>=1) mu_l(phi')^2 alpha^l / sum_(l>=1) mu_l(phi')^2, by the series of Mehler",
        "0 < alpha < 1",
        POINTS,
    )


def _closed_ntk(phi: Activation, remarks: list[str]) -> Iterator[Line]:
    try:
        value = gamma_ntk(phi, ALPHA).exact
    except NoClosedForm:
        shown = gamma_ntk(phi, EXAMPLE, EXAMPLE_DIGITS)
        remarks.append(
            "No closed form of the kernel of phi' is known here, and so none of gamma_NTK; the enclosure at "
            f"alpha = {EXAMPLE} is {shown} ({shown.route})."
        )
        return
    if len(str(value)) <= LONGEST:
        left, reason = Gamma(sp.S.Zero, ALPHA), "the kernel of phi' inserted"
        shown = min((_inserted(phi, value), _shorter(value)), key=lambda form: len(str(form)))
        yield Line("result", left, shown, reason, "0 < alpha < 1", POINTS)


def _inserted(phi: Activation, value: sp.Expr) -> sp.Expr:
    """Return the quotient of the definition with every number put in as it stands, or `value` again."""
    slope = phi.pieces.derivative
    try:
        mean, square = coefficient(slope, 0) ** 2, second_moment(slope)
        top = sp.expand_mul(closed_dual(slope, ALPHA) - mean)
    except NoClosedForm:
        return value
    return ALPHA * sp.factor_terms(top) / sp.factor_terms(square - mean)


def _shorter(value: sp.Expr) -> sp.Expr:
    """Return the value, or the same over one denominator where that is shorter."""
    joined = sp.together(value) if value.count_ops() < 120 else value
    return joined if len(str(joined)) < len(str(value)) else value


def _rf() -> Iterator[Line]:
    mean, first = mu(0, sp.S.Zero) ** 2, mu(0, sp.S.One) ** 2
    tail = kernel(0, ALPHA) - mean - first * ALPHA
    whole = kernel(0, sp.S.One) - mean
    parts = (
        (1, tail / whole, "sum_(l>=2) mu_l^2 alpha^l / sum_(l>=1) mu_l^2"),
        (2, tail / (whole - first), "the same numerator over sum_(l>=2) mu_l^2"),
        (3, (kernel(0, ALPHA) - mean) / whole, "sum_(l>=1) mu_l^2 alpha^l / sum_(l>=1) mu_l^2"),
    )
    for which, value, reason in parts:
        left = Gamma(sp.Integer(which), ALPHA)
        yield Line("definition", left, value, reason, "0 < alpha < 1", POINTS)


def _closed_rf(phi: Activation, remarks: list[str]) -> Iterator[Line]:
    try:
        found = gamma_rf(phi, ALPHA).values
    except (NoClosedForm, UndefinedGamma):
        bounds = gamma_rf(phi, EXAMPLE, EXAMPLE_DIGITS).values
        remarks.append(
            "No closed form of kappa is known here, and so none of the RF constants; the enclosures at "
            f"alpha = {EXAMPLE} are {', '.join(map(str, bounds))}."
        )
        return
    for which, value in enumerate(found, start=1):
        if isinstance(value, SymbolicGamma) and len(str(value.exact)) <= LONGEST:
            left = Gamma(sp.Integer(which), ALPHA)
            yield Line("result", left, _shorter(value.exact), "kappa inserted", "0 < alpha < 1", POINTS)
