"""P12: on anisotropic data the isotropic gamma fails; the recipe from the rows holds."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import NONNEGATIVE, choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import MODEL, model
from proofs_check.verdict import Verdict

e, order = sp.symbols("e order")
ROWS = 1200
WIDTHS = {"rf": 800, "ntk": 100}


def _variances(exponent: Any, arranged: Any, dim: Any) -> Any:
    raw = np.arange(1, int(dim) + 1) ** -float(exponent)
    scaled = raw * (int(dim) / raw.sum())
    return scaled if arranged == "decreasing" else scaled[::-1]


def _trace_share(a: Any, exponent: Any, arranged: Any, dim: Any) -> float:
    of_y = round(a * int(dim))
    return float(_variances(exponent, arranged, dim)[-of_y:].sum() / int(dim))


def _alignment(
    run: Run, name: str, kind: str, a: Any, exponent: Any, arranged: str, n: int, dim: int
) -> Trials:
    sizes: dict[str, Any] = {"samples": n, "dim": dim, "width": WIDTHS[kind], "trials": run.pick(32, 240)}
    law: dict[str, Any] = {"distribution": "power_law", "data": {"exponent": exponent, "order": arranged}}
    return simulated(run, "P12", name, model=kind, alpha=a, **law, **sizes)


@lru_cache(maxsize=32)
def _recipe(name: Any, kind: Any, a: Any, exponent: Any, arranged: Any, n: Any, dim: Any) -> Any:
    rows = np.random.default_rng(12).standard_normal((ROWS, int(dim)))
    rows *= np.sqrt(_variances(exponent, arranged, dim))
    return hg.gamma_for_data(name, rows, a, model=kind, samples=int(n), splits=3, held_out=700, probes=400)


def _isotropic(name: Any, kind: Any, a: Any, exponent: Any, arranged: Any, n: Any, dim: Any) -> Any:
    share = Fraction(round(_trace_share(a, exponent, arranged, dim) * int(dim)), int(dim))
    return hg.gamma_finite(name, share, model=kind, samples=int(n), dim=int(dim))


F = Measured(
    "F", r"F_{#6}", "feature alignment on Gaussian data with variances in the proportions j^-e", _alignment
)
RECIPE = Quantity(
    "gamma_data",
    r"\gamma^{\mathrm{data}}_{#6}",
    "prediction from 1200 rows: mean of q(z^s, z)/q(z, z), q the kernel that N samples leave unlearned",
    _recipe,
)
ISOTROPIC = Quantity(
    "gamma_iso",
    r"\gamma^{\mathrm{iso}}_{#6}",
    "isotropic prediction at the share of y in the trace",
    _isotropic,
)
TRACE_SHARE = Quantity(
    "alpha_tr", r"\alpha_{\mathrm{tr},#3}", "share of y in the trace of the covariance", _trace_share
)
S = (phi, model, alpha, e, order, N, d)


def _allowance(i: Any) -> float:
    # that of the recipe, 0.005 + 0.1/N + 4 standard errors, and the 1/k bias of the simulation
    setting = tuple(i[name] for name in ("phi", "model", "alpha", "e", "order", "N", "d"))
    sizes: dict[str, Any] = {"samples": i["N"], "dim": i["d"], "width": WIDTHS[i["model"]]}
    by_width = hg.alignment_allowance(i["phi"], i["alpha"], model=i["model"], **sizes).width
    return float(_recipe(*setting).allowance) + by_width


STATEMENT = Statement(
    "P12",
    title="Anisotropic data: the isotropic gamma fails",
    text="On Gaussian data of unequal variances the alignment is the one predicted from rows of the data; "
    "the isotropic formula is off even at the share of y in the trace, which the alignment can exceed.",
    variables=(
        PHI,
        MODEL,
        ALPHA,
        Variable("e", NONNEGATIVE, "exponent: variance j is in proportion to j^-e"),
        Variable(
            "order",
            choice("orders", r"\{\mathrm{decreasing}, \mathrm{increasing}\}", "decreasing", "increasing"),
            "whether the variances decrease or increase from x to y",
            r"\mathrm{order}",
        ),
        SAMPLES,
        DIM,
    ),
    claim=Claim(F(*S), "==", RECIPE(*S)),
    notation=(F, RECIPE),
    references=(
        Reference(
            proof="F = q(z^s, z)/q(z, z) with q the kernel of kappa T (T + kappa)^{-1}, T the kernel "
            "operator under the law of the data; M samples with the ridge kappa (M - N) leave the same q "
            "as N without. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "model": kind, "alpha": a, "e": 1, "order": arranged, "N": 120, "d": 120}
                for name, kind, a, arranged in (
                    ("relu", "rf", sp.Rational(3, 4), "decreasing"),
                    ("relu", "rf", sp.Rational(1, 4), "increasing"),
                    ("gelu", "ntk", sp.Rational(3, 4), "decreasing"),
                )
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("isotropic", "the isotropic formula", right=ISOTROPIC(*S), notation=(ISOTROPIC,)),
        Mutant(
            "below-the-trace-share",
            "at most the share of y in the trace",
            relation="<=",
            right=TRACE_SHARE(alpha, e, order, d),
            notation=(TRACE_SHARE,),
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
