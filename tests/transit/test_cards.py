"""Cards on the timetable of the two banks: metro M1, bus B1 every 12 minutes, bus B2."""

import pytest

import transitplan as tp
from transitplan.versions.reading import card_from
from transitplan.versions.transit_changes import _rerouted

MORNING = ["07:00", "09:00"]
B1 = {"route_properties": {"route_id": "B1"}}
HOUR = 3600


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


def apply(network, *changes, needs=()):
    cards = [
        card_from({"project": f"p{i}", "dependencies": {"prerequisites": list(needs) * i}, **each})
        for i, each in enumerate(changes)
    ]
    return tp.apply_cards(network, cards)


def headway(value, service=B1, **more):
    rule = {"headway_secs": value}
    return {"transit_property_change": {"service": {**service, **more}, "property_changes": rule}}


def spans(service, trip):
    rows = service.frequencies.set_index("trip_id").loc[[trip]]
    return rows[["start_time", "end_time", "headway_secs"]].to_numpy().tolist()


def addition(**changes):
    course = {
        "both_directions": True,
        "speed_kph": 40,
        "dwell_secs": 30,
        "headway_secs": [{"('6:00','9:00')": 300}, {"('9:00','22:00')": 600}],
        "routing": ["m4", {"lon": 117.15, "lat": 36.68}, {"m9": {"stop": True}}],
        **changes.pop("course", {}),
    }
    route = {"route_id": "M2", "route_type": 1, "route_long_name": "Metro 2", "trips": [course]}
    stop = {"stop_id": "m9", "stop_name": "Airfield metro", "stop_name_zh": "机场地铁站"}
    stop |= {"stop_lat": 36.69, "stop_lon": 117.2}
    return {
        "transit_route_addition": {"stops": [stop], "routes": [{**route, **changes}]},
    }


def test_a_headway_of_the_morning_cuts_the_day(network):
    done = apply(network, headway({"existing": 720, "set": 360}, timespans=[MORNING]))
    assert spans(done.network.transit, "B1.0.daily") == [
        [6 * HOUR, 7 * HOUR, 720],
        [7 * HOUR, 9 * HOUR, 360],
        [9 * HOUR, 22 * HOUR, 720],
    ]
    before, after = network.transit, done.network.transit
    assert spans(after, "B2.0.daily") == spans(before, "B2.0.daily")
    assert before.version == tp.read_network("networks/two_banks/2025").transit.version
    assert done.network.version != network.version
    assert done.report[["n", "property", "old", "new"]].to_numpy().tolist() == [
        [2, "headway_secs", "720", "360"]
    ]


def test_scoped_and_relative_headways(network):
    rule = {"change": -120, "scoped": [{"timespan": MORNING, "set": 300}]}
    done = apply(network, headway(rule)).network.transit
    assert [row[2] for row in spans(done, "B1.1.daily")] == [600, 300, 600]


def test_an_unexpected_headway_stops_or_is_skipped(network):
    with pytest.raises(tp.ValidationError, match="expected to be 600, but B1.0.daily has 720"):
        apply(network, headway({"existing": 600, "set": 360}))
    skip = headway({"existing": 600, "set": 360, "existing_value_conflict": "skip"})
    done = apply(network, skip)
    assert done.network.transit.version == network.transit.version
    assert "skipped" in done.warnings[0]


def test_two_cards_may_not_give_one_span_other_headways(network):
    first = headway({"set": 300}, timespans=[MORNING])
    second = headway({"set": 400}, timespans=[["08:00", "10:00"]])
    with pytest.raises(tp.ValidationError, match="300 s by 'p0', 400 s by 'p1'"):
        apply(network, first, second)
    done = apply(network, first, second, needs=["p0"]).network.transit
    assert [row[2] for row in spans(done, "B1.0.daily")] == [720, 300, 400, 400, 720]
    apart = headway({"set": 400}, timespans=[["09:00", "10:00"]])
    assert apply(network, first, apart)


def test_columns_of_routes_and_trips(network):
    rules = {"route_color": {"set": "FF0000"}, "open_year": {"set": 2027}}
    change = {"transit_property_change": {"service": B1, "property_changes": rules}}
    routes = apply(network, change).network.transit.routes.set_index("route_id")
    assert routes["route_color"].to_dict() == {"M1": "B5322B", "B1": "FF0000", "B2": ""}
    assert routes.loc["B1", "open_year"] == 2027
    rules = {"trip_id": {"set": "x"}}
    with pytest.raises(tp.ValidationError, match="other rows refer to it"):
        apply(network, {"transit_property_change": {"service": B1, "property_changes": rules}})


