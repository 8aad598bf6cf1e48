"""D2: the variance of Lipschitz functions of the data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from proofs_check.domains import choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import DIM, d
from proofs_check.oracles.moments import law_of
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

law, f = sp.symbols("law f")

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "first coordinate": lambda z: z[:, 0],
    "norm": lambda z: np.sqrt((z * z).sum(axis=1)),
    "largest coordinate": lambda z: z.max(axis=1),
    # on {-1, 1}^d the distance to the points whose coordinates add up to at most 0: every two coordinates of
    # the excess are one sign to change, which moves the point by 2
    "distance to half of the cube": lambda z: np.sqrt(2 * np.maximum(z.sum(axis=1), 0)),
}
CONVEX = ("first coordinate", "norm", "largest coordinate")
LAWS = ("gaussian", "sphere", "product_spheres", "uniform_cube", "rademacher", "student_t df=3")


CAP = 50.0  # so that heavy tails cannot hide behind their own standard error


def _variance(run: Run, name: str, chosen: str, dim: int) -> Trials:
    """Return the mean of min((f(z) - f(z'))^2/2, CAP), which is at most Var f."""
    kind, parameters = law_of(name)
    source, split = distribution(kind, **dict(parameters)), split_dimension("1/2", int(dim))
    seed, found = run.seed_for("D2", name, dim), []
    for trial in range(run.pick(32, 160)):
        sample = source.sample(split, 400, 0, seed, trial)
        gaps = FUNCTIONS[chosen](sample.train) - FUNCTIONS[chosen](sample.fresh)
        found.append(np.minimum(gaps**2 / 2, CAP).mean())
    return np.array(found)


def _constant(name: str, dim: Any) -> Any:
    size = Fraction(int(dim))
    if name == "sphere":
        return size / (size - 1)
    if name == "product_spheres":
        return size / (size - 2)  # two spheres in d/2 dimensions
    return {"uniform_cube": 12 / sp.pi**2, "rademacher": 4}.get(name, 1)


VARIANCE = Measured(
    "function_variance",
    r"\mathrm{Var}_{#1}\, f(z)",
    "variance of f, from below: half the squared differences of two samples, capped at 50",
    _variance,
)
CONSTANT = Quantity(
    "poincare",
    r"C_{#1}",
    "1 (Gaussian), d/(d - 1) (sphere), 12/pi^2 (cube of side 2 sqrt 3), 4 (signs)",
    lambda name, dim: float(_constant(name, dim)),
)

STATEMENT = Statement(
    "D2",
    title="Variance of Lipschitz functions of the data",
    text="A function with Lipschitz constant 1 has a variance that does not grow with the dimension, for "
    "Gaussian data, on spheres and on the cube, and for convex functions of signs; heavy tails are outside.",
    variables=(
        Variable("law", choice("data laws", r"\mathcal{L}", *LAWS), "law of z", r"\mathcal{L}"),
        Variable(
            "f", choice("functions with Lipschitz constant 1", r"\mathrm{Lip}_1", *FUNCTIONS), "function"
        ),
        DIM,
    ),
    hypotheses=(
        Hypothesis(
            "light-tails",
            "no heavy tails (Student's t is one)",
            lambda i: not i["law"].startswith("student_t"),
            counterexamples=({"law": "student_t df=3", "f": "largest coordinate", "d": 200},),
        ),
        Hypothesis(
            "convex",
            "on signs, f is convex",
            lambda i: i["law"] != "rademacher" or i["f"] in CONVEX,
            counterexamples=({"law": "rademacher", "f": "distance to half of the cube", "d": 400},),
        ),
        Hypothesis(
            "lipschitz",
            "f has Lipschitz constant 1 where the law lives; the distance is one between signs only",
            lambda i: i["law"] == "rademacher" or i["f"] in CONVEX,
            counterexamples=({"law": "gaussian", "f": "distance to half of the cube", "d": 400},),
        ),
    ),
    claim=Claim(VARIANCE(law, f, d), "<=", CONSTANT(law, d)),
    notation=(VARIANCE, CONSTANT),
    references=(
        Reference(
            proof="Poincare's inequality with the first eigenvalue of the Laplacian: Gaussian 1, sphere of "
            "radius sqrt d (d - 1)/d, interval of length s pi^2/s^2, products the least of the factors. On "
            "signs the convex Poincare inequality, with the square of the side of [-1, 1]."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple({"law": name, "f": chosen, "d": 200} for name in LAWS[:5] for chosen in CONVEX),
        ),
    ),
    mutants=(
        Mutant("vanishes", "at most C/d", right=CONSTANT(law, d) / d),
        Mutant(
            "heavy-tails-accepted",
            "for Student's t with 3 degrees of freedom too",
            right=CONSTANT(law, d),
            without=("light-tails",),
            instances=({"law": "student_t df=3", "f": "largest coordinate", "d": 150},),
        ),
    ),
    declared=Verdict.SUPPORTED,
)
