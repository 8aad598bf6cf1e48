"""The finite-size theory against fresh simulations, on a grid of configurations.

    python benchmarks/equivalent_grid.py --store FILE [--limit N] [--workers W] [--only BLOCK ...] [--table]

Simulates every configuration that FILE does not hold yet, one JSON line each, and then prints the table: for
each the alignment predicted and simulated, their difference against the declared allowance and 4 standard
errors, and the standard deviation of the alignment; below it the exceptions, and how risk and accuracies
compare. --table only prints. Predictions are computed when the table is printed, simulations once; no
constant was fitted to them. The alphas of one configuration share their draws.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

for _library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before NumPy is imported


from equivalent_cases import MEAN, SD, Case, cases  # noqa: E402

from hermite_gamma.equivalent.finite import gamma_finite  # noqa: E402
from hermite_gamma.errors import HermiteGammaError  # noqa: E402
from hermite_gamma.prediction import Prediction  # noqa: E402

MEMORY = ("loo_risk", "generalisation_error", "test_accuracy", "spurious_accuracy", "spurious_covariance")


def read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {line["key"]: line for line in lines}


@dataclass(frozen=True)
class Comparison:
    """One configuration: what was predicted, what was found."""

    case: Case
    alpha: str
    predicted: Prediction
    found: dict[str, Any]

    @cached_property
    def wrong(self) -> dict[str, float]:
        """gamma at twice the samples, and with alpha^(l+1) for alpha^l: what the test should not let pass."""
        case = self.case
        if case.distribution in ("power_law", "arrays"):
            return {}
        share = float(self.predicted.settings["alpha"])
        found = {"alpha^(l+1)": share * self.predicted.value}
        with suppress(HermiteGammaError):
            found["2 N"] = float(gamma_finite(
                case.phi, self.alpha, model=case.model, samples=2 * case.samples, dim=case.dim,
                ridge=case.ridge, distribution=case.distribution,
            ))  # fmt: skip
        return found

    @property
    def difference(self) -> float:
        return self.found[MEAN][0] - self.predicted.value

    @property
    def stderr(self) -> float:
        return float(self.found[MEAN][1])

    @property
    def within(self) -> bool:
        return abs(self.difference) <= self.predicted.allowance + 4 * self.stderr

    def rejects(self, wrong: float) -> bool:
        """Return whether the same test tells a wrong value of gamma from what was simulated."""
        return abs(self.found[MEAN][0] - wrong) > self.predicted.allowance + 4 * self.stderr

    @property
    def sd_ratio(self) -> float | None:
        return None if self.predicted.sd is None else self.found[SD][0] / self.predicted.sd

    def expected(self, name: str) -> float | None:
        """Return the predicted value of what a trial records; None where there is none.

        The covariance of a trial is taken about the means of that trial, which takes Cov(f(z_i^s), g_j),
        i != j, away. A constant label is learned on level 0 and memorised beyond, so the weights of f(z_i^s)
        add up to L_0 + (1 - L_0) gain; gain is the weight on g_i, each other one is L_0 (1 - gain)/(N - 1).
        """
        value = self.predicted.quantities.get(name)
        if value is None or name not in self.found or not self.found[name][1]:
            return None
        if name != "spurious_covariance":
            return value
        n, spent = self.case.samples, self.predicted["degrees"]
        learned, gain = self.predicted["level_0"] * spent, self.predicted.value * spent / n
        return value * (1 - learned * (1 - gain) / (gain * (n - 1)))

    def z(self, name: str) -> float | None:
        """Return (found - predicted)/standard error of a quantity of memorisation."""
        expected = self.expected(name)
        return None if expected is None else (self.found[name][0] - expected) / self.found[name][1]

    def allows(self, name: str) -> bool | None:
        """Return whether a quantity lies within its own allowance and 4 standard errors."""
        expected, allowed = self.expected(name), self.predicted.allowances.get(name)
        if expected is None or allowed is None:
            return None
        return bool(abs(self.found[name][0] - expected) <= allowed + 4 * self.found[name][1])

    def words(self, name: str) -> str:
        mean, stderr = self.found[name]
        return f"{mean:.4g} +- {stderr:.2g}, predicted {self.expected(name):.4g}"

    def row(self) -> list[object]:
        case, p = self.case, self.predicted
        return [
            case.block, case.model, case.phi, self.alpha, case.samples, case.dim,
            "inf" if case.width is None else case.width, case.ridge,
            case.distribution + "".join(f" {value}" for _, value in case.data),
            f"{self.found[MEAN][0]:.4f}", f"{self.stderr:.4f}", f"{p.value:.4f}", f"{self.difference:+.4f}",
            f"{p.allowance:.4f}", "-" if self.sd_ratio is None else f"{self.sd_ratio:.3f}",
            "" if self.within else "EXCEPTION",
        ]  # fmt: skip


HEADINGS = (
    "block", "model", "phi", "alpha", "N", "d", "k", "ridge", "law", "simulated", "se", "predicted",
    "difference", "allowance", "sd ratio", "",
)  # fmt: skip


SUMMARY = (
    "part", "within", "mean share of allowance", "wrong values rejected", "mean sd ratio", "mean off by",
    *(f"{name} z" for name in MEMORY), "within, memorisation",
)  # fmt: skip


def report(comparisons: Sequence[Comparison], refused: Sequence[str], seconds: float) -> None:
    """Print a summary of every block, of all, and of those without a known finite-size error; then all."""
    blocks = list(dict.fromkeys(each.case.block for each in comparisons))
    parts = {block: [each for each in comparisons if each.case.block == block] for block in blocks}
    parts["all"] = list(comparisons)
    parts["d >= 80, not narrow"] = [
        each for each in comparisons if each.case.dim >= 80 and each.case.block != "narrow"
    ]
    _table(SUMMARY, [_summary(name, part) for name, part in parts.items() if part])
    print(f"\nCPU seconds of the simulations: {seconds:.0f}")
    for line in refused:
        print(line)
    for each in comparisons:
        for name in MEMORY:
            if each.allows(name) is False:
                print(f"{name} outside its allowance: {each.case.key}, {each.alpha}: {each.words(name)}")
    print()
    _table(HEADINGS, [each.row() for each in comparisons])


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    for line in (headings, ["---"] * len(headings), *rows):
        print("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |")


def _summary(name: str, part: Sequence[Comparison]) -> list[str]:
    inside = sum(each.within for each in part)
    wrong = [(each, value) for each in part for value in each.wrong.values()]
    caught = sum(each.rejects(value) for each, value in wrong)
    ratios = [each.sd_ratio for each in part if each.sd_ratio is not None]
    kept = [ok for each in part for name in MEMORY if (ok := each.allows(name)) is not None]
    return [
        name,
        f"{inside} of {len(part)}",
        f"{fmean(abs(each.difference) / each.predicted.allowance for each in part):.2f}",
        f"{caught} of {len(wrong)}" if wrong else "-",
        f"{fmean(ratios):.3f}" if ratios else "-",
        f"{100 * fmean(abs(ratio - 1) for ratio in ratios):.1f}%" if ratios else "-",
        *(_rms([z for each in part if (z := each.z(name)) is not None]) for name in MEMORY),
        f"{sum(kept)} of {len(kept)}" if kept else "-",
    ]


def _rms(scores: Sequence[float]) -> str:
    return f"{math.sqrt(fmean(z * z for z in scores)):.2f}" if scores else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, metavar="FILE", help="JSON lines")
    parser.add_argument("--limit", type=int, metavar="N", help="simulate at most N more runs")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no run after S seconds")
    parser.add_argument("--workers", type=int, metavar="W", help="threads of each run")
    parser.add_argument("--only", nargs="*", metavar="BLOCK", help="blocks to simulate and print")
    parser.add_argument("--table", action="store_true", help="simulate nothing")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.only or case.block in options.only]
    done = read(options.store)
    missing = [case for case in chosen if case.key not in done]
    start = time.monotonic()
    for case in [] if options.table else missing[: options.limit]:
        if options.seconds is not None and time.monotonic() - start > options.seconds:
            break
        line = case.run(options.workers)
        done[case.key] = line
        with options.store.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    comparisons, refused = [], []
    for case in chosen:
        if case.key not in done:
            continue
        if "refused" in done[case.key]:
            refused.append(f"not simulated: {case.key}: {done[case.key]['refused']}")
        for alpha, found in done[case.key]["results"].items():
            try:
                comparisons.append(Comparison(case, alpha, case.prediction(alpha), found))
            except HermiteGammaError as error:
                refused.append(f"not predicted: {case.key}, {alpha}: {error}")
    planned = sum(len(case.alphas) for case in chosen)
    print(f"{planned} configurations in {len(chosen)} runs; {len(comparisons)} simulated\n")
    report(comparisons, refused, sum(done[case.key]["seconds"] for case in chosen if case.key in done))


if __name__ == "__main__":
    main()
