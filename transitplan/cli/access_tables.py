"""What ``transitplan access`` measures and prints: by mode, by measure, and how evenly."""

import json
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

import transitplan as tp
from transitplan.access import (
    Exponential,
    Gaussian,
    Step,
    best_mode,
    catchment,
    concentration_index,
    gini,
    gravity_access,
    nearest,
    palma_ratio,
    theil,
)
from transitplan.cli.console import OUT, csv_target, gap_progress, write_csv
from transitplan.errors import ValidationError, likely
from transitplan.graph.frequency import compile_frequency
from transitplan.model.network import Network
from transitplan.model.pace import PACES
from transitplan.transit.strategies import skim_transit

CAR, TRANSIT, WALK, CYCLE, BEST = "car", "transit", "walk", "cycle", "best"
MODES = {
    CAR: "by car",
    TRANSIT: "by public transport, a weekday from 7 to 9",
    WALK: "on foot, along streets that let walkers in",
    CYCLE: "by cycle, along streets that let cycles in",
    BEST: "by car or public transport, whichever is faster",
}
CUMULATIVE, GRAVITY, NEAREST, CATCHMENT = "cumulative", "gravity", "nearest", "catchment"
USUAL_MIN = {CUMULATIVE: 45.0, GRAVITY: 15.0, NEAREST: 0.0, CATCHMENT: 45.0}
PEOPLE = "population"
WHOLE_FROM = 1000  # from here on decimals are noise


@dataclass(frozen=True)
class Question:
    """What is asked for."""

    mode: str
    measure: str
    of: str
    minutes: str
    equity: bool

    def check(self, zones: pd.DataFrame) -> None:
        """Refuse what cannot be answered, all of it at once."""
        found = []
        for name, given, known in (
            ("--mode", self.mode, MODES),
            ("--measure", self.measure, USUAL_MIN),
        ):
            if given not in known:
                found.append(f"{name} {given!r}: use {', '.join(known)}.{likely(given, known)}")
        columns = [name for name in zones.columns if pd.api.types.is_numeric_dtype(zones[name])]
        columns = [name for name in columns if name != "zone_id"]
        if self.of not in columns:
            found.append(
                f"--of {self.of!r}: zone.csv has the numbers {', '.join(columns)}."
                f"{likely(self.of, columns)}"
            )
        if self.minutes and not _above_0(self.minutes):
            found.append(f"--minutes {self.minutes!r}: give one number above 0.")
        if self.equity and self.measure == NEAREST:
            found.append("--equity with --measure nearest: less is better there; take another.")
        if found:
            raise ValidationError(found)

    @property
    def usual(self) -> bool:
        """Whether the plain table of people and jobs within reach answers it."""
        return self.measure == CUMULATIVE and not self.minutes and self.of == "jobs"

    @property
    def limit_min(self) -> float:
        """Minutes of the measure."""
        return float(self.minutes) if self.minutes else USUAL_MIN[self.measure]

    @property
    def words(self) -> str:
        """What the measure counts, as a heading."""
        return {
            CUMULATIVE: f"{self.of} within {self.limit_min:g} min",
            GRAVITY: f"{self.of}, counting half for every {self.limit_min:g} min",
            NEAREST: f"Minutes to the nearest zone with {self.of}",
            CATCHMENT: f"{self.of} a resident, shared with all within {self.limit_min:g} min",
        }[self.measure]


def _above_0(text: str) -> bool:
    try:
        return 0 < float(text) < inf
    except ValueError:
        return False


def show_access(
    path: Path,
    question: Question,
    *,
    demand: Path | None,
    gap: float,
    out: Path | None,
    as_json: bool,
) -> None:
    """Measure, print, and write the measure of every zone where asked."""
    if out is not None:
        csv_target(out)
    network = tp.read_network(path)
    if network.clusters.empty:
        raise ValidationError(
            f"{path}: no cluster.csv, so there is nothing to measure between. Add it: "
            "cluster_id, kind (cluster or hub), name, name_zh, lon, lat, zone_id."
        )
    question.check(network.zones)
    time_s = zone_times(network, question.mode, demand, gap)
    centres = network.clusters[network.clusters["kind"] == "cluster"]
    minutes = tp.cluster_times(time_s, network.clusters)
    zones = network.zones.set_index("zone_id")
    record: dict[str, Any] = {"minutes": minutes.replace(inf, None).astype(object).to_dict("index")}
    how = MODES[question.mode]
    if question.mode in (CAR, BEST):
        how += ", empty roads" if demand is None else ", peak hour"
    tables = [table_of(_from_clusters(minutes, network.clusters), f"Minutes {how}")]
    if question.usual:
        reached = _reached(time_s, zones, centres)
        record["reach"] = reached.to_dict("records")
        tables.append(table_of(reached, f"People and jobs within reach {how}"))
    values = measured(time_s, zones, question)
    if not question.usual:
        own = _of_clusters(values, centres)
        record["measure"] = {"what": question.words, "mode": question.mode, "clusters": own}
        body = pd.DataFrame({"from": list(own), question.words: list(own.values())})
        tables.append(table_of(body, how.capitalize(), digits=3))
    if question.equity:
        spread = evenness(values, zones, question, demand, network, gap)
        record["equity"] = spread
        body = pd.DataFrame({"index": list(spread), "value": list(spread.values())})
        tables.append(table_of(body, f"How evenly: {question.words}, {how}", digits=3))
    if as_json:
        OUT.print_json(json.dumps(record))
    else:
        for table in tables:
            OUT.print(table)
    if out is not None:
        frame = values.rename("value").rename_axis("zone_id").reset_index()
        write_csv(frame.assign(measure=question.words, mode=question.mode), out)


