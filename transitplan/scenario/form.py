"""Form: one way to build a site, with everything that traffic, money and the report ask of it."""

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from transitplan.io.toml import Strict

FormWord = Literal["bridge", "tunnel", "widening", "pontoon"]
PartName = Literal["approach", "ramp", "structure"]
STAGES = 3
RAIL = {"rail_passengers": "rail_passengers_per_day", "rail_minutes": "rail_minutes_saved"}
_SUM = 1e-6  # how far shares may be from 1


class Part(Strict):
    """One piece of the way over or under the river, from the site's first end to its last."""

    part: PartName
    length_m: float = Field(gt=0)
    gradient: float = Field(default=0.0, ge=-0.12, le=0.12)  # climb towards the last end


class Element(Strict):
    """A piece of the capital cost, and how it wears.

    After every ``life_years`` of operation ``renewal_share`` of its cost is spent anew.
    """

    element_id: str
    name: str
    name_zh: str
    cny: float = Field(ge=0)
    low_cny: float = Field(ge=0)
    high_cny: float = Field(ge=0)
    life_years: float = Field(gt=0)
    renewal_share: float = Field(default=0.0, ge=0, le=1)


class Note(Strict):
    """A sentence that planners should know of, in both languages."""

    topic: str  # flood, ecology, use, site
    en: str
    zh: str


class Assumption(Strict):
    """A value that a form was made from: a row of the library, or what the option file says."""

    parameter_id: str
    name: str
    name_zh: str
    value: float | str
    unit: str
    low: float | None = None
    high: float | None = None
    source: str
    status: str
    overridden: bool = False


class Given(Strict):
    """What an option file puts in the place of a row of the form library."""

    value: float | str
    low: float | None = None
    high: float | None = None
    source: str = "option file"
    status: str = "assumed"


class Form(Strict):
    """One way to build a site, as a chain of links each way.

    Every number that matters to money has a low and a high beside it and says where it comes from.
    Upkeep includes the electricity whose amount is in ``energy_gwh_per_year``.
    """

    form: FormWord
    kind: str = ""  # of the form library; empty where the option file says everything
    label: str = ""  # the option is called site_id-label; the form's word by default
    length_m: float = Field(gt=0)
    lanes: float = Field(gt=0, le=6)  # in each direction; those added by a widening
    free_speed_kph: float = Field(gt=0, le=120)
    lane_capacity_pceph: float = Field(gt=0)
    allowed_uses: str
    toll_cny: float = Field(default=0.0, ge=0)
    toll_truck_cny: float | None = Field(default=None, ge=0)
    capital_cost_cny: float = Field(gt=0)
    capital_low_cny: float = Field(gt=0)
    capital_high_cny: float = Field(gt=0)
    upkeep_cny_per_year: float = Field(ge=0)
    build_years: int = Field(gt=0, le=15)
    open_year: int = Field(ge=2020, le=2100)
    availability: float = Field(gt=0, le=1)
    embodied_co2_t: float = Field(ge=0)
    operation_co2_t_per_year: float = Field(ge=0)
    source: str
    confidence: str
    parts: tuple[Part, ...] = ()  # of the length; one structure where there are none
    truck_loss_kph_per_percent: float = Field(default=0.0, ge=0)  # where the way climbs
    elements: tuple[Element, ...] = ()  # of the capital cost; none where it was given whole
    energy_gwh_per_year: float = Field(default=0.0, ge=0)
    land_ha: float = Field(default=0.0, ge=0)
    spend_profile: tuple[float, ...] = ()  # shares of capital by year of building; even by default
    stage: int = Field(default=1, ge=1, le=STAGES)  # of the cost estimate: 1 idea … 3 contract
    rail_passengers_per_day: float = Field(default=0.0, ge=0)  # on the same structure
    rail_passengers_low: float = Field(default=0.0, ge=0)
    rail_passengers_high: float = Field(default=0.0, ge=0)
    rail_minutes_saved: float = Field(default=0.0, ge=0)  # by each of them
    rail_minutes_low: float = Field(default=0.0, ge=0)
    rail_minutes_high: float = Field(default=0.0, ge=0)
    notes: tuple[Note, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Fill in what follows from the rest: the label, and an even spending."""
        if not isinstance(given, dict):
            return given
        years = given.get("build_years")
        if not given.get("spend_profile") and isinstance(years, int) and years > 0:
            given = {**given, "spend_profile": (1.0 / years,) * years}
        return {**given, "label": given.get("label") or given.get("form", "")}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Refuse numbers that contradict each other."""
        found = form_problems(self)
        if found:
            raise ValueError("; ".join(found))
        return self

    @property
    def structure_length_m(self) -> float:
        """Length without approach roads."""
        built = sum(each.length_m for each in self.parts if each.part != "approach")
        return built or self.length_m


def form_problems(form: Form) -> list[str]:
    """Numbers of a form that contradict each other, as text."""
    found = []
    if not form.capital_low_cny <= form.capital_cost_cny <= form.capital_high_cny:
        found.append(
            f"capital cost {form.capital_cost_cny:g} is outside its range "
            f"{form.capital_low_cny:g} to {form.capital_high_cny:g}"
        )
    found += [
        f"element {each.element_id} costs {each.cny:g}, outside its range {each.low_cny:g} to "
        f"{each.high_cny:g}"
        for each in form.elements
        if not each.low_cny <= each.cny <= each.high_cny
    ]
    total, capital = sum(each.cny for each in form.elements), form.capital_cost_cny
    if form.elements and not math.isclose(total, capital, rel_tol=_SUM):
        found.append(f"its elements cost {total:g} together, and capital_cost_cny is {capital:g}")
    if len(form.spend_profile) != form.build_years:
        found.append(
            f"spend_profile has {len(form.spend_profile)} shares for {form.build_years} years"
        )
    if abs(sum(form.spend_profile) - 1.0) > _SUM or min(form.spend_profile, default=0.0) < 0:
        found.append(f"the shares of spend_profile add up to {sum(form.spend_profile):g}, not 1")
    for name in ("rail_passengers", "rail_minutes"):
        value = getattr(form, RAIL[name])
        low, high = getattr(form, f"{name}_low"), getattr(form, f"{name}_high")
        if not low <= value <= high:
            found.append(f"{RAIL[name]} {value:g} is outside its range {low:g} to {high:g}")
    return found + _part_problems(form)


def _part_problems(form: Form) -> list[str]:
    if not form.parts:
        return []
    found = []
    total = sum(each.length_m for each in form.parts)
    if not math.isclose(total, form.length_m, rel_tol=_SUM):
        found.append(f"its parts are {total:g} m long together, not {form.length_m:g} as length_m")
    structures = sum(each.part == "structure" for each in form.parts)
    if structures != 1:
        found.append(f"{structures} of its parts are called structure; exactly one must be")
    return found
