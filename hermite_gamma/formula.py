"""Hermite coefficients for general l: one expression in l, or a proved recurrence with its initial values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Any, ClassVar

import sympy as sp
from flint import ctx

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.dual import from_ball, from_exact
from hermite_gamma.enclosure.routes import MAX_BITS, lacking_nats
from hermite_gamma.errors import NoClosedForm, NoEnclosure, PrecisionExhausted, UndefinedGamma
from hermite_gamma.exact.coefficients import coefficient
from hermite_gamma.exact.formula_build import Built, Case, build, case_at, exact_terms, put_terms
from hermite_gamma.exact.formula_evaluate import Levels
from hermite_gamma.exact.formula_recurrence import Recurrence
from hermite_gamma.exact.formula_symbols import HALF, LEVEL, SequenceTerm, term
from hermite_gamma.exact.parity import parity_part
from hermite_gamma.hermite import LINKS, check_level
from hermite_gamma.inputs import digits_value, level_value
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.results import Enclosure
from hermite_gamma.sympy_faults import retried
from hermite_gamma.typed.printing import to_text

ROUTE, PROOF = "general-l formula", "exact recurrence or expression, ball arithmetic"
GUARD_BITS = 40
ATTEMPTS = 12


@dataclass(frozen=True)
class HermiteFormula:
    """mu_l = E[phi(g) h_l(g)], g ~ N(0, 1), h_l orthonormal, for every l >= 0.

    Attributes:
        activation: the name (or typed form) of phi.
        cases: the general expression, for all l or for l = 2k and l = 2k + 1 apart, in the symbols
            `exact.formula_symbols.LEVEL` (l) and `HALF` (k); h_m(b) is an `OrthonormalHermite`.
        listed: pairs (l, mu_l) of the low levels that the cases do not give.
        recurrences: the sequences that occur in the cases, each after those it relies on; one named "mu" is
            mu_l itself.
        proof: why it holds, one line for each kind of term.
    """

    activation: str
    cases: tuple[Case, ...]
    listed: tuple[tuple[int, sp.Expr], ...]
    recurrences: tuple[Recurrence, ...]
    proof: tuple[str, ...]
    source: ClassVar[str] = "derived here"

    @property
    def kind(self) -> str:
        """'expression' or 'recurrence'."""
        return "recurrence" if self.recurrences else "expression"

    @property
    def expression(self) -> sp.Expr:
        """One SymPy expression in the symbol l: a Piecewise over the listed levels and the parity of l."""
        branches = [(value, sp.Eq(LEVEL, level)) for level, value in self.listed]
        for case in self.cases:
            if case.parity is None:
                branches.append((case.value, True))
            else:
                value = case.value.subs(HALF, (LEVEL - case.parity) / 2)
                branches.append((value, True if case.parity else sp.Eq(sp.Mod(LEVEL, 2), 0)))
        return sp.Piecewise(*branches) if len(branches) > 1 else branches[0][0]

    @retried
    def exact(self, level: int) -> sp.Expr:
        """Return mu_level as a SymPy number.

        Raises:
            BadInput: the level is not an integer from 0 to 10000.
        """
        check_level(level)
        level_value(level)
        for listed, value in self.listed:
            if listed == level:
                return value
        _, value = case_at(self.cases, level)
        needed = [int(item.index) for item in value.atoms(SequenceTerm)]
        if not needed:
            return sp.expand(value)
        return sp.expand(put_terms(value, exact_terms(self.recurrences, max(needed))))

    def balls(self, up_to: int, digits: int = 15, *, max_bits: int = MAX_BITS) -> list[Enclosure]:
        """Return mu_0, ..., mu_up_to, evaluated from the formula with as many bits as it takes.

        Args:
            up_to: largest level, 0 to 10000.
            digits: relative width at most 10^-digits; absolute 10^(-2 digits) where 0 cannot be excluded.
            max_bits: the most bits to work with.

        Raises:
            PrecisionExhausted: max_bits were not enough.
        """
        wanted, up_to = digits_value(digits), level_value(up_to)
        built = Built(self.cases, self.listed, self.recurrences, self.proof)
        bits = int(wanted * log(10, 2)) + GUARD_BITS + up_to.bit_length()
        for _ in range(ATTEMPTS):
            if bits > max_bits:
                break
            with ctx.workprec(bits):
                levels = Levels(built)
                values = [levels.value(level) for level in range(up_to + 1)]
                finite = all(value.is_finite() for value in values)
                lacking = max(lacking_nats(value, wanted) for value in values) if finite else bits / 2
            if lacking <= 0:
                return [
                    from_exact(sp.S.Zero, wanted) if value == 0 else from_ball(value, wanted, ROUTE, PROOF)
                    for value in values
                ]
            bits += max(int(lacking / log(2)) + 8, 16)
        raise PrecisionExhausted(f"the general-l formula of {self.activation} is not resolved", max_bits)

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--formula --json` prints."""
        return {
            "kind": self.kind,
            "text": str(self),
            "latex": self.latex,
            "proof": list(self.proof),
        }

    def lines(self) -> list[str]:
        """Return the formula as lines of plain text."""
        lines = []
        for case in self.cases:
            if self._is_itself(case):
                continue
            skipped = _levels_text([level for level, _ in self.listed if _falls_under(case, level)])
            note = f" except l = {skipped}" if skipped else ""
            lines.append(f"{term('mu', _index(case))} = {case.value}{note}")
        lines += [f"mu_{level} = {value}" for level, value in self.listed]
        for recurrence in self.recurrences:
            name = recurrence.name
            if name != "mu":
                function = to_text(recurrence.function)
                lines.append(f"where {term(name, LEVEL)} = E[f(g) h_l(g)], f(x) = {function}:")
            lines.append(f"{term(name, LEVEL)} = {recurrence.right_side} for l >= {recurrence.start}")
            lines += [f"{name}_{level} = {value}" for level, value in enumerate(recurrence.initial)]
        return lines

    @property
    def latex(self) -> str:
        """The formula as the rows of a LaTeX `aligned` environment (amsmath, amssymb)."""
        rows = [f"{left} &= {right}" for left, right in self.equations()]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def equations(self) -> list[tuple[str, str]]:
        """Return the formula as pairs (left side, right side) in LaTeX."""
        found = []
        for case in self.cases:
            if not self._is_itself(case):
                skipped = _levels_text([level for level, _ in self.listed if _falls_under(case, level)])
                note = rf" \qquad (l \ne {skipped})" if skipped else ""
                found.append((_tex(term("mu", _index(case))), _tex(case.value) + note))
        found += [(rf"\mu_{{{level}}}", _tex(value)) for level, value in self.listed]
        for recurrence in self.recurrences:
            here = _tex(term(recurrence.name, LEVEL))
            if recurrence.name != "mu":
                function = _tex(recurrence.function)
                found.append((here, rf"\mathbb{{E}}[f(g)\,h_l(g)], \quad f(x) = {function}"))
            found.append((here, rf"{_tex(recurrence.right_side)} \qquad (l \ge {recurrence.start})"))
            found += [
                (_tex(term(recurrence.name, sp.Integer(level))), _tex(value))
                for level, value in enumerate(recurrence.initial)
            ]
        return found

    def _is_itself(self, case: Case) -> bool:
        return bool(case.value == term("mu", _index(case)))

    def __str__(self) -> str:
        return "\n".join(self.lines())


