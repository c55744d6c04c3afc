"""``model.toml`` of a demand model: its keys, its modes and their nests."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from transitplan.demand.choice import Nest
from transitplan.demand.travel import CAR
from transitplan.errors import ValidationError
from transitplan.io.toml import Strict

TABLES = (
    "zones",
    "rates",
    "rules",
    "directions",
    "periods",
    "growth",
    "shares",
    "lengths",
    "freight",
    "freight_rules",
    "borders",
    "counts",
    "k_factors",
)

# Keys of a mode that only some kinds have a use for.
KINDS_WITH = {
    "speed_kph": ("cycle",),
    "cny_per_km": ("walk", "cycle", "park_and_ride"),
    "vehicle_weight": ("cycle", "transit", "park_and_ride"),
    "longest_min": ("walk", "cycle", "transit", "park_and_ride"),
    "constant_min": ("walk", "cycle", "transit", "park_and_ride"),
    "fare_cny": ("walk", "cycle", "transit", "park_and_ride"),
    "day": ("transit", "park_and_ride"),
    "hours": ("transit", "park_and_ride"),
    "penalty_min": ("park_and_ride",),
}


class Sourced(Strict):
    """A table of numbers that says where they are from."""

    source: str = ""
    status: Literal["", "measured", "published", "assumed", "calibrated"] = ""


class Mode(Sourced):
    """A way to travel, and what it costs beyond its times."""

    kind: Literal["walk", "cycle", "transit", "car", "passenger", "park_and_ride"]
    name: str
    name_zh: str
    longest_min: float | None = Field(default=None, gt=0)  # nobody travels longer by it
    speed_kph: float | None = Field(default=None, gt=0)  # of a cycle
    money_cny: float = Field(default=0.0, ge=0)  # of each trip: half of a day's parking, say
    cny_per_km: float = Field(default=0.0, ge=0)
    vehicle_weight: float = Field(default=1.0, gt=0)
    constant_min: float = 0.0
    fare_cny: float = Field(default=0.0, ge=0)  # of each trip, beside what the feed says
    day: Literal["weekday", "saturday", "sunday"] = "weekday"
    hours: tuple[float, float] = (7.0, 9.0)
    terminal_min: float = Field(default=0.0, ge=0)  # at both ends, beyond what skims know
    terminal_low_min: float | None = Field(default=None, ge=0)
    terminal_high_min: float | None = Field(default=None, ge=0)
    penalty_min: float = Field(default=5.0, ge=0)  # of the change at a station one drives to


class NestRow(Sourced):
    """Modes, or nests, that are alike."""

    members: tuple[str, ...] = Field(min_length=1)
    dissimilarity: float = Field(gt=0, le=1)


class Weights(Sourced):
    """What the parts of a trip by public transport count, as ``transit.TransitWeights``."""

    walk: float = Field(default=2.0, ge=0)
    wait: float = Field(default=2.0, gt=0)
    transfer_s: float = Field(default=300.0, ge=0)
    headway_share: float = Field(default=0.5, gt=0)


class Border(Sourced):
    """How vehicles of the border spread, as ``demand.borders.BorderRules``."""

    cars: dict[str, float]  # share of each class
    through_min_km: float = Field(ge=0)
    deterrence_per_km: float = Field(ge=0)
    weights: tuple[str, ...] = ("population", "jobs")


class ModelFile(Strict):
    """What ``model.toml`` says; the tables stand beside it."""

    zones: str
    rates: str
    rules: str
    directions: str
    periods: str
    growth: str
    shares: str
    lengths: str
    freight: str
    freight_rules: str
    borders: str
    counts: str = ""
    k_factors: str = ""
    hour: str  # the period whose hour the case's matrices are of
    hold: dict[str, Literal["production", "attraction"]] = Field(default={})
    transit: Weights = Weights()
    border: Border
    modes: dict[str, Mode] = Field(min_length=1)
    nests: dict[str, NestRow] = Field(default={})

    @property
    def files(self) -> dict[str, str]:
        """Name of each table's file, by its key."""
        named = {key: str(getattr(self, key)) for key in TABLES}
        return {key: name for key, name in named.items() if name}


def mode_tree(file: ModelFile, where: str | Path) -> Nest:
    """Nests of the modes; those in no nest stand at the top.

    Raises
    ------
    ValidationError
        With every problem of modes and nests.
    """
    held = [name for row in file.nests.values() for name in row.members]
    found = [
        f"{where}, nests.{name}: no mode or nest is called {member!r}."
        for name, row in file.nests.items()
        for member in row.members
        if member not in {*file.modes, *file.nests}
    ]
    found += [
        f"{where}, nests: {name} stands in them twice."
        for name in sorted({name for name in held if held.count(name) > 1})
    ]
    found += [
        f"{where}, nests.{name}: a mode has this name." for name in file.nests & file.modes.keys()
    ]
    found += _mode_problems(file, where)
    top = [name for name in (*file.nests, *file.modes) if name not in held]
    if found:
        raise ValidationError(found)
    tree = Nest("all", tuple(_nest(file, name) for name in top)) if top else None
    lost = sorted(set(file.modes) - set(tree.alternatives if tree else ()))
    if tree is None or lost:
        raise ValidationError(f"{where}, nests: those of {', '.join(lost)} hold each other.")
    return tree


def _nest(file: ModelFile, name: str) -> Nest | str:
    row = file.nests.get(name)
    if row is None:
        return name
    return Nest(name, tuple(_nest(file, each) for each in row.members), row.dissimilarity)


def _mode_problems(file: ModelFile, where: str | Path) -> list[str]:
    kinds = {name: mode.kind for name, mode in file.modes.items()}
    found = []
    if [name for name, kind in kinds.items() if kind == "car"] != [CAR]:
        found.append(f"{where}, modes: give one mode of kind car, and call it {CAR!r}.")
    if list(kinds.values()).count("passenger") > 1:
        found.append(f"{where}, modes: more than one is of kind passenger. Keep one.")
    for name, mode in file.modes.items():
        low, high = mode.terminal_low_min, mode.terminal_high_min
        least, most = (
            mode.terminal_min if low is None else low,
            mode.terminal_min if high is None else high,
        )
        if not least <= mode.terminal_min <= most:
            found.append(f"{where}, modes.{name}: terminal_min is outside its low and high.")
        if mode.kind == "passenger" and (mode.money_cny or mode.terminal_min):
            found.append(
                f"{where}, modes.{name}: passengers share the car's money and ends. Leave "
                "money_cny and terminal_min out."
            )
        if mode.kind != "car" and (low is not None or high is not None):
            found.append(f"{where}, modes.{name}: only the car's terminal_min is fitted.")
        found += [f"{where}, modes.{name}.{text}" for text in _without_use(mode)]
    return found


def _without_use(mode: Mode) -> list[str]:
    """Keys that a mode of its kind would ignore."""
    return [
        f"{key}: has no use in a mode of kind {mode.kind}, only of {', '.join(kinds)}. Remove it."
        for key, kinds in KINDS_WITH.items()
        if mode.kind not in kinds and getattr(mode, key) != Mode.model_fields[key].default
    ]
