"""Rule: elementary dual kernels of sums of atoms whose cut-offs are all centred at 0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sympy import Expr, S, expand

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom
from hermite_gamma.exact.bivariate import Bivariate, Kernel, Sum
from hermite_gamma.exact.kernel_form import written
from hermite_gamma.exact.linear import square_integrable_atoms
from hermite_gamma.pieces import PiecewiseFunction

# Sum of (highest power + 1) over the kernels; the time grows with its square (about 2 s at the limit), and
# what comes out beyond it fills pages.
MAX_SIZE = 40


@dataclass(frozen=True)
class Term:
    """coefficient * x^power * kernel(x) on the whole line."""

    coefficient: Expr
    power: int
    kernel: Kernel


@lru_cache(maxsize=256)
def dual(function: PiecewiseFunction) -> Expr:
    """Return E[f(u) f(v)] as an expression in RHO.

    Raises:
        NoClosedForm: a breakpoint away from 0, an exponential cut off there, an erf off its centre.
    """
    terms = centred_terms(function)
    highest: dict[Kernel, int] = {}
    for term in terms:
        highest[term.kernel] = max(term.power, highest.get(term.kernel, 0))
    if sum(power + 1 for power in highest.values()) > MAX_SIZE:
        raise NoClosedForm("the dual is elementary, but has too many terms to be of use")
    pair = Bivariate([term.kernel for term in terms])
    total: Sum = {}
    for index, a in enumerate(terms):
        for b in terms[index:]:
            weight = a.coefficient * b.coefficient * (1 if a is b else 2)
            pair.add(total, pair.functions.one, weight, pair.moment(a.power, b.power, a.kernel, b.kernel))
    return written(total, pair)


def centred_terms(function: PiecewiseFunction) -> list[Term]:
    """Return the function as terms on the whole line, a cut at 0 written with sign(x)."""
    collected: dict[tuple[int, Kernel], Expr] = {}
    for atom in square_integrable_atoms(function):
        for share, kernel in _kernels(atom):
            key = (atom.power, kernel)
            collected[key] = collected.get(key, S.Zero) + share * atom.coefficient
    terms = [Term(expand(value), power, kernel) for (power, kernel), value in collected.items()]
    terms = [term for term in terms if term.coefficient != 0]
    if any(term.kernel.slope is not None and term.kernel.rate != 0 for term in terms):
        raise NoClosedForm("the dual of an exponential that is cut off is not elementary")
    return terms


def _kernels(atom: Atom) -> list[tuple[Expr, Kernel]]:
    smooth = Kernel(atom.rate, atom.gauss)
    if atom.is_whole_line:
        if atom.slope is None:
            return [(S.One, smooth)]
        if atom.offset != 0:
            raise NoClosedForm("the dual of an error function away from its centre is not elementary")
        return [(S.One, smooth._replace(slope=atom.slope))]
    both = ((atom.left, S.Half), (atom.right, -S.Half))
    ends = [(end, share) for end, share in both if not end.is_infinite]
    if any(end != 0 for end, _ in ends):
        raise NoClosedForm("the dual of a function with a breakpoint away from 0 is not elementary")
    if atom.slope is not None:
        raise NoClosedForm("the dual of an error function that is cut off is not elementary")
    [(_, share)] = ends
    return [(S.Half, smooth), (share, smooth._replace(slope=S.Infinity))]
