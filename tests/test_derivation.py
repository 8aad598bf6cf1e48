"""Derivations: a wrong line of each kind is told, and the documents compile."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp
from click.testing import CliRunner

import hermite_gamma as hg
from hermite_gamma.cli.application import application
from hermite_gamma.derivation.checking import WrongLineError, check
from hermite_gamma.derivation.derive import derive, sections
from hermite_gamma.derivation.line import Line
from hermite_gamma.derivation.notation import ALPHA, HALF, LEVEL, RHO, SHIFT, Mu
from hermite_gamma.derivation.numbers import Numbers


def lines_of(name: str) -> tuple[list[Line], Numbers]:
    phi = hg.activation(name)
    found, sequences = sections(phi)
    return [line for section in found for line in section.lines], Numbers(phi, sequences)


def shifted(expr: sp.Expr) -> sp.Expr:
    """The expression with the level of its coefficients, or its symbol, off by one."""
    moved = expr.replace(Mu, lambda order, level: Mu(order, level + 1))
    if moved != expr:
        return moved
    for symbol in (LEVEL, HALF):
        if expr.has(symbol):
            return expr.subs(symbol, symbol + 1)
    return expr


MUTANTS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "sign": lambda right: -right,
    "factor": lambda right: 2 * right,
    "l! for sqrt(l!)": lambda right: right.replace(
        lambda e: e == sp.sqrt(sp.factorial(2 * HALF)), lambda e: sp.factorial(2 * HALF)
    ),
    "index": shifted,
    "square root of 2 pi": lambda right: right.replace(
        lambda e: e == sp.pi ** sp.Rational(-1, 2), lambda e: sp.pi ** sp.Rational(1, 2)
    ),
    "1 + rho^2": lambda right: right.replace(lambda e: e.is_Add and e == 1 - RHO**2, lambda e: 1 + RHO**2),
}
SUBJECTS = ("relu", "gelu", "elu", "erf", "snake", "hardtanh", "softsign")


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_wrong_line_of_each_kind_is_told(name: str) -> None:
    lines, numbers = lines_of(name)
    rejected: dict[str, int] = dict.fromkeys(MUTANTS, 0)
    for line in lines:
        if line.right == 0:
            continue  # -0 and 2*0 are right; 0 + 1 is tried below
        check(line, numbers)
        for kind, change in MUTANTS.items():
            wrong = change(line.right)
            if wrong == line.right:
                continue
            with pytest.raises(WrongLineError):
                check(dataclasses.replace(line, right=wrong), numbers)
            rejected[kind] += 1
    assert rejected["sign"] == rejected["factor"] > 10
    assert rejected["index"] > 0


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_term_too_many_is_told(name: str) -> None:
    lines, numbers = lines_of(name)
    for line in lines:
        with pytest.raises(WrongLineError):
            check(dataclasses.replace(line, right=line.right + sp.Rational(1, 10**9)), numbers)


def test_every_unknown_symbol_has_an_instance() -> None:
    for name in SUBJECTS:
        for line in lines_of(name)[0]:
            symbols = (line.left.free_symbols | line.right.free_symbols) & {LEVEL, HALF, RHO, ALPHA, SHIFT}
            if not line.spans:
                assert bool(line.instances) == bool(symbols), line
            for instance in line.instances:
                assert set(instance) == symbols


def test_a_line_that_is_too_wide_to_tell_is_not_shown() -> None:
    numbers = Numbers(hg.activation("tanh"), {})
    wide = Line("width", sp.Integer(1), sp.Integer(1) + sp.Rational(1, 10**13), "close and not equal")
    with pytest.raises(WrongLineError):
        check(wide, numbers)


def test_what_has_no_closed_form_ends_with_its_enclosures() -> None:
    found = derive("tanh")
    assert "No closed form" in found.sections[-1].after
    value = hg.gamma_ntk("tanh", "1/2", 20)
    assert str(value) in found.sections[-1].after
    assert not any(c.line.rule == "result" for section in found.sections for c in section.lines)


def test_the_result_is_the_closed_form_of_the_package() -> None:
    lines = {
        str(c.line.left): c.line.right
        for s in derive("gelu").sections
        for c in s.lines
        if c.line.rule == "result"
    }
    alpha = Fraction(1, 4)
    value = hg.gamma_ntk("gelu", alpha, 30)
    shown = lines["gamma_NTK(alpha)"].subs(ALPHA, sp.Rational(1, 4)).evalf(30)
    assert abs(Fraction(str(shown)) - value.midpoint) < Fraction(1, 10**27)


def test_what_is_not_square_integrable_is_refused() -> None:
    done = CliRunner().invoke(application, ["derive", "exp(x**2)"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "square-integrable" in done.stderr


def test_an_unknown_format_is_bad_input() -> None:
    done = CliRunner().invoke(application, ["derive", "relu", "--format", "latx"])
    assert done.exit_code == 2
    assert "did you mean latex" in done.stderr


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("name", ["relu", "gelu", "elu", "erf", "snake", "softsign", "tanh"])
def test_the_document_compiles_and_fits_its_page(name: str, tmp_path: Path) -> None:
    path = tmp_path / "d.tex"
    done = CliRunner().invoke(application, ["derive", name, "--format", "latex", "-o", str(path)])
    assert done.exit_code == 0
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
