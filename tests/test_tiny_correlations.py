"""alpha and rho of thirty decimals: widths hold, and whole numbers that SymPy cannot factor do no harm."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Integer, sqrt

from hermite_gamma import NoClosedForm, dual_kernel, gamma_rf
from hermite_gamma.sympy_faults import retried

TINY = Fraction(41, 5 * 10**31)
AWKWARD = Fraction(3, 5 * 10**31)  # 1 - rho^2 has two close factors of 32 digits, one of them composite


@pytest.mark.parametrize(("text", "digits"), [("log_cosh", 2), ("sqrt(1+x^2)", 6), ("sin(x/3)*tanh(x)", 5)])
def test_mu_1_of_even_functions_is_no_ball_around_zero(text: str, digits: int) -> None:
    """alpha mu_1^2 would drown a numerator of order alpha^2; the sharp bound shares that numerator."""
    bounds = gamma_rf(text, TINY, digits)
    upper, sharp = bounds.upper_bound, bounds.sharp_lower_bound
    assert upper.width == "relative"
    assert 0 < upper.lower <= upper.upper <= upper.lower * (1 + 2 * Fraction(1, 10**digits))
    # for even phi there is no level 1: the two bounds are the same number
    assert max(upper.lower, sharp.lower) <= min(upper.upper, sharp.upper)


def test_a_root_that_sympy_cannot_take_is_enclosed() -> None:
    value = dual_kernel("relu", AWKWARD, digits=30)
    # 1/(2 pi) + rho/4 to first order
    first = dual_kernel("relu", 0, digits=40)
    allowed = AWKWARD * AWKWARD + value.radius + first.radius
    assert abs(value.midpoint - first.midpoint - AWKWARD / 4) < allowed
    upper = gamma_rf("relu", AWKWARD).upper_bound
    assert 0 < upper.lower <= upper.upper < AWKWARD


def test_a_fault_that_stays_is_no_closed_form() -> None:
    with pytest.raises(NoClosedForm, match="square root"):
        retried(sqrt)(Integer((5 * 10**31 - 3) * (5 * 10**31 + 3)))
