"""What a run of the demand model did, step by step, as tables that are written beside its files."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.demand.distribution import length_shares
from transitplan.demand.travel import CAR
from transitplan.model.banks import NORTH, SOUTH, banks
from transitplan.scenario.demand_accounts import accounts
from transitplan.scenario.demand_counts import hour_by_told, seen_counts
from transitplan.scenario.demand_fit import mean_of
from transitplan.scenario.demand_make import MadeDemand, YearDemand, answering
from transitplan.scenario.demand_model import day_cars
from transitplan.scenario.response import COLUMNS
from transitplan.units import SECONDS_PER_MINUTE

EDGES_KM = (1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50)
MOST_MOVED = 100  # rows of each kind
CLOSE_SHARE, CLOSE_KM, CLOSE_MIN = 0.005, 0.01, 0.05  # misses of targets that are told
CLOSE_PART = 0.1  # of a small share


def record_tables(made: MadeDemand) -> dict[str, pd.DataFrame]:
    """Every table of the record, by the name of its file.

    Years are those of central growth but in ``range.csv``.
    """
    years = [each for each in made.years if each.scenario == "central"]
    each_year: Mapping[str, Callable[[YearDemand], pd.DataFrame]] = {
        "ends": _ends,
        "shares": lambda year: _shares(made, year),
        "lengths": lambda year: _lengths(made, year),
        "length_shares": _length_shares,
        "feedback": _feedback,
        "river": _river,
        "accounts": lambda year: accounts(made, year),
        "pivot": _pivot,
    }
    found = {
        name: pd.concat([_dated(year, table(year)) for year in years], ignore_index=True)
        for name, table in each_year.items()
    }
    return found | {
        "counts": _counts(made),
        "moved": _moved(made),
        "warnings": pd.DataFrame({"text": warnings(made, found)}, dtype=object),
        "range": pd.concat([_range(each) for each in made.years], ignore_index=True),
        "calibrated": _calibrated(made),
        "response": _response(made),
    }


def _dated(year: YearDemand, table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pd.Series(year.year, index=table.index, name="year"), table], axis=1)


def _ends(year: YearDemand) -> pd.DataFrame:
    ends = year.built.model.ends
    return pd.DataFrame(
        {
            "purpose": ends.purposes,
            "productions": ends.productions.sum(axis=1),
            "attractions": ends.attractions.sum(axis=1),
            "scaled": [ends.scaled[name] for name in ends.purposes],
        }
    )


def _shares(made: MadeDemand, year: YearDemand) -> pd.DataFrame:
    """Trips and share of each mode; targets only where they are fitted, in the base year."""
    trips = year.run.travel.trips
    rows = made.tables.targets.shares.rename(columns={"share": "target"})
    purposes = list(year.run.travel.purposes)
    told = [
        float(trips[mode][purposes.index(purpose)].sum())
        for purpose, mode in zip(rows["purpose"], rows["mode"], strict=True)
    ]
    rows = rows.assign(trips_per_day=told)
    rows["share"] = rows["trips_per_day"] / rows.groupby("purpose")["trips_per_day"].transform(
        "sum"
    )
    return _targets_of_base(made, year, rows)[
        ["purpose", "mode", "trips_per_day", "share", "target", "low", "high", "status"]
    ]


def _targets_of_base(made: MadeDemand, year: YearDemand, rows: pd.DataFrame) -> pd.DataFrame:
    """What is known is known of the base year; later years have no targets."""
    if year is made.base:
        return rows
    known = [str(name) for name in rows if str(name).startswith(("target", "low", "high"))]
    return rows.assign(**dict.fromkeys(known, np.nan), status="")


def _lengths(made: MadeDemand, year: YearDemand) -> pd.DataFrame:
    """Mean length and time of each purpose, over all modes and from door to door."""
    travel, km = year.run.travel, year.built.km
    minutes = year.run.model.minutes(year.run.before)
    rows = []
    for k, purpose in enumerate(travel.purposes):
        trips = {mode: each[k] for mode, each in travel.trips.items()}
        rows.append(
            {
                "purpose": purpose,
                "trips_per_day": sum(float(each.sum()) for each in trips.values()),
                "mean_km": mean_of(trips, dict.fromkeys(trips, km)),
                "mean_min": mean_of(trips, {mode: each[k] for mode, each in minutes.items()}),
            }
        )
    targets = made.tables.targets.lengths.rename(
        columns={"mean_km": "target_km", "mean_min": "target_min"}
    )
    table = pd.DataFrame(rows).merge(targets, on="purpose", how="left")
    return _targets_of_base(made, year, table.fillna({"status": ""}))[
        [
            *("purpose", "trips_per_day", "mean_km", "mean_min", "target_km", "target_min"),
            *("low_km", "high_km", "low_min", "high_min", "status"),
        ]
    ]


def _length_shares(year: YearDemand) -> pd.DataFrame:
    """Share of each purpose's trips by all modes in bands of length."""
    total, km = year.run.travel.total, year.built.km
    frames = [
        pd.DataFrame(
            {
                "purpose": purpose,
                "from_km": [0.0, *EDGES_KM],
                "to_km": [*EDGES_KM, np.inf],
                "share": length_shares(total[k], km, EDGES_KM),
            }
        )
        for k, purpose in enumerate(year.run.travel.purposes)
    ]
    return pd.concat(frames, ignore_index=True)


