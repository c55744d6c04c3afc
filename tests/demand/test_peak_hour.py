"""The first demand model: what it says of parameters that do not fit a city."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.peak_hour import peak_hour_demand
from transitplan.errors import ValidationError

ZONES = pd.DataFrame(
    {
        "zone_id": [1, 2],
        "population": [1000.0, 2000.0],
        "jobs": [500.0, 700.0],
        "extra_cars_per_day": 0.0,
        "extra_trucks_per_day": 0.0,
        "zone_kind": "urban",
    }
)


@pytest.mark.parametrize("row", ["mean_km_commute", "mean_km_truck"])
def test_trips_longer_than_the_city_name_their_row(row):
    values = dict(tp.read_case("networks/two_banks").values)
    km = np.array([[0.0, 4.0], [4.0, 0.0]])
    fitting = values | {name: 2.5 for name in values if name.startswith("mean_km_")}
    assert peak_hour_demand(ZONES, {"car": km, "truck": km}, fitting, name="small").total_vph > 0
    with pytest.raises(
        ValidationError, match=rf"parameter {row}: a mean of 50 is more .* km\. Cor"
    ):
        peak_hour_demand(ZONES, {"car": km, "truck": km}, fitting | {row: 50.0}, name="small")
