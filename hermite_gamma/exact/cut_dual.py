"""Rule: dual kernels of piecewise polynomials x exponentials, breakpoints anywhere, through Phi_2.

f is one formula on the line plus formulas cut off at single points (rays.py). For two of those,

    E[(u - a)_+^i e^(ru) (v - b)_+^j e^(tv)]
        = e^((r^2 + 2 r t rho + t^2)/2) M(i, j) at the ends a - r - t rho, b - t - r rho

by the change of measure e^(ru + tv), and M reduces to Q, w Phi and p_rho (orthant_moments.py). Where all
powers are at most 1 the sum is written with RR, RH and Phi2. A cut to the left is one to the right for -u, at
correlation -rho.
Derived here; hardswish: f = x(x + 3)/6 - (y^2/6 + y/2)[y = x - 3 > 0] - (y^2/6 + y/2)[y = -x - 3 > 0].
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Add, Expr, S, collect, default_sort_key, exp, expand, factor_terms, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.constants import domain_of
from hermite_gamma.exact.orthant_moments import (
    FREE,
    OrthantMoments,
    RayMoments,
    combined,
    pair_moment,
)
from hermite_gamma.exact.primitives import RH, RR, Phi, Phi2
from hermite_gamma.exact.rays import Cut, Line, Parts, parts
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO

# About 20 breakpoints of a piecewise linear function, 10 of a piecewise quadratic one, 6 with exponentials:
# beyond, the expression fills pages and takes seconds.
MAX_COST = 1200
MAX_POWER = 12

Ends = tuple[Expr, Expr]  # (end, rate) of a cut
Key = tuple[Ends, Ends, int]
Weights = dict[tuple[int, int], Expr]


@lru_cache(maxsize=256)
def dual(function: PiecewiseFunction) -> Expr:
    """Return E[f(u) f(v)] as an expression in RHO.

    Raises:
        NoClosedForm: a piece outside the class, a breakpoint without a formula, or too many pieces.

    >>> from sympy import Max, Min
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> dual(resolve(Max(X - 1, 0)))
    RR(1, 1, rho)
    >>> dual(resolve(Min(Max(X, -1), 1)))
    -4*rho*Phi(-1) + rho - 2*RR(1, 1, -rho) + 2*RR(1, 1, rho)
    """
    domain_of(function.breakpoints)
    found = parts(function)
    if found.cost > MAX_COST:
        raise NoClosedForm(
            f"the dual of {len(function.pieces)} pieces would fill pages: size {found.cost}, "
            f"over the limit of {MAX_COST}"
        )
    sizes = [len(line.weights) for line in found.lines] + [len(cut.weights) for cut in found.cuts]
    highest = max(sizes, default=0)
    if highest > MAX_POWER + 1:
        raise NoClosedForm(f"a cut-off polynomial of degree {highest - 1}, over the limit of {MAX_POWER}")
    return Add(_lines(found), _mixed(found), _cuts(found))


def _lines(found: Parts) -> Expr:
    total = []
    for p in found.lines:
        for q in found.lines:
            for j, weight in enumerate(q.weights):
                if weight == 0:
                    continue
                # v^j under the tilted law, u^i too
                value = [
                    w * comb(i, k) * comb(j, m) * expand((p.rate + RHO * q.rate) ** (i - k))
                    * expand((q.rate + RHO * p.rate) ** (j - m)) * pair_moment(k, m)
                    for i, w in enumerate(p.weights) for k in range(i + 1) for m in range(j + 1)
                ]  # fmt: skip
                total.append(weight * _collected(Add(*value)) * _tilt(p.rate, q.rate))
    return Add(*total)


def _tilt(r: Expr, t: Expr) -> Expr:
    return exp(expand((r**2 + t**2) / 2 + r * t * RHO))


def _mixed(found: Parts) -> Expr:
    """Twice the sum over a cut in u and a line in v."""
    gathered: dict[tuple[Ends, Expr], tuple[Expr, ...]] = {}
    for cut in found.cuts:
        for line in found.lines:
            value = _ray(cut, line)
            if cut.sign < 0:
                value = tuple(part.xreplace({RHO: -RHO}) for part in value)
            # the tilt and the end depend on rho only through sign * rate * rho
            key = ((cut.end, cut.rate), cut.sign * line.rate)
            before = gathered.get(key)
            gathered[key] = value if before is None else combined([(S.One, before), (S.One, value)])
    total = []
    for ((end, rate), line_rate), (mass, edge) in gathered.items():
        shift = expand(end - rate - RHO * line_rate)
        tilt = (rate**2 + line_rate**2) / 2 + rate * line_rate * RHO
        density = exp(expand(tilt - shift**2 / 2)) / sqrt(2 * pi)
        total.append(_collected(mass) * exp(expand(tilt)) * Phi(-shift) + _collected(edge) * density)
    return 2 * Add(*total)


def _ray(cut: Cut, line: Line) -> tuple[Expr, ...]:
    """Return the coefficients of Phi(-A) and w(A), the correlation of u' = sign u and v being RHO."""
    moments = RayMoments(expand(cut.end - cut.rate - RHO * line.rate))
    mean = line.rate + RHO * cut.rate
    terms = [
        (a * b * comb(j, k) * expand(mean ** (j - k)), moments.moment(i, k))
        for i, a in enumerate(cut.weights) for j, b in enumerate(line.weights) for k in range(j + 1)
        if a != 0 and b != 0
    ]  # fmt: skip
    return combined([(scale, tuple(value)) for scale, value in terms])


