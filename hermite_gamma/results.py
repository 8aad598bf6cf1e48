"""The values that leave the package: enclosures with exact rational bounds and what proves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from sympy import Expr


def proved_digits(lower: Fraction, upper: Fraction, digits: int) -> str | None:
    """Return the longest truncated decimal that lower and upper share, or None if there is no digit.

    At most `digits` significant digits; plain notation between 1e-5 and 1e15, scientific outside.

    >>> proved_digits(Fraction(1, 3), Fraction(1, 3), 5)
    '0.33333'
    >>> proved_digits(Fraction(123449, 10**6), Fraction(123451, 10**6), 10)
    '0.1234'
    >>> proved_digits(Fraction(-1), Fraction(1), 5) is None
    True
    """
    if lower == upper == 0:
        return "0"
    if lower <= 0 <= upper:
        return None
    sign, small, large = ("-", -upper, -lower) if upper < 0 else ("", lower, upper)
    exponent = _decimal_exponent(large)
    for length in range(digits, 0, -1):
        scale = length - 1 - exponent
        unit = Fraction(10) ** scale
        mantissa = int(small * unit)
        if mantissa == int(large * unit) and mantissa > 0:
            exact = small == large == mantissa / unit
            return sign + _decimal_text(mantissa, exponent, length, strip=exact)
    return None


def _decimal_exponent(value: Fraction) -> int:
    """Return e with 10^e <= value < 10^(e+1), exactly."""
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    guess = int(bits * 0.30103)
    while Fraction(10) ** guess > value:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= value:
        guess += 1
    return guess


def _decimal_text(mantissa: int, exponent: int, length: int, strip: bool) -> str:
    figures = str(mantissa).rjust(length, "0")
    # zeros before the point would pass for proved digits, unless the value is exactly that
    padded = length < exponent + 1 and not strip
    if -6 < exponent < 15 and not padded:
        if exponent < 0:
            text = "0." + "0" * (-exponent - 1) + figures
        elif length <= exponent + 1:
            text = figures + "0" * (exponent + 1 - length)
        else:
            text = figures[: exponent + 1] + "." + figures[exponent + 1 :]
        return text.rstrip("0").rstrip(".") if strip and "." in text else text
    tail = figures[1:].rstrip("0") if strip else figures[1:]
    return figures[0] + (f".{tail}" if tail else "") + f"e{exponent}"


@dataclass(frozen=True)
class Deferred:
    """A closed form that is worked out when somebody asks for it: function(*args), an expression or None."""

    function: Callable[..., Expr | None]
    args: tuple[Any, ...]


class _WhenAsked:
    """The attribute `exact`: a Deferred is replaced by its value at the first look, also by == and hash."""

    def __get__(self, owner: Any, kind: type | None = None) -> Expr | None:
        if owner is None:
            raise AttributeError("exact")  # so that the dataclass sees no default
        value = owner.__dict__["exact"]
        if isinstance(value, Deferred):
            value = owner.__dict__["exact"] = value.function(*value.args)
        return value

    def __set__(self, owner: Any, value: Expr | Deferred | None) -> None:
        owner.__dict__["exact"] = value


@dataclass(frozen=True)
class Enclosure:
    """A real number proved to lie in [lower, upper]; both bounds are exact rationals.

    Attributes:
        lower, upper: provably lower <= value <= upper.
        digits: the digits that were asked for.
        exact: SymPy closed form, or None; worked out when it is first asked for.
        route: how it was computed ("closed form", "series", "strip trapezoid", ...).
        proof: the bound that the route relies on, as named in docs/enclosures.md.
        width: "exact", "relative" (width <= 10^-digits * |value|) or "absolute" (<= 10^(-2 digits)).
    """

    lower: Fraction
    upper: Fraction
    digits: int
    if TYPE_CHECKING:
        exact: Expr | None
    else:
        exact: Any = _WhenAsked()
    route: str
    proof: str
    width: str

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"exact": self.exact}

    @property
    def decimal(self) -> str | None:
        """The longest decimal whose digits are all proved (truncated), None if not even one is."""
        return proved_digits(self.lower, self.upper, self.digits)

    @property
    def midpoint(self) -> Fraction:
        return (self.lower + self.upper) / 2

    @property
    def radius(self) -> Fraction:
        return (self.upper - self.lower) / 2

    @property
    def latex(self) -> str:
        """The closed form as mathematics if there is one, else the proved digits."""
        if self.exact is not None:
            from sympy import latex

            return str(latex(self.exact, inv_trig_style="full"))
        return self.digits_latex

    @property
    def digits_latex(self) -> str:
        """The proved digits, as siunitx input (plain when no digit is proved)."""
        text = self.decimal
        if text is None:
            return r" \pm ".join(rf"\num{{{part}}}" for part in self._centred)
        return rf"\num{{{text}}}"

    def __float__(self) -> float:
        return float(self.midpoint)

    def __str__(self) -> str:
        text = self.decimal
        return text if text is not None else " +/- ".join(self._centred)

    @property
    def _centred(self) -> tuple[str, str]:
        """Short centre and radius whose interval contains [lower, upper], for what has no proved digit."""
        centre = f"{float(self.midpoint):.3e}"
        distance = max(abs(end - Fraction(centre)) for end in (self.lower, self.upper))
        return centre, f"{Decimal(distance.numerator) / Decimal(distance.denominator) * Decimal('1.1'):.1e}"

    def __bool__(self) -> NoReturn:
        raise TypeError("an enclosure is neither true nor false; compare .lower and .upper")

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints for one value."""
        return {
            "exact": None if self.exact is None else _typed(self.exact),
            "latex": None if self.exact is None else self.latex,
            "lower": _ratio(self.lower),
            "upper": _ratio(self.upper),
            "decimal": self.decimal,
            "width": self.width,
            "route": self.route,
            "proof": self.proof,
        }


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _typed(expr: Expr) -> str:
    from sympy import sstr

    return str(sstr(expr))


