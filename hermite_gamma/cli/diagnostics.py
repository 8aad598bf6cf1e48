"""`hermite-gamma diagnostics`: what a report of a problem should contain."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.report import json
from hermite_gamma.report.table import Column, Table, Text

_PACKAGES = (
    "numpy",
    "scipy",
    "sympy",
    "mpmath",
    "numba",
    "hypothesis",
    "python-flint",
    "click",
    "rich",
    "threadpoolctl",
    "psutil",
)

# Extra -> the distribution whose presence shows that it is installed.
_EXTRAS = {
    "plot": "matplotlib",
    "sweep": "xarray",
    "sklearn": "scikit-learn",
    "nets": "torch",
    "test": "pytest",
    "docs": "sphinx",
}

_DATA_FILES = {"mnist": "mnist/train-images-idx3-ubyte.gz", "cifar10": "cifar10/cifar10_subset.npz"}


@click.command("diagnostics")
@click.option("--data-dir", metavar="DIR", help="Folder of the data sets; HERMITE_GAMMA_DATA where left out.")
@options.json_option
@options.output_option
def command(data_dir: str | None, as_json: bool, output: str | None) -> None:
    """Versions, processor, memory, thread pools and data found."""
    with text_output(output) as write:
        found = _collect(data_dir or os.environ.get("HERMITE_GAMMA_DATA"))
        if as_json:
            write(json.dump(found))
            return
        rows = tuple((Text(name), Text(value)) for name, value in _flat(found))
        show(Table("diagnostics", (Column("item", "item"), Column("value", "value")), rows), write, output)


def _collect(folder: str | None) -> dict[str, object]:
    import psutil

    return {
        "versions": {
            "hermite-gamma": hg.__version__,
            "python": platform.python_version(),
            **{name: _installed(name) for name in (*_PACKAGES, *_EXTRAS.values())},
        },
        "platform": platform.platform(),
        "extras": {extra: _installed(name) is not None for extra, name in _EXTRAS.items()},
        "cpu": {"logical": psutil.cpu_count() or 1, "physical": psutil.cpu_count(logical=False)},
        "memory_bytes": psutil.virtual_memory().total,
        "thread_pools": _thread_pools(),
        "data": {"folder": folder} | {name: _present(folder, path) for name, path in _DATA_FILES.items()},
    }


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _thread_pools() -> list[dict[str, object]]:
    """Return the pools of the BLAS that numpy loads."""
    import numpy as np
    from threadpoolctl import threadpool_info

    # threadpoolctl sees libraries that are loaded, and numpy loads its BLAS with its linear algebra.
    np.linalg.norm(np.zeros(2))
    return [
        {"library": pool["internal_api"], "version": pool["version"], "threads": pool["num_threads"]}
        for pool in threadpool_info()
    ]


def _present(folder: str | None, path: str) -> bool:
    return folder is not None and (Path(folder) / path).is_file()


def _flat(found: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name} ")
        elif isinstance(value, list):
            for i, item in enumerate(value):
                lines += _flat(item, f"{prefix}{name}[{i}] ")
        else:
            lines.append((prefix + name, "-" if value is None else str(value)))
    return lines
