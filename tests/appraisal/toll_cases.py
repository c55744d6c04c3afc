"""A river with parallel crossings, whose equilibria can be worked out on paper, as a case."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.io import write_demand
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network
from transitplan.scenario.case import Case, Year
from transitplan.scenario.presets import preset_rows

VALUE = 36.0  # CNY/h: a second is worth 0.01 CNY
SECONDS_PER_CNY = 100.0
YEARLY = 2000.0  # peak hours


@dataclass(frozen=True)
class Bridge:
    """Time of a crossing: free_s + slope_s × flow."""

    crossing_id: str
    free_s: float
    slope_s: float = 0.0
    toll_cny: float = 0.0


def river_case(folder, bridges, trips_vph, *, elasticity=0.0, classes=None):
    """All trips go from zone 1 on the south bank to zone 2 on the north one."""
    classes = classes or (UserClass("car", value_of_time_cny_per_h=VALUE),)
    links = [_link(i, 1, 2, bridge) for i, bridge in enumerate(bridges, start=1)]
    links.append(_link(len(bridges) + 1, 2, 1, bridges[0]))  # so that each zone can be left
    names = [bridge.crossing_id for bridge in bridges]
    network = build_network(
        {
            "node": pd.DataFrame(
                {"node_id": [1, 2], "x_m": [0.0, 0.0], "y_m": [0.0, 9e3], "zone_id": [1, 2]}
            ),
            "link": pd.DataFrame(links),
            "zone": pd.DataFrame(
                {"zone_id": [1, 2], "super_zone": ["S", "N"], "population": [4000.0, 1000.0]}
            ),
            "crossing": pd.DataFrame({"crossing_id": names, "form": "bridge", "status": "open"}),
        },
        name="river",
    )
    matrix = np.zeros((len(classes), 2, 2))
    matrix[:, 0, 1] = trips_vph
    write_demand(Demand(pd.Index([1, 2]), classes, matrix), folder / "trips.omx")
    values = {
        **preset_rows("simple").set_index("parameter_id")["value"].to_dict(),
        "operating_cost_car_petrol": 0.0,  # nothing but time and tolls
        "operating_cost_car_electric": 0.0,
        "operating_cost_truck": 0.0,
        "benefit_hours_per_day": 8.0,
        "days_per_year": YEARLY / 8.0,
        "toll_trip_elasticity": elasticity,
        "toll_truck_factor": 1.0,
    }
    return Case(
        folder=folder,
        name="river",
        name_zh="河",
        base_year=2025,
        network=network,
        years={2025: Year(demand="trips.omx")},
        sites=(),
        parameters=pd.DataFrame({"parameter_id": values.keys(), "value": values.values()}),
        growth=pd.DataFrame(),
        counts=pd.DataFrame(),
        drives=pd.DataFrame(),
        ground={},
        isochrones_from="",
    )


def _link(link_id, start, end, bridge):
    sloped = bridge.slope_s > 0
    return {
        "link_id": link_id,
        "from_node_id": start,
        "to_node_id": end,
        "length_m": 9000.0,
        "free_time_s": bridge.free_s,
        "lane_capacity_pceph": bridge.free_s / bridge.slope_s if sloped else 1e6,
        "vdf_alpha": 1.0 if sloped else 0.0,
        "vdf_beta": 1.0,
        "toll_cny": bridge.toll_cny,
        "crossing_id": bridge.crossing_id,
        "facility_type": "trunk",
        "structure": "bridge",
    }
