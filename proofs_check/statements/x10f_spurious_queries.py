"""X10f: a spurious query has the y of its source and an x from outside the training set."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS, anything
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._given_data import Z, exact_rows
from proofs_check.verdict import Verdict

N, d_y, i, s = sp.symbols("N d_y i s")
_SETTINGS = (Z, N, d_y, s)


@lru_cache(maxsize=64)
def _seen(rows: Any, samples: int, dim_y: int, seed: int) -> Any:
    """Return the rows that the features were asked for: training samples, then their queries."""
    calls: list[Any] = []

    def keep(asked: Any) -> Any:
        calls.append(asked.copy())
        return asked

    data = np.array(rows, dtype=np.float64)
    hg.simulate(
        keep, model="features", samples=samples, dim=data.shape[1], alpha=Fraction(dim_y, data.shape[1]),
        distribution=data, ridge=1, seed=seed, test_samples=0, workers=1,
    )  # fmt: skip
    return exact_rows(calls[0])


def _from_outside(position: Any, rows: Any, samples: Any, dim_y: Any, seed: Any) -> int:
    seen, at, cut = _seen(rows, samples, dim_y, seed), int(position) - 1, len(rows[0]) - dim_y
    known = {row[:cut] for row in seen[:samples]}
    return int(seen[samples + at][:cut] in {tuple(map(Fraction, row[:cut])) for row in rows} - known)


def _same_y(position: Any, rows: Any, samples: Any, dim_y: Any, seed: Any) -> int:
    seen, at, cut = _seen(rows, samples, dim_y, seed), int(position) - 1, len(rows[0]) - dim_y
    return int(seen[samples + at][cut:] == seen[at][cut:])


OUTSIDE = Quantity(
    "outside",
    r"1\left\{x'_{#1} \in X_{\mathrm{out}}\right\}",
    "whether the x of a query is that of a row outside the training set",
    _from_outside,
)
SAME = Quantity("same", r"1\left\{y^s_{#1} = y_{#1}\right\}", "whether its y is that of its source", _same_y)


def _counted(term: sp.Expr) -> sp.Expr:
    return sp.Sum(term, (i, 1, N))


_ROWS = tuple((a, 10 + a, 20 + a, 30 + a) for a in range(9))

STATEMENT = Statement(
    "X10f",
    title="What a spurious query is made of",
    text="On given rows, every query of hermite_gamma.simulate has the y of its training sample and the x of "
    "a row outside the training set.",
    variables=(
        Variable("Z", anything("rational matrices", r"\mathbb{Q}^{n \times d}"), "rows of the data"),
        Variable("N", POSITIVE_INTEGERS, "training samples"),
        Variable("d_y", POSITIVE_INTEGERS, "coordinates of y"),
        Variable("s", POSITIVE_INTEGERS, "seed"),
    ),
    hypotheses=(
        Hypothesis(
            "distinct",
            "no coordinate occurs twice, and a row is left outside the training set",
            lambda v: all(len(set(c)) == len(c) for c in zip(*v["Z"], strict=True)) and v["N"] < len(v["Z"]),
            definedness=True,
        ),
    ),
    claim=Claim(_counted(OUTSIDE(i, *_SETTINGS) * SAME(i, *_SETTINGS)), "==", N),
    notation=(OUTSIDE, SAME),
    references=(Reference(proof="By definition: z^s = [x', y], x' fresh."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": _ROWS, "N": samples, "d_y": dim_y, "s": seed}
                for samples in (4, 7)
                for dim_y in (1, 3)
                for seed in (1, 2)
            ),
        ),
    ),
    mutants=(
        Mutant(
            "known",
            "x' of training samples",
            left=_counted((1 - OUTSIDE(i, *_SETTINGS)) * SAME(i, *_SETTINGS)),
        ),
        Mutant(
            "fresh-y", "y of another row", left=_counted(OUTSIDE(i, *_SETTINGS) * (1 - SAME(i, *_SETTINGS)))
        ),
    ),
    declared=Verdict.CHECKED,
)
