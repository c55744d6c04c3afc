"""What the tags of an OpenStreetMap way say of one direction of it: class, lanes, speed, uses.

Tags are what mappers wrote, and often nothing: what is missing is filled in by class, and each
value says where it comes from. The meaning of tags follows the OpenStreetMap wiki (Key:lanes,
Key:oneway, Key:access, Key:maxspeed, Key:bridge, Key:tunnel; read 2026-11).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transitplan.units import SPEED_TO_KPH

Tags = Mapping[str, Any]


@dataclass(frozen=True)
class RoadClass:
    """What a road of a class is when its tags do not say; planning values of CJJ 37-2012."""

    facility_type: str
    free_speed_kph: float
    lane_capacity_pceph: float
    lanes: float
    vdf_alpha: float
    vdf_beta: float


EXPRESSWAY = RoadClass("expressway", 100.0, 2000.0, 2.0, 0.15, 4.0)
URBAN_EXPRESSWAY = RoadClass("urban_expressway", 70.0, 1750.0, 3.0, 0.30, 4.0)
ARTERIAL = RoadClass("arterial", 40.0, 850.0, 2.0, 0.50, 3.0)
COLLECTOR = RoadClass("collector", 30.0, 650.0, 1.0, 0.80, 2.5)
LOCAL = RoadClass("local", 25.0, 450.0, 1.0, 0.80, 2.5)
RAMP = RoadClass("ramp", 50.0, 1500.0, 1.0, 0.30, 4.0)

CLASSES: Mapping[str, RoadClass] = {
    "motorway": EXPRESSWAY,
    "trunk": URBAN_EXPRESSWAY,
    "primary": ARTERIAL,
    "secondary": ARTERIAL,
    "tertiary": COLLECTOR,
    "unclassified": LOCAL,
    "residential": LOCAL,
    "living_street": LOCAL,
    "road": LOCAL,
    "busway": COLLECTOR,
    "motorway_link": RAMP,
    "trunk_link": RAMP,
    "primary_link": RAMP,
    "secondary_link": RAMP,
    "tertiary_link": RAMP,
    "service": LOCAL,
}
NETWORK_TYPES: Mapping[str, tuple[str, ...]] = {
    "drive": tuple(kind for kind in CLASSES if kind != "service"),
    "drive_service": tuple(CLASSES),
}
NOT_A_STREET = {"parking", "parking_aisle", "driveway", "drive-through", "emergency_access"}
SIGNED_SHARE = 0.8  # of a signed limit that is driven on empty roads of streets with signals
MOST_LANES = 8.0  # in one direction; more is a toll plaza or a mapper's slip
LEAST_LANES = 0.5  # a lane that both directions share
SPEED_RANGE = (5.0, 150.0)  # km/h; a limit outside it is a slip

# Road Traffic Safety Law, Regulation for the Implementation (2004): articles 45 and 78.
IMPLIED_KPH = {"CN:urban": 50.0, "CN:rural": 70.0, "CN:motorway": 120.0}

USES = ("car", "truck", "dangerous_goods", "bus")
_MOTOR = ("access", "vehicle", "motor_vehicle")
_CHAINS = {  # the last of these tags that is set decides
    "car": (*_MOTOR, "motorcar"),
    "truck": (*_MOTOR, "goods", "hgv"),
    "dangerous_goods": (*_MOTOR, "goods", "hgv", "hazmat"),
    "bus": (*_MOTOR, "psv", "bus"),
}
_CLOSED = {
    "no",
    "private",
    "agricultural",
    "forestry",
    "agricultural;forestry",
    "emergency",
    "military",
    "permit",
    "residents",
    "employees",
    "use_sidepath",
}
# Weight [t] and height [m] of a two-axle truck by GB 1589-2016; of a city bus and a car, assumed.
_SIZES = {
    "car": (2.5, 2.0),
    "truck": (18.0, 4.0),
    "dangerous_goods": (18.0, 4.0),
    "bus": (16.0, 3.2),
}
_NO_BRIDGE = {"", "no", "abandoned", "proposed", "construction", "removed", "aqueduct"}
_NO_TUNNEL = {"", "no", "building_passage", "covered", "avalanche_protector", "culvert", "flooded"}
REVERSED = {"-1", "reverse", "T"}  # as OSMnx has them
_ONE_WAY = {"yes", "true", "1", "True", "F", *REVERSED}
REVERSIBLE = {"reversible", "alternating"}

# Every tag that is read; OSMnx is asked to keep them.
TAGS = (
    "highway", "area", "service", "junction", "oneway", "oneway:bus", "oneway:psv", "name",
    "name:zh", "name:en", "name:zh_pinyin", "ref", "layer", "bridge", "bridge:name",
    "bridge:name:en", "tunnel", "tunnel:name", "tunnel:name:en", "toll", "maxspeed",
    "maxspeed:forward", "maxspeed:backward", "maxspeed:conditional", "maxspeed:hgv",
    "maxspeed:type", "source:maxspeed", "maxweight", "maxheight", "busway", "busway:left",
    "busway:right", "busway:both", "lanes", "lanes:both_ways",
    *(f"{key}:{side}" for key in ("lanes", "turn:lanes", "lanes:bus", "lanes:psv", "bus:lanes",
                                  "psv:lanes") for side in ("forward", "backward")),
    "turn:lanes", "lanes:bus", "lanes:psv", "bus:lanes", "psv:lanes",
    *sorted({key for chain in _CHAINS.values() for key in chain}),
    *(f"{key}:{side}" for key in ("access", "vehicle", "motor_vehicle", "motorcar", "hgv", "bus")
      for side in ("forward", "backward")),
    "access:conditional", "motor_vehicle:conditional", "hgv:conditional", "oneway:conditional",
)  # fmt: skip


@dataclass(frozen=True)
class Road:
    """One direction of a way: the cells of a link that come from tags.

    ``lanes_from`` is ``tag``, ``half`` (of a count of both directions), ``reversible`` (the same,
    of a road that changes direction by the hour), ``turn lanes``, ``contradiction`` (directions
    that do not sum to the total) or ``class``; ``speed_from`` is ``tag``, ``implied`` (by a code
    such as CN:urban), ``conditional`` or ``class``.
    """

    highway: str
    name: str
    name_zh: str
    structure: str
    structure_name: str
    structure_name_zh: str
    layer: int
    lanes: float
    bus_lanes: float
    free_speed_kph: float
    truck_speed_kph: float | None
    allowed_uses: str  # by comma; empty where no use may enter
    lanes_from: str
    speed_from: str
    has_conditions: bool  # rules by hour that are not read

    @property
    def kind(self) -> RoadClass:
        """Class that filled in what the tags do not say."""
        return CLASSES[self.highway]

    @property
    def confidence(self) -> str:
        """How sure lanes and speed are: ``high`` only where both were tagged for the direction."""
        guessed = (self.lanes_from == "class") + (self.speed_from == "class")
        if guessed:
            return ("low", "assumed")[guessed - 1]
        return "high" if self.lanes_from == self.speed_from == "tag" else "medium"


def is_street(tags: Tags) -> bool:
    """Whether cars, trucks or buses may use a way of these tags as a street."""
    kind, area = first(tags.get("highway")), first(tags.get("area"))
    return kind in CLASSES and area != "yes" and first(tags.get("service")) not in NOT_A_STREET


def read_way(tags: Tags) -> list[tuple[bool, Road]]:
    """Both directions of a way, or its one: whether traffic runs against the drawing, and the road.

    Motorways and roundabouts run one way unless they say otherwise (wiki, Key:oneway). A road whose
    direction changes by the hour runs both ways. Buses alone may run against a one-way street.
    """
    cell = str(first(tags.get("oneway")) or "")
    implied = (
        first(tags.get("highway")) == "motorway" or first(tags.get("junction")) == "roundabout"
    )
    one_way = cell in _ONE_WAY or (implied and cell not in {"no", "false", "0", *REVERSIBLE})
    main = cell in REVERSED
    ways = [main] if one_way and not _bus_against(tags) else [main, not main]
    return [(each, read_road(tags, backward=each, one_way=one_way)) for each in ways]


def read_road(tags: Tags, *, backward: bool, one_way: bool) -> Road:
    """Read one direction of a way.

    Parameters
    ----------
    tags
        By key; a value may be a list where OSMnx joined several ways. The narrowest and slowest
        part then decides.
    backward
        Whether traffic runs against the way as it is drawn.
    one_way
        Whether this is its only direction for general traffic.
    """
    kind = CLASSES[str(first(tags["highway"]))]
    side = "backward" if backward else "forward"
    against = one_way and _is_against(tags, backward=backward)
    lanes, lanes_from = _lanes(tags, side, one_way=one_way, against=against)
    lanes = min(max(kind.lanes if lanes is None else lanes, LEAST_LANES), MOST_LANES)
    bus = 0.0 if against else _bus_lanes(tags, side, one_way=one_way)
    bus = bus if lanes - bus >= LEAST_LANES else 0.0
    speed, speed_from = _speed(tags, side)
    share = SIGNED_SHARE if kind in {ARTERIAL, COLLECTOR, LOCAL} else 1.0
    truck = min(_speeds(tags.get("maxspeed:hgv")), default=None)
    free = kind.free_speed_kph if speed is None else speed * share
    text = _names(tags, "name")
    structure = _structure(tags)
    deck = _names(tags, "tunnel:name" if structure == "tunnel" else "bridge:name")
    return Road(
        highway=str(first(tags["highway"])),
        name=text[0] or str(first(tags.get("ref")) or ""),
        name_zh=text[1],
        structure=structure,
        structure_name=deck[0] if structure != "surface" else "",
        structure_name_zh=deck[1] if structure != "surface" else "",
        layer=int(layer) if re.fullmatch(r"-?\d", layer := str(first(tags.get("layer")))) else 0,
        lanes=lanes - bus,
        bus_lanes=bus,
        free_speed_kph=free,
        truck_speed_kph=truck if truck is not None and truck < free else None,
        allowed_uses="bus" if against else _uses(tags, side),
        lanes_from=lanes_from,
        speed_from=speed_from,
        has_conditions=any(key.endswith(":conditional") for key in tags if tags[key] is not None),
    )


def first(cell: Any) -> Any:
    """Return the first of several tags that simplification joined; None for not-a-number."""
    cell = cell[0] if isinstance(cell, list) and cell else cell
    return None if isinstance(cell, float) and cell != cell else cell  # noqa: PLR0124


def _each(cell: Any) -> Iterator[str]:
    """Every value that a cell holds: lists of OSMnx, and values parted by ``;`` or ``|``."""
    for each in cell if isinstance(cell, list) else [first(cell)]:
        if each is not None:
            yield from (part.strip() for part in re.split("[;|]", str(each)))


def _count(cell: Any) -> float | None:
    """Return a number of lanes; the smallest of several, None where there is none."""
    found = [float(part) for part in _each(cell) if re.fullmatch(r"\d+(\.\d+)?", part)]
    return min(found) if found else None


def _bus_against(tags: Tags) -> bool:
    """Whether buses run against a one-way street."""
    return "no" in {first(tags.get("oneway:bus")), first(tags.get("oneway:psv"))} or any(
        first(tags.get(key)) == "opposite_lane" for key in ("busway", "busway:left", "busway:right")
    )


def _is_against(tags: Tags, *, backward: bool) -> bool:
    drawn = str(first(tags.get("oneway")) or "") not in REVERSED
    return drawn == backward and _bus_against(tags)


def _lanes(tags: Tags, side: str, *, one_way: bool, against: bool) -> tuple[float | None, str]:
    """Lanes of one direction, bus lanes among them, and where the number comes from."""
    other = "forward" if side == "backward" else "backward"
    total, shared = _count(tags.get("lanes")), _count(tags.get("lanes:both_ways")) or 0.0
    own, opposite = (_count(tags.get(f"lanes:{each}")) for each in (side, other))
    if own:
        sums = None in {total, opposite} or own + (opposite or 0.0) + shared == total
        return own, "tag" if sums else "contradiction"
    if against:
        return 1.0, "class"
    if total and one_way:
        taken = (opposite or 1.0) if _bus_against(tags) else 0.0
        return (total - taken, "tag") if total > taken else (total, "contradiction")
    if total and opposite:
        left = total - opposite - shared
        return (left, "tag") if left > 0 else (None, "class")
    if total and total > shared:
        hours = str(first(tags.get("oneway"))) in REVERSIBLE
        return (total - shared) / 2, "reversible" if hours else "half"
    turns = first(tags.get(f"turn:lanes:{side}")) or (one_way and first(tags.get("turn:lanes")))
    return (turns.count("|") + 1.0, "turn lanes") if turns else (None, "class")


def _bus_lanes(tags: Tags, side: str, *, one_way: bool) -> float:
    """Lanes of one direction that only buses may use."""
    for use in ("bus", "psv"):
        count = _count(tags.get(f"lanes:{use}:{side}"))
        if count is not None:
            return count
        marks = first(tags.get(f"{use}:lanes:{side}"))
        marks = marks or (first(tags.get(f"{use}:lanes")) if one_way else None)
        if marks:
            return float(str(marks).split("|").count("designated"))
        total = _count(tags.get(f"lanes:{use}"))
        if total is not None:
            return total if one_way else total / 2
    near = "busway:left" if side == "backward" else "busway:right"
    keys = ("busway", "busway:both", *(("busway:left", "busway:right") if one_way else (near,)))
    return float(any(first(tags.get(key)) == "lane" for key in keys))


def _speeds(cell: Any) -> list[float]:
    """Speed limits of a cell [km/h]; a bare number is km/h, other words say nothing."""
    found = [
        re.match(r"(\d+(?:\.\d+)?)\s*(km/h|kph|kmh|mph)?\s*(@|$)", each) for each in _each(cell)
    ]
    speeds = [float(match[1]) * float(SPEED_TO_KPH[match[2] or "km/h"]) for match in found if match]
    return [speed for speed in speeds if SPEED_RANGE[0] <= speed <= SPEED_RANGE[1]]


def _speed(tags: Tags, side: str) -> tuple[float | None, str]:
    """Speed limit of one direction, and where it comes from."""
    for key in (f"maxspeed:{side}", "maxspeed"):
        if speeds := _speeds(tags.get(key)):
            return min(speeds), "tag"
    codes = [
        IMPLIED_KPH[each]
        for key in ("maxspeed", "maxspeed:type", "source:maxspeed")
        for each in _each(tags.get(key))
        if each in IMPLIED_KPH
    ]
    if codes:
        return min(codes), "implied"
    if speeds := _speeds(tags.get("maxspeed:conditional")):
        return min(speeds), "conditional"
    return None, "class"


def _structure(tags: Tags) -> str:
    bridge, tunnel = (str(first(tags.get(key)) or "") for key in ("bridge", "tunnel"))
    if tunnel not in _NO_TUNNEL:
        return "tunnel"
    if bridge in _NO_BRIDGE:
        return "surface"
    return "elevated" if bridge == "viaduct" else "bridge"


def _names(tags: Tags, key: str) -> tuple[str, str]:
    """English (or Latin) and Chinese name; each empty where the tags have none."""
    plain, chinese, latin, pinyin = (
        str(first(tags.get(each)) or "")
        for each in (key, f"{key}:zh", f"{key}:en", f"{key}:zh_pinyin")
    )
    is_chinese = bool(re.search("[\u3400-\u9fff]", plain))
    return latin or pinyin or ("" if is_chinese else plain), chinese or (
        plain if is_chinese else ""
    )


def _uses(tags: Tags, side: str) -> str:
    """Uses that may enter, by comma; ``all`` where every one may."""
    open_to = [use for use in USES if _may(tags, use, side)]
    if "truck" not in open_to and "dangerous_goods" in open_to:
        open_to.remove("dangerous_goods")
    return "all" if len(open_to) == len(USES) else ",".join(open_to)


def _may(tags: Tags, use: str, side: str) -> bool:
    state = "no" if first(tags.get("highway")) == "busway" and use != "bus" else "yes"
    for key in _CHAINS[use]:
        state = str(first(tags.get(f"{key}:{side}")) or first(tags.get(key)) or state)
    weight, height = (_measure(tags.get(key)) for key in ("maxweight", "maxheight"))
    fits = (weight is None or weight >= _SIZES[use][0]) and (
        height is None or height >= _SIZES[use][1]
    )
    return state not in _CLOSED and fits


def _measure(cell: Any) -> float | None:
    """Tonnes or metres of a limit; the lowest of several, None for words and feet."""
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)\s*(t|m)?", each) for each in _each(cell)]
    sizes = [float(match[1]) for match in found if match]
    return min(sizes) if sizes else None
