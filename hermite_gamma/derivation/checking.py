"""The check that every line passes before it is shown: both sides as balls, at every instance."""

from __future__ import annotations

from fractions import Fraction

from flint import acb, arb, ctx
from sympy import Rational

from hermite_gamma.balls import exact, program
from hermite_gamma.derivation import notation
from hermite_gamma.derivation.line import Checked, CheckedSection, Line, Section
from hermite_gamma.derivation.numbers import BITS, Numbers
from hermite_gamma.pieces import PiecewiseFunction

# |left - right| must be known to this, relative to 1 + |left|: far below any wrong sign, factor or index
FINEST = Fraction(1, 10**12)


class WrongLineError(ArithmeticError):
    """A line does not hold, or cannot be told: a bug of the derivation; the line is not shown."""

    def __init__(self, line: Line, where: str, left: arb, right: arb) -> None:
        super().__init__(
            f"{line.rule}: {line.left} = {line.right} at {where or 'these numbers'}: {left}, {right}"
        )
        self.line = line


def check_section(section: Section, numbers: Numbers) -> CheckedSection:
    """Return the section with all of its lines checked.

    Raises:
        WrongLineError: one does not hold.
    """
    lines = tuple(check(line, numbers) for line in section.lines)
    return CheckedSection(section.title, lines, section.text, section.after)


def check(line: Line, numbers: Numbers) -> Checked:
    """Enclose both sides of a line at each of its instances.

    Raises:
        WrongLineError: the two balls are disjoint somewhere, or too wide to tell.
    """
    pairs = _of_spans(line, numbers) if line.spans else _of_instances(line, numbers)
    worst = arb(0)
    with ctx.workprec(BITS):
        for where, left, right in pairs:
            difference = left - right
            size = 1 + abs(left).abs_upper()
            fine = difference.is_finite() and difference.rad() <= exact(FINEST) * size
            if not fine or not difference.contains(0):
                raise WrongLineError(line, where, left, right)
            worst = worst.max(difference.abs_upper())
        # no more digits than tell the size: one power of ten above it
        power = -999 if worst == 0 else int((worst.log() / arb(10).log()).upper().ceil().unique_fmpz())
    return Checked(line, tuple(where for where, _, _ in pairs), "0" if worst == 0 else f"1e{power}")


def _of_instances(line: Line, numbers: Numbers) -> list[tuple[str, arb, arb]]:
    found = []
    for instance in line.instances or ({},):
        values = {symbol: Rational(value) for symbol, value in instance.items()}
        where = ", ".join(f"{symbol} = {value}" for symbol, value in values.items())
        left, right = (numbers.ball(side.subs(values)) for side in (line.left, line.right))
        found.append((where, left, right))
    return found


def _of_spans(line: Line, numbers: Numbers) -> list[tuple[str, arb, arb]]:
    """Compare the integral of the right side with the change of the function that it is the derivative of."""
    assert isinstance(line.left, notation.Value)
    before = numbers.derivative(line.left.order - 1)
    run = program(line.right)
    found = []
    with ctx.workprec(BITS):
        for low, high in line.spans:
            piece = program(_piece(before, low, high, numbers))
            change = piece.real(exact(high)) - piece.real(exact(low))
            integral = acb.integral(
                lambda z, _analytic: run.box(z), acb(exact(low)), acb(exact(high)), abs_tol=arb(2) ** -120
            )
            found.append((f"integrated from {low} to {high}", change, integral.real))
    return found


def _piece(function: PiecewiseFunction, low: Fraction, high: Fraction, numbers: Numbers) -> object:
    """Return the expression on the piece that holds [low, high]."""
    inside = sum(point <= low for point in numbers.ends(function))
    assert inside == sum(point < high for point in numbers.ends(function))
    return function.pieces[inside].expr
