"""M6: with more samples the test accuracy rises and the spurious accuracy falls."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.domains import POSITIVE_INTEGERS, choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import DIM, PHI, SAMPLES, N, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import INFINITE, NEURONS, interpolates, neurons, paired
from proofs_check.verdict import Verdict

M, kind = sp.symbols("M kind")


def _accuracy(run: Run, which: str, name: str, samples: int, dim: int, width: object) -> Trials:
    sizes: dict[str, Any] = {
        "samples": samples,
        "dim": dim,
        "width": neurons(width),
        "trials": run.pick(40, 240),
    }
    law: dict[str, Any] = {"distribution": "product_spheres", "test_samples": 200, "alpha": "1/2"}
    return paired(run, "M6", name, f"{which}_accuracy", **law, **sizes)


ACCURACY = Measured(
    "A", r"A^{#1}_{#3}", "accuracy on fresh samples (test) or on samples that share y (spurious)", _accuracy
)
DIRECTION = Quantity(
    "sigma",
    r"\sigma_{#1}",
    "+1 for the test accuracy, -1 for the spurious accuracy",
    lambda which: 1 if which == "test" else -1,
)
RISE = DIRECTION(kind) * (ACCURACY(kind, phi, M, d, k) - ACCURACY(kind, phi, N, d, k))


def _instances(widths: tuple[tuple[str, object, int], ...]) -> tuple[dict[str, object], ...]:
    return tuple(
        {"kind": which, "phi": name, "N": 40, "M": more, "d": 100, "k": width}
        for name, width, more in widths
        for which in ("test", "spurious")
    )


STATEMENT = Statement(
    "M6",
    title="More samples: better test accuracy, less memorisation",
    text="At infinite width and far from N = d^2, adding samples to a training set raises the accuracy on "
    "fresh samples and lowers that on spurious samples.",
    variables=(
        Variable(
            "kind",
            choice("kinds", r"\{\mathrm{test}, \mathrm{spurious}\}", "test", "spurious"),
            "kind",
            r"\mathrm{kind}",
        ),
        PHI,
        SAMPLES,
        Variable("M", POSITIVE_INTEGERS, "larger number of samples, the first N of them the same"),
        DIM,
        NEURONS,
    ),
    hypotheses=(
        Hypothesis(
            "interpolating",
            "fewer samples than parameters and than the rank of the kernel",
            lambda i: interpolates({**i, "N": i["M"]}),
            definedness=True,
        ),
        Hypothesis(
            "more-samples",
            "M > N",
            lambda i: i["M"] > i["N"],
            latex="M > N",
            counterexamples=({"kind": "test", "phi": "relu", "N": 150, "M": 40, "d": 100, "k": INFINITE},),
        ),
        Hypothesis(
            "infinite-width",
            "infinite width",
            lambda i: i["k"] == INFINITE,
            latex=r"k = \infty",
            counterexamples=({"kind": "test", "phi": "h1+h2", "N": 100, "M": 232, "d": 100, "k": 240},),
        ),
    ),
    claim=Claim(RISE, ">", 0),
    notation=(ACCURACY, DIRECTION),
    references=(
        Reference("bombari2024", "abstract: memorisation weakens with generalisation"),
        Reference(proof="L_1 rises with N and gamma falls; at fixed width R rises again near N = k."),
    ),
    evidence=(MonteCarlo(instances=_instances((("relu", INFINITE, 150), ("h1+h2", INFINITE, 150)))),),
    mutants=(
        Mutant("reversed", "the spurious accuracy rises, the test accuracy falls", relation="<"),
        Mutant(
            "both-rise",
            "both accuracies rise",
            left=ACCURACY(kind, phi, M, d, k) - ACCURACY(kind, phi, N, d, k),
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
