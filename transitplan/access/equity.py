"""How evenly access is spread over people: Lorenz, Gini, Theil, Palma, concentration, winners."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError

RICHEST, POOREST = 0.1, 0.4  # shares of people that the Palma ratio sets against each other


def lorenz_curve(values: Any, people: Any) -> pd.DataFrame:
    """Share of the whole that the worst-off share of people has, from (0, 0) to (1, 1).

    Parameters
    ----------
    values
        Access of one person in each zone, (n_zones,), not negative.
    people
        People in each zone, (n_zones,).

    Returns
    -------
    DataFrame
        ``people_share`` and ``value_share``, both rising.
    """
    value, weight = _checked(values, people)
    order = np.argsort(value, kind="stable")
    heads = np.concatenate([[0.0], np.cumsum(weight[order])])
    owned = np.concatenate([[0.0], np.cumsum((value * weight)[order])])
    return pd.DataFrame({"people_share": heads / heads[-1], "value_share": owned / owned[-1]})


def gini(values: Any, people: Any) -> float:
    """Gini index: 0 where all have the same, towards 1 where one has all.

    Twice the area between the Lorenz curve and the diagonal, people of a zone being equal.
    """
    curve = lorenz_curve(values, people)
    return float(1.0 - 2.0 * np.trapezoid(curve["value_share"], curve["people_share"]))


@dataclass(frozen=True)
class Theil:
    """Theil's T and its two parts, which add up to it."""

    total: float
    between: float
    within: float


def theil(values: Any, people: Any, groups: Any) -> Theil:
    """Theil's T, split into what lies between groups (clusters) and within them.

    T = Σ s_i ln(s_i / p_i) with shares of the whole s and of people p. Theil (1967), *Economics and
    information theory*, chapter 4. A zone with nothing adds 0.
    """
    value, weight = _checked(values, people)
    labels = np.asarray(groups)
    if len(labels) != len(value):
        raise ValidationError(
            f"groups: {len(labels)} labels for {len(value)} zones. Give one a zone."
        )
    owned = value * weight
    table = pd.DataFrame({"owned": owned, "people": weight}).groupby(labels).sum()
    total = _divergence(owned, weight)
    between = _divergence(table["owned"].to_numpy(), table["people"].to_numpy())
    return Theil(total, between, max(total - between, 0.0))  # rounding aside


def _divergence(owned: Floats, people: Floats) -> float:
    share, heads = owned / owned.sum(), people / people.sum()
    has = share > 0
    return float((share[has] * np.log(share[has] / heads[has])).sum())


def palma_ratio(values: Any, people: Any) -> float:
    """Mean access of the best-off tenth of people over that of the worst-off four tenths.

    People of a zone on the border are split. inf where the worst-off have nothing.
    """
    curve = lorenz_curve(values, people)
    owned = np.interp([POOREST, 1.0 - RICHEST], curve["people_share"], curve["value_share"])
    worst, best = owned[0] / POOREST, (1.0 - owned[1]) / RICHEST
    return float(best / worst) if worst > 0 else float("inf")


def concentration_index(values: Any, people: Any, rank_by: Any) -> float:
    """Concentration index: below 0 where access leans to those who rank low, above 0 to the high.

    Twice the covariance of access and fractional rank over its mean; zones of equal rank share
    their middle rank. Kakwani, Wagstaff & van Doorslaer (1997), Journal of Econometrics 77(1).
    """
    value, weight = _checked(values, people)
    rank = np.asarray(rank_by, dtype=float)
    if len(rank) != len(value) or not np.isfinite(rank).all():
        raise ValidationError("rank_by: give one number a zone, none of them empty.")
    heads = pd.Series(weight).groupby(rank).sum()
    middle = (heads.cumsum() - heads / 2.0) / heads.sum()
    fraction = middle.loc[rank].to_numpy()
    mean = float(np.average(value, weights=weight))
    return float(2.0 * np.average((value - mean) * (fraction - 0.5), weights=weight) / mean)


def winners_and_losers(
    before: Any, after: Any, people: Any, groups: Any, *, threshold: float = 0.0
) -> pd.DataFrame:
    """People who gain, lose and stay, by group, and their mean change.

    Parameters
    ----------
    before, after
        A measure by zone of which more is better; turn the sign of minutes.
    threshold
        Changes up to this size count as none.

    Returns
    -------
    DataFrame
        Indexed by group: ``people``, ``winners``, ``losers`` [persons], ``mean_change``,
        ``largest_gain``, ``largest_loss``.
    """
    weight = np.asarray(people, dtype=float)
    change = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    if not np.isfinite(change).all():
        raise ValidationError(
            "winners_and_losers: a zone has no finite value before or after. Leave it out, or give "
            "what being cut off is worth."
        )
    frame = pd.DataFrame(
        {
            "people": weight,
            "winners": weight * (change > threshold),
            "losers": weight * (change < -threshold),
            "mean_change": weight * change,
            "largest_gain": np.maximum(change, 0.0),
            "largest_loss": np.minimum(change, 0.0),
        }
    ).groupby(np.asarray(groups), sort=False)
    sums = frame[["people", "winners", "losers", "mean_change"]].sum()
    sums["mean_change"] /= sums["people"].where(sums["people"] > 0)
    sums["largest_gain"] = frame["largest_gain"].max()
    sums["largest_loss"] = frame["largest_loss"].min()
    return sums


def _checked(values: Any, people: Any) -> tuple[Floats, Floats]:
    """Values and people of zones that have people; what cannot be compared is refused."""
    value, weight = np.asarray(values, dtype=float), np.asarray(people, dtype=float)
    found = []
    if value.shape != weight.shape:
        raise ValidationError(
            f"values: {value.size} for {weight.size} zones of people. Give one a zone."
        )
    if not (np.isfinite(weight) & (weight >= 0)).all() or not weight.sum() > 0:
        found.append("people: give numbers from 0, not all 0.")
    if not (np.isfinite(value) & (value >= 0)).all() or not (value * weight).sum() > 0:
        found.append(
            "values: give finite numbers from 0, not all 0; what is unreachable has no share."
        )
    if found:
        raise ValidationError(found)
    return value, weight
