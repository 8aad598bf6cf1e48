"""A pickle of plain values and byte arrays, read without running anything that it names."""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt


class RefusedPickle(Exception):
    """The file is no such pickle; the text says why."""


class _Type:
    """Stands in for numpy.dtype: keeps what the file says and makes nothing."""

    def __init__(self, text: Any = None, *_rest: Any) -> None:
        self.text = text

    def __setstate__(self, state: Any) -> None:
        pass


class _Array:
    """Stands in for numpy.ndarray: keeps shape, type, order and bytes, to be checked afterwards."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _reconstruct(*_ignored: Any) -> _Array:
    return _Array()


# Nothing of NumPy itself is called: its own __setstate__ trusts the file.
_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
}


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STAND_INS:
            raise RefusedPickle(f"it asks for {module}.{name}, which a file of images does not need")
        return _STAND_INS[module, name]


def read_pickle(content: bytes) -> dict[str, Any]:
    """Return a pickled dict whose values are numbers, text, lists of them, or arrays of bytes.

    Args:
        content: the file; Python 2 wrote those that matter, so that text may be bytes.

    Returns:
        The dict, with keys as text and arrays as uint8 arrays.

    Raises:
        RefusedPickle: it names any class or function but those of an array, or is damaged.

    >>> import numpy as np, pickle
    >>> read_pickle(pickle.dumps({"data": np.arange(3, dtype=np.uint8), "labels": [1]}, protocol=4))
    {'data': array([0, 1, 2], dtype=uint8), 'labels': [1]}
    >>> read_pickle(pickle.dumps({"data": print}))
    Traceback (most recent call last):
    ...
    hermite_gamma.experiments.datasets.unpickle.RefusedPickle: it asks for builtins.print, which a file of
    images does not need
    """
    try:
        found = _Restricted(io.BytesIO(content), encoding="bytes").load()
    except EOFError:
        raise RefusedPickle("it is truncated") from None
    except (
        pickle.UnpicklingError, ValueError, TypeError, AttributeError, LookupError, OverflowError, MemoryError
    ) as error:  # fmt: skip  # what damaged opcodes raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise RefusedPickle(f"it is no pickle or a damaged one ({reason})") from None
    if not isinstance(found, dict) or not all(isinstance(key, str | bytes) for key in found):
        raise RefusedPickle("it holds no dict with names as keys")
    named = {key.decode("latin-1") if isinstance(key, bytes) else key: v for key, v in found.items()}
    return {key: _bytes_of(key, v) if isinstance(v, _Array) else v for key, v in named.items()}


def _bytes_of(name: str, value: _Array) -> npt.NDArray[np.uint8]:
    """Return what the state of an array says: (version, shape, type, is in Fortran order, bytes)."""
    if not isinstance(value.state, tuple) or len(value.state) != 5:
        raise RefusedPickle(f"the array {name} has no content")
    _version, shape, kind, fortran, content = value.state
    whole = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    text = kind.text if isinstance(kind, _Type) else None
    if text not in ("u1", b"u1") or not whole or fortran or not isinstance(content, bytes):
        raise RefusedPickle(f"{name} is no array of unsigned bytes in row order")
    if math.prod(shape) != len(content):
        raise RefusedPickle(f"the array {name} of shape {shape} has {len(content)} bytes")
    return np.frombuffer(content, np.uint8).reshape(shape)
