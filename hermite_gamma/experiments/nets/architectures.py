"""The networks as torch modules; each gives one number per input, shape (n,).

Import this module only where torch is known to be there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation.normals import fill_normals

INITIAL = 210  # random stream; those of the simulations are numbered from 0, of the frames from 200
GROUPS = 4
PATCHES = (8, 7, 6, 5, 4)
HEADS = 4
BLOCKS = 2
EXPANSION = 2  # of the hidden layer in a block of the transformer
POSITION_SD = 0.02  # Dosovitskiy et al. 2021 (arXiv 2010.11929)


class Scalar(nn.Module):  # type: ignore[misc]
    """A body that gives features (n, k), and a linear readout of one number each, (n,)."""

    def __init__(self, body: Any, readout: Any) -> None:
        super().__init__()
        self.body, self.readout = body, readout

    def forward(self, z: Any) -> Any:
        return self.readout(self.body(z)).squeeze(-1)


class Residual(nn.Module):  # type: ignore[misc]
    """phi(shortcut(z) + norm(conv(phi(norm(conv(z)))))) of He et al. 2016 (arXiv 1512.03385)."""

    def __init__(self, before: int, after: int, stride: int, phi: Any, moment: float) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _conv(before, after, 3, stride, moment),
            _norm(after),
            phi,
            _conv(after, after, 3, 1, moment),
            _norm(after),
        )
        same = before == after and stride == 1
        self.shortcut = nn.Identity() if same else _conv(before, after, 1, stride, moment)
        self.phi = phi

    def forward(self, z: Any) -> Any:
        return self.phi(self.shortcut(z) + self.branch(z))


class Attention(nn.Module):  # type: ignore[misc]
    """Softmax attention over the tokens, written out so that per-sample gradients work."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mixed = _linear(dim, 3 * dim, 1.0)
        self.out = _linear(dim, dim, 1.0)

    def forward(self, z: Any) -> Any:
        n, tokens, dim = z.shape
        query, key, value = (
            self.mixed(z).reshape(n, tokens, 3, HEADS, dim // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        )
        weights = torch.softmax(query @ key.transpose(-2, -1) / math.sqrt(dim // HEADS), -1)
        return self.out((weights @ value).transpose(1, 2).reshape(n, tokens, dim))


class Block(nn.Module):  # type: ignore[misc]
    """Attention and a hidden layer, each normalised before and added."""

    def __init__(self, dim: int, phi: Any, moment: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(dim), Attention(dim))
        self.hidden = nn.Sequential(
            nn.LayerNorm(dim),
            _linear(dim, EXPANSION * dim, 1.0),
            phi,
            _linear(EXPANSION * dim, dim, moment),
        )

    def forward(self, z: Any) -> Any:
        z = z + self.attention(z)
        return z + self.hidden(z)


class Tokens(nn.Module):  # type: ignore[misc]
    """Square patches of a picture, embedded, with learned positions."""

    def __init__(self, channels: int, tokens: int, patch: int, dim: int) -> None:
        super().__init__()
        self.embed = _conv(channels, dim, patch, patch, 1.0)
        self.positions = nn.Parameter(torch.empty(tokens, dim))

    def forward(self, z: Any) -> Any:
        return self.embed(z).flatten(2).transpose(1, 2) + self.positions


class MeanOfTokens(nn.Module):  # type: ignore[misc]
    """The mean over the tokens."""

    def forward(self, z: Any) -> Any:
        return z.mean(1)


class MeanOfPixels(nn.Module):  # type: ignore[misc]
    """The mean over height and width."""

    def forward(self, z: Any) -> Any:
        return z.mean((2, 3))


def fc(shape: tuple[int, ...], width: int, phi: Any, moment: float) -> Any:
    """One hidden layer: `body.0.weight` (k, d) are the weights of the random features, `readout` is theta."""
    return Scalar(nn.Sequential(_linear(shape[0], width, 1.0), phi), _linear(width, 1, moment))


def cnn(shape: tuple[int, ...], width: int, phi: Any, moment: float) -> Any:
    """Three convolutions of stride 2 with width, 2 width and 4 width channels."""
    channels = [shape[0], width, 2 * width, 4 * width]
    layers: list[Any] = []
    for place, (before, after) in enumerate(pairwise(channels)):
        layers += [_conv(before, after, 3, 2, moment if place else 1.0), phi]
    return Scalar(nn.Sequential(*layers, MeanOfPixels()), _linear(channels[-1], 1, moment))


def resnet(depth: int) -> Callable[..., Any]:
    """Return the maker of a residual network of 6n + 2 layers, the first of them of stride 2.

    The framed pictures have 48 x 48 pixels: without that stride an epoch takes three times as long.
    """
    blocks = (depth - 2) // 6

    def make(shape: tuple[int, ...], width: int, phi: Any, moment: float) -> Any:
        if width % GROUPS:
            raise BadInput(f"the width of a residual network is a multiple of {GROUPS}, got {width}")
        layers = [_conv(shape[0], width, 3, 2, 1.0), _norm(width), phi]
        before = width
        for stage in range(3):
            for block in range(blocks):
                after = width * 2**stage
                layers.append(Residual(before, after, 2 if stage and not block else 1, phi, moment))
                before = after
        return Scalar(nn.Sequential(*layers, MeanOfPixels()), _linear(before, 1, moment))

    return make


def vit(shape: tuple[int, ...], width: int, phi: Any, moment: float) -> Any:
    """Two transformer blocks over patches of 4 to 8 pixels, the largest that divides the picture."""
    channels, height, across = shape
    patch = next((p for p in PATCHES if height % p == 0 and across % p == 0), None)
    if patch is None:
        raise BadInput(
            f"vit cuts a picture into squares of 4 to 8 pixels, which {height} x {across} is no multiple of; "
            "take another frame"
        )
    if width % HEADS:
        raise BadInput(f"the width of vit is a multiple of {HEADS}, got {width}")
    tokens = (height // patch) * (across // patch)
    blocks = [Block(width, phi, moment) for _ in range(BLOCKS)]
    body = nn.Sequential(Tokens(channels, tokens, patch, width), *blocks, nn.LayerNorm(width), MeanOfTokens())
    return Scalar(body, _linear(width, 1, 1.0))


def initialise(module: Any, seed: int) -> None:
    """Draw every weight from N(0, 1/(fan_in E phi^2)), the E phi^2 only behind an activation; biases are 0.

    The numbers are a pure function of the seed and of the place in the network, on every machine and with
    every version of torch.
    """
    with torch.no_grad():
        for place, part in enumerate(module.modules()):
            if isinstance(part, Tokens):
                part.positions.copy_(_normals(part.positions.shape, POSITION_SD, seed, place))
            if isinstance(part, nn.Linear | nn.Conv2d):
                sd = 1 / math.sqrt(part.weight[0].numel() * part.moment)
                part.weight.copy_(_normals(part.weight.shape, sd, seed, place))
                nn.init.zeros_(part.bias)


def _normals(shape: Any, sd: float, seed: int, place: int) -> Any:
    drawn = np.empty((shape[0], math.prod(shape[1:])), np.float32)
    fill_normals(drawn, seed, place, INITIAL)
    return torch.from_numpy(drawn * np.float32(sd)).reshape(shape)


def _linear(before: int, after: int, moment: float) -> Any:
    layer = nn.Linear(before, after)
    layer.moment = moment
    return layer


def _conv(before: int, after: int, size: int, stride: int, moment: float) -> Any:
    layer = nn.Conv2d(before, after, size, stride, padding=1 if size == 3 else 0)
    layer.moment = moment
    return layer


def _norm(channels: int) -> Any:
    return nn.GroupNorm(GROUPS, channels)
