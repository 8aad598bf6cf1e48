"""The command line: contract of its output, exit statuses, one-line errors, files whole or untouched."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.polynomial import hermite_e
from scipy.special import roots_hermitenorm
from scipy.stats import norm

import hermite_gamma as hg
from hermite_gamma.cli import values
from hermite_gamma.cli.application import COMMANDS, application
from hermite_gamma.errors import BadInput, BudgetExceeded, NoEnclosure

ROOT = Path(__file__).resolve().parents[1]
ENTRY = [sys.executable, "-c", "from hermite_gamma.cli import main; main()"]
QUANTITIES = ("ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound", "rf_upper_bound")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def as_json(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == status, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    assert content["schema"] == 1
    return content


def assert_one_line(done: Result, status: int, *words: str) -> None:
    assert done.exit_code == status, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hermite-gamma: ")
    assert done.stderr.rstrip("\n").isprintable()
    for word in words:
        assert word in done.stderr


GAMMA = ("gamma", "relu", "--alpha", "1/2")
TABLE = ("table", "--activations", "relu", "--alphas", "1/2")


@pytest.mark.parametrize(
    "alpha",
    [
        "0",
        "1",
        "3/2",
        "-1/2",
        "nan",
        "inf",
        "text",
        "1/0",
        "0/0",
        "1e999",
        "1e-999999999",
        "",
        " ",
        "½",
        "１/２",
        "0x1",
        "1/2/3",
    ],
)
def test_a_bad_alpha_is_refused(alpha: str) -> None:
    assert_one_line(call("gamma", "relu", "--alpha", alpha), 2, "--alpha")
    assert_one_line(call("table", "--activations", "relu", "--alphas", f"1/2,{alpha}"), 2, "--alphas")


@pytest.mark.parametrize("digits", ["0", "-1", "10^9", "1000000000", "1001", "nan", "1.5", "", "9" * 5000])
@pytest.mark.parametrize(
    "command", [GAMMA, TABLE, ("dual", "relu", "--rho", "1/2"), ("coefficients", "relu")]
)
def test_bad_digits_are_refused(command: tuple[str, ...], digits: str) -> None:
    assert_one_line(call(*command, "--digits", digits), 2, "--digits")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gamma", "geluu", "--alpha", "1/2"), ("geluu", "gelu")),
        (("gamma", "nn.SiLu2", "--alpha", "1/2"), ()),
        (("gamma", "softmax", "--alpha", "1/2"), ("softmax", "not an elementwise")),
        (("gamma", "x*atan(x", "--alpha", "1/2"), ("column 7",)),
        (("gamma", "x.__class__", "--alpha", "1/2"), ("column",)),
        (("gamma", "relu\x1b[31m", "--alpha", "1/2"), ()),
        (("gamma", "relu\nsecond line", "--alpha", "1/2"), ()),
        (("gamma", "", "--alpha", "1/2"), ()),
        (("gamma", "x+" * 50_000 + "x", "--alpha", "1/2"), ()),
        (("gamma", "-x", "--alpha", "1/2"), ("-x", "'--'")),
        (("gamma", "relu"), ("--alpha",)),
        (("gamma",), ()),
        (("gamma", "relu", "gelu", "--alpha", "1/2"), ()),
        (("gama", "relu"), ("gama", "did you mean gamma")),
        (("--jsno",), ("--jsno",)),
        (("gamma", "relu", "--alhpa", "1/2"), ("--alhpa", "--alpha")),
        (("gamma", "relu", "--alpha", "1/2", "-p", "negative_slope"), ("NAME=VALUE",)),
        (("gamma", "relu", "--alpha", "1/2", "-p", "slope=1"), ("slope",)),
        (
            ("gamma", "leaky_relu", "--alpha", "1/2", "-p", "negative_slope=1", "-p", "negative_slope=2"),
            ("twice",),
        ),
        (("gamma", "relu", "--alpha", "1/2", "--max-seconds", "nan"), ("--max-seconds",)),
        (("gamma", "relu", "--alpha", "1/2", "--max-seconds", "-1"), ("--max-seconds",)),
        (("dual", "relu", "--rho", "3/2"), ("--rho",)),
        (("coefficients", "relu", "--up-to", "-1"), ("--up-to",)),
        ((*TABLE, "--format", "latx"), ("latx", "did you mean latex", "markdown", "csv", "json")),
        ((*TABLE, "--format", "html"), ("html", "latex", "markdown", "csv", "json")),
        ((*TABLE, "--standalone"), ("--format latex",)),
        ((*TABLE, "--format", "csv", "--json"), ("--json",)),
        (("table", "--activations", "relu,,gelu", "--alphas", "1/2"), ("empty",)),
        (("table", "--activations", "", "--alphas", "1/2"), ("empty",)),
        (("table", "--activations", "relu,softmax", "--alphas", "1/2"), ("softmax",)),
        (("plot", "gamma", "--activations", "relu", "-o", "x.jpg"), (".jpg".strip("."), ".svg, .pdf, .png")),
        (("plot", "gama", "--activations", "relu", "-o", "x.svg"), ("did you mean gamma",)),
        (("info", "geluu"), ("gelu",)),
    ],
    ids=lambda value: " ".join(value)[:60] if value and isinstance(value[0], str) else None,
)
def test_bad_input_is_one_line_and_status_2(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_one_line(call(*arguments), 2, *words)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = call(command, "--help")
    assert done.exit_code == 0
    assert "Usage: hermite-gamma" in done.stdout


def test_no_arguments_show_the_help() -> None:
    assert call().stdout == call("--help").stdout


def test_version() -> None:
    assert call("--version").stdout == f"hermite-gamma {hg.__version__}\n"


def test_gamma_json_is_the_contract() -> None:
    content = as_json("gamma", "relu", "--alpha", "0.5", "--digits", "30")
    assert list(content) == ["schema", "activation", "alpha", "digits", *QUANTITIES]
    assert (content["activation"], content["alpha"], content["digits"]) == ("relu", "1/2", 30)
    assert content["ntk_limit"]["exact"] == "1/6"
    assert content["ntk_limit"]["lower"] == content["ntk_limit"]["upper"] == "1/6"
    for key in QUANTITIES:
        assert {"exact", "latex", "lower", "upper", "decimal", "status", "regime"} <= set(content[key])


SLOPES = {
    "tanh": lambda x: 1 / np.cosh(x) ** 2,
    "gelu": lambda x: norm.cdf(x) + x * norm.pdf(x),
    "sin": np.cos,
    "erf": lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x),
    "softplus": lambda x: 1 / (1 + np.exp(-x)),
}


@pytest.mark.parametrize(("name", "slope"), SLOPES.items(), ids=SLOPES)
def test_gamma_agrees_with_quadrature(name: str, slope: Callable[[Any], Any]) -> None:
    """Smooth phi: 200 Gauss-Hermite nodes and 80 levels of numpy's monic polynomials."""
    nodes, weights = roots_hermitenorm(200)
    weights = weights / weights.sum()
    values_ = slope(nodes)
    scale = [math.sqrt(math.factorial(level)) for level in range(80)]
    levels = [
        np.sum(weights * values_ * hermite_e.hermeval(nodes, [0] * level + [1])) / scale[level]
        for level in range(80)
    ]
    total = np.sum(weights * values_**2) - levels[0] ** 2
    expected = sum(mu**2 * 0.5 ** (level + 1) for level, mu in enumerate(levels) if level) / total
    found = as_json("gamma", name, "--alpha", "1/2")["ntk_limit"]
    assert Fraction(found["lower"]) <= Fraction(found["upper"])
    assert abs(float(Fraction(found["lower"])) - expected) < 1e-12


