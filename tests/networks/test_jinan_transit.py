"""The timetable of Jinan against published figures, and against the river."""

from pathlib import Path

import pandas as pd
import pytest
import shapely

import transitplan as tp

SOURCES = Path("networks/jinan/sources")
CARDS = Path("networks/jinan/cards/transit")


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/jinan/2025")


@pytest.fixture(scope="module")
def later(network):
    return tp.apply_cards(network, tp.read_cards([CARDS / "2030", CARDS / "2035"])).network


# Stations and lengths [km] published: city opening reports of 2019 to 2025, as in SOURCES.md. Five
# of the 16 tram stations were passed without a stop in early 2026.
PUBLISHED = (
    ("M1.0.daily", 11, 26.1),
    ("M2.0.weekday", 19, 36.2),
    ("M3.0.weekday", 18, 33.8),
    ("M4.0.weekday", 33, 40.3),
    ("M6.0.weekday", 17, 19.5),
    ("M8.0.daily", 14, 25.3),
    ("JY.0.weekday", 11, 36.1),
)


@pytest.mark.parametrize(("trip", "stations", "km"), PUBLISHED)
def test_lines_have_their_published_stations_and_about_their_length(network, trip, stations, km):
    times = network.transit.stop_times.set_index("trip_id").loc[trip]
    assert len(times) == stations
    drawn = times["shape_dist_traveled"].max() / 1000
    assert 0.86 * km < drawn < km  # straight between stations is shorter


# Published minutes from Airport South (Jinan metro, November 2024).
FROM_AIRPORT = (("M3-12", 20), ("M3-08", 32), ("M3-04", 42), ("M3-01", 50))


@pytest.mark.parametrize(("station", "minutes"), FROM_AIRPORT)
def test_line_3_takes_the_published_times(network, station, minutes):
    times = network.transit.stop_times
    times = times[times["trip_id"] == "M3.1.weekday"].set_index("stop_id")["arrival_time"]
    assert times[station] / 60 == pytest.approx(minutes, abs=4)


def test_trains_follow_each_other_as_published(network):
    """Line 3: 5 minutes between trains to Tantou in the peak, 10 to the airport."""
    rows = network.transit.frequencies
    peak = rows[(rows["start_time"] <= 8 * 3600) & (rows["end_time"] > 8 * 3600)]
    headway = peak.set_index("trip_id")["headway_secs"]
    both = headway[["M3.0.weekday", "M3.short.0.weekday"]]
    assert 1 / (1 / both).sum() == pytest.approx(300)
    assert headway["M3.0.weekday"] == 600
    assert headway["M1.0.daily"] == 6.75 * 60


def test_lines_pass_the_river_on_its_crossings_and_buses_where_they_may(later):
    river = pd.read_csv(SOURCES / "river.csv")
    river = shapely.LineString(river[["lon", "lat"]].to_numpy())
    crossings = later.crossings.set_index("crossing_id")
    places = crossings[["lon_south", "lat_south", "lon_north", "lat_north"]].to_numpy()
    lines = shapely.linestrings(places.reshape(-1, 2, 2))
    ends = dict(zip(crossings.index, lines, strict=True))
    service = later.transit
    of = service.trips.drop_duplicates("shape_id").set_index("shape_id")["route_id"]
    modes = service.routes.set_index("route_id")["route_type"]
    over = {}
    for shape, points in service.shapes.groupby("shape_id"):
        line = shapely.LineString(points[["shape_pt_lon", "shape_pt_lat"]].to_numpy())
        met = river.intersection(line)
        for place in [] if met.is_empty else getattr(met, "geoms", [met]):
            nearest = min(ends, key=lambda key: ends[key].distance(place))
            assert ends[nearest].distance(place) < 1e-3, (shape, nearest)
            over.setdefault(of[shape], set()).add(nearest)
            if modes[of[shape]] == 3:
                assert "bus" not in crossings.loc[nearest, "banned_uses"]
                assert crossings.loc[nearest, "status"] == "open"
    rail = {route: ids for route, ids in over.items() if modes[route] != 3}
    assert rail == {
        "JY": {"X18"},
        "M7": {"X15"},
        "R1": {"X20B"},
        "P1N": {"X09"},
        "PJL": {"X12"},
        "PQH": {"X06"},
    }
    decks = crossings.loc[[min(ids) for ids in rail.values()], "rail_deck"]
    assert (decks != "").all()


def test_every_cluster_has_a_stop_and_every_row_says_where_it_comes_from(network):
    from transitplan.model.transit_checks import great_circle_m

    stops, service = network.transit.stops, network.transit
    clusters = pd.read_csv(SOURCES / "clusters.csv")
    for row in clusters[clusters["kind"] == "cluster"].to_dict("records"):
        lon, lat = (pd.Series(row[axis], index=stops.index).to_numpy() for axis in ("lon", "lat"))
        near = great_circle_m(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy(), lon, lat)
        assert near.min() < 2500, row["name"]
    for table in (stops, service.routes):
        assert (table["source"] != "").all()
        assert (table["confidence"] != "").all()
    bus = service.routes["route_type"] == 3
    assert set(service.routes.loc[bus, "confidence"]) == {"assumed"}
    assert "assumed" not in set(service.routes.loc[~bus, "confidence"])


def test_both_languages_are_there(later):
    service = later.transit
    for table, field in (("stops", "stop_name"), ("routes", "route_long_name")):
        names = service.names(table, field, "zh")
        assert names.map(lambda text: any("一" <= char <= "鿿" for char in text)).all()
        assert (service.table(table)[field] != "").all()
