"""`hermite-gamma simulate` run for real: bytes, failures, Ctrl-C, and its page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.cli.application import application
from hermite_gamma.estimate import Estimate
from hermite_gamma.report.schema import VALUE, load_schema

ROOT = Path(__file__).resolve().parents[1]
REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("simulate"), registry=REGISTRY)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


REAL = ("simulate", "ntk", "relu", "--samples", "40", "--dim", "20", "--width", "20", "--alpha", "1/2")


def test_workers_change_no_byte() -> None:
    outputs = {
        call(
            *REAL, "--trials", "6", "--test-samples", "20", "--seed", "1", "--json", "--workers", workers
        ).stdout
        for workers in ("1", "2", "3")
    }
    (text,) = outputs
    content = json.loads(text)
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    assert 0 < content["alignment"]["mean"] < 1


def test_real_failures_are_one_line() -> None:
    for arguments, status, word in (
        ((*REAL[:2], "identity", *REAL[3:], "--width", "20"), 1, "singular"),
        (("simulate", "rf", *REAL[2:]), 1, "singular"),
        ((*REAL, "--ridge", "-1"), 2, "ridge"),
        ((*REAL, "--query", "blnak"), 2, "blank"),
        ((*REAL, "--distribution", "gausian"), 2, "gaussian"),
        ((*REAL, "--labels", "sing"), 2, "sing"),
        ((*REAL, "--alpha", "1/100"), 2, "alpha"),
    ):
        done = call(*arguments)
        assert (done.exit_code, done.stdout) == (status, ""), done.output
        assert done.stderr.count("\n") == 1
        assert word in done.stderr


def test_the_page_names_everything_that_can_be_asked_for() -> None:
    from hermite_gamma.simulation.distributions import DISTRIBUTIONS
    from hermite_gamma.simulation.queries import QUERIES

    page = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    measured = json.loads(call(*REAL, "--trials", "1", "--json").stdout)["records"]
    for name in (*DISTRIBUTIONS, *QUERIES, *measured, "control_variate", "rao_blackwell"):
        assert f"`{name}`" in page or f'`"{name}"`' in page, name


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_prints_what_is_finished(tmp_path: Path) -> None:
    """The signal arrives in the middle of far more trials than there is time for."""
    program = (
        "import os, signal, hermite_gamma.cli.progress as progress, contextlib\n"
        "sent = []\n"
        "@contextlib.contextmanager\n"
        "def counted(label):\n"
        "    def tell(done, total):\n"
        "        if done >= 3 and not sent:\n"
        "            sent.append(done)\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "    yield tell\n"
        "progress.counted = counted\n"
        "from hermite_gamma.cli import main\n"
        "main()\n"
    )
    path = tmp_path / "e.json"
    command = [sys.executable, "-c", program, *REAL, "--trials", "100000", "--json", "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert done.stderr.startswith("hermite-gamma: interrupted after ")
    estimate = Estimate.load(path)
    assert (estimate.stopped, estimate.trials >= 1) == ("interrupted", True)
