"""X34c: the alignment predicted from rows of data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import NONNEGATIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, SAMPLES, N, alpha
from proofs_check.oracles.memorisation import alignment_from_rows, quadratic_kernel
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._second_order import EIGHT_DIGITS
from proofs_check.verdict import Verdict

e = sp.Symbol("e")
DIM, ROWS, LARGE, PROBES, SPLITS, SEED = 30, 500, 250, 100, 2, 5


def _rows(exponent: Any) -> Any:
    scales = np.arange(1, DIM + 1) ** (-float(exponent) / 2)
    scales *= np.sqrt(DIM / (scales**2).sum())
    return np.random.default_rng(34).standard_normal((ROWS, DIM)) * scales


def _package(samples: Any, a: Any, exponent: Any) -> float:
    sizes: dict[str, Any] = {
        "samples": int(samples),
        "splits": SPLITS,
        "held_out": LARGE,
        "probes": PROBES,
        "seed": SEED,
    }
    return float(hg.gamma_for_data("h1+h2", _rows(exponent), a, model="rf", **sizes))


def _own(samples: Any, a: Any, exponent: Any, large: int = LARGE) -> float:
    rows = _rows(exponent)
    order = np.random.default_rng(SEED).permutation(ROWS)
    splits = (rows[np.roll(order, -(i * ROWS // SPLITS))] for i in range(SPLITS))
    found = [
        alignment_from_rows(quadratic_kernel, z, round(a * DIM), int(samples), large, PROBES) for z in splits
    ]
    return float(np.mean(found))


PACKAGE = Quantity("gamma_data", r"\gamma^{\mathrm{data}}_{#1}(#2)", "prediction of gamma_for_data", _package)
OWN = Quantity(
    "recipe",
    r"\mathbb{E}_{#1}\frac{q(z^s, z)}{q(z, z)}",
    "mean over rows; q(z, z') = k(z, z') - k_M(z)^T (K_M + kappa (M - N) I)^{-1} k_M(z'), kappa = "
    "1/tr(K_N^{-1})",
    _own,
)
FEWER = Quantity(
    "recipe_n",
    r"\mathbb{E}_{#1}\frac{q_N(z^s, z)}{q_N(z, z)}",
    "the same from N + 1 rows in place of M",
    lambda samples, a, exponent: _own(samples, a, exponent, int(samples) + 1),
)

STATEMENT = Statement(
    "X34c",
    title="Alignment predicted from rows",
    text="The prediction from the rows of a data set is the mean of q(z^s, z)/q(z, z), where q is what a "
    "large sample with the ridge kappa (M - N) leaves of the kernel, to eight digits (phi = h_1 + h_2).",
    variables=(SAMPLES, ALPHA, Variable("e", NONNEGATIVE, "exponent: variance j is in proportion to j^-e")),
    claim=Claim(sp.Abs(PACKAGE(N, alpha, e) - OWN(N, alpha, e)), "<=", EIGHT_DIGITS),
    notation=(PACKAGE, OWN),
    references=(
        Reference(
            proof="N samples without ridge leave kappa T (T + kappa)^{-1} of the kernel operator T; so do "
            "M samples with the ridge kappa (M - N). Here the arithmetic of this recipe is checked, P12 "
            "checks the recipe."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"N": n, "alpha": a, "e": exponent}
                for n, a, exponent in (
                    (60, Fraction(1, 2), 0),
                    (60, Fraction(1, 3), 1),
                    (20, Fraction(2, 3), Fraction(1, 2)),
                )
            )
        ),
    ),
    mutants=(
        Mutant(
            "few-rows",
            "from N + 1 rows",
            left=sp.Abs(PACKAGE(N, alpha, e) - FEWER(N, alpha, e)),
            notation=(FEWER,),
        ),
        Mutant("the-share", "alpha itself", left=sp.Abs(PACKAGE(N, alpha, e) - alpha)),
    ),
    declared=Verdict.CHECKED,
)
