"""X16b: the alignments of the package's own models are the exact ones of their features."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import WIDTH, k, lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._drawn_data import (
    POLYNOMIAL_OR_RELU,
    RIDGE,
    SEED,
    drawn_trial,
    phi,
    s,
)
from proofs_check.statements._given_data import SAMPLE, j
from proofs_check.verdict import Verdict

model, precision = sp.symbols("M precision")
_SETTINGS = (model, phi, k, lam, s, precision)


def _left(position: Any, *settings: Any) -> Fraction:
    return drawn_trial(*settings).scaled.exact.left[int(position) - 1]


def _h(position: Any, *settings: Any) -> Fraction:
    return drawn_trial(*settings).scaled.exact.h[int(position) - 1]


ALIGNMENT = Quantity(
    "F_hat",
    r"\hat F_{#1}",
    "alignment of a sample by hermite_gamma.simulate",
    lambda position, *settings: float(
        drawn_trial(*settings).scaled.estimate.arrays["alignment"][0, int(position) - 1]
    ),
)
LEFT = Quantity("left", r"k_{-#1}\left(z_{#1}^s, z_{#1}\right)", "kernel left by the other samples", _left)
H = Quantity("h", r"h_{#1}", "k_{-i}(z_i, z_i), left by the other samples", _h)
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#6}",
    "bound on the rounding errors: cond(K_lam)^2 times the square of the largest number, times 2^-36 in "
    "float64 and (k + 64) 2^-24 in float32",
    lambda *settings: drawn_trial(*settings).scaled.rounding,
)
_F = ALIGNMENT(j, *_SETTINGS)
_LIMIT = Fraction(1, 20)
_PLAIN = {"lam": Fraction(1, 2), "s": 1, "j": 2, "precision": "float64"}
# seed 2: K of relu features is so well conditioned that float32 resolves F
_SINGLE = {**_PLAIN, "phi": "relu", "s": 2, "precision": "float32"}

STATEMENT = Statement(
    "X16b",
    title="Alignments of the package's own models",
    text="For random features phi(V z) and for the NTK z (x) phi'(V z), the alignments that "
    "hermite_gamma.simulate finds are those of exact refits with the same weights, in float64 and in "
    "float32, for one panel of features and for several, with one alpha or with two in one call.",
    variables=(
        Variable("M", choice("rf and ntk", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model"),
        POLYNOMIAL_OR_RELU,
        WIDTH,
        RIDGE,
        SEED,
        SAMPLE,
        Variable(
            "precision", choice("float64, float32", r"\{64, 32\}", "float64", "float32"), "of features", "b"
        ),
    ),
    hypotheses=(
        Hypothesis(
            "resolved",
            "the bound on rounding errors is below 1/20",
            lambda i: (
                drawn_trial(i["M"], i["phi"], i["k"], i["lam"], i["s"], i["precision"]).scaled.rounding
                < _LIMIT
            ),
            definedness=True,
        ),
    ),
    claim=Claim(abs(_F - LEFT(j, *_SETTINGS) / H(j, *_SETTINGS)), "<=", ROUNDING(*_SETTINGS)),
    notation=(ALIGNMENT, LEFT, H, ROUNDING),
    references=(
        Reference(
            proof="K is Phi Phi^T/k for random features and (Z Z^T) o (phi' phi'^T)/(k d) for the NTK."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(
                *(
                    {**_PLAIN, "M": m, "phi": p, "k": width}
                    for m in ("rf", "ntk")
                    for p in ("relu", "x^2+x")
                    for width in (60, 2500)
                ),
                *({**_PLAIN, "M": m, "phi": "x^2+x", "k": 60, "lam": Fraction(0)} for m in ("rf", "ntk")),
                *({**_SINGLE, "M": m, "k": width} for m in ("rf", "ntk") for width in (64, 4100)),
            ),
        ),
    ),
    mutants=(
        Mutant(
            "ridge-forgotten",
            "k_{-j}/(lam + h)",
            left=abs(_F - LEFT(j, *_SETTINGS) / (lam + H(j, *_SETTINGS))),
        ),
        Mutant("sign", "minus the alignment", left=abs(_F + LEFT(j, *_SETTINGS) / H(j, *_SETTINGS))),
    ),
    declared=Verdict.CHECKED,
)
