"""What a row of the catalogue holds; literal values only, so that listing it imports no mathematics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family of activations.

    Args:
        name: keyword and identifier in the formula.
        default: number in the typed language (exact rational where possible), None if it must be given.
        doc: what it is, with its domain where not every real number will do.
        example: a value to show where there is no default.

    >>> Parameter("value", None, "value at or below the threshold", "20").illustration
    '20'
    """

    name: str
    default: str | None
    doc: str
    example: str = ""

    @property
    def illustration(self) -> str:
        """The default, or the example where there is none."""
        return self.example if self.default is None else self.default


@dataclass(frozen=True)
class Entry:
    """One activation of the catalogue: its formula, and the names it goes by elsewhere.

    Args:
        key: the name used in this package.
        title: one line, plain words.
        formula: typed text in `x` and the names of the parameters.
        parameters: in the order of the torch constructor.
        conditions: what the parameters must satisfy, each `left relation right` with relation one of
            < <= != and both sides a parameter or a number.
        torch: constructor in torch.nn.
        functional: function in torch, as `F.silu` or `torch.erf`.
        jax: names in jax.nn.
        aliases: other names, of other libraries and of the literature; matched without regard to case, and
            with `-` and space as `_`.
        note: what a user of that name should know.
    """

    key: str
    title: str
    formula: str
    parameters: tuple[Parameter, ...] = ()
    conditions: tuple[str, ...] = ()
    torch: str | None = None
    functional: str | None = None
    jax: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""
