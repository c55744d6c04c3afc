"""Forms from the library: a site and the id of a kind make a form, all of it overridable."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import Field

from transitplan.errors import ValidationError
from transitplan.io.toml import Strict
from transitplan.model.network import Network
from transitplan.scenario.case import Assumption, Form, Given, Note, Part, Place
from transitplan.scenario.chain import river_share, site_line
from transitplan.scenario.costs import Lengths, element_costs, scaled_elements
from transitplan.scenario.geometry import (
    Profile,
    bridge_height_m,
    build_parts,
    build_profile,
    tunnel_depth_m,
)
from transitplan.scenario.library import TEXT, Library, outside
from transitplan.units import METRES_PER_KM

KWH_PER_GWH = 1e6
KG_PER_TONNE = 1e3


class Asked(Strict):
    """A form of an option file that names a kind of the library, and what it overrides."""

    kind: str
    label: str = ""
    rail_deck: bool = False
    start_year: int | None = Field(default=None, ge=2020, le=2100)
    open_year: int | None = Field(default=None, ge=2020, le=2100)
    length_m: float | None = Field(default=None, gt=0)
    structure_length_m: float | None = Field(default=None, gt=0)  # under cover, or on piers
    main_length_m: float | None = Field(default=None, gt=0)  # of it bored, or over the channel
    parameters: dict[str, float | str | Given] = Field(default={})
    lanes: float | None = None
    free_speed_kph: float | None = None
    lane_capacity_pceph: float | None = None
    allowed_uses: str | None = None
    toll_cny: float | None = None
    toll_truck_cny: float | None = None
    capital_cost_cny: float | None = Field(default=None, gt=0)
    capital_low_cny: float | None = None
    capital_high_cny: float | None = None
    upkeep_cny_per_year: float | None = None
    build_years: int | None = None
    availability: float | None = None
    embodied_co2_t: float | None = None
    operation_co2_t_per_year: float | None = None
    energy_gwh_per_year: float | None = None
    land_ha: float | None = None
    truck_loss_kph_per_percent: float | None = None
    spend_profile: tuple[float, ...] = ()
    stage: int = 1
    rail_passengers_per_day: float = 0.0
    rail_passengers_low: float = 0.0
    rail_passengers_high: float = 0.0
    rail_minutes_saved: float = 0.0
    rail_minutes_low: float = 0.0
    rail_minutes_high: float = 0.0
    notes: tuple[Note, ...] = ()
    source: str = "form library"
    confidence: str = "assumed"


# What an option file may set outright, in the place of what the library makes of its rows.
_OUTRIGHT = (
    "upkeep_cny_per_year",
    "embodied_co2_t",
    "operation_co2_t_per_year",
    "energy_gwh_per_year",
    "land_ha",
)
_ROWS = (  # values that are rows of the library and attributes of a form alike
    "lanes",
    "free_speed_kph",
    "lane_capacity_pceph",
    "allowed_uses",
    "build_years",
    "availability",
    "truck_loss_kph_per_percent",
)
_KEPT = (
    "label",
    "spend_profile",
    "stage",
    "rail_passengers_per_day",
    "rail_passengers_low",
    "rail_passengers_high",
    "rail_minutes_saved",
    "rail_minutes_low",
    "rail_minutes_high",
    "source",
    "confidence",
)


class Rows:
    """Rows of one form, which remember what was asked of them."""

    def __init__(self, rows: Mapping[str, Assumption]) -> None:
        """Begin with nothing asked."""
        self._rows = rows
        self._used: dict[str, Assumption] = {}

    def row(self, parameter_id: str) -> Assumption:
        """Row of a parameter."""
        return self._used.setdefault(parameter_id, self._rows[parameter_id])

    def number(self, parameter_id: str) -> float:
        """Value of a parameter; 0 where the form has no such row."""
        return float(self.row(parameter_id).value) if parameter_id in self._rows else 0.0

    def numbers(self, *parameter_ids: str) -> dict[str, float]:
        """Values of parameters by id."""
        return {name: self.number(name) for name in parameter_ids}

    def text(self, parameter_id: str) -> str:
        """Words of a parameter."""
        return str(self.row(parameter_id).value)

    @property
    def used(self) -> tuple[Assumption, ...]:
        """Rows that were asked for and have a source to show."""
        return tuple(row for row in self._used.values() if row.status)


def complete_form(place: Place, asked: Asked, network: Network, library: Library) -> Form:
    """Make a form of a kind of the library at a site.

    Raises
    ------
    ValidationError
        With every problem that was found: unknown kind or parameter, contradictory years, a way too
        short for the crossing.
    """
    found = _problems(place, asked, library)
    if found:
        raise ValidationError(found)
    rows = Rows(_overridden(library[asked.kind], place, asked))
    way_m = asked.length_m or float(site_line(network, place).length)
    word = rows.text("form")
    profile = _profile(rows, asked, word)
    total_m = max(way_m, profile.level_m) if word == "pontoon" else way_m
    parts: tuple[Part, ...] = ()
    if word != "widening":
        centre = river_share(network, place) * total_m
        parts = build_parts(profile, total_m, centre_m=centre, sign=-1 if word == "tunnel" else 1)
    lengths = Lengths(
        main_km=profile.main_m / METRES_PER_KM,
        second_km=max(profile.structure_m - profile.main_m, 0.0) / METRES_PER_KM,
        road_km=max(total_m - profile.structure_m, 0.0) / METRES_PER_KM,
    )
    values = {**_values(rows, asked, lengths), "length_m": total_m, "parts": parts}
    values["open_year"] = asked.open_year or (asked.start_year or 0) + values["build_years"]
    notes = (*_notes(rows, place), *asked.notes)
    assumed = (*rows.used, *_outright(asked))
    return Form.model_validate(
        {**values, "form": word, "kind": asked.kind, "notes": notes, "assumptions": assumed}
    )


def _profile(rows: Rows, asked: Asked, word: str) -> Profile:
    """Lengths along the crossing, by the closed rule or as the option file gives them."""
    channel = rows.number("channel_width_m")
    if word == "pontoon":
        width = asked.structure_length_m or channel
        return Profile(0.0, 1.0, width, 0.0, width, asked.main_length_m or width)
    if word == "tunnel":
        rise = tunnel_depth_m(**rows.numbers("cover_m", "crown_to_road_m"))
        joins = rows.number("portal_m")
    else:
        rise = bridge_height_m(
            **rows.numbers(
                "dyke_height_m",
                "clearance_m",
                "flood_level_m",
                "silting_m",
                "navigation_m",
                "deck_depth_m",
            )
        )
        joins = rows.number("abutment_m")
    gradient = rows.number("gradient")
    level = rows.number("dyke_width_m") + 2.0 * rows.number("dyke_margin_m")
    found = build_profile(
        rise, gradient, level_m=level, joins_m=joins, structure_m=asked.structure_length_m
    )
    main = {
        "deep": lambda: found.level_m + 2.0 * (rise - rows.number("main_depth_m")) / gradient,
        "level": lambda: level,
        "channel": lambda: channel,
        "none": lambda: 0.0,
    }[rows.text("main_part")]()
    main = max(main, 0.0) if asked.main_length_m is None else asked.main_length_m
    if main > found.structure_m:
        raise ValidationError(
            f"the main part of {main:.0f} m is longer than the structure of {found.structure_m:.0f}"
            " m. Correct one of them"
        )
    return Profile(rise, gradient, found.level_m, found.ramp_m, found.structure_m, main)


def _values(rows: Rows, asked: Asked, lengths: Lengths) -> dict[str, Any]:
    """Attributes of the form that follow from its rows and lengths, overrides in their place."""
    lanes = 2.0 * rows.number("lanes")
    land_ha = rows.number("land_ha_per_km") * lengths.structure_km
    land_ha += rows.number("road_land_ha_per_km") * lengths.road_km
    land_ha = land_ha if asked.land_ha is None else asked.land_ha
    elements = element_costs(rows, lengths, lanes, land_ha, rail_deck=asked.rail_deck)
    if asked.capital_cost_cny is not None:
        elements = scaled_elements(
            elements, asked.capital_cost_cny, asked.capital_low_cny, asked.capital_high_cny
        )
    capital = sum(each.cny for each in elements)
    energy = rows.number("energy_gwh_per_km") * lengths.structure_km
    energy += rows.number("road_energy_gwh_per_km") * lengths.road_km
    energy = energy if asked.energy_gwh_per_year is None else asked.energy_gwh_per_year
    rail = 1.0 + asked.rail_deck * rows.number("rail_deck_share")
    co2 = rows.number("co2_t_per_m") * lengths.structure_km * rail
    co2 += rows.number("road_co2_t_per_m") * lengths.road_km
    upkeep = rows.number("upkeep_cny_per_km") * lengths.structure_km
    made = {
        "upkeep_cny_per_year": upkeep + rows.number("upkeep_share") * capital,
        "embodied_co2_t": co2 * METRES_PER_KM,
        "operation_co2_t_per_year": energy
        * KWH_PER_GWH
        * rows.number("grid_kg_per_kwh")
        / KG_PER_TONNE,
        "energy_gwh_per_year": energy,
        "land_ha": land_ha,
    }
    given = {name: getattr(asked, name) for name in _OUTRIGHT if getattr(asked, name) is not None}
    direct = {name: rows.row(name).value for name in _ROWS}
    return {
        **made,
        **given,
        **direct,
        **{name: getattr(asked, name) for name in _KEPT},
        "build_years": int(rows.number("build_years")),
        "toll_cny": asked.toll_cny or 0.0,
        "toll_truck_cny": asked.toll_truck_cny,
        "elements": elements,
        "capital_cost_cny": capital,
        "capital_low_cny": sum(each.low_cny for each in elements),
        "capital_high_cny": sum(each.high_cny for each in elements),
    }


def _overridden(
    rows: Mapping[str, Assumption], place: Place, asked: Asked
) -> dict[str, Assumption]:
    """Rows of the kind with those that the site, then the form, put in their place."""
    put: dict[str, float | str | Given] = {**place.parameters, **asked.parameters}
    put.update({name: getattr(asked, name) for name in _ROWS if getattr(asked, name) is not None})
    found = dict(rows)
    for name, given in put.items():
        if name not in rows:
            continue  # of a site: a row that only other kinds have
        new = given if isinstance(given, Given) else _with_range(given, rows[name])
        put_in = {**new.model_dump(), "overridden": True}
        found[name] = rows[name].model_copy(update=put_in)
    return found


def _with_range(value: float | str, row: Assumption) -> Given:
    """Return a bare value with a range as wide, in proportion, as the library's."""
    if isinstance(value, str) or isinstance(row.value, str) or not row.value:
        return Given(value=value)
    low, high = (None if end is None else value * end / row.value for end in (row.low, row.high))
    return Given(value=value, low=low, high=high)