def zone_times(network: Network, mode: str, demand: Path | None, gap: float) -> pd.DataFrame:
    """Zone × zone times of a mode [s]; inf where nobody can go."""
    if mode == TRANSIT:
        return _ridden(network)
    roads = tp.compile_road(network)
    if mode in PACES:
        return tp.skim(roads, ["time_s"], use=mode)["time_s"]
    times = None
    if demand is not None:
        with gap_progress(gap) as tell:
            times = tp.assign(roads, tp.read_demand(demand), gap=gap, progress=tell).time_s
    driven = tp.skim(roads, ["time_s"], times_s=times)["time_s"]
    return driven if mode == CAR else best_mode({CAR: driven, TRANSIT: _ridden(network)})[0]


def _ridden(network: Network) -> pd.DataFrame:
    service = network.transit
    if service is None:
        raise ValidationError(
            f"{network.name}: no public transport. Put a GTFS feed into its folder transit/ "
            "(docs/transit.md), or take --mode car or walk."
        )
    lines = compile_frequency(service, service.busiest("weekday"), (7.0, 9.0), network=network)
    return skim_transit(lines)["time_s"]


def _from_clusters(minutes: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Places down, clusters across: fits a terminal with any number of hubs."""
    named = clusters.set_index("cluster_id")["name"].loc[minutes.columns]
    table = minutes.T.rename_axis(None, axis=1)
    table.insert(0, "to, from:", [f"{place} {name}" for place, name in named.items()])
    return table


def _reached(time_s: pd.DataFrame, zones: pd.DataFrame, centres: pd.DataFrame) -> pd.DataFrame:
    """People and jobs within a quarter of an hour and more of each cluster."""
    found = tp.reach(time_s, zones[[PEOPLE, "jobs"]], centres["zone_id"].tolist())
    named = centres.set_index("zone_id")["cluster_id"]
    found.insert(0, "cluster_id", found.pop("zone_id").map(named))
    return found


def measured(time_s: pd.DataFrame, zones: pd.DataFrame, question: Question) -> "pd.Series[float]":
    """Value of the measure in each zone, indexed by zone id."""
    offered, limit = zones[question.of].fillna(0.0), question.limit_min
    if question.measure == NEAREST:
        return nearest(time_s, (offered > 0).astype(float))
    if question.measure == CATCHMENT:
        decay = Gaussian(limit / 2.0)  # so that little counts beyond the limit: exp(−2) there
        return catchment(time_s, offered, zones[PEOPLE].fillna(0.0), decay).access
    weight = Step(limit) if question.measure == CUMULATIVE else Exponential.halving(limit)
    found: pd.Series[float] = gravity_access(time_s, offered.to_frame(), weight)[question.of]
    return found


def evenness(
    values: "pd.Series[float]",
    zones: pd.DataFrame,
    question: Question,
    demand: Path | None,
    network: Network,
    gap: float,
) -> dict[str, float]:
    """Indices of how evenly a measure is spread over the residents."""
    lived = zones[zones[PEOPLE] > 0]
    own, people = values.loc[lived.index], lived[PEOPLE]
    parts = theil(own, people, lived["super_zone"].fillna(""))
    found = {
        "residents": float(people.sum()),
        "mean": float(np.average(own, weights=people)),
        "gini": gini(own, people),
        "palma": palma_ratio(own, people),
        "theil": parts.total,
        "theil_between_clusters": parts.between,
        "theil_within_clusters": parts.within,
    }
    if question.mode != CAR:  # incomes are not known: who drives far stands first
        rank = measured(zone_times(network, CAR, demand, gap), zones, question)
        found["concentration_by_car_access"] = concentration_index(
            own, people, rank.loc[lived.index]
        )
    return found


def _of_clusters(values: "pd.Series[float]", centres: pd.DataFrame) -> dict[str, float | None]:
    """Value at the zone that stands for each cluster; None where there is no way."""
    ends = zip(centres["cluster_id"], values.loc[centres["zone_id"]], strict=True)
    return {str(name): None if np.isinf(value) else float(value) for name, value in ends}


def table_of(frame: pd.DataFrame, title: str, *, digits: int = 0) -> Table:
    """A table for the terminal; numbers without decimals, small ones to some digits."""
    table = Table(title=title, title_justify="left")
    for name, kind in frame.dtypes.items():
        numeric = pd.api.types.is_numeric_dtype(kind)
        table.add_column(str(name), justify="right" if numeric else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value, digits) for value in row))
    return table


def _cell(value: object, digits: int) -> str:
    if value is None or value == inf:
        return "–"
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:.{digits}g}" if digits and abs(value) < WHOLE_FROM else f"{value:,.0f}"
