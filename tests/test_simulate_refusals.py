"""`hg.simulate`: what it refuses, in one line each, and that nothing finished is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma.errors import ActivationFault, BadInput, MemoryRefused, SingularKernelError, UnknownName
from hermite_gamma.simulation import memory

# --- refusals ----------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"model": "rf", "samples": 6, "dim": 8, "width": 30, "alpha": "1/2", "test_samples": 3}


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"model": "rff"}, UnknownName, "did you mean rf"),
        ({"model": "kernel"}, BadInput, "takes a function of the samples, got 'relu'"),
        ({"phi": lambda z: z, "model": "features"}, BadInput, "takes no width"),
        ({"phi": "rellu"}, BadInput, "relu"),
        ({"samples": 0}, BadInput, "samples must be a whole number from 1"),
        ({"samples": 2.5}, BadInput, "samples must be a whole number"),
        ({"dim": 1}, BadInput, "dim must be a whole number from 2"),
        ({"width": 0}, BadInput, "width must be a whole number from 1"),
        ({"width": "wide"}, BadInput, "width must be a whole number, got 'wide'"),
        ({"alpha": 0}, BadInput, "alpha must lie in the open interval"),
        ({"alpha": 1.5}, BadInput, "alpha must lie in the open interval"),
        ({"alpha": "1/100"}, BadInput, r"d_y = round\(alpha dim\) = 0"),
        ({"alpha": []}, BadInput, "no alpha given"),
        ({"alpha": ["1/2", 2]}, BadInput, "alpha must lie in the open interval"),
        ({"trials": 0}, BadInput, "trials must be a whole number from 1"),
        ({"trials": True}, BadInput, "trials"),
        ({"seed": -1}, BadInput, "seed must lie between 0 and 2"),
        ({"seed": 2**64}, BadInput, "seed must lie between 0 and 2"),
        ({"seed": 1.0}, BadInput, "seed must be a whole number"),
        ({"distribution": "gausian"}, UnknownName, "did you mean gaussian"),
        ({"distribution": "student_t", "data": {"dof": 3}}, UnknownName, "df"),
        ({"distribution": "student_t", "data": {"df": 2}}, BadInput, "df must lie above 2"),
        ({"distribution": np.ones((4, 8))}, BadInput, "the data array has 4 rows"),
        ({"distribution": np.ones((40, 7))}, BadInput, "dim"),
        ({"ridge": -1}, BadInput, "ridge must not be negative"),
        ({"ridge": "much"}, BadInput, "ridge"),
        ({"ridge": float("inf")}, BadInput, "ridge must be a finite number"),
        ({"query": "resampled"}, UnknownName, "did you mean resample"),
        ({"labels": "sgn(q)"}, BadInput, "q"),
        ({"labels": np.ones(5)}, BadInput, "5 labels given; the sample takes 6"),
        ({"label_noise": 0.7}, BadInput, "label_noise"),
        ({"test_samples": -1}, BadInput, "test_samples must be a whole number from 0"),
        ({"precision": "float16"}, UnknownName, "precision 'float16'"),
        ({"precision": "float32", "width": None}, BadInput, "precision float32 is for finite width"),
        ({"workers": 0}, BadInput, "workers must be a whole number from 1"),
        ({"probe": 7}, BadInput, "probe must be at most samples = 6, got 7"),
        ({"probe": 0}, BadInput, "probe must be a whole number from 1"),
        ({"estimator": "raoblackwell"}, UnknownName, "did you mean rao_blackwell"),
        ({"estimator": "rao_blackwell"}, BadInput, "at infinite width on rademacher or product_spheres"),
        (
            {"estimator": "control_variate", "distribution": "relu_mixture"},
            BadInput,
            "unknown for relu_mixture",
        ),
        ({"max_level": 3}, BadInput, "max_level needs infinite width on rademacher"),
        (
            {"max_level": 13, "width": None, "distribution": "rademacher"},
            BadInput,
            "max_level must be at most 12",
        ),
        ({"until_stderr": 0}, BadInput, "until_stderr must be a positive number"),
        ({"until_stderr": float("nan")}, BadInput, "until_stderr must be a positive number"),
        ({"block": 0}, BadInput, "block must be a whole number from 1"),
        ({"phi": "sign", "model": "ntk"}, Exception, "sign"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,  # not an address, which differs by process
)
def test_bad_input_is_refused_in_one_line(changed: dict[str, Any], kind: type[Exception], said: str) -> None:
    request = {"phi": "relu"} | GOOD | changed
    with pytest.raises(kind, match=said) as caught:
        hg.simulate(request.pop("phi"), **request)
    assert isinstance(caught.value, hg.HermiteGammaError)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_memory_is_computed_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 2 * 10**9)
    started = time.monotonic()
    request = {"model": "rf", "dim": 100, "width": 10**6, "alpha": "1/2"}
    with pytest.raises(
        MemoryRefused, match=r"this needs \d+\.\d GB .* 1\.9 GB are available; .*probe=M"
    ) as caught:
        hg.simulate("relu", samples=20_000, **request)
    assert time.monotonic() - started < 5
    # K and the spurious cross kernel alone are 2 N^2 numbers
    assert 6.4e9 < caught.value.needed < 9e9
    assert caught.value.available == int(2 * 10**9 * 0.95)
    assert "\n" not in str(caught.value)
    with pytest.raises(MemoryRefused):
        hg.simulate("relu", samples=10**9, **request)
    # half of it fits one worker where two were asked for, and the numbers are the same
    small = {"samples": 200, "trials": 2, "test_samples": 0, "workers": 2} | request | {"width": 300}
    with pytest.MonkeyPatch.context() as patch:
        needed = memory.bytes_for_trial(200, 100, 300, 0, 200, 1, "float64")
        patch.setattr(memory, "available_bytes", lambda: int((150_000_000 + 1.5 * needed) / 0.95))
        assert memory.affordable_workers(needed, 2) == 1
        tight = hg.simulate("relu", **small)
    assert tight == hg.simulate("relu", **small)


def test_what_the_control_group_leaves_counts(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_CONTROL_GROUP", tmp_path)
    machine = memory.available_bytes()
    (tmp_path / "memory.max").write_text("3000000000\n")
    (tmp_path / "memory.current").write_text("2900000000\n")
    (tmp_path / "memory.stat").write_text("anon 400000000\nfile 2500000000\ninactive_file 2000000000\n")
    assert memory.available_bytes() == min(2_100_000_000, machine)  # a file cache is given back
    (tmp_path / "memory.max").write_text("max\n")
    assert abs(memory.available_bytes() - machine) < 10**9


@pytest.mark.parametrize("phi", ["log(x)", "sqrt(x)", "asin(x/9) + x^(3/2)"])
@pytest.mark.parametrize("precision", ["float64", "float32", "auto"])
def test_an_activation_that_is_nan_somewhere_is_named(phi: str, precision: str) -> None:
    with pytest.raises(ActivationFault) as caught:
        hg.simulate(phi, **(GOOD | {"precision": precision}))
    error = caught.value
    assert error.argument < 0
    assert np.isnan(error.value)
    assert str(error) == f"{error.activation} is nan at x = {error.argument:g}, which the simulation met"
    assert error.activation == str(hg.activation(phi).expr)


def test_an_activation_that_overflows_is_named() -> None:
    with pytest.raises(ActivationFault, match=r"exp.* is -?inf at x = -?\d") as caught:
        hg.simulate("exp(200*x^2)", **(GOOD | {"test_samples": 300}))
    assert abs(caught.value.argument) > 1.8  # exp(709) is the last finite one


# --- what is finished is kept ------------------------------------------------------------------------------


def twins_in_some_trials() -> np.ndarray:
    data = np.random.default_rng(1).normal(size=(40, 8))
    data[39] = data[0]
    return data


def test_a_failed_trial_hands_over_those_before_it() -> None:
    request = GOOD | {"samples": 12, "distribution": twins_in_some_trials(), "trials": 200, "width": 100}
    found = []
    for workers in (1, 3):
        with pytest.raises(SingularKernelError, match="are repeated rows") as caught:
            hg.simulate("relu", **request, workers=workers)
        found.append(caught.value.finished)
        assert found[-1].stopped == "interrupted"
        assert any("repeated rows" in line for line in found[-1].warnings)
    assert found[0] == found[1]
    trials = found[0].trials
    assert 0 < trials < 200
    plain = hg.simulate("relu", **(request | {"trials": trials}))
    assert plain.records == found[0].records


def test_ctrl_c_returns_what_is_finished() -> None:
    def progress(done: int, total: int) -> None:
        assert total == 5000
        if done >= 7:
            raise KeyboardInterrupt

    found = hg.simulate("relu", **(GOOD | {"trials": 5000}), workers=1, progress=progress)
    assert found.stopped == "interrupted"
    assert 7 <= found.trials < 5000
    assert "trial_numbers" not in found.settings
    plain = hg.simulate("relu", **(GOOD | {"trials": found.trials}))
    assert plain.records == found.records
    several = hg.simulate("relu", **(GOOD | {"trials": 5000, "alpha": ["1/2", "1/4"]}), progress=progress)
    assert {estimate.stopped for estimate in several.values()} == {"interrupted"}


def test_ctrl_c_before_anything_is_finished() -> None:
    def progress(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hg.simulate("relu", **GOOD, progress=progress)


def test_progress_counts_up_to_all_trials() -> None:
    for until in (None, 1e-9):
        told: list[tuple[int, int]] = []
        hg.simulate(
            "relu",
            **(GOOD | {"trials": 50}),
            until_stderr=until,
            progress=lambda *pair, told=told: told.append(pair),
        )
        assert told[0] == (0, 50)
        assert told[-1] == (50, 50)
        counts = [done for done, _ in told]
        assert counts == sorted(counts)


SCRIPT = """
import hermite_gamma as hg
def progress(done, total):
    if done:
        print("ready", flush=True)
found = hg.simulate("relu", model="rf", samples=40, dim=20, width=2000, alpha="1/2", trials=10**6, workers=2,
                    progress=progress)
print("result", found.stopped, found.trials, found.stderr is not None or found.trials == 1, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name != "posix", reason="needs POSIX signals")
def test_a_real_interrupt() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    last = out.splitlines()[-1].split()
    assert last[:2] == ["result", "interrupted"]
    assert 1 <= int(last[2]) < 10**6
