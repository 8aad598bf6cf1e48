"""What is known of one activation, as one JSON object: formula, facts, and which results cover it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS, Entry, canonical, spellings
from hermite_gamma.construct import ExactNumber, Spec, activation, entry_of
from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.exact.coefficients import coefficient
from hermite_gamma.exact.duals import dual
from hermite_gamma.parsing import to_text
from hermite_gamma.symbols import RHO

Fact = bool | None


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis of a result: the fact it needs, the value it needs, and the words for either outcome."""

    fact: str
    needed: bool
    met: str
    broken: str


@dataclass(frozen=True)
class Result:
    """A result of the paper or of the package, and its hypotheses on phi."""

    name: str
    hypotheses: tuple[Hypothesis, ...]
    otherwise: str = ""


_NOT_AFFINE = Hypothesis("affine", False, "phi is not affine", "phi is affine")
_L2 = Hypothesis("square_integrable", True, "E phi^2 is finite", "E phi^2 is infinite")
_LIPSCHITZ = Hypothesis("lipschitz", True, "phi is Lipschitz", "phi is not Lipschitz")
_SMOOTH = Hypothesis("derivative_lipschitz", True, "phi' is Lipschitz", "phi' is not Lipschitz")
_NO_JUMP = Hypothesis("jumps", False, "phi does not jump", "phi jumps, so phi' is no function")
_DERIVATIVE_L2 = Hypothesis(
    "derivative_square_integrable", True, "E phi'^2 is finite", "phi' is not in L2(N(0,1))"
)

RESULTS = (
    Result("gamma_RF bounds are defined", (_L2, _NOT_AFFINE)),
    Result(
        "gamma_RF lower bound is a theorem ([bombari2024], Theorem 1)",
        (_LIPSCHITZ, _NOT_AFFINE),
        "where the bound is defined it is still computed, as a formula that this theorem does not cover",
    ),
    Result("gamma_NTK limit is defined", (_NO_JUMP, _DERIVATIVE_L2, _NOT_AFFINE)),
    Result(
        "gamma_NTK limit is a theorem ([bombari2024], Theorem 2)",
        (_SMOOTH, _NOT_AFFINE),
        "where the limit is defined it is still computed, as a formula that this theorem does not cover",
    ),
)


def describe(spec: Spec, **parameters: ExactNumber) -> dict[str, Any]:
    """Return what `hermite-gamma info` shows, as the object of the JSON schema `info` (without `schema`).

    A catalogue entry whose parameters have no defaults is described at its example parameters. Facts are
    computed from the expression: True, False, or None where they are not decided.

    Args:
        spec, parameters: as for `activation`.

    Raises:
        BadInput: as for `activation`.

    >>> facts = describe("relu")
    >>> facts["breakpoints"], facts["regularity"]["lipschitz"], facts["regularity"]["derivative_lipschitz"]
    (['0'], True, False)
    >>> for result in facts["results"]:
    ...     print(result["result"], "|", result["applies"])
    gamma_RF bounds are defined | True
    gamma_RF lower bound is a theorem ([bombari2024], Theorem 1) | True
    gamma_NTK limit is defined | True
    gamma_NTK limit is a theorem ([bombari2024], Theorem 2) | False
    >>> facts["results"][-1]["reason"].partition(";")[0]
    "phi' is not Lipschitz"
    """
    phi = activation(spec, **(_examples(spec) | parameters))
    entry = entry_of(phi)
    facts = _facts(phi)
    return {
        "activation": str(phi),
        "name": entry.key if entry else None,
        "title": entry.title if entry else "typed formula",
        "formula": entry.formula if entry else to_text(phi.expr),
        "latex": phi.latex,
        "parameters": {name: to_text(value) for name, value in phi.parameters},
        "names": list(spellings(entry)) if entry else [],
        "note": entry.note if entry else "",
        "parity": _known(lambda: phi.parity),
        "breakpoints": [str(point) for point in _known(lambda: phi.breakpoints) or ()],
        "growth": _known(lambda: phi.growth) or "not decided",
        "regularity": facts,
        "closed_forms": {
            # two neighbours: parity alone makes every second coefficient an exact 0
            "coefficients": _has_closed_form(lambda: [coefficient(phi.pieces, degree) for degree in (4, 5)]),
            "dual_kernel": _has_closed_form(lambda: dual(phi.pieces, RHO)),
        },
        "results": [_verdict(result, facts) for result in RESULTS],
    }


def _examples(spec: Spec) -> dict[str, ExactNumber]:
    key = canonical(spec) if isinstance(spec, str) else None
    entry: Entry | None = ACTIVATIONS[key] if key else None
    return {p.name: p.example for p in entry.parameters if p.default is None} if entry else {}


def _facts(phi: Activation) -> dict[str, Fact]:
    jumps = _known(lambda: phi.has_jumps)
    smooth = _known(lambda: phi.derivative().is_lipschitz) if jumps is False else None
    return {
        "affine": _known(lambda: phi.is_affine),
        "square_integrable": _known(lambda: phi.is_square_integrable),
        "derivative_square_integrable": _known(lambda: phi.derivative_is_square_integrable),
        "lipschitz": _known(lambda: phi.is_lipschitz),
        "derivative_lipschitz": False if jumps else smooth,
        "jumps": jumps,
    }


def _known(ask: Callable[[], Any]) -> Any:
    """Return the answer, None where nothing can be proved."""
    try:
        return ask()
    except NoEnclosure:
        return None


def _has_closed_form(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (NoClosedForm, NoEnclosure):
        return False
    return True


def _verdict(result: Result, facts: dict[str, Fact]) -> dict[str, Any]:
    met = [(h, None if facts[h.fact] is None else facts[h.fact] == h.needed) for h in result.hypotheses]
    broken = [h.broken for h, holds in met if holds is False]
    open_ = [h.met for h, holds in met if holds is None]
    if broken:
        return _line(result, False, [*broken, result.otherwise])
    if open_:
        return _line(result, None, [f"not decided whether {words}" for words in open_])
    return _line(result, True, [h.met for h, _ in met])


def _line(result: Result, applies: Fact, reasons: Iterable[str]) -> dict[str, Any]:
    return {"result": result.name, "applies": applies, "reason": "; ".join(filter(None, reasons))}
