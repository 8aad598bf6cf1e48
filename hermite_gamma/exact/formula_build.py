"""mu_l for general l: the shares of every atom and special term, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sympy import Add, Expr, S, exp, expand, factorial, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom
from hermite_gamma.exact.constants import real_and_imaginary
from hermite_gamma.exact.formula_initial import value_of_atoms
from hermite_gamma.exact.formula_operators import TIMES_X, Operator, applied, powers
from hermite_gamma.exact.formula_parts import Core, Parts, Special, parts
from hermite_gamma.exact.formula_recurrence import Recurrence, is_lower_half, jumps, recurrences
from hermite_gamma.exact.formula_shares import (
    AtPoint,
    Centred,
    Exponential,
    OfSequence,
    Share,
    Wave,
    density,
    frozen,
    gaussian,
    shifted,
    total_operator,
)
from hermite_gamma.exact.formula_specials import pole_recurrences, power_recurrence
from hermite_gamma.exact.formula_symbols import HALF, LEVEL, SequenceTerm
from hermite_gamma.exact.linear import refuse_what_outgrows
from hermite_gamma.pieces import PiecewiseFunction

Low = Callable[[int], Expr]


class Case(NamedTuple):
    """mu_l = value: for every l (parity None, value in LEVEL) or for l = 2k + parity (value in HALF)."""

    parity: int | None
    value: Expr


@dataclass(frozen=True)
class Built:
    """What a formula consists of; `cases` hold for l >= `first`, `listed` are the levels they do not give."""

    cases: tuple[Case, ...]
    listed: tuple[tuple[int, Expr], ...]
    recurrences: tuple[Recurrence, ...]
    reasons: tuple[str, ...]


@dataclass
class Draft:
    """A formula under construction."""

    shares: list[Share]
    lows: list[Low]
    recurrences: list[Recurrence]
    reasons: list[str]
    first: int = 0

    def starts_at(self, level: int) -> None:
        self.first = max(self.first, level)


def build(function: PiecewiseFunction, parity: str | None) -> Built:
    """Return the general-l formula of a function.

    Args:
        function: a sum of atoms, polynomials times atan, asinh or powers of x^2 + b, and rational functions
            with poles beyond 0 on half-lines that end at 0.
        parity: "even" or "odd" where the function is proved to be so.

    Raises:
        NoClosedForm: some term is of no such kind.
    """
    found = parts(function)
    refuse_what_outgrows(found.atoms)
    draft = Draft([], [], [], [])
    alone = not found.specials
    _add_atoms(draft, found.atoms, alone)
    draft.lows.append(lambda level: value_of_atoms(found.atoms, level))
    _add_specials(draft, found)
    return _finished(draft, parity)


def _add_atoms(draft: Draft, found: tuple[Atom, ...], alone: bool) -> None:
    smooth = [a for a in found if a.slope is None]
    polynomials = [a for a in smooth if a.rate == 0 and a.gauss == 0]
    cut_exponential = any(not a.is_whole_line and a.rate != 0 and a.gauss == 0 for a in smooth)
    erfs = [a for a in found if a.slope is not None]
    systems: list[tuple[Expr, list[Atom]]] = []
    if cut_exponential:
        mixed = [a for a in smooth if a.gauss == 0 and (not a.is_whole_line or a.rate == 0)]
        systems.append((S.Zero, mixed))
    else:
        _add_polynomials(draft, polynomials)
    for atom_rate in _rates(a for a in smooth if a.is_whole_line and a.gauss == 0 and a.rate != 0):
        _add_exponential(draft, atom_rate, [a for a in smooth if a.is_whole_line and a.gauss == 0])
    for gauss in dict.fromkeys(a.gauss for a in smooth if a.gauss != 0):
        group = [a for a in smooth if a.gauss == gauss]
        explicit = all(a.is_whole_line and (a.rate == 0 or (a.is_real and gauss.is_positive)) for a in group)
        if explicit:
            for rate in _rates(group):
                weights = {a.power: a.coefficient for a in group if a.rate == rate}
                operator = total_operator(weights, powers(TIMES_X, max(weights)))
                draft.shares.append(gaussian(rate, gauss, S.One, operator))
            draft.reasons.append(GENERATING)
        else:
            systems.append((gauss, group))
    plain = [a for a in erfs if a.is_whole_line and a.rate == 0 and a.gauss == 0]
    _add_error_functions(draft, plain)
    cut = [a for a in erfs if a not in plain]
    systems += [
        (gauss, [a for a in cut if a.gauss == gauss]) for gauss in dict.fromkeys(a.gauss for a in cut)
    ]
    only = alone and len(systems) == 1 and not draft.shares and not draft.first
    for index, (gauss, group) in enumerate(systems):
        name = "mu" if only else ("M" if len(systems) == 1 else f"M{index + 1}")
        chain = recurrences(tuple(group), gauss, name)
        draft.recurrences += chain
        draft.reasons.append(chain[-1].proof)
        draft.shares.append(OfSequence(name, ((0, S.One),)))


def _rates(found: object) -> list[Expr]:
    """Return the rates in order, of conjugate ones only the upper."""
    return [rate for rate in dict.fromkeys(a.rate for a in found) if not is_lower_half(rate)]  # type: ignore[attr-defined]


GENERATING = "the generating function E[phi(g) e^(tg - t^2/2)] = sum_l mu_l t^l/sqrt(l!), expanded in t"


def _add_polynomials(draft: Draft, found: list[Atom]) -> None:
    """sum_k [f^(k)](b) w(b) He_(l-1-k)(b): the derivative of order deg + 1 is a sum of point masses."""
    if not found:
        return
    degree = max(a.power for a in found)
    draft.starts_at(degree + 1)
    if all(a.is_whole_line for a in found):
        draft.reasons.append(f"E[p(g) h_l(g)] = 0 for a polynomial p of degree below l (here {degree})")
        return
    at_point: dict[Expr, Operator] = {}
    for point, k, size in jumps(found, degree):
        at_point.setdefault(point, {})[-1 - k] = size
    for point, operator in at_point.items():
        if point == 0:
            draft.shares.append(Centred(S.One, density(S.Zero), frozen(operator)))
        else:
            draft.shares.append(AtPoint(point, S.One, density(point), frozen(operator)))
    draft.reasons.append(
        f"the derivative of order {degree + 1} of the piecewise polynomial is a sum of point masses; "
        "E[delta_b^(j) h_l] = w(b) h_(l+j)(b) sqrt((l+j)!/l!) by integration by parts"
    )


def _add_exponential(draft: Draft, rate: Expr, found: list[Atom]) -> None:
    chosen = {a.power: a.coefficient for a in found if a.rate == rate}
    by_power = powers(TIMES_X, max(chosen))
    if real_and_imaginary(rate)[1] == 0:
        draft.shares.append(Exponential(rate, frozen(total_operator(chosen, by_power))))
    else:
        weights = tuple((weight, frozen(by_power[n])) for n, weight in chosen.items())
        draft.shares.append(Wave(rate, weights))
    if GENERATING not in draft.reasons:
        draft.reasons.append(GENERATING)


def _add_error_functions(draft: Draft, found: list[Atom]) -> None:
    """Polynomials times erf(sx + t): erf' = (2s/sqrt(pi)) e^(-(sx + t)^2), one level lower."""
    if not found:
        return
    draft.starts_at(max(a.power for a in found) + 1)
    for slope, offset in dict.fromkeys((a.slope, a.offset) for a in found):
        assert slope is not None
        assert offset is not None
        weights = {a.power: a.coefficient for a in found if (a.slope, a.offset) == (slope, offset)}
        operator = shifted(total_operator(weights, powers(TIMES_X, max(weights))), -1)
        scale = 2 * slope / sqrt(pi) * exp(expand(-(offset**2)))
        draft.shares.append(gaussian(expand(-2 * slope * offset), expand(slope**2), scale, operator))
    draft.reasons.append(
        "sqrt(l) mu_l(f) = mu_(l-1)(f') for the error function, whose derivative is a Gaussian; " + GENERATING
    )


