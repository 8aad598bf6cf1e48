"""A derivation as a LaTeX document that compiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sympy import Add, Expr, Mul, S, latex

from hermite_gamma.derivation.derive import Derivation
from hermite_gamma.derivation.line import Checked
from hermite_gamma.derivation.text import places

# characters of a row, commands and braces apart: what fits the text width in 11 points
ROW = 66
PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[margin=2.4cm]{geometry}
\usepackage{amsmath,amssymb,graphicx}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 1pt}
\allowdisplaybreaks
\begin{document}
"""
NOTATION = (
    r"Here $g, u, v$ are standard normal, $u$ and $v$ with correlation $\rho$; $w$ is their density and "
    r"$\Phi$ its integral; "
    r"$h_l = \mathrm{He}_l/\sqrt{l!}$ is orthonormal; $\mu_l(f) = \mathbb{E}[f(g)\,h_l(g)]$ and "
    r"$\kappa_f(\rho) = \mathbb{E}[f(u) f(v)]$. Before it was printed each line was checked: at the points "
    r"named its two sides, enclosed with proved errors and $\varphi$ itself only evaluated at points, "
    r"overlap and differ by no more than the power of ten."
)
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\(<\)",
    ">": r"\(>\)",
    "|": r"\(|\)",
}


def render(derivation: Derivation) -> str:
    """Return a whole document."""
    return PREAMBLE + "\n".join(_body(derivation)) + "\n\\end{document}\n"


def _body(derivation: Derivation) -> Iterator[str]:
    act = derivation.activation
    yield rf"\section*{{{escaped(str(act))}}}"
    yield _display(r"\varphi(x)", act.expr, None)
    yield NOTATION
    number = 0
    for section in derivation.sections:
        yield rf"\subsection*{{{escaped(section.title)}}}"
        if section.text:
            yield prose(section.text) + "\n"
        for checked in section.lines:
            number += 1
            line = checked.line
            where = f", for ${_range(line.where)}$" if line.where else ""
            yield rf"\textbf{{{escaped(line.rule.capitalize())}:}} {prose(line.reason)}{where}."
            yield _display(latex(line.left), line.right, number)
            yield rf"{{\footnotesize\hfill {_check(checked)}\par}}"
        if section.after:
            yield "\n" + prose(section.after)


def _check(checked: Checked) -> str:
    if checked.radius == "0":
        return "checked exactly"
    return prose(f"checked {places(checked)}to ") + rf" $10^{{{checked.radius.removeprefix('1e')}}}$"


def escaped(text: str) -> str:
    """Return plain text with the characters escaped that LaTeX takes as its own."""
    return "".join(_SPECIAL.get(character, character) for character in text)


# what is mathematics in the reasons: the first matching pattern of a word decides
_MATHS: tuple[tuple[str, str], ...] = (
    (r"mu_\((?P<i>[^()]*)\)", r"\\mu_{\g<i>}"),
    (r"mu_(?P<i>\d+|l)", r"\\mu_{\g<i>}"),
    (r"h_\((?P<i>[^()]*)\)", r"h_{\g<i>}"),
    (r"sum_\((?P<i>[^()]*)\)", r"\\sum_{\g<i>}"),
    (r"\be\^(?P<i>\w+)", r"e^{\g<i>}"),
    (r"sum_l\b", r"\\sum_l"),
    (r">=", r"\\ge "),
    (r"<=", r"\\le "),
    (r"Phi2\b", r"\\Phi_2"),
    (r"\bphi\b", r"\\varphi"),
    (r"\bkappa\b", r"\\kappa"),
    (r"\balpha\b", r"\\alpha"),
    (r"\brho\b", r"\\rho"),
    (r"\bdelta_(?P<i>\w)", r"\\delta_{\g<i>}"),
    (r"\bgamma_NTK\b", r"\\gamma_{\\mathrm{NTK}}"),
    (r"\*", r" "),
    (r"\b(?P<i>RH|RR|where)\b", r"\\mathrm{\g<i>}"),
    (r"\bE\b", r"\\mathbb{E}"),
)
_SYMBOL = re.compile(
    r"phi|mu_|kappa|alpha|rho|h_l|h_\(|sqrt|delta_|sum_|gamma_|E\[|e\^|Phi2|[=<>^|]"
    r"|\b(?:P|Q|RH|RR|E|where|1)\(|^[A-Z]_|^\([a-z]$|_\+"
)
_SINGLE = frozenset(
    [
        "RH",
        "RR",
        "t",
        "f",
        "g",
        "u",
        "v",
        "w",
        "x",
        "c",
        "b",
        "a",
        "h",
        "l",
        "k",
        "E",
        "=",
        "+",
        "-",
        "<",
        ">",
        "/",
        "He_l",
        "w(u)",
        "w(v)",
        "w(b)",
        "f(x)",
        "g(u)",
        "(a,",
        "b)",
        "rho^l",
    ]
)


