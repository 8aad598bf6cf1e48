"""C4: which activations are Lipschitz."""

from __future__ import annotations

from fractions import Fraction

import flint
import sympy as sp
from flint import arb

import hermite_gamma as hg
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.function import function
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.verdict import Verdict

_LARGE = 1000


def _decided(name: str) -> int:
    verdict = hg.activation(name).is_lipschitz
    if verdict is None:
        raise ValueError(f"the package does not decide whether {name} is Lipschitz")
    return int(verdict)


def _bounded_quotients(name: str) -> int:
    """Return 1 when |phi(b) - phi(a)| < 1000 (b - a) for points up to 2^60 and around 0 and the kinks."""
    f = function(name)
    with flint.ctx.workprec(512):
        far = [arb(2) ** k for k in range(-8, 61)]
        kinks = [piece.left.mid() for piece in f.pieces[1:]]
        step = arb(2) ** -40
        pairs = [(side * t, side * t * (1 + arb(2) ** -8)) for t in far for side in (1, -1)]
        pairs += [(b - step, b + step) for b in (arb(0), *kinks)]
        for a, b in pairs:
            quotient = abs(f(b) - f(a)) / abs(b - a)
            if not quotient < _LARGE:
                return 0
    return 1


LIPSCHITZ = Quantity(
    "lipschitz",
    r"\mathbf{1}[#1\ \text{Lipschitz}]",
    "1 when the package finds it Lipschitz, else 0",
    _decided,
)
BOUNDED = Quantity(
    "bounded_quotients",
    r"\mathbf{1}\left[\sup_{a\ne b}\frac{|#1(b)-#1(a)|}{|b-a|}<1000\right]",
    "1 when all difference quotients on a grid that reaches 2^60, kinks included, stay below 1000",
    _bounded_quotients,
)
_YES = ("relu", "tanh", "gelu", "softplus", "mish", "elu", "hardswish", "softsign", "arctan", "snake")
_NO = ("h1_plus_h2", "h1_plus_h4", "exp", "relu_squared", "heaviside", "hardshrink", "x*sqrt(1 + x^2)")

STATEMENT = Statement(
    "C4",
    title="Which activations are Lipschitz",
    text="relu, tanh and gelu are Lipschitz; the polynomial activations h1 + h2 and h1 + h4 are not, so that "
    "they lie outside a theorem that assumes Lipschitz activations.",
    variables=(PHI,),
    claim=Claim(LIPSCHITZ(phi), "==", BOUNDED(phi)),
    notation=(LIPSCHITZ, BOUNDED),
    references=(
        Reference("bombari2024", "assumptions of Theorem 1"),
        Reference(proof="A continuous piecewise smooth function is Lipschitz when its slope is bounded."),
    ),
    evidence=(RationalInstances(instances=tuple({"phi": p} for p in (*_YES, *_NO))),),
    mutants=(
        Mutant("all", "h1 + h2 is Lipschitz", right=sp.S.One),
        Mutant("none", "relu is not Lipschitz", right=sp.S.Zero),
        Mutant("reversed", "the verdicts exchanged", right=1 - BOUNDED(phi)),
    ),
    declared=Verdict.CHECKED,
    note=f"Quotients are compared with {Fraction(_LARGE)}: a slope that grows like a logarithm would pass.",
)
