"""Differences of demand, against sums by hand, a table of pairs and closed forms."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import ValidationError

NETWORK = tp.read_network("networks/two_banks/2025")
CLASSES = (tp.UserClass("car"), tp.UserClass("truck", use="truck", pce=2.0))


def demand(cells, zones=(1, 2, 3), classes=CLASSES, name="demand"):
    trips = np.zeros((len(classes), len(zones), len(zones)))
    names = [each.name for each in classes]
    for (of_class, origin, destination), value in cells.items():
        trips[names.index(of_class), zones.index(origin), zones.index(destination)] = value
    return tp.build_demand(list(zones), trips, classes=classes, name=name)


A = demand({("car", 1, 2): 100.0, ("car", 2, 1): 50.0, ("truck", 1, 3): 8.0}, name="a")
B = demand({("car", 1, 2): 121.0, ("car", 3, 1): 30.0, ("truck", 1, 3): 8.0}, name="b")


def rows(found, kind):
    return found.changes[found.changes["kind"] == kind]


def test_totals_ends_and_cells_are_those_of_the_hand():
    found = tp.diff_demand(A, B)
    total = rows(found, "total")
    assert total[["class", "old", "new", "change"]].values.tolist() == [["car", 150.0, 151.0, 1.0]]
    cells = rows(found, "cell")
    assert cells[["class", "origin", "destination", "change"]].values.tolist() == [
        ["car", 2, 1, -50.0],
        ["car", 3, 1, 30.0],
        ["car", 1, 2, 21.0],
    ]
    last = cells.iloc[-1]
    assert last["relative"] == pytest.approx(0.21)
    assert last["geh"] == pytest.approx(math.sqrt(2 * 21.0**2 / 221.0))
    ends = rows(found, "trips_to").set_index("destination")["change"].to_dict()
    assert ends == {1: -20.0, 2: 21.0}


def test_the_order_of_zones_and_classes_does_not_count():
    cells = {("car", 1, 2): 100.0, ("car", 2, 1): 50.0, ("truck", 1, 3): 8.0}
    turned = demand(cells, zones=(3, 1, 2), classes=CLASSES[::-1])
    assert tp.diff_demand(A, turned).same
    assert "the same" in tp.diff_demand(A, turned).to_text()


def test_zones_and_classes_that_came_have_all_their_trips_as_change():
    bike = tp.UserClass("bike", use="cycle")
    cells = {("car", 1, 2): 100.0, ("car", 2, 1): 50.0, ("truck", 1, 3): 8.0, ("bike", 4, 1): 5.0}
    more = demand(cells, zones=(1, 2, 3, 4), classes=(*CLASSES, bike))
    found = tp.diff_demand(A, more)
    assert rows(found, "zone")["new"].tolist() == [4]
    assert rows(found, "class")["new"].tolist() == ["bike"]
    assert rows(found, "cell")[["class", "origin", "new"]].values.tolist() == [["bike", 4, 5.0]]
    assert "4 added" in found.to_text()
    back = tp.diff_demand(more, A)
    assert rows(back, "zone")["old"].tolist() == [4]
    assert (rows(back, "cell")["change"] == -5.0).all()


def test_what_a_class_is_and_pays_is_compared():
    dearer = (tp.UserClass("car", value_of_time_cny_per_h=75.0), CLASSES[1])
    other = tp.build_demand([1, 2, 3], A.trips_vph, classes=dearer)
    found = tp.diff_demand(A, other)
    assert found.changes["kind"].tolist() == ["class"]
    assert "car: value_of_time_cny_per_h 60 → 75 CNY/h" in found.to_text()


def test_mean_length_is_the_straight_line_between_centroids():
    nodes = NETWORK.nodes.dropna(subset=["zone_id"]).set_index("zone_id")[["x_m", "y_m"]]
    far, near = (math.dist(nodes.loc[1], nodes.loc[each]) / 1000 for each in (2, 3))
    one = demand({("car", 1, 2): 30.0, ("car", 2, 2): 900.0})
    two = demand({("car", 1, 2): 10.0, ("car", 1, 3): 10.0})
    told = rows(tp.diff_demand(one, two, network=NETWORK), "trip_length").iloc[0]
    assert told["old"] == pytest.approx(far)
    assert told["new"] == pytest.approx((far + near) / 2)
    assert told["unit"] == "km"
    assert "straight" in tp.diff_demand(one, two, network=NETWORK).to_text()


def test_trips_of_zones_without_a_place_have_no_length():
    lost = demand({("car", 1, 99): 5.0}, zones=(1, 99))
    with pytest.raises(ValidationError, match="zone 99.*Name the network"):
        tp.diff_demand(lost, lost.scaled(2.0), network=NETWORK)


def test_random_demands_against_a_table_of_pairs():
    """The outer join of both as pandas has it finds the same cells."""
    rng = np.random.default_rng(4)
    one, two = (
        tp.build_demand(zones, rng.poisson(0.7, (2, 6, 6)).astype(float), classes=CLASSES)
        for zones in ([1, 2, 3, 4, 5, 6], [8, 3, 2, 7, 6, 5])
    )
    tables = [
        pd.concat(
            each.matrix(kind.name).rename_axis(index="o", columns="d").stack().rename(kind.name)
            for kind in CLASSES
        )
        .to_frame("trips")
        .assign(kind=np.repeat([kind.name for kind in CLASSES], 36))
        .set_index("kind", append=True)["trips"]
        for each in (one, two)
    ]
    change = tables[1].sub(tables[0], fill_value=0.0)
    change = change[change != 0]
    cells = rows(tp.diff_demand(one, two), "cell")
    ours = cells.set_index(["origin", "destination", "class"])["change"].astype(float)
    assert dict(ours) == dict(change)
    record = json.loads(tp.diff_demand(one, two).to_json(cells=3))
    assert record["counts"]["cell"] == len(change)
    assert sum(each["kind"] == "cell" for each in record["changes"]) == 3
