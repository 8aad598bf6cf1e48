"""D5: the alignment on anisotropic data."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import NONNEGATIVE, choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.moments import power_variances
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.verdict import Verdict

e, order = sp.symbols("e order")
WIDTH = 3000


def _alignment(run: Run, name: str, exponent: Any, direction: str, a: Any, samples: int, dim: int) -> Trials:
    return simulated(
        run, "D5", name, model="rf", samples=samples, dim=dim, width=WIDTH, alpha=a, trials=run.pick(32, 192),
        distribution="power_law", data={"exponent": str(exponent), "order": direction},
    )  # fmt: skip


@lru_cache(maxsize=64)
def _predicted(name: str, exponent: Any, direction: str, a: Any, samples: int, dim: int) -> hg.Prediction:
    if exponent == int(exponent):
        exact = power_variances(int(exponent), direction, dim - round(a * dim), dim)
        variances = np.array([float(v) for v in exact])
    else:
        variances = np.arange(1, dim + 1) ** -float(exponent)
        variances = (variances * dim / variances.sum())[:: 1 if direction == "decreasing" else -1]
    cut = dim - round(a * dim)
    return hg.gamma_anisotropic(
        name, model="rf", samples=samples, variances_x=variances[:cut], variances_y=variances[cut:]
    )


F = Measured(
    "F", r"\mathcal{F}", "alignment of random features on N(0, diag(sigma)), sigma_i ~ i^(-e)", _alignment
)
GAMMA = Quantity(
    "gamma_modes",
    r"\gamma_{\mathrm{modes}}",
    "predicted alignment, mode by mode",
    lambda *at: float(_predicted(*at)),
)
TRACE = Quantity(
    "alpha_trace",
    r"\alpha_{\mathrm{tr}}",
    "share of y in the trace of the covariance",
    lambda *at: _predicted(*at)["alpha_trace"],
)
ISOTROPIC = Quantity(
    "gamma_isotropic",
    r"\gamma_{\mathrm{iso}}(\alpha_{\mathrm{tr}})",
    "isotropic formula at the share of y in the trace",
    lambda *at: _predicted(*at)["isotropic"],
)
ARGUMENTS = (phi, e, order, alpha, N, d)


def _allowance(i: Instance) -> float:
    # O(1/d_eff) of the equivalent with the declared constant of the activation, and O(1/k) of the width
    found = _predicted(i["phi"], i["e"], i["order"], i["alpha"], i["N"], i["d"])
    assert found.allowance is not None
    return found.allowance + 1.5 / WIDTH


STATEMENT = Statement(
    "D5",
    title="Alignment on anisotropic data",
    text="On Gaussian data with different variances every direction is learned in its turn, and the "
    "alignment is the share of the effective degrees of freedom on functions of y. It may exceed the "
    "share of y in the variance.",
    variables=(
        PHI,
        Variable("e", NONNEGATIVE, "exponent of the variances"),
        Variable(
            "order",
            choice(
                "orders: y has the largest or the smallest variances",
                r"\{\uparrow, \downarrow\}",
                "increasing",
                "decreasing",
            ),
            "where the large variances are",
            r"o",
        ),
        ALPHA,
        SAMPLES,
        DIM,
    ),
    claim=Claim(F(*ARGUMENTS), "==", GAMMA(*ARGUMENTS)),
    notation=(F, GAMMA),
    references=(
        Reference(proof="Deterministic equivalent with the eigenvalues of the Wick monomials. Not proved."),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                {
                    "phi": "relu",
                    "e": sp.Rational(1, 2),
                    "order": "increasing",
                    "alpha": sp.Rational(1, 4),
                    "N": 200,
                    "d": 200,
                },
                {
                    "phi": "relu",
                    "e": sp.Integer(1),
                    "order": "decreasing",
                    "alpha": sp.Rational(3, 4),
                    "N": 200,
                    "d": 200,
                },
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("isotropic", "the isotropic formula", right=ISOTROPIC(*ARGUMENTS), notation=(ISOTROPIC,)),
        Mutant(
            "never-above-the-share",
            "at most the share of y in the trace",
            relation="<=",
            right=TRACE(*ARGUMENTS),
            notation=(TRACE,),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