def _add_specials(draft: Draft, found: Parts) -> None:
    names: dict[Core, str] = {}
    chains: dict[Core, list[Recurrence]] = {}
    for special in found.specials:
        core, mirrored, sign = _sequence_of(special)
        if core not in names:
            names[core] = f"R{len(names) + 1}" if names else "R"
            if core.kind == "pole":
                chain = pole_recurrences(names[core], core.exponent, core.scale)
            else:
                chain = [power_recurrence(names[core], core.exponent, core.scale)]
            chains[core] = chain
            draft.recurrences += chain
            draft.reasons.append(chain[-1].proof)
        lowered = special.core.kind in ("atan", "asinh")
        weight = special.coefficient * sign * (special.core.scale if special.core.kind == "atan" else 1)
        operator = powers(TIMES_X, special.power)[-1]
        operator = {j: weight * p for j, p in (shifted(operator, -1) if lowered else operator).items()}
        draft.shares.append(OfSequence(names[core], frozen(operator), mirrored))
        draft.starts_at(special.power + lowered)
        draft.lows.append(_low_of_special(tuple(chains[core]), operator, mirrored))
        if lowered:
            slope = f"{special.core.kind}(x/t)' = " + (
                "t/(x^2 + t^2)" if special.core.kind == "atan" else "(x^2 + t^2)^(-1/2)"
            )
            draft.reasons.append(f"{slope}, t = {special.core.scale}")


