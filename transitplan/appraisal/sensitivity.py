"""Which assumption matters: tornado, Sobol indices, and the values that turn the answer."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transitplan.appraisal.chance import SEED
from transitplan.appraisal.emulator import TRAFFIC
from transitplan.appraisal.uncertain import (
    CAPITAL,
    EMULATOR_ERROR,
    Changes,
    NetValues,
    Traffic,
    Uncertain,
    label_of,
    options_of,
)
from transitplan.arrays import Floats
from transitplan.scenario.case import NONE, Case, Site

MOST_OF_UNIT = {"share": 1.0, "days/year": 366.0, "h/day": 24.0}
N_SCALES = 46  # tried on either side of today's value
FURTHEST = 10.0  # times today's value, or a tenth of it
WHOLE_YEARS = ("operation_years", "plant_life_years")  # cannot be moved by a little
EXPANSION = ("benefit_hours_per_day", "days_per_year")  # only their product matters
SHAPES = ("operating_best_speed",)  # bend a curve that is known within the range only
N_GROUPS = 9  # apportioned one by one
OTHERS = "others"
GROUPS = {
    "expansion": ("from a peak hour to a year", "高峰小时扩算至全年"),
    EMULATOR_ERROR: ("error of the traffic emulator", "交通代理模型误差"),
    OTHERS: ("all others together", "其余各项合计"),
}
TORNADO = (
    *("site_id", "option_id", "against_id", "parameter_id", "name", "name_zh", "unit"),
    *("low", "today", "high", "rule", "at_low_cny", "at_today_cny", "at_high_cny", "width_cny"),
)
SWITCHING = (
    *("site_id", "parameter_id", "name", "name_zh", "unit", "today", "switches_at"),
    *("winner_today", "winner_then", "distance"),
)


def site_tornado(model: NetValues, site: Site) -> pd.DataFrame:
    """Each assumption alone at its low and high: the two best options' difference and net values.

    Returns
    -------
    DataFrame
        As ``Doubt.tornado``: first the best against the second best, then each against building
        nothing; widest first.
    """
    best, second = model.best_two(site)
    inputs = model.of_site(site)
    npv = {option: [_swing(model, option, each) for each in inputs] for option in (best, second)}
    npv[NONE] = [np.zeros(3) for _ in inputs]
    pairs = [(best, second), (best, NONE), (second, NONE)]
    tables = [
        _tornado(
            site,
            pair,
            inputs,
            [one - two for one, two in zip(npv[pair[0]], npv[pair[1]], strict=True)],
        )
        for pair in dict.fromkeys(pairs)
        if pair[0] != pair[1]
    ]
    return pd.concat(tables, ignore_index=True)


def _swing(model: NetValues, option: str, each: Uncertain) -> Floats:
    """Net values of an option at the low, today's value and the high of one assumption, (3,)."""
    low, high = each.ends
    values = np.array([low, each.today, high])
    if each.rule:  # whole years and rates are not drawn, so that they come one at a time
        return np.array([model.npv(option, {each.id: value})[0] for value in values])
    return np.broadcast_to(model.npv(option, {each.id: values}), 3)


def _tornado(
    site: Site, pair: tuple[str, str], inputs: Sequence[Uncertain], swings: Sequence[Floats]
) -> pd.DataFrame:
    rows = []
    for each, at in zip(inputs, swings, strict=True):
        width = float(np.ptp(at))
        if width == 0.0:
            continue  # neither of the two hangs on it
        low, high = each.ends
        labels = (each.id, each.name, each.name_zh, each.unit, low, each.today, high, each.rule)
        rows.append((site.site_id, *pair, *labels, *map(float, at), width))
    table = pd.DataFrame(rows, columns=list(TORNADO))
    return table.sort_values("width_cny", ascending=False, kind="stable", ignore_index=True)


def _ahead(model: NetValues, option: str, against: str, changed: Changes) -> Floats:
    """What an option is worth more than another, (n,) [CNY]."""
    return np.asarray(model.npv(option, changed) - model.npv(against, changed))


def sobol_indices(
    function: Callable[[Floats], Floats], groups: Sequence[str], *, n: int
) -> pd.DataFrame:
    """First-order and total Sobol indices of a function of independent uniform inputs, by SALib.

    Parameters
    ----------
    function
        From points of the unit cube, (n_points, n_inputs), to values, (n_points,).
    groups
        Group of each input; inputs of one group are one.
    n
        Base samples, a power of two; the function is asked for n × (groups + 2) values.

    Returns
    -------
    DataFrame
        ``group_id, first, first_error, total, total_error``: shares of the variance with half
        widths of 95 % intervals. No rows where the values are all the same.
    """
    from SALib.analyze import sobol as analysis  # slow to import
    from SALib.sample import sobol as sampling

    problem = {
        "num_vars": len(groups),
        "names": [f"input {place}" for place in range(len(groups))],
        "groups": list(groups),
        "bounds": [[0.0, 1.0]] * len(groups),
    }
    columns = ["group_id", "first", "first_error", "total", "total_error"]
    if not groups:
        return pd.DataFrame(columns=columns)
    points = sampling.sample(problem, n, calc_second_order=False, seed=SEED)
    values = function(points)
    if np.ptp(values) == 0.0:
        return pd.DataFrame(columns=columns)
    found = analysis.analyze(problem, values, calc_second_order=False, seed=SEED)
    table = {"group_id": list(dict.fromkeys(groups))}
    shares = {
        name: np.asarray(found[key])
        for name, key in zip(columns[1:], ("S1", "S1_conf", "ST", "ST_conf"), strict=True)
    }
    return pd.DataFrame({**table, **shares})


