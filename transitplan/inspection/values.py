"""Rules about speeds, capacities and lanes: ranges by class of road, and the network's own habit.

Ranges stand in ``limits.csv``, with their sources. Where the median of a whole class is outside
them, the unit is in doubt and one finding says so; else each link is held against the range. The
free time of a link is held against its length in the same way.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.inspection.rules import Found, Rule, Subject
from transitplan.units import KPH_PER_MPS

LIMITS_FILE = "limits.csv"
OUTLIER = 3.0  # times the median of the class, or a third of it
FEWEST = 5  # links of a class that make a median
DIFFERS = 3.0  # times by which free time may differ from length over speed
UNITS = {
    "free_speed_kph": {1.609344: "miles per hour", KPH_PER_MPS: "metres per second"},
    "lane_capacity_pceph": {
        0.5: "two lanes", 1 / 3: "three lanes", 0.25: "four lanes", 0.1: "ten hours",
        1 / 24: "a day",
    },
    "lanes": {0.5: "both directions"},
}  # fmt: skip


@cache
def limits() -> pd.DataFrame:
    """Ranges by class of road: what is usual and what is absurd, with sources."""
    with files(__package__).joinpath(LIMITS_FILE).open(encoding="utf-8") as file:
        return pd.read_csv(file)


def _classes(subject: Subject) -> Iterator[tuple[str, str, Bools, Floats, "pd.Series[float]"]]:
    """Class, column, its links, all values of the column, and the row of limits."""
    kinds = subject.links["facility_type"]
    columns = {
        str(name): subject.links[name].to_numpy(dtype=np.float64) for name in limits()["column"]
    }
    for _, limit in limits().iterrows():
        values = columns[limit["column"]]
        mine = (kinds == limit["facility_type"]).to_numpy() & ~np.isnan(values)
        if mine.any():
            yield limit["facility_type"], limit["column"], mine, values, limit


def _in_doubt(values: Floats, limit: "pd.Series[float]") -> bool:
    middle = float(np.median(values))
    return values.size >= FEWEST and not limit["absurd_low"] <= middle <= limit["absurd_high"]


def units_in_doubt(subject: Subject) -> Iterator[Found]:
    """Classes of road whose median is absurd: a unit, rather than many slips."""
    for kind, column, mine, values, limit in _classes(subject):
        if not _in_doubt(values[mine], limit):
            continue
        middle = float(np.median(values[mine]))
        meant = [
            f" Are they for {text}?" if column != "free_speed_kph" else f" Are they {text}?"
            for factor, text in UNITS[column].items()
            if limit["low"] <= middle * factor <= limit["high"]
        ]
        yield Found(
            f"{kind}.{column}",
            f"half of {mine.sum()} {kind} links are at {middle:g} {limit['unit']} or beyond; usual "
            f"are {limit['low']:g} to {limit['high']:g}.{''.join(meant[:1])}",
        )


def _outside(subject: Subject, *, absurd: bool) -> Iterator[Found]:
    for kind, column, mine, values, limit in _classes(subject):
        if _in_doubt(values[mine], limit):
            continue
        extreme = mine & ((values < limit["absurd_low"]) | (values > limit["absurd_high"]))
        wrong = extreme
        if not absurd:
            wrong = mine & ~extreme & ((values < limit["low"]) | (values > limit["high"]))
        middle = np.median(values[mine])
        for row in np.flatnonzero(wrong).tolist():
            text = (
                f"{column} is {values[row]:g} {limit['unit']} on {kind}; usual are "
                f"{limit['low']:g} to {limit['high']:g}, here mostly {middle:g}"
            )
            yield subject.at_link(row, text)


def absurd(subject: Subject) -> Iterator[Found]:
    """Values that no road of the class has."""
    return _outside(subject, absurd=True)


def unusual(subject: Subject) -> Iterator[Found]:
    """Values that few roads of the class have."""
    return _outside(subject, absurd=False)


def outliers(subject: Subject) -> Iterator[Found]:
    """Values within the range, and far from those of all other links of the class."""
    for kind, column, mine, values, limit in _classes(subject):
        if mine.sum() < FEWEST or column == "lanes":
            continue
        middle = float(np.median(values[mine]))
        inside = (values >= limit["low"]) & (values <= limit["high"])
        far = (values > middle * OUTLIER) | (values < middle / OUTLIER)
        for row in np.flatnonzero(mine & inside & far).tolist():
            text = f"{column} is {values[row]:g} on {kind}, mostly {middle:g} there"
            yield subject.at_link(row, text)


def free_times(subject: Subject) -> Iterator[Found]:
    """Free times that mean an absurd speed, or another one than the link's own."""
    links = subject.links
    time = links["free_time_s"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = subject.length_m / time * KPH_PER_MPS
    own = links["free_speed_kph"].to_numpy(dtype=np.float64)
    mine = limits()[limits()["column"] == "free_speed_kph"].set_index("facility_type")
    low, high = (
        links["facility_type"].map(mine[name]).to_numpy(dtype=np.float64)
        for name in ("absurd_low", "absurd_high")
    )
    known = ~np.isnan(time) & ~subject.is_connector & (subject.length_m > 0)
    wrong = known & ((speed < low) | (speed > high))
    if wrong.sum() * 2 > known.sum() >= FEWEST:
        middle = float(np.median(speed[known]))
        yield Found(
            "free_time_s",
            f"half of {known.sum()} free times mean {middle:.3g} km/h or beyond. Are they in "
            "seconds, and lengths in the unit of config.csv?",
        )
        return
    other = known & ~wrong & ((speed > own * DIFFERS) | (speed < own / DIFFERS))
    for row in np.flatnonzero(wrong | other).tolist():
        beside = f", free_speed is {own[row]:g}" if other[row] else ""
        means = f"{time[row]:g} s for {subject.length_m[row]:,.0f} m is {speed[row]:.0f} km/h"
        yield subject.at_link(row, means + beside)


RULES = (
    Rule(
        "unit-doubt", "error", "link",
        "a class of road whose median speed, capacity or lane count is absurd",
        "某类道路的中位速度、通行能力或车道数不合理（单位可能有误）",
        "Correct the unit: km/h, pce per hour and lane, lanes of one direction.",
        "核对单位：km/h、pcu/h/车道、单向车道数。",
        units_in_doubt,
    ),
    Rule(
        "value-absurd", "error", "link",
        "a speed, capacity or lane count that no road of the class has",
        "速度、通行能力或车道数明显错误",
        "Correct the cell.",
        "改正该单元格。",
        absurd,
    ),
    Rule(
        "value-unusual", "warning", "link",
        "a speed, capacity or lane count outside the usual range of the class",
        "速度、通行能力或车道数超出常见范围",
        "Correct it, or waive it with the reason.",
        "改正，或说明理由后豁免。",
        unusual,
    ),
    Rule(
        "value-outlier", "note", "link",
        f"a speed or capacity {OUTLIER:g} times the median of its class in this network, "
        "or a third of it",
        "速度或通行能力与同类道路相差三倍以上",
        "Compare with its neighbours.",
        "与相邻路段比较。",
        outliers,
    ),
    Rule(
        "free-time", "warning", "link",
        "a free time that means an absurd speed, or a third or three times the link's own",
        "自由流时间对应的速度不合理",
        "Correct free_time_s, length or free_speed.",
        "改正 free_time_s、length 或 free_speed。",
        free_times,
    ),
)  # fmt: skip
