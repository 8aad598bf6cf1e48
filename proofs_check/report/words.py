"""Findings in words that the tables, the pages and the LaTeX share."""

from __future__ import annotations

import math
from collections.abc import Mapping

from proofs_check.evidence.base import Evidence
from proofs_check.statement import Hypothesis, Reference, Statement
from proofs_check.verdict import EvidenceKind, Finding, Verdict

# What is counted, singular and plural.
_COUNTED: Mapping[EvidenceKind, tuple[str, str]] = {
    EvidenceKind.EXACT_SYMBOLIC: ("case", "cases"),
    EvidenceKind.EXACT_INSTANCES: ("instance", "instances"),
    EvidenceKind.BALLS_COVERING: ("part", "parts"),
    EvidenceKind.BALLS_INSTANCES: ("instance", "instances"),
    EvidenceKind.MONTE_CARLO: ("comparison", "comparisons"),
    EvidenceKind.RATE_FIT: ("fitted rate", "fitted rates"),
}


def number(value: float) -> str:
    """Return a number with three digits, powers of ten where they are shorter.

    >>> number(0.0036239), number(6.109), number(float("inf"))
    ('0.00362', '6.11', 'infinite')
    """
    return f"{value:.3g}" if math.isfinite(value) else "infinite"


def counted(finding: Finding) -> str:
    """Return how many instances were checked, and how many were left out.

    >>> counted(Finding(Verdict.CHECKED, EvidenceKind.EXACT_INSTANCES, count=60, outside=2))
    '60 instances, 2 more outside the hypotheses'
    """
    parts = []
    if finding.count:
        parts.append(f"{finding.count} {_COUNTED[finding.kind][finding.count != 1]}")
    if finding.outside:
        parts.append(f"{finding.outside} {'more ' if parts else ''}outside the hypotheses")
    return ", ".join(parts)


def coverage(evidence: Evidence) -> str:
    """Return what a piece of evidence is about, "" for the whole claim."""
    if evidence.scope:
        return evidence.scope
    return "a part of the claim" if evidence.partial else ""


def margin(finding: Finding, statement: Statement) -> str:
    """Return how far from failing a finding is, in the unit of its kind; "" where there is no such number."""
    if finding.kind.is_statistical:
        if finding.deviation is None or finding.z is None:
            return ""
        return f"{number(finding.deviation)} of {number(finding.z)} standard errors allowed"
    if finding.margin is None:
        return ""
    if finding.kind is EvidenceKind.BALLS_INSTANCES and statement.claim.sign.is_equality:
        return "equal exactly" if math.isinf(finding.margin) else f"{math.floor(finding.margin)} digits agree"
    return f"certified distance {number(finding.margin)}"


def power(finding: Finding) -> str:
    """Return the power of a simulated check, "" for the others."""
    if finding.power is None:
        return ""
    shown = "above 0.9999" if finding.power > 0.9999 else number(finding.power)
    return f"power against the wrong variants {shown}"


def need(hypothesis: Hypothesis) -> str:
    """Return why a hypothesis is there."""
    if hypothesis.definedness:
        return "the claim has no meaning without it"
    return "refuted without it" if hypothesis.counterexamples else ""


def cited(reference: Reference) -> str:
    """Return where a statement comes from, without the proof note."""
    return f"[{reference.key}], {reference.locator}" if reference.key else "derived here"


def verdict_class(verdict: Verdict) -> str:
    """Return the verdict as one lower-case word.

    >>> verdict_class(Verdict.NOT_APPLICABLE)
    'not-applicable'
    """
    return verdict.value.lower().replace(" ", "-")
