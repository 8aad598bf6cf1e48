"""Typed text -> checked tokens -> text that `ast` may read.

Whatever could make the compiler slow, crash or warn (NUL bytes, huge literals, deep nesting, quotes, dots)
is refused here, with its column; number literals never reach Python, which would round them.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from hermite_gamma.errors import BadInput, ParseError

MAX_LENGTH = 100_000
MAX_TOKENS = 20_000
MAX_NESTING = 100
MAX_DIGITS = 2500
MAX_EXPONENT = 300
MAX_NAME = 40

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<number>{_NUMBER})|(?P<name>[A-Za-z_]\w*)|(?P<operator>\*\*|[<>=!]=|[-+*/^()\[\],<>=&|~])",
    re.ASCII,
)
_RATIONAL = re.compile(rf"\s*([+-]?)\s*({_NUMBER})\s*(?:/\s*({_NUMBER})\s*)?", re.ASCII)

_OPENING = {"(": ")", "[": "]"}
# after one of these, + and - are signs; signs and powers nest to the right, everything else to the left
_RESETS = {",", "<", ">", "<=", ">=", "==", "!=", "=", "&", "|", "and", "or", "+", "-", "*", "/"}
_OPERATOR_WORDS = {"and", "or", "not"}

_REASONS = {
    ".": "a dot is only allowed inside a number (there are no attributes)",
    '"': "quoted text is not part of a formula",
    "'": "quoted text is not part of a formula",
    ":": "':' is not part of the language (no lambda, no assignment, no slices)",
    "%": "'%' is not part of the language",
    "{": "braces are not part of the language; use parentheses",
    "}": "braces are not part of the language; use parentheses",
    "!": "'!' is not part of the language",
    "#": "comments are not part of the language",
    "\N{MINUS SIGN}": "this is a MINUS SIGN (U+2212), not the ASCII hyphen; write -",
    "\N{MULTIPLICATION SIGN}": "this is a MULTIPLICATION SIGN (U+00D7); write *",
    "\N{MIDDLE DOT}": "this is a MIDDLE DOT (U+00B7); write *",
    "\N{GREEK SMALL LETTER PI}": "this is a GREEK SMALL LETTER PI (U+03C0); write pi",
    "\N{SUPERSCRIPT TWO}": "this is a SUPERSCRIPT TWO (U+00B2); write ^2",
}


@dataclass(frozen=True)
class Source:
    """Checked text; `python` is what `ast` reads, and offsets into it lead to columns and exact numbers."""

    text: str
    python: str
    columns: dict[int, int]
    numbers: dict[int, Fraction]

    def column(self, offset: int) -> int:
        """Return the 1-based column in the user's text of the token at or before an offset into `python`."""
        return self.columns[max((start for start in self.columns if start <= offset), default=0)]


def read_tokens(text: str) -> Source:
    """Return the checked form of typed text.

    >>> source = read_tokens("2*x^3")
    >>> source.python, source.column(8), source.numbers
    ('0 * x ** 0', 4, {0: Fraction(2, 1), 9: Fraction(3, 1)})

    Raises:
        ParseError: a character, a word, a number or the nesting is outside the language.
    """
    if len(text) > MAX_LENGTH:
        raise ParseError(f"the text has {len(text)} characters; at most {MAX_LENGTH} are read", text[:80])
    parts: list[str] = []
    columns: dict[int, int] = {}
    numbers: dict[int, Fraction] = {}
    nesting = _Nesting(text)
    offset, position, previous = 0, 0, ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ParseError(_character(text[position]), text, position + 1)
        token, kind, column = match.group(), match.lastgroup, position + 1
        position = match.end()
        if kind == "space":
            continue
        if len(columns) >= MAX_TOKENS:
            raise ParseError(f"more than {MAX_TOKENS} tokens", text, column)
        if kind == "name":
            _check_word(token, text, column)
        _check_neighbours(previous, token, text, column)
        nesting.feed(previous, token, column)
        columns[offset] = column
        if kind == "number":
            numbers[offset] = _number(token, text, column)
            written = "0"  # a placeholder: the exact value stays in `numbers`
        else:
            written = "**" if token == "^" else token
        parts.append(written)
        offset += len(written) + 1
        previous = token
    if not parts:
        raise ParseError("the text is empty; an example of a formula is x*atan(x)", text)
    nesting.close()
    if previous in _RESETS or previous in ("^", "**", "not", "~"):
        raise ParseError(f"the formula ends too early, after {previous!r}", text, column)
    return Source(text, " ".join(parts), columns, numbers)


