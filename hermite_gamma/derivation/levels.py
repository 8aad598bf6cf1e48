"""Rule: mu_l for general l, by the formula or recurrence of `hermite_formula`, line by line."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.derivation.chain import DIRECT, Chain
from hermite_gamma.derivation.line import Line, Section
from hermite_gamma.derivation.notation import HALF, LEVEL, SHIFT, Generating, mu, primed
from hermite_gamma.dual import hermite_coefficients
from hermite_gamma.errors import HermiteGammaError, NoClosedForm, NoEnclosure
from hermite_gamma.exact.atoms import Atom, atoms
from hermite_gamma.exact.formula_recurrence import Recurrence
from hermite_gamma.exact.formula_symbols import HALF as FORMULA_HALF
from hermite_gamma.exact.formula_symbols import LEVEL as FORMULA_LEVEL
from hermite_gamma.exact.formula_symbols import SequenceTerm, term
from hermite_gamma.exact.parity import parity_part
from hermite_gamma.formula import HermiteFormula, hermite_formula
from hermite_gamma.parsing import to_text
from hermite_gamma.pieces import PiecewiseFunction, resolve
from hermite_gamma.symbols import X

HALVES = (0, 1, 2, 3, 4, 6, 9)
LEVELS = (0, 1, 2, 3, 4, 5, 8, 11)


def section(phi: Activation, steps: Chain) -> tuple[Section, dict[str, PiecewiseFunction]]:
    """Return the lines mu_l = ..., and the functions of the auxiliary sequences in them.

    Raises:
        NoClosedForm: no formula for general l is known.
    """
    formula = hermite_formula(phi)
    lines: list[Line] = []
    if steps.end == DIRECT:
        lines += _generating(steps)
        if steps.last:
            lines += _base(steps)
    sequences: dict[str, PiecewiseFunction] = {}
    for recurrence in formula.recurrences:
        if recurrence.name != "mu":
            sequences[recurrence.name] = resolve(recurrence.function)
        lines += _recurrence(recurrence)
    reason = "; ".join(formula.proof)
    lines += _cases(formula, reason, 0)
    return Section("Hermite coefficients", tuple(lines)), sequences


def _plain(expr: sp.Expr) -> sp.Expr:
    """Write a formula in the symbols of this package and its own sequence "mu" as mu_l(phi)."""
    named = expr.replace(lambda e: isinstance(e, SequenceTerm) and e.name == "mu", lambda e: mu(0, e.index))
    return named.xreplace({FORMULA_LEVEL: LEVEL, FORMULA_HALF: HALF})


def _cases(formula: HermiteFormula, reason: str, order: int) -> Iterator[Line]:
    listed = [level for level, _ in formula.listed]
    for case in formula.cases:
        if case.value == term("mu", FORMULA_LEVEL):
            continue
        symbol, index = (LEVEL, LEVEL) if case.parity is None else (HALF, 2 * HALF + case.parity)
        values = LEVELS if case.parity is None else HALVES
        used = tuple({symbol: v} for v in values if index.subs(symbol, v) not in listed)
        skipped = [v for v in listed if case.parity is None or v % 2 == case.parity]
        where = f"{symbol} >= 0" + (f", except l = {', '.join(map(str, skipped))}" if skipped else "")
        yield Line("coefficients", mu(order, index), _plain(case.value), reason, where, used)
    for level, value in formula.listed:
        yield Line(
            "coefficient", mu(order, sp.Integer(level)), _plain(value), "the same integrals at this level"
        )


def _recurrence(recurrence: Recurrence) -> Iterator[Line]:
    name, start = recurrence.name, recurrence.start

    def left(index: sp.Expr) -> sp.Expr:
        return mu(0, index) if name == "mu" else term(name, index)

    of = "" if name == "mu" else f"{name}_l = E[f(g) h_l(g)] with f(x) = {to_text(recurrence.function)}; "
    yield Line(
        "recurrence",
        left(LEVEL),
        _plain(recurrence.right_side),
        of + recurrence.proof,
        f"l >= {start}",
        tuple({LEVEL: start + step} for step in (0, 1, 2, 3, 6, 9)),
    )
    for level, value in enumerate(recurrence.initial):
        yield Line("initial value", left(sp.Integer(level)), _plain(value), "an exact integral")


def _generating(steps: Chain) -> Iterator[Line]:
    last = steps.functions[-1]
    value = sp.Add(*[_shifted(atom) for atom in atoms(last)])
    if value.has(sp.I):
        value = sp.simplify(value.as_real_imag()[0])
    name = primed(steps.last)
    yield Line(
        "generating function",
        Generating(sp.Integer(steps.last), SHIFT),
        sp.simplify(value) if value.count_ops() < 60 else value,
        f"a Gaussian integral, the square completed; the left side is sum_l mu_l({name}) t^l/sqrt(l!), "
        "so that its expansion in t gives every mu_l",
        "t real",
        tuple({SHIFT: sp.Rational(p, q)} for p, q in ((1, 2), (-1, 3), (4, 5))),
    )


def _shifted(atom: Atom) -> sp.Expr:
    """Return E[y^n e^(ay - by^2)] for y = g + t.

    With c = 1 + 2b it is c^(-1/2) e^((a^2 + 2at - 2bt^2)/(2c)) E[(m + g/sqrt(c))^n], m = (t + a)/c.
    """
    a, b, n, t = atom.rate, atom.gauss, atom.power, SHIFT
    c = 1 + 2 * b
    m = (t + a) / c
    moment = sp.Add(
        *[
            sp.binomial(n, 2 * i) * m ** (n - 2 * i) * sp.factorial2(2 * i - 1) / c**i
            for i in range(n // 2 + 1)
        ]
    )
    scale = sp.exp(sp.expand((a**2 + 2 * a * t - 2 * b * t**2) / (2 * c))) / sp.sqrt(c)
    return atom.coefficient * scale * sp.expand(moment)


def _base(steps: Chain) -> Iterator[Line]:
    last = steps.functions[-1]
    try:
        formula = hermite_formula(_as_activation(last))
    except HermiteGammaError:
        return
    if formula.recurrences:
        return
    yield from _cases(formula, "the coefficients of that expansion", steps.last)


def _as_activation(function: PiecewiseFunction) -> Activation:
    return Activation(function.as_expr, to_text(function.as_expr), _given=function)


def without_formula(phi: Activation) -> Section:
    """Return what is known of mu_l where there is no formula: a half of the levels, by parity."""
    lines: list[Line] = []
    for parity, word in ((0, "even"), (1, "odd")):
        try:
            pieces = parity_part(phi.pieces, word).pieces
        except (NoClosedForm, NoEnclosure):
            continue
        part = sp.expand(pieces[0].expr)
        if len(pieces) > 1 or not part.is_polynomial(X) or sp.Poly(part, X).degree() > 1:
            continue
        value = part.coeff(X, parity)
        lines.append(
            Line(
                "parity",
                mu(0, 2 * HALF + parity),
                sp.S.Zero,
                f"the {word} part of phi, (phi(x) {'-' if parity else '+'} phi(-x))/2, is {part}",
                f"k >= 0, except l = {parity}" if value != 0 else "k >= 0",
                tuple({HALF: k} for k in HALVES if k or value == 0),
            )
        )
        if value != 0:
            lines.append(Line("parity", mu(0, sp.Integer(parity)), value, f"the {word} part again"))
    return Section(
        "Hermite coefficients",
        tuple(lines),
        after="No closed form is known here for the other coefficients. "
        f"The first ones, enclosed: {_first_values(phi)}.",
    )


def _first_values(phi: Activation) -> str:
    found = hermite_coefficients(phi, 5, 15)
    return ", ".join(f"mu_{level} = {value}" for level, value in enumerate(found))
