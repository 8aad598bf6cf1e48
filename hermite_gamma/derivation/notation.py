"""The unknowns that the lines of a derivation are about, as SymPy functions with text and LaTeX.

The first argument of each is the order j of the derivative phi^(j), taken between the breakpoints.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, Integer, Symbol

LEVEL = Symbol("l", integer=True, nonnegative=True)
HALF = Symbol("k", integer=True, nonnegative=True)
RHO = Symbol("rho", real=True)
ALPHA = Symbol("alpha", positive=True)
SHIFT = Symbol("t", real=True)


def primed(order: int, latex: bool = False) -> str:
    """Return phi, phi', phi'', phi''', phi^(4), ...

    >>> primed(2), primed(4), primed(1, latex=True)
    ("phi''", 'phi^(4)', "\\\\varphi'")
    """
    name = r"\varphi" if latex else "phi"
    if order < 4:
        return name + "'" * order
    return f"{name}^{{({order})}}" if latex else f"{name}^({order})"


class _Unknown(Function):  # type: ignore[misc]
    """A number that only the activation gives: nothing is evaluated by SymPy."""

    nargs = 2
    text: str
    tex: str

    @property
    def order(self) -> int:
        return int(self.args[0])

    def _eval_is_extended_real(self) -> bool:
        return True

    def _sympystr(self, printer: Any) -> str:
        inner = printer.doprint(self.args[1])
        index = inner if self.args[1].is_Atom else f"({inner})"
        return self.text.format(f=primed(self.order), x=inner, i=index)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        inner = printer.doprint(self.args[1])
        made = self.tex.format(f=primed(self.order, latex=True), x=inner, i=inner)
        return made if exp is None else rf"{made}^{{{exp}}}"


class Value(_Unknown):
    """phi^(j)(x)."""

    text = "{f}({x})"
    tex = r"{f}({x})"


class Mu(_Unknown):
    """mu_l of phi^(j): E[phi^(j)(g) h_l(g)].

    >>> Mu(1, LEVEL - 1)
    mu_(l - 1)(phi')
    """

    text = "mu_{i}({f})"
    tex = r"\mu_{{{i}}}({f})"


class Generating(_Unknown):
    """E[phi^(j)(g + t)] = sum_l mu_l t^l / sqrt(l!)."""

    text = "E[{f}(g + {x})]"
    tex = r"\mathbb{{E}}\bigl[{f}(g + {x})\bigr]"


class Kernel(_Unknown):
    """kappa of phi^(j) at rho: E[phi^(j)(u) phi^(j)(v)]."""

    text = "kappa[{f}]({x})"
    tex = r"\kappa_{{{f}}}({x})"


class Slope(_Unknown):
    """The derivative in rho of Kernel."""

    text = "d/drho kappa[{f}]({x})"
    tex = r"\tfrac{{d}}{{d\rho}}\,\kappa_{{{f}}}({x})"


class Series(_Unknown):
    """sum_l mu_l^2 rho^l of phi^(j)."""

    text = "sum_(l>=0) mu_l({f})^2*{x}^l"
    tex = r"\sum_{{l \ge 0}} \mu_l({f})^2\, {x}^l"


class Gamma(_Unknown):
    """A constant of phi at alpha: 0 the NTK limit, 1 the paper's, 2 the sharp, 3 the upper RF bound."""

    text = tex = ""
    names = ("gamma_NTK", "gamma_RF,paper", "gamma_RF,sharp", "gamma_RF,upper")
    latex_names = (
        r"\gamma_{\mathrm{NTK}}",
        r"\gamma_{\mathrm{RF}}^{\mathrm{paper}}",
        r"\gamma_{\mathrm{RF}}^{\mathrm{sharp}}",
        r"\gamma_{\mathrm{RF}}^{\mathrm{upper}}",
    )

    def _sympystr(self, printer: Any) -> str:
        return f"{self.names[self.order]}({printer.doprint(self.args[1])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        made = f"{self.latex_names[self.order]}({printer.doprint(self.args[1])})"
        return made if exp is None else rf"\left({made}\right)^{{{exp}}}"


def mu(order: int, level: Expr | int) -> Expr:
    """Return mu_level(phi^(order))."""
    return Mu(Integer(order), level)


def kernel(order: int, rho: Expr | int) -> Expr:
    """Return kappa of phi^(order)."""
    return Kernel(Integer(order), rho)
