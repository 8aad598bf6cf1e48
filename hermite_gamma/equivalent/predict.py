"""All that is predicted at given sizes, in one Prediction: alignment, its spread, risk, memorisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.equivalent.anisotropic import gamma_anisotropic
from hermite_gamma.equivalent.empirical import gamma_for_data
from hermite_gamma.equivalent.finite import gamma_finite
from hermite_gamma.equivalent.fluctuations import sd_alignment
from hermite_gamma.equivalent.given import (
    array_value,
    check_unused,
    covariance_variances,
    one_parameter,
    power_law_variances,
)
from hermite_gamma.equivalent.memorisation import CLASSICAL, Memorisation, memorisation
from hermite_gamma.equivalent.spectrum import ANISOTROPIC
from hermite_gamma.equivalent.teachers import teacher_levels
from hermite_gamma.errors import BadInput, UndefinedGamma, UnknownName
from hermite_gamma.inputs import Split, count_value, rational_value, split_dimension
from hermite_gamma.prediction import SPREAD, Prediction

T = TypeVar("T")

MEMORISED = "memorisation"
QUERIES = ("resample", "blank", "mean")


def predict(
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
    data: Mapping[str, Any] | None = None,
    query: str = "resample",
    labels: str = "sign",
    label_noise: Any = 0,
) -> Prediction:
    """Predict what `simulate` would measure, under the same names.

    Args:
        phi, alpha, model, samples, dim, width, ridge: as `gamma_finite`; one of each.
        distribution: a law of `gamma_finite`, or power_law, covariance (Gaussian by modes), arrays (your
            rows, by the recipe of `gamma_for_data`); data: its parameters, as `simulate` takes them.
        query: what replaces x: "resample"; for arrays also "mean", or "blank" (0, or the `blank` among
            the data: the vector (d_x,) of an empty x, which is not 0 if a mean was subtracted).
        labels: "sign", "linear" or typed text such as "h1+h3/2", of t = u.x.
        label_noise: share of flipped signs, or standard deviation of added noise.

    Returns:
        Prediction: gamma, `.sd`, and among `.quantities` kappa, h, the risk, the accuracies and
        Cov(f(z^s), g) with its bound. What has no formula here is in `.undefined`, with the reason.

    Raises:
        as `gamma_finite`, `gamma_anisotropic`, `gamma_for_data`.

    Source: derived here.

    >>> found = predict("h1+h2", "1/2", model="rf", samples=1000, dim=1000, width=100_000)
    >>> [round(found[name], 4) for name in ("test_accuracy", "spurious_accuracy")]
    [0.7352, 0.7283]
    """
    act, split = activation(phi), split_dimension(alpha, dim)
    if isinstance(samples, Sequence):
        raise BadInput("samples must be one whole number here; gamma_finite takes a sequence of them")
    count_value(samples, "samples")
    if not isinstance(distribution, str):
        raise BadInput(f"distribution must be the name of a data law, got {distribution!r}")
    if data is not None and not isinstance(data, Mapping):
        raise BadInput(f"data must map the parameters of the law to their values, got {data!r}")
    parameters = dict(data or {})
    lam = float(rational_value(ridge, "ridge"))
    # bad labels are an error whatever else is known
    teacher_levels(labels, label_noise, "gaussian", split)
    if query not in QUERIES:
        raise UnknownName("query", str(query), QUERIES)
    if query != "resample" and distribution != "arrays":
        raise BadInput(f"the query {query} is predicted for arrays only")
    teacher = {"labels": labels, "label_noise": label_noise}
    if distribution in ANISOTROPIC:
        found = _anisotropic(act, split, model, samples, width, lam, distribution, parameters, query)
        return replace(found, settings={**found.settings, **teacher})
    check_unused(distribution, parameters)
    sizes: dict[str, Any] = {
        "model": model,
        "samples": samples,
        "dim": dim,
        "width": width,
        "ridge": lam,
        "distribution": distribution,
    }
    gamma = gamma_finite(act, alpha, **sizes)
    assert isinstance(gamma, Prediction)
    undefined: dict[str, str] = {}

    def known(name: str, compute: Callable[[], T]) -> T | None:
        try:
            return compute()
        except (UndefinedGamma, BadInput) as error:
            undefined[name] = str(error)
            return None

    spread = known(SPREAD, lambda: sd_alignment(act, alpha, **sizes).sd)
    learned = known(MEMORISED, lambda: memorisation(act, alpha, **teacher, **sizes))
    return replace(
        gamma,
        sd=spread,
        quantities={**gamma.quantities, **({} if learned is None else learned.quantities)},
        allowances={} if learned is None else learned.allowances,
        statuses=_statuses(learned),
        settings={**gamma.settings, **teacher},
        undefined=undefined,
    )


def _statuses(learned: Memorisation | None) -> Mapping[str, str]:
    if learned is None or learned.support == CLASSICAL:
        return {}
    return dict.fromkeys(learned.quantities, "numerical")


def _anisotropic(
    phi: Activation,
    split: Split,
    model: str,
    samples: int,
    width: int | None,
    ridge: float,
    distribution: str,
    data: Mapping[str, Any],
    query: str,
) -> Prediction:
    parameters = _parameters(model, split.dim, width)
    if width is not None and ridge > 0:
        raise BadInput(f"{distribution} data with a ridge is predicted at infinite width only")
    if samples > parameters:
        raise UndefinedGamma(f"{samples} samples and {parameters:.0f} parameters without ridge: F is 0/0")
    if distribution == "arrays":
        given = {name: value for name, value in data.items() if name != "blank"}
        rows = array_value(one_parameter(given, distribution, "array"), "the data array")
        blank = array_value(data["blank"], "the blank", 1) if "blank" in data else None
        if rows.shape[1] != split.dim:
            raise BadInput(f"dim = {split.dim}, but the data array has {rows.shape[1]} columns")
        if blank is not None and len(blank) != split.dim_x:
            raise BadInput(f"the blank has {len(blank)} numbers, but d_x = {split.dim_x}")
        by = blank if blank is not None and query == "blank" else query
        found = gamma_for_data(
            phi, rows, dim_y=split.dim_y, model=model, samples=samples, query=by, ridge=ridge
        )
        found = replace(found, settings={**found.settings, "query": query})
    else:
        of_x, of_y = _variances(split, distribution, data)
        found = gamma_anisotropic(
            phi, model=model, samples=samples, variances_x=of_x, variances_y=of_y, ridge=ridge
        )
    known = {"distribution": distribution, "width": width, "alpha_requested": split.alpha_requested}
    reason = f"no formula for {distribution} data"
    return replace(found, settings={**found.settings, **known}, undefined={SPREAD: reason, MEMORISED: reason})


def _parameters(model: str, dim: int, width: int | None) -> float:
    if width is None:
        return float("inf")
    return float(count_value(width, "width") * (dim if model == "ntk" else 1))


def _variances(split: Split, distribution: str, data: Mapping[str, Any]) -> Any:
    if distribution == "covariance":
        return covariance_variances(split, one_parameter(data, distribution, "matrix"))
    for name in data:
        if name not in ("exponent", "order"):
            raise UnknownName("parameter of power_law", name, ("exponent", "order"))
    return power_law_variances(split, **data)
