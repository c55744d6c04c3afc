"""What decision makers ask of a stream of money, and which option is worth its extra cost.

What has no value is NaN, with the reason in words beside it, never a number.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transitplan.appraisal.money import Streams
from transitplan.arrays import Floats, Ints

RATES = np.linspace(-0.5, 1.0, 3001)  # where internal rates are looked for, every 0.05 %
CHOSEN, DOMINATED, EXTENDED = "on the frontier", "dominated", "extended dominated"
SAME = "same as another"
STEP = [
    "compared_with",
    "incremental_cost_cny",
    "incremental_benefit_cny",
    "incremental_bcr",
    "worth_it",
    "note",
]


@dataclass(frozen=True)
class Rate:
    """An internal rate of return, or why there is none."""

    rate: float
    note: str = ""


def internal_rate(net_cny: Floats) -> Rate:
    """Rate at which the net stream has no value, between −50 % and 100 % a year.

    A stream whose sign changes more than once may have several; then none is given, and all that
    were found are named.

    Examples
    --------
    >>> round(internal_rate(np.array([-100.0, 60.0, 60.0])).rate, 4)
    0.1307
    """
    stream = np.asarray(net_cny, dtype=float)
    if not ((stream > 0).any() and (stream < 0).any()):
        return Rate(np.nan, "no internal rate: the stream has one sign only")
    years = np.arange(stream.size)

    def worth(rate: float) -> float:
        return float((stream * (1.0 + rate) ** -years).sum())

    at = np.array([worth(rate) for rate in RATES])
    places = np.flatnonzero(np.sign(at[:-1]) * np.sign(at[1:]) < 0)
    roots = [float(brentq(worth, RATES[i], RATES[i + 1], xtol=1e-14)) for i in places]
    roots += [float(rate) for rate, value in zip(RATES, at, strict=True) if value == 0.0]
    if not roots:
        return Rate(np.nan, "no internal rate between −50 % and 100 %")
    if len(roots) > 1:
        found = ", ".join(f"{root:.2%}" for root in sorted(roots))
        return Rate(np.nan, f"several internal rates: {found}")
    return Rate(roots[0])


def payback_years(net_cny: Floats, years: Ints, open_year: int) -> float:
    """Years from opening until the running sum stays at zero or above; NaN if it never does.

    Straight within the year. Give discounted money for the discounted payback.

    Examples
    --------
    >>> payback_years(np.array([-100.0, 40.0, 40.0, 40.0]), np.arange(2029, 2033), 2030)
    2.5
    """
    sums = np.cumsum(net_cny)
    short = np.flatnonzero(sums < 0)
    if not short.size:
        return 0.0
    last = int(short[-1])
    if last == sums.size - 1:
        return float(np.nan)
    within = -sums[last] / (sums[last + 1] - sums[last])
    return float(max(years[last + 1] + within - open_year, 0.0))


def indicators(option: str, found: Streams, open_year: int) -> dict[str, object]:
    """Net present value, ratio, rates and payback of an option, central values.

    ``first_year_return`` is the benefit of the first year open over all that was spent before it,
    both at their present values. ``note`` says why a value is missing.
    """
    cost, benefit = found.cost_cny[0], found.benefit_cny[0]
    factor, years = found.discount_factor[0], found.years
    net = benefit - cost
    pv_cost, pv_benefit = float(found.pv_cost_cny[0]), float(found.pv_benefit_cny[0])
    inner = internal_rate(net)
    before = float((cost * factor)[years < open_year].sum())
    first = float((benefit * factor)[years == open_year].sum())
    simple, discounted = (payback_years(money, years, open_year) for money in (net, net * factor))
    notes = [inner.note] if inner.note else []
    notes += ["benefit-cost ratio undefined: no costs"] if pv_cost <= 0 else []
    notes += ["never paid back"] if np.isnan(simple) else []
    notes += ["never paid back with interest"] if np.isnan(discounted) > np.isnan(simple) else []
    return {
        "option_id": option,
        "pv_benefits_cny": pv_benefit,
        "pv_costs_cny": pv_cost,
        "npv_cny": pv_benefit - pv_cost,
        "bcr": pv_benefit / pv_cost if pv_cost > 0 else np.nan,
        "eirr": inner.rate,
        "payback_years": simple,
        "discounted_payback_years": discounted,
        "first_year_return": first / before if before > 0 else np.nan,
        "note": "; ".join(notes),
    }


def incremental_ladder(table: pd.DataFrame) -> pd.DataFrame:
    """Climb from the cheapest option to the dearest, to see what each more yuan brings.

    Options that exclude each other are sorted by cost, nothing at the foot. One is *dominated* if
    another costs no more and brings no less (and one of both is better), *extended dominated* if a
    mix of two others is better: it lies below the line between them. The rest are the frontier, on
    which each step's incremental ratio falls. The best option is the last step whose ratio is above
    one; it is the one with the highest net value.

    Parameters
    ----------
    table
        option_id, pv_costs_cny, pv_benefits_cny; without the option of doing nothing.

    Returns
    -------
    DataFrame
        option_id, pv_costs_cny, pv_benefits_cny, npv_cny, bcr, status, compared_with,
        incremental_cost_cny, incremental_benefit_cny, incremental_bcr, worth_it, note, best. Rows
        that are dominated have no increments.

    Examples
    --------
    >>> two = pd.DataFrame({"option_id": ["a", "b"], "pv_costs_cny": [10.0, 12.0],
    ...                     "pv_benefits_cny": [20.0, 19.0]})
    >>> incremental_ladder(two)["status"].tolist()
    ['on the frontier', 'dominated']
    """
    rows = table[["option_id", "pv_costs_cny", "pv_benefits_cny"]].sort_values(
        ["pv_costs_cny", "pv_benefits_cny", "option_id"],
        ascending=[True, False, True],
        ignore_index=True,
    )
    cost, benefit = rows["pv_costs_cny"].to_numpy(float), rows["pv_benefits_cny"].to_numpy(float)
    status = _statuses(cost, benefit)
    net = benefit - cost
    rows["npv_cny"] = net
    rows["bcr"] = np.divide(benefit, cost, out=np.full(cost.size, np.nan), where=cost > 0)
    rows["status"] = status
    steps = _steps([str(name) for name in rows["option_id"]], cost, benefit, status)
    rows = pd.concat([rows, pd.DataFrame(steps, columns=STEP)], axis=1)
    rows["best"] = (net > 0) & (np.arange(net.size) == (net.argmax() if net.size else -1))
    return rows


def _statuses(cost: Floats, benefit: Floats) -> list[str]:
    """Where each option stands; sorted by cost, then by falling benefit."""
    status = [CHOSEN] * cost.size
    top = 0.0  # doing nothing costs and brings nothing
    for place in range(cost.size):
        if place and (cost[place], benefit[place]) == (cost[place - 1], benefit[place - 1]):
            status[place] = SAME
        elif benefit[place] <= top:
            status[place] = DOMINATED
        top = max(top, benefit[place])
    hull: list[int] = []
    for place in [each for each in range(cost.size) if status[each] == CHOSEN]:
        while hull and _below(cost, benefit, hull, place):
            status[hull.pop()] = EXTENDED
        hull.append(place)
    return status


def _below(cost: Floats, benefit: Floats, hull: list[int], place: int) -> bool:
    """Whether the last of the hull lies below the line from the one before it to a new option."""
    last = hull[-1]
    from_cost, from_benefit = (cost[hull[-2]], benefit[hull[-2]]) if len(hull) > 1 else (0.0, 0.0)
    there = (benefit[place] - from_benefit) * (cost[last] - from_cost)
    here = (benefit[last] - from_benefit) * (cost[place] - from_cost)
    return bool(there > here)


def _steps(
    names: list[str], cost: Floats, benefit: Floats, status: list[str]
) -> list[tuple[str, float, float, float, bool, str]]:
    """Increments of each option of the frontier over the one below it, as columns ``STEP``."""
    rows = []
    below = ("none", 0.0, 0.0)
    for name, more, gain, word in zip(names, cost, benefit, status, strict=True):
        if word != CHOSEN:
            same = "incremental ratio undefined: no difference" if word == SAME else ""
            rows.append(("", np.nan, np.nan, np.nan, False, same))
            continue
        step_cost, step_gain = float(more - below[1]), float(gain - below[2])
        free = "" if step_cost > 0 else "incremental ratio undefined: no difference in cost"
        ratio = np.nan if free else step_gain / step_cost
        rows.append((below[0], step_cost, step_gain, ratio, step_gain > step_cost, free))
        below = (name, float(more), float(gain))
    return rows
