"""A finding cannot claim more than its evidence allows, and "don't know" is never a pass."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

import proofs_check
from proofs_check.verdict import EvidenceKind, Finding, InvalidFinding, Verdict

ROOT = Path(__file__).resolve().parents[1]

# Written out by hand from the rules, apart from `EvidenceKind.strongest`: what each kind of evidence may say
# when the claim held.
ALLOWED = {
    EvidenceKind.EXACT_SYMBOLIC: {Verdict.PROVED, Verdict.CHECKED},
    EvidenceKind.EXACT_INSTANCES: {Verdict.CHECKED},
    EvidenceKind.BALLS_COVERING: {Verdict.PROVED, Verdict.CHECKED},
    EvidenceKind.BALLS_INSTANCES: {Verdict.CHECKED},
    EvidenceKind.MONTE_CARLO: {Verdict.SUPPORTED},
    EvidenceKind.RATE_FIT: {Verdict.SUPPORTED},
}
PASSING = {Verdict.PROVED, Verdict.CHECKED, Verdict.SUPPORTED}
STATISTICAL = {EvidenceKind.MONTE_CARLO, EvidenceKind.RATE_FIT}


def everything_needed(verdict: Verdict, kind: EvidenceKind) -> dict[str, Any]:
    """Return the fields that a finding of this verdict and kind needs."""
    fields: dict[str, Any] = {}
    if verdict is Verdict.CHECKED:
        fields["count"] = 7
    if verdict is Verdict.REFUTED:
        fields["witness"] = "alpha = 1/3"
    if kind in STATISTICAL:
        fields |= {"z": 6.0, "power": 0.99}
    if kind is EvidenceKind.RATE_FIT:
        fields["interval"] = (-1.1, -0.9)
    return fields


@pytest.mark.parametrize(("verdict", "kind"), list(product(Verdict, EvidenceKind)), ids=lambda v: v.name)
def test_each_kind_of_evidence_gives_the_verdicts_it_may(verdict: Verdict, kind: EvidenceKind) -> None:
    fields = everything_needed(verdict, kind)
    if verdict in PASSING - ALLOWED[kind]:
        with pytest.raises(InvalidFinding):
            Finding(verdict, kind, **fields)
    else:
        assert Finding(verdict, kind, **fields).passed == (verdict in PASSING)


def test_values_are_readable() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "PROVED",
        "CHECKED",
        "SUPPORTED",
        "REFUTED",
        "UNDECIDED",
        "NOT APPLICABLE",
    ]
    assert Verdict("NOT APPLICABLE") is Verdict.NOT_APPLICABLE
    assert EvidenceKind("Monte Carlo") is EvidenceKind.MONTE_CARLO


WRONG: list[tuple[Verdict, EvidenceKind, dict[str, Any], str]] = [
    (Verdict.CHECKED, EvidenceKind.EXACT_INSTANCES, {}, "count"),
    (Verdict.CHECKED, EvidenceKind.EXACT_INSTANCES, {"count": 0}, "nothing"),
    (Verdict.CHECKED, EvidenceKind.BALLS_INSTANCES, {"count": -3}, "nothing"),
    (Verdict.PROVED, EvidenceKind.BALLS_COVERING, {"count": 0}, "nothing"),
    (Verdict.UNDECIDED, EvidenceKind.BALLS_COVERING, {"count": -1}, "nothing"),
    (Verdict.REFUTED, EvidenceKind.EXACT_SYMBOLIC, {}, "witness"),
    (Verdict.REFUTED, EvidenceKind.EXACT_SYMBOLIC, {"witness": "  "}, "witness"),
    (Verdict.REFUTED, EvidenceKind.MONTE_CARLO, {"z": 6.0, "power": 0.9}, "witness"),
    (Verdict.PROVED, EvidenceKind.EXACT_SYMBOLIC, {"witness": "alpha = 1/3"}, "REFUTED"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {}, "z and power"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 6.0}, "z and power"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"power": 0.9}, "z and power"),
    (Verdict.SUPPORTED, EvidenceKind.RATE_FIT, {"z": 6.0, "power": 0.9}, "interval"),
    (Verdict.SUPPORTED, EvidenceKind.RATE_FIT, {"z": 6.0, "power": 0.9, "interval": (1.0, 0.5)}, "in order"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 0.0, "power": 0.9}, "positive"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": math.nan, "power": 0.9}, "positive"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": math.inf, "power": 0.9}, "positive"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 6.0, "power": 1.5}, "power"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 6.0, "power": math.nan}, "power"),
    # a test that rejects true and false claims alike: z = 1 rejects a true one with probability 0.317
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 1.0, "power": 0.3}, "false-alarm"),
    (Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, {"z": 6.0, "power": 0.9, "deviation": 6.1}, "exceeds"),
    (
        Verdict.SUPPORTED,
        EvidenceKind.MONTE_CARLO,
        {"z": 6.0, "power": 0.9, "deviation": math.nan},
        "distance",
    ),
    (Verdict.REFUTED, EvidenceKind.MONTE_CARLO, {"witness": "d = 9", "z": 6.0, "deviation": 5.0}, "within"),
    (Verdict.REFUTED, EvidenceKind.MONTE_CARLO, {"witness": "d = 9", "deviation": 9.0}, "without z"),
    (Verdict.SUPPORTED, EvidenceKind.BALLS_INSTANCES, {"z": 6.0, "power": 0.9}, "error rates"),
    (Verdict.PROVED, EvidenceKind.EXACT_SYMBOLIC, {"z": 6.0}, "has no z"),
]


@pytest.mark.parametrize(("verdict", "kind", "fields", "reason"), WRONG)
def test_a_finding_that_says_too_much_or_too_little_is_refused(
    verdict: Verdict, kind: EvidenceKind, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidFinding, match=reason):
        Finding(verdict, kind, **fields)


def test_a_finding_cannot_be_changed_into_a_stronger_one() -> None:
    finding = Finding(Verdict.CHECKED, EvidenceKind.EXACT_INSTANCES, count=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.verdict = Verdict.PROVED  # type: ignore[misc]
    with pytest.raises(InvalidFinding, match="at best"):
        dataclasses.replace(finding, verdict=Verdict.PROVED)


def test_a_finding_is_no_truth_value() -> None:
    # every object is true unless it says otherwise, so `if finding:` would let UNDECIDED pass
    with pytest.raises(TypeError, match="passed"):
        bool(Finding(Verdict.UNDECIDED, EvidenceKind.EXACT_SYMBOLIC))


@pytest.mark.parametrize("z", [1.0, 3.0, 6.5])
def test_false_alarm_rate_is_two_sided(z: float) -> None:
    finding = Finding(Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, z=z, power=0.999)
    assert finding.false_alarm == pytest.approx(2 * stats.norm.sf(z), rel=1e-12)
    assert finding.false_alarm != pytest.approx(stats.norm.sf(z), rel=1e-1)


def test_false_alarm_rate_without_z_is_refused_and_without_randomness_is_zero() -> None:
    with pytest.raises(InvalidFinding, match="without z"):
        _ = Finding(Verdict.UNDECIDED, EvidenceKind.MONTE_CARLO).false_alarm
    assert Finding(Verdict.PROVED, EvidenceKind.EXACT_SYMBOLIC).false_alarm == 0


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding(Verdict.PROVED, EvidenceKind.EXACT_SYMBOLIC), "PROVED (exact symbolic)"),
        (
            Finding(Verdict.CHECKED, EvidenceKind.BALLS_INSTANCES, count=1),
            "CHECKED on 1 instance (certified balls at instances)",
        ),
        (
            Finding(Verdict.SUPPORTED, EvidenceKind.MONTE_CARLO, z=6, power=0.999, deviation=1.2345),
            "SUPPORTED (Monte Carlo, z = 6, deviation 1.23, power 0.999)",
        ),
        (
            Finding(Verdict.SUPPORTED, EvidenceKind.RATE_FIT, z=5, power=0.9, interval=(-1.1, -0.9)),
            "SUPPORTED (rate fit with interval, z = 5, power 0.9, interval [-1.1, -0.9])",
        ),
        (
            Finding(Verdict.REFUTED, EvidenceKind.EXACT_INSTANCES, witness="phi = h1 + h4"),
            "REFUTED by phi = h1 + h4 (exact rational instances)",
        ),
        (
            Finding(Verdict.NOT_APPLICABLE, EvidenceKind.EXACT_SYMBOLIC, note="phi is affine"),
            "NOT APPLICABLE (exact symbolic): phi is affine",
        ),
    ],
)
def test_text(finding: Finding, text: str) -> None:
    assert str(finding) == text


def test_the_package_exports_lazily() -> None:
    code = "import sys, proofs_check; assert not {'sympy', 'hypothesis', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    for name in proofs_check._HOME:
        assert getattr(proofs_check, name).__name__ == name
    assert dir(proofs_check) == sorted(proofs_check._HOME)
    with pytest.raises(AttributeError, match="Findings"):
        _ = proofs_check.Findings
