"""Alignment of a network linearised at given weights: the features of z are the gradient of f(z).

With K(z, z') = <grad f(z), grad f(z')> over the training set, and z_i^s = [x', y_i],

    F_i = [K^{-1} k(., z_i^s)]_i = phi(z_i^s)^T P phi(z_i) / |P phi(z_i)|^2,

where P projects on what is orthogonal to the gradients of the other N - 1 samples [bombari2024, Lemma 4.1;
the identity is derived in docs/simulation.md]. At initialisation, with the first layer of a shallow network
for all parameters, this is the F of the NTK.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput, SingularKernelError, UnknownName
from hermite_gamma.experiments.nets.backend import fixed, require_torch

Double = npt.NDArray[np.float64]

MEMORY = 2**30  # bytes of gradients held at once
CHUNK = 32  # samples whose gradients are taken in one sweep
THREADS = 1  # another number moves the last bits
# K is of doubles: F has lost ten of their sixteen digits where the condition number is 1/RCOND.
RCOND = 1e-10


@dataclass(frozen=True, eq=False)
class Tangent:
    """Alignments of the probes of one training set.

    Attributes:
        values: (m,), F of each probe.
        rcond: smallest over largest eigenvalue of K.
        parameters: how many the gradient is taken in.
    """

    values: Double
    rcond: float
    parameters: int

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def sd(self) -> float:
        """Standard deviation over the probes: how much F varies from sample to sample."""
        return float(self.values.std(ddof=1)) if len(self.values) > 1 else float("nan")

    @property
    def stderr(self) -> float:
        """Standard error of the mean over the probes of this training set, whose F are not independent.

        For an error that holds for other training sets and initialisations, repeat with other seeds.
        """
        return self.sd / math.sqrt(len(self.values))


def tangent_alignment(
    module: Any,
    inputs: Any,
    queries: Any,
    probes: Sequence[int],
    *,
    names: Collection[str] | None = None,
    memory: int = MEMORY,
) -> Tangent:
    """Return F of some samples of a training set for a network linearised at its present weights.

    Args:
        module: torch module with one output for each sample, which no other sample of the batch changes.
        inputs: (N, ...) training inputs.
        queries: (m, ...) the inputs z_i^s, one for each probe, in the order of `probes`.
        probes: m places in `inputs`.
        names: parameters that the gradient is taken in, as in `module.named_parameters()`; None is all.
        memory: bytes that the gradients may take.

    Raises:
        BadInput: numbers of probes and queries that differ, or a probe that is no row of `inputs`.
        SingularKernelError: K is singular to working precision, so that F is not defined or noise.

    >>> import torch
    >>> layer = torch.nn.Linear(3, 1, bias=False)  # f is linear: F = y.y/z.z for the one sample
    >>> found = tangent_alignment(layer, torch.tensor([[1.0, 1, 2]]), torch.tensor([[0.0, 0, 2]]), [0])
    >>> round(found.mean, 12), found.parameters
    (0.666666666667, 3)
    """
    places = np.asarray(probes, np.intp)
    count = len(inputs)
    if len(queries) != len(places) or not len(places):
        raise BadInput(f"{len(places)} probes and {len(queries)} queries: one query for each probe is needed")
    if places.min() < 0 or places.max() >= count:
        raise BadInput(f"a probe must be one of the {count} samples, got {places.min()} to {places.max()}")
    torch = require_torch()
    both = torch.cat([torch.as_tensor(inputs), torch.as_tensor(queries)])
    kernel = tangent_kernel(module, both, names=names, memory=memory)
    parameters = sum(p.numel() for p in _chosen(module, names).values())
    values, rcond = alignments(kernel[:count, :count], kernel[:count, count:], places)
    if values is None:
        cause = "the gradients of the samples are linearly dependent, to working precision"
        if count > parameters:
            cause = f"N = {count} samples but only p = {parameters} parameters"
        raise SingularKernelError(cause, rcond, {"N": count, "p": parameters})
    return Tangent(values, rcond, parameters)


def alignments(kernel: Double, crossed: Double, probes: npt.NDArray[np.intp]) -> tuple[Double | None, float]:
    """Return [K^{-1} k_s]_ii of the probes, None where K is singular, and its reciprocal condition number.

    Args:
        kernel: K, (N, N); crossed: (N, m), column j is k(., z^s) of probe j.
        probes: (m,), places of the probes.

    >>> alignments(np.diag([2.0, 4.0]), np.array([[0.0], [1.0]]), np.array([1]))
    (array([0.25]), 0.5)
    >>> alignments(np.ones((2, 2)), np.ones((2, 1)), np.array([0]))[0] is None
    True
    """
    spectrum = np.linalg.eigvalsh(kernel)
    rcond = max(0.0, float(spectrum[0] / spectrum[-1])) if spectrum[-1] > 0 else 0.0
    if rcond < RCOND:
        return None, rcond
    units = np.zeros((len(kernel), len(probes)))
    units[probes, np.arange(len(probes))] = 1.0
    return np.einsum("ij,ij->j", np.linalg.solve(kernel, units), crossed), rcond


def tangent_kernel(
    module: Any, inputs: Any, *, names: Collection[str] | None = None, memory: int = MEMORY
) -> Double:
    """Return K(z, z') = <grad f(z), grad f(z')> for all pairs of inputs, in double precision.

    A weight that multiplies one vector for each sample has the outer product of what goes in and what comes
    back as gradient, which is never formed; other gradients are taken by torch.func in blocks of samples that
    fit the memory, again for each pair of blocks if there are several.

    Args: as for `tangent_alignment`.

    Returns:
        (n, n), symmetric.
    """
    with fixed(THREADS) as torch, torch.enable_grad():
        copy = deepcopy(module).double().eval()
        rows = torch.as_tensor(inputs).double()
        chosen = _chosen(copy, names)
        kernel, done = _outer_products(copy, rows, chosen)
        rest = {name: p for name, p in chosen.items() if name not in done}
        if rest:
            held = 8 * sum(p.numel() for p in rest.values())
            # A Jacobian is made from its parts; two blocks of them are held where one does not do.
            block = len(rows) if 2 * held * len(rows) <= memory else max(1, memory // (3 * held))
            _add_blocks(kernel, copy, rows, rest, block)
    return np.asarray(kernel.detach().numpy())


def _chosen(module: Any, names: Collection[str] | None) -> dict[str, Any]:
    known = dict(module.named_parameters())
    for name in names or ():
        if name not in known:
            raise UnknownName("parameter", name, known)
    return {name: p for name, p in known.items() if names is None or name in names}


def _outer_products(copy: Any, rows: Any, chosen: Mapping[str, Any]) -> tuple[Any, set[str]]:
    """Return the part of K of the linear layers that see one vector for each sample, and their parameters."""
    import torch

    kernel = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    uses: dict[str, list[tuple[Any, Any]]] = {}
    with _watched(copy, uses):
        answers = copy(rows).reshape(-1)
    owners = [id(p) for layer in copy.modules() for p in layer.parameters(recurse=False)]
    layers = {
        name: calls[0]
        for name, calls in uses.items()
        if len(calls) == 1
        and calls[0][0].dim() == 2
        and len(calls[0][0]) == len(rows)
        and all(owners.count(id(p)) == 1 for p in copy.get_submodule(name).parameters())
    }
    done: set[str] = set()
    if not layers:
        return kernel, done
    # No sample changes the answer at another, so the gradient of the sum has the row of each sample.
    back = torch.autograd.grad(answers.sum(), [out for _, out in layers.values()], allow_unused=True)
    for (name, (given, _)), delta in zip(layers.items(), back, strict=True):
        prefix = f"{name}." if name else ""
        own = {f"{prefix}{kind}" for kind in ("weight", "bias")} & set(chosen)
        done |= own
        if delta is None:
            continue
        gram = delta @ delta.T
        if f"{prefix}weight" in own:
            kernel += gram * (given.detach() @ given.detach().T)
        if f"{prefix}bias" in own:
            kernel += gram
    return kernel, done


@contextmanager
def _watched(copy: Any, uses: dict[str, list[tuple[Any, Any]]]) -> Iterator[None]:
    """Note what goes into and out of each linear layer."""
    import torch

    hooks = []
    for name, layer in copy.named_modules():
        if type(layer) is torch.nn.Linear:

            def note(layer: Any, given: Any, out: Any, name: str = name) -> None:
                uses.setdefault(name, []).append((given[0], out))

            hooks.append(layer.register_forward_hook(note))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _add_blocks(kernel: Any, copy: Any, rows: Any, rest: Mapping[str, Any], block: int) -> None:
    starts = range(0, len(rows), block)
    for first in starts:
        left = _jacobian(copy, rows[first : first + block], rest)
        for second in starts:
            if second < first:
                continue
            right = left if second == first else _jacobian(copy, rows[second : second + block], rest)
            product = left @ right.T
            kernel[first : first + block, second : second + block] += product
            if second > first:
                kernel[second : second + block, first : first + block] += product.T


def _jacobian(copy: Any, rows: Any, rest: Mapping[str, Any]) -> Any:
    """Return the gradients of all rows, (n, p)."""
    import torch
    from torch.func import functional_call, grad, vmap

    fixed = {
        name: value.detach()
        for name, value in (*copy.named_parameters(), *copy.named_buffers())
        if name not in rest
    }
    free = {name: p.detach() for name, p in rest.items()}

    def answer(parameters: Any, row: Any) -> Any:
        return functional_call(copy, parameters | fixed, (row[None],)).reshape(())

    gradients = vmap(grad(answer), in_dims=(None, 0), chunk_size=CHUNK)(free, rows)
    return torch.cat([gradients[name].reshape(len(rows), -1) for name in rest], 1)
