"""K16: the shares of a product of kernels multiply."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import sympy as sp
from flint import arb

from proofs_check.domains import ACTIVATIONS, OPEN_UNIT
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, alpha, phi
from proofs_check.oracles import gaussian
from proofs_check.oracles.function import BITS
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import KERNEL, fraction
from proofs_check.verdict import Verdict

psi = sp.Symbol("psi")
_TOP = 24


@lru_cache(maxsize=64)
def _share(first: str, second: str, a: Fraction, convolved: bool) -> arb:
    """Return sum_l w_l a^l/sum_l w_l, the tail beyond level 24 bounded by a^25 times the whole."""
    with flint.ctx.workprec(BITS):
        squares = [
            [(flint.acb(gaussian.coefficient(name, m)) ** 2).real for m in range(_TOP + 1)]
            for name in (first, second)
        ]
        whole = gaussian.second_moment(first) * gaussian.second_moment(second)
        ratio, total, power = arb(flint.fmpq(a.numerator, a.denominator)), arb(0), arb(1)
        mass = arb(0)
        for m in range(_TOP + 1):
            pairs = [(i, m - i) for i in range(m + 1)] if convolved else [(m, m)]
            weight = sum((squares[0][i] * squares[1][j] for i, j in pairs), arb(0))
            total, mass, power = total + weight * power, mass + weight, power * ratio
        tail = (power * whole).abs_upper()
        return (total + arb(0).union(tail)) / (whole if convolved else mass)


def _quantity(name: str, latex: str, meaning: str, convolved: bool) -> Quantity:
    def value(first: str, second: str, a: Any) -> arb:
        return _share(first, second, fraction(a), convolved)

    return Quantity(name, latex, meaning, value)


SHARE = _quantity(
    "share",
    r"\frac{\sum_m (w(#1)*w(#2))_m\,{#3}^m}{\sum_m (w(#1)*w(#2))_m}",
    "share of the product kernel: convolved weights, each from two integrals",
    True,
)
LEVELWISE = _quantity(
    "share_levelwise",
    r"\frac{\sum_m w_m(#1)\,w_m(#2)\,{#3}^m}{\sum_m w_m(#1)\,w_m(#2)}",
    "the same with weights multiplied level by level",
    False,
)
_SMALL = Variable(
    "alpha", OPEN_UNIT, "share of spurious coordinates; small, so that 24 levels suffice", r"\alpha"
)


def _of(name: sp.Symbol) -> sp.Expr:
    return KERNEL(name, alpha) / KERNEL(name, sp.S.One)


STATEMENT = Statement(
    "K16",
    title="Product of two kernels",
    text="The level weights of a product of two kernels are the convolution of theirs, so that the shares "
    "kappa(alpha)/kappa(1), level 0 included, multiply.",
    variables=(PHI, Variable("psi", ACTIVATIONS, "second activation", r"\psi"), _SMALL),
    claim=Claim(SHARE(phi, psi, alpha), "==", _of(phi) * _of(psi)),
    notation=(SHARE, KERNEL),
    references=(Reference(proof="Multiply the two power series in rho."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "psi": q, "alpha": Fraction(1, n)}
                for p, q, n in (("relu", "tanh", 4), ("gelu", "h1_plus_h2", 5), ("erf", "elu", 4))
            )
        ),
    ),
    mutants=(
        Mutant("shares-add", "the mean of the shares", right=(_of(phi) + _of(psi)) / 2),
        Mutant("level-by-level", "weights multiply", left=LEVELWISE(phi, psi, alpha), notation=(LEVELWISE,)),
    ),
    declared=Verdict.CHECKED,
)
