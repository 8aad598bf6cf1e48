"""X10b: ill-conditioned kernels, by the features themselves."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ALIGNMENT,
    H_HAT,
    ILL_CONDITIONED,
    LABEL,
    LEFT,
    LOO_HAT,
    SAMPLE,
    VARIABLES,
    WITHOUT,
    Trial,
    at_sample,
    lam,
    of_sample,
    trial,
)
from proofs_check.verdict import Verdict

# rows 1 and 2, and rows 3 and 4, differ by 2^-11: any four rows hold a close pair, or two
_STEP = Fraction(1, 2**11)
_ROWS = tuple(
    tuple(Fraction(v) + (_STEP * t if c == 0 else 0) for c, v in enumerate(row))
    for row in ((1, 0, 2), (0, 2, -1), (-1, 1, 1))
    for t in (0, 1)
)
DATA: dict[str, Any] = {"Z": _ROWS, "g": (1, -1, 2, 1, -1, -2), "N": 4}


def _by_qr(instance: Instance) -> bool:
    found = trial(*(instance[n] for n in ("Z", "g", "N", "d_y", "lam")))
    return found.exact.condition > ILL_CONDITIONED and found.estimate.settings["trials_from_features"] == 1


BY_QR = Hypothesis(
    "by-qr", "cond(K_lam) is above 4 10^6, and the package took the features", _by_qr, definedness=True
)


def _rounding(found: Trial, at: int) -> Fraction:
    exact = found.exact
    residual = abs(found.labels[at] - exact.without[at])
    return exact.condition / 2**40 * (abs(exact.left[at]) + exact.h[at]) * (1 + residual)


ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#1}",
    "bound on the rounding errors: 2^-40 cond(K_lam) (|k_{-j}(z_j^s, z_j)| + h_j) (1 + |g_j - f_{-j}(z_j)|)",
    of_sample(_rounding),
)

STATEMENT = Statement(
    "X10b",
    title="Ill-conditioned kernels by way of the features",
    text="Where K is so ill-conditioned that it has lost half of the digits, hermite_gamma.simulate works "
    "with a QR factor of the features; the product of its alignment, h and residual is still k_{-j}(z_j^s, "
    "z_j) (g_j - f_{-j}(z_j)) of exact refits.",
    variables=(*VARIABLES, SAMPLE),
    hypotheses=(BY_QR,),
    claim=Claim(
        abs(
            at_sample(ALIGNMENT) * at_sample(H_HAT) * at_sample(LOO_HAT)
            - at_sample(LEFT) * (at_sample(LABEL) - at_sample(WITHOUT))
        ),
        "<=",
        at_sample(ROUNDING),
    ),
    notation=(ALIGNMENT, H_HAT, LOO_HAT, LEFT, LABEL, WITHOUT, ROUNDING),
    references=(
        Reference(
            proof="F h (g - f_{-j}) = k_{-j}(z_j^s, z_j) (g_j - f_{-j}(z_j)); Phi^T = Q R gives K = R^T R."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {**DATA, "d_y": dim_y, "lam": ridge, "j": position}
                for dim_y in (1, 2)
                for ridge in (Fraction(0), Fraction(1, 2**22))
                for position in (1, 2, 3, 4)
            ),
        ),
    ),
    mutants=(
        Mutant(
            "without-h",
            "F times the residual alone",
            left=abs(
                at_sample(ALIGNMENT) * at_sample(LOO_HAT)
                - at_sample(LEFT) * (at_sample(LABEL) - at_sample(WITHOUT))
            ),
        ),
        Mutant(
            "ridge-added",
            "lam + h",
            left=abs(
                at_sample(ALIGNMENT) * (lam + at_sample(H_HAT)) * at_sample(LOO_HAT)
                - at_sample(LEFT) * (at_sample(LABEL) - at_sample(WITHOUT))
            ),
        ),
    ),
    declared=Verdict.CHECKED,
)
