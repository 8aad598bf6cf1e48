"""P7: linear activations: the alignment is alpha, and the limits that are 0/0 are reported as undefined."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import INTERPOLATING
from proofs_check.verdict import Verdict


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(64, 400)}
    return simulated(run, "P7", name, model="rf", alpha=a, **sizes)


def _reported_as_linear(i: Any) -> bool:
    """Return whether the package reports the NTK limit and the sharp RF bound as undefined; phi(0) = 0."""
    try:
        hg.gamma_ntk(i["phi"], i["alpha"])
    except hg.UndefinedGamma:
        sharp = hg.gamma_rf(i["phi"], i["alpha"]).sharp_lower_bound
        expression = hg.activation(i["phi"]).expr
        return (
            isinstance(sharp, hg.Undefined)
            and expression.subs(dict.fromkeys(expression.free_symbols, 0)) == 0
        )
    return False


F = Measured("F", r"F_{#3}", "feature alignment of random features", _alignment)

STATEMENT = Statement(
    "P7",
    title="Linear activations",
    text="Where the NTK limit and the sharp RF bound are reported as undefined (0/0) and phi(0) = 0, phi is "
    "linear and the mean alignment is alpha exactly: nothing of the activation is left to matter.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        INTERPOLATING,
        Hypothesis(
            "reported-undefined",
            "the NTK limit and the sharp RF bound are undefined, and phi(0) = 0",
            _reported_as_linear,
            counterexamples=tuple(
                {"phi": name, "alpha": Fraction(1, 4), "N": 50, "d": 100, "k": 400}
                for name in ("relu", "h1+h2")
            ),
        ),
    ),
    claim=Claim(F(phi, alpha, N, d, k), "==", alpha),
    notation=(F,),
    references=(
        Reference(
            proof="F = z^s P z/(z P z) with P the projector off the other samples. Coordinates are "
            "exchangeable, so E F is its mean over all choices of the y-block, d_y/d; x' has mean 0."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "alpha": a, "N": 50, "d": 100, "k": 400}
                for name, a in (("x", Fraction(1, 4)), ("-3*x/2", Fraction(1, 4)), ("2*x", Fraction(3, 5)))
            )
        ),
    ),
    mutants=(
        Mutant("square", "alpha^2, as for a quadratic activation", right=alpha**2),
        Mutant("complement", "the share of x", right=1 - alpha),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
