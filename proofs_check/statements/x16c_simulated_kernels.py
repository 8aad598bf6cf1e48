"""X16c: alignments of kernels of infinite width, and of a user's kernel."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import NONNEGATIVE, POSITIVE_INTEGERS, choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._given_data import BOUND, SAMPLE, Trial, blocks, compared, j, seen_rows
from proofs_check.verdict import Verdict

DIM, SAMPLES, TESTS = 4, 4, 2
kernel, s = sp.symbols("M s")


def _inner(a: Any, b: Any) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) / DIM


def _user(left: Any, right: Any) -> Any:
    return (1 + left @ right.T / DIM) ** 3


# E (u^2 + u)(v^2 + v) and c E (2u + 1)(2v + 1) for normal u, v with variances a, b and covariance c
_KERNELS: dict[str, Callable[[Any, Any], Fraction]] = {
    "rf": lambda z, w: _inner(z, z) * _inner(w, w) + 2 * _inner(z, w) ** 2 + _inner(z, w),
    "ntk": lambda z, w: _inner(z, w) * (4 * _inner(z, w) + 1),
    "kernel": lambda z, w: (1 + _inner(z, w)) ** 3,
}


@lru_cache(maxsize=64)
def _trial(name: str, ridge: Fraction, seed: int) -> Trial:
    train, (queries,), test = seen_rows("gaussian", SAMPLES, TESTS, DIM, (1,), None, seed)
    found = hg.simulate(
        _user if name == "kernel" else "x^2+x", model=name, samples=SAMPLES, dim=DIM, alpha=Fraction(1, 4),
        ridge=ridge, seed=seed, labels=np.ones(SAMPLES + TESTS), test_samples=TESTS, workers=1,
    )  # fmt: skip
    parts = blocks(_KERNELS[name], train, queries, test)
    return compared(found, parts, (Fraction(1),) * SAMPLES, (Fraction(1),) * TESTS, ridge)


def _field(name: str) -> Callable[..., Fraction]:
    def value(position: Any, *settings: Any) -> Fraction:
        found: Fraction = getattr(_trial(*settings).exact, name)[int(position) - 1]
        return found

    return value


ALIGNMENT = Quantity(
    "F_hat",
    r"\hat F_{#1}",
    "alignment of a sample by hermite_gamma.simulate",
    lambda position, *settings: float(_trial(*settings).estimate.arrays["alignment"][0, int(position) - 1]),
)
LEFT = Quantity(
    "left", r"k_{-#1}\left(z_{#1}^s, z_{#1}\right)", "kernel left by the other samples", _field("left")
)
H = Quantity("h", r"h_{#1}", "k_{-i}(z_i, z_i), left by the other samples", _field("h"))
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#2}",
    "bound on the rounding errors: 2^-40 cond(K_lam)^2 times the square of the largest number",
    lambda *settings: _trial(*settings).rounding,
)
_SETTINGS = (kernel, lam, s)

STATEMENT = Statement(
    "X16c",
    title="Alignments of kernels without features",
    text="At infinite width (phi = x^2 + x, whose kernels are polynomials in z.z'/d and the norms) and for a "
    "kernel of the user's own, the alignments that hermite_gamma.simulate finds are those of exact refits.",
    variables=(
        Variable(
            "M",
            choice(
                "infinite rf, infinite ntk, a user's kernel", r"\{\mathrm{RF}, \mathrm{NTK}, k\}", *_KERNELS
            ),
            "kernel",
        ),
        Variable("lam", NONNEGATIVE, "ridge", r"\lambda"),
        Variable("s", POSITIVE_INTEGERS, "seed of the rows"),
        SAMPLE,
    ),
    hypotheses=(
        Hypothesis(
            "resolved",
            "the bound on rounding errors is below 1/1000",
            lambda i: _trial(i["M"], i["lam"], i["s"]).rounding < BOUND,
            definedness=True,
        ),
    ),
    claim=Claim(
        abs(ALIGNMENT(j, *_SETTINGS) - LEFT(j, *_SETTINGS) / H(j, *_SETTINGS)), "<=", ROUNDING(*_SETTINGS)
    ),
    notation=(ALIGNMENT, LEFT, H, ROUNDING),
    references=(
        Reference(
            proof="E (u^2 + u)(v^2 + v) = ab + 2 c^2 + c, a = |z|^2/d, b = |z'|^2/d, c = z.z'/d; the NTK has "
            "c E (2u + 1)(2v + 1) = c (4c + 1)."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"M": name, "lam": ridge, "s": seed, "j": position}
                for name in _KERNELS
                for ridge in (Fraction(0), Fraction(1, 2))
                for seed, position in ((1, 1), (2, 4), (3, 2))
            ),
        ),
    ),
    mutants=(
        Mutant(
            "ridge-forgotten",
            "k_{-j}/(lam + h)",
            left=abs(ALIGNMENT(j, *_SETTINGS) - LEFT(j, *_SETTINGS) / (lam + H(j, *_SETTINGS))),
        ),
        Mutant(
            "not-divided", "the numerator alone", left=abs(ALIGNMENT(j, *_SETTINGS) - LEFT(j, *_SETTINGS))
        ),
    ),
    declared=Verdict.CHECKED,
)
