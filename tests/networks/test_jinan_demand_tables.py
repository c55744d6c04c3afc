"""Tables of Jinan's demand model: what the readers take, and what they must add up to."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.demand.counts import compile_counts, read_counts
from transitplan.demand.generation import generate
from transitplan.demand.growth import SCENARIOS, grow
from transitplan.demand.time_of_day import read_day
from transitplan.demand.travel import read_rules
from transitplan.io.text import read_text_table

CASE = Path("networks/jinan")
FOLDER = CASE / "demand"
MODEL = tomllib.loads((FOLDER / "model.toml").read_text(encoding="utf-8"))
TABLES = sorted(path.stem for path in FOLDER.glob("*.csv"))
STATUSES = {"measured", "published", "assumed", "calibrated"}
CARS = ["car_commute", "car_business", "car_other"]
VOLUMES = ["cars_per_day", "trucks_per_day"]
RANGES = {  # columns of value, low and high
    "rates": ("value", "low", "high"),
    "freight": ("value", "low", "high"),
    "freight_rules": ("mean_km", "low_km", "high_km"),
    "rules": ("scale_per_min", "low_scale_per_min", "high_scale_per_min"),
    "periods": ("peak_hour_share", "low_peak_hour_share", "high_peak_hour_share"),
    "shares": ("share", "low", "high"),
    "growth": ("central", "low", "high"),
    "counts": ("volume_per_day", "low", "high"),
}


def table(name):
    return read_text_table(FOLDER / f"{name}.csv")


def numbers(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


@pytest.fixture(scope="module")
def network():
    return tp.read_network(CASE / "2025")


@pytest.fixture(scope="module")
def parameters():
    return pd.read_csv(CASE / "parameters.csv").set_index("parameter_id")


@pytest.fixture(scope="module")
def zones(network):
    own = numbers("zones").drop(columns=["source", "status"])
    return network.zones.merge(own, on="zone_id", validate="one_to_one")


def ends_of(zones, name="rates"):
    hold = MODEL["hold"] if name == "rates" else {}
    return generate(zones, table(name), pd.Index(zones["zone_id"]), hold=hold)


@pytest.fixture(scope="module")
def ends(zones):
    return ends_of(zones)


@pytest.fixture(scope="module")
def drivers(ends):
    """Trips of a day that move a car, by purpose."""
    share = numbers("shares").set_index(["mode", "purpose"])["share"]["car"]
    return share[list(ends.purposes)] * ends.productions.sum(axis=1)


def test_model_names_every_table():
    named = {value.removesuffix(".csv") for value in MODEL.values() if str(value).endswith(".csv")}
    assert named == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_it_is_from(name):
    rows = table(name)
    assert set(rows["status"]) <= STATUSES
    sure = rows["status"] != "assumed"
    assert rows["source"][sure].str.contains("http").all()


@pytest.mark.parametrize("name", RANGES)
def test_values_lie_in_their_range(name):
    rows = numbers(name)
    value, low, high = (rows[column].to_numpy(dtype=float) for column in RANGES[name])
    assert (low <= value).all()
    assert (value <= high).all()
    assert (low < high).any()


def test_every_zone_has_a_row_and_the_border_has_no_people(network):
    rows = numbers("zones").set_index("zone_id")
    assert rows.index.tolist() == network.zones["zone_id"].tolist()
    known = network.zones.set_index("zone_id")
    outside = rows[known["zone_kind"] == "external"].drop(columns=["low_factor", "high_factor"])
    assert (outside.select_dtypes("number") == 0).all(axis=None)
    lived_in = rows[known["population"] > 0]
    assert lived_in["car_available_share"].between(0.35, 0.55).all()
    assert (lived_in[["workers", "pupils", "commute_jobs"]] > 0).all(axis=None)


def test_jobs_are_those_of_the_network_but_the_airports(network):
    known = network.zones.set_index("zone_id")
    rows = numbers("zones").set_index("zone_id")
    elsewhere = (known["super_zone"] == "") | (known["zone_kind"] == "generator")
    both = rows["commute_jobs"] + rows["airport_jobs"]
    assert (both[elsewhere] == known["jobs"][elsewhere]).all()
    assert (rows["airport_jobs"] > 0).tolist() == (rows.index == 116).tolist()


def test_the_two_ends_of_each_purpose_agree(zones, ends):
    assert all(abs(factor - 1) < 0.05 for factor in ends.scaled.values())
    assert ends_of(zones, "freight").scaled == dict.fromkeys(table("freight_rules")["class"], 1.0)


def test_trips_a_resident_and_purposes(zones, ends, parameters):
    trips = pd.Series(ends.productions.sum(axis=1), ends.purposes)
    known = parameters.loc["trips_per_person_day"]
    assert trips.sum() / zones["population"].sum() == pytest.approx(known["value"], rel=0.01)
    # Trips to work and to places of study were 55 % in the survey of 2013.
    assert trips[["commute", "education"]].sum() / trips.sum() == pytest.approx(0.55, abs=0.01)
    air = zones["air_passengers_per_day"].sum()
    assert air * 365 == pytest.approx(20.012e6, rel=1e-4)
    assert 0.5 * air < trips["airport_passenger"] < 0.9 * air


def test_car_drivers_of_the_day_and_of_the_peak_hour(ends, drivers, parameters):
    share = drivers.sum() / ends.productions.sum()
    known = parameters.loc["car_driver_share"]
    assert known["low"] < share < known["high"]
    assert share == pytest.approx(known["value"], rel=0.03)
    day = read_day(table("directions"), table("periods"), ends.purposes)
    part = (day.outbound + day.back)[:, day.periods.index(MODEL["hour"])]
    peak = float((part * drivers).sum()) * day.hour_share[MODEL["hour"]] / drivers.sum()
    assert peak == pytest.approx(parameters.loc["peak_hour_share", "value"], rel=0.03)


def test_drivers_have_a_car_at_hand(ends, drivers):
    owners = (ends.productions * ends.car_share).sum(axis=1)
    assert (drivers.to_numpy() < owners).all()


def test_everyone_comes_back():
    sums = numbers("directions").groupby("purpose")[["outbound_share", "return_share"]].sum()
    assert np.allclose(sums, 0.5)


def test_shares_of_modes_add_up():
    rows = numbers("shares").pivot_table("share", index="purpose", columns="mode")
    assert set(rows.columns) == set(MODEL["modes"])
    assert set(rows.index) == set(table("rules")["purpose"]) == set(table("lengths")["purpose"])
    assert np.allclose(rows.sum(axis=1), 1.0)


def test_rules_read_and_name_classes(ends):
    rules = read_rules(table("rules"), ends.purposes, list(MODEL["modes"]))
    assert [rule.purpose for rule in rules] == list(ends.purposes)
    assert set(table("rules")["class"]) == set(CARS)


def test_hours_of_border_and_trucks_fill_a_day():
    rows = numbers("periods")
    for name in ("border_share", "truck_share"):
        assert (rows[name] * rows["hours"]).sum() == pytest.approx(1.0, abs=0.03)


def test_border_volumes_are_those_of_the_zone_table(network):
    rows = numbers("borders")
    known = network.zones.set_index("zone_id")
    stations = rows[rows["group"] != "airport"]["zone_id"].tolist()
    assert stations == [117, 118, 119, *known.index[known["zone_kind"] == "external"]]
    sums = rows[rows["zone_id"].isin(stations)].groupby("zone_id")[VOLUMES].sum()
    wanted = known.loc[sums.index, ["extra_cars_per_day", "extra_trucks_per_day"]]
    assert sums.to_numpy().tolist() == wanted.to_numpy().tolist()
    assert set(rows["to_zone_id"].dropna()) == {116}
    assert numbers("freight_rules")["border_share"].sum() == pytest.approx(1.0)


def test_counts_stand_on_the_links_they_name(network):
    classes = [*CARS, *table("freight_rules")["class"]]
    counts = compile_counts(read_counts(FOLDER / "counts.csv"), network, classes)
    assert 0 < counts.fitted.sum() < len(counts.names) / 2
    links = network.links
    known = pd.read_csv(CASE / "counts.csv", dtype=str).fillna("")
    known = known[known["use"] != "history"]
    roads = {f"{row.crossing_id}{row.road}": row for row in known.itertuples()}
    for name, rows, use in zip(counts.names, counts.links, counts.frame["use"], strict=True):
        row = roads[name.removesuffix("_out")]
        assert (use == "fit") == (row.use == "calibrate")
        found = links.iloc[list(rows)]
        if row.crossing_id:
            wanted = links["link_id"][links["crossing_id"] == row.crossing_id]
            assert sorted(found["link_id"]) == sorted(wanted)
        else:
            pairs = {frozenset(pair) for pair in found[["from_node_id", "to_node_id"]].to_numpy()}
            assert pairs == {frozenset((int(row.from_node_id), int(row.to_node_id)))}
    assert len(roads) == len(counts.names) - 1


@pytest.mark.parametrize("year", [2030, 2035])
def test_growth_reads_and_rises(zones, year):
    rows = table("growth")
    own = rows[~rows["attribute"].isin(VOLUMES)]
    group = zones["super_zone"].where(zones["super_zone"].isin(own["group"]), "rest")
    totals = []
    for scenario in SCENARIOS:
        later = grow(zones.assign(group=group), own, year, scenario=scenario, group="group")
        borders = grow(
            numbers("borders"), rows.drop(own.index), year, scenario=scenario, group="group"
        )
        ends = ends_of(later)
        sums = later[["population", "commute_jobs", "air_passengers_per_day"]].sum()
        totals.append([*sums, *borders[VOLUMES].sum(), ends.productions.sum()])
        later_people = later["population"][zones["super_zone"] != ""].sum()
        assert later_people < 2.4e6  # 239 km2 that may be built on, at 100 m2 a person
        air = ends.productions[ends.purposes.index("airport_passenger")].sum()
        assert air == pytest.approx(0.66 * later["air_passengers_per_day"].sum())
    assert (np.diff(totals, axis=0) > 0).all()


def test_central_growth_moves_the_clusters_towards_a_job_a_worker(zones):
    rows = table("growth")
    own = rows[~rows["attribute"].isin(VOLUMES)]
    known = zones[zones["super_zone"] != ""]
    off = []
    for year in (None, 2030, 2035):
        later = known if year is None else grow(known, own, year)
        sums = later.groupby("super_zone")[["commute_jobs", "workers"]].sum()
        off.append((sums["commute_jobs"] / sums["workers"] - 1).abs().to_numpy())
    assert (np.diff(off, axis=0) < 0).all()
