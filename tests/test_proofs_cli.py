"""`proofs-check`: exit statuses, one-line errors, JSON that fits its schema, the same on all workers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from proofs_check.cli import options, running, tables
from proofs_check.cli.application import COMMANDS, application
from proofs_check.evidence.base import DEFAULT_SEED, Run
from proofs_check.registry import load
from proofs_check.report.schema import VALUE, load_schema, schema_names

ROOT = Path(__file__).resolve().parents[1]
ENTRY = [sys.executable, "-c", "from proofs_check.cli import main; main()"]
REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()

HEAD = """
import time
from fractions import Fraction
from pathlib import Path
import numpy as np
from proofs_check import (
    BallInstances, Claim, Hypothesis, Measured, MonteCarlo, Mutant, Quantity, RationalInstances, Reference,
    Statement, Status, Symbolic, Verdict,
)
from proofs_check.notation import ALPHA, LEVEL, PHI, SAMPLES, N, alpha, l, phi

CASES = ({"alpha": Fraction(1, 3), "l": 2}, {"alpha": Fraction(1, 2), "l": 3})


def powers(identifier, **changed):
    fields = dict(
        title="Powers", text="Powers fall.", variables=(ALPHA, LEVEL), claim=Claim(alpha**l, "<", alpha),
        references=(Reference(proof="Multiply."),), evidence=(RationalInstances(instances=CASES),),
        mutants=(Mutant("reversed", "powers rise", relation=">"),), declared=Verdict.CHECKED,
    )
    return Statement(identifier, **(fields | changed))


def drawn(run, samples):
    return np.random.default_rng(run.seed_for("X3", samples)).normal(size=samples)


MEAN = Measured("mean", "m", "mean of normal variables", drawn)


