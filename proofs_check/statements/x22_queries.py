"""X22: what stands in place of x in the spurious query."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.queries import spurious_x
from hermite_gamma.simulation.rows import Rows
from proofs_check.domains import anything, choice, integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.oracles.moments import monomial, table
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements.x20_moments_of_the_data_laws import DIM, DIM_X, drawn_from
from proofs_check.verdict import Verdict

law, query, i, j, p, q = sp.symbols("law query i j p q")
ROWS = 6  # of the array's 12 that are training rows


def _mean(run: Run, text: str, name: str, first: int, second: int, power: int, other: int) -> Trials:
    """Return the mean of (z^s_i)^p z_j^q over the samples, for each trial."""
    key = ("X22", text, name)
    if key not in run.estimates:
        source, split, seed = drawn_from(text), split_dimension("3/7", DIM), run.seed_for(*key)
        small = text == "arrays"
        found = []
        for trial in range(run.pick(1200 if small else 24, 4800 if small else 144)):
            sample = source.sample(split, ROWS if small else 2000, 0, seed, trial)
            rows = Rows(sample.train, spurious_x(name, sample, source, split), sample.test, (split,))
            found.append((rows.spurious(0), sample.train))
        run.estimates[key] = found
    return np.array(
        [(s[:, first - 1] ** power * z[:, second - 1] ** other).mean() for s, z in run.estimates[key]]
    )


def _moment(text: str, *at: tuple[int, int]) -> float:
    powers = [0] * DIM
    for place, power in at:
        powers[place - 1] += power
    return float(monomial(text, powers, DIM_X))


def _exact(text: str, name: str, first: Any, second: Any, power: Any, other: Any) -> float:
    a, b = (int(first), int(power)), (int(second), int(other))
    if a[0] > DIM_X:
        return _moment(text, a, b)
    if name == "resample" and text == "arrays":
        # x' comes from another row than x
        size = len(table(DIM))
        return (size * _moment(text, a) * _moment(text, b) - _moment(text, a, b)) / (size - 1)
    if name == "resample":
        return _moment(text, a) * _moment(text, b)
    centre = 0.0 if name == "blank" else _moment(text, (a[0], 1))
    return float(centre ** a[1] * _moment(text, b))


MEAN = Measured(
    "query_mean", r"\overline{(z^s_{#3})^{#5} z_{#4}^{#6}}", "mean over drawn samples, d = 7, d_y = 3", _mean
)
EXACT = Quantity(
    "query_moment",
    r"\mathbb{E}_{#1, #2}\left[(z^s_{#3})^{#5} z_{#4}^{#6}\right]",
    "moment with z^s = [x', y]: x' an independent copy of x, 0, or the mean of x",
    _exact,
)
RESAMPLED = Quantity(
    "resampled_moment",
    r"\mathbb{E}_{#1, \text{resample}}\left[(z^s_{#2})^{#4} z_{#3}^{#5}\right]",
    "the moment with a resampled x'",
    lambda text, *at: _exact(text, "resample", *at),
)
BLANK = Quantity(
    "blank_moment",
    r"\mathbb{E}_{#1, \text{blank}}\left[(z^s_{#2})^{#4} z_{#3}^{#5}\right]",
    "the moment with x' = 0",
    lambda text, *at: _exact(text, "blank", *at),
)
CASES = ((1, 1, 1, 1), (2, 3, 2, 0), (4, 6, 1, 1), (3, 3, 2, 2), (5, 5, 1, 1), (7, 7, 2, 2), (6, 7, 1, 0))

STATEMENT = Statement(
    "X22",
    title="What stands in place of x in the spurious query",
    text="z^s = [x', y] keeps y and replaces x: by an independent draw of the same law (resample), by 0 "
    "(blank) or by the mean of x (mean).",
    variables=(
        Variable("law", anything("data laws", r"\mathcal{L}"), "law of z", r"\mathcal{L}"),
        Variable(
            "query",
            choice("queries", r"\{\text{resample, blank, mean}\}", "resample", "blank", "mean"),
            "what stands for x",
        ),
        Variable("i", integers(1, DIM), "coordinate"),
        Variable("j", integers(1, DIM), "coordinate"),
        Variable("p", integers(0, 4), "power"),
        Variable("q", integers(0, 4), "power"),
    ),
    claim=Claim(MEAN(law, query, i, j, p, q), "==", EXACT(law, query, i, j, p, q)),
    notation=(MEAN, EXACT),
    references=(
        Reference("bombari2024", "definition of z_1^s = [x', y_1]"),
        Reference(proof="By definition."),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"law": text, "query": name, **dict(zip("ijpq", at, strict=True))}
                for text in ("gaussian", "product_spheres", "arrays", "relu_mixture")
                for name in ("resample", "blank", "mean")
                for at in CASES
                if text != "relu_mixture" or at[2] + at[3] <= 2
            ),
        ),
    ),
    mutants=(
        Mutant(
            "always-resampled",
            "a draw for every query",
            right=RESAMPLED(law, i, j, p, q),
            notation=(RESAMPLED,),
        ),
        Mutant("always-blank", "0 for every query", right=BLANK(law, i, j, p, q), notation=(BLANK,)),
        Mutant(
            "y-resampled-too",
            "the query independent of the sample",
            right=EXACT(law, query, i, j, p, 0) * EXACT(law, query, j, j, 0, q),
        ),
    ),
    declared=Verdict.SUPPORTED,
)