def _problems(place: Place, asked: Asked, library: Library) -> list[str]:
    """What is wrong with a form before it is made."""
    found = []
    if asked.kind not in library:
        near = get_close_matches(asked.kind, library, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return [f"kind {asked.kind!r} is not in the form library.{meant} Use {', '.join(library)}"]
    rows = library[asked.kind]
    known = {name for kind in library.values() for name in kind}
    for where, put, names in (
        ("parameters", asked.parameters, set(rows)),
        ("parameters of the site", place.parameters, known),
    ):
        for name, given in put.items():
            if name not in names:
                near = get_close_matches(name, names, n=1)
                meant = f" Did you mean {near[0]}?" if near else ""
                found.append(f"{where}: {name!r} is no row of {asked.kind}.{meant}")
                continue
            found += _given_problems(name, given, is_text=name in rows and rows[name].unit == TEXT)
    years = asked.build_years or int(float(rows["build_years"].value))
    if asked.open_year is None and asked.start_year is None:
        found.append("neither open_year nor start_year is given. Give one of them")
    elif asked.open_year and asked.start_year and asked.open_year < asked.start_year + years:
        found.append(
            f"open_year {asked.open_year} comes before the work that begins in {asked.start_year} "
            f"and takes {years} years is done. Correct one of them"
        )
    return found


def _given_problems(name: str, given: float | str | Given, *, is_text: bool) -> list[str]:
    new = given if isinstance(given, Given) else Given(value=given)
    if is_text != isinstance(new.value, str):
        return [
            f"parameters: {name} is {new.value!r}; it must be {'text' if is_text else 'a number'}"
        ]
    if isinstance(new.value, str):
        return []
    if new.value < 0 or (name == "gradient" and new.value == 0):
        return [f"parameters: {name} is {new.value:g}; it must not be negative, nor a gradient 0"]
    if outside(new.value, new.low, new.high):
        return [f"parameters: {name} {new.value:g} is outside its range {new.low} to {new.high}"]
    return []


def _notes(rows: Rows, place: Place) -> list[Note]:
    """Notes of the library on floods and nature, and of the site on ground and approach roads."""
    made = [
        Note(topic=topic, en=rows.text(f"{topic}_note"), zh=rows.text(f"{topic}_note_zh"))
        for topic in ("flood", "ecology")
    ]
    own = (
        ("ground", place.ground, place.ground_zh),
        ("approach", place.approach, place.approach_zh),
    )
    return made + [Note(topic=topic, en=en, zh=zh) for topic, en, zh in own if en or zh]


_NAMES = {
    "length_m": ("length", "长度", "m"),
    "structure_length_m": ("length of the structure", "结构长度", "m"),
    "main_length_m": ("length of the main part", "主体段长度", "m"),
    "capital_cost_cny": ("capital cost", "造价", "CNY"),
    "upkeep_cny_per_year": ("yearly upkeep", "年养护费", "CNY/year"),
    "embodied_co2_t": ("carbon built in", "建造碳排放", "t CO2"),
    "operation_co2_t_per_year": ("carbon of operation", "运营碳排放", "t CO2/year"),
    "energy_gwh_per_year": ("electricity", "用电", "GWh/year"),
    "land_ha": ("land", "用地", "ha"),
    "toll_cny": ("toll of a car", "客车通行费", "CNY"),
    "toll_truck_cny": ("toll of a truck", "货车通行费", "CNY"),
}


def _outright(asked: Asked) -> list[Assumption]:
    """Rows for what the option file set outright."""
    return [
        Assumption(
            parameter_id=name,
            name=en,
            name_zh=zh,
            value=getattr(asked, name),
            unit=unit,
            low=asked.capital_low_cny if name == "capital_cost_cny" else None,
            high=asked.capital_high_cny if name == "capital_cost_cny" else None,
            source=asked.source,
            status=asked.confidence,
            overridden=True,
        )
        for name, (en, zh, unit) in _NAMES.items()
        if getattr(asked, name) is not None
    ]
