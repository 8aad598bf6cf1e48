"""X6: the derivative of an activation, by the fundamental theorem of calculus."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import sympy as sp
from flint import acb, arb

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS
from proofs_check.domains import Domain
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.function import BITS, function, resolved
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import is_continuous
from proofs_check.verdict import Verdict

a, b = sp.symbols("a b")


def _value(name: str, at: Any) -> arb:
    with flint.ctx.workprec(BITS):
        return function(name)(BALLS.adopt(at))


def _integral(name: str, low: Any, high: Any) -> arb:
    """Return the integral of the package's derivative, piece by piece."""
    slope = resolved(hg.activation(name).derivative().expr)
    with flint.ctx.workprec(BITS):
        total, start, end = arb(0), BALLS.adopt(low), BALLS.adopt(high)
        for piece in slope.pieces:
            left, right = piece.left.max(start), piece.right.min(end)
            if left < right:
                total += acb.integral(piece.value, acb(left), acb(right)).real
        return total


VALUE = Quantity("phi", r"#1(#2)", "value of the activation", _value)
INTEGRAL = Quantity(
    "integral",
    r"\int_{#2}^{#3}#1'(t)\,\mathrm{d}t",
    "integral of the derivative, as the package derives it",
    _integral,
)
_ENDS = Domain("rational numbers between -8 and 8", r"[-8, 8]", lambda v: -8 <= v <= 8)
_NAMES = (
    *("relu", "relu6", "leaky_relu", "prelu", "rrelu", "relu_squared", "abs", "elu", "celu", "selu", "gelu"),
    *("gelu_tanh", "quick_gelu", "silu", "mish", "softplus", "squareplus", "sparse_plus", "hardswish"),
    *("bentid", "snake", "sigmoid", "hardsigmoid", "logsigmoid", "tanh", "hardtanh", "lecun_tanh"),
    *("tanhshrink", "softsign", "erf", "normal_cdf", "arctan", "asinh", "softshrink", "sin", "cos", "exp"),
    *("gaussian", "log_cosh", "x_atan", "quadratic", "h1_plus_h4", "Max(tanh(x) - 1/2, 0)*x", "tanh(x)^3"),
)

STATEMENT = Statement(
    "X6",
    title="Derivative of an activation",
    text="Between any two points, a continuous activation changes by the integral of the derivative that the "
    "package computes for it. Nearly the whole catalogue is checked.",
    variables=(PHI, Variable("a", _ENDS, "left end"), Variable("b", _ENDS, "right end")),
    hypotheses=(
        Hypothesis("ordered", "a < b", lambda i: i["a"] < i["b"], definedness=True, latex="a < b"),
        Hypothesis("continuous", "phi does not jump", lambda i: is_continuous(i["phi"]), definedness=True),
    ),
    claim=Claim(VALUE(phi, b) - VALUE(phi, a), "==", INTEGRAL(phi, a, b)),
    notation=(VALUE, INTEGRAL),
    references=(Reference(proof="The fundamental theorem of calculus on every piece."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "a": u, "b": v}
                for p in _NAMES
                for u, v in ((Fraction(-7, 3), Fraction(-2, 5)), (Fraction(-1, 7), Fraction(11, 4)))
            )
        ),
    ),
    mutants=(
        Mutant("sign", "the ends exchanged", left=VALUE(phi, a) - VALUE(phi, b)),
        Mutant("half", "half of the derivative", right=INTEGRAL(phi, a, b) / 2),
    ),
    declared=Verdict.CHECKED,
)
