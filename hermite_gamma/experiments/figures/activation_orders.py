"""The order of activations by what is memorised, against their order by gamma, and why they differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hermite_gamma.experiments.figures.activation_tables import (
    ACCURACY,
    ALIGNMENT,
    COVARIANCE,
    RISK,
    Setting,
    Table,
)
from hermite_gamma.experiments.figures.images import image_columns
from hermite_gamma.experiments.figures.ranking import (
    FEWEST,
    Interval,
    Ranking,
    kendall,
    partial,
    predicted_rho,
    ranking,
    spearman,
)
from hermite_gamma.experiments.result import Check, Point, Scalar

WORDS = {ACCURACY: "spurious accuracy", COVARIANCE: "spurious covariance"}
RANKS = {ACCURACY: "rank, accuracy", COVARIANCE: "rank, covariance"}
Limits = Mapping[str, Mapping[str, float | None]]


def ranks(found: Table, seed: int) -> tuple[list[Point], list[str]]:
    """Return the rank correlations of what is memorised with gamma at one N."""
    points, notes = [], []
    for quantity, words in WORDS.items():
        order = ranking(found.gamma, found.values[quantity], seed=seed)
        if order is None:
            notes.append(
                f"{found.setting.title}, N = {found.samples}: no order of the {words} (fewer than "
                f"{FEWEST} activations, or all the same)"
            )
            continue
        theory, allowance = None, 0.0
        if quantity in found.theory:
            theory, allowance = predicted_rho(
                found.gamma, found.theory[quantity], found.allowances[quantity], found.values[quantity],
                seed=seed,
            )  # fmt: skip
        points.append(
            Point(
                f"{found.setting.key}-ranks", RANKS[quantity], found.samples, order.rho, order.stderr,
                found.trials, found.seed, theory, allowance,
                columns={
                    **columns(found),
                    "quantity": quantity,
                    "activations": len(found.names),
                    **_ends("trials", order.over_trials),
                    **_ends("activations", order.over_items),
                    "kendall": order.tau,
                    **_ends("kendall_trials", order.tau_over_trials),
                    **_ends("kendall_activations", order.tau_over_items),
                    "kendall_predicted": _kendall_predicted(found, quantity),
                    "pairs": order.pairs,
                    "pairs_told_apart": order.resolved,
                    "pairs_as_gamma": order.ordered,
                    **reasons(found, quantity),
                },
            )
        )  # fmt: skip
    return points, notes


def reasons(found: Table, quantity: str) -> dict[str, Scalar]:
    """Return rank correlations that show what beside gamma sets the order.

    `rho_risk`: of what is memorised with the leave-one-out risk R; `rho_partial`: with gamma, R given;
    `rho_stability`: of gamma with Cov/gamma, the share of a label that the other samples do not teach;
    `rho_learners`: with gamma, among the activations that have a linear part.
    """
    memory, risk = found.means(quantity), found.means(RISK)
    with_gamma = float(spearman(found.gamma, memory))
    with_risk, between = float(spearman(risk, memory)), float(spearman(found.gamma, risk))
    stability = float(spearman(found.gamma, found.means(COVARIANCE) / found.gamma))
    learners = math.nan
    if sum(found.learns) >= FEWEST:
        kept = np.array(found.learns)
        learners = float(spearman(found.gamma[kept], memory[kept]))
    pairs = {
        "rho_risk": with_risk,
        "rho_gamma_risk": between,
        "rho_stability": stability,
        "rho_learners": learners,
    }
    known: dict[str, Scalar] = {name: None if math.isnan(value) else value for name, value in pairs.items()}
    defined = not any(math.isnan(value) for value in (with_gamma, with_risk, between))
    return known | {"rho_partial": partial(with_gamma, between, with_risk) if defined else None}


def columns(found: Table) -> dict[str, Scalar]:
    setting = found.setting
    return {
        "data": setting.images.dataset if setting.images else "gaussian",
        "model": setting.model,
        "alpha": str(setting.alpha),
        "N": found.samples,
        "d": setting.dim,
        "k": "infinite",
        **(image_columns(setting.images, setting.query) if setting.images else {}),
    }


def _ends(name: str, interval: Interval) -> dict[str, Scalar]:
    low, high = interval or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


def _kendall_predicted(found: Table, quantity: str) -> float | None:
    if quantity not in found.theory:
        return None
    tau = float(kendall(found.gamma, found.theory[quantity]))
    return None if math.isnan(tau) else tau


def checks(
    setting: Setting,
    tables: Sequence[Table],
    points: Sequence[Point],
    limits: Limits,
    seed: int,
) -> list[Check]:
    found = [_alignments(setting, tables)]
    own = [p for p in points if p.axis.startswith(f"{setting.key}-")]
    for quantity, words in WORDS.items():
        key = f"{setting.key}-{quantity}"
        found += _agreement(
            [p for p in own if p.axis == key], f"{setting.title}, N = {setting.shown}: {words}"
        )
    found += _agreement([p for p in own if p.axis.endswith("-ranks")], f"{setting.title}: rank correlation")
    for each in tables:
        if each.samples in (tables[0].samples, tables[-1].samples):
            found += [_same_order(each, quantity, seed) for quantity in WORDS]
            found.append(_stability(each, seed))
    return found + _limit_check(tables[0], limits, seed)


def _alignments(setting: Setting, tables: Sequence[Table]) -> Check:
    """Compare the abscissae with the measured alignments."""
    within = total = 0
    far = 0.0
    for each in tables:
        apart = np.abs(each.means(ALIGNMENT) - each.gamma)
        far = max(far, float(apart.max(initial=0.0)))
        errors = each.stderr(ALIGNMENT)
        if errors is not None:
            total += len(apart)
            within += int((apart <= each.gamma_allowance + 4 * np.hypot(errors, each.gamma_error)).sum())
    return Check(
        f"{setting.title}: {within} of {total} alignments within the allowance and 4 standard errors of "
        f"gamma; largest distance {far:.4f}",
        within == total if total else None,
        {"points": total, "within": within, "largest_distance": far},
    )


def _agreement(points: Sequence[Point], words: str) -> list[Check]:
    judged = [p for p in points if p.agrees is not None]
    if not judged:
        return []
    right = sum(bool(p.agrees) for p in judged)
    far = max(abs(p.measured - (p.predicted or 0.0)) for p in judged)
    return [
        Check(
            f"{words}: {right} of {len(judged)} within the allowance and 4 standard errors of the theory; "
            f"largest distance {far:.4f}",
            right == len(judged),
            {"points": len(judged), "within": right, "largest_distance": far},
        )
    ]


def _same_order(found: Table, quantity: str, seed: int) -> Check:
    """Answer whether gamma orders the activations by what they memorise."""
    where = f"{found.setting.title}, N = {found.samples}"
    order = ranking(found.gamma, found.values[quantity], seed=seed)
    if order is None:
        return Check(f"{where}: the {WORDS[quantity]} gives no order", None)
    numbers: dict[str, Scalar] = {
        "measured": order.rho,
        "stderr": order.stderr,
        **_ends("trials", order.over_trials),
        **_ends("activations", order.over_items),
        "kendall": order.tau,
        "pairs_told_apart": order.resolved,
        "pairs_as_gamma": order.ordered,
        **reasons(found, quantity),
    }
    predicted_words = ""
    if quantity in found.theory:
        theory = float(spearman(found.gamma, found.theory[quantity]))
        if not math.isnan(theory):
            numbers["predicted"] = theory
            predicted_words = f" (predicted {theory:.2f})"
    return Check(
        f"{where}: a larger gamma goes with a larger {WORDS[quantity]}: Spearman {order.rho:.2f}"
        f"{predicted_words}, 95% {_words(order.over_trials)} over trials, {_words(order.over_items)} over "
        f"activations; Kendall {order.tau:.2f}; of {order.pairs} pairs {order.resolved} told apart, "
        f"{order.ordered} of them as gamma says",
        _above_zero(order),
        numbers,
    )


def _above_zero(order: Ranking) -> bool | None:
    """Whether both intervals lie above 0; None where there is none."""
    if order.over_trials is None or order.over_items is None:
        return None
    return order.over_trials[0] > 0 and order.over_items[0] > 0


def _words(interval: Interval) -> str:
    return "unknown" if interval is None else f"[{interval[0]:.2f}, {interval[1]:.2f}]"


def _stability(found: Table, seed: int) -> Check:
    """Answer whether activations of a larger gamma leave less of a label for the frame to memorise."""
    order = ranking(-found.gamma, found.values[COVARIANCE] / found.gamma[:, None], seed=seed)
    where = f"{found.setting.title}, N = {found.samples}"
    if order is None:
        return Check(f"{where}: the stability gives no order", None)
    why = reasons(found, COVARIANCE)
    given = why["rho_partial"]
    given_words = "undefined" if given is None else f"{given:.2f}"
    return Check(
        f"{where}: stability works against gamma, Cov/gamma is smaller where gamma is larger: Spearman "
        f"{-order.rho:.2f}, 95% {_words(_turned(order.over_trials))} over trials, "
        f"{_words(_turned(order.over_items))} over activations; of Cov with gamma, the risk given: "
        f"{given_words}",
        _above_zero(order),
        {"measured": -order.rho, "stderr": order.stderr, **why},
    )


def _turned(interval: Interval) -> Interval:
    return None if interval is None else (-interval[1], -interval[0])


def _limit_check(found: Table, limits: Limits, seed: int) -> list[Check]:
    """Compare the order by the limit of gamma, which N and d do not enter, with that by gamma at N."""
    name, what = ("rf_upper_limit", "upper limit of gamma")
    if found.setting.model == "ntk":
        name, what = ("ntk_limit", "limit of gamma")
    values = [limits[phi][name] for phi in found.names]
    if any(value is None for value in values):
        return []
    order = ranking(values, found.values[COVARIANCE], seed=seed)
    if order is None:
        return []
    same = float(spearman(values, found.gamma))
    return [
        Check(
            f"{found.setting.title}, N = {found.samples}: a larger {what} at alpha = {found.setting.alpha}, "
            f"known without data, goes with a larger spurious covariance: Spearman {order.rho:.2f}, 95% "
            f"{_words(order.over_trials)} over trials, {_words(order.over_items)} over activations (with "
            f"gamma at this N: {same:.2f})",
            _above_zero(order),
            {"measured": order.rho, "stderr": order.stderr, "with_gamma": same},
        )
    ]
