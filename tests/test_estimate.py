"""Estimates: means and intervals by another route, short notation, files that give the same estimate back."""

from __future__ import annotations

import json
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from scipy import stats

import hermite_gamma as hg
from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.estimate import Estimate, versions
from hermite_gamma.quantity import Quantity, concise
from hermite_gamma.report.schema import VALUE, load_schema

ROOT = Path(__file__).resolve().parents[1]
REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("simulate"), registry=REGISTRY)


def estimate(records: Mapping[str, tuple[float, ...]] | None = None, **changes: Any) -> Estimate:
    """Return a hand-made estimate."""
    given_ = {
        "model": "ntk",
        "activation": "relu",
        "distribution": "gaussian",
        "alpha_requested": Fraction(1, 3),
        "alpha": Fraction(67, 200),
        "dim_y": 67,
        "samples": 4,
        "dim": 200,
        "width": None,
        "ridge": 0.0,
        "seed": 1,
        "precision": "float64",
        "stopped": "trials",
        "records": records or {"alignment": (0.25, 0.27, 0.26), "h": (1.5, math.nan, 1.25)},
        "arrays": {"alignment": np.arange(12.0).reshape(3, 4) / 7},
        "settings": {"query": "resample", "until_stderr": None},
        "versions": {"hermite-gamma": "0.1.0", "python": "3.11.0"},
        "warnings": ("trial 2: rcond 1e-11",),
    }
    return Estimate(**(given_ | changes))


FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)


@given(st.lists(FLOATS, min_size=2, max_size=30))
def test_mean_and_standard_error_by_exact_arithmetic(values: list[float]) -> None:
    quantity = Quantity("q", tuple(values))
    exact = [Fraction(value) for value in values]
    middle = sum(exact) / len(exact)
    variance = sum((value - middle) ** 2 for value in exact) / (len(exact) - 1) / len(exact)
    # as decimals, since the square of a small float is none
    root = float((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())
    size = max(abs(value) for value in values)
    # The mean is one rounded division of a correctly rounded sum; deviations inherit its error.
    assert abs(quantity.mean - float(middle)) <= 2e-16 * size
    assert quantity.stderr is not None
    assert math.isclose(quantity.stderr, root, rel_tol=1e-9, abs_tol=1e-15 * size)
    shuffled = Quantity("q", tuple(reversed(values)))
    assert (shuffled.mean, shuffled.stderr) == (quantity.mean, quantity.stderr)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("trials", [2, 3, 20, 400])
def test_the_interval_is_students(level: float, trials: int) -> None:
    values = tuple(np.random.default_rng(3).normal(0.3, 0.01, trials).tolist())
    found = Quantity("q", values).interval(level)
    scale = stdev(values) / math.sqrt(trials)
    expected = stats.t.interval(level, trials - 1, fmean(values), scale)
    assert found == pytest.approx(expected, rel=1e-12)
    # The interval with known variance, and the one with T degrees of freedom, are others.
    radius = NormalDist().inv_cdf((1 + level) / 2) * scale
    assert found != pytest.approx((fmean(values) - radius, fmean(values) + radius), rel=1e-6)
    assert found != pytest.approx(stats.t.interval(level, trials, fmean(values), scale), rel=1e-9)


def test_the_interval_covers_as_often_as_it_says() -> None:
    """20,000 intervals of three trials; |z| > 5.73 has probability 1e-8; the normal quantile covers 81%."""
    draws = np.random.default_rng(7).normal(1.0, 2.0, (20_000, 3)).tolist()
    ends = [Quantity("q", tuple(row)).interval(0.95) for row in draws]
    covered = sum(ends_[0] < 1.0 < ends_[1] for ends_ in ends if ends_ is not None)
    share, sd = covered / len(draws), math.sqrt(0.95 * 0.05 / len(draws))
    assert abs(share - 0.95) < 5.73 * sd
    assert share - 0.82 > 2 * 5.73 * sd


@pytest.mark.parametrize("level", [0, 1, -0.1, 95, math.nan])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(BadInput, match="level"):
        estimate().interval(level)


def test_one_trial_has_no_standard_error_and_says_so() -> None:
    one = estimate({"alignment": (0.25,)}, arrays={})
    assert (one.mean, one.stderr, one.interval(), one.trials) == (0.25, None, None, 1)
    assert "one trial: no standard error" in str(one)
    assert one.to_json()["alignment"] == {"mean": 0.25, "stderr": None, "interval": None, "trials": 1}


def test_what_is_undefined_in_a_trial_is_left_out_there() -> None:
    found = estimate()["h"]
    assert (found.mean, found.trials) == (1.375, 2)
    never = estimate({"alignment": (0.1, 0.2), "test_accuracy": (math.nan, math.nan)}, arrays={})
    assert never["test_accuracy"].trials == 0
    assert math.isnan(never["test_accuracy"].mean)
    assert str(never["test_accuracy"]) == "undefined in every trial"
    assert never.to_json()["quantities"]["test_accuracy"] == {"undefined": "undefined in every trial"}


def test_an_infinite_value_is_not_hidden() -> None:
    found = estimate({"alignment": (0.1, 0.2), "loo_risk": (1.0, math.inf)}, arrays={})
    assert found["loo_risk"].mean == math.inf
    assert found.to_json()["quantities"]["loo_risk"] == {"undefined": "not finite in some trial"}
    assert found.to_json()["records"]["loo_risk"] == [1.0, "inf"]
    assert SCHEMA.is_valid(found.to_json())


SHORT = re.compile(r"(-?)(\d+)(?:\.(\d+))?\((\d+)\)(?:e(-?\d+))?")


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-12, 1e12),
)
def test_short_notation_reads_back(value: float, error: float) -> None:
    """The figures in brackets are the error in units of the last digit: read as every journal reads it."""
    if error < 1e-13 * abs(value):
        return
    match = SHORT.fullmatch(concise(value, error))
    assert match is not None
    sign, whole, decimals, figures, power = match.groups(default="")
    unit = Decimal(10) ** (int(power or 0) - len(decimals))
    shown = Decimal(sign + whole + decimals) * unit
    spread = Decimal(figures) * unit
    # One figure from 2 up is within 25%, two within 5%; the value within half a unit of the last figure.
    assert abs(spread - Decimal(error)) <= Decimal("0.2501") * Decimal(error)
    rounding = Decimal("1e-14") * Decimal(abs(value))
    assert abs(shown - Decimal(value)) <= Decimal("0.2501") * Decimal(error) + rounding


