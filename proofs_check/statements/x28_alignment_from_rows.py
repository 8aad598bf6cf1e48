"""X28: the alignment of given rows, without a spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL
from proofs_check.verdict import Verdict

ROWS = 500


def _trials(run: Run) -> int:
    return run.pick(60, 180)


def _measured(run: Run, name: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    return simulated(
        run,
        "X28",
        name,
        record="alignment",
        model="rf",
        alpha=a,
        samples=samples,
        dim=dim,
        width=width,
        trials=_trials(run),
        distribution="power_law",
        data={"exponent": 1, "order": "increasing"},
    )


def _variances(dim: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return variances proportional to 1/j that add up to d, x first, the largest last."""
    falling = 1 / np.arange(1.0, dim + 1)
    return np.asarray((dim * falling / falling.sum())[::-1])


def _from_rows(run: Run, name: str, a: Any, samples: int, dim: int) -> Trials:
    """Return the package's alignment from fresh rows of the same law, once a trial."""
    found = []
    for trial in range(_trials(run)):
        draw = np.random.default_rng(run.seed_for("X28 rows", name, a, samples, dim, trial))
        rows = draw.standard_normal((ROWS, dim)) * np.sqrt(_variances(dim))
        sizes: dict[str, Any] = {"held_out": 2 * samples, "probes": 200, "splits": 2}
        found.append(float(hg.gamma_for_data(name, rows, a, model="rf", samples=samples, **sizes)))
    return np.asarray(found)


def _isotropic(name: str, a: Any, samples: float, dim: int) -> float:
    return float(hg.gamma_finite(name, a, model="rf", samples=round(samples), dim=dim))


F = Measured("F", "F", "mean alignment of the samples of a trial", _measured)
ROW_WISE = Measured("gamma_rows", r"\hat\gamma", "the package's alignment of N of 500 fresh rows", _from_rows)
ISOTROPIC = Quantity("gamma_N", r"\gamma_{#3}", "the package's alignment of isotropic data", _isotropic)

ARGUMENTS = (phi, alpha, N, d)


def _case(name: str, a: sp.Rational, samples: int) -> Instance:
    return {"phi": name, "alpha": a, "N": samples, "d": 60, "k": 20 * samples}


INSTANCES = (_case("relu", sp.Rational(1, 4), 60),)

STATEMENT = Statement(
    "X28",
    title="The alignment of given rows",
    text="From rows of the data alone, with variances that fall like 1/j and the largest ones in y, the "
    "package predicts the alignment of N samples: a large sample with a ridge shows what N samples leave "
    "unlearned.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "few",
            "at most 60 samples, so that there are 2 N rows for the large sample and 200 probes, twice",
            lambda i: i["N"] <= 60,
            latex=r"N \le 60",
            definedness=True,
        ),
    ),
    claim=Claim(F(phi, alpha, N, d, k), "==", ROW_WISE(*ARGUMENTS)),
    notation=(F, ROW_WISE),
    references=(
        Reference(
            proof="M samples with the ridge kappa_N (M - N) leave the same kernel q unlearned as N samples "
            "without one, and F = q(z^s, z)/q(z, z). Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            thorough_instances=(_case("h1+h2", sp.Rational(1, 2), 40),),
            # declared by the package beforehand for rows (0.005 + 0.1/N), and 2/k for the width
            allowance=sp.Rational(1, 200) + sp.Rational(1, 10) / N + 2 / k,
        ),
    ),
    mutants=(
        Mutant(
            "isotropic",
            "the value for isotropic data",
            right=ISOTROPIC(*ARGUMENTS),
            notation=(ISOTROPIC,),
            instances=INSTANCES,
        ),
        Mutant("next-power", "a further factor alpha", right=alpha * ROW_WISE(*ARGUMENTS)),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
