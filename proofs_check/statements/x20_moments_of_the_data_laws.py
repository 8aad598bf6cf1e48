"""X20: the data laws have the moments that they state."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import Distribution, distribution
from proofs_check.domains import anything, integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.oracles.moments import covariance, law_of, monomial, table
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

law, i, j, p, q = sp.symbols("law i j p q")
DIM, DIM_X = 7, 4


def drawn_from(text: str) -> Distribution:
    """Return the law that a text names, with its own matrix or table where it needs one."""
    name, parameters = law_of(text)
    if name == "covariance":
        return distribution(name, matrix=[[float(c) for c in row] for row in covariance(DIM)])
    if name == "arrays":
        return distribution(np.array([[float(c) for c in row] for row in table(DIM)]))
    return distribution(name, **dict(parameters))


def _mean(run: Run, text: str, first: int, second: int, power: int, other: int) -> Trials:
    """Return the mean of z_i^p z_j^q over training, spurious and test rows, for each trial."""
    source, split, seed = drawn_from(text), split_dimension("3/7", DIM), run.seed_for("X20", text)
    key = ("X20", text)
    if key not in run.estimates:
        few = text.startswith("arrays")
        size = (5, 6) if few else (2000, 2000)
        samples = [
            source.sample(split, *size, seed, trial) for trial in range(run.pick(400 if few else 24, 1200))
        ]
        run.estimates[key] = [(s.train, s.fresh, s.test) for s in samples]
    found = [
        np.mean([(z[:, first - 1] ** power * z[:, second - 1] ** other).mean() for z in parts])
        for parts in run.estimates[key]
    ]
    return np.array(found)


def _exact(text: str, first: int, second: int, power: int, other: int) -> Any:
    powers = [0] * DIM
    powers[int(first) - 1] += int(power)
    powers[int(second) - 1] += int(other)
    return float(monomial(text, powers, DIM_X))


MEAN = Measured(
    "drawn_mean", r"\overline{z_{#2}^{#4} z_{#3}^{#5}}", "mean over drawn samples, d = 7, d_y = 3", _mean
)
EXACT = Quantity(
    "exact_mean", r"\mathbb{E}_{#1}\left[z_{#2}^{#4} z_{#3}^{#5}\right]", "moment of the law", _exact
)
NORMAL = Quantity(
    "normal_mean",
    r"\mathbb{E}_{\mathcal{N}}\left[z_{#1}^{#3} z_{#2}^{#4}\right]",
    "moment of N(0, I)",
    partial(_exact, "gaussian"),
)
ROUND = Quantity(
    "sphere_mean",
    r"\mathbb{E}_{\mathcal{S}}\left[z_{#1}^{#3} z_{#2}^{#4}\right]",
    "moment of the sphere",
    partial(_exact, "sphere"),
)

# (i, j, p, q): a mean, variances in both blocks, covariances within x and across, fourth moments
COMMON = ((1, 2, 1, 0), (2, 1, 2, 0), (6, 1, 2, 0), (1, 6, 1, 1))
FOURTH = ((1, 2, 4, 0), (1, 3, 2, 2), (7, 2, 2, 2))
LAWS = {
    "gaussian": (*COMMON, (1, 2, 1, 1), *FOURTH),
    "sphere": (*COMMON, (1, 2, 1, 1), *FOURTH),
    "product_spheres": (*COMMON, (1, 2, 1, 1), *FOURTH, (5, 6, 2, 2), (6, 7, 2, 2)),
    "rademacher": (*COMMON, (1, 2, 1, 1), (1, 2, 4, 0)),
    "uniform_cube": (*COMMON, (1, 2, 1, 1), *FOURTH),
    "student_t df=20": (*COMMON, (1, 2, 1, 1), *FOURTH),
    "power_law exponent=1 order=each": (*COMMON, (1, 2, 1, 1), *FOURTH, (5, 1, 2, 0)),
    "power_law exponent=2 order=increasing": (*COMMON, (7, 1, 2, 0)),
    "power_law exponent=1 order=decreasing": (*COMMON, (7, 1, 2, 0)),
    "covariance": (*COMMON, (2, 4, 1, 1), (6, 7, 1, 1), *FOURTH),
    "relu_mixture components=3": (*COMMON, (5, 1, 1, 0), (5, 4, 1, 1)),
    "arrays": (*COMMON, (2, 4, 1, 1), (1, 3, 2, 2)),
}


def _at(text: str, at: tuple[int, ...]) -> Instance:
    return {"law": text, **dict(zip("ijpq", at, strict=True))}


STATEMENT = Statement(
    "X20",
    title="Moments of the data laws",
    text="Samples that are drawn from the ten data laws have the means, variances, covariances and fourth "
    "moments of the law: E|x|^2 = d_x and E|y|^2 = d_y among them, for training, spurious and test rows.",
    variables=(
        Variable(
            "law", anything("data laws with their parameters", r"\mathcal{L}"), "law of z", r"\mathcal{L}"
        ),
        Variable("i", integers(1, DIM), "coordinate"),
        Variable("j", integers(1, DIM), "coordinate"),
        Variable("p", integers(0, 4), "power"),
        Variable("q", integers(0, 4), "power"),
    ),
    hypotheses=(
        Hypothesis(
            "different",
            "i and j are different",
            lambda at: at["i"] != at["j"],
            definedness=True,
            latex=r"i \ne j",
        ),
    ),
    claim=Claim(MEAN(law, i, j, p, q), "==", EXACT(law, i, j, p, q)),
    notation=(MEAN, EXACT),
    references=(
        Reference(
            proof="Moments of independent coordinates by integration; of spheres by dividing those of a "
            "normal vector by those of its length; of correlated normals by pairings; of an array as means "
            "of its rows."
        ),
    ),
    evidence=(
        MonteCarlo(instances=tuple(_at(text, at) for text, several in LAWS.items() for at in several)),
    ),
    mutants=(
        Mutant("all-gaussian", "the moments of the normal law", right=NORMAL(i, j, p, q), notation=(NORMAL,)),
        Mutant("all-spheres", "those of the sphere |z|^2 = d", right=ROUND(i, j, p, q), notation=(ROUND,)),
        Mutant("variance-doubled", "twice the moment", right=2 * EXACT(law, i, j, p, q)),
    ),
    declared=Verdict.SUPPORTED,
)
