"""P6: more samples than the rank of a polynomial kernel: K is singular, and the simulation refuses."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.simulation.singular import rank_limit
from proofs_check.domains import choice, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, d, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

p, asked = sp.symbols("p asked")
TOP = 4
NEURONS_PER_RANK = 3


def degree(name: Any) -> int:
    """Return the degree of a polynomial activation, -1 for any other."""
    expression = hg.activation(name).expr
    x = next(iter(expression.free_symbols), sp.Symbol("x"))
    return int(sp.degree(expression, x)) if expression.is_polynomial(x) else -1


def _occurs(power: Any, name: Any) -> int:
    expression = hg.activation(name).expr
    x = next(iter(expression.free_symbols), sp.Symbol("x"))
    return int(sp.Poly(expression, x).coeff_monomial(x ** int(power)) != 0)


def _most_samples(name: Any, dim: Any) -> int:
    """Return the largest N that is not refused as singular, by bisection."""
    size = int(dim)
    low, high = 1, 2 * int(sp.binomial(size + TOP, TOP))
    width = NEURONS_PER_RANK * high
    while high - low > 1:
        middle = (low + high) // 2
        settings: dict[str, Any] = {
            "model": "rf",
            "samples": middle,
            "dim": size,
            "width": width,
            "alpha": "1/2",
        }
        try:
            hg.simulate(name, workers=1, test_samples=0, **settings)
        except hg.SingularKernelError:
            high = middle
        else:
            low = middle
    return low


def _announced(name: Any, dim: Any) -> int:
    """Return the rank that the simulation names before it computes K."""
    found = rank_limit(hg.activation(name).expr, int(dim), "gaussian", tangent=False)
    return -1 if found is None else found[0]


ANSWERS = {"simulated": _most_samples, "announced": _announced}
MOST = Quantity(
    "N_max",
    r"N_{#1}(#2, #3)",
    "largest number of samples for which the simulation finds K invertible, or names as the rank beforehand",
    lambda which, name, dim: ANSWERS[which](name, dim),
)
OCCURS = Quantity("occurs", r"1_{x^{#1} \in #2}", "1 if the power occurs in the polynomial, else 0", _occurs)

STATEMENT = Statement(
    "P6",
    title="Singular kernel beyond the rank of a polynomial",
    text="A polynomial activation of degree at most 4 sees Gaussian samples through their monomials "
    "alone; with more samples than monomials K is singular, which the simulation reports as "
    "SingularKernelError.",
    variables=(
        Variable(
            "asked",
            choice("answers", r"\{\mathrm{simulated}, \mathrm{announced}\}", *ANSWERS),
            "what is asked",
            r"\mathrm{asked}",
        ),
        PHI,
        Variable("d", integers(2, 8), "dimension of a sample"),
    ),
    hypotheses=(
        Hypothesis(
            "polynomial",
            f"phi is a polynomial of degree 1 to {TOP}",
            lambda i: 1 <= degree(i["phi"]) <= TOP,
            definedness=True,
        ),
    ),
    claim=Claim(MOST(asked, phi, d), "==", sp.Sum(OCCURS(p, phi) * sp.binomial(d + p - 1, p), (p, 0, TOP))),
    notation=(MOST, OCCURS),
    references=(
        Reference(
            proof="Feature j of z is a combination of the monomials of the degrees that occur in phi, of "
            "which there are C(d+p-1, p) at degree p; generic weights and samples reach that rank."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"asked": which, "phi": name, "d": size}
                for which in ANSWERS
                for name, size in (("x", 6), ("1+2*x", 5), ("h1+h2", 4), ("x^2", 5), ("h2", 4), ("x+x^3", 3))
            )
        ),
    ),
    mutants=(
        Mutant("never-singular", "no number of samples is refused", right=2 * sp.binomial(d + TOP, TOP) - 1),
        Mutant(
            "all-degrees",
            "every degree up to that of phi counts",
            right=sp.binomial(d + TOP, TOP),
        ),
    ),
    declared=Verdict.CHECKED,
)
