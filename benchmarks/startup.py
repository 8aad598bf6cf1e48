"""How long the command line takes to start, against `python -c "import numpy"` in the same run.

    python benchmarks/startup.py

Interleaved: each round runs every command once, so that a busy machine slows all of them alike; medians over
the rounds, after one round that compiles bytecode and fills the file cache.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
ENTRY = "from hermite_gamma.cli import main; main()"
COMMANDS = {
    'python -c "import numpy"': [sys.executable, "-c", "import numpy"],
    "hermite-gamma --help": [sys.executable, "-c", ENTRY, "--help"],
    "hermite-gamma gamma relu --alpha 1/2": [sys.executable, "-c", ENTRY, "gamma", "relu", "--alpha", "1/2"],
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    for command in COMMANDS.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    medians = {name: statistics.median(found) for name, found in times.items()}
    base = next(iter(medians.values()))
    print("| command | median, s | ratio |")
    print("|---|---|---|")
    for name, median in medians.items():
        print(f"| `{name}` | {median:.3f} | {median / base:.2f} |")


if __name__ == "__main__":
    main()
