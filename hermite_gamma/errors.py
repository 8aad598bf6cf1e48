"""Everything that hermite_gamma raises on purpose, each with the fields that a caller needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any


class HermiteGammaError(Exception):
    """Base of all errors of this package; its text is one line that a user can act on."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An error that cannot be unpickled takes a pool of processes down with it.
        return _rebuilt, (type(self), self.args, self.__dict__)


class BadInput(HermiteGammaError, ValueError):
    """The input is not something the package accepts; the command line exits with status 2."""


class ParseError(BadInput):
    """Typed text is not an activation; `.column` (1-based) points at the place."""

    def __init__(self, message: str, text: str = "", column: int | None = None) -> None:
        self.text = text
        self.column = column
        super().__init__(message if column is None else f"column {column}: {message}")


class UnknownName(BadInput):
    """No such name; `.suggestions` holds the nearest valid ones."""

    def __init__(self, kind: str, name: str, valid: Iterable[str]) -> None:
        self.name = name
        self.suggestions = nearest(name, valid)
        hint = f"; did you mean {', '.join(self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"unknown {kind} {name!r}{hint}")


class NotElementwise(BadInput):
    """The name is known, but it is not a function of one real number (softmax, glu, ...)."""


class NoClosedForm(HermiteGammaError):
    """No rule gives an exact value; `.known` says what is known, `.hint` what to call instead."""

    def __init__(self, message: str, known: str = "", hint: str = "") -> None:
        self.known = known
        self.hint = hint
        super().__init__(". ".join(part for part in (message, known, hint) if part))


class NotDifferentiable(HermiteGammaError):
    """phi jumps, so that phi' is no function; `.place` says where."""

    def __init__(self, message: str, place: str = "") -> None:
        self.place = place
        super().__init__(message)


class UndefinedGamma(HermiteGammaError):
    """The quantity is not defined for this activation (0/0, or not square-integrable)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NoEnclosure(HermiteGammaError):
    """No route can prove a bound; `.place` is the point, box or node that stands in the way."""

    def __init__(self, reason: str, place: str = "") -> None:
        self.reason = reason
        self.place = place
        super().__init__(f"{reason} (at {place})" if place else reason)


class PrecisionExhausted(HermiteGammaError):
    """The asked width was not reached; the message names the knob."""

    def __init__(self, message: str, max_bits: int) -> None:
        self.max_bits = max_bits
        super().__init__(f"{message}; raise max_bits (now {max_bits})")


class BudgetExceeded(HermiteGammaError):
    """The work would take longer than `max_seconds`; refused before it starts."""

    def __init__(self, estimate: float, max_seconds: float) -> None:
        self.estimate = estimate
        self.max_seconds = max_seconds
        super().__init__(
            f"this would take about {estimate:.0f} s, over max_seconds = {max_seconds:g}; "
            "raise max_seconds or ask for fewer digits"
        )


class TrialError(HermiteGammaError):
    """A trial of a simulation failed; `.finished` is what the trials before it gave, or None."""

    finished: Any = None


class ActivationFault(TrialError):
    """phi is not a finite number somewhere; `.argument` is where, `.value` what it is there."""

    def __init__(self, activation: str, argument: float, value: float) -> None:
        self.activation = activation
        self.argument = argument
        self.value = value
        super().__init__(f"{activation} is {value:g} at x = {argument:g}, which the simulation met")


class SingularKernelError(TrialError):
    """K has no inverse, so that F is not defined; `.cause` says why, `.rcond` and `.sizes` how it stands."""

    def __init__(self, cause: str, rcond: float, sizes: Mapping[str, int | None]) -> None:
        self.cause = cause
        self.rcond = rcond
        self.sizes = dict(sizes)
        listed = ", ".join(f"{name} = {'infinite' if n is None else n}" for name, n in sizes.items())
        super().__init__(f"the kernel matrix is singular: {cause} (rcond {rcond:.1e}; {listed})")


class IllConditionedWarning(UserWarning):
    """K is nearly singular: the alignments of that trial have lost digits."""


class MemoryRefused(BadInput):
    """The arrays of one trial do not fit into this machine; refused before anything is allocated."""

    def __init__(self, needed: int, available: int, advice: str) -> None:
        self.needed = needed
        self.available = available
        super().__init__(
            f"this needs {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are available; {advice}"
        )


class MissingExtra(HermiteGammaError):
    """An optional dependency is not installed; the message says which extra brings it."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs the extra '{extra}': pip install 'hermite-gamma[{extra}]'")


def _rebuilt(
    kind: type[HermiteGammaError], args: tuple[Any, ...], fields: dict[str, Any]
) -> HermiteGammaError:
    """Return the error as it was, without the constructor, which takes other arguments."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


def nearest(name: str, valid: Iterable[str], count: int = 3) -> list[str]:
    """Return the valid names closest to `name`, best first."""
    folded = {candidate.lower(): candidate for candidate in valid}
    return [folded[match] for match in get_close_matches(name.lower(), folded, n=count, cutoff=0.6)]