def _sequence_of(special: Special) -> tuple[Core, bool, Expr]:
    """Return the core whose recurrence is used, whether x -> -x comes first, and a sign."""
    kind, scale, exponent = special.core
    if kind == "pole":
        if special.left == 0 and special.right is S.Infinity:
            return special.core, False, S.One
        if special.right == 0 and special.left is S.NegativeInfinity:
            # (x + c)^m at -x is (-1)^m (x - c)^m; x^n under the mirror is counted by the shifts
            return Core(kind, -scale, exponent), True, S.NegativeOne**exponent
        raise NoClosedForm(f"1/(x + {scale}) cut off at another point than 0 (exponential integrals)")
    if not special.is_whole_line:
        raise NoClosedForm(f"{kind} cut off by an interval")
    if kind == "power":
        return special.core, False, S.One
    return Core("power", expand(scale**2), -2 if kind == "atan" else -1), False, S.One


def _low_of_special(chain: tuple[Recurrence, ...], operator: Operator, mirrored: bool) -> Low:
    def low(level: int) -> Expr:
        highest = level + max(operator)
        terms = exact_terms(chain, max(highest, 0))[chain[-1].name]
        # c_l of an odd function with a sequence one level lower: E f = 0 stands for l = -1
        monic = dict.fromkeys(range(level + min(operator), 0), S.Zero)
        for m in range(highest + 1):
            sign = S.NegativeOne**m if mirrored else S.One
            monic[m] = sign * expand(terms[m] * sqrt(factorial(m)))
        return applied(operator, monic, level) / sqrt(factorial(level))

    return low


def exact_terms(chain: tuple[Recurrence, ...], up_to: int) -> dict[str, list[Expr]]:
    """Return M_0, ..., M_up_to of each recurrence, exactly; earlier ones may occur in later ones."""
    known: dict[str, list[Expr]] = {}
    for recurrence in chain:
        values = known[recurrence.name] = list(recurrence.initial[: up_to + 1])
        for level in range(len(values), up_to + 1):
            total = [recurrence.source.subs(LEVEL, level)]
            total += [a.subs(LEVEL, level) * values[level - j] for j, a in recurrence.terms if level >= j]
            values.append(expand(put_terms(Add(*total), known)))
    return known


def put_terms(expr: Expr, known: dict[str, list[Expr]]) -> Expr:
    """Return the expression with the terms of sequences at numerical indices put in (0 below index 0)."""
    values = {
        item: known[item.name][int(item.index)] if item.index >= 0 else S.Zero
        for item in expr.atoms(SequenceTerm)
    }
    return expr.xreplace(values)


def _finished(draft: Draft, parity: str | None) -> Built:
    names = [recurrence.name for recurrence in draft.recurrences]
    assert len(names) == len(set(names)), f"two sequences of one name: {names}"
    points = {share.point for share in draft.shares if isinstance(share, AtPoint)}
    signed = any(-point in points for point in points)
    split = parity is not None or signed or any(share.by_parity for share in draft.shares)
    cases = []
    for r in (0, 1) if split else (None,):
        vanishes = parity is not None and (parity == "odd") == (r == 0)
        value = S.Zero if vanishes else Add(*[share.written(r) for share in draft.shares])
        cases.append(Case(r, value))
    built = Built(tuple(cases), (), tuple(draft.recurrences), tuple(dict.fromkeys(draft.reasons)))
    listed = []
    for level in range(draft.first):
        value = expand(Add(*[low(level) for low in draft.lows]))
        if parity is not None and (parity == "odd") == (level % 2 == 0):
            value = S.Zero
        if not _given(built, level, value):
            listed.append((level, value))
    return Built(built.cases, tuple(listed), built.recurrences, built.reasons)


def case_at(cases: tuple[Case, ...], level: int) -> tuple[Case, Expr]:
    """Return the case that a level falls under and its value there, sequences not put in."""
    for case in cases:
        if case.parity is None:
            return case, case.value.subs(LEVEL, level)
        if level % 2 == case.parity:
            return case, case.value.subs(HALF, (level - case.parity) // 2)
    raise AssertionError("the cases cover every level")


def _given(built: Built, level: int, value: Expr) -> bool:
    """Return whether the general case already gives the value at a low level."""
    _, general = case_at(built.cases, level)
    if general.has(S.NaN, S.ComplexInfinity, SequenceTerm):
        return False
    return bool(expand(general - value) == 0)
