"""Phi_2(h, k; rho) = P(u <= h, v <= k), corr(u, v) = rho, as a ball with proved digits.

Plackett: d Phi_2/d rho = p_rho(h, k), hence Phi_2 = Phi(h) Phi(k) + int_0^rho p_r(h, k) dr. With e the sign
of rho, r = e (1 - x^2)/(1 + x^2), sqrt(1 - r^2) = 2x/(1 + x^2) and dr/sqrt(1 - r^2) = -2e dx/(1 + x^2),

    Phi_2(h, k; rho) = Phi(h) Phi(k) + (e/pi) e^(-(h^2 + k^2)/4)
                       int_(x0)^1 exp(-((h + e k)^2 x^2 + (h - e k)^2 / x^2)/8) dx/(1 + x^2),
    x0 = sqrt((1 - |rho|)/(1 + |rho|))

(derived here: (h^2 - 2 r h k + k^2)/(2 (1 - r^2)) = (h + e k)^2/(4 (1 + e r)) + (h - e k)^2/(4 (1 - e r)) and
1 + e r = 2/(1 + x^2), 1 - e r = 2 x^2/(1 + x^2)). A box on which this integrand is finite holds no
singularity, which is what `acb.integral` asks for. The integral is taken at the midpoints of h, k and rho;
their radii enter by the mean value theorem, with 0 <= dPhi_2/dh <= w(h), the same in k, and

    0 <= d Phi_2/d rho <= e^(-max(h^2, k^2)/2)/(2 pi sqrt(1 - rho^2)).
"""

from __future__ import annotations

from flint import acb, arb, ctx

GUARD_BITS = 12


def normal_cdf(x: arb) -> arb:
    """Return Phi(x) with a small relative error at both ends."""
    return (-x / arb(2).sqrt()).erfc() / 2


def bivariate_cdf(h: arb, k: arb, rho: arb) -> arb:
    """Return Phi_2(h, k; rho) at the working precision; nan where |rho| < 1 is not certain.

    >>> third = bivariate_cdf(arb(0), arb(0), arb(1) / 2)  # 1/4 + asin(1/2)/(2 pi)
    >>> bool(third.contains(arb(1) / 3)), bool(third.rad() < arb(2) ** -50)
    (True, True)
    """
    if not (h.is_finite() and k.is_finite() and abs(rho) < 1):
        return arb("nan")
    # of h^2 and k^2 the lower bounds, of 1 - rho^2 too
    least_h, least_k = h.abs_lower(), k.abs_lower()
    steep = (1 - rho.abs_upper() * rho.abs_upper()).lower()
    if not steep > 0:
        return arb("nan")
    bits = ctx.prec
    with ctx.workprec(bits + GUARD_BITS):
        flat = _density(least_h.max(least_k)) / (2 * arb.pi() * steep).sqrt()
        slack = _density(least_h) * h.rad() + _density(least_k) * k.rad() + flat * rho.rad()
        value = _at_midpoints(arb(h.mid()), arb(k.mid()), arb(rho.mid()), bits)
        value = value + arb(0, slack.upper())
    return +value


def _density(x: arb) -> arb:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _at_midpoints(h: arb, k: arb, rho: arb, bits: int) -> arb:
    """Return Phi_2 of exact numbers, radius about 2^-bits times Phi(h) Phi(k)."""
    product = normal_cdf(h) * normal_cdf(k)
    if rho == 0:
        return product
    sign = 1 if rho > 0 else -1
    sum_, gap = h + sign * k, h - sign * k
    growing, falling = acb(sum_ * sum_ / 8), acb(gap * gap / 8)
    level = gap == 0  # certain only for an exact zero: then there is no singularity at x = 0

    def integrand(x: acb, _analytic: bool) -> acb:
        square = x * x
        exponent = growing * square
        if not level:
            exponent = exponent + falling / square
        return (-exponent).exp() / (1 + square)

    size = abs(rho)
    start = ((1 - size) / (1 + size)).sqrt()
    factor = (-(h * h + k * k) / 4).exp() / arb.pi()
    tolerance = arb(2) ** -bits
    enough = tolerance * product.abs_lower() / factor.abs_upper()
    integral = acb.integral(
        integrand, acb(start), 1, rel_tol=tolerance, abs_tol=enough, eval_limit=200 * bits + 10_000
    )
    return product + sign * factor * integral.real
