"""G7: more samples with a ridge have the alignment of fewer without one."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.equivalents import second_scale
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, LAW, MODEL, law, model, rounded
from proofs_check.verdict import Verdict

M = sp.Symbol("M")


def _alignment(name: str, kind: str, data: str, a: Any, samples: int, dim: int, ridge: Any) -> Any:
    found = hg.gamma_finite(
        name, a, model=kind, samples=samples, dim=dim, distribution=data, ridge=float(flint.arb(ridge).mid())
    )
    return rounded(float(found))


GAMMA = Quantity(
    "gamma", r"\gamma_{#5}^{#7}", "the package's alignment at a sample size and ridge", _alignment
)
KAPPA = Quantity(
    "kappa",
    r"\kappa_{#4}",
    "kappa of N samples without ridge, from a fixed point of our own",
    second_scale,
)
SCALE = KAPPA(phi, model, law, N, d)


def _with(ridge: Any) -> sp.Expr:
    return GAMMA(phi, model, law, alpha, M, d, ridge)


def _case(name: str, kind: str, data: str, samples: int, more: int, dim: int) -> Instance:
    sizes = {"alpha": sp.Rational(1, 2), "N": samples, "M": more, "d": dim}
    return {"phi": name, "model": kind, "law": data, **sizes}


STATEMENT = Statement(
    "G7",
    title="A ridge for samples",
    text="M samples with the ridge kappa_N (M - N) have the same predicted alignment as N samples without a "
    "ridge.",
    variables=(
        PHI,
        MODEL,
        LAW,
        ALPHA,
        SAMPLES,
        Variable("M", POSITIVE_INTEGERS, "a larger number of samples"),
        DIM,
    ),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis("more", "M is above N", lambda i: i["M"] > i["N"], definedness=True, latex="M > N"),
    ),
    claim=Claim(_with(SCALE * (M - N)), "==", GAMMA(phi, model, law, alpha, N, d, sp.S.Zero)),
    notation=(GAMMA, KAPPA),
    references=(
        Reference(
            proof="M - lam/kappa = T1(kappa) with lam = kappa (M - N) is N = T1(kappa): the same kappa."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", "gaussian", 150, 600, 100),
                _case("relu", "ntk", "sphere", 10, 5000, 40),
                _case("tanh", "rf", "gaussian", 200, 201, 50),
                _case("h1+2*h2", "ntk", "product_spheres", 30, 100, 16),
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("kappa-m", "the ridge kappa M", left=_with(SCALE * M)),
        Mutant("no-ridge", "no ridge", left=_with(sp.S.Zero)),
    ),
    declared=Verdict.CHECKED,
)
