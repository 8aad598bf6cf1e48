"""The Monte Carlo layer against the naive script and against the speed of matrix multiplication.

    python benchmarks/simulation.py --section ratios peak memory workers
    python benchmarks/simulation.py --section large
    python benchmarks/simulation.py --quick

One BLAS thread everywhere; CPU seconds (process time) except where "wall" is said; d = 1000, alpha = 1/2,
N_t = 1000. Medians over interleaved rounds, so that a busy machine slows both sides alike. Each of our runs
is one call of `hg.simulate` from the drawing of the data to the estimate, with all alignments and
leave-one-out residuals, after a small call that compiles the activation. --quick takes a smaller width and
fewer sizes: for development, its figures are not for print.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

for _library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before NumPy is imported; child processes inherit it

import numpy as np  # noqa: E402

from hermite_gamma.errors import IllConditionedWarning  # noqa: E402
from hermite_gamma.simulation.simulate import simulate  # noqa: E402

HERE = Path(__file__).resolve()
NAIVE = HERE.with_name("naive.py")
DIM = TESTS = 1000
GEMM = 3000
PRECISIONS = ("float32", "float64")
WIDTH = 20_000


@dataclass(frozen=True)
class Case:
    """One request: model, activation, N, k and precision."""

    model: str
    phi: str
    samples: int
    width: int
    precision: str = "float64"

    def run(self, seed: int, trials: int = 1, workers: int = 1) -> None:
        with warnings.catch_warnings():
            # float32 at a small k/N: here speed is the question
            warnings.simplefilter("ignore", IllConditionedWarning)
            self._simulate(seed, trials, workers)

    def _simulate(self, seed: int, trials: int, workers: int) -> None:
        simulate(
            self.phi, model=self.model, samples=self.samples, dim=DIM, alpha="1/2", width=self.width,
            trials=trials, seed=seed, test_samples=TESTS, precision=self.precision, workers=workers,
        )  # fmt: skip

    def seconds(self, seed: int) -> float:
        start = time.process_time()
        self.run(seed)
        return time.process_time() - start

    def compile(self) -> None:
        Case(self.model, self.phi, 50, 200, self.precision).run(0)

    def flops(self) -> float:
        """Multiplications and additions of the products that a random features trial cannot avoid."""
        n, t, dim_x, dim_y = self.samples, TESTS, DIM / 2, DIM / 2
        each = 2 * (2 * n + t) * dim_x + 2 * (n + t) * dim_y + n * (n + 1) + 2 * n * (n + t)
        return each * self.width

    def naive(self, seed: int) -> dict[str, Any]:
        """Run the baseline in a process of its own."""
        sizes = ["--samples", self.samples, "--test-samples", TESTS, "--dim", DIM, "--width", self.width]
        return child(NAIVE, self.model, self.phi, *sizes, "--seed", seed)


def child(script: Path, *arguments: object) -> dict[str, Any]:
    """Return the JSON that a script prints."""
    command = [sys.executable, str(script), *map(str, arguments)]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment()).stdout
    found: dict[str, Any] = json.loads(text)
    return found


def environment() -> dict[str, str]:
    """Return an environment in which a child finds the package that this process uses."""
    path = [str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


class Gemm:
    """A square product of one precision: what the machine can do at this moment."""

    def __init__(self, precision: str) -> None:
        rng = np.random.default_rng(0)
        self._a, self._b = (rng.standard_normal((GEMM, GEMM)).astype(precision) for _ in range(2))
        self._out = np.empty_like(self._a)

    def __call__(self) -> None:
        np.matmul(self._a, self._b, out=self._out)

    def rate(self) -> float:
        """Return flops per CPU second."""
        start = time.process_time()
        self()
        return 2 * GEMM**3 / (time.process_time() - start)


def table(head: list[str], rows: list[list[object]]) -> None:
    print("\n| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def ratios(options: argparse.Namespace) -> None:
    """Print CPU seconds of the naive script over ours."""
    width = 10_000 if options.quick else 100_000
    cases = [
        Case("rf", "relu", 1000, width),
        Case("rf", "h1+h4", 1000, width),
        Case("ntk", "relu", 1000, 100),
    ]
    rows = []
    for case in cases:
        ours = {p: replace(case, precision=p) for p in PRECISIONS}
        times: dict[str, list[float]] = {"naive": [], **{p: [] for p in PRECISIONS}}
        for each in ours.values():
            each.compile()
        for seed in range(options.rounds):
            times["naive"].append(case.naive(seed)["seconds"])
            for precision, each in ours.items():
                # as many runs on our side as it takes to stand beside one long run of the baseline
                times[precision] += [each.seconds(seed + 100 * i) for i in range(2)]
        found = {key: median(values) for key, values in times.items()}
        ratio = [f"{found['naive'] / found[p]:.1f}" for p in PRECISIONS]
        rows.append(
            [case.model.upper(), case.phi, case.width, case.samples, f"{found['naive']:.1f}"]
            + [f"{found[p]:.2f}" for p in PRECISIONS]
            + ratio
        )
        say(f"{case.model} {case.phi}: naive/float32 {ratio[0]}, naive/float64 {ratio[1]}")
    table(
        [
            "model",
            "activation",
            "k",
            "N",
            "naive, s",
            "float32, s",
            "float64, s",
            "ratio float32",
            "ratio float64",
        ],
        rows,
    )


def peak(options: argparse.Namespace) -> None:
    """Print the share of the gemm speed that a whole trial reaches."""
    width = 10_000 if options.quick else WIDTH
    sizes = options.samples or ([300, 1000] if options.quick else [100, 300, 1000, 3000])
    names = options.activations or ["relu", "h1+h2", "tanh", "silu", "gelu", "mish"]
    cases = [
        Case("rf", name, n, width)
        for name in names
        for n in sizes
        if name not in ("gelu", "mish") or n == 1000
    ]
    gemms = {precision: Gemm(precision) for precision in PRECISIONS}
    shares: dict[Case, list[float]] = {}
    speeds: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    every = [replace(case, precision=precision) for precision in PRECISIONS for case in cases]
    for case in every:
        case.compile()
        shares[case] = []
    for seed in range(options.rounds):
        for precision, gemm in gemms.items():
            gemm()
            before = gemm.rate()
            for case in (each for each in every if each.precision == precision):
                seconds = case.seconds(seed)
                after = gemm.rate()
                # the two products next to a run tell what the machine could do during it
                shares[case].append(case.flops() / seconds * (1 / before + 1 / after) / 2)
                speeds[precision].append(after)
                before = after
        say(f"peak: round {seed + 1} of {options.rounds}")
    gemm_text = ", ".join(f"{p} {median(v) / 1e9:.0f} GF/s" for p, v in speeds.items())
    print(f"\nShare of the {GEMM}^3 gemm (median {gemm_text}), median (worst, best round):")
    rows: list[list[object]] = []
    for case in cases:
        row: list[object] = [case.phi, case.samples, case.width]
        for precision in PRECISIONS:
            found = shares[replace(case, precision=precision)]
            row.append(f"{median(found):.3f} ({min(found):.3f}, {max(found):.3f})")
        rows.append(row)
    table(["activation", "N", "k", "of sgemm", "of dgemm"], rows)


def memory(options: argparse.Namespace) -> None:
    """Print peak memory, each figure from a process of its own."""
    width = 10_000 if options.quick else 100_000
    smaller = width // 2 if options.quick else width // 10
    rows: list[list[object]] = []
    floor = child(HERE, "--child", json.dumps(asdict(Case("rf", "relu", 10, 10))))["peak_bytes"]
    for phi in ("relu", "h1+h4"):
        naive = Case("rf", phi, 1000, width).naive(0)["peak_bytes"]
        for precision in PRECISIONS:
            peaks = [
                child(HERE, "--child", json.dumps(asdict(Case("rf", phi, 1000, k, precision))))["peak_bytes"]
                for k in (smaller, width)
            ]
            row = [f"{bytes_ / 1e9:.3f}" for bytes_ in (naive, *peaks)]
            rows.append([phi, precision, *row, f"{naive / peaks[-1]:.1f}"])
    print(f"\nPeak memory in GB at N = 1000; {floor / 1e9:.3f} GB of ours is interpreter and libraries:")
    table(["activation", "precision", f"naive, k={width}", f"k={smaller}", f"k={width}", "ratio"], rows)


def large(options: argparse.Namespace) -> None:
    """Print time and memory of one large trial."""
    width, samples = (5_000, 3_000) if options.quick else (100_000, 10_000)
    rows: list[list[object]] = []
    for precision in options.precision or PRECISIONS[:1]:
        found = child(HERE, "--child", json.dumps(asdict(Case("rf", "relu", samples, width, precision))))
        gigabytes = f"{found['peak_bytes'] / 1e9:.2f}"
        rows.append([samples, width, precision, f"{found['wall']:.0f}", f"{found['seconds']:.0f}", gigabytes])
    table(["N", "k", "precision", "wall, s", "CPU, s", "peak, GB"], rows)


def workers(options: argparse.Namespace) -> None:
    """Print what a second worker adds, and what a second process adds to dgemm."""
    case, trials = Case("rf", "relu", 1000, 4_000 if options.quick else 20_000), 4
    case.compile()
    ours: dict[int, list[float]] = {1: [], 2: []}
    gemm: dict[int, list[float]] = {1: [], 2: []}
    for seed in range(options.rounds):
        for count in (1, 2):
            gemm[count].append(gemm_processes(count))
            ours[count].append(wall(lambda count=count, seed=seed: case.run(seed, trials, count)))  # type: ignore[misc]
    two_workers = median(one / two for one, two in zip(ours[1], ours[2], strict=True))
    two_processes = median(2 * one / two for one, two in zip(gemm[1], gemm[2], strict=True))
    print(
        f"\nThroughput of two over one (wall, {trials} trials of relu, N = 1000, k = {case.width}, float64):"
    )
    table(
        ["two workers", "two dgemm processes", "ratio"],
        [[f"{two_workers:.2f}", f"{two_processes:.2f}", f"{two_workers / two_processes:.3f}"]],
    )


def wall(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def gemm_processes(count: int, products: int = 6) -> float:
    """Return the wall seconds in which each of `count` processes makes its products, started together."""
    command = [sys.executable, str(HERE), "--gemm", str(products)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment()}
    running: list[subprocess.Popen[str]] = [subprocess.Popen(command, **pipes) for _ in range(count)]  # type: ignore[call-overload]
    for each in running:
        each.stdout.readline()  # type: ignore[union-attr]

    def go() -> None:
        for each in running:
            each.stdin.write("go\n")  # type: ignore[union-attr]
            each.stdin.flush()  # type: ignore[union-attr]
        for each in running:
            each.stdout.readline()  # type: ignore[union-attr]

    spent = wall(go)
    for each in running:
        each.communicate()
    return spent


def gemm_child(products: int) -> None:
    gemm = Gemm("float64")
    gemm()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(products):
        gemm()
    print("done", flush=True)


def run_child(case: Case) -> None:
    """Run one case in this process and print what it took."""
    start, cpu = time.perf_counter(), time.process_time()
    case.run(0)
    unit = 1 if sys.platform == "darwin" else 1024
    found = {
        "wall": time.perf_counter() - start,
        "seconds": time.process_time() - cpu,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }
    print(json.dumps(found))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


SECTIONS = {"ratios": ratios, "peak": peak, "memory": memory, "large": large, "workers": workers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--section", nargs="+", choices=SECTIONS, help="default: all but large")
    parser.add_argument("--quick", action="store_true", help="small sizes, for development")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, nargs="+", help="N of the section peak")
    parser.add_argument("--activations", nargs="+", help="of the section peak")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, help="of the section large")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--gemm", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(Case(**json.loads(options.child)))
        return
    if options.gemm:
        gemm_child(options.gemm)
        return
    for name in options.section or [name for name in SECTIONS if name != "large"]:
        SECTIONS[name](options)


if __name__ == "__main__":
    main()