def prose(text: str) -> str:
    """Return a reason with its formulas set as mathematics: words stay words.

    A run of words that look like a formula, by the signs in them, is one formula; so is what stands in a
    bracket that a formula opens.

    >>> prose("the square of mu_0(phi')")
    "the square of $\\\\mu_{0}(\\\\varphi')$"
    """
    out: list[str] = []
    run: list[str] = []
    for word in text.split():
        core = word.rstrip(",;.:")
        if run and _is_open(" ".join(run)):
            run.append(word)
            if _is_open(" ".join(run)) or core == word:
                continue
            run.pop()
            out.append(_formula([*run, core]) + word[len(core) :])
            run = []
        elif _looks_like_a_formula(core):
            if core == word or _is_open(word):
                run.append(word)
            else:
                out.append(_formula([*run, core]) + word[len(core) :])
                run = []
        else:
            if run:
                out.append(_formula(run))
                run = []
            out.append(escaped(word))
    return " ".join([*out, _formula(run)] if run else out)


def _looks_like_a_formula(word: str) -> bool:
    return bool(word) and (bool(_SYMBOL.search(word)) or word in _SINGLE or word.isdigit())


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")")


def _formula(words: list[str]) -> str:
    if words == ["a"]:
        return "a"
    text = _roots(" ".join(words))
    for pattern, replacement in _MATHS:
        text = re.sub(pattern, replacement, text)
    return f"${text}$"


def _roots(text: str) -> str:
    """Replace sqrt(...) and ^(...), whose brackets may hold others."""
    for opening, command in (("sqrt(", r"\sqrt{"), ("^(", "^{")):
        while opening in text:
            start = text.index(opening)
            inside = start + len(opening)
            depth, end = 1, inside
            while end < len(text) and depth:
                depth += (text[end] == "(") - (text[end] == ")")
                end += 1
            inner = text[inside : end - 1]
            if command == "^{" and len(inner) == 1:
                inner = f"({inner})"  # the order of a derivative
            text = text[:start] + command + inner + "}" + text[end:]
    return text


def _range(where: str) -> str:
    if not where:
        return ""
    condition, _, rest = where.partition(", except ")
    text = condition
    for pattern, replacement in _MATHS:
        text = re.sub(pattern, replacement, text)
    text = text.replace(" real", r"\in\mathbb{R}")
    skipped = rest.replace("l = ", r"l \ne ")
    return text + (rf",\ {skipped}" if rest else "")


def _display(left: str, right: Expr, number: int | None) -> str:
    tag = "" if number is None else rf"\tag{{{number}}}"
    rows = _rows(left, right)
    if max(map(_width, rows)) > ROW + 4:
        rows_text = " \\\\\n".join(rows)
        aligned = f"\\begin{{aligned}}\n{rows_text}\n\\end{{aligned}}"
        return rf"\[ \resizebox{{0.92\linewidth}}{{!}}{{$\displaystyle {aligned}$}} {tag}\]"
    if len(rows) == 1:
        return rf"\[ {rows[0].replace('&', '', 1)} {tag}\]"
    return "\\[ \\begin{aligned}\n" + " \\\\\n".join(rows) + f"\n\\end{{aligned}} {tag}\\]"


def _rows(left: str, right: Expr) -> list[str]:
    """Return the rows of left = right: as many terms in each as fit."""
    whole = _tex(right)
    if _width(left) + _width(whole) <= ROW:
        return [f"{left} &= {whole}"]
    factor, terms = _terms(right)
    if len(terms) < 2:
        return [f"{left} &= {whole}"]
    opening, closing = (rf"{factor}\Bigl(", r"\Bigr)") if factor else ("", "")
    rows, row = [], rf"{left} &= {opening}"
    filled = _width(row)
    for i, term in enumerate(terms):
        text = _tex(term)
        text = text if i == 0 or text.startswith("-") else f"+ {text}"
        if i and filled + _width(text) > ROW:
            rows.append(row)
            row, filled = r"&\quad ", 2
        row += f" {text}"
        filled += _width(text) + 1
    return [*rows, row + closing]


def _terms(right: Expr) -> tuple[str, list[Expr]]:
    """Return (LaTeX of a common factor or '', the terms of the sum that is left)."""
    if isinstance(right, Add):
        return "", list(right.as_ordered_terms())
    sums = [arg for arg in right.args if isinstance(arg, Add)] if isinstance(right, Mul) else []
    if not sums:
        return "", [right]
    longest = max(sums, key=lambda arg: len(str(arg)))
    rest = right / longest
    if rest == S.One:
        return "", list(longest.as_ordered_terms())
    return _tex(rest) + r"\,", list(longest.as_ordered_terms())


def _tex(expr: Expr) -> str:
    return str(latex(expr, inv_trig_style="full"))


def _width(text: str) -> int:
    """Return roughly how many characters wide a formula is; of a fraction, its longer part."""
    while True:
        shorter = re.sub(
            r"\\[td]?frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}",
            lambda match: max(match[1], match[2], key=len),
            text,
        )
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"\\(?:left|right|Bigl|Bigr|bigl|bigr|mathrm|mathbb|displaystyle)\b", "", text)
    text = re.sub(r"\\[a-zA-Z]+", "x", text)
    return len(re.sub(r"[{}^_\\& ]", "", text))
