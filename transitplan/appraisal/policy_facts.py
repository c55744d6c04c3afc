"""What requirements of a policy are measured on: one year of a case, solved and looked at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from transitplan.access import cluster_times
from transitplan.access.circles import walk_to_nearest
from transitplan.access.people import people_points
from transitplan.appraisal.demand_record import read_record
from transitplan.appraisal.worth import hour_quantities, hour_totals
from transitplan.graph.frequency import compile_frequency
from transitplan.graph.road import compile_road
from transitplan.model.network import Network
from transitplan.model.service import TransitService
from transitplan.paths import skim
from transitplan.paths.skim import Skim
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.transit.strategies import skim_transit
from transitplan.units import SECONDS_PER_MINUTE

TRUCK = "truck"
TRANSIT_DAY, TRANSIT_HOURS = "weekday", (7.0, 9.0)
AREA = "start_up_area"  # kind of the polygon on the case's ground


@dataclass(frozen=True, eq=False)
class RoadHour:
    """What the peak hour of a year gives.

    minutes
        By mode (``car``, ``truck``): minutes between all clusters and hubs.
    peak_min
        Zone × zone minutes by car.
    trips
        Zone × zone trips [veh/h] by class.
    co2_t
        CO2 of the hour [t].
    """

    minutes: Mapping[str, pd.DataFrame]
    peak_min: pd.DataFrame
    trips: Mapping[str, pd.DataFrame]
    co2_t: float
    network: Network


def road_hour(case: Case, run: Run) -> RoadHour:
    """Take from a run what requirements ask of the roads; for ``Runner.take``."""
    places = case.network.clusters.assign(kind="cluster")  # hubs are origins too
    minutes = {"car": cluster_times(run.peak_time_s, places)}
    if TRUCK in set(run.network.table("use_definition")["use"]):
        time_s = run.flows["time_s"].to_numpy()
        trucks = skim(compile_road(run.network), ["time_s"], use=TRUCK, times_s=time_s, threads=1)
        minutes[TRUCK] = cluster_times(trucks["time_s"], places)
    return RoadHour(
        minutes=minutes,
        peak_min=run.peak_time_s / SECONDS_PER_MINUTE,
        trips={each.name: run.demand.matrix(each.name) for each in run.demand.classes},
        co2_t=float(hour_quantities(hour_totals(case, run))["co2_t"].sum()),
        network=run.network,
    )


def place_minutes(case: Case, run: Run) -> pd.DataFrame:
    """Minutes by car between all clusters and hubs; for ``Runner.take``."""
    return cluster_times(run.peak_time_s, case.network.clusters.assign(kind="cluster"))


@dataclass(frozen=True, eq=False)
class Facts:
    """A year of a case.

    closures
        Minutes by car between places with each crossing shut; None where closures were not solved.
    """

    case: Case
    year: int
    hour: RoadHour
    closures: Mapping[str, pd.DataFrame] | None = None

    def minutes(self, mode: str) -> pd.DataFrame | None:
        """Minutes between clusters and hubs by a mode; None where nobody can go by it.

        ``car`` and ``truck`` in the peak, ``transit`` from door to door on a weekday from 7 to 9
        (walk, mean wait, ride), ``best`` the faster of car and transit.
        """
        if mode == "transit":
            return self.between_places("time_s", SECONDS_PER_MINUTE)
        if mode == "best":
            transit, car = self.minutes("transit"), self.hour.minutes["car"]
            return car if transit is None else car.where(car <= transit, transit)
        return self.hour.minutes.get(mode)

    @property
    def transfers(self) -> pd.DataFrame | None:
        """Mean number of changes on the best strategies of public transport; None without any."""
        return self.between_places("transfers", 1.0)

    def between_places(self, field: str, unit: float) -> pd.DataFrame | None:
        """A field of ``transit`` between all clusters and hubs, in a unit; None without any."""
        if self.transit is None:
            return None
        places = self.network.clusters.assign(kind="cluster")  # hubs are origins too
        return cluster_times(self.transit[field] * (SECONDS_PER_MINUTE / unit), places)

    @cached_property
    def transit(self) -> Skim | None:
        """Public transport between all zones on a weekday from 7 to 9; None without any."""
        service = self.network.transit
        if service is None:
            return None
        lines = compile_frequency(
            service, service.busiest(TRANSIT_DAY), TRANSIT_HOURS, network=self.network
        )
        return skim_transit(lines, threads=1)

    @property
    def network(self) -> Network:
        """Network of the year."""
        return self.hour.network

    @cached_property
    def mode_trips(self) -> "pd.Series[float]":
        """Person trips of a working day by mode in the whole modelled area; empty if not known."""
        record = read_record(self.case)
        return pd.Series(dtype=float) if record is None else record.mode_trips(self.year)

    @cached_property
    def clusters(self) -> list[str]:
        """Ids of the clusters, hubs left out."""
        rows = self.network.clusters
        return [str(each) for each in rows.loc[rows["kind"] == "cluster", "cluster_id"]]

    @cached_property
    def people(self) -> pd.DataFrame:
        """Cells with people, see ``access.people``."""
        return people_points(self.network)

    @cached_property
    def area(self) -> Any:
        """The planned area as a polygon in the network's projection; None where it is not drawn."""
        return _drawn(self.case, self.network, AREA)

    @cached_property
    def river(self) -> Any:
        """The river's line in the network's projection; None where it is not drawn."""
        return _drawn(self.case, self.network, "river")

    @cached_property
    def rail(self) -> "pd.Series[Any]":
        """Course of each rail line, by route id (shapely lines in the network's projection)."""
        return rail_lines(self.network)

    @cached_property
    def stations(self) -> pd.DataFrame:
        """Stops of rail lines: ``kind``, ``stop_id``, ``x_m``, ``y_m``."""
        return stops_of(self.network, rail_only=True)

    @cached_property
    def walk_m(self) -> pd.DataFrame | None:
        """Metres on foot to the nearest place of each kind; None without a table of places."""
        if self.case.places.empty:
            return None
        x_m, y_m = self.network.to_metres(
            self.case.places["lon"].to_numpy(), self.case.places["lat"].to_numpy()
        )
        places = self.case.places[["kind"]].assign(x_m=x_m, y_m=y_m)
        stops = stops_of(self.network, rail_only=False)
        everything = pd.concat([places, stops[["kind", "x_m", "y_m"]]], ignore_index=True)
        return walk_to_nearest(self.people, everything, barrier=self.river)

    @cached_property
    def station_m(self) -> "pd.Series[float]":
        """Metres on foot to the nearest rail station, by cell of people."""
        if self.stations.empty:
            return pd.Series(float("inf"), index=self.people.index)
        return walk_to_nearest(self.people, self.stations, barrier=self.river)["rail"]


