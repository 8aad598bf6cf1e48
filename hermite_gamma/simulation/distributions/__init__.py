"""Data laws by name: one row of `DISTRIBUTIONS` for each, one file for each family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.simulation.distributions.anisotropic import Covariance, PowerLaw
from hermite_gamma.simulation.distributions.given import GivenRows
from hermite_gamma.simulation.distributions.independent import Gaussian, Rademacher, StudentT, UniformCube
from hermite_gamma.simulation.distributions.law import Distribution, Sample
from hermite_gamma.simulation.distributions.mixture import ReluMixture
from hermite_gamma.simulation.distributions.spheres import ProductSpheres, Sphere

__all__ = ["DISTRIBUTIONS", "Distribution", "Sample", "distribution"]

DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    "gaussian": Gaussian,
    "sphere": Sphere,
    "product_spheres": ProductSpheres,
    "rademacher": Rademacher,
    "uniform_cube": UniformCube,
    "student_t": StudentT,
    "power_law": PowerLaw,
    "covariance": Covariance,
    "relu_mixture": ReluMixture,
    "arrays": GivenRows,
}


def distribution(spec: Any, **parameters: Any) -> Distribution:
    """Return a law of the data z = [x, y].

    The theorems assume that x and y are independent; they are, in every law but `sphere`, `arrays` and a
    `covariance` whose block between x and y is not 0.

    Args:
        spec: name of a law, a `Distribution`, or an array (n, d) of the user's samples.
        parameters: of the named law; numbers may be text. An array takes `blank`, see `GivenRows`.

    Raises:
        UnknownName: no such law or parameter; BadInput: a bad, missing or superfluous parameter.

    >>> distribution("student_t", df="5")
    StudentT(df=Fraction(5, 1))
    >>> distribution("student", df=5)
    Traceback (most recent call last):
    ...
    hermite_gamma.errors.UnknownName: unknown distribution 'student'; did you mean student_t?
    """
    if isinstance(spec, Distribution):
        if parameters:
            raise BadInput(f"a distribution takes no data parameter, got {', '.join(parameters)}")
        return spec
    if not isinstance(spec, str):
        superfluous = [name for name in parameters if name != "blank"]
        if superfluous:
            raise BadInput(f"an array takes no data parameter, got {', '.join(superfluous)} (only blank)")
        return GivenRows(spec, **parameters)
    if spec not in DISTRIBUTIONS:
        raise UnknownName("distribution", spec, DISTRIBUTIONS)
    law = DISTRIBUTIONS[spec]
    known = {field.name: field for field in fields(law) if field.init}  # type: ignore[arg-type]
    for name in parameters:
        if not known:
            raise BadInput(f"{spec} has no parameters, got {name}")
        if name not in known:
            raise UnknownName(f"parameter of {spec}", name, known)
    missing = [name for name, field in known.items() if field.default is MISSING and name not in parameters]
    if missing:
        raise BadInput(f"{spec} needs the parameter {missing[0]}")
    return law(**parameters)
