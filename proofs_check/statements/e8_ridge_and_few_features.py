"""E8: the alignment with a ridge, and with fewer features than samples."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, lam, phi
from proofs_check.oracles import equivalents
from proofs_check.oracles.equivalents import exact
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

model = sp.Symbol("model")
ARGUMENTS = (phi, model, alpha, N, d, k, lam)


def _measured(
    run: Run, name: str, kind: str, a: Any, samples: int, dim: int, width: int, ridge: Any
) -> Trials:
    return simulated(
        run,
        "E8",
        name,
        record="alignment_control_variate",
        model=kind,
        alpha=a,
        samples=samples,
        dim=dim,
        width=width,
        ridge=ridge,
        trials=run.pick(40, 240),
        estimator="control_variate",
    )


def _finite(name: str, kind: str, a: Any, samples: int, dim: int, width: Any, ridge: Any) -> float:
    """Return gamma at these sizes; a width of 0 stands for infinitely many neurons."""
    neurons = round(width) or None
    return float(
        hg.gamma_finite(name, a, model=kind, samples=samples, dim=dim, width=neurons, ridge=exact(ridge))
    )


def _with_first_scale(name: str, kind: str, a: Any, samples: int, dim: int, width: int, ridge: Any) -> float:
    """Return sum_l D_l alpha^l/sum_l D_l at nu1 in place of nu2."""
    levels = equivalents.kernel(name, kind, "gaussian", dim)
    nu2 = equivalents.second_scale(name, kind, "gaussian", samples, dim, width, ridge)
    nu1 = nu2 * (1 - levels.learned(nu2) / (width * (dim if kind == "ntk" else 1)))
    powers = sum(
        (levels.degrees(m, nu1) * flint.arb(float(a)) ** m for m in range(len(levels.weights))), flint.arb(0)
    )
    return float((powers / levels.learned(nu1)).mid())


F = Measured("F", "F", "mean alignment of the samples of a trial, with a control variate", _measured)
GAMMA = Quantity("gamma", r"\gamma", "the package's alignment with width k (0: infinite) and ridge", _finite)
WRONG = Quantity("gamma_1", r"\gamma_1", "the formula at nu1 in place of nu2", _with_first_scale)


def _case(name: str, kind: str, width: int, ridge: str, samples: int = 200) -> Instance:
    sizes = {"alpha": sp.Rational(1, 2), "N": samples, "d": 100, "k": width}
    return {"phi": name, "model": kind, **sizes, "lam": sp.Rational(ridge)}


def _allowance(i: Instance) -> float:
    """Return C_b/d + C/k + 0.05/N, as without a ridge."""
    sizes = {"samples": i["N"], "dim": i["d"], "width": i["k"], "ridge": exact(i["lam"])}
    return float(hg.alignment_allowance(i["phi"], i["alpha"], model=i["model"], **sizes))


INSTANCES = (
    _case("relu", "rf", 100, "1/20"),
    _case("tanh", "rf", 100, "1/20"),
    _case("relu", "rf", 1200, "1/10"),
    _case("relu", "ntk", 200, "3/10"),
)

STATEMENT = Statement(
    "E8",
    title="Ridge, and fewer features than samples",
    text="With a ridge the alignment follows from two equations, one for the data and one for the features, "
    "and the same holds with fewer features than samples.",
    variables=(
        PHI,
        MODEL,
        ALPHA,
        SAMPLES,
        DIM,
        WIDTH,
        Variable("lam", POSITIVE, "ridge", r"\lambda"),
    ),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(F(*ARGUMENTS), "==", GAMMA(*ARGUMENTS)),
    notation=(F, GAMMA),
    references=(
        Reference("defilippis2024", "the two self-consistent equations of random feature ridge regression"),
        Reference(
            proof="N - lam/nu1 = T1(nu2), p (1 - nu1/nu2) = T1(nu2) for p parameters, and gamma = sum_l D_l "
            "alpha^l/sum_l D_l at kappa = nu2; nu1 cancels in the quotient. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("next-power", "alpha^(l+1) for alpha^l", right=alpha * GAMMA(*ARGUMENTS)),
        Mutant(
            "no-ridge",
            "the value without ridge at infinite width",
            right=GAMMA(phi, model, alpha, N, d, 0, 0),
            instances=INSTANCES,
        ),
        Mutant(
            "infinite-width",
            "the value at infinite width",
            right=GAMMA(phi, model, alpha, N, d, 0, lam),
            instances=INSTANCES,
        ),
        Mutant(
            "four-times",
            "the value for four times the ridge",
            right=GAMMA(phi, model, alpha, N, d, k, 4 * lam),
            instances=INSTANCES,
        ),
        Mutant(
            "first-scale",
            "nu1 in place of nu2",
            right=WRONG(*ARGUMENTS),
            notation=(WRONG,),
            instances=INSTANCES,
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
