"""X27: the alignment of anisotropic Gaussian data, mode by mode."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import anything, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, RIDGE, SAMPLES, N, lam, phi
from proofs_check.oracles.equivalents import exact, kernel, mode_degrees, nu2
from proofs_check.oracles.levels import LEVELS, multiplicity, tail, tail_sum
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL, model, rounded
from proofs_check.verdict import Verdict

X, Y, method, l = sp.symbols("X Y method l")  # noqa: E741
# levels that are summed mode by mode, and whether eigenvalues are divided by m!
METHODS = {"modes": (2, False), "trace_preserving": (6, True), "reduction": (1, False)}
Variances = tuple[int, ...]


def _alignment(
    name: str, kind: str, samples: int, ridge: Any, way: str, x: Variances, y: Variances
) -> flint.arb:
    found = hg.gamma_anisotropic(
        name, model=kind, samples=samples, variances_x=x, variances_y=y, ridge=exact(ridge), method=way
    )
    return rounded(float(found))


def _level(
    name: str, kind: str, way: str, x: Variances, y: Variances, part: str, nu: flint.arb, number: int
) -> flint.arb:
    """Return the degrees of freedom of a level, on all functions or on those of y."""
    w, trace = kernel(name, kind, "gaussian", len(x) + len(y)).weights[number], sum(x) + sum(y)
    up_to, divided = METHODS[way]
    variances = y if part == "y" else x + y
    if number > up_to:
        return w / nu * (flint.arb(sum(variances)) / trace) ** number
    return mode_degrees(w, nu, variances, number, trace, divided) if w > 0 else flint.arb(0)


@lru_cache(maxsize=64)
def _kappa(name: str, kind: str, samples: int, ridge: Any, way: str, x: Variances, y: Variances) -> flint.arb:
    rest = kernel(name, kind, "gaussian", len(x) + len(y)).tail

    def learned(nu: flint.arb) -> flint.arb:
        levels = (_level(name, kind, way, x, y, "all", nu, n) for n in range(LEVELS + 1))
        return sum(levels, rest / nu)

    return nu2(learned, samples, None, exact(ridge))


def _degrees(part: str) -> Any:
    @lru_cache(maxsize=4096)
    def degrees(*arguments: Any) -> flint.arb:
        name, kind, _, _, way, x, y, number = arguments
        return _level(name, kind, way, x, y, part, _kappa(*arguments[:-1]), number)

    return degrees


def _rest(part: str) -> Any:
    def rest(name: str, kind: str, x: Variances, y: Variances) -> flint.arb:
        share = flint.arb(sum(y)) / (sum(x) + sum(y))
        return tail_sum(name, kind, share) if part == "y" else tail(name, kind)

    return rest


def _below_rank(i: Instance) -> bool:
    levels = kernel(i["phi"], i["model"], "gaussian", len(i["X"]) + len(i["Y"]))
    moving = sum(1 for v in i["X"] + i["Y"] if v)
    rank = sum(multiplicity("gaussian", moving, n) for n, w in enumerate(levels.weights) if w > 0)
    return bool(i["lam"] > 0 or levels.tail > 0 or i["N"] < rank)


GAMMA = Quantity("gamma", r"\gamma", "the package's alignment by the method", _alignment)
KAPPA = Quantity("kappa", r"\kappa", "root of sum_l D_l + lam/kappa = N, by a bisection of our own", _kappa)
D_Y = Quantity(
    "D_y", r"D_{#8}^{(y)}", "sum over the monomials of y of degree l of lam_m/(lam_m + kappa)", _degrees("y")
)
D_ALL = Quantity("D", r"D_{#8}", "the same over the monomials of x and y", _degrees("all"))
REST_Y = Quantity("w_tail_y", r"w_{>80}^{(y)}", "sum of w_l alpha^l above level 80", _rest("y"))
REST = Quantity("w_tail", r"w_{>80}", "mass above level 80", _rest("all"))

ARGUMENTS = (phi, model, N, lam, method, X, Y)
KERNEL = (phi, model, X, Y)


def _sum(degrees: Quantity, rest: Quantity, first: int = 0) -> sp.Expr:
    return sp.Sum(degrees(*ARGUMENTS, l), (l, first, LEVELS)) + rest(*KERNEL) / KAPPA(*ARGUMENTS)


def _case(
    name: str, kind: str, way: str, samples: int, x: Variances, y: Variances, ridge: str = "0"
) -> Instance:
    law = {"method": way, "X": x, "Y": y}
    return {"phi": name, "model": kind, "N": samples, "lam": sp.Rational(ridge), **law}


# traces equal to d, so that the arguments of phi have variance 1
FALLING, SPIKE = ((3, 1, 1), (1, 0, 0)), ((1, 1), (5, 0, 0, 0, 0))
VARIANCES = anything("tuples of whole numbers", r"\mathbb{N}_0^n")

STATEMENT = Statement(
    "X27",
    title="Anisotropic data, mode by mode",
    text="For Gaussian data with independent coordinates of any variances the package's alignment is the "
    "share of the degrees of freedom on monomials of y alone, one monomial after the other.",
    variables=(
        PHI,
        MODEL,
        SAMPLES,
        RIDGE,
        Variable("method", choice("methods", r"\mathcal{M}", *METHODS), "how eigenvalues are counted"),
        Variable("X", VARIANCES, "variances of x"),
        Variable("Y", VARIANCES, "variances of y"),
    ),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "below-rank",
            "there is a ridge, or N is below the rank of the kernel",
            _below_rank,
            definedness=True,
        ),
        Hypothesis(
            "trace",
            "the variances add up to the dimension",
            lambda i: sum(i["X"]) + sum(i["Y"]) == len(i["X"]) + len(i["Y"]),
            definedness=True,
        ),
    ),
    claim=Claim(GAMMA(*ARGUMENTS), "==", _sum(D_Y, REST_Y) / _sum(D_ALL, REST)),
    notation=(GAMMA, KAPPA, D_Y, D_ALL, REST_Y, REST),
    references=(
        Reference(
            proof="The modes are Wick monomials z^m with lam_m = w_l l! prod_i (sigma_i/tr)^(m_i) at "
            "leading order, over m! in the trace-preserving form. Levels that are not taken mode by mode "
            "have D_l = w_l/kappa."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", "modes", 12, *FALLING),
                _case("relu", "ntk", "reduction", 40, *SPIKE),
                _case("relu", "rf", "trace_preserving", 30, (2, 1), (1, 0), "1/10"),
                _case("tanh", "rf", "modes", 60, *SPIKE, "1/5"),
                _case("h1+2*h2", "ntk", "modes", 10, *FALLING),
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("without-level-0", "level 0 left out", right=_sum(D_Y, REST_Y, 1) / _sum(D_ALL, REST, 1)),
        Mutant("whole", "all functions in place of those of y", right=_sum(D_ALL, REST) / N),
        Mutant("without-level-1", "level 1 left out", right=_sum(D_Y, REST_Y, 2) / _sum(D_ALL, REST, 2)),
    ),
    declared=Verdict.CHECKED,
)
