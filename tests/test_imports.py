"""Imports go one way, and a command imports no more than it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hermite_gamma

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("hermite_gamma", "proofs_check")

# A module imports only from layers above its own line; a folder counts as one module.
LAYERS = (
    "errors",
    "sympy_faults",
    "results",
    "quantity",
    "estimate",
    "prediction",
    "symbols",
    "catalog",
    "ball_rules",
    "balls",
    "monomials",
    "growth",
    "zeros",
    "pieces",
    "typed",
    "regularity",
    "affine",
    "activation",
    "parsing",
    "construct",
    "inputs",
    "exact",
    "hermite",
    "describe",
    "enclosure",
    "gamma",
    "dual",
    "formula",
    "monotone",
    "curve",
    "formula_range",
    "curve_bounds",
    "comparison",
    "certificate",
    "derivation",
    "equivalent",
    "simulation",
    "report",
    "experiments",
    "sweep",
    "estimators",
    "cli",
)

# A simulation is evidence for the theory because it shares nothing with it.
THEORY = {"exact", "hermite", "enclosure", "gamma", "dual", "formula", "equivalent", "describe"}
THEORY |= {"certificate", "derivation", "monotone", "curve", "formula_range", "curve_bounds", "comparison"}

# What a format may know: values and failures, no mathematics.
REPORT_MAY_IMPORT = {"errors", "results", "report"}
MATHEMATICS = {"sympy", "flint", "mpmath", "scipy", "numba", "torch", "hypothesis"}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Yield (layer, file) of every module of a package; the package's own `__init__` is no layer."""
    root = ROOT / package
    for path in sorted(root.rglob("*.py")):
        if path != root / "__init__.py":
            yield path.relative_to(root).parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its layer"
            assert node.module is not None
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from names if node.module in PACKAGES else [node.module]


def violations(layer: str, path: Path) -> list[str]:
    """Return the imports of a file of hermite_gamma that go against the order."""
    found = []
    for name in imported(path):
        package, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        later = target in LAYERS[LAYERS.index(layer) + 1 :]
        theory = layer == "simulation" and target in THEORY
        if package == "proofs_check" or (package == "hermite_gamma" and (later or theory)):
            found.append(name)
    return found


def test_every_module_has_a_layer() -> None:
    assert {layer for layer, _ in modules("hermite_gamma")} <= set(LAYERS)


@pytest.mark.parametrize(
    ("layer", "path"),
    list(modules("hermite_gamma")),
    ids=lambda value: str(value.relative_to(ROOT)) if isinstance(value, Path) else None,
)
def test_imports_go_one_way(layer: str, path: Path) -> None:
    assert violations(layer, path) == []


def test_an_import_against_the_order_is_caught(tmp_path: Path) -> None:
    wrong = tmp_path / "balls.py"
    wrong.write_text(
        "from hermite_gamma.gamma import gamma_ntk\n"
        "def f():\n    import proofs_check.verdict\n"
        "from hermite_gamma.errors import BadInput\n"
    )
    assert violations("balls", wrong) == ["hermite_gamma.gamma", "proofs_check.verdict"]
    assert violations("simulation", wrong) == ["hermite_gamma.gamma", "proofs_check.verdict"]
    assert violations("cli", wrong) == ["proofs_check.verdict"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "hermite_gamma" / "report").rglob("*.py")), ids=lambda p: p.name
)
def test_report_knows_no_mathematics(path: Path) -> None:
    for name in imported(path):
        package, _, rest = name.partition(".")
        assert package not in MATHEMATICS, name
        if package == "hermite_gamma":
            assert rest.partition(".")[0] in REPORT_MAY_IMPORT, name


@pytest.mark.parametrize("layer", ["exact", "hermite", "enclosure", "dual", "gamma", "describe"])
def test_nothing_mathematical_imports_the_surface(layer: str) -> None:
    for where, path in modules("hermite_gamma"):
        if where == layer:
            assert not any(
                name.startswith(("hermite_gamma.cli", "hermite_gamma.report")) for name in imported(path)
            )


def test_exports_are_the_same_for_python_and_for_type_checkers() -> None:
    tree = ast.parse((ROOT / "hermite_gamma" / "__init__.py").read_text())
    seen = {
        alias.name: node.module.removeprefix("hermite_gamma.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hermite_gamma.")
        for alias in node.names
    }
    assert seen == hermite_gamma._HOME
    for name in seen:
        assert getattr(hermite_gamma, name).__name__ == name


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after running the code."""
    script = f"{code}\nimport sys\nprint(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.splitlines()[-1].split())


RUN = "import contextlib\nfrom hermite_gamma.cli.application import application\n"


def run_command(*arguments: str) -> str:
    return f"{RUN}with contextlib.suppress(SystemExit):\n    application.main({list(arguments)!r})"


HEAVY = {"sympy", "numpy", "scipy", "flint", "mpmath", "matplotlib", "torch", "numba", "hypothesis", "rich"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("list",),
        ("gamm",),
        ("gamma", "--help"),
        ("simulate", "--help"),
        ("predict", "--help"),
        ("reproduce", "--help"),
        ("reproduce", "--list"),
        ("certify", "gamma", "--help"),
        ("verify", "--help"),
        ("derive", "--help"),
        ("regime", "--help"),
        ("table", "--alphas", "2"),
    ],
)
def test_what_needs_no_mathematics_imports_none(arguments: tuple[str, ...]) -> None:
    assert not loaded_by(run_command(*arguments)) & HEAVY


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not loaded_by("import hermite_gamma") & HEAVY


def test_gamma_imports_no_array_library() -> None:
    loaded = loaded_by(run_command("gamma", "relu", "--alpha", "1/2"))
    assert "sympy" in loaded
    assert not loaded & {"numpy", "scipy", "numba", "matplotlib", "torch", "hypothesis", "rich"}


@pytest.mark.parametrize(
    "first", ["hermite_gamma.activation", "hermite_gamma.gamma", "hermite_gamma.construct"]
)
def test_the_function_activation_is_not_hidden_by_its_module(first: str) -> None:
    code = f"import {first}\nimport hermite_gamma as hg\nassert hg.activation('relu').name == 'relu'"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
