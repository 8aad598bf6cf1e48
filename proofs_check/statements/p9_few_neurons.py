"""P9: with a fixed number of NTK neurons the alignment does not concentrate as the dimension grows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.neurons import width_constant
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, WIDTH, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status
from proofs_check.verdict import Verdict


def _variance(run: Run, name: str, a: Any, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": dim, "dim": dim, "width": width, "trials": run.pick(64, 400)}
    return simulated(run, "P9", name, "alignment_sd", model="ntk", alpha=a, **sizes) ** 2


def _dies(i: Any) -> bool:
    """Return whether phi' vanishes on a half-line, so that a sample may have no features at all."""
    slope = sp.lambdify(
        sp.Symbol("x"),
        hg.activation(i["phi"]).derivative().expr.subs(_variable(i["phi"]), sp.Symbol("x")),
        ["scipy", "numpy"],
    )
    return any(all(float(slope(side * x)) == 0 for x in (1.0, 2.0, 3.7)) for side in (-1, 1))


def _variable(name: str) -> sp.Symbol:
    return next(iter(hg.activation(name).expr.free_symbols))


VARIANCE = Measured(
    "Var", r"\mathrm{Var}_{#3,#4}(F)", "variance of the alignment across samples, N = d", _variance
)
INFINITE = Quantity(
    "V",
    r"\mathrm{Var}_{#3,\infty}(F)",
    "variance predicted at infinite width, which falls like 1/d",
    lambda name, a, dim: hg.sd_alignment(name, a, model="ntk", samples=int(dim), dim=int(dim)).variance,
)
CONSTANT = Quantity(
    "C_k",
    r"C(#1, #2)",
    "Var(alpha f(u) f(v) - gamma f(u)^2)/(E f^2)^2, f = phi', u and v of correlation alpha",
    lambda name, a: width_constant(name, a, model="ntk"),
)
LEVEL, PER_NEURON = INFINITE(phi, alpha, d), CONSTANT(phi, alpha)

STATEMENT = Statement(
    "P9",
    title="Few NTK neurons: no concentration",
    text="With N = d samples and a fixed number k of NTK neurons, the variance of the alignment exceeds "
    "that of infinite width by a multiple of 1/k that does not fall as the dimension grows.",
    variables=(PHI, ALPHA, DIM, WIDTH),
    hypotheses=(
        Hypothesis(
            "no-dead-samples",
            "phi' vanishes on no half-line: else K is singular where a sample switches every neuron off",
            lambda i: not _dies(i),
            definedness=True,
        ),
    ),
    claim=Claim(VARIANCE(phi, alpha, d, k), ">", LEVEL + PER_NEURON / (2 * k)),
    notation=(VARIANCE, INFINITE, CONSTANT),
    references=(
        Reference(
            proof="Each neuron adds an independent block to the kernel; its contribution to F has the "
            "variance C/k^2 whatever d is. At N = d a part of level 1 is learned, which moves C by less "
            "than a half."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "alpha": Fraction(1, 2), "d": size, "k": 8}
                for name in ("gelu", "tanh")
                for size in (50, 100, 200)
            )
        ),
    ),
    mutants=(
        Mutant("concentrates", "no more than at infinite width", relation="<=", right=LEVEL),
        Mutant(
            "per-parameter",
            "the term of the width is C/(k d), one for each parameter",
            relation="==",
            right=LEVEL + PER_NEURON / (k * d),
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