def simulated(identifier, value=0):
    return Statement(
        identifier, title="Mean", text="It is 0.", variables=(SAMPLES,), claim=Claim(MEAN(N), "==", value),
        notation=(MEAN,), references=(Reference(proof="By symmetry."),),
        evidence=(MonteCarlo(instances=({"N": 400}, {"N": 500})),),
        mutants=(Mutant("one", "the mean is 1", right=1),), status=Status.LIMIT, declared=Verdict.SUPPORTED,
    )
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def write(text: str, name: str = "mine.py") -> str:
        path = tmp_path / name
        path.write_text(HEAD + text)
        return str(path)

    return write


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def as_json(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == status, done.output
    content: dict[str, Any] = json.loads(done.stdout)
    check = Draft202012Validator(load_schema(arguments[0]), registry=REGISTRY)
    assert [error.message for error in check.iter_errors(content)] == []
    return content


def assert_one_line(done: Result, *words: str, status: int = 2) -> None:
    assert done.exit_code == status, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("proofs-check: ")
    for word in words:
        assert word in done.stderr


# --- without mathematics ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("rnu",), *((name, "--help") for name in COMMANDS)], ids=str
)
def test_help_imports_no_mathematics(arguments: tuple[str, ...]) -> None:
    code = (
        "import contextlib, sys\nfrom proofs_check.cli.application import application\n"
        f"with contextlib.suppress(SystemExit):\n    application.main({list(arguments)!r})\n"
        "found = {'sympy', 'numpy', 'scipy', 'flint', 'numba', 'hypothesis', 'rich'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)


def test_the_default_seed_is_the_one_of_the_checks() -> None:
    assert options.DEFAULT_SEED == DEFAULT_SEED


def test_the_program_is_installed_under_its_name() -> None:
    assert 'proofs-check = "proofs_check.cli:main"' in (ROOT / "pyproject.toml").read_text()


# --- what passes ------------------------------------------------------------------------------------------


def test_list_and_show_of_the_package() -> None:
    listed = as_json("list", "t3")
    assert [s["id"] for s in listed["statements"]] == ["T3"]
    assert listed["statements"][0]["latex"] in call("show", "T3").stdout
    assert {s["group"] for s in as_json("list", "T", "L1")["statements"]} == {"T", "L"}
    assert "T3" in call("list").stdout


def test_a_file_of_ones_own_passes_and_fits_the_schemas(file: Callable[..., str]) -> None:
    path = file("STATEMENTS = [powers('X1'), simulated('X2')]")
    content = as_json("run", path)
    assert [(s["id"], s["verdict"]) for s in content["statements"]] == [
        ("X1", "CHECKED"),
        ("X2", "SUPPORTED"),
    ]
    assert content["seed"] == DEFAULT_SEED
    assert content["false_alarm"] == {"comparisons": 2, "each": 1e-9, "total": 2e-9}
    points = content["statements"][1]["evidence"][0]["points"]
    assert [p["trials"] for p in points] == [400, 500]
    mutants = as_json("mutants", path)["mutants"]
    assert [(m["statement"], m["mutant"], m["dead"]) for m in mutants] == [
        ("X1", "reversed", True),
        ("X2", "one", True),
    ]
    assert mutants[0]["witness"]
    assert mutants[1]["margin"] > 0
    assert [s["title"] for s in as_json("list", path)["statements"]] == ["Powers", "Mean"]
    text = call("run", path).stdout
    assert "2 statements: 1 CHECKED, 1 SUPPORTED" in text
    assert "2 simulated comparisons at 1e-09 each, 2.0e-09 in all" in text


def test_every_schema_is_one_and_rejects_other_objects(file: Callable[..., str]) -> None:
    assert schema_names() == ["list", "mutants", "report", "run"]
    for name in (VALUE, *schema_names()):
        Draft202012Validator.check_schema(load_schema(name))
        assert load_schema(name)["$id"] == f"urn:proofs-check:schema:1:{name}"
    path = file("STATEMENT = simulated('X2')")
    for name in ("list", "run", "mutants"):
        content = as_json(name, path)
        check = Draft202012Validator(load_schema(name), registry=REGISTRY)
        for key in content:
            assert not check.is_valid({k: v for k, v in content.items() if k != key}), (name, key)
        assert not check.is_valid(content | {"surprise": 1})
    content = as_json("run", path)
    content["statements"][0]["evidence"][0]["verdict"] = "PASSED"
    assert not Draft202012Validator(load_schema("run"), registry=REGISTRY).is_valid(content)


def test_a_needed_hypothesis_is_marked(file: Callable[..., str]) -> None:
    assumed = (
        "Hypothesis('above-one', 'l > 1', lambda i: i['l'] > 1,"
        " counterexamples=({'alpha': Fraction(1, 2), 'l': 1},))"
    )
    mutants = as_json("mutants", file(f"STATEMENT = powers('X1', hypotheses=({assumed},))"))["mutants"]
    assert [(m["mutant"], m["kind"]) for m in mutants] == [
        ("reversed", "mutant"),
        ("without-above-one", "hypothesis"),
    ]


def test_times_are_in_the_json_only_when_asked_for(
    file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file("STATEMENT = powers('X1')")
    assert "timings" not in as_json("run", path)
    assert set(as_json("run", path, "--timings")["timings"]) == {"X1"}
    assert "Processor time" not in call("run", path).stdout
    monkeypatch.setattr(tables, "_LONG_S", 0.0)
    assert re.search(r"Processor time \d+ s; the slowest: X1 [0-9.]+ s", call("run", path).stdout)


def test_the_output_file_is_whole(file: Callable[..., str], tmp_path: Path) -> None:
    path, target = file("STATEMENT = powers('X1')"), tmp_path / "out.json"
    assert call("run", path, "--json", "-o", str(target)).stdout == ""
    assert json.loads(target.read_text())["statements"][0]["id"] == "X1"


def test_the_bar_counts_statements(file: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    class Counted:
        def __init__(self, label: str) -> None:
            assert label == "statements"

        def __enter__(self) -> Callable[[int, int], None]:
            return lambda done, total: told.append((done, total))

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(running, "counted", Counted)
    chosen = load(Path(file("STATEMENTS = [powers('X1'), powers('X2')]")))
    assert running.finish(chosen, Run(), 1).status == 0
    assert told == [(0, 2), (1, 2), (2, 2)]


# --- what fails -------------------------------------------------------------------------------------------

FAILING = {
    "refuted": ("powers('X1', claim=Claim(alpha**l, '<', alpha**3),"
                " mutants=(Mutant('m', 'm', relation='=='),))", "REFUTED", "X1 (REFUTED)"),
    "undecided": ("powers('X1', evidence=(Symbolic(instances=({'alpha': alpha, 'l': l},)),))",
                  "UNDECIDED", "X1 (UNDECIDED)"),
    "weaker": ("powers('X1', evidence=(RationalInstances(instances=CASES), Symbolic(instances=CASES,"
               " partial=True)), declared=Verdict.PROVED)", "CHECKED", "declared PROVED"),
    "outside": ("powers('X1', hypotheses=(Hypothesis('never', 'never', lambda i: False, definedness=True),))",
                "NOT APPLICABLE", "X1 (NOT APPLICABLE)"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_a_statement_that_is_not_as_declared_fails(name: str, file: Callable[..., str]) -> None:
    source, verdict, said = FAILING[name]
    path = file(f"STATEMENT = {source}")
    content = as_json("run", path, status=1)
    assert content["statements"][0]["verdict"] == verdict
    done = call("run", path)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_undecided_that_is_declared_passes(file: Callable[..., str]) -> None:
    evidence = "(Symbolic(instances=({'alpha': alpha, 'l': l},)),)"
    path = file(f"STATEMENT = powers('X1', evidence={evidence}, declared=Verdict.UNDECIDED)")
    assert as_json("run", path)["statements"][0]["verdict"] == "UNDECIDED"


def test_a_surviving_mutant_fails(file: Callable[..., str]) -> None:
    path = file("STATEMENT = powers('X1', mutants=(Mutant('weak', 'at most', relation='<='),))")
    content = as_json("mutants", path, status=1)
    assert content["mutants"][0]["dead"] is False
    done = call("mutants", path)
    assert "ALIVE" in done.stdout
    assert "1 survived: X1 weak" in done.stderr
    assert call("run", path).exit_code == 0


BAD = {
    "unknown id": (["run", "T33"], ["unknown statement 'T33'", "did you mean", "T3"]),
    "nothing like it": (["run", "ZZZ"], ["unknown statement 'ZZZ'", "proofs-check list"]),
    "no file": (["run", "nowhere/none.py"], ["there is no file nowhere/none.py"]),
    "no folder": (["run", "T3", "-o", "nowhere/out"], ["cannot write 'nowhere/out'"]),
    "workers": (["run", "T3", "--workers", "0"], ["--workers"]),
    "seed": (["run", "T3", "--seed", "-1"], ["--seed"]),
    "not about phi": (["run", "T3", "--activation", "relu"], ["T3 is not quantified over activations"]),
    "bad activation": (["run", "--activation", "x*foo(x)"], ["--activation 'x*foo(x)'", "foo"]),
    "not json": (["report", "-o", "{tmp}/r", "--from", "{tmp}/mine.py"], ["cannot read", "not JSON"]),
    "report to a file": (["report", "T3", "-o", "{tmp}/mine.py"], ["cannot write to"]),
    "new over old": (["new", "{tmp}/mine.py"], ["exists already"]),
    "new with another ending": (["new", "{tmp}/mine.txt"], ["ends in .py"]),
    "new nowhere": (["new", "nowhere/mine.py"], ["cannot write"]),
    "twins": (["run", "{tmp}/mine.py", "{tmp}/others.py"], ["two statements have the id X1"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name: str, file: Callable[..., str], tmp_path: Path) -> None:
    file("STATEMENT = powers('X1')")
    file("STATEMENT = powers('X1', title='Others')", "others.py")
    arguments, words = BAD[name]
    filled = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    assert_one_line(call(*filled), *words)


BAD_FILES = {
    "syntax": ("x = (", ["never closed"]),
    "a name": ("STATEMENT = nothing", ["NameError"]),
    "a value": ("STATEMENT = powers('X1', version=int('x'))", ["ValueError"]),
    "a division": ("1 / 0", ["ZeroDivisionError"]),
    "an exit": ("raise SystemExit(0)", ["SystemExit"]),
    "an import": ("import no_such_module_at_all", ["ModuleNotFoundError"]),
    "an activation": ("import hermite_gamma as hg\nhg.activation('foo')", ["foo"]),
    "an unknown field": ("STATEMENT = powers('X1', colour='red')", ["colour"]),
    "no reference": ("STATEMENT = powers('X1', references=())", ["statement X1", "reference"]),
    "no mutant": ("STATEMENT = powers('X1', mutants=())", ["statement X1", "mutant"]),
    "an undeclared variable": ("STATEMENT = powers('X1', variables=(ALPHA,))", ["X1", "undeclared"]),
    "too strong": ("STATEMENT = powers('X1', declared=Verdict.PROVED)", ["statement X1", "PROVED"]),
    "an instance": ("STATEMENT = powers('X1', evidence=(RationalInstances(instances=("
                    "{'alpha': 2, 'l': 1},)),))", ["statement X1", "alpha = 2"]),
    "nothing": ("x = 1", ["must define STATEMENT"]),
    "no sequence": ("STATEMENTS = 3", ["mine.py"]),
    "empty": ("STATEMENTS = []", ["STATEMENTS"]),
    "instances that fail": ("STATEMENT = powers('X1', evidence=(RationalInstances("
                            "instances=lambda run: 1 / 0),))", ["ZeroDivisionError"]),
    "a hypothesis that fails": ("STATEMENT = powers('X1', hypotheses=(Hypothesis('h', 'h', lambda i: i['q'],"
                                " definedness=True),))", ["KeyError"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_fault_in_a_users_file_is_one_line_that_names_it(name: str, file: Callable[..., str]) -> None:
    source, words = BAD_FILES[name]
    assert_one_line(call("run", file(source)), "mine.py" if name != "an instance" else "X1", *words)


def test_a_fault_is_one_line_from_another_process_too(file: Callable[..., str]) -> None:
    wrong = "powers('X1', evidence=(RationalInstances(instances=lambda run: 1 / 0),))"
    path = file(f"STATEMENTS = [{wrong}, powers('X2')]")
    done = subprocess.run(
        [*ENTRY, "run", path, "--workers", "2"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert re.search(r"mine.py, line \d+: ZeroDivisionError", done.stderr)


def test_a_quantity_that_fails_says_so(file: Callable[..., str]) -> None:
    quantity = "Quantity('q', 'q', 'fails', lambda a: [][1])"
    source = f"Q = {quantity}\nSTATEMENT = powers('X1', claim=Claim(Q(alpha), '<', l), notation=(Q,))"
    done = call("run", file(source))
    assert done.exit_code == 1
    assert "X1: UNDECIDED" in done.stdout
    assert "IndexError: list index out of range" in done.stdout


# --- activations ------------------------------------------------------------------------------------------

ON_PHI = """
import hermite_gamma as hg
G = Quantity("g", "g", "limit", lambda name, a: hg.gamma_ntk(name, a, digits=12))
STATEMENT = Statement(
    "X1", title="Limit", text="Below.", variables=(PHI, ALPHA), claim=Claim(G(phi, alpha), "<=", alpha**2),
    hypotheses=(Hypothesis("bent", "phi is not affine", lambda i: not hg.activation(i["phi"]).is_affine,
                           definedness=True),),
    notation=(G,), references=(Reference(proof="Averages."),), declared=Verdict.CHECKED,
    evidence=(BallInstances(instances=({"phi": "relu", "alpha": Fraction(1, 2)},)),),
    mutants=(Mutant("cube", "below the cube", right=alpha**3),),
)
"""


def test_an_activation_takes_the_place_of_the_instances(file: Callable[..., str]) -> None:
    path = file(ON_PHI)
    content = as_json("run", path, "--activation", "x*atan(x)")
    assert content["activations"] == ["x*atan(x)"]
    assert content["statements"][0]["verdict"] == "CHECKED"
    margins = {
        as_json("run", path, "--activation", a)["statements"][0]["margin"] for a in ("x*atan(x)", "tanh")
    }
    assert len(margins) == 2


def test_an_unsuitable_activation_is_no_failure_and_names_the_hypothesis(file: Callable[..., str]) -> None:
    path = file(ON_PHI)
    content = as_json("run", path, "--activation", "2*x + 1")
    assert content["statements"][0]["verdict"] == "NOT APPLICABLE"
    done = call("run", path, "--activation", "2*x + 1")
    assert done.exit_code == 0
    assert "X1 assumes (bent): phi is not affine" in done.stdout


def test_an_activation_outside_the_domain_is_not_applicable(file: Callable[..., str]) -> None:
    narrow = "Variable('phi', choice('odd activations', 'O', 'tanh', 'relu'), 'activation', r'\\\\phi')"
    text = ON_PHI.replace("(PHI, ALPHA)", f"({narrow}, ALPHA)")
    imports = "from proofs_check import Variable\nfrom proofs_check.domains import choice\n"
    done = call("run", file(imports + text), "--activation", "gelu")
    assert done.exit_code == 0
    assert "gelu is not among the odd activations" in done.stdout


def test_an_activation_on_another_statement_of_ones_own_is_refused(file: Callable[..., str]) -> None:
    done = call("run", file("STATEMENT = powers('X1')"), "--activation", "relu")
    assert_one_line(done, "X1 is not quantified over activations")


# --- the same on any number of workers, and Ctrl-C ----------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "mutants"])
def test_json_is_bit_identical_on_any_number_of_workers(command: str, file: Callable[..., str]) -> None:
    path = file("STATEMENTS = [powers('X1'), simulated('X2'), simulated('X3'), powers('X4')]")
    outputs = {
        subprocess.run(
            [*ENTRY, command, path, "--json", "--workers", w], capture_output=True, check=True
        ).stdout
        for w in ("1", "3")
    }
    assert len(outputs) == 1
    other = CliRunner().invoke(application, [command, path, "--json", "--seed", "7"]).stdout
    assert other.encode() not in outputs


SLOW = """
def slow(a):
    Path(__file__).with_name("started").touch()
    time.sleep(300)

S = Quantity("s", "s", "slow", slow)
STATEMENTS = [powers("X1"), powers("X2", claim=Claim(S(alpha), "<", l), notation=(S,))]
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_is_finished(workers: str, file: Callable[..., str], tmp_path: Path) -> None:
    path = file(SLOW)
    command = [*ENTRY, "run", path, "--json", "--workers", workers]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1 if workers == "1" else 4)  # the other process finishes X1
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert [s["id"] for s in json.loads(out)["statements"]] == ["X1"]
    assert err == "proofs-check: interrupted after 1 of 2 statements\n"


# --- new --------------------------------------------------------------------------------------------------


def test_a_new_file_is_a_statement_that_passes(tmp_path: Path) -> None:
    path = tmp_path / "my statement.py"
    done = call("new", str(path))
    assert done.stdout == f"wrote {path}; check it with: proofs-check run '{path}'\n"
    assert as_json("run", str(path))["statements"][0]["verdict"] == "CHECKED"
    assert all(m["dead"] for m in as_json("mutants", str(path))["mutants"])
    assert "Z1" in call("show", str(path)).stdout


def test_the_statement_of_the_how_to_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "checking-statements.md").read_text()
    source = re.search(r"<!-- own statement -->\n```python\n(.*?)```", page, re.DOTALL)
    assert source is not None
    path = tmp_path / "mine.py"
    path.write_text(source[1])
    assert as_json("run", str(path))["statements"][0]["verdict"] == "CHECKED"
    assert [m["dead"] for m in as_json("mutants", str(path))["mutants"]] == [True, True]
