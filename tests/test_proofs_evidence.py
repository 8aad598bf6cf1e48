"""Each kind of evidence: what passes, what is refuted with a witness, and what stays undecided."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import strategies as st
from scipy.stats import norm

from proofs_check.domains import CORRELATIONS, OPEN_UNIT, POSITIVE_INTEGERS, RATIONALS, REALS
from proofs_check.evidence import (
    BallInstances,
    Covering,
    Evidence,
    MonteCarlo,
    RateFit,
    RationalInstances,
    Run,
    Symbolic,
)
from proofs_check.evidence.simulated import ALARM, normal_quantile, score
from proofs_check.formula import Measured, Quantity
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.verdict import EvidenceKind, Finding, Verdict

a, b, n = sp.symbols("a b n")


def build(
    claim: Claim,
    evidence: Evidence,
    *,
    domain: Any = RATIONALS,
    notation: Iterable[Quantity] = (),
    **parts: Any,
) -> Statement:
    names = sorted(claim.symbols)
    mutants = parts.pop("mutants", (Mutant("other", "one more", right=claim.right + 1),))
    return Statement(
        "Z1",
        title="t",
        text="t",
        variables=tuple(Variable(name, domain, name) for name in names),
        claim=claim,
        notation=tuple(notation),
        references=(Reference(proof="p"),),
        evidence=(evidence,),
        mutants=mutants,
        declared=parts.pop("declared", evidence.kind.strongest),
        **parts,
    )


def own(statement: Statement, run: Run | None = None) -> Finding:
    return statement.evidence[0].check(statement, statement.claim, run or Run())


def mutated(statement: Statement, run: Run | None = None) -> Finding:
    wrong = statement.mutants[0].of(statement.claim)
    return statement.evidence[0].check(statement, wrong, run or Run())


# --- rational instances -----------------------------------------------------------------------------------


def test_rational_instances_are_counted_inside_and_outside() -> None:
    nonzero = Hypothesis("nonzero", "a is not 0", lambda i: i["a"] != 0, definedness=True)
    evidence = RationalInstances(instances=({"a": Fraction(1, 3)}, {"a": Fraction(0)}, {"a": Fraction(2)}))
    inverse = Quantity("inverse", "a^{-1}", "1/a", lambda x: 1 / x)
    found = own(
        build(
            Claim(a * inverse(a), "==", sp.Integer(1)), evidence, notation=(inverse,), hypotheses=(nonzero,)
        )
    )
    assert (found.verdict, found.count, found.outside) == (Verdict.CHECKED, 2, 1)


def test_no_instance_within_the_hypotheses_is_no_pass() -> None:
    never = Hypothesis("never", "never", lambda _: False, definedness=True)
    found = own(build(Claim(a, "==", a), RationalInstances(instances=({"a": 1},)), hypotheses=(never,)))
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "never" in found.note


def test_a_search_shrinks_to_a_readable_counterexample() -> None:
    evidence = RationalInstances(
        search=lambda: st.fixed_dictionaries({"a": st.integers(0, 10_000)}), examples=(200, 200)
    )
    found = own(build(Claim(a, "<", sp.Integer(77)), evidence))
    assert found.verdict is Verdict.REFUTED
    assert found.witness == "a = 77: left = 77, right = 77"


def test_a_search_draws_the_same_instances_for_the_same_seed() -> None:
    drawn: list[int] = []
    spy = Quantity("spy", "s", "spy", lambda value: drawn.append(value) or value)
    evidence = RationalInstances(search=lambda: st.fixed_dictionaries({"a": st.integers(0, 10**9)}))
    statement = build(Claim(spy(a), "==", a), evidence, notation=(spy,))
    runs = []
    for seed in (1, 1, 2):
        drawn.clear()
        assert own(statement, Run(seed)).verdict is Verdict.CHECKED
        runs.append(tuple(drawn))
    assert runs[0] == runs[1] != runs[2]


def test_a_function_that_fails_leaves_the_claim_undecided() -> None:
    broken = Quantity("broken", "b", "broken", lambda _: 1 // 0)
    found = own(
        build(Claim(broken(a), "==", a), RationalInstances(instances=({"a": 1},)), notation=(broken,))
    )
    assert found.verdict is Verdict.UNDECIDED
    assert "a = 1: ZeroDivisionError" in found.note


def test_matrices_of_different_shape_are_not_equal() -> None:
    one = Quantity("one", "A", "matrix", lambda _: ((1, 1), (1, 1)))
    two = Quantity("two", "B", "matrix", lambda _: ((1, 1, 1),))
    found = own(
        build(Claim(one(a), "==", two(a)), RationalInstances(instances=({"a": 1},)), notation=(one, two))
    )
    assert found.verdict is Verdict.REFUTED


# --- balls ------------------------------------------------------------------------------------------------

SINE = Quantity("sine", r"\sin", "sine", lambda x: flint.arb(flint.fmpq(x.numerator, x.denominator)).sin())


def test_balls_check_an_identity_and_reject_a_wrong_one() -> None:
    statement = build(
        Claim(SINE(a) ** 2, "==", (1 - sp.cos(2 * a)) / 2),
        BallInstances(instances=tuple({"a": Fraction(i, 7)} for i in range(1, 9)), digits=40),
        notation=(SINE,),
    )
    found = own(statement)
    assert (found.verdict, found.count) == (Verdict.CHECKED, 8)
    assert found.margin is not None
    assert found.margin >= 40
    assert mutated(statement).verdict is Verdict.REFUTED


def test_balls_that_are_too_wide_decide_nothing() -> None:
    wide = Quantity("wide", "w", "wide", lambda _: flint.arb(1, 0.5))
    statement = build(
        Claim(wide(a), "==", sp.Integer(1)), BallInstances(instances=({"a": 1},)), notation=(wide,)
    )
    assert own(statement).verdict is Verdict.UNDECIDED
    strict = build(
        Claim(wide(a), "<", sp.Rational(5, 4)), BallInstances(instances=({"a": 1},)), notation=(wide,)
    )
    assert own(strict).verdict is Verdict.UNDECIDED
    certain = build(
        Claim(wide(a), "<", sp.Integer(2)), BallInstances(instances=({"a": 1},)), notation=(wide,)
    )
    assert own(certain).verdict is Verdict.CHECKED
    assert own(certain).margin == pytest.approx(0.5)


# --- symbolic ---------------------------------------------------------------------------------------------


def test_symbolic_evidence_proves_an_identity_and_shows_where_a_wrong_one_fails() -> None:
    x = sp.Symbol("x", real=True)
    statement = build(
        Claim((a + 1) ** 3, "==", a**3 + 3 * a**2 + 3 * a + 1), Symbolic(instances=({"a": x},)), domain=REALS
    )
    assert own(statement).verdict is Verdict.PROVED
    found = mutated(statement)
    assert found.verdict is Verdict.REFUTED
    assert "-1" in found.witness


def test_symbolic_instances_that_do_not_exhaust_the_domain_are_checked() -> None:
    evidence = Symbolic(instances=tuple({"a": i} for i in range(4)), exhaustive=False)
    assert own(build(Claim(sp.binomial(a, 2), "==", a * (a - 1) / 2), evidence)).verdict is Verdict.CHECKED


def test_symbolic_signs() -> None:
    x = sp.Symbol("x", positive=True)
    statement = build(Claim(a**2 + 1, ">", sp.Integer(1)), Symbolic(instances=({"a": x},)), domain=REALS)
    assert own(statement).verdict is Verdict.PROVED
    assert mutated(statement).verdict is Verdict.REFUTED


# --- coverings --------------------------------------------------------------------------------------------


def test_a_covering_proves_a_strict_inequality_on_an_interval() -> None:
    statement = build(
        Claim(a**4 - a, "<", sp.Rational(1, 100)),
        Covering(instances=({"a": a},), box={"a": (0, 1)}),
        domain=REALS,
        mutants=(Mutant("lower", "too low", right=sp.Rational(-4, 10)),),
    )
    assert own(statement).verdict is Verdict.PROVED
    assert mutated(statement).verdict is Verdict.REFUTED


@pytest.mark.parametrize("zeros", [(1, 1), (0, 0), (2, 1)])
def test_zeros_at_the_ends_need_their_order(zeros: tuple[int, int]) -> None:
    # sin(pi a) > a (1 - a) on (0, 1), equal at both ends to first order
    statement = build(
        Claim(sp.sin(sp.pi * a), ">", a * (1 - a)),
        Covering(instances=({"a": a},), box={"a": (0, 1)}, zeros=zeros, max_parts=300),
        domain=OPEN_UNIT,
    )
    assert own(statement).verdict is (Verdict.PROVED if zeros == (1, 1) else Verdict.UNDECIDED)


def test_a_common_factor_is_divided_out_in_two_dimensions() -> None:
    statement = build(
        Claim(a * b, "<", a),
        Covering(instances=({"a": a, "b": b},), box={"a": (0, 1), "b": (0, sp.Rational(9, 10))}, divide_by=a),
        domain=REALS,
        mutants=(Mutant("half", "half", right=a / 2),),
    )
    assert own(statement).verdict is Verdict.PROVED
    assert mutated(statement).verdict is Verdict.REFUTED


def test_a_nearly_true_inequality_is_never_proved() -> None:
    # fails by 1e-6 in a small neighbourhood of 1/3
    bump = (a - sp.Rational(1, 3)) ** 2
    statement = build(
        Claim(sp.Rational(1, 10**6), "<", bump),
        Covering(instances=({"a": a},), box={"a": (0, 1)}, max_parts=3000),
        domain=REALS,
    )
    assert own(statement).verdict in (Verdict.REFUTED, Verdict.UNDECIDED)


# --- Monte Carlo ------------------------------------------------------------------------------------------


def noisy(mean: float, trials: int, label: str = "") -> Measured:
    def value(run: Run, level: int) -> np.ndarray[Any, Any]:
        generator = np.random.default_rng(run.seed_for("noisy", label, level))
        return mean * level + generator.standard_normal(trials)

    return Measured("X", "X", "noise around a mean", value)


def simulated(
    mean: float,
    relation: str,
    right: sp.Expr,
    trials: int = 400,
    wrong: sp.Expr | None = None,
    **options: Any,
) -> Statement:
    kind = options.pop("kind", MonteCarlo)
    return build(
        Claim(noisy(mean, trials)(n), relation, right),
        kind(instances=({"n": 1}, {"n": 2}), **options),
        domain=POSITIVE_INTEGERS,
        notation=(noisy(mean, trials),),
        mutants=(Mutant("m", "m", right=right + 1 if wrong is None else wrong),),
        status=Status.MECHANISM,
        declared=Verdict.SUPPORTED,
    )


def test_a_true_mean_is_supported_with_power_and_a_wrong_one_refuted() -> None:
    statement = simulated(3.0, "==", 3 * n)
    found = own(statement)
    assert found.verdict is Verdict.SUPPORTED
    assert found.power is not None
    assert found.power > 0.999
    assert found.count == len(found.points) == 2
    assert found.false_alarm == pytest.approx(ALARM, rel=1e-6)
    assert mutated(statement).verdict is Verdict.REFUTED


def test_a_check_without_power_is_undecided() -> None:
    found = own(simulated(3.0, "==", 3 * n, trials=20))
    assert found.verdict is Verdict.UNDECIDED
    assert "power" in found.note


def test_the_allowance_is_part_of_the_power() -> None:
    assert own(simulated(3.0, "==", 3 * n, allowance=0.1)).verdict is Verdict.SUPPORTED
    assert own(simulated(3.0, "==", 3 * n, allowance=lambda i: 2.0 * i["n"])).verdict is Verdict.UNDECIDED
    assert own(simulated(3.0, "==", 3 * n, allowance=n / 10)).points[1].allowance == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("relation", "right", "verdict"),
    [
        ("<", 4 * n, Verdict.SUPPORTED),
        ("<=", 3 * n, Verdict.SUPPORTED),
        ("<", 3 * n, Verdict.UNDECIDED),
        ("<", 2 * n, Verdict.REFUTED),
        (">=", 4 * n, Verdict.REFUTED),
        (">", 2 * n, Verdict.SUPPORTED),
    ],
)
def test_one_sided_relations(relation: str, right: sp.Expr, verdict: Verdict) -> None:
    wrong = right - 3 if relation.startswith("<") else right + 3
    assert own(simulated(3.0, relation, right, wrong=wrong)).verdict is verdict


def test_a_rate_has_an_interval() -> None:
    found = own(simulated(-0.5, "==", -n / 2, kind=RateFit))
    assert found.kind is EvidenceKind.RATE_FIT
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]


def test_a_claim_and_its_mutants_share_the_simulation() -> None:
    calls = []

    def value(run: Run, level: int) -> np.ndarray[Any, Any]:
        calls.append(level)
        return np.arange(40) % 2 + 0.0 * level

    measured = Measured("X", "X", "x", value)
    statement = build(
        Claim(measured(n), "==", sp.Rational(1, 2)),
        MonteCarlo(instances=({"n": 1},)),
        domain=POSITIVE_INTEGERS,
        notation=(measured,),
        status=Status.MECHANISM,
        declared=Verdict.SUPPORTED,
    )
    run = Run()
    own(statement, run)
    mutated(statement, run)
    assert calls == [1]


def test_the_score_has_the_tail_of_students_law() -> None:
    """The normal score of t has the p-value of t: a deviation means the same for any number of trials."""
    from scipy.stats import t

    for ratio, trials in ((0.5, 3), (4.0, 8), (9.0, 24), (30.0, 16)):
        assert norm.sf(score(ratio, 1.0, trials)) == pytest.approx(t.sf(ratio, trials - 1), rel=1e-6)
    assert 1000 > score(1e9, 1.0, 400) > score(1e8, 1.0, 400) > 50
    # where the two branches meet they agree
    ratio = float(t.isf(0.9e-290, 30))
    assert score(ratio, 1.0, 31) == pytest.approx(norm.isf(0.9e-290), abs=0.01)
    assert score(0.0, 0.0, 5) == 0
    assert score(1.0, 0.0, 5) == math.inf


def test_the_false_alarm_rate_is_the_stated_one() -> None:
    """With the threshold set at 1%, true claims from 4 trials each are rejected in 1% of 20000 cases.

    The count is binomial; the test fails with probability below 1e-9 (6.1 standard deviations). With the
    normal threshold in place of Student's it would be 8.2%, 102 standard deviations off.
    """
    rng = np.random.default_rng(5)
    data = rng.standard_normal((20_000, 4))
    means, errors = data.mean(axis=1), data.std(axis=1, ddof=1) / 2
    z = normal_quantile(0.01)
    alarms = sum(score(abs(m), s, 4) > z for m, s in zip(means, errors, strict=True))
    assert abs(alarms - 200) < 6.1 * math.sqrt(20_000 * 0.01 * 0.99)


def test_a_single_trial_says_nothing() -> None:
    assert own(simulated(3.0, "==", 3 * n, trials=1)).verdict is Verdict.UNDECIDED


def test_users_activations_replace_phi() -> None:
    from proofs_check.domains import ACTIVATIONS

    seen = []
    spy = Quantity("spy", "s", "spy", lambda phi, rho: seen.append((phi, rho)) or 0)
    phi, rho = sp.symbols("phi rho")
    statement = Statement(
        "Z2",
        title="t",
        text="t",
        variables=(Variable("phi", ACTIVATIONS, "phi"), Variable("rho", CORRELATIONS, "rho")),
        claim=Claim(spy(phi, rho), "==", sp.Integer(0)),
        notation=(spy,),
        references=(Reference(proof="p"),),
        evidence=(RationalInstances(instances=({"phi": "relu", "rho": Fraction(1, 2)},)),),
        mutants=(Mutant("one", "1", right=sp.Integer(1)),),
        declared=Verdict.CHECKED,
    )
    own(statement, Run(activations=("sin", "x**2")))
    assert seen == [("sin", Fraction(1, 2)), ("x**2", Fraction(1, 2))]
