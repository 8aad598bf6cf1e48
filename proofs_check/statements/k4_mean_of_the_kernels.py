"""K4: the mean of the kernels over the weights, for samples of any norm."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from hermite_gamma import activation
from hermite_gamma.symbols import X
from proofs_check.domains import anything, choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.moments import double_factorial, mean_over_weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

e, z, w, m = sp.symbols("e z w m")


def _coefficients(expr: sp.Expr) -> tuple[Fraction, ...]:
    """Return the coefficients of a rational polynomial, from the constant on."""
    return tuple(Fraction(int(c.p), int(c.q)) for c in reversed(sp.Poly(expr, X).all_coeffs()))


def _rational_polynomial(name: str) -> bool:
    expr = activation(name).expr
    return expr.is_polynomial(X) and all(c.is_Rational for c in sp.Poly(expr, X).all_coeffs())


def _mean(order: int, name: str, first: Any, second: Any) -> Fraction:
    act = activation(name)
    found = _coefficients((act.derivative() if order else act).expr)
    inner = sum((a * b for a, b in zip(first, second, strict=True)), Fraction(0)) / len(first)
    return inner**order * mean_over_weights(found, found, first, second)


def _derivative_mean(name: str, order: Fraction, variance: Fraction) -> Fraction:
    expr = activation(name).expr
    for _ in range(int(order)):
        expr = sp.diff(expr, X)
    found = _coefficients(expr)
    return sum(
        (c * variance ** (n // 2) * double_factorial(n) for n, c in enumerate(found) if n % 2 == 0),
        Fraction(0),
    )


MEAN = Quantity(
    "kernel_mean",
    r"\mathbb{E} K^{(#1)}_{#2}(#3, #4)",
    "kernel of one neuron averaged over its weights N(0, I/d), coordinate by coordinate; order 0 is "
    "phi(v.z) phi(v.z'), order 1 is (z.z'/d) phi'(v.z) phi'(v.z')",
    _mean,
)
INNER = Quantity(
    "inner",
    r"\left(\tfrac{#1 \cdot #2}{d}\right)",
    "scalar product over d",
    lambda a, b: sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) / len(a),
)
SLOPE = Quantity(
    "derivative_mean",
    r"\mathbb{E} #1^{(#2)}\!\left(\sqrt{#3}\, g\right)",
    "mean of a derivative of phi at a centred normal of the stated variance",
    _derivative_mean,
)
DEGREE = Quantity(
    "degree", r"\deg #1", "degree of a polynomial", lambda name: len(_coefficients(activation(name).expr)) - 1
)


def _series(first: sp.Expr, second: sp.Expr, power: sp.Expr) -> sp.Expr:
    terms = INNER(z, w) ** m / sp.factorial(m) * SLOPE(phi, m + e, first) * SLOPE(phi, m + e, second)
    return INNER(z, w) ** power * sp.Sum(terms, (m, 0, DEGREE(phi)))


VECTORS = anything("rational vectors", r"\mathbb{Q}^d")


def _instances() -> tuple[Instance, ...]:
    pairs = (
        ((Fraction(1), Fraction(2)), (Fraction(3), Fraction(-1, 2))),
        ((Fraction(1, 2), Fraction(1), Fraction(-2)), (Fraction(2), Fraction(0), Fraction(1, 3))),
        ((Fraction(1), Fraction(-1)), (Fraction(0), Fraction(0))),
    )
    names = ("(x^2-1)/3", "x^3 - 2*x + 1", "x^4/2 - x^2")
    return tuple(
        {"phi": name, "e": order, "z": a, "w": b} for name in names for a, b in pairs for order in (0, 1)
    )


STATEMENT = Statement(
    "K4",
    title="Mean of the kernels over the weights",
    text="Averaged over Gaussian weights, the kernels of random features and of the NTK are power series in "
    "z.z'/d whose coefficients depend on the norms of the two samples; only at norm sqrt(d) are they the "
    "dual kernels of the correlation alone.",
    variables=(
        PHI,
        Variable(
            "e", choice("0 for random features, 1 for the NTK", r"\{0, 1\}", 0, 1), "order of the kernel"
        ),
        Variable("z", VECTORS, "sample"),
        Variable("w", VECTORS, "other sample", "z'"),
    ),
    hypotheses=(
        Hypothesis(
            "polynomial",
            "phi is a polynomial with rational coefficients, so that both sides are finite sums",
            lambda i: _rational_polynomial(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(MEAN(e, phi, z, w), "==", _series(INNER(z, z), INNER(w, w), e)),
    notation=(MEAN, INNER, SLOPE, DEGREE),
    references=(
        Reference(
            proof="E p(u) q(v) for a normal pair with covariance c is sum_m c^m/m! E p^(m)(u) E q^(m)(v): "
            "the derivative of the left side in c is E p'(u) q'(v) (Gaussian integration by parts), and at "
            "c = 0 u and v are independent. For (x^2 - 1)/sqrt 2 it gives c^2 + (a - 1)(b - 1)/2, with "
            "a = |z|^2/d and b = |z'|^2/d."
        ),
    ),
    evidence=(RationalInstances(instances=_instances()),),
    mutants=(
        Mutant("norms-dropped", "the kernel at norm sqrt(d)", right=_series(sp.Integer(1), sp.Integer(1), e)),
        Mutant(
            "inner-product-missing",
            "the NTK without z.z'/d",
            right=_series(INNER(z, z), INNER(w, w), sp.Integer(0)),
        ),
        Mutant("one-norm", "the norm of z used for both", right=_series(INNER(z, z), INNER(z, z), e)),
    ),
    declared=Verdict.CHECKED,
)
