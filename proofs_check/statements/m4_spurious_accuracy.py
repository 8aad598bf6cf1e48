"""M4: the accuracy on spurious samples, an integral over the label's margin."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.oracles.memorisation import half_line_average
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import GAMMA, INTERPOLATING
from proofs_check.verdict import Verdict


def _accuracy(run: Run, name: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(200, 1200)}
    return simulated(run, "M4", name, "spurious_accuracy", model="rf", alpha=a, **sizes)


def _predicted(name: Any, a: Any, samples: Any, dim: Any, width: Any) -> Any:
    return hg.memorisation(name, a, model="rf", samples=int(samples), dim=int(dim), width=int(width))


def _common(name: Any, a: Any, samples: Any, dim: Any, width: Any) -> float:
    noise = _predicted(name, a, samples, dim, width).noise_levels
    return float(sum(power * float(a) ** level for level, power in enumerate(noise)))


def _spread(name: Any, a: Any, samples: Any, dim: Any, width: Any) -> float:
    sizes: dict[str, Any] = {"samples": int(samples), "dim": int(dim)}
    # without the spread of single neurons, whose few large values overstate what they do to a sign
    found = hg.sd_alignment(name, a, model="rf", width=int(width), **sizes)
    return found.variance - found.neurons


ACCURACY = Measured(
    "A", r"A^{\mathrm{spurious}}_{#3,#4,#5}", "share of z^s whose output has the sign of the label", _accuracy
)
AVERAGE = Quantity(
    "average",
    r"\mathbb{E}_{t \sim |\mathcal{N}(0,1)|}\,\Phi\!\left(\frac{#1 (1 - #2 t)}{\sqrt{#3}}\right)",
    "average over the margin t of the label, Phi the normal distribution function",
    half_line_average,
)
SIGNAL = Quantity(
    "m", "m_{#3}", "signal: slope of the output in t = u.x", lambda *s: _predicted(*s).signal_levels[1]
)
NOISE = Quantity("s2", "s_{#3}^2", "noise power of the output", lambda *s: sum(_predicted(*s).noise_levels))
COMMON = Quantity("C", "C_{#3}", "noise that z and z^s share, sum_l s_l^2 alpha^l", _common)
SPREAD = Quantity("V", r"\mathrm{Var}_{#3}(F)", "variance of one sample's alignment", _spread)
RISK = Quantity("R", "R_{#3}", "risk", lambda *s: _predicted(*s).risk)
S = (phi, alpha, N, d, k)
G, M, S2 = GAMMA(phi, alpha, N, d), SIGNAL(*S), NOISE(*S)
TOTAL = M**2 + S2 + G**2 * S2 - 2 * G * COMMON(*S) + SPREAD(*S) * RISK(*S)

STATEMENT = Statement(
    "M4",
    title="Accuracy on spurious samples",
    text="The output at a spurious sample is pulled towards the training label by gamma times the residual "
    "1 - m t; the accuracy is the chance that this beats the noise.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(ACCURACY(*S), "==", AVERAGE(G, M, TOTAL)),
    notation=(ACCURACY, AVERAGE, GAMMA, SIGNAL, NOISE, COMMON, SPREAD, RISK),
    references=(
        Reference(
            proof="f(z^s) = f_{-1}(z^s) + F (g - f_{-1}(z)) with f_{-1} = m t + noise, the noise at z and "
            "z^s of covariance C; the variance of what remains at a given t is that in the claim."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "alpha": a, "N": n, "d": 100, "k": width}
                for name, a, n, width in (
                    ("h2+h1/2", sp.Rational(1, 2), 50, 400),
                    ("relu", sp.Rational(3, 4), 200, 800),
                )
            ),
            # that of the accuracy, and 1.2 times (the largest slope in gamma) that of the alignment
            allowance=lambda i: _predicted(*(i[n] for n in ("phi", "alpha", "N", "d", "k"))).allowances[
                "spurious_accuracy"
            ],
        ),
    ),
    mutants=(
        Mutant(
            "test-accuracy",
            "the test accuracy: nothing memorised",
            right=sp.Rational(1, 2) + sp.asin(M / sp.sqrt(M**2 + S2)) / sp.pi,
        ),
        Mutant("alpha-for-gamma", "alpha in place of gamma", right=AVERAGE(alpha, M, TOTAL)),
        Mutant("no-residual", "the label itself pulls, not the residual", right=AVERAGE(G, 0, TOTAL)),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
