"""A fault of SymPy 1.14 that goes away, as a rule, when the call is repeated."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from hermite_gamma.errors import NoClosedForm

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 10


def retried(call: Callable[P, R]) -> Callable[P, R]:
    """Return the function, repeated where SymPy's cache of prime factors trips over itself.

    sqrt(Integer(1010024999999999999999999)) raises ValueError ("... is not a prime factor of ...") at first,
    from a part of factorint that stores a composite cofactor, and gives the right answer the second time.
    Products of two large close factors, one of them composite, fail every time: then there is no closed form.

    Raises:
        NoClosedForm: SymPy fails every time.
    """

    @wraps(call)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(ATTEMPTS):
            try:
                return call(*args, **kwargs)
            except ValueError as error:
                if type(error) is not ValueError or "is not a prime factor of" not in str(error):
                    raise
        raise NoClosedForm("SymPy cannot take the square root of a whole number that comes up here")

    return repeated
