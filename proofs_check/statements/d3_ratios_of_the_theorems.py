"""D3: the ratios that the theorems assume to be small, at given sizes."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, SAMPLES, WIDTH, N, d, k
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

model, p, q, r = sp.symbols("model p q r")

NAMES = {
    ("rf", 3, 1, 0): "N log^3 N/k",
    ("ntk", 8, 1, 1): "N log^8 N/(k d)",
    ("rf", 0, 0, 1): "N/d",
    ("rf", 0, 0, 2): "N/d^2",
    ("ntk", 0, 0, 1): "N/d",
    ("rf", 0, 1, 0): "k/N",
    ("ntk", 0, 1, 1): "k d/N",
}


def _ratio(kind: str, samples: int, width: int, dim: int, *powers: Any) -> Any:
    p_, q_, r_ = map(int, powers)
    name = NAMES[kind, p_, q_, r_]
    found = hg.regime("relu", "1/2", model=kind, samples=samples, dim=dim, width=width).ratios[name]
    if isinstance(found, bool):
        raise TypeError(f"{name} is reported as a verdict, not as a number")
    # float64: a few roundings
    ball = flint.arb(found, 1e-13 * abs(found))
    return 1 / ball if name in ("k/N", "k d/N") else ball


RATIO = Quantity(
    "ratio",
    r"R_{#1}(#2, #3, #4)",
    "ratio that `regime` reports (k/N and k d/N: its inverse)",
    _ratio,
)
VALUE = N * sp.log(N) ** p / (k**q * d**r)


def _at(kind: str, samples: int, width: int, dim: int, *powers: int) -> Instance:
    return {"model": kind, "N": samples, "k": width, "d": dim, **dict(zip("pqr", powers, strict=True))}


STATEMENT = Statement(
    "D3",
    title="The ratios that the theorems assume to be small",
    text="At given sizes the package reports N log^3 N/k and N log^8 N/(kd) as numbers: 3.3 and 5.2e4 at "
    "the sizes of the paper's experiments (N = 1000 with k = 100000, or with k = 100 and d = 1000). No "
    "condition is called true.",
    variables=(
        Variable(
            "model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"\mathcal{M}"
        ),
        SAMPLES,
        WIDTH,
        DIM,
        *(
            Variable(name, integers(0, 8), f"power of {of}")
            for name, of in zip("pqr", ("log N", "k", "d"), strict=True)
        ),
    ),
    hypotheses=(
        Hypothesis(
            "reported",
            "the ratio is one of those that are reported",
            lambda i: (i["model"], i["p"], i["q"], i["r"]) in NAMES,
            definedness=True,
        ),
    ),
    claim=Claim(RATIO(model, N, k, d, p, q, r), "==", VALUE),
    notation=(RATIO,),
    references=(Reference("bombari2024", "Theorems 1 and 2, their over-parametrisation conditions"),),
    evidence=(
        BallInstances(
            instances=(
                *(
                    _at(kind, 1000, 100_000 if kind == "rf" else 100, 1000, *powers)
                    for kind, *powers in NAMES
                ),
                _at("rf", 100, 100_000, 1000, 3, 1, 0),
                _at("ntk", 300, 37, 110, 8, 1, 1),
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("condition-holds", "below 1", relation="<", right=sp.Integer(1)),
        Mutant("one-logarithm-less", "one power of log N less", right=VALUE / sp.log(N)),
        Mutant(
            "decimal-logarithm", "log to base 10", right=N * (sp.log(N) / sp.log(10)) ** p / (k**q * d**r)
        ),
    ),
    declared=Verdict.CHECKED,
)