class _Nesting:
    """Bounds, before the parser runs, how deep its tree can get: brackets, signs and powers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[tuple[str, int]] = []
        self.pending = [0]

    def feed(self, previous: str, token: str, column: int) -> None:
        if token in _OPENING:
            self.open.append((token, column))
            self.pending.append(0)
        elif token in (")", "]"):
            if not self.open or _OPENING[self.open.pop()[0]] != token:
                raise ParseError(f"{token!r} without its opening bracket", self.text, column)
            self.pending.pop()
        elif token in ("**", "^", "not", "~") or (token in ("+", "-") and not _ends_operand(previous)):
            self.pending[-1] += 1
        elif token in _RESETS:
            self.pending[-1] = 0
        else:
            return
        if len(self.open) + sum(self.pending) > MAX_NESTING:
            raise ParseError(f"nested deeper than {MAX_NESTING} levels", self.text, column)

    def close(self) -> None:
        if self.open:
            token, column = self.open[-1]
            raise ParseError(f"{token!r} is never closed", self.text, column)


def _ends_operand(token: str) -> bool:
    return bool(token) and token not in _OPERATOR_WORDS and (token[-1] in ")]._" or token[-1].isalnum())


def _check_word(word: str, text: str, column: int) -> None:
    if keyword.iskeyword(word) and word not in _OPERATOR_WORDS and word != "True":
        raise ParseError(f"{word!r} is a Python keyword, not part of a formula", text, column)
    if len(word) > MAX_NAME:
        raise ParseError(f"a name of {len(word)} characters; at most {MAX_NAME} are read", text, column)
    if word.startswith("_"):
        raise ParseError("no name starts with an underscore", text, column)


def _check_neighbours(previous: str, token: str, text: str, column: int) -> None:
    if token in ("==", "!="):
        raise ParseError(
            f"{token} is refused: one point has probability 0 under N(0,1), so its value cannot matter; "
            "use < or <=, or leave the case out",
            text,
            column,
        )
    if not _ends_operand(previous):
        return
    if token == "[":
        raise ParseError("subscripts are not part of the language", text, column)
    called = token == "(" and previous[0].isalpha()
    if not called and (token == "(" or (_ends_operand(token) and token not in (")", "]"))):
        raise ParseError(
            f"an operator is missing before {_short(token)}; write * for a product", text, column
        )


def _number(token: str, text: str, column: int) -> Fraction:
    digits, _, exponent = token.lower().partition("e")
    if len(digits) > MAX_DIGITS:
        raise ParseError(f"a number with more than {MAX_DIGITS} digits", text, column)
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > MAX_EXPONENT):
        raise ParseError(
            f"the decimal exponent {_short(exponent)} is outside -{MAX_EXPONENT}..{MAX_EXPONENT}",
            text,
            column,
        )
    return Fraction(token)


def _character(character: str) -> str:
    if character in _REASONS:
        return _REASONS[character]
    code = f"U+{ord(character):04X}"
    if character.isascii() and character.isprintable():
        return f"{character!r} is not part of the language"
    if unicodedata.category(character) == "Cc":
        return f"the control character {code} is not part of the language"
    # never echo the character itself: it may look like a valid one, or be unprintable
    return (
        f"the character {unicodedata.name(character, 'without a name')} ({code}) is not part of the language"
    )


def _short(token: str) -> str:
    return ascii(token if len(token) <= 24 else token[:24] + "...")


def parse_rational(text: str, what: str = "alpha") -> Fraction:
    """Return the exact rational number that a text such as 1/5, 0.25 or 1e-3 denotes.

    >>> parse_rational("1e-3"), parse_rational(" -1/3 ")
    (Fraction(1, 1000), Fraction(-1, 3))
    >>> parse_rational("nan")
    Traceback (most recent call last):
    hermite_gamma.errors.BadInput: alpha must be a number such as 1/4 or 0.25, not 'nan'

    Raises:
        BadInput: anything else, 1/0 among it.
    """
    match = _RATIONAL.fullmatch(text)
    if match is None:
        raise BadInput(f"{what} must be a number such as 1/4 or 0.25, not {_short(text)}")
    sign, numerator, denominator = match.groups()
    try:
        value = _number(numerator, text, 1)
        divisor = _number(denominator, text, match.start(3) + 1) if denominator else Fraction(1)
    except ParseError as error:
        raise BadInput(f"{what}: {error}") from None
    if divisor == 0:
        raise BadInput(f"{what} must be a number; {_short(text)} divides by zero")
    return -value / divisor if sign == "-" else value / divisor
