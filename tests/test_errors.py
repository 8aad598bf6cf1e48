"""Errors travel between processes as they are."""

from __future__ import annotations

import pickle

import pytest

from hermite_gamma.errors import (
    ActivationFault,
    BudgetExceeded,
    HermiteGammaError,
    MemoryRefused,
    MissingExtra,
    NoClosedForm,
    NoEnclosure,
    ParseError,
    PrecisionExhausted,
    SingularKernelError,
    UndefinedGamma,
    UnknownName,
)

ERRORS = (
    UnknownName("activation", "tahn", ["tanh", "relu"]),
    ParseError("no number", "x+", 3),
    NoClosedForm("none", "a link", "a hint"),
    UndefinedGamma("0/0"),
    NoEnclosure("a pole", "x = 1"),
    PrecisionExhausted("short", 64),
    BudgetExceeded(100.0, 60.0),
    ActivationFault("exp(x)", 1000.0, float("inf")),
    SingularKernelError("N > k", 0.0, {"N": 3, "k": 2}),
    MemoryRefused(10**12, 10**9, "take fewer samples"),
    MissingExtra("drawing", "plot"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: HermiteGammaError) -> None:
    """A constructor with other arguments than `args` would end the pool of processes that raised it."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.__dict__) == (str(error), error.__dict__)
    assert str(error)