def site_sobol(model: NetValues, site: Site, tornado: pd.DataFrame, *, n: int) -> pd.DataFrame:
    """What the difference between a site's two best options hangs on, largest total first.

    The widest of the tornado are apportioned one by one, all others together.

    Parameters
    ----------
    tornado
        ``site_tornado`` of the site.

    Returns
    -------
    DataFrame
        As ``Doubt.sobol``.
    """
    best, second = model.best_two(site)
    rows = tornado[(tornado["option_id"] == best) & (tornado["against_id"] == second)]
    widths = rows.set_index("parameter_id")["width_cny"]
    inputs = [each for each in model.of_site(site) if not each.rule and each.id in widths.index]
    groups = _groups(inputs, widths)

    def difference(points: Floats) -> Floats:
        drawn = {
            each.id: each.chance.at(share) for each, share in zip(inputs, points.T, strict=True)
        }
        return _ahead(model, best, second, drawn)

    table = sobol_indices(difference, groups, n=n)
    names = {each.id: (each.name, each.name_zh) for each in inputs} | GROUPS
    table.insert(0, "site_id", site.site_id)
    table.insert(1, "option_id", best)
    table.insert(2, "against_id", second)
    table.insert(4, "name", [names[group][0] for group in table["group_id"]])
    table.insert(5, "name_zh", [names[group][1] for group in table["group_id"]])
    return table.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def _groups(inputs: Sequence[Uncertain], widths: "pd.Series[float]") -> list[str]:
    """Group of each input: what acts together, the widest alone, the rest as one."""
    groups = [_group(each) for each in inputs]
    reach: dict[str, float] = {}
    for each, group in zip(inputs, groups, strict=True):
        reach[group] = reach.get(group, 0.0) + float(widths[each.id]) ** 2
    kept = sorted(reach, key=reach.__getitem__, reverse=True)[:N_GROUPS]
    return [group if group in kept else OTHERS for group in groups]


def _group(each: Uncertain) -> str:
    if each.id in EXPANSION:
        return "expansion"
    return EMULATOR_ERROR if each.id.startswith(EMULATOR_ERROR) else each.id


def switching_values(case: Case, site: Site, traffic: Traffic) -> pd.DataFrame:
    """Values of single parameters at which the site's winner changes, nearest first.

    Each parameter is moved alone from a tenth of its value to ten times it, as far as its unit
    allows; scales of traffic as far as traffic was solved, and what shapes a curve within its
    range. A parameter that never changes the winner has no row.

    Returns
    -------
    DataFrame
        ``site_id, parameter_id, name, name_zh, unit, today, switches_at, winner_today,
        winner_then, distance`` (the natural logarithm of the ratio).
    """
    model = NetValues(case, traffic)
    winner = _winners(model, site, {})[0]
    rows = []
    for each in model.of_site(site):
        if each.today <= 0 or each.id in WHOLE_YEARS:
            continue
        for scales in _scales(each):
            found = _switch(model, site, each, scales, winner)
            if found is not None:
                scale, then = found
                labels = (site.site_id, _shown_id(site, each), each.name, each.name_zh, each.unit)
                ends = (each.today, each.today * scale, label_of(site, winner))
                rows.append((*labels, *ends, label_of(site, then), abs(float(np.log(scale)))))
    table = pd.DataFrame(rows, columns=list(SWITCHING))
    return table.sort_values("distance", ignore_index=True)


def _scales(each: Uncertain) -> Iterable[Floats]:
    """Scales to try, away from today's value on either side."""
    low, high = 1.0 / FURTHEST, min(FURTHEST, MOST_OF_UNIT.get(each.unit, np.inf) / each.today)
    if each.id in (*TRAFFIC, *SHAPES):
        low, high = (end / each.today for end in each.ends)
    return (np.geomspace(1.0, end, N_SCALES + 1)[1:] for end in (low, high))


def _switch(
    model: NetValues, site: Site, each: Uncertain, scales: Floats, winner: str
) -> tuple[float, str] | None:
    """Nearest scale at which another option wins, and which; None where none does."""
    winners = _winners(model, site, {each.id: each.today * scales})
    other = [place for place, name in enumerate(winners) if name != winner]
    if not other:
        return None
    first = other[0]
    inside = scales[first - 1] if first else 1.0

    def side(scale: float) -> float:
        found = _winners(model, site, {each.id: each.today * scale})[0]
        return 1.0 if found == winner else -1.0

    return float(brentq(side, inside, scales[first], xtol=1e-4)), winners[first]


def _winners(model: NetValues, site: Site, changed: Changes) -> list[str]:
    """Best option for each of the values; building nothing where no other is worth more."""
    names = options_of(site)
    npv = np.broadcast_arrays(*(model.npv(option, changed) for option in names))
    return [names[place] for place in np.argmax(npv, axis=0)]


def _shown_id(site: Site, each: Uncertain) -> str:
    """Id of a parameter: an option's own capital is named after its form."""
    return f"{CAPITAL}_{label_of(site, each.option)}" if each.option else each.id