def _feedback(year: YearDemand) -> pd.DataFrame:
    return year.run.history[["round", "demand_supply_gap", "step"]]


def _river(year: YearDemand) -> pd.DataFrame:
    """Vehicles that cross the river, by period, class and the bank they drive to."""
    network = year.built.model.network
    links = network.links
    over = (links["crossing_id"] != "").to_numpy()
    columns = ["period", "class_name", "direction", "vph"]
    if not over.any():
        return pd.DataFrame(columns=columns)
    bank = banks(network)
    tail, head = (links[f"{end}_node_id"].map(bank).to_numpy() for end in ("from", "to"))
    rows = []
    for period, found in year.flows.items():
        for each, flow in zip(found.classes, found.class_flow_vph, strict=True):
            for end, start in ((SOUTH, NORTH), (NORTH, SOUTH)):
                there = over & (tail == start) & (head == end)
                rows.append((period, each.name, end, float(flow[there].sum())))
    return pd.DataFrame(rows, columns=columns)


def _pivot(year: YearDemand) -> pd.DataFrame:
    rows = [
        (period, case, share)
        for period, each in year.pivoted.items()
        for case, share in each.shares().items()
    ]
    return pd.DataFrame(rows, columns=["period", "case", "share"])


def _counts(made: MadeDemand) -> pd.DataFrame:
    """Counts of every period before and after the adjustment; the same where none is fitted."""
    columns = [
        *("count_id", "name", "name_zh", "kind", "use", "period", "counted_vph", "low_vph"),
        *("high_vph", "sigma_vph", "before_vph", "after_vph", "geh_before", "geh_after", "source"),
    ]
    frames = []
    for period, run in made.base.flows.items():
        table = made.tables.counts_of(period)
        if table is None or table.empty:
            continue
        named = table.set_index(table["count_id"].str.strip())
        found = made.estimated.get(period)
        rows = seen_counts(table, run) if found is None else found.counts
        rows = rows.assign(period=period)
        for name in ("name", "name_zh", "source"):
            rows[name] = rows["count_id"].map(named[name]) if name in named else ""
        counted = rows.set_index("count_id")["counted_vph"]
        factor = hour_by_told(made.tables.table["counts"], counted)
        for name in ("low", "high"):
            told = pd.to_numeric(named[name], errors="coerce") if name in named else factor * np.nan
            rows[f"{name}_vph"] = rows["count_id"].map(told * factor)
        frames.append(rows[columns])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _moved(made: MadeDemand) -> pd.DataFrame:
    """Cells and trip ends that the adjustment moved most, by period."""
    frames = []
    for period, found in made.estimated.items():
        cells = found.cells.head(MOST_MOVED).assign(what="cell")
        ends = found.trip_ends.head(MOST_MOVED).rename(columns={"end": "what"})
        origin = ends["what"] == "origin"
        ends["o_zone_id"] = (
            ends["zone_id"].where(origin).astype("Int64").astype(str).where(origin, "")
        )
        ends["d_zone_id"] = (
            ends["zone_id"].where(~origin).astype("Int64").astype(str).where(~origin, "")
        )
        cells = cells.astype({"o_zone_id": str, "d_zone_id": str})
        frames.append(pd.concat([cells, ends], ignore_index=True).assign(period=period))
    columns = [
        *("what", "period", "class_name", "o_zone_id", "d_zone_id", "before_vph", "after_vph"),
    ]
    return (
        pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
    )


