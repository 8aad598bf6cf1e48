"""E10a: the variance of one sample's alignment in the proportional limit, in closed form."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles.equivalents import exact, kernel, level, mass_above
from proofs_check.oracles.levels import LEVELS, coefficients, weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL, law, model
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
KURTOSIS = {"gaussian": sp.Integer(0), "uniform_cube": sp.Rational(-6, 5), "product_spheres": sp.Integer(-2)}
DIMENSION = 10**6


def _variance(name: str, kind: str, data: str, a: Any, ratio: Any) -> flint.arb:
    """Return d Var F at d = 10^6; the next order is 1/d, relatively."""
    samples = int(exact(ratio) * DIMENSION)
    found = hg.sd_alignment(name, a, model=kind, samples=samples, dim=DIMENSION, distribution=data)
    value = DIMENSION * found.variance
    return flint.arb(value, 100 * value / DIMENSION)


def _tau(name: str, kind: str, ratio: Any) -> flint.arb:
    w, s, linear = _constants(name, kind, ratio)
    return ((linear**2 + 4 * s * w).sqrt() - linear) / (2 * s * w)


def _spread(name: str, kind: str, ratio: Any) -> flint.arb:
    w, s, linear = _constants(name, kind, ratio)
    tau = _tau(name, kind, ratio)
    return (w * tau**2 + tau) / (2 * s * w * tau + linear) - tau**2


def _constants(name: str, kind: str, ratio: Any) -> tuple[flint.arb, flint.arb, flint.arb]:
    """Return w_1, lam* and lam* + w_1 (c - 1)."""
    known = weights(name, kind)
    w, s = known[1], sum(known[2:], flint.arb(0))
    shifted = exact(ratio) - 1
    return w, s, s + w * flint.arb(flint.fmpq(shifted.numerator, shifted.denominator))


def _sum(terms: Any) -> Any:
    """Return sum_{l >= 1} (1 - L_l) times a term, with 1 - L_1 = lam* tau and 1 - L_l = 1 above."""

    def summed(name: str, kind: str, ratio: Any, at: Any = 1) -> flint.arb:
        x = flint.arb(flint.fmpq(exact(at).numerator, exact(at).denominator))
        first = _constants(name, kind, ratio)[1] * _tau(name, kind, ratio)
        values = terms(name, kind)
        return sum((value(x) * (first if n == 0 else 1) for n, value in enumerate(values)), flint.arb(0))

    return summed


def _powers(name: str, kind: str) -> Any:
    return [lambda x, n=n, w=w: w * x**n for n, w in enumerate(weights(name, kind)[1:], start=1)]


def _slopes(name: str, kind: str) -> Any:
    return [lambda x, n=n, w=w: n * w * x ** (n - 1) for n, w in enumerate(weights(name, kind)[1:], start=1)]


def _couplings(name: str, kind: str) -> Any:
    """Return the terms e_l x^l: what the norms move on level l."""
    mu = coefficients(name)

    def coupling(n: int) -> flint.arb:
        # for phi' with mu'_l = sqrt(l + 1) mu_{l+1}, sqrt(l (l+1)) mu'_{l-1} mu'_{l+1} is l times the same
        size = flint.arb((n + 1) * (n + 2)).sqrt() * mu[n] * mu[n + 2]
        return n * size if kind == "ntk" else size

    return [lambda x, n=n: coupling(n) * x**n for n in range(1, LEVELS - 1)]


LIMIT = Quantity(
    "V", r"V_{#3}", "limit of d Var F for N = c d under the law P, the package's value at d = 10^6", _variance
)
FIRST = Quantity("w_1", "w_1^{#2}", "weight of level 1", lambda name, kind: level(name, kind, 1))
HIGHER = Quantity(
    "w_high", r"\lambda_*^{#2}", "mass of the levels from 2 on", lambda name, kind: mass_above(name, kind, 1)
)
SPREAD = Quantity(
    "delta", r"\Delta", "(1/d) tr R^2 - ((1/d) tr R)^2 for R = (w_1 Z^T Z/d + lam* I)^-1", _spread
)
Q = Quantity("Q", r"Q\left(#4\right)", "sum of (1 - L_l) w_l rho^l over l from 1 on", _sum(_powers))
SLOPE = Quantity("Q_slope", r"Q'\left(#4\right)", "its derivative", _sum(_slopes))
E = Quantity(
    "E",
    r"E\left(#4\right)",
    "sum of (1 - L_l) sqrt((l+1)(l+2)) mu_l mu_(l+2) rho^l (NTK: times l)",
    _sum(_couplings),
)
FREEDOM = Quantity(
    "k_4", r"\kappa_4", "excess kurtosis of a coordinate; -2 where the norms are fixed", KURTOSIS.get
)

SIZES = (phi, model, c)
WHOLE = Q(*SIZES, sp.S.One)
g = Q(*SIZES, alpha) / WHOLE
RESOLVENT = (
    2 * (1 - g) ** 2 * alpha**2
    + 2 * g**2 * (1 - alpha) ** 2
    + (1 - alpha) ** 2
    + ((1 - 2 * g) ** 2 + 1) * alpha * (1 - alpha)
)
OWN = g * (SLOPE(*SIZES, sp.S.One) + E(*SIZES, sp.S.One))
BY_Y = SLOPE(*SIZES, alpha) + E(*SIZES, alpha) - OWN
BY_X = E(*SIZES, alpha) / 2 - OWN
NORMS = alpha * BY_Y**2 + (1 - alpha) * (BY_X**2 + E(*SIZES, alpha) ** 2 / 4)
CORRELATION = (1 - alpha) * SLOPE(*SIZES, alpha) ** 2
MATRIX = (FIRST(phi, model) * HIGHER(phi, model)) ** 2 * SPREAD(*SIZES) * RESOLVENT
FREE = 2 + FREEDOM(law)


def _case(name: str, kind: str, data: str, a: str, ratio: str) -> Instance:
    return {"phi": name, "model": kind, "law": data, "alpha": sp.Rational(a), "c": sp.Rational(ratio)}


STATEMENT = Statement(
    "E10a",
    title="The variance in the proportional limit",
    text="For N = c d at infinite width, d times the variance of one sample's alignment has three parts: "
    "the product of x and x', the random kernel matrix, and the norms of x, y and x' with the fourth moment "
    "of a coordinate.",
    variables=(
        PHI,
        MODEL,
        Variable("law", choice("laws", r"\mathcal{P}", *KURTOSIS), "data law", "P"),
        ALPHA,
        Variable("c", POSITIVE, "samples per dimension, N/d"),
    ),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "smooth",
            "the levels above 80 have no mass, to 24 digits, and the kernel has a level 1",
            lambda i: (
                bool(kernel(i["phi"], i["model"], "gaussian", 2).tail == 0)
                and bool(weights(i["phi"], i["model"])[1] > 0)
            ),
            definedness=True,
        ),
    ),
    claim=Claim(LIMIT(phi, model, law, alpha, c), "==", (CORRELATION + MATRIX + FREE * NORMS) / WHOLE**2),
    notation=(LIMIT, FIRST, HIGHER, SPREAD, Q, SLOPE, E, FREEDOM),
    references=(
        Reference(
            proof="F = k_{-1}(z^s, z)/k_{-1}(z, z) with k_{-1} ~ sum_l (1 - L_l) w_l rho^l, expanded to "
            "first order in x'.x/d, in the norms, and in the resolvent on level 1, whose squared "
            "fluctuation is Delta. Not proved: this is about the value of the formula."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("h1+h2", "rf", "gaussian", "1/2", "2"),
                _case("h1+2*h2+h4", "rf", "uniform_cube", "1/4", "1"),
                _case("h1+h2", "ntk", "gaussian", "1/4", "1/2"),
                _case("sin", "ntk", "gaussian", "3/4", "5"),
                _case("sin", "rf", "product_spheres", "1/2", "1"),
            ),
            digits=3,
        ),
    ),
    mutants=(
        Mutant(
            "gaussian-norms",
            "the fourth moment of a Gaussian under every law",
            right=(CORRELATION + MATRIX + 2 * NORMS) / WHOLE**2,
        ),
        Mutant(
            "no-matrix", "the kernel matrix does not fluctuate", right=(CORRELATION + FREE * NORMS) / WHOLE**2
        ),
        Mutant("no-product", "x'.x is 0", right=(MATRIX + FREE * NORMS) / WHOLE**2),
    ),
    declared=Verdict.CHECKED,
)
