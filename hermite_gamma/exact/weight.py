"""The weights that exact moments are taken against, and their masses in closed form."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, I, S, asin, atan, erf, erfi, exp, expand, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.collect import Combination, add_to, basis
from hermite_gamma.exact.constants import Domain, element, real_or_imaginary

Factors = list[tuple[Expr, Expr]]  # pairs whose products are to be added


@dataclass(frozen=True)
class Weight:
    """e^(rate x - gauss x^2) times the product of erf(s x + t) over (s, t) in erfs, on (left, right)."""

    rate: Expr
    gauss: Expr
    erfs: tuple[tuple[Expr, Expr], ...]
    left: Expr
    right: Expr

    @property
    def centre(self) -> Expr:
        """The mean of the normal law whose density is proportional to e^(rate x - gauss x^2) w(x)."""
        return expand(self.rate / (1 + 2 * self.gauss))

    def differentiate(self, index: int) -> tuple[Expr, Weight]:
        """Return (c, W): with the derivative put for one error function, this weight is c W."""
        s, t = self.erfs[index]
        others = self.erfs[:index] + self.erfs[index + 1 :]
        rate, gauss = expand(self.rate - 2 * s * t), expand(self.gauss + s**2)
        return 2 * s / sqrt(pi) * exp(expand(-(t**2))), Weight(rate, gauss, others, self.left, self.right)


def mass(weight: Weight, domain: Domain) -> Combination:
    """Return E[weight(g)], g ~ N(0, 1).

    With c = gauss + 1/2 and m the centre, Z = e^(rate^2/(4c)) / sqrt(2c):
    no erf: Z (erf(sqrt(c) (q - m)) - erf(sqrt(c) (p - m))) / 2; one erf on the line:
    Z erf((s m + t) / sqrt(1 + s^2/c)), and on the half-line right of its centre m: Z atan(s/sqrt(c)) / pi;
    two erfs with centre m: Z (2/pi) asin(s r / sqrt((c + s^2)(c + r^2))), half of it on half the line.

    Raises:
        NoClosedForm: these do not apply (the integral is Owen's T function or worse).
    """
    if len(weight.erfs) >= len(MASSES):
        raise NoClosedForm("a product of more than two error functions")
    c = weight.gauss + S.Half
    gaussian = exp(expand(weight.rate**2 / (4 * c))) / sqrt(2 * c)
    total: Combination = {}
    for factor, special in MASSES[len(weight.erfs)](weight, c):
        scale, key = basis(factor * gaussian, special)
        if scale:
            add_to(total, key, element(domain, scale))
    return total


def _no_erf(weight: Weight, c: Expr) -> Factors:
    found: Factors = []
    for end, sign in ((weight.right, S.Half), (weight.left, -S.Half)):
        if end.is_infinite:
            found.append((sign if end is S.Infinity else -sign, S.One))
            continue
        y, imaginary = real_or_imaginary(expand(sqrt(c) * (end - weight.centre)))
        found.append((I * sign, erfi(y)) if imaginary else (sign, erf(y)))
    return found


def _one_erf(weight: Weight, c: Expr) -> Factors:
    [(s, t)] = weight.erfs
    side = _side(weight)
    if side:
        return [(side / pi, atan(s / sqrt(c)))]
    y, imaginary = real_or_imaginary(expand((s * weight.centre + t) / sqrt(1 + s**2 / c)))
    return [(I, erfi(y)) if imaginary else (S.One, erf(y))]


def _two_erfs(weight: Weight, c: Expr) -> Factors:
    (s, _), (r, _) = weight.erfs
    share = S.Half if _side(weight) else S.One
    if not _is_centred(weight):
        raise NoClosedForm("a product of two error functions away from their centre")
    root = c + s**2 if s == r else sqrt(expand((c + s**2) * (c + r**2)))
    return [(2 * share / pi, asin(s * r / root))]


MASSES = (_no_erf, _one_erf, _two_erfs)


def _is_centred(weight: Weight) -> bool:
    return all(expand(s * weight.centre + t) == 0 for s, t in weight.erfs)


def _side(weight: Weight) -> Expr:
    """Return 0 on the whole line, 1 or -1 on the half-line right or left of the common centre."""
    if weight.left.is_infinite and weight.right.is_infinite:
        return S.Zero
    if _is_centred(weight):
        if weight.left == weight.centre and weight.right.is_infinite:
            return S.One
        if weight.right == weight.centre and weight.left.is_infinite:
            return S.NegativeOne
    raise NoClosedForm("an error function cut off away from its centre")
