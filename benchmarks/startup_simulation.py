"""How long the first simulation after an installation takes, and later ones, as multiples of importing SciPy.

    python benchmarks/startup_simulation.py

The request is tiny, so this is start-up: imports, kernels compiled or read from the cache, the activation
compiled. "First" has an empty folder for Numba's cache; bytecode is compiled, as an installer leaves it. Wall
time, medians over interleaved rounds, after one round that fills the file cache.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
IMPORT = 'python -c "import numpy, scipy.linalg"'
REQUEST = "simulate rf relu --samples 10 --dim 10 --width 20 --alpha 1/2 --trials 1"
FIRST, LATER = f"first `hermite-gamma {REQUEST}`", "the same again"


def seconds(command: list[str], cache: str) -> float:
    package = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    surroundings = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": cache}
    start = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=surroundings
    )
    return time.perf_counter() - start


def measured_round() -> dict[str, float]:
    """Return the wall seconds of each command; the second `simulate` has the cache of the first one."""
    request = [sys.executable, "-c", "from hermite_gamma.cli import main; main()", *REQUEST.split()]
    with tempfile.TemporaryDirectory() as cache:
        return {
            IMPORT: seconds([sys.executable, "-c", "import numpy, scipy.linalg"], cache),
            FIRST: seconds(request, cache),
            LATER: seconds(request, cache),
        }


def main() -> None:
    measured_round()
    rounds = [measured_round() for _ in range(ROUNDS)]
    medians = {name: statistics.median(found[name] for found in rounds) for name in (IMPORT, FIRST, LATER)}
    print("| command | median wall, s | ratio |")
    print("|---|---|---|")
    for name, value in medians.items():
        label = f"`{name}`" if name == IMPORT else name
        print(f"| {label} | {value:.3f} | {value / medians[IMPORT]:.2f} |")


if __name__ == "__main__":
    main()
