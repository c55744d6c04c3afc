"""Border and station traffic: station totals, closed forms, laws, refused tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transitplan as tp
from transitplan.demand.background import account, distances_km, hours, read_hour_shares
from transitplan.demand.borders import BorderRules, border_trips, grown_borders
from transitplan.model.demand import UserClass
from transitplan.model.edits import set_columns

ZONES = pd.DataFrame(
    {
        "zone_id": [1, 2, 3, 7, 8, 9],
        "population": [30, 10, 0, 0, 0, 0],
        "jobs": [10, 10, 20, 0, 0, 0],
    }
)
BORDERS = pd.DataFrame(
    [
        (7, "external", 100, 40, 0.4, ""),
        (8, "external", 60, 20, 0.3, ""),
        (9, "external", 80, 0, 0.5, ""),
        (3, "station", 50, 10, "", ""),
        (7, "external", 6, 0, "", 2),  # passengers from outside to the airport, zone 2
    ],
    columns=["zone_id", "kind", "cars_per_day", "trucks_per_day", "through_share", "to_zone_id"],
).assign(status="assumed")
CARS = {"car_business": 0.7, "car_other": 0.3}
TRUCKS = {"truck": 0.9, "dangerous_goods": 0.1}
RULES = BorderRules(CARS, TRUCKS, through_min_km=15, deterrence_per_km=0.05)
NAMES = (*CARS, *TRUCKS)


def kilometres(seed=0):
    place = np.random.default_rng(seed).uniform(0, 30, (6, 2))
    return np.hypot(*(place[:, None] - place).transpose(2, 0, 1)) + 16  # all are far


def with_km(km):
    return dict.fromkeys(NAMES, km)


def test_every_station_sends_and_receives_half_of_its_day():
    made = border_trips(BORDERS, ZONES, with_km(kilometres()), RULES)
    for names, day in ((CARS, [106, 60, 80, 50]), (TRUCKS, [40, 20, 0, 10])):
        trips = sum(made.trips_per_day[made.class_names.index(name)] for name in names)
        alone = np.zeros(6)
        for zone, volume in zip((3, 4, 5, 2), day, strict=True):
            alone[zone] = volume / 2
        # Zone 3 is drawn to as well: what the border stations send there comes on top.
        drawn = trips[[3, 4, 5], 2].sum(), trips[2, [3, 4, 5]].sum()
        np.testing.assert_allclose(trips[3:].sum(axis=1), alone[3:], rtol=1e-12)
        np.testing.assert_allclose(trips[:, 3:].sum(axis=0), alone[3:], rtol=1e-12)
        assert trips[2].sum() == pytest.approx(alone[2] + drawn[1])
        assert trips[:, 2].sum() == pytest.approx(alone[2] + drawn[0])
    through = made.trips_per_day[:2, 3:, 3:].sum(axis=0)
    np.testing.assert_allclose(through.sum(axis=1), [20, 9, 20], rtol=1e-9)  # as asked for
    np.testing.assert_allclose(through, through.T)
    accounts = made.accounts.set_index("item")["value"]
    assert accounts["car_business through"] == pytest.approx(0.7 * 49)
    assert accounts["car_other between stations and given zones"] == pytest.approx(0.3 * 6)
    assert made.accounts["value"].sum() == pytest.approx(made.trips_per_day.sum())


def test_trips_to_zones_follow_weight_and_distance():
    km = kilometres(1)
    plain = BORDERS.assign(to_zone_id="").iloc[:3]
    found = border_trips(plain, ZONES, with_km(km), RULES).trips_per_day[0]
    weights = np.array([40, 20, 20.0])
    pull = weights * np.exp(-0.05 * km[3:, :3])
    inward = 0.7 * np.array([50 * 0.6, 30 * 0.7, 40 * 0.5])
    np.testing.assert_allclose(
        found[3:, :3], inward[:, None] * pull / pull.sum(axis=1)[:, None], rtol=1e-9
    )


def test_through_traffic_needs_distance_and_a_partner_of_its_size():
    km = kilometres()
    km[3, 4] = 12.0  # one way is too near: so is the other
    near = border_trips(BORDERS, ZONES, with_km(km), RULES).trips_per_day[0]
    assert near[3, 4] == near[4, 3] == 0
    # Station 9 is the only partner of 7 and 8 and takes 20 of their 29 one way.
    assert near[5, [3, 4]].sum() == pytest.approx(0.7 * 20, rel=1e-6)
    assert near[3:].sum() == pytest.approx(0.7 * 123)
    alone = border_trips(BORDERS.iloc[:1], ZONES, with_km(km), RULES).trips_per_day
    assert alone[:, 3:, 3:].sum() == 0
    assert alone.sum() == pytest.approx(140)


def test_classes_keep_to_their_roads():
    """The two banks: dangerous goods may not cross the river, trucks may."""
    network = tp.read_network("networks/two_banks/2025")
    links = network.links
    shut = links["crossing_id"].isin(["W", "E"])
    uses = links["allowed_uses"].mask(shut, "no_dangerous_goods")
    network = set_columns(network, {"allowed_uses": uses}, reason="a ban")
    classes = [UserClass("truck", use="truck"), UserClass("dangerous_goods", use="dangerous_goods")]
    classes += [UserClass(name) for name in CARS]
    km = distances_km(tp.compile_road(network), classes)
    borders = pd.DataFrame(
        {"zone_id": [7, 8], "kind": "external", "cars_per_day": 10, "trucks_per_day": [80, 60]}
    ).assign(through_share=0.5)
    made = border_trips(borders, network.zones, km, RULES)
    trips = dict(zip(made.class_names, made.trips_per_day, strict=True))
    north = network.zones["district"].eq("North bank").to_numpy()
    assert trips["truck"][np.ix_(north, ~north)].sum() > 0
    assert trips["dangerous_goods"][np.ix_(north, ~north)].sum() == 0
    assert trips["dangerous_goods"].sum() == pytest.approx(0.1 * 140)  # none is lost for it


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 1e4), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.integers(0, 99),
)
def test_no_vehicle_is_lost(cars, through, seed):
    borders = BORDERS.iloc[:3].assign(cars_per_day=cars, through_share=through, trucks_per_day=0)
    made = border_trips(borders, ZONES, with_km(kilometres(seed)), RULES).trips_per_day
    ends = made[:, 3:].sum() + made[:, :, 3:].sum()
    assert (made >= 0).all()
    assert ends == pytest.approx(sum(cars), rel=1e-9, abs=1e-9)


def test_all_problems_of_the_table_are_named():
    wrong = BORDERS.assign(
        zone_id=[7, 77, 9, 3, 7],
        kind=["external", "external", "border", "station", "external"],
        cars_per_day=[-1, 60, 80, 50, 6],
        through_share=[1.4, 0.3, 0.5, 0.2, ""],
        to_zone_id=["", "", "", "", 99],
        status="guessed",
    )
    with pytest.raises(tp.ValidationError) as caught:
        border_trips(wrong, ZONES.drop(columns="jobs"), with_km(kilometres()), RULES)
    for part in (
        "borders, column zone_id: line 3 is no zone",
        "borders, column to_zone_id: line 6 is no zone",
        "borders, column kind: line 4 is none of external, station",
        "borders, column cars_per_day: line 2 is not a number of 0",
        "column through_share: line 2 is not a number of 0 or more and at most 1",
        "column through_share: lines 4, 5 are above 0",
        "column status: lines 2, 3, 4, 5, 6 are none of",
        "zones: no column 'jobs'",
    ):
        assert any(part in problem for problem in caught.value.problems), part
    with pytest.raises(tp.ValidationError, match="cars: shares .* add up to 1"):
        BorderRules({"car": 0.7}, TRUCKS, 1, -1)


def test_stations_that_a_class_cannot_leave_are_named():
    km = with_km(kilometres())
    km["dangerous_goods"] = np.full((6, 6), np.inf)
    km["car_other"] = kilometres()
    km["car_other"][3, 1] = np.inf
    with pytest.raises(tp.ValidationError) as caught:
        border_trips(BORDERS, ZONES, km, RULES)
    assert any("dangerous_goods at stations 3, 7, 8" in each for each in caught.value.problems)
    assert any("car_other may drive leads from 7 to 2" in each for each in caught.value.problems)


def test_hours_add_up_the_parts_by_class():
    made = border_trips(BORDERS, ZONES, with_km(kilometres()), RULES)
    periods = pd.DataFrame({"period": ["am", "night"], "modelled": [1, 0]})
    shares = read_hour_shares(periods.assign(border_share=[0.08, ""], truck_share=[0.05, ""]))
    classes = [UserClass(name) for name in CARS]
    classes += [UserClass(name, use=name, purpose="freight") for name in TRUCKS]
    found = hours([made, made], classes, shares, pd.Index(ZONES["zone_id"]))
    assert list(found) == ["am"]
    assert found["am"].matrix("car_other").to_numpy().sum() == pytest.approx(
        0.16 * made.trips_per_day[1].sum()
    )
    assert found["am"].matrix("truck").to_numpy().sum() == pytest.approx(
        0.1 * made.trips_per_day[2].sum()
    )
    with pytest.raises(tp.ValidationError, match="no user class is called dangerous_goods"):
        hours([made], classes[:3], shares, pd.Index(ZONES["zone_id"]))
    with pytest.raises(tp.ValidationError, match="truck_share: line 2 is empty"):
        read_hour_shares(periods.assign(border_share=0.1, truck_share=""))


def test_lost_trips_are_an_error():
    account("a step", 10.0, 10.0 + 1e-9)
    with pytest.raises(tp.AccountingError, match="a step: 10.000 trips went in and 9.900 came out"):
        account("a step", 10.0, 9.9)


def test_stations_grow_by_their_group():
    growth = pd.DataFrame(
        [("external", 2030, "cars_per_day", 1.1), ("rest", 2030, "trucks_per_day", 2.0)],
        columns=["group", "year", "attribute", "central"],
    ).assign(low=1.0, high=3.0)
    growth.loc[9] = ["C1", 2030, "population", 2.0, 1.0, 3.0]
    found = grown_borders(BORDERS, growth, 2030)
    np.testing.assert_allclose(found["cars_per_day"], [110, 66, 88, 50, 6.6])
    np.testing.assert_allclose(found["trucks_per_day"], [80, 40, 0, 20, 0])
    airport = BORDERS.assign(group=["", "", "", "", "airport"])
    high = grown_borders(airport, growth, 2030, scenario="high")
    assert high["cars_per_day"].tolist() == [300, 180, 240, 50, 6]
    assert grown_borders(BORDERS, growth.tail(1), 2030)["cars_per_day"].tolist()[0] == 100
