"""X16a: the ridge of the NTK refers to the kernel divided by k d."""

from __future__ import annotations

from proofs_check.evidence import RationalInstances
from proofs_check.notation import k
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._drawn_data import (
    ARGUMENTS,
    AT_SAMPLE,
    DIM,
    VARIABLES,
    instances,
    quantities,
    resolved,
)
from proofs_check.verdict import Verdict

H_HAT, H_RAW, ROUNDING = quantities("ntk")
_H, _RAW, _BOUND = H_HAT(*AT_SAMPLE), H_RAW(*AT_SAMPLE), ROUNDING(*ARGUMENTS)

STATEMENT = Statement(
    "X16a",
    title="Scale of the ridge: the NTK",
    text="The kernel of the NTK is Phi Phi^T/s with s = k d, for the reported h and for the ridge alike: "
    "exact refits with the features as they are and the ridge s lam give s times the reported h, also for "
    "more neurons than are drawn at a time.",
    variables=VARIABLES,
    hypotheses=(resolved("ntk"),),
    claim=Claim(abs(_H - _RAW / (k * DIM)), "<=", _BOUND),
    notation=(H_HAT, H_RAW, ROUNDING),
    references=(Reference(proof="h(Phi/sqrt(s), lam) = h(Phi, s lam)/s, since Pi is the same for both."),),
    evidence=(RationalInstances(instances=instances((60, 2500))),),
    mutants=(
        Mutant("no-scale", "s = 1", left=abs(_H - _RAW)),
        Mutant("scale-of-random-features", "s = k", left=abs(_H - _RAW / k)),
    ),
    declared=Verdict.CHECKED,
    note="Four coordinates, three samples, Gaussian rows; s is k d in the ridge of h too.",
)