def _drawn(case: Case, network: Network, kind: str) -> Any:
    """Shape of a kind on the case's ground."""
    import shapely
    from shapely.geometry import shape

    for each in case.ground.get("features", ()):
        if each["properties"].get("kind") == kind:
            return shapely.transform(shape(each["geometry"]), network.to_metres, interleaved=False)
    return None


def rail_lines(network: Network) -> "pd.Series[Any]":
    """Course of each rail line that runs, its longest trip's, by route id."""
    import shapely

    service = network.transit
    if service is None:
        return pd.Series(dtype=object)
    trips = service.trips[service.trips["route_id"].isin(_rail_routes(service))]
    calls = service.stop_times.groupby("trip_id").size()
    longest = trips.assign(calls=trips["trip_id"].map(calls)).sort_values(
        ["route_id", "calls"], ascending=[True, False], kind="stable"
    )
    stops = service.stops.set_index("stop_id")
    lines = {}
    for row in longest.drop_duplicates("route_id").to_dict("records"):
        points = service.shapes[service.shapes["shape_id"] == row["shape_id"]]
        if points.empty:
            own = service.stop_times[service.stop_times["trip_id"] == row["trip_id"]]
            lon, lat = (stops.loc[own["stop_id"], name] for name in ("stop_lon", "stop_lat"))
        else:
            lon, lat = points["shape_pt_lon"], points["shape_pt_lat"]
        x_m, y_m = network.to_metres(lon.to_numpy(), lat.to_numpy())
        lines[row["route_id"]] = shapely.linestrings(x_m, y_m)
    return pd.Series(lines, dtype=object)


def stops_of(network: Network, *, rail_only: bool) -> pd.DataFrame:
    """Stops that are called at: ``kind`` (``rail`` or ``stop``), ``stop_id``, ``x_m``, ``y_m``."""
    service = network.transit
    if service is None:
        return pd.DataFrame(columns=["kind", "stop_id", "x_m", "y_m"])
    trips = service.trips
    if rail_only:
        trips = trips[trips["route_id"].isin(_rail_routes(service))]
    called = service.stop_times.loc[
        service.stop_times["trip_id"].isin(trips["trip_id"]), "stop_id"
    ].unique()
    stops = service.stops[service.stops["stop_id"].isin(called)]
    x_m, y_m = network.to_metres(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy())
    return pd.DataFrame(
        {
            "kind": "rail" if rail_only else "stop",
            "stop_id": stops["stop_id"].to_numpy(),
            "x_m": x_m,
            "y_m": y_m,
        }
    )


def _rail_routes(service: TransitService) -> "pd.Series[Any]":
    """Ids of trams, metros and railways, by the types of GTFS and their extended ones."""
    routes = service.routes
    kind = routes["route_type"].astype(int)
    rail = kind.isin([0, 1, 2, 5, 7, 12]) | kind.between(100, 117) | kind.between(400, 405)
    return routes.loc[rail | kind.between(900, 906), "route_id"]