def test_short_notation_of_an_exact_mean() -> None:
    assert concise(1.0, 0.0) == "1(0)"
    assert concise(0.26543, 0.00049) == "0.2654(5)"
    assert concise(math.inf, math.nan) == "inf"


def test_names_of_quantities_are_checked() -> None:
    with pytest.raises(UnknownName, match="alignment"):
        estimate()["alignmnet"]


def test_the_headline_is_what_mean_is_of() -> None:
    records = {"alignment": (0.1, 0.3), "alignment_rao_blackwell": (0.24, 0.26)}
    found = estimate(records, headline="alignment_rao_blackwell", arrays={})
    assert found.mean == float(found) == 0.25
    assert found.stderr == found["alignment_rao_blackwell"].stderr
    assert found.interval(0.9) == found["alignment_rao_blackwell"].interval(0.9)
    assert found.to_json()["alignment"] == found.to_json()["quantities"]["alignment_rao_blackwell"]


def test_a_sequential_run_is_labelled() -> None:
    assert not estimate().sequential
    assert estimate(settings={"until_stderr": 0.01}).to_json()["sequential"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"records": {"h": (1.0,)}},
        {"records": {"alignment": ()}},
        {"records": {"alignment": (1.0, 2.0), "h": (1.0,)}},
        {"headline": "alignment_rao_blackwell"},
    ],
    ids=str,
)
def test_an_estimate_without_its_trials_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        estimate(**changes)


ENTRIES = st.lists(st.floats(), min_size=3, max_size=3).map(tuple)


@given(
    st.dictionaries(st.sampled_from(["h", "loo_risk", "rcond", "level_0"]), ENTRIES).flatmap(
        lambda rest: ENTRIES.map(lambda alignment: {"alignment": alignment, **rest})
    )
)
def test_json_gives_every_bit_back(records: dict[str, tuple[float, ...]]) -> None:
    before = estimate(records)
    content = before.to_json()
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    after = Estimate._read(json.loads(json.dumps(content, allow_nan=False)), {})
    assert after == before
    for name, values in records.items():
        assert [struct.hex() for struct in after.records[name]] == [struct.hex() for struct in values]


@pytest.mark.parametrize("ending", [".json", ".npz"])
@pytest.mark.parametrize("model", ["rf", "ntk", "features", "kernel"])
def test_a_saved_estimate_loads(model: str, ending: str, tmp_path: Path) -> None:
    before = estimate(model=model, width=300, ridge=0.5, stopped="interrupted")
    path = tmp_path / f"e{ending}"
    before.save(path)
    after = hg.Estimate.load(path)
    assert after == before
    assert (after.alpha_requested, after.alpha, after.warnings) == (
        Fraction(1, 3),
        Fraction(67, 200),
        before.warnings,
    )
    assert repr(after) == repr(before)
    assert after.to_json(0.9) == before.to_json(0.9)
    kept = dict(before.arrays) if ending == ".npz" else {}
    assert set(after.arrays) == set(kept)
    for name, array in kept.items():
        assert after.arrays[name].dtype == array.dtype
        assert np.array_equal(after.arrays[name], array)
    before.save(tmp_path / f"again{ending}")
    assert (tmp_path / f"again{ending}").read_bytes() == path.read_bytes()


