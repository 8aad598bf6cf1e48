"""What a statement claims: two formulas and the relation between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sympy as sp

from proofs_check.formula import quantities_of, text


class Relation(Enum):
    """What a claim says of its two sides; `.latex` is how it is printed.

    >>> Relation("<=").latex
    '\\\\le'
    """

    EQUAL = "=="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="

    @property
    def latex(self) -> str:
        """The relation in LaTeX."""
        return {"==": "=", "<=": r"\le", ">=": r"\ge"}.get(self.value, self.value)

    @property
    def is_equality(self) -> bool:
        """Whether the two sides are claimed to be equal."""
        return self is Relation.EQUAL


def _formula(side: str, given: object) -> sp.Expr:
    try:
        # strict: text would be run as code
        return sp.sympify(given, strict=True)
    except sp.SympifyError:
        wrong = f"the {side} side of a claim is a SymPy expression or an exact number, got {given!r}"
        raise TypeError(wrong) from None


@dataclass(frozen=True)
class Claim:
    """Left side, relation and right side: SymPy expressions; text is refused, since reading it would run it.

    >>> Claim("x**2", "==", 1)
    Traceback (most recent call last):
    TypeError: the left side of a claim is a SymPy expression or an exact number, got 'x**2'
    """

    left: sp.Expr
    relation: Relation | str
    right: sp.Expr

    def __post_init__(self) -> None:
        for side in ("left", "right"):
            object.__setattr__(self, side, _formula(side, getattr(self, side)))
        object.__setattr__(self, "relation", Relation(self.relation))

    @property
    def sign(self) -> Relation:
        """The relation."""
        return Relation(self.relation)

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the free symbols of both sides."""
        return frozenset(s.name for s in self.left.free_symbols | self.right.free_symbols)

    @property
    def quantities(self) -> frozenset[str]:
        """Names of the quantities of both sides."""
        return quantities_of(self.left) | quantities_of(self.right)

    def __str__(self) -> str:
        return f"{text(self.left)} {self.sign.value} {text(self.right)}"
