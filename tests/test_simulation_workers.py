"""Trials on threads: who runs them, in which order and in how many blocks of V cannot change a bit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import hermite_gamma as hg
from hermite_gamma import activation
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.labels import teacher
from hermite_gamma.simulation.models import RandomFeatures, TangentFeatures
from hermite_gamma.simulation.trial import Outcome, Setting, run_trial
from hermite_gamma.simulation.workers import available_workers, run_trials

Check = Callable[[], None]


def threads_now() -> int:
    return threading.active_count()


# --- the pool ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 3, 50])
def test_every_trial_runs_once(workers: int) -> None:
    seen: list[int] = []
    told: list[int] = []
    before = threads_now()

    def work(trial: int, check: Check) -> int:
        check()
        seen.append(trial)
        return trial**2

    ran = run_trials(work, range(5, 30), workers, told.append)
    assert ran.finished == {trial: trial**2 for trial in range(5, 30)}
    assert sorted(seen) == list(range(5, 30))
    assert (ran.interrupted, ran.error) == (False, None)
    assert told == sorted(set(told))
    assert told[-1] == 25
    assert threads_now() == before


def test_one_blas_thread_inside() -> None:
    def work(_trial: int, _check: Check) -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    ran = run_trials(work, range(4), 2)
    assert all(found == {1} for found in ran.finished.values())


class Broken(Exception):
    pass


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_first_failure_counts_and_all_before_it_are_finished(workers: int) -> None:
    def work(trial: int, check: Check) -> int:
        time.sleep(0.001 * (trial % 3))
        check()
        if trial in (11, 12, 13):
            time.sleep(0.02 if trial == 11 else 0)  # a later failure comes first
            raise Broken(trial)
        return trial

    ran = run_trials(work, range(40), workers)
    assert isinstance(ran.error, Broken)
    assert ran.error.args == (11,)
    assert ran.finished == {trial: trial for trial in range(11)}


def test_a_failure_ends_later_trials_at_their_next_check() -> None:
    started, ended = threading.Event(), threading.Event()

    def work(trial: int, check: Check) -> int:
        if trial == 0:
            started.wait()
            raise Broken
        started.set()
        try:
            while True:
                time.sleep(0.001)
                check()
        finally:
            ended.set()  # nothing but `check` can end the loop

    assert isinstance(run_trials(work, range(2), 2).error, Broken)
    assert ended.is_set()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_ctrl_c_keeps_what_is_finished(workers: int) -> None:
    before = threads_now()

    def work(trial: int, check: Check) -> int:
        time.sleep(0.002)
        check()
        return trial

    def progress(done: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    ran = run_trials(work, range(10_000), workers, progress)
    assert ran.interrupted
    assert 5 <= len(ran.finished) < 1000
    assert ran.error is None
    assert threads_now() == before


def test_ctrl_c_after_a_failure_keeps_what_was_finished_before_it() -> None:
    # trial 3 fails while trial 2 still runs; Ctrl-C comes when 0 and 1 are told
    failed = threading.Event()

    def work(trial: int, check: Check) -> int:
        if trial == 3:
            failed.set()
            raise Broken
        if trial == 2:
            failed.wait()
            time.sleep(0.05)
            check()
        return trial

    def progress(_done: int) -> None:
        failed.wait()
        raise KeyboardInterrupt

    ran = run_trials(work, range(8), 2, progress)
    assert ran.interrupted
    assert isinstance(ran.error, Broken)
    assert {0, 1} <= set(ran.finished) <= {0, 1, 2}


def test_an_error_of_the_progress_leaves_no_thread_behind() -> None:
    before = threads_now()

    def work(_trial: int, check: Check) -> None:
        for _ in range(1000):
            time.sleep(0.001)
            check()

    def progress(_done: int) -> None:
        raise Broken

    def quick(trial: int, check: Check) -> None:
        if trial:
            work(trial, check)

    started = time.monotonic()
    with pytest.raises(Broken):
        run_trials(quick, range(20), 2, progress)
    assert threads_now() == before
    assert time.monotonic() - started < 1.0


def test_processors_are_counted() -> None:
    assert available_workers() >= 1


# --- bits --------------------------------------------------------------------------------------------------


def bits(estimate: hg.Estimate) -> dict[str, bytes]:
    found = {name: np.array(values).tobytes() for name, values in estimate.records.items()}
    return found | {f"array {name}": array.tobytes() for name, array in estimate.arrays.items()}


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "rf": {"phi": "relu", "model": "rf", "width": 4100},
    "rf float32": {"phi": "h1+h2", "model": "rf", "width": 300, "precision": "float32", "query": "blank"},
    "rf through the features": {"phi": "relu(x) + 100", "model": "rf", "width": 300},
    "ntk": {"phi": "gelu", "model": "ntk", "width": 50, "probe": 7, "ridge": "1/100"},
    "infinite": {
        "phi": "relu",
        "model": "rf",
        "distribution": "product_spheres",
        "estimator": "rao_blackwell",
    },
    "control": {"phi": "h1+h4", "model": "ntk", "width": 80, "estimator": "control_variate"},
}


def simulated(name: str, **changed: Any) -> hg.Estimate:
    request: dict[str, Any] = {"samples": 40, "dim": 30, "alpha": "1/3", "trials": 5, "seed": 4}
    request |= {"test_samples": 20, "label_noise": "1/10"} | CONFIGURATIONS[name] | changed
    found: hg.Estimate = hg.simulate(request.pop("phi"), **request)
    return found


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_workers_and_blocks_cannot_be_seen(name: str) -> None:
    first = simulated(name, workers=1)
    for workers in (2, 3):
        again = simulated(name, workers=workers)
        assert bits(again) == bits(first)
        assert again == first
        assert again.to_json() == first.to_json()
    if first.width is not None:
        for block in (1, 77, 5000):
            assert bits(simulated(name, workers=2, block=block)) == bits(first)
    assert bits(simulated(name, seed=5))["alignment"] != bits(first)["alignment"]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_run_is_the_beginning_of_a_longer_one(name: str) -> None:
    short, long = simulated(name, trials=2), simulated(name, trials=4)
    for quantity, values in short.records.items():
        assert np.array(values).tobytes() == np.array(long.records[quantity][:2]).tobytes()
    for array, values in short.arrays.items():
        assert values.tobytes() == long.arrays[array][:2].tobytes()


def setting_of(model: RandomFeatures | TangentFeatures) -> Setting:
    splits = (split_dimension("3/4", 20), split_dimension("1/4", 20))
    return Setting(
        model, None, isinstance(model, TangentFeatures), distribution("gaussian"), "resample",
        teacher("sign"), splits, 30, 10, 30, 0.0, "float64", 6,
    )  # fmt: skip


def test_kernel_blocks_and_alignments_for_any_workers_block_and_order() -> None:
    def outcome_bits(outcome: Outcome) -> bytes:
        return b"".join(outcome.arrays[name].tobytes() for name in ("alignment", "h", "loo"))

    def work(block: int, trial: int, check: Check) -> list[bytes]:
        found = []
        for model in (
            RandomFeatures(activation("relu").expr, 2500, 6, block),
            TangentFeatures(activation("tanh").derivative().expr, 100, 6, block),
        ):
            setting = setting_of(model)
            sample = setting.law.sample(setting.splits[-1], 30, 10, 6, trial)
            from hermite_gamma.simulation.rows import Rows

            rows = Rows(
                sample.train, sample.fresh[:, : setting.splits[-1].dim_x], sample.test, setting.splits
            )
            blocks = model.blocks(rows, trial, "float64", check)
            found += [part.tobytes() for part in (blocks.gram, *blocks.spurious, blocks.test)]
            found += [outcome_bits(outcome) for outcome in run_trial(setting, trial, check)]
        return found

    expected = run_trials(lambda trial, check: work(2016, trial, check), range(4), 1).finished
    assert len({tuple(value) for value in expected.values()}) == 4
    for workers, block in ((1, 1), (2, 77), (3, 5000), (3, 2016)):
        ran = run_trials(lambda trial, check, block=block: work(block, trial, check), range(4), workers)
        assert ran.finished == expected
    for trial in (3, 1, 0, 2):  # one by one, in another order
        assert (
            run_trials(lambda t, check: work(2016, t, check), [trial], 1).finished[trial] == expected[trial]
        )


# --- sequential stopping -----------------------------------------------------------------------------------


def sequential(**changed: Any) -> hg.Estimate:
    request = {
        "model": "rf",
        "samples": 15,
        "dim": 20,
        "width": 60,
        "alpha": "1/2",
        "seed": 2,
        "test_samples": 0,
    }
    found: hg.Estimate = hg.simulate("relu", **(request | changed))
    return found


def test_sequential_runs_look_at_20_40_80_only() -> None:
    plain = sequential(trials=170)
    values = np.array(plain.records["alignment"])
    errors = {n: values[:n].std(ddof=1) / np.sqrt(n) for n in range(2, 171)}
    for stop in (20, 40, 80, 160):
        earlier = [n for n in (20, 40, 80, 160) if n < stop]
        target = errors[stop] * 1.0000001
        expected = next(n for n in (*earlier, stop) if errors[n] < target)
        for workers in (1, 3):
            found = sequential(trials=170, until_stderr=target, workers=workers)
            assert found.trials == expected
            assert found.stopped == "stderr"
            assert found.sequential
            assert found.records["alignment"] == plain.records["alignment"][:expected]
            assert found.stderr is not None
            assert found.stderr < target
    # the target is met at 25, say, but nobody looks there
    between = sequential(trials=170, until_stderr=errors[20] * 0.999999)
    assert between.trials in (40, 80, 160)


def test_a_sequential_run_ends_at_the_most_trials_allowed() -> None:
    found = sequential(trials=30, until_stderr=1e-9)
    assert (found.trials, found.stopped) == (30, "trials")
    few = sequential(trials=10, until_stderr=1.0)
    assert (few.trials, few.stopped) == (10, "stderr")
    one = sequential(trials=1, until_stderr=1.0)
    assert (one.trials, one.stopped, one.stderr) == (1, "trials", None)


def test_every_alpha_must_be_settled() -> None:
    both = hg.simulate(
        "relu", model="rf", samples=15, dim=20, width=60, alpha=["1/10", "1/2"], seed=2, test_samples=0,
        trials=80, until_stderr=0.01,
    )  # fmt: skip
    counts = {estimate.trials for estimate in both.values()}
    assert len(counts) == 1
    if counts != {80}:
        assert all(estimate.stderr < 0.01 for estimate in both.values())
    alone = {
        alpha: hg.simulate(
            "relu", model="rf", samples=15, dim=20, width=60, alpha=alpha, seed=2, test_samples=0, trials=80,
            until_stderr=0.01,
        ).trials
        for alpha in both
    }  # fmt: skip
    assert counts == {max(alone.values())}


# --- several threads inside one trial ---------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("model", "width"), [("rf", 2100), ("ntk", 70)])
@pytest.mark.parametrize("samples", [1, 7, 600])
def test_threads_inside_one_trial_cannot_be_seen(
    model: str, width: int, samples: int, precision: str
) -> None:
    request = {"samples": samples, "dim": 30, "alpha": ["1/3", "1/2"], "width": width, "test_samples": 11}
    runs = [
        hg.simulate("tanh", model=model, precision=precision, workers=workers, block=block, **request)
        for workers, block in ((1, 2016), (2, 2016), (3, 77), (5, 5000))
    ]
    for run in runs[1:]:
        for alpha, first in runs[0].items():
            assert bits(run[alpha]) == bits(first)


def test_a_fault_is_the_same_for_any_number_of_threads() -> None:
    arguments = set()
    for workers in (1, 2, 3):
        with pytest.raises(hg.ActivationFault) as caught:
            hg.simulate(
                "sqrt(x + 2)", model="rf", samples=50, dim=30, width=300, alpha="1/2", workers=workers
            )
        arguments.add(caught.value.argument)
    assert len(arguments) == 1
