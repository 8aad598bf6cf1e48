"""What a network answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.experiments.nets.backend import fixed

AT_ONCE = 256  # inputs of one forward pass without gradients


def outputs(module: Any, inputs: npt.NDArray[Any], threads: int = 1) -> npt.NDArray[np.float64]:
    """Return f(z) for every input, in evaluation mode, as float64 (n,).

    >>> from hermite_gamma.experiments.nets.models import build
    >>> module = build("fc", (3,), seed=1)
    >>> outputs(module, np.zeros((2, 3))).tolist()
    [0.0, 0.0]
    """
    with fixed(threads) as torch, torch.no_grad():
        mode = module.training
        module.eval()
        z = torch.from_numpy(np.ascontiguousarray(inputs, np.float32))
        found = [module(z[start : start + AT_ONCE]) for start in range(0, len(z), AT_ONCE)]
        module.train(mode)
        return np.asarray(torch.cat(found).double().numpy() if found else np.empty(0))
