"""The baseline of benchmarks/simulation.py: random features and NTK regression as research code writes them.

    OPENBLAS_NUM_THREADS=1 python benchmarks/naive.py rf relu --samples 1000 --dim 1000 --width 100000

Weights by the legacy generator, activations by `np.vectorize`, one N x k array of features (N x kd for the
NTK, one Kronecker product per sample), a pseudoinverse, test and spurious accuracy and nothing else; float64.
Written for a reader, neither slowed down nor tuned. It prints one JSON object: the CPU seconds after the
imports and the peak memory of the process, which is why a comparison runs it in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Scalar = Callable[[float], float]

# as people write them: np.sqrt(24) is computed again for every number, which is most of the time of h1+h4
ACTIVATIONS: dict[str, Scalar] = {
    "relu": lambda x: x * (x > 0),
    "h1+h2": lambda x: x + (x**2 - 1) / np.sqrt(2),
    "h1+h4": lambda x: x + (x**4 - 6 * x**2 + 3) / np.sqrt(24),
    "tanh": np.tanh,
}
DERIVATIVES: dict[str, Scalar] = {
    "relu": lambda x: 1.0 if x > 0 else 0.0,
    "h1+h2": lambda x: 1 + np.sqrt(2) * x,
    "h1+h4": lambda x: 1 + (4 * x**3 - 12 * x) / np.sqrt(24),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
}


def accuracies(
    features: Callable[[Array], Array], samples: int, test_samples: int, dim: int, dim_y: int
) -> tuple[float, float]:
    """Return the test accuracy and the accuracy on samples whose x was drawn again."""
    dim_x = dim - dim_y
    u = np.random.randn(dim_x)  # noqa: NPY002 - the legacy generator belongs to the baseline
    u /= np.linalg.norm(u)
    Z = np.random.randn(samples, dim)  # noqa: NPY002
    Z_test = np.random.randn(test_samples, dim)  # noqa: NPY002
    g = np.sign(Z[:, :dim_x] @ u)
    g_test = np.sign(Z_test[:, :dim_x] @ u)
    theta = np.linalg.pinv(features(Z)) @ g
    Z_spurious = Z.copy()
    Z_spurious[:, :dim_x] = np.random.randn(samples, dim_x)  # noqa: NPY002
    test = np.mean(np.sign(features(Z_test) @ theta) == g_test)
    spurious = np.mean(np.sign(features(Z_spurious) @ theta) == g)
    return float(test), float(spurious)


def random_features(
    phi: Scalar, samples: int, test_samples: int, dim: int, dim_y: int, width: int
) -> tuple[float, float]:
    """Return the accuracies of regression with features phi(V z)."""
    V = np.random.randn(width, dim) / np.sqrt(dim)  # noqa: NPY002
    activation = np.vectorize(phi)
    return accuracies(lambda Z: activation(Z @ V.T), samples, test_samples, dim, dim_y)


def tangent_features(
    slope: Scalar, samples: int, test_samples: int, dim: int, dim_y: int, width: int
) -> tuple[float, float]:
    """Return the accuracies of regression with features z (x) phi'(W z)."""
    W = np.random.randn(width, dim) / np.sqrt(dim)  # noqa: NPY002
    derivative = np.vectorize(slope)

    def features(Z: Array) -> Array:
        return np.array([np.kron(z, derivative(W @ z)) for z in Z])

    return accuracies(features, samples, test_samples, dim, dim_y)


def measured(
    model: str, name: str, samples: int, test_samples: int, dim: int, dim_y: int, width: int, seed: int
) -> dict[str, Any]:
    """Return accuracies, CPU seconds and the peak memory of this process in bytes."""
    np.random.seed(seed)  # noqa: NPY002
    start = time.process_time()
    if model == "rf":
        found = random_features(ACTIVATIONS[name], samples, test_samples, dim, dim_y, width)
    else:
        found = tangent_features(DERIVATIVES[name], samples, test_samples, dim, dim_y, width)
    seconds = time.process_time() - start
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"test": found[0], "spurious": found[1], "seconds": seconds, "peak_bytes": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", choices=["rf", "ntk"])
    parser.add_argument("activation", choices=sorted(ACTIVATIONS))
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--test-samples", type=int, default=1000)
    parser.add_argument("--dim", type=int, default=1000)
    parser.add_argument("--spurious", type=int, help="d_y (default: half of dim)")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dim_y = options.dim // 2 if options.spurious is None else options.spurious
    sizes = (options.samples, options.test_samples, options.dim, dim_y, options.width)
    print(json.dumps(measured(options.model, options.activation, *sizes, options.seed)))


if __name__ == "__main__":
    main()
