"""LaTeX as MathML, which browsers draw without a script and without a network."""

from __future__ import annotations

import re
from html import unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

# They have no base of their own.
_ERRORS = tuple(e for e in vars(exceptions).values() if isinstance(e, type) and issubclass(e, Exception))

# What makes a row higher than its brackets.
_TALL = frozenset({"mfrac", "munder", "munderover", "mtable", "mroot", "msqrt"})
_FUNCTIONS = frozenset(
    {
        "log",
        "ln",
        "exp",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "erf",
        "det",
    }
)
# Operators with something below them.
_LIMITS = frozenset(["min", "max", "lim", "sup", "inf", "argmin", "argmax"])


class NoMathML(ValueError):
    """A formula that cannot be written as MathML."""


def mathml(latex: str, *, block: bool = False) -> str:
    r"""Return a formula as a `<math>` element.

    Args:
        latex: the formula, without delimiters.
        block: whether it stands on a line of its own.

    >>> print(mathml("x < y").removeprefix('<math xmlns="http://www.w3.org/1998/Math/MathML" '))
    display="inline"><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow></math>

    Raises:
        NoMathML: the formula is not complete, or has a command that is not known.
    """
    try:
        root = convert_to_element(latex, display="block" if block else "inline")
    except _ERRORS as error:
        raise NoMathML(f"{latex!r} is no formula ({type(error).__name__})") from None
    for node in list(root.iter()):
        if node.text:
            # the texts hold references such as &#x003BB;, which are escaped once more when written
            node.text = unescape(node.text)
            if re.match(r"\\[A-Za-z]", node.text):
                raise NoMathML(f"{node.text} of {latex!r} has no MathML")
        _join_letters(node)
        _space_functions(node)
        _shrink_brackets(node)
    return tostring(root, encoding="unicode")


def _join_letters(node: Element) -> None:
    r"""Make one identifier of the letters of \mathrm{NTK}, which come as a product of three variables."""
    previous: Element | None = None
    for child in list(node):
        upright = child.tag == "mi" and child.get("mathvariant") == "normal" and (child.text or "").isalpha()
        if upright and previous is not None:
            previous.text = f"{previous.text}{child.text}"
            node.remove(child)
        else:
            previous = child if upright else None


def _space_functions(node: Element) -> None:
    r"""Put a thin space between a function and a neighbour that is no bracket: "d log d".

    What \operatorname names comes as an operator, with wide spaces on both sides, and becomes a function.
    """
    for child in list(node):
        name = child.text or ""
        if child.tag == "mo" and len(name) > 1 and name.isalpha() and name not in _LIMITS:
            child.tag = "mi"
        elif child.tag != "mi" or name not in _FUNCTIONS:
            continue
        position = list(node).index(child)
        beside = {
            position + 1: node[position + 1] if position + 1 < len(node) else None,
            position: node[position - 1] if position else None,
        }
        for place, neighbour in beside.items():
            if neighbour is not None and neighbour.tag in ("mi", "mn", "msup", "msub", "mfrac"):
                node.insert(place, Element("mspace", width="0.17em"))


def _shrink_brackets(node: Element) -> None:
    """Let brackets around one line keep their size: those that stretch have wide side bearings."""
    if node.tag != "mrow" or any(each.tag in _TALL for each in node.iter()):
        return
    for child in node:
        if child.tag == "mo" and child.get("fence") == "true":
            child.set("stretchy", "false")
