"""Level weights of a kernel by one Gauss-Legendre quadrature, and how many eigenfunctions a level has.

The quadrature is adaptive and not proved: a weight is a ball whose radius is far above the difference that
one more halving of every panel makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import flint
import mpmath
import sympy as sp

import hermite_gamma as hg

LEVELS = 80
BITS = 128
RADIUS = 1e-24
"""Of a weight, in units of the sum of all."""

_REACH, _PANELS, _NODES, _HALVINGS = 16, 32, 30, 12
_TOLERANCE = 1e-26
_SCAN = 1024

Balls = tuple[flint.arb, ...]
Node = tuple[flint.arb, flint.arb, flint.arb]
"""Point, weight and value."""


def weights(phi: str, model: str, scale: float = 1.0) -> Balls:
    """Return w_0, ..., w_80 of k(z, z') = sum_l w_l rho^l on |z|^2 = |z'|^2 = d.

    They are mu_l^2 for random features, and l mu_l^2 for the NTK: the coefficients of phi' are never taken.

    Args:
        phi: activation.
        model: "rf" or "ntk".
        scale: random features see arguments of this standard deviation.

    >>> [round(float(w.mid()), 12) for w in weights("relu", "ntk")[:4]]
    [0.0, 0.25, 0.159154943092, 0.0]
    """
    squares = tuple(mu * mu for mu in coefficients(phi, scale))
    with flint.ctx.workprec(BITS):
        return tuple(level * w for level, w in enumerate(squares)) if model == "ntk" else squares


def total(phi: str, model: str, scale: float = 1.0) -> flint.arb:
    """Return sum_l w_l: E phi^2 for random features, E phi'^2 for the NTK.

    >>> round(float(total("relu", "ntk").mid()), 12)
    0.5
    """
    return _table(phi, model == "ntk", scale)[1]


def tail(phi: str, model: str, above: int = LEVELS) -> flint.arb:
    """Return sum_{l > above} w_l."""
    with flint.ctx.workprec(BITS):
        rest = total(phi, model) - sum(weights(phi, model)[: above + 1], flint.arb(0))
    return _not_negative(rest)


def tail_sum(phi: str, model: str, alpha: Any, above: int = LEVELS) -> flint.arb:
    """Return sum_{l > above} w_l alpha^l, 0 <= alpha < 1; beyond 80 that is at most alpha^81 of the mass."""
    with flint.ctx.workprec(BITS):
        known = weights(phi, model)
        found = sum((known[m] * alpha**m for m in range(above + 1, LEVELS + 1)), flint.arb(0))
        rest = tail(phi, model) * alpha ** (LEVELS + 1)
        return found + rest.union(flint.arb(0))


@lru_cache(maxsize=256)
def coefficients(phi: str, scale: float = 1.0) -> Balls:
    """Return mu_0, ..., mu_80 of u -> phi(scale u), orthonormal under N(0, 1)."""
    return _table(phi, False, scale)[0]


@lru_cache(maxsize=64)
def kinks(phi: str) -> flint.arb:
    """Return the sum of J^2 phi(b), the density of N(0, 1), over the jumps J of phi' at points b.

    >>> round(float((kinks("Abs(x)") * (2 * flint.arb.pi()).sqrt()).mid()), 9)
    4.0
    """
    expression, x = _expression(phi, True)
    with mpmath.workprec(2 * BITS), flint.ctx.workprec(BITS):
        slope = sp.lambdify(x, expression, "mpmath")
        near, found = mpmath.mpf(2) ** (-BITS // 2 - 20), flint.arb(0)
        for b in _breakpoints(expression, x, 1.0):
            jump = _arb(mpmath.mpf(slope(b + near) - slope(b - near)))
            found += jump**2 * (-(_arb(b) ** 2) / 2).exp() / (2 * flint.arb.pi()).sqrt()
        return found + flint.arb(0, RADIUS**0.5)


@lru_cache(maxsize=64)
def exact_weights(phi: str, model: str) -> tuple[sp.Expr, ...] | None:
    """Return all weights of a polynomial as exact numbers, from Gaussian moments; None if phi is none.

    >>> exact_weights("h1+2*h2", "ntk")
    (0, 1, 8)
    """
    expression, x = _expression(phi, False)
    if not expression.is_polynomial(x):
        return None
    polynomial = sp.Poly(expression, x)
    found = []
    for level in range(polynomial.degree() + 1):
        product = polynomial * sp.Poly(sp.hermite_prob(level, x), x)
        # E x^n = (n - 1)!! for even n
        mean = sum(c * sp.factorial2(n - 1) for (n,), c in product.terms() if n % 2 == 0)
        found.append(sp.expand(mean**2 / sp.factorial(level) * (level if model == "ntk" else 1)))
    return tuple(found)


@lru_cache(maxsize=512)
def multiplicity(law: str, dim: int, level: int) -> int:
    """Return the number of eigenfunctions of degree `level` under a data law.

    >>> [multiplicity(law, 4, 2) for law in ("gaussian", "sphere", "rademacher")]
    [10, 9, 6]
    """
    if law == "rademacher":
        return _rising(dim - level + 1, level)
    if law == "gaussian":
        return _rising(dim, level)
    # on spheres: harmonic polynomials, by Weyl's dimension formula
    return 1 if level == 0 else (2 * level + dim - 2) * _rising(dim - 1, level - 1) // level


def _rising(first: int, count: int) -> int:
    """Return first (first + 1) ... (first + count - 1)/count!."""
    found = 1
    for step in range(count):
        found = found * (first + step) // (step + 1)
    return found


@lru_cache(maxsize=64)
def parity_masses(phi: str, model: str, dim: int) -> Balls:
    """Return C(d, l) lam_l, lam_l the eigenvalue of the parities of l coordinates on {-1, 1}^d.

    lam_l = 2^-d sum_j C(d, j) kappa(1 - 2j/d) K_l(j)/C(d, l), K_l the Krawtchouk polynomials.
    """
    with flint.ctx.workprec(4 * BITS):
        kernel = [_kernel(phi, model, flint.fmpq(dim - 2 * j, dim)) for j in range(dim + 1)]
        return tuple(
            sum(
                (_rising(dim - j + 1, j) * kernel[j] * _krawtchouk(dim, level, j) for j in range(dim + 1)),
                flint.arb(0),
            )
            / 2**dim
            for level in range(dim + 1)
        )


def _kernel(phi: str, model: str, rho: flint.fmpq) -> flint.arb:
    if abs(rho) == 1:
        whole, mirrored = _table(phi, model == "ntk", 1.0)[1:]
        return whole if rho == 1 else (-mirrored if model == "ntk" else mirrored)
    known = weights(phi, model)
    found = sum((w * flint.arb(rho) ** level for level, w in enumerate(known)), flint.arb(0))
    rest = tail(phi, model) * abs(flint.arb(rho)) ** (LEVELS + 1)
    return found + rest.union(-rest)


def _krawtchouk(dim: int, level: int, distance: int) -> int:
    """Return the coefficient of x^level in (1 - x)^distance (1 + x)^(dim - distance)."""
    polynomial = flint.fmpz_poly([1, -1]) ** distance * flint.fmpz_poly([1, 1]) ** (dim - distance)
    return int(polynomial[level])


def _not_negative(ball: flint.arb) -> flint.arb:
    """Return a ball of a number that is known to be at least 0, without its negative part."""
    return ball if ball > 0 else flint.arb(0).union(abs(ball))


# --- quadrature -------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _table(phi: str, derivative: bool, scale: float) -> tuple[Balls, flint.arb, flint.arb]:
    """Return mu_0, ..., mu_80 of phi (none of phi'), and E f(u)^2 and E f(u) f(-u) of f = phi or phi'."""
    expression, x = _expression(phi, derivative)
    with mpmath.workprec(BITS), flint.ctx.workprec(BITS):
        function = sp.lambdify(x, expression, "mpmath")

        def value(u: flint.arb) -> flint.arb:
            return _arb(mpmath.mpf(function(scale * _mpf(u))))

        breakpoints = _breakpoints(expression, x, scale)
        nodes = list(_rule(value, [_arb(b) for b in breakpoints] + [_arb(-b) for b in breakpoints]))
        parts = [weight * f for _, weight, f in nodes]
        second = sum((p * f for p, (_, _, f) in zip(parts, nodes, strict=True)), flint.arb(0, RADIUS))
        mirrored = sum(
            (p * value(-u) for p, (u, _, _) in zip(parts, nodes, strict=True)), flint.arb(0, RADIUS)
        )
        if derivative:
            return (), second, mirrored
        points = [u for u, _, _ in nodes]
        found = []
        last, here = [flint.arb(0)] * len(points), [flint.arb(1)] * len(points)
        for level in range(LEVELS + 1):
            found.append(sum((p * h for p, h in zip(parts, here, strict=True)), flint.arb(0, RADIUS)))
            up, down = 1 / flint.arb(level + 1).sqrt(), flint.arb(level).sqrt()
            # x h_l = sqrt(l + 1) h_{l+1} + sqrt(l) h_{l-1}
            following = [(u * h - down * g) * up for u, h, g in zip(points, here, last, strict=True)]
            last, here = here, following
        return tuple(found), second, mirrored


def _expression(phi: str, derivative: bool) -> tuple[sp.Expr, sp.Symbol]:
    expression = hg.activation(phi).expr
    x = next(iter(expression.free_symbols), sp.Symbol("x", real=True))
    if derivative:
        # the derivative almost everywhere: no masses at jumps
        expression = sp.diff(expression, x).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    return expression, x


def _rule(function: Callable[[flint.arb], flint.arb], breakpoints: list[flint.arb]) -> Iterator[Node]:
    """Yield nodes of N(0, 1) on panels that are halved until E phi^2 stands still."""
    ends = [flint.arb(_REACH) * (2 * i - _PANELS) / _PANELS for i in range(_PANELS + 1)]
    borders = sorted({b.mid() for b in (*ends, *breakpoints) if abs(b) <= _REACH}, key=float)
    waiting = [(a, b, 0) for a, b in pairwise(borders)]
    while waiting:
        a, b, depth = waiting.pop()
        middle = ((a + b) / 2).mid()
        nodes = _panel(function, a, b)
        halves = _panel(function, a, middle) + _panel(function, middle, b)
        one, two = (sum((w * f * f for _, w, f in rule), flint.arb(0)) for rule in (nodes, halves))
        if abs(one - two) <= _TOLERANCE * (1 + abs(two)) or depth == _HALVINGS:
            yield from nodes
        else:
            waiting += [(a, middle, depth + 1), (middle, b, depth + 1)]


@lru_cache(maxsize=1)
def _legendre() -> tuple[tuple[flint.arb, flint.arb], ...]:
    with flint.ctx.workprec(2 * BITS):
        return tuple(flint.arb.legendre_p_root(_NODES, k, weight=True) for k in range(_NODES))


def _panel(function: Callable[[flint.arb], flint.arb], a: flint.arb, b: flint.arb) -> list[Node]:
    middle, half = (a + b) / 2, (b - a) / 2
    unit = half / (2 * flint.arb.pi()).sqrt()
    points = [(middle + half * node).mid() for node, _ in _legendre()]
    weights = [unit * weight * (-u * u / 2).exp() for u, (_, weight) in zip(points, _legendre(), strict=True)]
    return [(u, w, function(u)) for u, w in zip(points, weights, strict=True)]


def _breakpoints(expression: sp.Expr, x: sp.Symbol, scale: float) -> list[mpmath.mpf]:
    """Return where an argument of Abs, sign, Heaviside, Max, Min or of a condition changes its sign."""
    arguments = [f.args[0] for f in expression.atoms(sp.Abs, sp.sign, sp.Heaviside)]
    arguments += [a - b for f in expression.atoms(sp.Max, sp.Min) for a, b in combinations(f.args, 2)]
    arguments += [r.lhs - r.rhs for r in expression.atoms(sp.core.relational.Relational)]
    found = []
    for argument in arguments:
        if x not in argument.free_symbols:
            continue
        function = sp.lambdify(x, argument, "mpmath")
        # an irrational offset, so that no breakpoint is a point of the scan
        step = 2 * mpmath.mpf(_REACH) / _SCAN
        scan = [-_REACH + step * (i + 1 / mpmath.sqrt(7)) for i in range(-1, _SCAN)]
        signs = [mpmath.sign(function(scale * u)) for u in scan]
        for i, (before, after) in enumerate(pairwise(signs)):
            if before * after < 0:
                low, high = scan[i], scan[i + 1]
                for _ in range(BITS):
                    middle = (low + high) / 2
                    low, high = (
                        (middle, high) if mpmath.sign(function(scale * middle)) == before else (low, middle)
                    )
                found.append(high)
    return found


def _arb(value: mpmath.mpf) -> flint.arb:
    sign, mantissa, exponent, _ = value._mpf_
    return flint.arb((-1) ** sign * int(mantissa)) * flint.arb(2) ** exponent


def _mpf(ball: flint.arb) -> mpmath.mpf:
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))
