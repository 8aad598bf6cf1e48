"""The networks by name: add one here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.activation import Activation
from hermite_gamma.construct import activation as activation_of
from hermite_gamma.dual import dual_kernel
from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.experiments.datasets.framed_rows import seed_value
from hermite_gamma.experiments.nets.backend import fixed


@dataclass(frozen=True)
class Network:
    """One architecture.

    Args:
        name: what options call it.
        title: for legends.
        pictures: True where the input is (n, C, H, W), False where it is rows (n, d).
        width: hidden neurons, channels of the first stage, or length of a token, where none is asked for.
        make: (shape, width, phi, E phi^2) -> torch module; phi is a torch module, too.
    """

    name: str
    title: str
    pictures: bool
    width: int
    make: Callable[..., Any]


def _from(name: str, *arguments: Any) -> Callable[..., Any]:
    """Return a maker of architectures.py, which imports torch and hence is imported when it is used."""

    def make(*given: Any) -> Any:
        maker = getattr(import_module("hermite_gamma.experiments.nets.architectures"), name)
        return (maker(*arguments) if arguments else maker)(*given)

    return make


NETWORKS: Mapping[str, Network] = {
    n.name: n
    for n in (
        Network("fc", "fully connected, one hidden layer", False, 512, _from("fc")),
        Network("cnn", "three convolutions", True, 16, _from("cnn")),
        Network("resnet8", "ResNet-8", True, 8, _from("resnet", 8)),
        Network("resnet14", "ResNet-14", True, 8, _from("resnet", 14)),
        Network("vit", "vision transformer", True, 64, _from("vit")),
    )
}


def network(name: str) -> Network:
    """Return an architecture.

    Raises:
        BadInput: there is none of that name.

    >>> network("cnn").pictures
    True
    >>> network("resnet18")
    Traceback (most recent call last):
    hermite_gamma.errors.BadInput: unknown network 'resnet18'; did you mean resnet8, resnet14? (allowed:
    fc, cnn, resnet8, resnet14, vit)
    """
    if name not in NETWORKS:
        raise BadInput(f"{UnknownName('network', str(name), NETWORKS)} (allowed: {', '.join(NETWORKS)})")
    return NETWORKS[name]


def build(
    name: str, shape: Sequence[int], *, activation: Any = "relu", width: int | None = None, seed: int
) -> Any:
    """Return a network of one output for two classes, with its initial weights.

    Weights are N(0, 1/(fan_in E phi^2)), E phi^2 = 1 where no activation comes before: inputs of mean square
    1 (preprocessing "scaled" or "centred") give pre-activations of variance 1 in fc and cnn whatever phi is.
    Biases are 0. The residual networks have group norms where the originals have batch norms: with a batch
    norm f(z) depends on the rest of the batch, so that leaving a sample out, and the gradient of f at one
    sample, would mean something else. Their
    three stages have 1, 2 and 4 times `width` channels, and their first convolution has stride 2.

    Args:
        name: key of `NETWORKS`.
        shape: (d,) for fc, (C, H, W) for the others.
        activation: what `hermite_gamma.activation` accepts; in vit that of the hidden layers.
        width: see `Network`.
        seed: in [0, 2^64); the weights are a pure function of it.

    Returns:
        A torch module on the CPU in float32: (n, *shape) -> (n,).

    Raises:
        MissingExtra: torch is not installed.
        BadInput: an unknown name, a shape or width that the network does not take, an activation that
            cannot be trained.
        UndefinedGamma: the activation is not square-integrable.

    >>> build("fc", (12,), activation="h1+h4", width=5, seed=1)
    Scalar(
      (body): Sequential(
        (0): Linear(in_features=12, out_features=5, bias=True)
        (1): Elementwise(h1+h4)
      )
      (readout): Linear(in_features=5, out_features=1, bias=True)
    )
    """
    chosen = network(name)
    sizes = _sizes(chosen, shape)
    k = chosen.width if width is None else width
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise BadInput(f"width must be a whole number, at least 1, got {width!r}")
    phi = activation_of(activation)
    place = seed_value(seed)
    with fixed(1):
        from hermite_gamma.experiments.nets.activations import Elementwise
        from hermite_gamma.experiments.nets.architectures import initialise

        # what cannot be trained is refused before the integral is computed
        elementwise = Elementwise(phi)
        module = chosen.make(sizes, int(k), elementwise, _second_moment(phi))
        initialise(module, place)
    return module


def channels_first(pictures: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return pictures (n, H, W) or (n, H, W, 3) as (n, C, H, W), the input of the networks on pictures.

    >>> channels_first(np.zeros((5, 8, 9, 3))).shape, channels_first(np.zeros((5, 8, 9))).shape
    ((5, 3, 8, 9), (5, 1, 8, 9))
    """
    if pictures.ndim not in (3, 4):
        raise BadInput(f"pictures are (n, H, W) or (n, H, W, C), got shape {pictures.shape}")
    ordered = pictures[:, None] if pictures.ndim == 3 else np.moveaxis(pictures, -1, 1)
    return np.ascontiguousarray(ordered, np.float32)


@cache
def _second_moment(phi: Activation) -> float:
    """E phi(g)^2 for g ~ N(0,1)."""
    return float(dual_kernel(phi, 1, digits=8))


def _sizes(chosen: Network, shape: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in shape)
    if len(sizes) != (3 if chosen.pictures else 1) or min(sizes) < 1:
        takes = "pictures (C, H, W)" if chosen.pictures else "rows (d,)"
        raise BadInput(f"{chosen.name} takes {takes}, got shape {sizes}")
    return sizes