def test_several_alphas_are_results_in_their_order() -> None:
    content = as_json("gamma", "relu", "--alpha", "3/4", "--alpha", "0.25", "--alpha", "1/4")
    assert [result["alpha"] for result in content["results"]] == ["3/4", "1/4"]
    single = as_json("gamma", "relu", "--alpha", "1/4")
    assert all(content["results"][1][key] == single[key] for key in QUANTITIES)


def test_linear_phi_has_some_constants() -> None:
    content = as_json("gamma", "identity", "--alpha", "1/3")
    assert "affine" in content["ntk_limit"]["undefined"]
    assert content["rf_paper_lower_bound"]["exact"] == "0"
    assert "0/0" in content["rf_sharp_lower_bound"]["undefined"]
    assert content["rf_upper_bound"]["exact"] == "1/3"
    assert call("gamma", "identity", "--alpha", "1/3").exit_code == 0


def test_a_constant_phi_has_none_and_says_why() -> None:
    content = as_json("gamma", "3", "--alpha", "1/2", status=1)
    assert all(set(content[key]) == {"undefined"} for key in QUANTITIES)
    done = call("gamma", "3", "--alpha", "1/2")
    assert done.exit_code == 1
    assert "phi is constant" in done.stdout
    assert done.stderr.count("\n") == 1


