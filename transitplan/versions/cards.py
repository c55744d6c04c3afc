"""Project cards: one reviewable file for each change of a network.

The dialect is that of network_wrangler's project cards (``roadway_property_change``,
``roadway_addition``, ``roadway_deletion`` and their transit kin), with two blocks of our own:
``crossing`` for river crossings and ``table_change`` for rows of any other table, those of the
timetable too. ``pycode`` is
refused: a card says what changes, it does not run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from transitplan.model.tables import FORMS, STATUSES
from transitplan.versions.transit_cards import (
    TransitPropertyChange,
    TransitRouteAddition,
    TransitRoutingChange,
    TransitServiceDeletion,
)

CHANGE_TYPES = (
    "roadway_property_change",
    "roadway_addition",
    "roadway_deletion",
    "crossing",
    "table_change",
    "transit_property_change",
    "transit_routing_change",
    "transit_service_deletion",
    "transit_route_addition",
)

Id: TypeAlias = int | str
Conflict: TypeAlias = Literal["error", "warn", "skip"]


def _listed(value: Any) -> Any:
    """One value stands for a list of one."""
    return value if value is None or isinstance(value, list) else [value]


Ids: TypeAlias = Annotated[list[Id], BeforeValidator(_listed), Field(min_length=1)]
Texts: TypeAlias = Annotated[list[str], BeforeValidator(_listed)]


def _empty_as_none(value: Any) -> Any:
    """A key without anything after it, which YAML reads as nothing, is an empty list."""
    return [] if value is None else _listed(value)


Tags: TypeAlias = Annotated[list[str], BeforeValidator(_empty_as_none)]


class Part(BaseModel):
    """A block of a card in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Dependencies(Part):
    """Projects, by name, that this one needs before it, with it, or never."""

    prerequisites: Tags = []
    corequisites: Tags = []
    conflicts: Tags = []


class Place(Part):
    """A circle on the ground: links that pass within it."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(gt=0, le=100_000)


class Buffer(Part):
    """Links that lie wholly within so many metres of a line (WKT, longitude and latitude)."""

    wkt: str
    distance_m: float = Field(gt=0, le=100_000)


class SelectNode(Part):
    """One node: by id, of OpenStreetMap too, or where two named roads meet."""

    model_node_id: Id | None = Field(None, alias="node_id")
    osm_node_id: Id | None = None
    cross_street: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "SelectNode":
        given = (self.model_node_id, self.osm_node_id, self.cross_street)
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of model_node_id, osm_node_id and cross_street")
        return self


class SelectLinks(BaseModel):
    """Links by all, ids, crossing, name, place or line; any other key is a column to filter on."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    all: bool = False
    model_link_id: Ids | None = Field(None, alias="link_id")
    osm_link_id: Ids | None = None
    crossing_id: Ids | None = None
    name: Texts | None = None
    ref: Texts | None = None
    near: Place | None = None
    within: Buffer | None = None
    modes: Texts | None = None
    ignore_missing: bool = False

    @model_validator(mode="after")
    def _something(self) -> "SelectLinks":
        first = (
            self.model_link_id,
            self.osm_link_id,
            self.crossing_id,
            self.name,
            self.ref,
            self.near,
            self.within,
        )
        if not self.all and not any(each is not None for each in first):
            raise ValueError(
                "say which links: all, model_link_id, osm_link_id, crossing_id, name, ref, near or "
                "within"
            )
        if self.all and any(each is not None for each in first[:1]):
            raise ValueError("all and model_link_id contradict each other")
        return self

    @property
    def filters(self) -> dict[str, list[Any]]:
        """Columns and the values that a link may have there."""
        return {name: _listed(value) for name, value in (self.model_extra or {}).items()}


