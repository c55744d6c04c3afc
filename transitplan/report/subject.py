"""What a map is asked of: a network with what belongs to it, its flows made when first wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import shape

from transitplan.assignment import Assignment, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph import FrequencyGraph, RoadGraph, compile_frequency, compile_road
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.model.network_map import Base
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.variants import Variant, variant_demand, variant_network
from transitplan.viz.segments import WGS84
from transitplan.viz.text import Text, as_text

PEAK_HOURS = (7.0, 9.0)
DEFAULT_GAP = 1e-5
EMPTY_ROADS = Text("Empty roads, by car.", "畅通条件，驾车。")
PEAK_ROADS = Text("Roads as full as the demand makes them, by car.", "按所给需求拥挤条件，驾车。")


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, and what the themes of its map draw from.

    demand
        Vehicles, for flows; None where there are none.
    riders
        Persons, for transit loads; without them lines are drawn by vehicles an hour.
    place
        Cluster or zone that reach is drawn from; the case's own, or the first cluster, if empty.
    minutes
        Limit of jobs within reach.
    """

    name: Text
    network: Network
    ground: Mapping[str, Any] = field(default_factory=dict)
    case: Case | None = None
    demand: Demand | None = None
    riders: Demand | None = None
    place: str = ""
    minutes: float = 45.0
    gap: float = DEFAULT_GAP
    year: int | None = None  # of the case

    def between(self, before: "Subject") -> Text:
        """Name of a comparison with an earlier year of the same case."""
        year = f"{before.year} → {self.year}"
        if self.case is None:
            return Text(f"{self.name.en}: {year}", f"{self.name.zh}：{year}")
        return Text(f"{self.case.name} {year}", f"{self.case.name_zh} {year}")

    @cached_property
    def base(self) -> Base:
        """Streets, zones and view."""
        return Base(self.network, self.ground)

    @cached_property
    def roads(self) -> RoadGraph:
        """The network compiled."""
        return compile_road(self.network)

    @cached_property
    def found(self) -> Assignment:
        """The equilibrium of the demand.

        Raises
        ------
        ValidationError
            If there is no demand.
        """
        if self.demand is None:
            raise ValidationError(
                "map: this theme draws traffic, and no demand was given. Add --demand trips.omx, "
                "or name a case, which has its own."
            )
        return assign(self.roads, self.demand, PathBased(), gap=self.gap)

    @cached_property
    def car_time_s(self) -> pd.DataFrame:
        """Zone × zone times by car: in the peak of the demand, on empty roads without one."""
        times = None if self.demand is None else self.found.time_s
        return skim(self.roads, ["time_s"], times_s=times)["time_s"]

    @property
    def on_roads(self) -> Text:
        """What the times by car hold for."""
        return EMPTY_ROADS if self.demand is None else PEAK_ROADS

    @cached_property
    def lines(self) -> FrequencyGraph | None:
        """Lines of the morning peak of a working day; None where the network has no transit."""
        service = self.network.transit
        if service is None:
            return None
        day = service.busiest("weekday")
        return compile_frequency(service, day, PEAK_HOURS, network=self.network)

    @cached_property
    def river(self) -> Any:
        """Line of the river in the network's projection; None where the ground has none."""
        found = [
            shape(feature["geometry"])
            for feature in self.ground.get("features", ())
            if feature["properties"].get("kind") == "river"
        ]
        if not found:
            return None
        return gpd.GeoSeries([shapely.union_all(found)], crs=WGS84).to_crs(self.network.crs).iloc[0]

    @cached_property
    def crossings(self) -> dict[str, tuple[Text, list[Any]]]:
        """Crossings that have roads: their name and links, by id."""
        links = self.network.links
        own = links[links["crossing_id"] != ""]
        rows = self.network.crossings
        names = {
            row["crossing_id"]: Text(row["name"] or row["name_zh"], row["name_zh"] or row["name"])
            for row in rows.to_dict("records")
        }
        return {
            str(crossing): (names.get(crossing, as_text(str(crossing))), group.tolist())
            for crossing, group in own.groupby("crossing_id", sort=True)["link_id"]
        }


def subject_of_case(
    case: Case, *, year: int | None = None, riders: Demand | None = None, place: str = "",
    minutes: float = 45.0, gap: float = DEFAULT_GAP,
) -> Subject:  # fmt: skip
    """Take a modelled year of a case, with nothing built: its roads, tolls, demand and ground.

    Raises
    ------
    NotFoundError
        If the case has no such year.
    """
    asked = case.base_year if year is None else year
    case.version(asked)  # says which years there are
    variant = Variant(asked)
    return Subject(
        Text(f"{case.name} {asked}", f"{case.name_zh} {asked}"),
        variant_network(case, variant),
        case.ground,
        case,
        variant_demand(case, variant),
        riders,
        place or case.isochrones_from,
        minutes,
        gap,
        asked,
    )
