"""Activation -> Derivation: the sections of lines, all of them checked."""

from __future__ import annotations

from dataclasses import dataclass

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.derivation import by_parts, gammas, kernels, levels
from hermite_gamma.derivation.chain import OPEN, chain
from hermite_gamma.derivation.checking import check_section
from hermite_gamma.derivation.line import CheckedSection, Section
from hermite_gamma.derivation.numbers import Numbers
from hermite_gamma.errors import NoClosedForm, UndefinedGamma
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.sympy_faults import retried


@dataclass(frozen=True)
class Derivation:
    """The steps from phi to mu_l, kappa and the alignment constants; every line has been checked.

    Attributes:
        activation: phi.
        sections: in the order in which they are read.
    """

    activation: Activation
    sections: tuple[CheckedSection, ...]


@retried
def derive(phi: Spec) -> Derivation:
    """Return the derivation of the constants of an activation.

    Args:
        phi: an Activation, or anything that `activation` accepts.

    Raises:
        UndefinedGamma: phi is not square-integrable.
        NoEnclosure: a number in a line cannot be enclosed, so that the line cannot be checked.

    >>> found = derive("relu")
    >>> print(found.sections[0].lines[2].line.right)
    mu_(l - 1)(phi')
    """
    act = activation(phi)
    if act.is_square_integrable is False:
        raise UndefinedGamma(f"{act.name} is not square-integrable under N(0,1)")
    found, sequences = sections(act)
    numbers = Numbers(act, sequences)
    return Derivation(act, tuple(check_section(section, numbers) for section in found))


def sections(phi: Activation) -> tuple[list[Section], dict[str, PiecewiseFunction]]:
    """Return the sections before they are checked, and the functions of their auxiliary sequences."""
    steps = chain(phi.pieces)
    depth = 1 if steps.end == OPEN else steps.last
    found: list[Section] = []
    if depth:
        found.append(by_parts.section(steps, depth))
    sequences: dict[str, PiecewiseFunction] = {}
    try:
        coefficients, sequences = levels.section(phi, steps)
    except NoClosedForm:
        coefficients = levels.without_formula(phi)
    found.append(coefficients)
    found.append(kernels.section(phi, steps))
    found.append(gammas.section(phi, steps))
    return found, sequences
