"""The quantities of the bounds of kappa, and their instances."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import sympy as sp

from hermite_gamma import activation
from hermite_gamma.equivalent.fixed_point import kappa_enclosure, solve
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.results import Enclosure
from proofs_check.domains import Domain, choice
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, SAMPLES
from proofs_check.oracles import levels
from proofs_check.statement import Hypothesis, Instance, Variable

model, L, m = sp.symbols("model L m")

VARIABLES = (
    PHI,
    Variable(
        "model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"\mathcal{M}"
    ),
    SAMPLES,
    DIM,
    Variable(
        "L",
        Domain(
            "integers, at least -1",
            r"\{-1, 0, 1, \dots\}",
            lambda v: isinstance(v, (int, sp.Integer)) and v >= -1,
        ),
        "levels up to L are given up as learned",
    ),
)


def _kappa(name: str, kind: str, samples: int, dim: int) -> Enclosure:
    source = spectrum(name, kind, dim)
    proved = kappa_enclosure(source, samples)
    assert proved.lower <= Fraction(float(solve(source, samples).kappa)) <= proved.upper
    return proved


def _eigenvalue(name: str, kind: str, dim: int, level: Any) -> flint.arb:
    """Return the largest w_m/B(d, m) above a level, with a bound for those that are not computed."""
    first = int(level) + 1
    known = levels.weights(name, kind)
    found = [known[n] / levels.multiplicity("gaussian", dim, n) for n in range(first, first + 12)]
    rest = levels.tail(name, kind, first + 11) / levels.multiplicity("gaussian", dim, first + 12)
    largest = found[0]
    for each in [*found[1:], rest]:
        largest = largest.max(each)
    return largest


KAPPA = Quantity(
    "kappa", r"\kappa_{#2}(#1, #3, #4)", "scale of the ridgeless equivalent, by the package", _kappa
)
TAIL = Quantity(
    "tail_mass",
    r"\sum_{\ell > #3} w_\ell(#1)",
    "weights of the kernel above a level",
    lambda name, kind, level: levels.tail(name, kind, int(level)),
)
LARGEST = Quantity(
    "largest_eigenvalue",
    r"\max_{\ell > #4} \frac{w_\ell(#1)}{B(#3, \ell)}",
    "largest eigenvalue above a level",
    _eigenvalue,
)


def counted(instance: Instance) -> int:
    """Return the number of eigenfunctions up to level L."""
    return sum(levels.multiplicity("gaussian", int(instance["d"]), n) for n in range(int(instance["L"]) + 1))


def exists(name: str, kind: str) -> bool:
    """Return whether phi has the kernel, and is not affine."""
    act = activation(name)
    in_l2 = act.is_square_integrable if kind == "rf" else act.derivative_is_square_integrable
    return bool(in_l2) and not act.is_affine


def below_rank(instance: Instance) -> bool:
    """Return whether kappa exists: the kernel is no polynomial, or N is below its rank."""
    return bool(instance["N"] < spectrum(instance["phi"], instance["model"], int(instance["d"])).rank)


KERNEL_EXISTS = Hypothesis(
    "kernel",
    "phi is not affine and in L2, and so is phi' for the NTK",
    lambda i: exists(i["phi"], i["model"]),
    definedness=True,
)
BELOW_RANK = Hypothesis("below-rank", "N is below the rank of the kernel", below_rank, definedness=True)

INSTANCES: tuple[Instance, ...] = tuple(
    {"phi": name, "model": kind, "N": samples, "d": dim, "L": level}
    for name, kind in (("relu", "rf"), ("gelu", "ntk"), ("tanh", "rf"))
    for samples, dim, level in ((10, 40, -1), (10, 40, 0), (300, 40, 1), (2000, 30, 2))
)
