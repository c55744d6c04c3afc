"""Ways of trucks with dangerous goods, which tunnels and some bridges do not let in.

They are led over the roads that they may use, on empty roads and at the times of an equilibrium,
and compared with a car, which every crossing lets in. Where the demand has a class of them, their
trips are in the equilibrium too, and what a ban costs them in the benefits of the option.
"""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.graph.road import compile_road
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_MINUTE

USE, CAR = "dangerous_goods", "car"
COLUMNS = ["origin_id", "destination_id"]
VALUES = ["free_min", "free_km", "peak_min", "peak_km", "car_peak_min", "car_peak_km"]


def goods_places(case: Case) -> pd.DataFrame:
    """Clusters, and hubs where trucks outnumber other vehicles: ports and freight centres."""
    places = case.network.clusters
    zones = case.network.zones.set_index("zone_id")
    cars, trucks = (
        places["zone_id"].map(zones[f"extra_{kind}_per_day"]) for kind in ("cars", "trucks")
    )
    return places[(places["kind"] == "cluster") | (trucks > cars)]


def goods_times(case: Case, run: Run) -> pd.DataFrame:
    """Fastest ways of dangerous goods between clusters, port and freight centre in one run.

    Returns
    -------
    DataFrame
        origin_id, destination_id, free_min, free_km, peak_min, peak_km (with dangerous goods),
        car_peak_min, car_peak_km; inf where there is no way. No rows where the
        network does not know the use ``dangerous_goods``.
    """
    known = set(run.network.table("use_definition")["use"])
    if not {USE, CAR} <= known:
        return pd.DataFrame(columns=[*COLUMNS, *VALUES])
    places = goods_places(case).set_index("cluster_id")["zone_id"]
    roads = compile_road(run.network)
    free, peak = roads.in_rows(roads.free_time_s), run.flows["time_s"].to_numpy()
    columns: dict[str, Any] = {}
    for name, use, at in (
        ("free", USE, free),
        ("peak", USE, peak),
        ("car_peak", CAR, peak),
    ):
        found = skim(roads, ["time_s", "length_m"], use=use, times_s=at, threads=1)
        rows = found.zone_ids.get_indexer(pd.Index(places))
        for field, unit, factor in (
            ("time_s", "min", SECONDS_PER_MINUTE),
            ("length_m", "km", METRES_PER_KM),
        ):
            columns[f"{name}_{unit}"] = found.array(field)[np.ix_(rows, rows)].ravel() / factor
    ends = pd.MultiIndex.from_product([places.index, places.index], names=COLUMNS)
    table = pd.DataFrame(columns, index=ends).reset_index()
    apart = table["origin_id"] != table["destination_id"]
    return table[apart].reset_index(drop=True)[[*COLUMNS, *VALUES]]
