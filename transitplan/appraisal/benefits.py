"""User benefits: the rule of a half by pair, and what each class saves by component."""

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.model.demand import Demand
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR


def rule_of_half(
    trips_before: Floats, trips_after: Floats, cost_before: Floats, cost_after: Floats
) -> Floats:
    """Consumer surplus gained on each pair, ½ (T₀ + T₁)(C₀ − C₁), in the units of the cost.

    Exact for a linear demand curve (Tressider et al. 1968; TAG unit A1.3). All arrays (n, n); the
    pairs without trips count nothing, whatever their cost.

    Raises
    ------
    ValidationError
        If a pair has trips and an infinite cost before or after: the rule has no answer for a pair
        that is severed or new.

    Examples
    --------
    >>> rule_of_half(np.array([10.0]), np.array([14.0]), np.array([5.0]), np.array([3.0]))
    array([24.])
    """
    trips = 0.5 * (trips_before + trips_after)
    used = trips > 0
    severed = used & ~(np.isfinite(cost_before) & np.isfinite(cost_after))
    if severed.any():
        raise ValidationError(
            f"rule_of_half: {int(severed.sum())} pairs have trips but no way before or after. "
            "Appraise them by the cost of their best other choice."
        )
    gain = np.zeros_like(trips)
    gain[used] = trips[used] * (cost_before[used] - cost_after[used])
    return gain


def class_benefits(base: Run, option: Run, demand: Demand) -> pd.DataFrame:
    """What each class saves in one peak hour by the option, from totals over links.

    For a fixed matrix the rule of a half is the plain saving, which splits by component.

    Returns
    -------
    DataFrame
        ``class_name, time_cny, operating_cny, toll_cny, total_cny`` [CNY per peak hour].
    """
    before, after = (run.class_totals.set_index("class_name") for run in (base, option))
    saved = before - after
    rows = []
    for each in demand.classes:
        row = saved.loc[each.name]
        time = row["time_s"] / SECONDS_PER_HOUR * each.value_of_time_cny_per_h
        operating = row["distance_m"] / METRES_PER_KM * each.distance_cost_cny_per_km
        total = time + operating + row["toll_cny"]
        rows.append((each.name, time, operating, row["toll_cny"], total))
    names = ["class_name", "time_cny", "operating_cny", "toll_cny", "total_cny"]
    return pd.DataFrame(rows, columns=names)


def pair_benefits(base: Run, option: Run, demand: Demand) -> pd.DataFrame:
    """User benefit of each pair of zones in one peak hour, all classes (n_zones, n_zones) [CNY]."""
    total = np.zeros((len(demand.zone_ids),) * 2)
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        before, after = (
            run.cost_s[each.name].loc[demand.zone_ids, demand.zone_ids].to_numpy()
            for run in (base, option)
        )
        seconds = rule_of_half(trips, trips, before, after)
        total += seconds / SECONDS_PER_HOUR * each.value_of_time_cny_per_h
    return pd.DataFrame(total, index=demand.zone_ids, columns=demand.zone_ids)


def group_benefits(pairs: pd.DataFrame, group: "pd.Series[str]") -> "pd.Series[float]":
    """Share benefits among groups of zones, half to each end of a trip.

    Parameters
    ----------
    pairs
        Benefit by pair of zones.
    group
        Group of each zone, by zone id; the empty text stands for zones outside all groups.
    """
    ends = 0.5 * (pairs.sum(axis=1) + pairs.sum(axis=0))
    return ends.groupby(group.reindex(ends.index)).sum()