def test_a_jump_leaves_the_rf_constants() -> None:
    content = as_json("gamma", "sign", "--alpha", "1/2")
    assert "jumps at x = 0" in content["ntk_limit"]["undefined"]
    assert "lower" in content["rf_upper_bound"]


def test_a_refusal_is_not_called_undefined(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NoEnclosure("a pole", "x = 1")

    monkeypatch.setattr("hermite_gamma.gamma.gamma_ntk", refuse)
    content = as_json(*GAMMA)
    assert content["ntk_limit"] == {"refused": "a pole (at x = 1)"}
    monkeypatch.setattr("hermite_gamma.gamma.gamma_rf", refuse)
    assert call(*GAMMA, "--json").exit_code == 1


def test_long_work_is_refused_with_its_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BudgetExceeded(300.0, 60.0)

    monkeypatch.setattr("hermite_gamma.gamma.gamma_ntk", refuse)
    assert_one_line(call(*GAMMA), 2, "300 s", "60 s", "--max-seconds", "--digits")


def test_the_limit_reaches_the_library() -> None:
    done = call("gamma", "mish", "--alpha", "99/100", "--digits", "1000", "--max-seconds", "0.001")
    assert_one_line(done, 2, "--max-seconds")


def test_a_thousand_digits() -> None:
    found = as_json("gamma", "relu", "--alpha", "1/3", "--digits", "1000")["ntk_limit"]
    low, high = int(found["lower"].split("/")[0]), int(found["upper"].split("/")[0])
    assert low > 0
    assert high > 0
    assert len(found["decimal"]) > 1000


def test_interruption_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hermite_gamma.gamma.gamma_ntk", interrupt)
    assert_one_line(call(*GAMMA), 130, "interrupted")


def test_coefficients_json() -> None:
    content = as_json("coefficients", "relu", "--up-to", "3", "--digits", "6")
    assert [item["l"] for item in content["coefficients"]] == [0, 1, 2, 3]
    assert [item["decimal"] for item in content["coefficients"]] == ["0.398942", "0.5", "0.282094", "0"]
    assert content["derivative"] is False


def test_coefficients_of_the_derivative() -> None:
    plain = as_json("coefficients", "tanh", "--up-to", "3", "--digits", "12")["coefficients"]
    slope = as_json("coefficients", "tanh", "--up-to", "2", "--digits", "12", "--derivative")["coefficients"]
    for level, item in enumerate(slope):
        shifted = (level + 1) * Fraction(plain[level + 1]["lower"]) ** 2
        assert abs(float(shifted) - float(Fraction(item["lower"])) ** 2) < 1e-10


def test_dual_at_the_ends() -> None:
    assert as_json("dual", "relu", "--rho", "1")["dual_kernel"]["exact"] == "1/2"
    assert as_json("dual", "tanh", "--rho", "0")["dual_kernel"]["exact"] == "0"
    up, down = (as_json("dual", "tanh", "--rho", rho)["dual_kernel"]["decimal"] for rho in ("1", "-1"))
    assert down == f"-{up}"


def test_table_rows_are_activations_times_alphas() -> None:
    done = call(
        "table",
        "--activations",
        "leaky_relu(x, negative_slope=1/5),relu",
        "--alphas",
        "1/4,1/2",
        "--format",
        "json",
    )
    rows = json.loads(done.stdout)["rows"]
    assert [(row["activation"], row["alpha"]) for row in rows] == [
        ("leaky_relu(x, negative_slope=1/5)", "1/4"),
        ("leaky_relu(x, negative_slope=1/5)", "1/2"),
        ("relu", "1/4"),
        ("relu", "1/2"),
    ]
    single = as_json("gamma", "relu", "--alpha", "1/2")
    assert all(rows[3][key] == single[key] for key in QUANTITIES)


def test_one_bad_name_stops_a_table_before_it_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermite_gamma.gamma.gamma_ntk", lambda *_, **__: pytest.fail("computed"))
    assert_one_line(call("table", "--activations", "relu,geluu", "--alphas", "1/2"), 2, "geluu", "gelu")


@pytest.mark.parametrize("name", ["latex", "markdown", "csv"])
def test_undefined_entries_carry_their_reason(name: str) -> None:
    done = call("table", "--activations", "relu,sign", "--alphas", "1/2", "--format", name)
    assert done.exit_code == 0
    assert "jumps at x = 0" in done.stdout


def test_closed_forms_stand_below_a_table() -> None:
    shown = call(*TABLE, "--format", "latex").stdout
    assert r"\(1/6\)" in shown
    assert r"\(\frac{2 \alpha \arcsin{\left(\alpha \right)}}{\pi}\)" in shown


def test_list_shows_every_activation() -> None:
    from hermite_gamma.catalog import ACTIVATIONS

    assert [item["name"] for item in as_json("list")["activations"]] == list(ACTIVATIONS)
    assert all(name in call("list").stdout for name in ACTIVATIONS)


@pytest.mark.parametrize("name", ["relu", "threshold", "x*atan(x)", "h1+h4"])
def test_info_answers_yes_no_or_not_decided(name: str) -> None:
    shown = call("info", name)
    assert shown.exit_code == 0
    assert "phi is Lipschitz" in shown.stdout


def test_diagnostics_finds_data(tmp_path: Path) -> None:
    assert as_json("diagnostics", "--data-dir", str(tmp_path))["data"]["mnist"] is False
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").touch()
    found = as_json("diagnostics", "--data-dir", str(tmp_path))
    assert found["data"]["mnist"] is True
    assert found["versions"]["hermite-gamma"] == hg.__version__


OUTPUTS = [
    (*GAMMA, "-o"),
    (*TABLE, "--format", "latex", "-o"),
    ("plot", "gamma", "--activations", "relu", "-o"),
]


@pytest.mark.parametrize("command", OUTPUTS, ids=lambda c: c[0])
def test_unwritable_output_is_known_before_any_work(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermite_gamma.gamma.gamma_ntk", lambda *_, **__: pytest.fail("computed"))
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    for place in (tmp_path / "missing" / "x.svg", folder, tmp_path / ("x" * 300 + ".svg")):
        assert_one_line(call(*command, str(place)), 2, "cannot write")
    assert_one_line(call(*command, "nul\0.svg"), 2, "cannot write")
    assert sorted(tmp_path.iterdir()) == [folder]


def test_a_read_only_file_is_unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "t.txt"
    target.write_text("before")
    target.chmod(0o444)
    # The superuser may write everywhere; the answer of an ordinary user's system stands in for it.
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode == os.W_OK and Path(path) == target))
    assert_one_line(call(*GAMMA, "-o", str(target)), 2, "cannot write")
    assert target.read_text() == "before"