def _cuts(found: Parts) -> Expr:
    weights: dict[Key, Weights] = {}
    for p in found.cuts:
        for q in found.cuts:
            one, two = (p.end, p.rate), (q.end, q.rate)
            flip = _order(two) < _order(one)
            key = (two, one, p.sign * q.sign) if flip else (one, two, p.sign * q.sign)
            table = weights.setdefault(key, {})
            for i, a in enumerate(p.weights):
                for j, b in enumerate(q.weights):
                    index = (j, i) if flip else (i, j)
                    if one == two:
                        index = (max(i, j), min(i, j))
                    table[index] = table.get(index, S.Zero) + a * b
    return Add(*[_orthant(key, table) for key, table in weights.items()])


def _order(ends: Ends) -> tuple[object, ...]:
    return tuple(default_sort_key(value) for value in ends)


def _orthant(key: Key, table: Weights) -> Expr:
    (a, r), (b, t), sign = key
    table = {index: expand(weight) for index, weight in table.items()}
    table = {index: weight for index, weight in table.items() if weight != 0}
    first, second = expand(a - r - t * RHO), expand(b - t - r * RHO)
    if all(max(index) <= 1 for index in table):
        value = _tilt(r, t) * Add(*[w * _named(index, first, second) for index, w in table.items()])
    else:
        value = _written(key, table, first, second)
    return value if sign > 0 else value.xreplace({RHO: -RHO})


def _named(index: tuple[int, int], a: Expr, b: Expr) -> Expr:
    if index == (0, 0):
        return Phi2(-a, -b, RHO)
    if index == (1, 1):
        return RR(a, b, RHO)
    return RH(a, b, RHO) if index == (1, 0) else RH(b, a, RHO)


def _written(key: Key, table: Weights, first: Expr, second: Expr) -> Expr:
    """Return the sum as mass Q + edges + joint density; the change of measure is undone in the last three."""
    (a, r), (b, t), _ = key
    moments = OrthantMoments(first, second)
    mass, at_a, at_b, joint = combined([(w, tuple(moments.moment(*i))) for i, w in table.items()])
    root = sqrt(FREE)
    distance = a**2 - 2 * RHO * a * b + b**2
    if a == b:
        exponent = a * (r + t) - a**2 / (1 + RHO)
    elif a == -b:
        exponent = a * (r - t) - a**2 / (1 - RHO)
    else:
        exponent = a * r + b * t - expand(distance) / (2 * FREE)
    return Add(
        _collected(mass) * _tilt(r, t) * Phi2(-first, -second, RHO),
        _collected(at_a) * _edge(a, r, t) * Phi(expand(RHO * first - second) / root),
        _collected(at_b) * _edge(b, t, r) * Phi(expand(RHO * second - first) / root),
        _collected(joint) * root * exp(exponent) / (2 * pi),
    )


def _edge(a: Expr, r: Expr, t: Expr) -> Expr:
    """Return e^((r^2 + 2 r t rho + t^2)/2) w(a - r - t rho)."""
    return exp(expand(-(a**2) / 2 + a * (r + t * RHO) + t**2 * FREE / 2)) / sqrt(2 * pi)


def _collected(polynomial: Expr) -> Expr:
    return factor_terms(collect(expand(polynomial), RHO))
