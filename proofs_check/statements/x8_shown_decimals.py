"""X8: the decimal that is shown for an enclosure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hermite_gamma.results import proved_digits
from proofs_check.domains import NONNEGATIVE, RATIONALS, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

v, r, n, t = sp.symbols("v r n t")


def _shown(value: Fraction, radius: Fraction, digits: Any) -> str | None:
    return proved_digits(value - radius, value + radius, int(digits))


def _unit(value: Fraction, radius: Fraction, digits: Any) -> Fraction:
    exponent = Decimal(str(_shown(value, radius, digits))).as_tuple().exponent
    return Fraction(10) ** int(exponent)


SHOWN = Quantity(
    "shown",
    r"D_{#3}(#1,#2)",
    "the decimal of at most n digits that the package shows for [v - r, v + r]",
    lambda value, radius, digits: Fraction(str(_shown(value, radius, digits))),
)
UNIT = Quantity("unit", r"u_{#3}(#1,#2)", "one unit in the last place of that decimal", _unit)
_DECIMAL, _LAST = SHOWN(v, r, n), UNIT(v, r, n)


def _intervals() -> SearchStrategy[dict[str, Any]]:
    sizes = st.builds(
        lambda m, e: Fraction(m) * Fraction(10) ** e, st.integers(-999_999, 999_999), st.integers(-9, 3)
    )
    return st.fixed_dictionaries(
        {
            "v": sizes,
            "r": st.just(Fraction(0)) | st.integers(1, 14).map(lambda e: Fraction(1, 10**e)),
            "n": st.integers(1, 12),
            "t": st.integers(-10, 10).map(lambda m: Fraction(m, 10)),
        }
    )


STATEMENT = Statement(
    "X8",
    title="Shown decimals",
    text="The decimal that is shown for an enclosure is that of every number in it, cut off after the last "
    "digit: it lies towards 0 by less than one unit.",
    variables=(
        Variable("v", RATIONALS, "middle of the enclosure"),
        Variable("r", NONNEGATIVE, "radius"),
        Variable("n", integers(1, 60), "digits asked for"),
        Variable("t", RATIONALS, "position of a number within the enclosure, from -1 to 1"),
    ),
    hypotheses=(
        Hypothesis(
            "inside", "-1 <= t <= 1", lambda i: abs(i["t"]) <= 1, definedness=True, latex="|t| \\le 1"
        ),
        Hypothesis(
            "a-digit",
            "at least one digit is proved, and the number is not 0",
            lambda i: _shown(i["v"], i["r"], i["n"]) is not None and i["v"] != 0,
            definedness=True,
        ),
    ),
    claim=Claim(
        sp.Abs(sp.Abs(v + t * r) - sp.Abs(_DECIMAL) - _LAST / 2) + sp.Abs(sp.sign(v) - sp.sign(_DECIMAL)),
        "<=",
        _LAST / 2,
    ),
    notation=(SHOWN, UNIT),
    references=(Reference(proof="Truncation: 0 <= |x| - |D| <= u, and D has the sign of x."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"v": Fraction(*p), "r": Fraction(*q), "n": m, "t": s}
                for p, q, m in (((1, 3), (0, 1), 5), ((-2, 3), (1, 10**6), 9), ((12345678, 1), (1, 1), 8))
                for s in (Fraction(-1), Fraction(0), Fraction(1))
            ),
            search=_intervals,
            examples=(120, 1200),
        ),
    ),
    mutants=(
        Mutant(
            "rounded",
            "rounded to the nearest",
            left=sp.Abs(sp.Abs(v + t * r) - sp.Abs(_DECIMAL)),
        ),
        Mutant("unit-too-small", "a tenth of a unit", right=_LAST / 20),
    ),
    declared=Verdict.CHECKED,
)
