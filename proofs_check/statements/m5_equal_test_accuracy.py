"""M5: two activations of equal test accuracy memorise differently."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.domains import integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, SAMPLES, N, alpha, d
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import paired
from proofs_check.verdict import Verdict

m, n = sp.symbols("m n")


def _accuracy(record: str, run: Run, degree: int, a: object, samples: int, dim: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "trials": run.pick(72, 400), "test_samples": 300}
    # fixed norms: the kernel is rho + rho^m exactly
    return paired(run, "M5", f"h1+h{degree}", record, alpha=a, distribution="product_spheres", **sizes)


def _spurious(run: Run, degree: int, a: object, samples: int, dim: int) -> Trials:
    return _accuracy("spurious_accuracy", run, degree, a, samples, dim)


def _test(run: Run, degree: int, a: object, samples: int, dim: int) -> Trials:
    return _accuracy("test_accuracy", run, degree, a, samples, dim)


SPURIOUS = Measured(
    "A_spurious", r"A^{\mathrm{spurious}}_{#1}", "accuracy of h_1 + h_m on spurious samples", _spurious
)
TEST = Measured("A_test", r"A^{\mathrm{test}}_{#1}", "accuracy of h_1 + h_m on fresh samples", _test)


S = (alpha, N, d)

STATEMENT = Statement(
    "M5",
    title="Equal test accuracy, different memorisation",
    text="With m < n, the activation h_1 + h_m is right on more spurious samples than h_1 + h_n is, by "
    "more than what their accuracies differ by on the same fresh samples.",
    variables=(
        Variable("m", integers(2, 6), "degree of the first activation"),
        Variable("n", integers(2, 6), "degree of the second activation"),
        ALPHA,
        SAMPLES,
        DIM,
    ),
    hypotheses=(
        Hypothesis(
            "lower-degree",
            "m < n",
            lambda i: i["m"] < i["n"],
            latex="m < n",
            counterexamples=({"m": 4, "n": 2, "alpha": sp.Rational(3, 5), "N": 60, "d": 100},),
        ),
    ),
    claim=Claim(SPURIOUS(m, *S) - SPURIOUS(n, *S), ">", sp.Abs(TEST(m, *S) - TEST(n, *S))),
    notation=(SPURIOUS, TEST),
    references=(
        Reference("bombari2024", "abstract: the role of the activation function"),
        Reference(
            proof="Both kernels have w_1 = 1 and total weight 1 above, so that L_1 and R agree while "
            "levels >= 2 are not learned; gamma differs by (alpha^m - alpha^n)/(1 + t)."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"m": 2, "n": degree, "alpha": sp.Rational(3, 5), "N": 60, "d": 100} for degree in (4,)
            )
        ),
    ),
    mutants=(
        Mutant("reversed", "the higher degree memorises more", relation="<"),
        Mutant(
            "test-differs",
            "the accuracies on fresh samples differ by more than those on spurious samples",
            left=sp.Abs(TEST(m, *S) - TEST(n, *S)),
            right=SPURIOUS(m, *S) - SPURIOUS(n, *S),
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
