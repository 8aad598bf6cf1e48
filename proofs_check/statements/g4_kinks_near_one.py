"""G4: near alpha = 1 the NTK limit of an activation with kinks has a square root."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.equivalents import mass_above
from proofs_check.oracles.levels import kinks
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import has_kernel
from proofs_check.verdict import Verdict

near = sp.Symbol("alpha", positive=True)


def _rate(name: str) -> sp.Expr:
    gap = 1 - hg.gamma_ntk(name, near).exact
    return sp.simplify(sp.limit(gap / sp.sqrt(1 - near), near, 1, "-"))


def _has_closed_form(i: Instance) -> bool:
    if not has_kernel(i["phi"], "ntk"):
        return False
    try:
        hg.gamma_ntk(i["phi"], near)
    except hg.NoClosedForm:
        return False
    return True


RATE = Quantity(
    "rate",
    r"\lim_{\alpha \to 1} \frac{1 - \gamma_{\mathrm{NTK}}(\alpha)}{\sqrt{1 - \alpha}}\bigg|_{#1}",
    "the limit, by the package's closed form of gamma_NTK",
    _rate,
)
KINKS = Quantity(
    "kinks",
    r"\sum_b J_b(#1)^2 \varphi(b)",
    "jumps J_b of phi' at b, with the density of N(0, 1) there",
    kinks,
)
MASS = Quantity(
    "mass",
    r"\sum_{l \ge 2} w_l(#1)",
    "mass of the levels of the NTK from 2 on",
    lambda name: mass_above(name, "ntk", 1),
)
SLOPE = KINKS(phi) / (sp.sqrt(sp.pi) * MASS(phi))

STATEMENT = Statement(
    "G4",
    title="Kinks and the alignment near alpha = 1",
    text="As alpha tends to 1, the NTK limit of an activation with kinks tends to 1 like a square root, "
    "with a factor that counts the jumps of its slope: 2 sqrt(2)/pi for relu. Without kinks the factor is 0.",
    variables=(PHI,),
    hypotheses=(
        Hypothesis(
            "closed-form", "gamma_NTK of phi has a closed form in alpha", _has_closed_form, definedness=True
        ),
    ),
    claim=Claim(RATE(phi), "==", SLOPE),
    notation=(RATE, KINKS, MASS),
    references=(
        Reference(
            proof="E phi'(u)^2 - E phi'(u) phi'(v) = E (phi'(u) - phi'(v))^2/2. A jump at b counts where b "
            "lies between u and v, which has the probability 2 varphi(b) sqrt((1 - alpha)/pi) at leading "
            "order; the smooth part is of order 1 - alpha."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple({"phi": name} for name in ("relu", "leaky_relu", "Abs(x)+x^2", "h1+h2")),
            digits=11,
        ),
    ),
    mutants=(
        Mutant("linear", "a linear rate, so that the limit is 0", right=sp.S.Zero * MASS(phi)),
        Mutant("half", "half of it", right=SLOPE / 2),
        Mutant(
            "jump-not-squared",
            "the root of the sum of the squares of the jumps",
            right=sp.sqrt(KINKS(phi)) / (sp.sqrt(sp.pi) * MASS(phi)),
        ),
    ),
    declared=Verdict.CHECKED,
)
