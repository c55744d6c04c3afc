"""Hours made by hand, for laws that need no network."""

import numpy as np
import pandas as pd

from transitplan.appraisal.vehicles import ROADS, share_by_speed
from transitplan.appraisal.worth import HourTotals
from transitplan.scenario.presets import preset_rows

CHINA = preset_rows("china").set_index("parameter_id")["value"].to_dict()
CASE = {
    **CHINA,
    "value_of_time_commute": 24.0,
    "occupancy_commute": 1.25,
    "value_of_time_truck": 55.0,
    "distance_cost_car": 0.6,
    "distance_cost_truck": 4.5,
    "benefit_hours_per_day": 8.0,
    "days_per_year": 330.0,
    "benefit_scale": 1.0,
}


def hour(*, time_h, km, kph=50.0, toll=0.0, delay_h=0.0, trips=1000.0, surplus_s=0.0, year=2030):
    """One class of cars and one of trucks; a pair of numbers where they differ."""
    pair = {
        "trips_vph": trips,
        "time_h": time_h,
        "delay_h": delay_h,
        "distance_km": km,
        "toll_cny": toll,
        "surplus_s": surplus_s,
    }
    table = pd.DataFrame(
        {name: np.broadcast_to(np.asarray(value, dtype=float), 2) for name, value in pair.items()},
        index=pd.Index(["car_commute", "truck"], name="class_name"),
    ).assign(
        use=["car", "truck"],
        purpose=["commute", "freight"],
        value_of_time_cny_per_h=[30.0, 55.0],
        distance_cost_cny_per_km=[0.6, 4.5],
    )
    km_of = table["distance_km"].to_numpy()
    on_road = np.zeros((2, len(ROADS)))
    on_road[:, ROADS.index("arterial")] = km_of
    return HourTotals(
        by_class=table,
        accounting={},
        cost_error_cny_per_h=0.0,
        km_by_speed=km_of[:, None] * share_by_speed(np.array([kph])),
        km_by_road=on_road,
        year=year,
        values=CASE,
    )
