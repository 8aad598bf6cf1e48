"""Every pair of routes that apply must agree, at every precision, and with values known from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TypeVar

import mpmath
import pytest
from flint import arb

from hermite_gamma import activation
from hermite_gamma.balls import bounds
from hermite_gamma.enclosure.routes import ROUTES, Limits, Proved, coefficients, kernel, sums
from hermite_gamma.errors import BudgetExceeded, HermiteGammaError, NoEnclosure, PrecisionExhausted
from hermite_gamma.pieces import PiecewiseFunction

F = Fraction
T = TypeVar("T")

# text: names of the routes that must be among those that apply
SMOOTH = {"strip series", "strip trapezoid", "Mehler panels"}
ATOMS = {"series", "Mehler closed form"}
FUNCTIONS = {
    "tanh(x)": SMOOTH,
    "x*atan(x)": SMOOTH,
    "silu(x) - x/3": SMOOTH,
    "log(cosh(x)) + tanh(x)/7": SMOOTH,
    "sin(3*x - 1/3)": SMOOTH | ATOMS,
    "x*exp(-x^2) + 1/9": SMOOTH | ATOMS,
    "erf(x)": SMOOTH | {"closed form"},
    "gelu(x)": SMOOTH | {"closed form"},
    "relu(x)": ATOMS | {"Mehler panels", "closed form"},
    "elu(x)": ATOMS | {"Mehler panels"},
    "hardtanh(x, min_val=-1/3, max_val=2)": ATOMS | {"Mehler panels"},
    "where(x > sqrt(2), cos(x), x^2/7)": ATOMS | {"Mehler panels"},
    "where(x > 1/3, x^2, x/7)*exp(-Abs(x))": ATOMS | {"Mehler panels"},
    "Max(x, exp(x) - 2)": ATOMS | {"Mehler panels"},
    "softsign(x - pi/7)": {"panel series", "Mehler panels"},
    "1/((x - 1/3)^2 + 1/100)": SMOOTH,
    "relu(x) + exp(-1000*(x - 6)^2)": {"Mehler panels"},
    "x + 10^-12*tanh(x)": SMOOTH,
}


def function_of(text: str) -> PiecewiseFunction:
    return activation(text).pieces


def only(name: str, seconds: float = 120.0) -> Limits:
    return Limits(max_seconds=seconds, routes=tuple(route for route in ROUTES if route.name == name))


def usable(function: PiecewiseFunction) -> list[str]:
    return [route.name for route in ROUTES if route.refusal(function) is None]


# they keep many coefficients for other alphas, and hand over where these would be too many
SERIES = {"strip series", "panel series"}


def answers(function: PiecewiseFunction, ask: Callable[[Limits], T]) -> dict[str, T]:
    """Return what every route says that applies; a series may find the request too long for it."""
    found = {}
    for name in usable(function):
        try:
            found[name] = ask(only(name, seconds=0.2 if name in SERIES else 120.0))
        except (BudgetExceeded, NoEnclosure):
            if name not in SERIES:
                raise
    return found


def overlap(first: arb, second: arb) -> bool:
    a, b = bounds(first), bounds(second)
    return max(a[0], b[0]) <= min(a[1], b[1])


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_expected_routes_apply(text: str) -> None:
    assert set(usable(function_of(text))) >= FUNCTIONS[text]


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize(
    ("rho", "digits"),
    [
        ("1/2", 12),
        ("-3/10", 12),
        ("-9/10", 12),
        ("97/100", 12),
        ("1/1000", 12),
        ("0", 12),
        ("1/2", 30),
        ("-3/10", 30),
    ],
)
def test_all_pairs_of_routes_agree_on_the_kernel(text: str, rho: str, digits: int) -> None:
    function = function_of(text)
    found = answers(function, lambda limits: kernel(function, F(rho), digits, limits).tail)
    for (first, a), (second, b) in combinations(found.items(), 2):
        assert overlap(a.numerator, b.numerator), (first, second)
        assert overlap(a.total, b.total), (first, second)


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("k", [1, 2])
def test_all_pairs_of_routes_agree_on_the_centred_sums(text: str, k: int) -> None:
    function = function_of(text)
    found = answers(function, lambda limits: sums(function, k, F(3, 10), 14, limits).tail)
    for (first, a), (second, b) in combinations(found.items(), 2):
        pairs = [(a.numerator, b.numerator), (a.total, b.total), *zip(a.head, b.head, strict=True)]
        assert all(overlap(one, other) for one, other in pairs), (first, second)
    for tail in found.values():
        assert len(tail.head) == k
        # relative width as promised, and 0 <= numerator <= rho^k total
        assert 8 * 10**14 * (tail.numerator.rad() * 2) <= tail.numerator.abs_upper() * 1.001
        assert tail.numerator.lower() > 0
        assert bounds(tail.numerator)[0] <= F(3, 10) ** k * bounds(tail.total)[1]


@pytest.mark.parametrize("text", FUNCTIONS)
def test_all_pairs_of_routes_agree_on_coefficients(text: str) -> None:
    function = function_of(text)
    found = answers(function, lambda limits: coefficients(function, 12, 15, limits)[0])
    for (first, a), (second, b) in combinations(found.items(), 2):
        assert len(a) == len(b) == 13
        assert all(overlap(x, y) for x, y in zip(a, b, strict=True)), (first, second)


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("rho", ["3/10", "-4/5"])
def test_more_digits_refine_the_same_number(text: str, rho: str) -> None:
    function = function_of(text)
    for name in usable(function):
        ladder: list[Proved] = []
        for digits in (8, 25, 95):
            try:
                ladder.append(
                    kernel(function, F(rho), digits, only(name, seconds=0.5 if name in SERIES else 3.0))
                )
            except BudgetExceeded:
                break
            except NoEnclosure:
                assert name in SERIES
                break
        assert ladder or name in SERIES
        for rough, fine in pairwise(ladder):
            assert overlap(rough.tail.numerator, fine.tail.numerator), name
            assert overlap(rough.tail.total, fine.tail.total), name


def mp(value: object) -> Fraction:
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)


# closed forms from the literature, evaluated by mpmath: kappa(rho)
KNOWN = {
    "relu(x)": lambda r: (mpmath.sqrt(1 - r * r) + (mpmath.pi - mpmath.acos(r)) * r) / (2 * mpmath.pi),
    "erf(x)": lambda r: 2 / mpmath.pi * mpmath.asin(2 * r / 3),
    "gelu(x)": lambda r: r / 4 + (1 / mpmath.sqrt(4 - r * r) + r * mpmath.asin(r / 2)) / (2 * mpmath.pi),
    "sin(2*x)": lambda r: mpmath.exp(-4) * mpmath.sinh(4 * r),
    "cos(x)": lambda r: mpmath.exp(-1) * mpmath.cosh(r),
    "exp(-x^2)": lambda r: 1 / mpmath.sqrt(9 - 4 * r * r),
    "exp(x/2)": lambda r: mpmath.exp((1 + r) / 4),
    "x^4": lambda r: 9 + 72 * r**2 + 24 * r**4,
    "sign(x)": lambda r: 2 / mpmath.pi * mpmath.asin(r),
    "Abs(x)": lambda r: 2 / mpmath.pi * (mpmath.sqrt(1 - r * r) + r * mpmath.asin(r)),
    "exp(x^2/5)": lambda r: 5 / mpmath.sqrt(9 - 4 * r * r),
    "x*exp(-x^2/2)": lambda r: r / mpmath.sqrt(4 - r * r) ** 3,
    "Phi(x)": lambda r: mpmath.mpf(1) / 4 + mpmath.asin(r / 2) / (2 * mpmath.pi),
    "snake(x)": lambda r: (
        r + mpmath.mpf(1) / 4 - mpmath.exp(-2) / 2 + mpmath.exp(-4) * mpmath.cosh(4 * r) / 4
    ),
}


@pytest.mark.parametrize("text", KNOWN)
@pytest.mark.parametrize("rho", ["1/10", "-1/2", "9/10", "-99/100"])
def test_every_route_contains_the_known_kernel(text: str, rho: str) -> None:
    function = function_of(text)
    with mpmath.workdps(60):
        truth = mp_at(text, rho)
    for name, tail in answers(function, lambda limits: kernel(function, F(rho), 25, limits).tail).items():
        low, high = bounds(tail.numerator)
        assert low - F(1, 10**50) <= truth <= high + F(1, 10**50), name
        assert high - low <= F(1, 10**24) * max(abs(low), abs(high))


def mp_at(text: str, rho: str) -> Fraction:
    with mpmath.workdps(60):
        value = KNOWN[text](mpmath.mpf(F(rho).numerator) / F(rho).denominator)
        sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)


@pytest.mark.parametrize(
    "text", ["where(x > 1/3, x^2, x/7)*exp(-Abs(x))", "relu(x - 1/3)", "silu(x)", "exp(x/2)"]
)
def test_negative_correlation_is_reflection(text: str) -> None:
    """kappa(-rho) = E f(u) f(-v): the even and odd parts of f separate, f_e + f_o -> kappa_e - kappa_o."""
    function = function_of(text)
    even = function.combine(function.reflected, lambda p, q: (p + q) / 2)
    odd = function.combine(function.reflected, lambda p, q: (p - q) / 2)
    plus = [kernel(part, F(3, 5), 20, Limits()).tail.numerator for part in (even, odd)]
    for rho, expected in ((F(-3, 5), plus[0] - plus[1]), (F(3, 5), plus[0] + plus[1])):
        found = answers(function, lambda limits, r=rho: kernel(function, r, 20, limits).tail)
        assert all(overlap(tail.numerator, expected) for tail in found.values())


@pytest.mark.parametrize(
    "text",
    ["1/x", "log(Abs(x))", "exp(x^2/3)", "tan(x)", "atan(1/x)", "sqrt(Abs(x))", "exp(x^3)", "1/(x^2 - 2)"],
)
def test_no_route_invents_a_value(text: str) -> None:
    function = function_of(text)
    with pytest.raises(NoEnclosure):
        kernel(function, F(1, 2), 10, Limits())
    with pytest.raises(NoEnclosure):
        coefficients(function, 3, 10, Limits())


def test_limits_are_honoured() -> None:
    function = function_of("tanh(x)")
    with pytest.raises(BudgetExceeded) as caught:
        kernel(function, F(1, 2), 5000, Limits(max_seconds=1e-3))
    assert caught.value.estimate > 1e-3
    assert "max_seconds" in str(caught.value)
    with pytest.raises(PrecisionExhausted) as exhausted:
        kernel(function, F(1, 2), 200, Limits(max_bits=64))
    assert "max_bits" in str(exhausted.value)


def test_estimates_are_no_fiction() -> None:
    """A route that takes far longer than it says would make max_seconds meaningless."""
    from time import process_time

    for text, rho in (
        ("tanh(x)", "1/2"),
        ("softsign(x)", "9/10"),
        ("elu(x)", "99/100"),
        ("x*atan(20*x)", "1/2"),
    ):
        function = function_of(text)
        for route in ROUTES:
            if route.refusal(function) is not None:
                continue
            estimate = route.seconds(function, F(rho), 100.0)
            start = process_time()
            try:
                route.tail(function, 1, F(rho), 100.0)
            except HermiteGammaError:
                continue
            assert process_time() - start < 20 * estimate + 1.0, (text, route.name, estimate)
