"""G8: the alignment of a blank query with one sample."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, alpha, d, phi
from proofs_check.oracles.equivalents import exact
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.verdict import Verdict


def _simulated(name: str, a: Any, dim: int) -> flint.arb:
    found = hg.simulate(
        name,
        model="rf",
        alpha=a,
        samples=1,
        dim=dim,
        distribution="product_spheres",
        query="blank",
        test_samples=0,
        workers=1,
    )
    # kernels of infinite width are tabulated to about 13 digits
    return flint.arb(found.mean, 1e-11)


def _kernel(name: str, rho: Any) -> Any:
    return hg.dual_kernel(name, exact(rho), 20)


def _homogeneous(i: Instance) -> bool:
    expression = hg.activation(i["phi"]).expr
    x = next(iter(expression.free_symbols))
    return all(
        sp.simplify(expression.subs(x, 3 * at) - 3 * expression.subs(x, at)) == 0 for at in (1, -1, 2, -2)
    )


BLANK = Quantity(
    "blank",
    r"F\left([0, y], z\right)",
    "simulated alignment of [0, y] with the only sample z = [x, y], |x|^2 = d_x and |y|^2 = d_y",
    _simulated,
)
KERNEL = Quantity(
    "kernel", r"\kappa_{#1}\left(#2\right)", "the package's dual kernel E phi(u) phi(v)", _kernel
)
VALUE = BLANK(phi, alpha, d)
RESAMPLED = KERNEL(phi, alpha) / KERNEL(phi, 1)

STATEMENT = Statement(
    "G8",
    title="A blank query and one sample",
    text="With one sample and x replaced by 0, random features that are positively homogeneous have the "
    "alignment sqrt(alpha) kappa(sqrt(alpha))/kappa(1): below that of a fresh x, about "
    "kappa(alpha)/kappa(1).",
    variables=(PHI, ALPHA, DIM),
    hypotheses=(
        Hypothesis(
            "homogeneous",
            "phi(s x) = s phi(x) for s > 0",
            _homogeneous,
            latex=r"\phi(s x) = s\,\phi(x)",
            counterexamples=({"phi": "tanh", "alpha": sp.Rational(1, 4), "d": 16},),
        ),
    ),
    claim=Claim(VALUE, "==", sp.sqrt(alpha) * KERNEL(phi, sp.sqrt(alpha)) / KERNEL(phi, 1)),
    notation=(BLANK, KERNEL),
    references=(
        Reference(
            proof="F = k([0, y], z)/k(z, z) for N = 1. [0, y] has the length sqrt(alpha d) and the "
            "correlation sqrt(alpha) with z."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                # squares of dyadic numbers, so that the roots are numbers and not balls
                {"phi": name, "alpha": sp.Rational(*a), "d": 16}
                for name in ("relu", "abs", "leaky_relu")
                for a in ((1, 4), (9, 16))
            ),
            digits=9,
        ),
    ),
    mutants=(
        Mutant("resampled", "the alignment of a fresh x", right=RESAMPLED),
        Mutant(
            "no-length", "the length of [0, y] left out", right=KERNEL(phi, sp.sqrt(alpha)) / KERNEL(phi, 1)
        ),
    ),
    declared=Verdict.CHECKED,
)
