"""A check starts with empty caches, so that no result depends on what was computed before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction

import hermite_gamma as hg
from proofs_check import Claim, Mutant, RationalInstances, Reference, Run, Statement, Verdict, check
from proofs_check.notation import ALPHA, alpha


def filled() -> Iterator[str]:
    """Yield the names of the functions of hermite_gamma that have something cached."""
    for name, module in list(sys.modules.items()):
        if name.startswith("hermite_gamma."):
            for key, value in vars(module).items():
                if hasattr(value, "cache_info") and value.cache_info().currsize:
                    yield f"{name}.{key}"


def test_a_check_starts_with_empty_caches() -> None:
    seen: list[list[str]] = []

    def told(_: Run) -> tuple[dict[str, Fraction]]:
        seen.append(list(filled()))
        return ({"alpha": Fraction(1, 3)},)

    statement = Statement(
        "X1",
        title="Squares",
        text="A share is above its square.",
        variables=(ALPHA,),
        claim=Claim(alpha**2, "<", alpha),
        references=(Reference(proof="Divide by alpha."),),
        evidence=(RationalInstances(instances=told),),
        mutants=(Mutant("cube", "below its cube", right=alpha**3),),
        declared=Verdict.CHECKED,
    )
    hg.gamma_ntk("x*atan(x)", "1/2")
    assert list(filled())
    assert check(statement, Run(), mutants=False).as_declared
    assert seen == [[]]