def warnings(made: MadeDemand, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Targets that are missed, counts that contradict, and feedback that was cut short."""
    base = made.case.base_year
    told = [
        f"{row['purpose']}: {row['share']:.1%} of the trips by {row['mode']}, {row['target']:.1%} "
        "was wanted."
        for row in _rows_of(found["shares"], base)
        if abs(row["share"] - row["target"]) > min(CLOSE_SHARE, CLOSE_PART * row["target"])
    ]
    for row in _rows_of(found["lengths"], base):
        for unit, close in (("km", CLOSE_KM), ("min", CLOSE_MIN)):
            mean, known = row[f"mean_{unit}"], row[f"target_{unit}"]
            if abs(mean / known - 1.0) > close:
                told.append(f"{row['purpose']}: trips of {mean:.1f} {unit}, {known:g} are known.")
    told += [
        f"{period}: {text}" for period, each in made.estimated.items() for text in each.warnings
    ]
    ends = made.base.built.model.ends
    return told + [
        f"{name}: rates of one end are scaled by {factor:.2f} to meet the other."
        for name, factor in ends.scaled.items()
        if not 0.8 <= factor <= 1.25  # noqa: PLR2004  a quarter apart
    ]


def _rows_of(table: pd.DataFrame, year: int) -> list[dict[str, Any]]:
    names = [str(name) for name in table]
    return [dict(zip(names, row, strict=True)) for row in table[table["year"] == year].to_numpy()]


def _range(year: YearDemand) -> pd.DataFrame:
    """Totals, the river and the share of cars in a year and scenario."""
    travel = year.run.travel
    river = _river(year)
    rows: list[tuple[str, float, str]] = [
        ("trips", float(travel.total.sum()), "trips/day"),
        ("car_share", float(travel.trips[CAR].sum() / travel.total.sum()), "share"),
    ]
    for period, demand in year.written.items():
        mine = river[river["period"] == period]
        rows.append((f"vehicles_{period}", demand.total_vph, "veh/h"))
        rows.append((f"river_{period}", float(mine["vph"].sum()), "veh/h"))
    table = pd.DataFrame(rows, columns=["item", "value", "unit"])
    return _dated(year, table.assign(scenario=year.scenario))[
        ["year", "scenario", "item", "value", "unit"]
    ]


def _calibrated(made: MadeDemand) -> pd.DataFrame:
    """Fitted values; an empty constant is that of a mode which the purpose does not use."""
    model = made.base.run.model
    rows = [
        {
            "purpose": rule.purpose,
            "mode": mode,
            "constant": constant if np.isfinite(constant) else np.nan,
            "scale_per_min": rule.scale_per_s * SECONDS_PER_MINUTE,
            "deterrence_per_min": rule.deterrence_per_s * SECONDS_PER_MINUTE,
            "terminal_min": model.terminal_s / SECONDS_PER_MINUTE,
        }
        for rule in model.rules
        for mode, constant in rule.constants.items()
    ]
    return pd.DataFrame(rows)


def _response(made: MadeDemand) -> pd.DataFrame:
    """Scale and deterrence of each class of cars: means of its purposes by their cars."""
    model, trips = made.base.run.model, made.base.run.travel
    cars = day_cars(model, trips).sum(axis=(1, 2))
    rows: list[dict[str, Any]] = []
    for k, each in answering(model, trips).items():
        mine = [i for i, place in enumerate(model.places) if place == k]
        weights = cars[mine]
        scale, deterrence = (
            np.array([getattr(model.rules[i], name) for i in mine]) * SECONDS_PER_MINUTE
            for name in ("scale_per_s", "deterrence_per_s")
        )
        rows.append(
            {
                "class_name": each.name,
                "scale_per_min": float(np.average(scale, weights=weights)),
                "deterrence_per_min": float(np.average(deterrence, weights=weights)),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
