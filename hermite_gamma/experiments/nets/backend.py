"""torch, asked for when a network is used, with threads and determinism fixed for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from hermite_gamma.errors import MissingExtra


def require_torch() -> Any:
    """Return the module torch.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module("torch")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtra("a network", "nets") from None


@contextmanager
def fixed(threads: int) -> Iterator[Any]:
    """Give torch so many threads, float32 and its deterministic algorithms; at the end all is as before.

    The sums of a matrix product depend on the number of threads in their last bits, and a training
    magnifies them; with a fixed number two runs on one machine are equal to the bit. The random state of
    the user is left as it was.

    >>> with fixed(1) as torch:
    ...     torch.get_num_threads()
    1
    """
    torch = require_torch()
    before, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    dtype = torch.get_default_dtype()
    lenient = torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        torch.set_default_dtype(torch.float32)
        try:
            yield torch
        finally:
            torch.set_num_threads(before)
            torch.set_default_dtype(dtype)
            torch.use_deterministic_algorithms(strict, warn_only=lenient)
