"""T5: a kernel of one level has an alignment that does not depend on N."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, SAMPLES, N, alpha, d
from proofs_check.oracles import levels
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._alignment import INFINITE, LAW, alignment
from proofs_check.verdict import Verdict

m = sp.Symbol("m")


def _phi(level: int) -> str:
    # h_{m+1}' = sqrt(m + 1) h_m, and the scale of phi' does not matter
    return f"h{int(level) + 1}"


def _alignment(run: Run, level: int, a: Any, samples: int, dim: int) -> Trials:
    return alignment(run, "T5", "ntk", _phi(level), a, (samples, dim, INFINITE))


def _allowance(i: Instance) -> float:
    sizes = {"samples": i["N"], "dim": i["d"], "distribution": LAW}
    return float(hg.alignment_allowance(_phi(i["m"]), i["alpha"], model="ntk", **sizes))


F = Measured("F", r"F_{\mathrm{NTK}(h_{#1})}", "feature alignment of the NTK with phi' = h_m", _alignment)
HALF = sp.Rational(1, 2)
QUADRATIC: Instance = {"m": 1, "alpha": HALF, "N": 60, "d": 60}

STATEMENT = Statement(
    "T5",
    title="A kernel of one level",
    text="When phi' = h_m the NTK has one level only, m + 1, and its alignment is alpha^(m+1) at every "
    "number of samples below the rank: with E phi' = 0 nothing is spent on the linear part.",
    variables=(Variable("m", integers(1, 4), "level of phi'"), ALPHA, SAMPLES, DIM),
    hypotheses=(
        Hypothesis(
            "below-the-rank",
            "N is below the number of eigenfunctions of level m + 1: otherwise K is singular",
            lambda i: i["N"] < levels.multiplicity("sphere", i["d"], i["m"] + 1),
            definedness=True,
        ),
    ),
    claim=Claim(F(m, alpha, N, d), "==", alpha ** (m + 1)),
    notation=(F,),
    references=(
        Reference(
            "bombari2024",
            "Theorem 2",
            proof="Its gamma_NTK is alpha mu'_m^2 alpha^m / mu'_m^2. That it holds for every N comes from "
            "gamma_N = sum_l D_l alpha^l / N with one D_l = N (deterministic equivalent, not proved).",
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                QUADRATIC,
                {**QUADRATIC, "N": 15},
                {**QUADRATIC, "N": 300},
                {**QUADRATIC, "alpha": sp.Rational(1, 4)},
                {**QUADRATIC, "m": 2, "alpha": sp.Rational(3, 4)},
            ),
            thorough_instances=({**QUADRATIC, "N": 1000}, {**QUADRATIC, "d": 200, "N": 400}),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("one-power-more", "alpha^(m+2)", right=alpha ** (m + 2)),
        Mutant("one-power-less", "alpha^m: the factor alpha of the NTK is missing", right=alpha**m),
        Mutant("linear", "alpha", right=alpha),
        Mutant(
            "as-if-linear-part",
            "it falls with N, as if level 1 were there and learned",
            right=alpha ** (m + 1) + (alpha - alpha ** (m + 1)) / (1 + N / d),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