def test_an_npz_is_read_by_numpy_alone(tmp_path: Path) -> None:
    estimate().save(tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz", allow_pickle=False) as file:
        assert file["alignment"].shape == (3, 4)
        assert json.loads(str(file["estimate"]))["model"] == "ntk"


def test_estimates_pickle_and_differ() -> None:
    one = estimate()
    copy = pickle.loads(pickle.dumps(one))
    assert copy == one
    assert np.array_equal(copy.arrays["alignment"], one.arrays["alignment"])
    assert one != estimate(seed=2)
    assert one != estimate({"alignment": (0.25, 0.27, math.nextafter(0.26, 1)), "h": (1.5, math.nan, 1.25)})
    assert one != "an estimate"
    with pytest.raises(TypeError):
        hash(one)


class Trap:
    """Unpickled, it would leave a mark."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("unpickled",))


def test_what_is_no_estimate_is_refused_in_one_line(tmp_path: Path) -> None:
    good = estimate().to_json()
    contents: dict[str, Any] = {
        "garbage.json": b"\xff\x00",
        "list.json": b"[]",
        "empty.json": b"{}",
        "other.json": json.dumps({"schema": 1, "activation": "relu"}).encode(),
        "several.json": json.dumps({"schema": 1, "results": [good, good]}).encode(),
        "later.json": json.dumps(good | {"schema": 2}).encode(),
        "word.json": json.dumps(good | {"records": {"alignment": ["many"]}}).encode(),
        "none.json": json.dumps(good | {"records": {}}).encode(),
        "garbage.npz": b"PK garbage",
        "empty.npz": b"",
        "estimate.txt": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "bare.npz", alignment=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", estimate=np.array([Trap()], dtype=object))
    np.save(tmp_path / "single.npy", np.zeros(3))
    (tmp_path / "single.npy").rename(tmp_path / "single.npz")
    for name in (*contents, "bare.npz", "pickled.npz", "single.npz", "missing.json", "missing.npz"):
        with pytest.raises(BadInput) as caught:
            Estimate.load(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(BadInput, match="several alphas"):
        Estimate.load(tmp_path / "several.json")


def test_an_array_may_not_take_the_name_of_the_text() -> None:
    with pytest.raises(BadInput, match="estimate"):
        estimate(arrays={"estimate": np.zeros(3)}).to_npz()


def test_a_pandas_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """pandas is no dependency of the tests: its Series is stood in for by what it is given."""
    fake = SimpleNamespace(Series=lambda row, dtype: row)
    monkeypatch.setitem(sys.modules, "pandas", fake)  # type: ignore[arg-type]
    row = estimate().to_pandas()
    assert (row["model"], row["samples"], row["width"], row["alpha"]) == ("ntk", 4, None, 0.335)
    assert (row["mean"], row["alignment"], row["h"]) == (0.26, 0.26, 1.375)
    assert row["alignment_stderr"] == row["stderr"] == estimate().stderr
    monkeypatch.setitem(sys.modules, "pandas", None)  # type: ignore[arg-type]
    with pytest.raises(MissingExtra, match="sweep"):
        estimate().to_pandas()


def test_versions_name_the_blas() -> None:
    found = versions()
    assert found["hermite-gamma"] == hg.__version__
    assert found["numpy"] == np.__version__
    assert re.search(r"\d+\.\d+", found["blas"])


def test_the_module_imports_nothing_heavy() -> None:
    code = "import sys, hermite_gamma.estimate; print({'numpy', 'scipy', 'sympy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout == "set()\n"
    code = (
        "import sys; from hermite_gamma.quantity import Quantity; Quantity('q', (1.0, 2.0)).interval(); "
        "print('scipy.stats' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", "1/0"), ("settings", None), ("settings", [1]), ("versions", "1.0"), ("versions", True)],
)
def test_a_changed_file_is_refused_in_one_line(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "estimate.json"
    found = hg.simulate("relu", model="rf", samples=5, dim=4, width=20, alpha="1/2", trials=2)
    found.save(path)
    content = json.loads(path.read_text())
    content[name] = value
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="holds no estimate"):
        hg.Estimate.load(path)


@pytest.mark.parametrize(
    "wrong", [np.zeros(2), np.zeros((3, 5)), np.zeros((2, 5), complex), np.array([["a"], ["b"]])]
)
def test_arrays_that_are_not_those_of_the_trials_are_refused(tmp_path: Path, wrong: np.ndarray) -> None:
    found = hg.simulate("relu", model="rf", samples=5, dim=4, width=20, alpha="1/2", trials=2)
    path = tmp_path / "estimate.npz"
    replace(found, arrays={"alignment": wrong}).save(path)
    with pytest.raises(BadInput, match="alignment"):
        hg.Estimate.load(path)