@dataclass(frozen=True)
class Gamma(Enclosure):
    """One alignment constant of one activation at one alpha.

    Attributes:
        quantity: "ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound" or "rf_upper_bound".
        activation: the name (or typed form) of phi.
        alpha: d_y/d.
        status: "theorem" | "equivalent" | "definition".
        regime: the limit that the number belongs to, in words.
    """

    quantity: str
    activation: str
    alpha: Fraction
    status: str
    regime: str

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"status": self.status, "regime": self.regime}


@dataclass(frozen=True)
class SymbolicGamma:
    """A gamma as a closed form in the symbol alpha: it has no bounds until alpha is a number."""

    quantity: str
    activation: str
    exact: Expr
    status: str
    regime: str

    @property
    def latex(self) -> str:
        from sympy import latex

        return str(latex(self.exact, inv_trig_style="full"))

    @property
    def lower(self) -> Fraction:
        raise TypeError("alpha is a symbol: a closed form has no bounds; use .exact, or give alpha a number")

    @property
    def upper(self) -> Fraction:
        return self.lower

    def __str__(self) -> str:
        return _typed(self.exact)


@dataclass(frozen=True)
class Undefined:
    """A quantity that does not exist for this activation, and why."""

    quantity: str
    activation: str
    reason: str
    status: ClassVar[str] = "undefined"

    def to_json(self) -> dict[str, Any]:
        return {"undefined": self.reason}

    def __str__(self) -> str:
        return f"undefined: {self.reason}"

    def __float__(self) -> float:
        raise TypeError(f"{self.quantity} of {self.activation} is undefined: {self.reason}")


@dataclass(frozen=True)
class RFBounds:
    """The three constants of random features: the paper's bound and the two limits around gamma_RF."""

    paper_lower_bound: Gamma | SymbolicGamma | Undefined
    sharp_lower_bound: Gamma | SymbolicGamma | Undefined
    upper_bound: Gamma | SymbolicGamma | Undefined

    @cached_property
    def values(self) -> tuple[Gamma | SymbolicGamma | Undefined, ...]:
        return (self.paper_lower_bound, self.sharp_lower_bound, self.upper_bound)
