"""E4: the alignment of Gaussian data at finite size."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

model = sp.Symbol("model")
ARGUMENTS = (phi, model, alpha, N, d)


def _measured(run: Run, name: str, kind: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    return simulated(
        run,
        "E4",
        name,
        record="alignment_control_variate",
        model=kind,
        alpha=a,
        samples=samples,
        dim=dim,
        width=width,
        trials=run.pick(24, 144),
        estimator="control_variate",
    )


def _finite(name: str, kind: str, a: Any, samples: float, dim: int) -> float:
    return float(hg.gamma_finite(name, a, model=kind, samples=round(samples), dim=dim))


def _unshifted(name: str, kind: str, a: Any, samples: int, dim: int) -> float:
    function = hg.activation(name).derivative() if kind == "ntk" else name
    return float(hg.gamma_finite(function, a, model="rf", samples=samples, dim=dim))


def _plateau(step: int) -> Any:
    return lambda name, kind, a: float(hg.plateaus(name, a, kind, 1)[step])


F = Measured("F", "F", "mean alignment of the samples of a trial, with a control variate", _measured)
GAMMA = Quantity("gamma_N", r"\gamma_{#4}", "the package's alignment at infinite width", _finite)
UNSHIFTED = Quantity("gamma_unshifted", r"\gamma'_{#4}", "with mu'_l^2 on level l of the NTK", _unshifted)
LOW = Quantity("b_2", "b_2", "plateau for d << N << d^2", _plateau(1))
HIGH = Quantity("u", "u", "plateau for 1 << N << d", _plateau(0))


def _case(name: str, kind: str, a: sp.Rational, width: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": a, "N": 200, "d": 100, "k": width}


def _allowance(i: Instance) -> float:
    """Return C_b/d for the norms of Gaussian data, C/k for a neuron's fourth moments, and 0.05/N."""
    sizes = {"samples": i["N"], "dim": i["d"], "width": i["k"]}
    return float(hg.alignment_allowance(i["phi"], i["alpha"], model=i["model"], **sizes))


half = sp.Rational(1, 2)

INSTANCES = (
    _case("relu", "rf", half, 1200),
    _case("tanh", "rf", half / 2, 1200),
    _case("h1+2*h2", "rf", half, 2400),
    _case("relu", "ntk", half, 200),
    _case("tanh", "ntk", half, 200),
)

STATEMENT = Statement(
    "E4",
    title="The alignment at finite size",
    text="On Gaussian data, without ridge and with more parameters than samples, the mean alignment is the "
    "share of the degrees of freedom on functions of y alone, up to terms of order 1/d and 1/k.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "overparametrised",
            "more parameters than samples: k > N for random features, k d > N for the NTK",
            lambda i: i["k"] * (i["d"] if i["model"] == "ntk" else 1) > i["N"],
            definedness=True,
        ),
    ),
    claim=Claim(F(phi, model, alpha, N, d, k), "==", GAMMA(*ARGUMENTS)),
    notation=(F, GAMMA),
    references=(
        Reference("defilippis2024", "deterministic equivalents"),
        Reference(proof="Deterministic equivalent of the ridgeless resolvent, level by level. Not proved."),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant(
            "twice",
            "the value for 2 N samples",
            right=GAMMA(phi, model, alpha, 2 * N, d),
            instances=INSTANCES,
        ),
        Mutant(
            "half", "the value for N/2 samples", right=GAMMA(phi, model, alpha, N / 2, d), instances=INSTANCES
        ),
        Mutant("next-power", "alpha^(l+1) for alpha^l", right=alpha * GAMMA(*ARGUMENTS)),
        Mutant("power-before", "alpha^(l-1) for alpha^l", right=GAMMA(*ARGUMENTS) / alpha),
        Mutant("other-block", "1 - alpha for alpha", right=GAMMA(phi, model, 1 - alpha, N, d)),
        Mutant(
            "nothing-learned",
            "level 1 unlearned",
            right=HIGH(phi, model, alpha),
            notation=(HIGH,),
            instances=INSTANCES,
        ),
        Mutant(
            "all-learned",
            "level 1 learned",
            right=LOW(phi, model, alpha),
            notation=(LOW,),
            instances=INSTANCES,
        ),
        Mutant(
            "unshifted",
            "mu'_l^2 on level l of the NTK",
            right=UNSHIFTED(*ARGUMENTS),
            notation=(UNSHIFTED,),
            instances=INSTANCES,
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