@pytest.mark.parametrize("command", OUTPUTS, ids=lambda c: c[0])
@pytest.mark.parametrize("failure", [NoEnclosure("no"), KeyboardInterrupt(), BudgetExceeded(9, 1)], ids=repr)
def test_a_failure_leaves_the_old_file(
    command: tuple[str, ...], failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    target = tmp_path / "t.svg"
    target.write_text("before")
    monkeypatch.setattr("hermite_gamma.cli.constants.constants", fail)
    for module in ("gamma", "table", "plot_gamma"):
        monkeypatch.setattr(f"hermite_gamma.cli.{module}.constants", fail)
    assert call(*command, str(target)).exit_code != 0
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_success_replaces_the_file_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "t.json"
    target.write_text("x" * 100_000)
    target.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(target)
    done = call(*GAMMA, "--json", "-o", str(link))
    assert (done.exit_code, done.output) == (0, "")
    assert json.loads(target.read_text()) == as_json(*GAMMA)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    assert call(*GAMMA, "-o", os.devnull).exit_code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_text_does_not_depend_on_where_it_goes(tmp_path: Path) -> None:
    target = tmp_path / "t.txt"
    call(*GAMMA, "-o", str(target))
    assert target.read_text() == call(*GAMMA).stdout == call(*GAMMA, "-o", "-").stdout


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
@pytest.mark.parametrize("kind", ["gamma", "spectrum"])
def test_plots_are_drawn_the_same_every_time(kind: str, ending: str, tmp_path: Path) -> None:
    drawn = []
    for i in range(2):
        target = tmp_path / f"{i}.{ending}"
        size = ("--points", "5") if kind == "gamma" else ("--up-to", "6")
        done = call("plot", kind, "--activations", "relu,sign,identity", *size, "-o", str(target))
        assert (done.exit_code, done.output) == (0, "")
        drawn.append(target.read_bytes())
    assert drawn[0] == drawn[1]


def test_plot_says_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("hermite_gamma.report.plots.find_spec", lambda _: None)
    done = call("plot", "gamma", "--activations", "relu", "-o", str(tmp_path / "g.svg"))
    assert_one_line(done, 1, "extra 'plot'")
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_quiet() -> None:
    process = subprocess.Popen([*ENTRY, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [("list",), ("list", "-o", "/dev/full"), ("list", "--json")])
def test_a_full_disk_is_one_line(command: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*ENTRY, *command], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left" in done.stderr


def test_a_terminal_gets_a_table_by_rich() -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "70", "TERM": "xterm"}
    subprocess.run([*ENTRY, *GAMMA], stdout=theirs, cwd=ROOT, check=True, env=environment)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "NTK limit" in shown
    assert "─" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line) for line in plain.splitlines()) <= 70


@pytest.mark.parametrize("text", ["(1,2", "f(a,b)", "[1,2],x", "{a,b}"])
def test_items_keep_brackets_whole(text: str) -> None:
    assert ",".join(values.items(text)) == text
    assert all(part.count("(") == part.count(")") or text == "(1,2" for part in values.items(text))


def test_progress_yields_every_item(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hermite_gamma.cli import progress

    clock = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(progress.track(list(range(10)), "points")) == list(range(10))
    assert capsys.readouterr().out == ""


def test_settings_are_read_or_refused() -> None:
    assert values.settings(["a=1/5", "b = sqrt(2)"]) == {"a": "1/5", "b": "sqrt(2)"}
    for wrong in (["a"], ["=1"], ["a="], ["1a=2"], ["a=1", "a=2"]):
        with pytest.raises(BadInput):
            values.settings(wrong)