def test_a_new_line_joins_the_timetable(network):
    done = apply(network, addition())
    service = done.network.transit
    times = service.stop_times.set_index("trip_id")
    assert times.loc["M2.0.daily", "stop_id"].tolist() == ["m4", "m9"]
    from pyproj import Geod  # another program's distance on the sphere

    sphere = Geod(a=6_371_008.8, b=6_371_008.8)
    way = sphere.line_length([117.097, 117.15, 117.2], [36.678, 36.68, 36.69])
    assert times.loc["M2.0.daily", "arrival_time"].iloc[-1] == pytest.approx(way * 3.6 / 40, abs=1)
    assert spans(service, "M2.1.daily") == [[6 * HOUR, 9 * HOUR, 300], [9 * HOUR, 22 * HOUR, 600]]
    assert service.names("stops", "stop_name", "zh")["m9"] == "机场地铁站"
    walks = service.transfers.set_index(["from_stop_id", "to_stop_id"])["min_transfer_time"]
    # b5, the bus stop of the airfield, is 222 m away: 1.3 times that at 1.25 m/s.
    assert walks["m9", "b5"] == walks["b5", "m9"] == pytest.approx(1.3 * 222.4 / 1.25, abs=1)
    kept = service.stop_times["trip_id"].isin(network.transit.trips["trip_id"])
    assert service.stop_times[kept].reset_index(drop=True).equals(network.transit.stop_times)
    assert tp.read_network("networks/two_banks/2025").transit.version == network.transit.version


def test_a_line_written_and_read_again_is_the_same(network, tmp_path):
    done = apply(network, addition()).network
    assert tp.read_network(tp.write_network(done, tmp_path / "new")).version == done.version


def test_ids_of_an_addition_must_be_free(network):
    with pytest.raises(tp.ValidationError, match="trip_id B1.0.daily"):
        apply(network, addition(route_id="B1", course={"pattern": ""}))
    moved = addition()
    moved["transit_route_addition"]["stops"][0]["stop_id"] = "m1"
    with pytest.raises(tp.ValidationError, match="m1 is taken by a stop at another place"):
        apply(network, moved)
    with pytest.raises(tp.ValidationError, match="not in stop"):
        apply(network, addition(course={"routing": ["m4", "nowhere"]}))


def test_a_service_is_deleted_whole_or_by_the_hour(network):
    gone = {"transit_service_deletion": {"service": B1, "clean_routes": True, "clean_shapes": True}}
    service = apply(network, gone).network.transit
    assert service.routes["route_id"].tolist() == ["M1", "B2"]
    for table in ("trips", "stop_times", "frequencies", "shapes"):
        key = "shape_id" if table == "shapes" else "trip_id"
        assert not service.table(table)[key].str.startswith("B1").any()
    evening = {**B1, "timespans": [["20:00", "22:00"]]}
    service = apply(network, {"transit_service_deletion": {"service": evening}}).network.transit
    assert spans(service, "B1.0.daily") == [[6 * HOUR, 20 * HOUR, 720]]


def test_a_trip_is_led_over_another_stop(network):
    service = {"trip_properties": {"trip_id": "B1.0.daily"}}
    routing = {"existing": ["b2", "b3"], "set": ["b2", "m3", "b3"]}
    change = {"transit_routing_change": {"service": service, "routing": routing}}
    done = apply(network, change).network.transit
    old = network.transit.stop_times.set_index("trip_id").loc["B1.0.daily"]
    new = done.stop_times.set_index("trip_id").loc["B1.0.daily"]
    assert new["stop_id"].tolist() == ["b1", "b2", "m3", "b3", "b4"]
    # From b1 to b2 and from b3 to b4 nothing changed.
    assert new["arrival_time"].tolist()[:2] == old["arrival_time"].tolist()[:2]
    ride = new["arrival_time"].iloc[-1] - new["departure_time"].iloc[-2]
    assert ride == old["arrival_time"].iloc[-1] - old["departure_time"].iloc[-2]
    assert new["arrival_time"].is_monotonic_increasing
    # The new parts go as fast as the trip went: 22 km/h over 1.2 times the straight line.
    from transitplan.model.transit_checks import great_circle_m

    places = network.transit.stops.set_index("stop_id").loc[["b2", "m3"], ["stop_lon", "stop_lat"]]
    straight = great_circle_m(*places.to_numpy()[:1].T, *places.to_numpy()[1:].T)[0]
    run = new["arrival_time"].iloc[2] - new["departure_time"].iloc[1]
    assert straight / run * 3.6 == pytest.approx(22 / 1.2, rel=1e-3)
    wrong = {"service": service, "routing": {"existing": ["b3", "b2"], "set": ["b2"]}}
    with pytest.raises(tp.ValidationError, match="does not call at b3, b2 one after the other"):
        apply(network, {"transit_routing_change": wrong})


