"""BLAS and LAPACK on row-major arrays in place, without the interpreter's lock.

SciPy's own wrappers keep the lock and want Fortran order; its Cython tables hold the same routines as plain
addresses, which ctypes calls with the lock released. A row-major array is its transpose in Fortran's eyes, so
out = a b^T is asked for as out^T = b a^T and nothing is copied.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Double = npt.NDArray[np.float64]

_LETTER = {np.dtype(np.float32): "s", np.dtype(np.float64): "d"}
_REAL = {"s": ctypes.c_float, "d": ctypes.c_double}


def multiply(a: Matrix, b: Matrix, out: Matrix, accumulate: bool = False) -> None:
    """Write a b^T to out, or add it to out.

    Args:
        a: (m, n); b: (p, n); out: (m, p); of one precision, rows contiguous
            (they may be slices of wider rows).

    >>> a, out = np.arange(6.0).reshape(2, 3), np.empty((2, 2))
    >>> multiply(a, a, out)
    >>> bool((out == a @ a.T).all())
    True
    """
    letter = _letter(a, b, out)
    (m, n), p = a.shape, len(b)
    if not m * p:
        return
    _call(
        "blas", f"{letter}gemm", "T", "N", p, m, n, _real(letter, 1.0), b, _lead(b), a, _lead(a),
        _real(letter, float(accumulate)), out, _lead(out),
    )  # fmt: skip


def square(a: Matrix, out: Matrix, accumulate: bool = False) -> None:
    """Write the lower triangle of a a^T to out, or add it to out; what is above the diagonal stays.

    Args:
        a: (m, n); out: (m, m); of one precision, rows contiguous.
    """
    letter = _letter(a, a, out)
    m, n = a.shape
    _call(
        "blas", f"{letter}syrk", "U", "T", m, n, _real(letter, 1.0), a, _lead(a),
        _real(letter, float(accumulate)), out, _lead(out),
    )  # fmt: skip


def aligned_zeros(*shape: int) -> Double:
    """Return float64 zeros on a cache line: the sums of LAPACK's vector loops depend on where they begin."""
    size = int(np.prod(shape))
    raw = np.zeros(size + 7)
    start = -(raw.ctypes.data // 8) % 8
    return raw[start : start + size].reshape(shape)


def aligned(matrix: Double) -> Double:
    """Return the matrix itself if it begins on a cache line, else a copy that does."""
    if matrix.ctypes.data % 64 == 0:
        return matrix
    copy = aligned_zeros(*matrix.shape)
    copy[...] = matrix
    return copy


def cholesky(matrix: Double) -> bool:
    """Replace the lower triangle by its Cholesky factor L, matrix = L L^T; return whether there is one."""
    return _lapack("dpotrf", "U", len(matrix), matrix, _lead(matrix)) == 0


def reciprocal_condition(factor: Double, norm: float) -> float:
    """Return LAPACK's estimate of 1/(|K|_1 |K^{-1}|_1) from the factor of K and the 1-norm of K."""
    size = len(factor)
    rcond = ctypes.c_double()
    work, integers = aligned_zeros(3 * size), np.empty(size, np.int32)
    _lapack("dpocon", "U", size, factor, _lead(factor), ctypes.c_double(norm), rcond, work, integers)
    return rcond.value


def solve(factor: Double, rows: Double) -> None:
    """Replace each row r of `rows` by K^{-1} r, from the factor of K."""
    if len(rows):
        _lapack("dpotrs", "U", len(factor), len(rows), factor, _lead(factor), rows, _lead(rows))


def invert(factor: Double) -> None:
    """Replace the Cholesky factor of K by K^{-1}, both triangles."""
    _lapack("dpotri", "U", len(factor), factor, _lead(factor))
    mirror(factor)


def mirror(matrix: Double) -> None:
    """Copy the lower triangle above the diagonal, block by block so that both sides stay in the cache."""
    size, block = len(matrix), 256
    for start in range(0, size, block):
        stop = min(start + block, size)
        corner = matrix[start:stop, start:stop]
        corner[...] = np.tril(corner) + np.tril(corner, -1).T
        matrix[start:stop, stop:] = matrix[stop:, start:stop].T


def norm_1(matrix: Double) -> float:
    """Return the largest row sum of |K| of a symmetric K given by its lower triangle."""
    sums = np.zeros(len(matrix))
    block = 256
    for start in range(0, len(matrix), block):
        stop = min(start + block, len(matrix))
        rows = np.abs(matrix[start:stop, :start])
        corner = np.abs(np.tril(matrix[start:stop, start:stop]))
        sums[start:stop] += rows.sum(axis=1) + corner.sum(axis=1) + np.tril(corner, -1).sum(axis=0)
        sums[:start] += rows.sum(axis=0)
    return float(sums.max(initial=0.0))


_DEPTH = 0
_LIMITS: list[Any] = []
_GUARD = Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let every BLAS of the process use one thread while any such block runs: more would change the bits."""
    global _DEPTH  # noqa: PLW0603 - the limit belongs to the process
    from threadpoolctl import threadpool_limits

    _table("blas", "dgemm")  # the library must be loaded before it can be limited
    with _GUARD:
        if not _DEPTH:
            _LIMITS.append(threadpool_limits(1, user_api="blas"))
        _DEPTH += 1
    try:
        yield
    finally:
        with _GUARD:
            _DEPTH -= 1
            if not _DEPTH:
                _LIMITS.pop().restore_original_limits()


def _letter(*arrays: Matrix) -> str:
    for array in arrays:
        contiguous = array.ndim == 2 and (array.size == 0 or array.strides[1] == array.itemsize)
        if array.dtype != arrays[0].dtype or not contiguous:
            raise ValueError("BLAS takes matrices of one precision with contiguous rows")
    return _LETTER[arrays[0].dtype]


def _lead(array: Matrix) -> int:
    return max(array.strides[0] // array.itemsize, 1) if len(array) > 1 else max(array.shape[1], 1)


def _real(letter: str, value: float) -> Any:
    return _REAL[letter](value)


def _call(library: str, name: str, *arguments: Any) -> None:
    """Call a Fortran routine: everything by address, one character for each option."""
    passed = [
        argument.ctypes.data_as(ctypes.c_void_p)
        if isinstance(argument, np.ndarray)
        else ctypes.c_char_p(argument.encode())
        if isinstance(argument, str)
        else ctypes.byref(ctypes.c_int(argument) if isinstance(argument, int) else argument)
        for argument in arguments
    ]
    _table(library, name)(*passed)


def _lapack(name: str, *arguments: Any) -> int:
    info = ctypes.c_int()
    _call("lapack", name, *arguments, info)
    if info.value < 0:
        raise ValueError(f"{name}: argument {-info.value} is wrong")
    return info.value


@cache
def _table(library: str, name: str) -> Any:
    from importlib import import_module

    capsule = import_module(f"scipy.linalg.cython_{library}").__pyx_capi__[name]
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.CFUNCTYPE(None)(get_pointer(capsule, get_name(capsule)))
