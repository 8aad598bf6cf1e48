"""What one trial needs in memory, known before anything is allocated, and what the machine has."""

from __future__ import annotations

from pathlib import Path

from hermite_gamma.errors import MemoryRefused
from hermite_gamma.simulation.streaming import PANEL, PANELS

_CONTROL_GROUP = Path("/sys/fs/cgroup")
# limit, use, and what of the use is a file cache, which the group gives back when asked
_GROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)
_BASE = 150_000_000  # interpreter, libraries, compiled kernels
_RESERVE = 0.05  # of what is available
MOST_FROM_FEATURES = 4000  # samples for which an ill-conditioned fit goes through the features


def bytes_for_trial(
    samples: int,
    dim: int,
    width: int | None,
    tests: int,
    probes: int,
    splits: int,
    precision: str,
    block: int = PANEL,
) -> int:
    """Return the bytes that one worker holds at its peak.

    Accumulated kernels are float64: N^2 + s m N + N_t N numbers for s splits; the inverse takes the place
    of K.
    """
    item = 4 if precision == "float32" else 8
    kernels = 8 * (samples * (samples + splits * probes + tests))
    data = 8 * dim * (2 * samples + probes + tests) + item * dim * (samples * 2 + probes + tests)
    streamed = 0
    if width is not None:
        panel = min(PANELS[precision if precision in PANELS else "float64"], width)
        stacked = (splits + 1) * (samples + tests) + splits * probes
        streamed = item * panel * stacked + item * min(max(block, panel), width) * dim
    if width is not None and item == 8 and samples <= MOST_FROM_FEATURES:
        streamed += 8 * samples * (7 * samples + 4 * (splits * probes + tests))
    products = 3 * 8 * 1024 * samples
    infinite = 0 if width is not None else 8 * 3 * samples * (samples + probes)
    return kernels + data + streamed + products + infinite


def available_bytes() -> int:
    """Return what this process may still allocate: free memory, or what its control group leaves."""
    import psutil

    free = int(psutil.virtual_memory().available)
    left = [free]
    for limit, used, details, cache in _GROUP_FILES:
        try:
            left.append(_number(limit) - _number(used) + _listed(details, cache))
        except (OSError, ValueError):
            continue  # no such group, or no limit ("max")
    return max(min(left), 0)


def _number(name: str) -> int:
    return int((_CONTROL_GROUP / name).read_text())


def _listed(name: str, key: str) -> int:
    lines = (_CONTROL_GROUP / name).read_text().splitlines()
    return int(dict(line.split(maxsplit=1) for line in lines if " " in line).get(key, "0"))


def affordable_workers(per_trial: int, workers: int) -> int:
    """Return how many workers fit, at most `workers`.

    Raises:
        MemoryRefused: not even one fits.
    """
    available = int(available_bytes() * (1 - _RESERVE))
    fitting = (available - _BASE) // max(per_trial, 1)
    if fitting < 1:
        raise MemoryRefused(
            per_trial + _BASE,
            available,
            "take fewer samples, or probe=M for the alignments of M samples only (memory N^2 + M N)",
        )
    return min(workers, fitting)
