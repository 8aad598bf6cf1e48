"""X32c: what single neurons give to the variance of the alignment."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.oracles.memorisation import State, pair
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._memorised import INTERPOLATING, MODEL, at, model
from proofs_check.statements._second_order import EIGHT_DIGITS
from proofs_check.verdict import Verdict


def _neurons(a: Any, name: Any, kind: Any, samples: Any, dim: Any, width: Any) -> float:
    sizes: dict[str, Any] = {"samples": int(samples), "dim": int(dim), "width": int(width)}
    return hg.sd_alignment(name, a, model=kind, **sizes).neurons


def _moment(position: int) -> Any:
    def value(a: Any, *setting: Any) -> float:
        found: State = at(*setting)
        power = 1 if position < 2 else 2
        return pair(found, float(a))[position] / (found.kappa * found.used) ** power

    return value


PART = Quantity(
    "V_neurons", r"V^{\mathrm{neurons}}_{#4,#6}", "predicted part of Var F from single neurons", _neurons
)
SECOND, MIXED, SQUARES, CUBES, FOURTH = (
    Quantity(
        name, latex, f"{text}, r = f less what is learned, corr(u, v) = alpha, over {unit}", _moment(position)
    )
    for position, (name, latex, text, unit) in enumerate(
        (
            ("m2", "m_{2,#4}", "E r(u)^2", "h"),
            ("m11", "m_{11,#4}", "E r(u) r(v)", "h"),
            ("m22", "m_{22,#4}", "E r(u)^2 r(v)^2", "h^2"),
            ("m31", "m_{31,#4}", "E r(u)^3 r(v)", "h^2"),
            ("m4", "m_{4,#4}", "E r(u)^4", "h^2"),
        )
    )
)
FACTOR = Quantity("c", "c_{#1}", "1 (RF) or alpha (NTK)", lambda kind, a: a if kind == "ntk" else 1)
COUNTED = Quantity(
    "counted",
    r"1_{#1 = \mathrm{RF}}",
    "1 for random features, whose Gaussian part is in the resolvent, else 0",
    lambda kind: int(kind == "rf"),
)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_{#4}(#1)",
    "sum_l D_l alpha^l/N",
    lambda a, *setting: at(*setting).shared(float(a)) / at(*setting).used,
)
S = (alpha, phi, model, N, d, k)
M2, M11, M22, M31, M4 = (q(*S) for q in (SECOND, MIXED, SQUARES, CUBES, FOURTH))
C, G = FACTOR(model, alpha), GAMMA(*S)
WHOLE = C**2 * (M22 - M11**2) - 2 * G * C * (M31 - M2 * M11) + G**2 * (M4 - M2**2)
GAUSSIAN = C**2 * (M2**2 + M11**2) - 4 * G * C * M2 * M11 + 2 * G**2 * M2**2

STATEMENT = Statement(
    "X32c",
    title="Variance of the alignment from single neurons",
    text="The part of the predicted variance of the alignment that falls like 1/k is the variance of one "
    "neuron's c r(u) r(v) - gamma r(u)^2, less that of a Gaussian pair for random features, to eight "
    "digits.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(sp.Abs(k * PART(*S) - (WHOLE - COUNTED(model) * GAUSSIAN)), "<=", EIGHT_DIGITS),
    notation=(PART, SECOND, MIXED, SQUARES, CUBES, FOURTH, FACTOR, COUNTED, GAMMA),
    references=(
        Reference(
            proof="k_{-1} is a mean of k independent terms r(w.z) r(w.z'); F = k_{-1}(z^s, z)/h has the "
            "variance of one term of c k_{-1}(z^s, z) - gamma k_{-1}(z, z), over k h^2. Leading order, "
            "not proved."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "model": kind, "alpha": a, "N": 100, "d": 100, "k": width}
                for name in ("relu", "h1+h2", "tanh")
                for kind, a, width in (("rf", Fraction(1, 2), 300), ("ntk", Fraction(1, 4), 10))
            )
        ),
    ),
    mutants=(
        Mutant("gaussian-part-kept", "the Gaussian part counted twice", left=sp.Abs(k * PART(*S) - WHOLE)),
        Mutant(
            "no-cross-term",
            "numerator and denominator taken as independent",
            left=sp.Abs(k * PART(*S) - (WHOLE + 2 * G * C * (M31 - M2 * M11) - COUNTED(model) * GAUSSIAN)),
        ),
    ),
    declared=Verdict.CHECKED,
)
