"""People inside zones, and what they find within a short walk."""

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose

import transitplan as tp
from transitplan.access.circles import Circle, served, walk_to_nearest
from transitplan.access.people import people_points


@pytest.fixture(scope="module")
def two_banks():
    return tp.read_network("networks/two_banks/2025")


def test_nobody_is_lost_and_density_is_kept(two_banks):
    cells = people_points(two_banks, density_per_km2={"urban": 8000.0}, cell_m=500.0)
    zones = two_banks.zones.set_index("zone_id")
    lived = zones.loc[zones["population"] > 0, "population"]
    assert_allclose(cells.groupby("zone_id")["people"].sum().loc[lived.index], lived)
    assert cells["people"].max() <= 8000.0 * 0.25 * (1 + 1e-12)
    assert not cells.duplicated(["zone_id", "x_m", "y_m"]).any()


def test_cells_belong_to_the_nearest_centroid(two_banks):
    cells = people_points(two_banks, density_per_km2={"urban": 500.0})
    nodes = two_banks.nodes.dropna(subset=["zone_id"]).set_index("zone_id")
    far = {
        zone: np.hypot(cells["x_m"] - row.x_m, cells["y_m"] - row.y_m)
        for zone, row in nodes.iterrows()
    }
    assert (pd.DataFrame(far).idxmin(axis=1) == cells["zone_id"]).all()


def test_bad_densities_are_named_together(two_banks):
    with pytest.raises(tp.ValidationError, match="town is 0; give a number") as caught:
        people_points(two_banks, density_per_km2={"town": 0}, cell_m=0.0)
    assert len(caught.value.problems) == 3


PEOPLE = pd.DataFrame(
    {
        "super_zone": ["A", "A", "B"],
        "x_m": [0.0, 1000.0, 0.0],
        "y_m": [0.0, 0.0, 500.0],
        "people": [10.0, 30.0, 60.0],
    }
)


def test_a_river_hides_the_nearest_school():
    schools = pd.DataFrame({"kind": "school", "x_m": [0.0, 0.0], "y_m": [-900.0, 700.0]})
    river = shapely.LineString([(-5000, 300), (5000, 300)])
    free = walk_to_nearest(PEOPLE, schools, detour=1.2)["school"]
    assert_allclose(free, 1.2 * np.array([700.0, np.hypot(1000, 700), 200.0]))
    cut = walk_to_nearest(PEOPLE, schools, detour=1.2, barrier=river)["school"]
    assert_allclose(cut, 1.2 * np.array([900.0, np.hypot(1000, 900), 200.0]))
    assert walk_to_nearest(PEOPLE, schools, within_m=250.0)["school"].tolist() == [
        np.inf,
        np.inf,
        np.inf,
    ]


def test_shares_of_people_by_cluster_and_in_all():
    walk_m = pd.DataFrame({"shop": [200.0, 400.0, 300.0], "school": [100.0, 100.0, np.inf]})
    found = served(PEOPLE, walk_m, circles=[Circle(5, 300.0, ("shop", "school", "clinic"))])
    share = found.set_index(["super_zone", "kind"])["share"]
    assert share["", "shop"] == pytest.approx(0.7)
    assert share["A", "shop"] == pytest.approx(0.25)
    assert share["B", "school"] == 0.0
    assert share["", "clinic"] == 0.0  # there is none
    assert share["A", "all"] == 0.0


def test_what_lies_behind_everything_is_searched_to_the_end():
    """Brute force: the nearest of many places on the same side of a wall."""
    rng = np.random.default_rng(5)
    spots = rng.uniform(-1000, 1000, (60, 2))
    places = pd.DataFrame({"kind": "stop", "x_m": spots[:, 0], "y_m": spots[:, 1]})
    homes = rng.uniform(-1000, 1000, (40, 2))
    people = pd.DataFrame({"x_m": homes[:, 0], "y_m": homes[:, 1]})
    wall = shapely.LineString([(100.0, -3000.0), (100.0, 3000.0)])
    same = (homes[:, :1] < 100.0) == (spots[:, 0] < 100.0)
    far = np.hypot(*(homes[:, None, :] - spots[None]).transpose(2, 0, 1))
    expected = np.where(same, far, np.inf).min(axis=1)
    assert_allclose(walk_to_nearest(people, places, detour=1.0, barrier=wall)["stop"], expected)
