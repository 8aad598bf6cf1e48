"""E1: kappa and the degrees of freedom spent on each level."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, SAMPLES, N, d, phi
from proofs_check.oracles.equivalents import count, weight
from proofs_check.oracles.levels import LEVELS
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import COUNT, HAS_KERNEL, LAW, MODEL, TAIL, WEIGHT, rounded
from proofs_check.verdict import Verdict

law, model, l = sp.symbols("law model l")  # noqa: E741
NONE_POSITIVE = flint.arb(10) ** -60


def _kappa(name: str, kind: str, data: str, samples: int, dim: int) -> Any:
    try:
        found = hg.gamma_finite(name, "1/2", model=kind, samples=samples, dim=dim, distribution=data)
    except hg.UndefinedGamma:
        return NONE_POSITIVE
    return rounded(found["kappa"])


def _below_rank(i: Instance) -> bool:
    present = [m for m in range(LEVELS + 1) if weight(i["phi"], i["model"], i["law"], i["d"], m) > 0]
    return bool(i["N"] < sum(count(i["law"], i["d"], m) for m in present))


KAPPA = Quantity(
    "kappa", r"\kappa", "the package's kappa; where it finds no positive one, 10^-60 in its place", _kappa
)


def _degrees(first: int = 0, shift: int = 0, multiplicity: sp.Expr | None = None) -> sp.Expr:
    """Return the sum of D_l = w_l/(w_l/B_l + kappa) from a level on."""
    kappa = KAPPA(phi, model, law, N, d)
    w = WEIGHT(phi, model, law, d, l + shift)
    degrees = w / (w / (COUNT(law, d, l) if multiplicity is None else multiplicity) + kappa)
    return sp.Sum(degrees, (l, first, LEVELS - shift)) + TAIL(phi, model, law, d) / kappa


def _case(name: str, kind: str, data: str, samples: int, dim: int) -> Instance:
    return {"phi": name, "model": kind, "law": data, "N": samples, "d": dim}


STATEMENT = Statement(
    "E1",
    title="The degrees of freedom add up to N",
    text="Each level of the kernel spends D_l = w_l/(w_l/B_l + kappa) degrees of freedom, and kappa > 0 is "
    "the one number for which all of them, level 0 included, add up to the number of samples. It exists for "
    "every number of samples below the rank of the kernel, and for no other.",
    variables=(PHI, MODEL, LAW, SAMPLES, DIM),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "below-rank",
            "N is below the rank of the kernel, the number of its eigenfunctions",
            _below_rank,
            latex=r"N < \sum_{l:\, w_l > 0} B_l",
            counterexamples=(_case("1+h1+h2", "rf", "gaussian", 60, 8),),
        ),
    ),
    claim=Claim(_degrees(), "==", N),
    notation=(WEIGHT, COUNT, TAIL, KAPPA),
    references=(
        Reference("defilippis2024", "deterministic equivalents, infinite width and no ridge"),
        Reference(
            proof="Each D_l decreases strictly from B_l at kappa = 0 to 0 at infinity; so the sum takes "
            "every value between 0 and the rank exactly once."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", "gaussian", 4, 30),
                _case("relu", "rf", "gaussian", 900, 30),
                _case("relu", "ntk", "sphere", 300, 20),
                _case("tanh", "ntk", "gaussian", 200, 40),
                _case("1+h1+h2", "rf", "gaussian", 44, 8),
                _case("h1+h4", "ntk", "sphere", 50, 100),
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("twice", "they add up to 2 N", right=2 * N),
        Mutant("without-level-0", "level 0 left out", left=_degrees(first=1)),
        Mutant("powers", "d^l eigenfunctions on level l", left=_degrees(multiplicity=d**l)),
        Mutant("unshifted", "mu'_l^2 on level l of the NTK, not on level l + 1", left=_degrees(shift=1)),
        Mutant(
            "no-tail",
            "the mass above level 80 left out",
            left=_degrees() - TAIL(phi, model, law, d) / KAPPA(phi, model, law, N, d),
        ),
    ),
    declared=Verdict.CHECKED,
)
