"""What a fit learns and memorises, level by level: adaptive quadrature, root finding and sums of our own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.integrate import quad, quad_vec
from scipy.optimize import brentq
from scipy.special import eval_gegenbauer

Floats = np.ndarray[Any, np.dtype[np.float64]]
Scalar = Callable[[float], float]

LEVELS = 72  # alpha^72 < 1e-9 at alpha = 3/4, on a tail of less than 1e-3
REACH = 13.5  # of the normal density e^-91 is left there
LIKELY_KINKS = [i / 2 for i in range(-12, 13)]  # others are found by bisection
FEATURES = {"rf": 0, "ntk": 1}


def _compiled(expression: sp.Expr) -> Scalar:
    symbols = sorted(expression.free_symbols, key=str) or [sp.Symbol("x")]
    function = sp.lambdify(symbols[0], expression, modules=["scipy", "numpy"])
    return lambda x: float(function(x))


def _average(values: Callable[[float], Floats]) -> Floats:
    """Return E values(u), u ~ N(0, 1); bisection finds kinks wherever they are."""

    def weighted(x: float) -> Floats:
        return values(x) * (math.exp(-x * x / 2) / math.sqrt(2 * math.pi))

    found, _ = quad_vec(weighted, -REACH, REACH, epsabs=1e-12, epsrel=1e-12, limit=600, points=LIKELY_KINKS)
    return np.asarray(found)


def hermite(x: float, up_to: int) -> Floats:
    """Return the orthonormal h_0(x), ..., h_up_to(x).

    >>> [round(float(v), 6) for v in hermite(2.0, 2)]
    [1.0, 2.0, 2.12132]
    """
    below, here = 0.0, 1.0
    rows = [1.0]
    for level in range(up_to):
        below, here = here, (x * here - math.sqrt(level) * below) / math.sqrt(level + 1)
        rows.append(here)
    return np.array(rows)


@dataclass(frozen=True, eq=False)
class Function:
    """f = phi (random features) or phi' (NTK), expanded.

    Attributes:
        value: f.
        mu: E f h_l for l = 0, ..., LEVELS.
        power: E f^2.
        slope: E f^2 (u^2 - 1)/2, the derivative of E f(sqrt(p) u)^2 at p = 1.
    """

    value: Scalar
    mu: Floats
    power: float
    slope: float


@lru_cache(maxsize=64)
def function(phi: sp.Expr, model: str) -> Function:
    """Return f of a model, expanded.

    >>> relu = function(sp.Max(0, sp.Symbol("x", real=True)), "rf")
    >>> round(float(relu.mu[1]), 12), round(relu.power, 12)
    (0.5, 0.5)
    """
    x = next(iter(phi.free_symbols), sp.Symbol("x"))
    f = _compiled(sp.diff(phi, x) if FEATURES[model] else phi)

    def integrand(u: float) -> Floats:
        y = f(u)
        return np.concatenate([y * hermite(u, LEVELS), [y * y, y * y * (u * u - 1) / 2]])

    found = _average(integrand)
    # rounding in place of a vanishing coefficient would count as a level
    mu = np.where(np.abs(found[:-2]) < 1e-11 * math.sqrt(found[-2]), 0.0, found[:-2])
    return Function(f, mu, float(found[-2]), float(found[-1]))


@dataclass(frozen=True, eq=False)
class State:
    """The degrees of freedom of one fit on isotropic Gaussian data.

    Attributes:
        f: what a neuron applies; shift: 1 for the NTK, whose kernel carries one more factor rho.
        samples, dim, parameters: N, d, k (RF) or k d (NTK), infinity for infinite width.
        kappa: nu2 of the two equations; nu1 the first of them.
    """

    f: Function
    shift: int
    samples: int
    dim: int
    parameters: float
    kappa: float
    nu1: float

    @cached_property
    def weights(self) -> Floats:
        """w_0, ..., w_LEVELS."""
        squares = self.f.mu**2
        return np.concatenate([np.zeros(self.shift), squares[: len(squares) - self.shift]])

    @cached_property
    def tail(self) -> float:
        """Sum of w_l beyond LEVELS, 0 where it is rounding."""
        rest = self.f.power - float(self.weights.sum())
        return rest if rest > 1e-11 * self.f.power else 0.0

    @cached_property
    def degrees(self) -> Floats:
        """D_l = w_l/(lam_l + kappa)."""
        return _degrees(self.weights, self.dim, self.kappa)

    @cached_property
    def learned(self) -> Floats:
        """L_l = lam_l/(lam_l + kappa)."""
        return self.degrees / _multiplicities(self.dim)

    @property
    def used(self) -> float:
        """T1 = sum_l D_l."""
        return float(self.degrees.sum()) + self.tail / self.kappa

    @property
    def squared(self) -> float:
        """T2 = sum_l D_l L_l."""
        return float((self.degrees * self.learned).sum())

    def shared(self, alpha: float) -> float:
        """Return sum_l D_l alpha^l."""
        return float((self.degrees * alpha ** np.arange(LEVELS + 1)).sum())

    @cached_property
    def sample_noise(self) -> Floats:
        """U_l = D_l (q L_l + 1 - q), without the tail."""
        q = self.unused
        return self.degrees * (q * self.learned + 1 - q)

    @property
    def unused(self) -> float:
        """q = (p - T1)/(p - T2)."""
        p = self.parameters
        return 1.0 if math.isinf(p) else (p - self.used) / (p - self.squared)


def _multiplicities(dim: int) -> Floats:
    return np.array([float(math.comb(dim + level - 1, level)) for level in range(LEVELS + 1)])


def _degrees(weights: Floats, dim: int, kappa: float) -> Floats:
    return np.asarray(weights / (weights / _multiplicities(dim) + kappa))


@lru_cache(maxsize=512)
def state(phi: sp.Expr, model: str, samples: int, dim: int, width: int | None, ridge: float = 0.0) -> State:
    """Solve N - lam/nu1 = T1(nu2), p (1 - nu1/nu2) = T1(nu2).

    >>> x = sp.Symbol("x", real=True)
    >>> round(state(sp.Max(0, x), "rf", 100, 100, None).used, 9)
    100.0
    """
    f = function(phi, model)
    shift = FEATURES[model]
    p = math.inf if width is None else float(width * (dim if shift else 1))
    empty = State(f, shift, samples, dim, p, math.nan, math.nan)

    def at(log_kappa: float) -> tuple[float, float]:
        kappa = math.exp(log_kappa)
        return float(_degrees(empty.weights, dim, kappa).sum()) + empty.tail / kappa, kappa

    def excess(log_kappa: float) -> float:
        used, kappa = at(log_kappa)
        nu1 = kappa * (1 - used / p)
        # with a ridge, N - lam/nu1 - T1 multiplied by nu1 has no pole at T1 = p
        return nu1 * (samples - used) - ridge if ridge else samples - used

    low, high = -60.0, 40.0
    if ridge:
        low = brentq(lambda t: min(samples, p) - at(t)[0], low, high, xtol=1e-15, rtol=8.9e-16)
    log_kappa = brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16)
    used, kappa = at(log_kappa)
    return State(f, shift, samples, dim, p, kappa, kappa * (1 - used / p))


# --- fluctuations of F ------------------------------------------------------------------------------------


def norm_slopes(found: State, alpha: float) -> tuple[float, float]:
    """Return E(alpha) and k_1' = Q'(1) + E(1), in units of kappa sum_l D_l.

    Q(rho) = sum_l w_l (1-L_l) rho^l and E(rho) = sum_l (1-L_l) e_l rho^l, where
    e_l = sqrt((j+1)(j+2)) mu_j mu_{j+2} with j = l (RF), j = l - 1 (NTK). Q(1) + E(1) converges slowly: it is
    the derivative of what the whole kernel gains with the norm, less what is learned of it.
    """
    mu, shift = found.f.mu, found.shift
    orders = np.arange(len(mu) - 2 - shift)
    e = np.concatenate([np.zeros(shift), np.sqrt((orders + 1) * (orders + 2)) * mu[orders] * mu[orders + 2]])
    levels = np.arange(len(e))
    learned = found.learned[: len(e)]
    at_alpha = float(((1 - learned) * e * alpha**levels).sum())
    whole = found.f.slope + (found.f.power if shift else 0.0)
    own = whole - float((learned * (levels * found.weights[: len(e)] + e)).sum())
    unit = found.kappa * found.used
    return at_alpha / unit, own / unit


@lru_cache(maxsize=64)
def pair(found: State, alpha: float) -> tuple[float, float, float, float, float]:
    """Return E r^2, E r s, E r^2 s^2, E r^3 s, E r^4, with r = r(u), s = r(v) and corr(u, v) = alpha.

    r is f less what is learned of it.
    """
    few = 8  # with samples below d^8 nothing above is learned
    learned = found.learned[found.shift : found.shift + few + 1] * found.f.mu[: few + 1]

    def integrand(u: float) -> Floats:
        h = hermite(u, LEVELS)
        r = found.f.value(u) - float(learned @ h[: few + 1])
        return np.concatenate([r * h, r * r * h, r**3 * h, [r * r, r**4]])

    values = _average(integrand)
    one, two, three = values[:-2].reshape(3, LEVELS + 1)
    powers = alpha ** np.arange(LEVELS + 1)
    sums = [float((a * b * powers).sum()) for a, b in ((one, one), (two, two), (one, three))]
    return float(values[-2]), sums[0], sums[1], sums[2], float(values[-1])


@lru_cache(maxsize=64)
def norm_bias(phi: sp.Expr, alpha: sp.Rational, spread: sp.Rational) -> sp.Expr:
    """Return d (E A/B - gamma) to leading order, for a polynomial phi = sum_n b_n He_n with nothing learned.

    At variance p, He_n = sum_i n!/(2^i i! (n-2i)!) (p-1)^i H_(n-2i), H the Hermite polynomials of that
    variance, whose products average m! r^m. So A(r, p, p_s) is a polynomial, and half its second derivatives
    along x'.x, y, x and x' times their variances are the bias. `spread`: variance of a squared coordinate.
    """
    x = next(iter(phi.free_symbols))
    r, p, q, t = sp.symbols("r p q t")
    rest, degree = sp.Poly(phi, x), int(sp.degree(phi, x))
    b = {}
    for n in range(degree, -1, -1):
        b[n] = rest.coeff_monomial(x**n)
        rest -= sp.Poly(b[n] * sp.hermite_prob(n, x), x)

    def coefficient(m: int, variance: sp.Symbol) -> sp.Expr:
        pairs = ((n, (n - m) // 2) for n in range(m, degree + 1, 2))
        weights = (
            b[n] * sp.factorial(n) / (2**i * sp.factorial(i) * sp.factorial(m)) * (variance - 1) ** i
            for n, i in pairs
        )
        return sum(weights, sp.Integer(0))

    above = sum(
        (sp.factorial(m) * r**m * coefficient(m, p) * coefficient(m, q) for m in range(degree + 1)),
        sp.Integer(0),
    )
    ratio = above / above.subs({r: p, q: p}, simultaneous=True)
    start = {r: alpha, p: 1, q: 1}
    # how r, p and p_s move with each of four independent causes, and the variance of that cause times d
    causes = (
        ((1, 0, 0), 1 - alpha),
        ((1, 1, 1), spread * alpha),
        ((0, 1, 0), spread * (1 - alpha)),
        ((0, 0, 1), spread * (1 - alpha)),
    )
    total = sp.Integer(0)
    for moves, variance in causes:
        along = ratio.subs(
            {s: start[s] + c * t for s, c in zip((r, p, q), moves, strict=True)}, simultaneous=True
        )
        total += variance * sp.diff(along, t, 2).subs(t, 0) / 2
    return total


# --- teachers ---------------------------------------------------------------------------------------------


def teacher_coefficient(target: sp.Expr, level: int, sphere: int | None = None) -> float:
    """Return E T(t) p_l(t), t ~ N(0, 1) or one coordinate of a point on the sphere |x|^2 = n of R^n.

    The p_l are orthonormal: h_l, or the Gegenbauer polynomials of t/sqrt(n) with index n/2 - 1.

    >>> round(teacher_coefficient(sp.sign(sp.Symbol("t")), 1) ** 2, 12) == round(2 / math.pi, 12)
    True
    """
    value = _compiled(target)
    if sphere is None:
        return float(_average(lambda t: np.array([value(t) * hermite(t, level)[level]]))[0])
    index = sphere / 2 - 1
    root = math.sqrt(sphere)

    def integral(polynomial: Scalar) -> float:
        def integrand(s: float) -> float:
            return polynomial(s) * math.pow(1 - s * s, index - 0.5)

        # a sign jumps at 0
        halves = [
            quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=400)[0] for a, b in ((-1, 0), (0, 1))
        ]
        return float(sum(halves))

    def gegenbauer(s: float) -> float:
        return float(eval_gegenbauer(level, index, s))

    mass, square = integral(lambda s: 1.0), integral(lambda s: gegenbauer(s) ** 2)
    return integral(lambda s: value(root * s) * gegenbauer(s)) / math.sqrt(mass * square)


def half_line_average(gain: Any, slope: Any, variance: Any) -> float:
    """Return E Phi(gain (1 - slope t)/sqrt(variance)) over t ~ |N(0, 1)|.

    >>> half_line_average(0.0, 0.5, 1.0)
    0.5
    """
    g, m, sd = float(gain), float(slope), math.sqrt(float(variance))

    def integrand(t: float) -> float:
        return math.erfc(-g * (1 - m * t) / sd / math.sqrt(2)) * math.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    found, _ = quad(integrand, 0, REACH, epsabs=1e-14, epsrel=1e-13, limit=400)
    return float(found)


# --- from rows --------------------------------------------------------------------------------------------

Kernel = Callable[[Floats, Floats], Floats]


def alignment_from_rows(
    kernel: Kernel, rows: Floats, dim_y: int, samples: int, large: int, probes: int
) -> float:
    """Return the mean of q(z^s, z)/q(z, z) over the first rows z, x' that of the row before.

    q(z, z') = k(z, z') - k_M(z)^T (K_M + kappa (M - N) I)^{-1} k_M(z') with the M rows after the probes, and
    kappa the mean of 1/tr(K_N^{-1}) over their disjoint parts of N rows, eight at most.
    """
    z, others = rows[:probes], rows[probes : probes + large]
    spurious = np.hstack([np.roll(z[:, :-dim_y], 1, axis=0), z[:, -dim_y:]])
    parts = [others[i * samples : (i + 1) * samples] for i in range(min(8, large // samples))]
    kappa = np.mean([1 / np.trace(np.linalg.inv(kernel(part, part))) for part in parts])
    inverse = np.linalg.inv(kernel(others, others) + kappa * (large - samples) * np.eye(large))

    def left(first: Floats, second: Floats) -> Floats:
        return np.asarray(
            np.diag(kernel(first, second) - kernel(first, others) @ inverse @ kernel(others, second))
        )

    return float(np.mean(left(spurious, z) / left(z, z)))


def quadratic_kernel(first: Floats, second: Floats) -> Floats:
    """Return E phi(v.z) phi(v.z') for phi = h_1 + h_2 and v ~ N(0, I/d): r + r^2 + (p - 1)(p' - 1)/2."""
    dim = first.shape[1]
    r = first @ second.T / dim
    own, other = ((z**2).sum(axis=1) / dim - 1 for z in (first, second))
    return np.asarray(r + r**2 + np.outer(own, other) / 2)
