"""The transit blocks of project cards: which trips, and what becomes of them.

The dialect is network_wrangler's, on GTFS tables. What it says of road nodes, ours says of stops:
``routing`` lists stop ids. Speeds, times at stops, both directions and days are ours.
"""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Span: TypeAlias = tuple[str, str]
_SPAN_KEY = re.compile(r"\(?\s*'?([\d:]+)'?\s*,\s*'?([\d:]+)'?\s*\)?")


class Block(BaseModel):
    """A block of a card in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else [value]


Texts: TypeAlias = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]


class SelectStops(Block):
    """Trips that call at any, or at all, of these stops."""

    stop_id: Texts
    require: Literal["any", "all"] = "any"


class SelectTrips(Block):
    """Trips: by columns of ``trips``, of ``routes``, by stops and by time of day."""

    trip_properties: dict[str, Any] = {}
    route_properties: dict[str, Any] = {}
    nodes: SelectStops | None = None
    timespans: list[Span] = []

    @model_validator(mode="after")
    def _some(self) -> "SelectTrips":
        if not (self.trip_properties or self.route_properties or self.nodes):
            raise ValueError("say which trips: trip_properties, route_properties or nodes")
        return self


class TransitScoped(Block):
    """A value for one span of the day."""

    timespan: Span
    set: Any = None
    change: float | None = None


class TransitValue(Block):
    """What a property becomes; ``existing`` is what the card expects to find."""

    set: Any = None
    change: float | None = None
    existing: Any = None
    existing_value_conflict: Literal["error", "warn", "skip"] = "error"
    scoped: list[TransitScoped] = []

    @model_validator(mode="after")
    def _one(self) -> "TransitValue":
        given = ("set" in self.model_fields_set) + (self.change is not None)
        if given > 1 or (given == 0 and not self.scoped):
            raise ValueError("give either set or change")
        return self


class TransitPropertyChange(Block):
    """Change headways (``headway_secs``), or columns of trips or routes."""

    service: SelectTrips
    property_changes: dict[str, TransitValue] = Field(min_length=1)


def _stops(value: Any) -> Any:
    """Stops of a routing; numbers below 0 are nodes that the dialect passes without a stop."""
    if not isinstance(value, list):
        return value
    passed = [isinstance(each, int) and each < 0 for each in value]
    if value and all(passed):
        raise ValueError("all nodes are passed without a stop; draw the course in shapes instead")
    return [str(each) for each, past in zip(value, passed, strict=True) if not past]


Stops: TypeAlias = Annotated[list[str], BeforeValidator(_stops)]


class Routing(Block):
    """Stops in order; ``existing`` are replaced by ``set``, or the whole trip where not given."""

    existing: Stops = []
    set: Stops = Field(min_length=1)


class TransitRoutingChange(Block):
    """Lead trips over other stops."""

    service: SelectTrips
    routing: Routing


class TransitServiceDeletion(Block):
    """Take trips away, or their departures within the timespans of the selection."""

    service: SelectTrips
    clean_shapes: bool = False
    clean_routes: bool = False


def _spanned(value: Any) -> Any:
    """Take ``('6:00','9:00'): 600``, as network_wrangler writes it, as a span with its headway."""
    if isinstance(value, dict) and len(value) == 1:
        (key, headway), *_ = value.items()
        match = _SPAN_KEY.fullmatch(str(key))
        if match:
            return {"timespan": [match.group(1), match.group(2)], "headway_secs": headway}
    return value


class Departures(Block):
    """Departures of a span of the day, and on which days."""

    timespan: Span
    headway_secs: float = Field(gt=0)
    days: str = "daily"


class Call(Block):
    """A stop on the way, or a point of the course (lon and lat, or a stop that is passed)."""

    stop_id: str = ""
    stop: bool = True
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    run_secs: float | None = Field(None, ge=0)  # from the stop before
    dwell_secs: float | None = Field(None, ge=0)


def _call(value: Any) -> Any:
    """Take ``M7-01`` or ``M7-01: {dwell_secs: 40}`` as a call at that stop."""
    if isinstance(value, str | int):
        return {"stop_id": str(value)}
    if isinstance(value, dict) and len(value) == 1:
        (key, rest), *_ = value.items()
        if isinstance(rest, dict):
            return {"stop_id": str(key), **rest}
    return value


class TripAddition(Block):
    """One course of a new route."""

    direction_id: Literal[0, 1] = 0
    both_directions: bool = False
    pattern: str = ""
    headway_secs: list[Annotated[Departures, BeforeValidator(_spanned)]] = Field(min_length=1)
    routing: list[Annotated[Call, BeforeValidator(_call)]] = Field(min_length=2)
    speed_kph: float | None = Field(None, gt=0)
    end_to_end_min: float | None = Field(None, gt=0)
    dwell_secs: float = Field(30.0, ge=0)
    detour: float = Field(1.0, ge=1)


class RouteAddition(Block):
    """A new route, or a further course of one that is there."""

    route_id: str
    route_type: int
    route_short_name: str = ""
    route_long_name: str = ""
    route_long_name_zh: str = ""
    route_color: str = ""
    agency_id: str = ""
    status: str = ""
    open_year: int | None = None
    source: str = ""
    confidence: str = ""
    trips: list[TripAddition] = Field(min_length=1)


class StopAddition(Block):
    """A new stop."""

    stop_id: str
    stop_name: str
    stop_name_zh: str = ""
    stop_lat: float = Field(ge=-90, le=90)
    stop_lon: float = Field(ge=-180, le=180)
    status: str = ""
    source: str = ""
    confidence: str = ""


class TransitRouteAddition(Block):
    """New routes, and the stops that they need."""

    routes: list[RouteAddition] = Field(min_length=1)
    stops: list[StopAddition] = []
    transfer_m: float = Field(800.0, ge=0)  # new stops are joined on foot to others within this
    transfer_min_secs: float = Field(60.0, ge=0)  # and no walk takes less
