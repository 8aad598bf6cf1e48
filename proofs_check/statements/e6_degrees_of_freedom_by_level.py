"""E6: each level of the kernel takes its degrees of freedom."""

from __future__ import annotations

from functools import lru_cache

import flint
import sympy as sp

from hermite_gamma.equivalent.fixed_point import FixedPoint, solve
from hermite_gamma.equivalent.spectrum import spectrum
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import DIM, LEVEL, PHI, SAMPLES, N, d, phi
from proofs_check.oracles import equivalents
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

model, l = sp.symbols("model l")  # noqa: E741
ARGUMENTS = (phi, model, N, d, l)
MOST = 3


def _measured(run: Run, name: str, kind: str, samples: int, dim: int, level: int) -> Trials:
    return simulated(
        run,
        "E6",
        name,
        record=f"level_{level}",
        model=kind,
        alpha="1/2",
        samples=samples,
        dim=dim,
        trials=run.pick(24, 144),
        distribution="rademacher",
        max_level=MOST,
    )


@lru_cache(maxsize=64)
def _point(name: str, kind: str, samples: int, dim: int) -> FixedPoint:
    return solve(spectrum(name, kind, dim, "rademacher"), samples)


def _degrees(name: str, kind: str, samples: float, dim: int, level: float) -> float:
    return float(_point(name, kind, round(samples), dim).degrees[round(level)])


def _by_powers(name: str, kind: str, samples: int, dim: int, level: int) -> float:
    """Return D_l of a fixed point with d^l in place of C(d, l)."""
    masses = equivalents.kernel(name, kind, "rademacher", dim).weights
    wrong = equivalents.Kernel(masses, tuple(dim**m for m in range(len(masses))), flint.arb(0))
    nu = equivalents.nu2(wrong.learned, samples, None, equivalents.exact(0))
    return float(wrong.degrees(level, nu).mid())


TRACE = Measured(
    "trace",
    r"\mathrm{tr}\left(K^{-1} K_{#5}\right)",
    "trace of K^-1 K_l, with K_l the part of degree l of the kernel matrix",
    _measured,
)
DEGREES = Quantity("D", r"D_{#5}", "the package's degrees of freedom of level l", _degrees)
POWERS = Quantity("D_power", r"\tilde D_{#5}", "the same with d^l eigenfunctions on level l", _by_powers)


def _case(name: str, kind: str, level: int, samples: int = 400) -> Instance:
    return {"phi": name, "model": kind, "N": samples, "d": 32, "l": level}


INSTANCES = (
    *(_case("relu", "rf", level) for level in (0, 1, 2)),
    *(_case("tanh", "ntk", level, 100) for level in (1, 3)),
)

STATEMENT = Statement(
    "E6",
    title="Degrees of freedom by level",
    text="On the hypercube the part of degree l of the kernel matrix has the trace D_l against the inverse "
    "of the whole: the number of samples that are spent on degree l.",
    variables=(PHI, MODEL, SAMPLES, DIM, LEVEL),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "low-level", "l is at most 3", lambda i: i["l"] <= MOST, definedness=True, latex=r"l \le 3"
        ),
    ),
    claim=Claim(TRACE(*ARGUMENTS), "==", DEGREES(*ARGUMENTS)),
    notation=(TRACE, DEGREES),
    references=(
        Reference(
            proof="tr (K^-1 K_l) of the deterministic equivalent is D_l = w_l/(lam_l + kappa). Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            # the next order of the equivalent is 1/N of a degree of freedom, and N or N - 1 samples are meant
            allowance=2 * DEGREES(*ARGUMENTS) / N,
        ),
    ),
    mutants=(
        Mutant(
            "powers",
            "d^l eigenfunctions on level l",
            right=POWERS(*ARGUMENTS),
            notation=(POWERS,),
            instances=INSTANCES,
        ),
        Mutant(
            "more-samples",
            "the value for 5 N/4 samples",
            right=DEGREES(phi, model, 5 * N / 4, d, l),
            instances=INSTANCES,
        ),
        Mutant(
            "level-above",
            "the degrees of freedom of level l + 1",
            right=DEGREES(phi, model, N, d, l + 1),
            instances=INSTANCES,
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
