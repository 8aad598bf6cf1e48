"""What a simulation returns: per-trial numbers, their means with errors, and what it takes to repeat them."""

from __future__ import annotations

import io
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.quantity import Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Estimate", "Quantity", "versions"]

SCHEMA = 1
SAVE_FORMATS = (".json", ".npz")

# The name of the JSON text among the arrays of an npz file.
_TEXT = "estimate"
# The packages whose version can change a bit of a result.
_PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "sympy")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Estimate:
    """A simulation: what was simulated, one number per trial for each quantity, and their means.

    Attributes:
        model: "rf", "ntk", "features" or "kernel".
        activation, distribution: as text.
        alpha_requested, alpha, dim_y: the alpha asked for; d_y/d exactly; d_y.
        samples, dim, width: N, d, k; width None is infinite width, or a model that has none.
        ridge, seed: as given.
        precision: "float64" or "float32".
        stopped: why the run ended: "trials", "stderr" (`until_stderr` was reached) or "interrupted".
        records: quantity -> one number per trial, nan where it is undefined there.
        headline: the record that `.mean` and `.stderr` are of.
        arrays: per-sample values, (trials, samples) each, where they were kept.
        settings: everything else that was asked for, as JSON values.
        versions: of the packages that computed it.
        warnings: one line each.

    Two estimates are equal if they agree in everything but `arrays`; a saved and loaded one is equal.
    """

    model: str
    activation: str
    distribution: str
    alpha_requested: Fraction
    alpha: Fraction
    dim_y: int
    samples: int
    dim: int
    width: int | None
    ridge: float
    seed: int
    precision: str
    stopped: str
    records: Mapping[str, tuple[float, ...]]
    versions: Mapping[str, str]
    headline: str = "alignment"
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for needed in ("alignment", self.headline):
            if not self.records.get(needed):
                raise BadInput(f"an estimate needs at least one trial of {needed!r}")
        if len({len(values) for values in self.records.values()}) > 1:
            raise BadInput("the records of an estimate must have one number per trial each")

    @property
    def trials(self) -> int:
        return len(self.records["alignment"])

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """Every record as a Quantity, without the trials in which it is undefined."""
        return {
            name: Quantity(name, tuple(value for value in values if not math.isnan(value)))
            for name, values in self.records.items()
        }

    def __getitem__(self, name: str) -> Quantity:
        if name not in self.quantities:
            raise UnknownName("quantity", name, self.quantities)
        return self.quantities[name]

    @property
    def mean(self) -> float:
        """The alignment, by the estimator that was asked for."""
        return self[self.headline].mean

    @property
    def stderr(self) -> float | None:
        """The standard error of `.mean` across trials, None for one trial."""
        return self[self.headline].stderr

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Return the t-interval of `.mean`, None for one trial; see `Quantity.interval` and `.sequential`."""
        return self[self.headline].interval(level)

    @property
    def sequential(self) -> bool:
        """Whether the number of trials was decided by looking at the standard error.

        An interval then covers less often than its level says (stopping favours samples that look calm), and
        every place that prints it says so.
        """
        return self.settings.get("until_stderr") is not None

    def __float__(self) -> float:
        return self.mean

    def __str__(self) -> str:
        neurons = "infinite" if self.width is None else self.width
        width = f", k={neurons}" if self.model in ("rf", "ntk") else ""
        share = f"{self.alpha.numerator}/{self.alpha.denominator}"
        count = "" if self.trials == 1 else f", {self.trials} trials"
        sizes = f"N={self.samples}, d={self.dim}{width}, alpha={share}"
        return f"{self.model} {self.activation}, {sizes}: alignment {self[self.headline]}{count}"

    def __repr__(self) -> str:
        return f"<Estimate {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Estimate):
            return NotImplemented
        return _text(self.to_json()) == _text(other.to_json())

    __hash__ = None  # type: ignore[assignment]

    def to_json(self, level: float = 0.95) -> dict[str, Any]:
        """Return the object that `hermite-gamma simulate --json` prints; it holds all but `.arrays`."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "activation": self.activation,
            "distribution": self.distribution,
            "alpha_requested": _ratio(self.alpha_requested),
            "alpha": _ratio(self.alpha),
            "sizes": {"samples": self.samples, "dim": self.dim, "dim_y": self.dim_y, "width": self.width},
            "ridge": self.ridge,
            "trials": self.trials,
            "seed": self.seed,
            "precision": self.precision,
            "stopped": self.stopped,
            "headline": self.headline,
            "level": level,
            "sequential": self.sequential,
            "alignment": self[self.headline].to_json(level),
            "quantities": {name: quantity.to_json(level) for name, quantity in self.quantities.items()},
            "records": {name: [_record(value) for value in values] for name, values in self.records.items()},
            "settings": dict(self.settings),
            "versions": dict(self.versions),
            "warnings": list(self.warnings),
        }

    def to_npz(self) -> bytes:
        """Return the content of an npz file: `.arrays` by name, and `estimate`, the JSON text of the rest."""
        import numpy as np

        if _TEXT in self.arrays:
            raise BadInput(f"no array of an estimate can be called {_TEXT!r}")
        file = io.BytesIO()
        np.savez(file, **{_TEXT: np.array(_text(self.to_json()))}, **self.arrays)  # type: ignore[arg-type]
        return file.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the estimate to a file that `Estimate.load` reads.

        Args:
            path: ending in .npz (everything, no pickle) or .json (all but `.arrays`).

        Raises:
            BadInput: another ending.
        """
        ending = _ending(path)
        Path(path).write_bytes(
            self.to_npz() if ending == ".npz" else (_text(self.to_json(), 2) + "\n").encode()
        )

    @classmethod
    def load(cls, path: str | Path) -> Estimate:
        """Read what `save`, `simulate --json -o FILE.json` or `--save-alignments FILE.npz` wrote.

        Nothing is unpickled.

        Raises:
            BadInput: no such file, another ending, or not an estimate.
        """
        ending = _ending(path)
        try:
            if ending == ".json":
                return cls._read(json.loads(Path(path).read_text(encoding="utf-8")), {})
            import numpy as np

            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files if name != _TEXT}
                return cls._read(json.loads(str(file[_TEXT])), arrays)
        except OSError as error:
            raise BadInput(f"cannot read {str(path)!r}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise BadInput(f"{str(path)!r} holds no estimate: {error}") from error
        except (BadZipFile, EOFError) as error:
            raise BadInput(f"{str(path)!r} holds no estimate: {error}") from error

    @classmethod
    def _read(cls, content: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Estimate:
        if "results" in content:
            raise ValueError("it holds the results of several alphas, and an estimate is one of them")
        if content["schema"] != SCHEMA:
            raise ValueError(f"it has schema {content['schema']}, and this version reads {SCHEMA}")
        records = {
            name: tuple(math.nan if value is None else float(value) for value in values)
            for name, values in content["records"].items()
        }
        for name in ("settings", "versions"):
            if not isinstance(content[name], dict):
                raise ValueError(f"its {name} are no object but {content[name]!r}")
        trials = len(records["alignment"])
        for name, array in arrays.items():
            if array.dtype.kind != "f" or array.ndim != 2 or len(array) != trials:
                raise ValueError(f"its array {name!r} is not one row of floats for each of {trials} trials")
        plain = ("model", "activation", "distribution", "ridge", "seed", "precision", "stopped", "headline")
        return cls(
            **{name: content[name] for name in (*plain, "settings", "versions")},
            **content["sizes"],
            alpha_requested=Fraction(content["alpha_requested"]),
            alpha=Fraction(content["alpha"]),
            records=records,
            arrays=arrays,
            warnings=tuple(content["warnings"]),
        )

    def to_pandas(self) -> Any:
        """Return a pandas Series: a row of a table with one column per setting and two per quantity.

        `pandas.DataFrame([estimate.to_pandas() for estimate in estimates])` is that table.

        Raises:
            MissingExtra: pandas is not installed (the extra `sweep` brings it).
        """
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise MissingExtra("a pandas row", "sweep") from None
        names = ("model", "activation", "distribution", "samples", "dim", "dim_y", "width", "ridge")
        row: dict[str, Any] = {name: getattr(self, name) for name in names}
        row |= {"alpha_requested": float(self.alpha_requested), "alpha": float(self.alpha)}
        row |= {name: getattr(self, name) for name in ("trials", "seed", "precision", "stopped")}
        row |= {"mean": self.mean, "stderr": self.stderr}
        for name, quantity in self.quantities.items():
            row |= {name: quantity.mean, f"{name}_stderr": quantity.stderr}
        return pandas.Series(row, dtype=object)


def versions() -> dict[str, str]:
    """Return the versions of everything that can change a bit of a simulation, the BLAS with its kernel.

    >>> sorted({"hermite-gamma", "python", "numpy", "blas"} - set(versions()))
    []
    """
    # threadpoolctl sees libraries that are loaded, and scipy loads its BLAS with its linear algebra.
    import_module("scipy.linalg")
    from threadpoolctl import threadpool_info

    from hermite_gamma import __version__

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    blas = {f"{p['internal_api']} {p['version']} {p.get('architecture', '')}".strip() for p in pools}
    return {
        "hermite-gamma": __version__,
        "python": platform.python_version(),
        # importlib.metadata takes 0.1 s for each
        **{name: import_module(name).__version__ for name in _PACKAGES},
        "blas": ", ".join(sorted(blas)) or "unknown",
    }


def _record(value: float) -> float | str | None:
    """Return the number as JSON has it: null for undefined, "inf" and "-inf" as text."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _text(content: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(content, indent=indent, allow_nan=False)


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _ending(path: str | Path) -> str:
    if not isinstance(path, str | Path):
        raise BadInput(f"a file name is needed, got {path!r}")
    ending = Path(path).suffix.lower()
    if ending not in SAVE_FORMATS:
        raise BadInput(f"{str(path)!r} must end in {' or '.join(SAVE_FORMATS)}")
    return ending