@retried
def hermite_formula(phi: Spec) -> HermiteFormula:
    """Return mu_l = E[phi(g) h_l(g)] for general l.

    Args:
        phi: an Activation, or anything that `activation` accepts.

    Returns:
        One expression in l where there is one (piecewise polynomials with any exact breakpoints, in terms of
        h_(l-j)(b); polynomials times exp, sin, cos; Gaussians; polynomials times erf), else a recurrence
        with exact initial values (exponentials that are cut off, softsign, x atan(x), asinh, sqrt(x^2 + b)),
        or sums of these.

    Raises:
        NoClosedForm: neither is known (tanh, sigmoid, ...); `.known` says what is known instead.
        UndefinedGamma: phi is not square-integrable.

    Formula: with c_l = sqrt(l!) mu_l, f' has the sequence c_(l+1) and x f has c_(l+1) + l c_(l-1), so a
    linear differential equation with polynomial coefficients for phi is a recurrence in l. Derived here.

    >>> print(hermite_formula("exp(x/2)"))
    mu_l = exp(1/8)/(2**l*sqrt(factorial(l)))
    >>> print(hermite_formula("elu").recurrences[0].right_side)
    mu_(l - 1)/sqrt(l) - sqrt(2)*h_(l - 3)(0)/(2*sqrt(pi)*sqrt(l)*sqrt(l - 2)*sqrt(l - 1))
    >>> hermite_formula("relu").exact(6)
    sqrt(10)/(40*sqrt(pi))

    Wrong: mu_l of exp(x/2) is not 2^-l e^(1/8)/l!; that belongs to He_l/l!, not to the orthonormal h_l.
    """
    act = activation(phi)
    if act.is_square_integrable is False:
        raise UndefinedGamma(f"{act.name} is not square-integrable under N(0,1)")
    try:
        built = _built(act.pieces, act.parity)
    except NoClosedForm as error:
        raise _refusal(act, error) from error
    return HermiteFormula(act.name, built.cases, built.listed, built.recurrences, built.reasons)


@lru_cache(maxsize=256)
def _built(function: PiecewiseFunction, parity: str | None) -> Built:
    return build(function, parity)


def _refusal(act: Activation, error: NoClosedForm) -> NoClosedForm:
    known = []
    for parity, levels in (("even", (2, 4)), ("odd", (1, 3))):
        try:
            values = [coefficient(act.pieces, level) for level in levels]
            part = parity_part(act.pieces, parity).pieces
        except (NoClosedForm, NoEnclosure):
            continue
        if all(value == 0 for value in values[1:]) and len(part) == 1:
            expr = part[0].expr
            known.append(f"for {parity} l they are {'0' if expr == 0 else f'those of {expr}'}")
    link = LINKS.get(act.name.partition("(")[0])
    if link:
        known.append(link)
    return NoClosedForm(
        f"mu_l of {act.name} has no general formula here ({error})",
        known="; ".join(known),
        hint="hermite_coefficients(phi, up_to=L, digits=30) encloses them with proved digits",
    )


def _falls_under(case: Case, level: int) -> bool:
    return case.parity is None or level % 2 == case.parity


def _index(case: Case) -> sp.Expr:
    return LEVEL if case.parity is None else 2 * HALF + case.parity


def _levels_text(levels: list[int]) -> str:
    return ", ".join(map(str, levels))


def _tex(expr: sp.Expr) -> str:
    return str(sp.latex(expr, inv_trig_style="full"))