class SelectNodes(BaseModel):
    """Nodes by id."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    model_node_id: Ids = Field(alias="node_id")
    ignore_missing: bool = False


class Facility(Part):
    """Links, or nodes, or the links of a chain from one node to another."""

    links: SelectLinks | None = None
    nodes: SelectNodes | None = None
    from_: SelectNode | None = Field(None, alias="from")
    to: SelectNode | None = None

    @model_validator(mode="after")
    def _sense(self) -> "Facility":
        if (self.links is None) == (self.nodes is None):
            raise ValueError("select either links or nodes")
        if (self.from_ is None) != (self.to is None):
            raise ValueError("from and to go together")
        if self.from_ is not None and self.links is None:
            raise ValueError("from and to need links to follow")
        return self


class ScopedValue(Part):
    """A value for one class of traffic or one span of time."""

    category: Id | None = None
    timespan: tuple[str, str] | None = Field(
        None, validation_alias=AliasChoices("timespan", "timespans")
    )
    set: Any = None
    change: float | None = None
    existing: Any = None


class PropertyChange(Part):
    """What a property becomes: ``set`` to a value or ``change`` by a number.

    ``existing`` is what the card expects to find; where it finds something else it stops
    (``error``), goes on (``warn``) or leaves that link as it is (``skip``).
    """

    set: Any = None
    change: float | None = None
    existing: Any = None
    existing_value_conflict: Conflict = "error"
    scoped: list[ScopedValue] | None = None
    overwrite_scoped: Literal["conflicting", "all", "error"] | None = None

    @model_validator(mode="after")
    def _one(self) -> "PropertyChange":
        if ("set" in self.model_fields_set) == (self.change is not None) and not self.scoped:
            raise ValueError("give either set or change")
        return self


class RoadwayPropertyChange(Part):
    """Change properties of links or nodes."""

    facility: Facility
    property_changes: dict[str, PropertyChange] = Field(min_length=1)


class RoadwayAddition(Part):
    """Add links and nodes; keys are columns of the tables, or their names in the dialect."""

    links: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _some(self) -> "RoadwayAddition":
        if not self.links and not self.nodes:
            raise ValueError("give links or nodes to add")
        return self


class RoadwayDeletion(Part):
    """Take links and nodes away."""

    links: SelectLinks | None = None
    nodes: SelectNodes | None = None
    clean_shapes: bool = False
    clean_nodes: bool = False

    @model_validator(mode="after")
    def _some(self) -> "RoadwayDeletion":
        if self.links is None and self.nodes is None:
            raise ValueError("give links or nodes to delete")
        return self


class CrossingChange(Part):
    """A river crossing: what it is, what it costs and who may use it when.

    Fields that are given change the row of ``crossing.csv`` (or make it, where ``new`` is true) and
    those of its links: lanes in each direction, tolls and closure.
    """

    crossing_id: str
    new: bool = False
    form: Literal[FORMS] | None = None  # type: ignore[valid-type]
    status: Literal[STATUSES] | None = None  # type: ignore[valid-type]
    open_year: int | None = None
    lanes: float | None = Field(None, gt=0)  # both directions
    capital_cost_cny: float | None = Field(None, ge=0)
    toll_cny: float | None = Field(None, ge=0)
    toll_truck_cny: float | None = Field(None, ge=0)
    banned_uses: str | None = None
    availability: float | None = Field(None, ge=0, le=1)
    closed: bool = False  # its links are taken away
    columns: dict[str, Any] = {}  # any other column of crossing.csv


class TableChange(Part):
    """Rows of a table that has no block of its own: zones, clusters, shapes, turns, timetables.

    Tables of the timetable are ``transit/stops`` and so on, ``transit`` all of them together.
    """

    table: str
    set_rows: list[dict[str, Any]] = []  # whole rows, or cells of rows that exist, by their key
    delete: Annotated[list[Id | list[Id]], BeforeValidator(_listed)] = []  # keys; of transit parts
    at: list[Annotated[int, Field(ge=0)]] = []  # of transit: which rows the new ones are, from 0
    new_columns: Texts = []  # columns of your own that later changes fill
    drop_columns: Texts = []

    @model_validator(mode="after")
    def _some(self) -> "TableChange":
        if not (self.set_rows or self.delete or self.new_columns or self.drop_columns):
            raise ValueError("give set_rows, delete, new_columns or drop_columns")
        return self


class Change(Part):
    """One change: exactly one of the kinds."""

    roadway_property_change: RoadwayPropertyChange | None = None
    roadway_addition: RoadwayAddition | None = None
    roadway_deletion: RoadwayDeletion | None = None
    crossing: CrossingChange | None = None
    table_change: TableChange | None = None
    transit_property_change: TransitPropertyChange | None = None
    transit_routing_change: TransitRoutingChange | None = None
    transit_service_deletion: TransitServiceDeletion | None = None
    transit_route_addition: TransitRouteAddition | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_code(cls, value: Any) -> Any:
        if isinstance(value, dict) and "pycode" in value:
            raise ValueError("pycode is refused: a card must say what changes, not run a program")
        return value

    @model_validator(mode="after")
    def _one(self) -> "Change":
        given = [name for name in CHANGE_TYPES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a change is exactly one of {', '.join(CHANGE_TYPES)}; {len(given)} were given"
            )
        return self

    @property
    def kind(self) -> str:
        """Which kind it is."""
        return next(name for name in CHANGE_TYPES if getattr(self, name) is not None)


class Card(Part):
    """One project: what it changes, what it depends on, and why."""

    project: str = Field(min_length=1)
    notes: str = ""
    tags: Tags = []
    source: str = ""
    confidence: str = ""
    dependencies: Dependencies = Dependencies()
    changes: tuple[Change, ...]
    _source_file: Path | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, value: Any) -> Any:
        """A single change may stand at the top of the card."""
        if not isinstance(value, dict):
            return value
        single = {name: value[name] for name in (*CHANGE_TYPES, "pycode") if name in value}
        if not single:
            return value
        if "changes" in value or len(single) > 1:
            raise ValueError("several changes stand at the top: put them in a list under changes")
        rest = {name: each for name, each in value.items() if name not in single}
        return {**rest, "changes": [single]}

    @model_validator(mode="after")
    def _some(self) -> "Card":
        if not self.changes:
            raise ValueError("the card changes nothing")
        return self

    @property
    def source_file(self) -> Path | None:
        """File that the card was read from; None where it was made in a program."""
        return self._source_file

    def found_in(self, path: Path) -> "Card":
        """Return the card with the file that it stands in."""
        copy = self.model_copy()
        copy._source_file = path  # noqa: SLF001  the copy is its own kind
        return copy

    def __eq__(self, other: object) -> bool:
        """Cards that say the same are equal, whichever file they stand in."""
        return isinstance(other, Card) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # lists are inside

    def to_dict(self) -> dict[str, Any]:
        """Return the card as it would be written, without what is empty."""
        dense: dict[str, Any] = _dense(self.model_dump(by_alias=False, exclude_unset=True))
        return dense


def _dense(value: Any) -> Any:
    if isinstance(value, dict):
        renamed = {"from" if name == "from_" else name: each for name, each in value.items()}
        return {name: _dense(each) for name, each in renamed.items()}
    if isinstance(value, list | tuple):
        return [_dense(each) for each in value]
    return value


def names(cards: Sequence[Card]) -> list[str]:
    """Names of the projects, in order."""
    return [card.project for card in cards]
