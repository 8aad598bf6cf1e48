"""The pytest plugin: one test for each statement, mutant and needed hypothesis, under stable ids."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SOURCE = """
from fractions import Fraction

import numpy as np

from proofs_check import (
    Claim, Hypothesis, Measured, MonteCarlo, Mutant, RationalInstances, Reference, Statement, Status, Verdict,
)
from proofs_check.notation import ALPHA, LEVEL, SAMPLES, N, alpha, l

CASES = ({"alpha": Fraction(1, 3), "l": 2}, {"alpha": Fraction(1, 2), "l": 3})


def powers(identifier, **changed):
    fields = dict(
        title="Powers", text="Powers fall.", variables=(ALPHA, LEVEL), claim=Claim(alpha**l, "<", alpha),
        hypotheses=(Hypothesis("above-one", "l > 1", lambda i: i["l"] > 1,
                               counterexamples=({"alpha": Fraction(1, 2), "l": 1},)),),
        references=(Reference(proof="Multiply."),), evidence=(RationalInstances(instances=CASES),),
        mutants=(Mutant("reversed", "powers rise", relation=">"),), declared=Verdict.CHECKED,
    )
    return Statement(identifier, **(fields | changed))


def drawn(run, samples):
    print("simulated", samples)
    return np.random.default_rng(run.seed_for("X3", samples)).normal(size=samples)


MEAN = Measured("mean", "m", "mean of normal variables", drawn)
SIMULATED = Statement(
    "Y1", title="Mean", text="It is 0.", variables=(SAMPLES,),
    claim=Claim(MEAN(N), "==", 0), notation=(MEAN,), references=(Reference(proof="By symmetry."),),
    evidence=(MonteCarlo(instances=({"N": 400},)),),
    mutants=(Mutant("one", "the mean is 1", right=1),), status=Status.LIMIT, declared=Verdict.SUPPORTED,
)
"""
IDS = [
    "proofs_check::X1",
    "proofs_check::X1::reversed",
    "proofs_check::X1::without-above-one",
    "proofs_check::Y1",
    "proofs_check::Y1::one",
]
PASSING = "STATEMENTS = [powers('X1'), SIMULATED]\n"


def run(folder: Path, source: str, *arguments: str) -> tuple[int, str]:
    path = folder / "mine.py"
    path.write_text(SOURCE + source)
    command = [sys.executable, "-m", "pytest", "-p", "proofs_check.pytest_plugin", "-p", "no:cacheprovider"]
    command += [f"--rootdir={folder}", "--proofs-file", str(path), *arguments, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def outcomes(text: str, outcome: str) -> list[str]:
    return re.findall(rf"^(proofs_check::\S+) {outcome}", text, re.MULTILINE)


def test_each_is_a_test_under_its_id(tmp_path: Path) -> None:
    status, text = run(tmp_path, PASSING, "-v", "--proofs-only")
    assert status == 0, text
    assert outcomes(text, "PASSED") == IDS
    assert "collected 5 items" in text


def test_a_statement_and_its_mutants_share_what_is_simulated(tmp_path: Path) -> None:
    status, text = run(tmp_path, PASSING, "--proofs-only", "-s")
    assert status == 0, text
    assert text.count("simulated 400") == 1


def test_tests_of_ones_own_run_too_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    assert "6 passed" in run(tmp_path, PASSING, "-q")[1]
    assert "5 passed" in run(tmp_path, PASSING, "-q", "--proofs-only")[1]


def test_ids_and_names_choose(tmp_path: Path) -> None:
    assert "3 passed" in run(tmp_path, PASSING, "-q", "--proofs-only", "--proofs-ids", "X")[1]
    assert "1 passed" in run(tmp_path, PASSING, "-q", "--proofs-only", "-k", "above-one")[1]


def test_the_ids_are_the_same_in_every_process(tmp_path: Path) -> None:
    status, text = run(tmp_path, PASSING, "--proofs-only", "-v", "-n", "2", "--dist", "loadgroup")
    assert status == 0, text
    found = re.findall(r"PASSED (proofs_check::[^\s@]+)", text)
    assert sorted(found) == IDS


def test_the_tests_of_a_statement_are_one_group(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_finish(session):\n"
        "    for item in session.items:\n"
        "        print(item.nodeid, item.get_closest_marker('xdist_group').kwargs['name'])\n"
    )
    for plugins in ([], ["-p", "no:xdist"]):
        arguments = ["--proofs-only", "--collect-only", "-q", "-s", "--strict-markers", *plugins]
        status, text = run(tmp_path, PASSING, *arguments)
        assert status == 0, text
        assert re.findall(r"^(proofs_check::\S+) (\w+)$", text, re.MULTILINE) == [
            (name, name.split("::")[1]) for name in IDS
        ]


def test_what_fails_says_why_without_a_traceback(tmp_path: Path) -> None:
    source = (
        "STATEMENTS = [powers('X1', claim=Claim(alpha**l, '<', alpha**3),\n"
        "    mutants=(Mutant('weak', 'at most', relation='<='), Mutant('back', 'rise', relation='==')))]\n"
    )
    status, text = run(tmp_path, source, "--proofs-only", "-v")
    assert status == 1
    assert outcomes(text, "FAILED") == ["proofs_check::X1"]
    assert "X1, Powers: REFUTED" in text
    assert "REFUTED by alpha = 1/3, l = 2" in text
    assert "Traceback" not in text
    status, text = run(
        tmp_path, "STATEMENT = powers('X1', mutants=(Mutant('weak', 'w', relation='<='),))\n", "-v"
    )
    assert outcomes(text, "FAILED") == ["proofs_check::X1::weak"]
    assert "X1::weak survives" in text


def test_thorough_and_seed_reach_the_run(tmp_path: Path) -> None:
    source = (
        "def told(run):\n    print('run', run.seed, run.thorough)\n    return CASES\n"
        "STATEMENT = powers('X1', evidence=(RationalInstances(instances=told),))\n"
    )
    text = run(tmp_path, source, "--proofs-only", "-s", "--proofs-seed", "7", "--proofs-thorough")[1]
    assert "run 7 True" in text


def test_a_bad_file_is_a_usage_error(tmp_path: Path) -> None:
    for source, words in (("1 / 0", "ZeroDivisionError"), ("x = 1", "must define STATEMENT")):
        status, text = run(tmp_path, source, "--proofs-only")
        assert status == 4
        assert "mine.py" in text
        assert words in text
        assert "Traceback" not in text
    status, text = run(tmp_path, PASSING, "--proofs-only", "--proofs-ids", "X9")
    assert status == 4
    assert "unknown statement 'X9'" in text
