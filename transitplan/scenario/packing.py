"""Runs as Parquet tables: to be kept, to be sent, and to be had back to the last bit.

Besides what a run shows there are the flows of its routes and classes, so that other variants can
start from it, and all that is ever taken from a solved run can be taken from a kept one. The
network and the trips as given are not kept: the case makes them again, and the network's version
tells whether it is the same.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, frozen
from transitplan.assignment import Assignment
from transitplan.assignment.problem import ACCOUNTS
from transitplan.assignment.result import Status
from transitplan.assignment.routes import Routes
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.io.parquet import parquet_bytes
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.scenario.solve import Run
from transitplan.scenario.variants import Variant

# What a table of one row keeps of an assignment, and of the run where it has another value.
NUMBERS = ("relative_gap", "objective", "lower_bound", "total_cost", "cost_error_cny_per_h")
WORDS = ("method", "method_reason", "principle", "measured", "network_version", "demand_version")
OF_RUN = ("cost_error_cny_per_h", "demand_gap")
MATRICES = ("free_time_s", "peak_time_s", "distance_km")
BY_CLASS = ("cost_s", "base_cost_s")
UNITS = {
    **dict.fromkeys(("flow_vph", "demand", "assigned", "intrazonal", "unreachable"), "veh/h"),
    **dict.fromkeys(("free_time_s", "peak_time_s", "time_s", "delay_s", "cost_s"), "s"),
    "distance_km": "km",
    "distance_m": "m",
    "toll_cny": "CNY",
    "pce_vph": "pce/h",
}


def pack_run(run: Run) -> dict[str, bytes]:
    """Return the files of a run that still has its assignment.

    links
        As ``Assignment.to_frame``, and the cost of each class.
    pairs
        Every pair of zones: o_zone_id, d_zone_id, free_time_s, peak_time_s, distance_km,
        cost_s_<class>, base_cost_s_<class>.
    classes
        As ``Run.class_totals``, and the accounts of the trips.
    routes, route_links
        Routes with trips, and the links of all of them one after the other, as rows of ``links``.
    turns, trips
        Flows of turns, where there are some; trips made, where demand answers.
    totals, history
        One row of single numbers; one row an iteration.
    """
    found = run.found
    if found is None or found.routes is None:
        raise ValueError("only a run with its assignment and its routes can be packed")
    tables = {
        "links": _links(found),
        "pairs": _pairs(run),
        "classes": _classes(run, found),
        "totals": _totals(run, found),
        "history": found.history.assign(seconds=np.nan),  # of the clock: never the same again
        **_routes(found.routes),
    }
    if found.roads.turns.size:
        names = [each.name for each in found.classes]
        tables["turns"] = pd.DataFrame(dict(zip(names, found.turn_flow_vph, strict=True)))
    if _answers(run.variant):
        tables["trips"] = _trips(found.demand)
    return {f"{name}.parquet": parquet_bytes(table, units=UNITS) for name, table in tables.items()}


def unpack_run(
    content: Mapping[str, bytes], variant: Variant, network: Network, demand: Demand
) -> Run:
    """Return the run that ``pack_run`` packed, equal to the last bit but for the clock.

    Parameters
    ----------
    network, demand
        Of the variant; trips as they are before they answer.

    Raises
    ------
    ValueError
        If the network is not the one that the run was solved on.
    """
    tables = {name.removesuffix(".parquet"): _read(file) for name, file in content.items()}
    totals = {str(name): value for name, value in tables["totals"].iloc[0].items()}
    if network.version != totals["network_version"]:
        raise ValueError(
            f"{variant.name}: kept of network {totals['network_version']}, but the case makes "
            f"{network.version} of it. Please report this."
        )
    roads = compile_road(network)
    found = _assignment(tables, totals, roads, _with_trips(demand, tables.get("trips")))
    answered = tables["classes"].get("surplus_s")
    names = tables["classes"]["class_name"].tolist()
    more: dict[str, Any] = {name: float(totals[f"run_{name}"]) for name in OF_RUN}
    more |= {name: _matrix(tables["pairs"][name], roads) for name in MATRICES}
    more |= {name: _by_class(tables["pairs"], name, names, roads) for name in BY_CLASS}
    return Run(
        variant=variant,
        network=network,
        demand=found.demand,
        flows=found.to_frame(),
        class_totals=tables["classes"][
            ["class_name", "time_s", "distance_m", "toll_cny", "cost_s"]
        ],
        accounting=dict(found.accounting),
        relative_gap=found.relative_gap,
        gap_cny_per_h=found.gap_cny_per_h,
        iterations=found.iterations,
        status=str(found.status),
        surplus_s={} if answered is None else dict(zip(names, answered.tolist(), strict=True)),
        found=found,
        **more,
    )


def _links(found: Assignment) -> pd.DataFrame:
    costs = zip(found.classes, found.class_cost_s, strict=True)
    return found.to_frame().assign(**{f"cost_{each.name}_s": cost for each, cost in costs})


def _pairs(run: Run) -> pd.DataFrame:
    zones = run.free_time_s.index
    columns = {"o_zone_id": zones.repeat(len(zones)), "d_zone_id": np.tile(zones, len(zones))}
    columns |= {name: getattr(run, name).to_numpy().ravel() for name in MATRICES}
    for name in BY_CLASS:
        for label, matrix in getattr(run, name).items():
            columns[f"{name}_{label}"] = matrix.to_numpy().ravel()
    return pd.DataFrame(columns)


def _classes(run: Run, found: Assignment) -> pd.DataFrame:
    accounts = found.accounting_by_class.reset_index(drop=True)
    more: dict[str, Any] = {"class_excess_s": found.class_excess_s}
    if run.surplus_s:
        more["surplus_s"] = np.array([run.surplus_s[each.name] for each in found.classes])
    more |= {name: accounts[name] for name in ACCOUNTS}
    return run.class_totals.assign(**more)


def _totals(run: Run, found: Assignment) -> pd.DataFrame:
    row: dict[str, Any] = {name: getattr(found, name) for name in (*NUMBERS, *WORDS)}
    row |= {f"run_{name}": getattr(run, name) for name in OF_RUN}
    row |= {"iterations": found.iterations, "status": str(found.status)}
    return pd.DataFrame([row])


def _routes(routes: Routes) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame(
        {
            "class_at": routes.class_at.astype(np.int32),
            "o_zone_id": routes.zone_ids[routes.o_zone],
            "d_zone_id": routes.zone_ids[routes.d_zone],
            "flow_vph": routes.flow_vph,
            "links": np.diff(routes.first_link).astype(np.int32),
        }
    )
    return {"routes": frame, "route_links": pd.DataFrame({"link_row": routes.links})}


def _trips(demand: Demand) -> pd.DataFrame:
    zones = demand.zone_ids
    columns = {"o_zone_id": zones.repeat(len(zones)), "d_zone_id": np.tile(zones, len(zones))}
    named = zip(demand.classes, demand.trips_vph, strict=True)
    return pd.DataFrame({**columns, **{f"{each.name}_vph": trips.ravel() for each, trips in named}})


def _answers(variant: Variant) -> bool:
    return bool(variant.elasticity or variant.response)


def _read(content: bytes) -> pd.DataFrame:
    import pyarrow.parquet  # here: who solves all and keeps nothing does not wait for it

    found: pd.DataFrame = pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()
    return found


def _assignment(
    tables: Mapping[str, pd.DataFrame], totals: Mapping[str, Any], roads: RoadGraph, demand: Demand
) -> Assignment:
    links, classes = tables["links"], tables["classes"]
    names = [each.name for each in demand.classes]
    turns = tables.get("turns")
    accounts = classes[list(ACCOUNTS)].set_axis(pd.Index(names, name="class"))
    single: dict[str, Any] = {name: float(totals[name]) for name in NUMBERS}
    single |= {name: str(totals[name]) for name in WORDS}
    return Assignment(
        roads=roads,
        classes=demand.classes,
        flow_vph=_column(links, "flow_vph"),
        pce_vph=_column(links, "pce_vph"),
        class_flow_vph=_rows(links, [f"flow_{name}_vph" for name in names]),
        time_s=_column(links, "time_s"),
        class_cost_s=_rows(links, [f"cost_{name}_s" for name in names]),
        turn_flow_vph=frozen(np.zeros((len(names), 0))) if turns is None else _rows(turns, names),
        class_excess_s=_column(classes, "class_excess_s"),
        status=Status(totals["status"]),
        history=tables["history"],
        iterations=int(totals["iterations"]),
        accounting={name: float(accounts[name].sum()) for name in ACCOUNTS},
        accounting_by_class=accounts,
        demand=demand,
        routes=_unpacked_routes(tables, roads, demand),
        **single,
    )


def _unpacked_routes(
    tables: Mapping[str, pd.DataFrame], roads: RoadGraph, demand: Demand
) -> Routes:
    frame, zones = tables["routes"], roads.zone_ids
    ends = {name: zones.get_indexer(pd.Index(frame[f"{name}_id"])) for name in ("o_zone", "d_zone")}
    return Routes(
        class_names=tuple(each.name for each in demand.classes),
        node_ids=roads.node_ids,
        zone_ids=zones,
        link_ids=pd.Index(roads.network.links["link_id"]),
        class_at=frozen(frame["class_at"].to_numpy(np.int64, copy=True)),
        flow_vph=_column(frame, "flow_vph"),
        first_link=frozen(np.append(0, frame["links"].to_numpy(np.int64).cumsum())),
        links=frozen(tables["route_links"]["link_row"].to_numpy(np.int32, copy=True)),
        **{name: frozen(place.astype(np.int64)) for name, place in ends.items()},
    )


def _with_trips(demand: Demand, trips: pd.DataFrame | None) -> Demand:
    """The demand with the trips that were made, where they answered."""
    if trips is None:
        return demand
    shape = demand.trips_vph.shape
    made = np.stack([trips[f"{each.name}_vph"].to_numpy() for each in demand.classes])
    return Demand(
        demand.zone_ids, demand.classes, made.reshape(shape), demand.name, demand.made_from
    )


def _by_class(
    pairs: pd.DataFrame, what: str, names: list[str], roads: RoadGraph
) -> dict[str, pd.DataFrame]:
    """Matrices of each class that has one."""
    return {
        name: _matrix(pairs[f"{what}_{name}"], roads)
        for name in names
        if f"{what}_{name}" in pairs.columns
    }


def _matrix(column: "pd.Series[Any]", roads: RoadGraph) -> pd.DataFrame:
    zones = roads.zone_ids
    values = column.to_numpy().reshape(len(zones), len(zones))
    return pd.DataFrame(values, index=zones, columns=zones, copy=True)


def _column(table: pd.DataFrame, name: str) -> Floats:
    return frozen(table[name].to_numpy(np.float64, copy=True))


def _rows(table: pd.DataFrame, names: list[str]) -> Floats:
    return frozen(np.stack([table[name].to_numpy(np.float64) for name in names]))
