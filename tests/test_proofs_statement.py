"""A statement is checked when it is built; each slip has an error of its own."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from proofs_check.domains import ACTIVATIONS, INTEGERS, OPEN_UNIT, POSITIVE, RATIONALS, choice, integers
from proofs_check.evidence import MonteCarlo, RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import (
    Claim,
    Hypothesis,
    InvalidStatement,
    Mutant,
    Reference,
    Relation,
    Statement,
    Status,
    Variable,
)
from proofs_check.verdict import Verdict

a, b = sp.symbols("a b")
DOUBLE = Quantity("double", "D", "twice", lambda x: 2 * x)
PARTS: dict[str, Any] = {
    "title": "Twice a number",
    "text": "Twice a number is the number added to itself.",
    "variables": (Variable("a", RATIONALS, "a number"),),
    "claim": Claim(DOUBLE(a), "==", a + a),
    "notation": (DOUBLE,),
    "references": (Reference(proof="Distributivity."),),
    "evidence": (RationalInstances(instances=({"a": Fraction(1, 3)},)),),
    "mutants": (Mutant("three", "three times", right=3 * a),),
    "declared": Verdict.CHECKED,
}


def build(**changes: Any) -> Statement:
    return Statement(changes.pop("id", "Z1"), **(PARTS | changes))


def test_a_sound_statement_is_built_and_frozen() -> None:
    statement = build()
    with pytest.raises(FrozenInstanceError):
        statement.title = "other"  # type: ignore[misc]
    assert statement.latex == r"D\left(a\right) = 2 a"
    assert not statement.quantified_over_activations


def test_unknown_fields_are_errors() -> None:
    with pytest.raises(TypeError, match="colour"):
        build(colour="red")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "z1"}, "an id is capital letters"),
        ({"title": " "}, "title is missing"),
        ({"text": ""}, "text is missing"),
        ({"references": ()}, "a reference is missing"),
        ({"evidence": ()}, "evidence is missing"),
        ({"mutants": ()}, "a mutant is missing"),
        ({"version": 0}, "version must be at least 1"),
        ({"claim": Claim(DOUBLE(a), "==", a + b)}, "undeclared variables: b"),
        ({"variables": (*PARTS["variables"], Variable("b", RATIONALS, "other"))}, "does not use: b"),
        ({"variables": PARTS["variables"] * 2}, "variable a occurs twice"),
        ({"notation": ()}, "quantities of the claim and of the notation differ in double"),
        ({"notation": (DOUBLE, DOUBLE)}, "quantity double occurs twice"),
        ({"mutants": (Mutant("same", "nothing"),)}, "changes nothing"),
        ({"mutants": (Mutant("same", "same", right=2 * a),)}, "is the claim itself"),
        ({"mutants": (Mutant("b", "b", right=b),)}, "mutant b uses undeclared variables: b"),
        ({"mutants": (Mutant("q", "q", right=sp.Function("q")(a)),)}, "uses undeclared quantities: q"),
        ({"mutants": (Mutant("x", "x", right=3 * a, evidence=1),)}, "points at evidence 1 of 1"),
        ({"mutants": (Mutant("x", "x", without=("h",)),)}, "drops unknown hypotheses: h"),
        ({"mutants": (Mutant("Not So", "x", right=3 * a),)}, "lower-case words"),
        ({"mutants": (Mutant("x", "x", right=3 * a),) * 2}, "mutant x occurs twice"),
        ({"declared": Verdict.REFUTED}, "must be a verdict that passes"),
        ({"declared": Verdict.PROVED}, "no evidence can give PROVED"),
        ({"status": Status.HEURISTIC}, "a heuristic statement is SUPPORTED at best"),
        ({"status": Status.LIMIT}, "a limit statement is SUPPORTED at best"),
        (
            {"hypotheses": (Hypothesis("h", "h", lambda _: True),)},
            "needs counterexamples, or is a definedness condition",
        ),
        (
            {
                "hypotheses": (
                    Hypothesis("h", "h", lambda _: True, definedness=True, counterexamples=({"a": 1},)),
                )
            },
            "is a definedness condition and has counterexamples",
        ),
        (
            {"hypotheses": (Hypothesis("h", "h", lambda _: True, definedness=True, evidence=3),)},
            "points at evidence 3 of 1",
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else None,
)
def test_each_slip_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidStatement, match=message):
        build(**changes)


def test_a_reference_has_a_locator_or_a_proof() -> None:
    with pytest.raises(InvalidStatement, match="needs a locator"):
        Reference("bombari2024")
    with pytest.raises(InvalidStatement, match="proof note"):
        Reference()


def test_an_instance_gives_every_variable_a_value_of_its_domain() -> None:
    statement = build()
    with pytest.raises(InvalidStatement, match="differ in b"):
        statement.check_instance({"a": 1, "b": 2})
    with pytest.raises(InvalidStatement, match="is not among the rational numbers"):
        statement.check_instance({"a": 0.5})
    statement.check_instance({"a": sp.Symbol("a")})


def test_the_first_violated_hypothesis_is_named_unless_it_is_dropped() -> None:
    positive = Hypothesis("positive", "a > 0", lambda i: i["a"] > 0, definedness=True)
    small = Hypothesis("small", "a < 9", lambda i: i["a"] < 9, definedness=True)
    statement = build(hypotheses=(positive, small))
    assert statement.outside({"a": 1}) is None
    assert statement.outside({"a": -1}) == "positive"
    assert statement.outside({"a": 10}) == "small"
    assert statement.outside({"a": 10}, without=("small",)) is None


def test_a_mutant_replaces_the_parts_it_names() -> None:
    claim = build().claim
    assert Mutant("m", "m", relation="<").of(claim) == Claim(claim.left, Relation.LESS, claim.right)
    assert str(Mutant("m", "m", left=a).of(claim)) == "a == 2*a"


def test_domains() -> None:
    assert 3 in INTEGERS
    assert True not in INTEGERS
    assert Fraction(1, 2) not in INTEGERS
    assert 0 not in POSITIVE
    assert 1 not in OPEN_UNIT
    assert sp.Rational(1, 2) in OPEN_UNIT
    assert "x*atan(x)" in ACTIVATIONS
    assert "no such thing(" not in ACTIVATIONS
    assert 3 not in ACTIVATIONS
    assert 7 not in integers(0, 6)
    assert "rf" in choice("models", "M", "rf", "ntk")


def test_statements_are_compared_by_value() -> None:
    assert build() == build()
    assert build() != build(title="Other")
    assert replace(build(), source="somewhere") == build()


def test_evidence_that_cannot_reach_the_declared_verdict_is_refused() -> None:
    with pytest.raises(InvalidStatement, match="no evidence can give CHECKED"):
        build(evidence=(MonteCarlo(instances=({"a": 1},)),))


def test_text_is_never_run_as_code(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    with pytest.raises(TypeError, match="SymPy expression or an exact number"):
        Claim(f"__import__('pathlib').Path({str(marker)!r}).touch()", "==", a)  # type: ignore[arg-type]
    assert not marker.exists()
    assert Claim(Fraction(1, 2), "==", 1).left == sp.Rational(1, 2)
