"""The kinds of evidence: exact symbolic, rational instances, balls, coverings, Monte Carlo, rates."""

from __future__ import annotations

from proofs_check.evidence.balls import BallInstances
from proofs_check.evidence.base import Evidence, Run
from proofs_check.evidence.covering import Covering
from proofs_check.evidence.rational import RationalInstances
from proofs_check.evidence.simulated import MonteCarlo, RateFit
from proofs_check.evidence.symbolic import Symbolic

__all__ = [
    "BallInstances",
    "Covering",
    "Evidence",
    "MonteCarlo",
    "RateFit",
    "RationalInstances",
    "Run",
    "Symbolic",
]