def test_a_trip_led_otherwise_leaves_its_first_stop_when_it_did(network):
    """It stands two minutes at b1, from which it still starts."""
    times = network.transit.stop_times
    mine = times["trip_id"] == "B1.0.daily"
    calls = times[mine].reset_index(drop=True)
    calls.loc[0, "departure_time"] += 120
    calls.loc[1:, ["arrival_time", "departure_time"]] += 120
    places = network.transit.stops.set_index("stop_id")
    led = _rerouted(calls, ["b2", "b3"], ["b2", "m3", "b3"], places)
    assert led["departure_time"].tolist()[0] == calls["departure_time"].tolist()[0]
    assert led["arrival_time"].tolist()[1] == calls["arrival_time"].tolist()[1]
    other = _rerouted(calls, ["b1"], ["m3"], places)  # from another stop it starts at once
    assert other["departure_time"].tolist()[0] == other["arrival_time"].tolist()[0]


def test_selections(network):
    for service, count in (
        ({"nodes": {"stop_id": ["b4"]}}, 4),
        ({"nodes": {"stop_id": ["b4", "b5"], "require": "all"}}, 2),
        ({"trip_properties": {"direction_id": 1}, "nodes": {"stop_id": "b4"}}, 2),
        ({"route_properties": {"route_type": [1]}, "timespans": [["05:00", "06:30"]]}, 4),
    ):
        done = apply(network, {"transit_service_deletion": {"service": service}})
        assert done.report["n"].iloc[0] == count


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ({"route_properties": {"route_id": "B11"}}, "has no route_id B11. Did you mean B1"),
        ({"trip_properties": {"trip_ids": "x"}}, "no column 'trip_ids'. Did you mean trip_id"),
        ({"trip_properties": {"direction_id": 1}, "nodes": {"stop_id": "m9"}}, "no trip is so"),
        ({**B1, "timespans": [["9:00", "8:00"]]}, "is no span of the day"),
    ],
)
def test_a_selection_of_nothing_is_an_error(network, service, said):
    with pytest.raises(tp.ValidationError, match=said):
        apply(network, {"transit_service_deletion": {"service": service}})


def test_a_card_of_unknown_keys_is_refused():
    with pytest.raises(tp.ValidationError, match="say which trips"):
        card_from({"project": "x", "transit_service_deletion": {"service": {}}})
    with pytest.raises(tp.ValidationError, match="give either set or change"):
        card_from({"project": "x", **headway({"set": 1, "change": 2})})


def property_of(name, rule, service=B1):
    change = {"service": service, "property_changes": {name: rule}}
    return {"transit_property_change": change}


def test_two_cards_may_not_give_a_property_of_a_line_two_values(network):
    one, two = (property_of("route_type", {"set": kind}) for kind in (0, 11))
    with pytest.raises(tp.ValidationError, match=r"column route_type: two cards set other values"):
        apply(network, one, two)
    routes = apply(network, one, two, needs=["p0"]).network.transit.routes.set_index("route_id")
    assert routes.loc["B1", "route_type"] == 11


def test_a_property_of_a_line_that_is_not_as_expected(network):
    rule = {"existing": 4, "set": 0}
    with pytest.raises(tp.ValidationError, match="route_type was expected to be 4, but B1 has 3"):
        apply(network, property_of("route_type", rule))
    for conflict, kind in (("warn", 0), ("skip", 3)):
        change = property_of("route_type", {**rule, "existing_value_conflict": conflict})
        done = apply(network, change)
        routes = done.network.transit.routes.set_index("route_id")
        assert routes.loc["B1", "route_type"] == kind


def test_a_property_that_becomes_zero_is_said(network):
    done = apply(network, property_of("route_type", {"existing": 3.0, "set": 0}))
    assert done.report[["property", "old", "new"]].to_numpy().tolist() == [["route_type", "3", "0"]]
