"""Capital cost of a form by element: lengths times unit costs, with how each element wears.

The unit costs of main part and second part (cut and cover, or approach viaduct) contain plant and
supervision, which are taken out of them by their shares; land and a rail deck come on top.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from transitplan.scenario.form import Assumption, Element


class Lengths(NamedTuple):
    """Lengths that costs go by [km]."""

    main_km: float
    second_km: float
    road_km: float

    @property
    def structure_km(self) -> float:
        """Under cover, or on piers."""
        return self.main_km + self.second_km


class Values(Protocol):
    """Rows of one form."""

    def row(self, parameter_id: str) -> Assumption:
        """Row of a parameter."""

    def number(self, parameter_id: str) -> float:
        """Value of a parameter, 0 where there is none."""


class _Span(NamedTuple):
    """A cost with its ends [CNY]."""

    low: float
    mid: float
    high: float

    def times(self, share: float) -> "_Span":
        return _Span(*(end * share for end in self))

    def plus(self, other: "_Span") -> "_Span":
        return _Span(*(one + two for one, two in zip(self, other, strict=True)))


def element_costs(
    rows: Values, lengths: Lengths, lanes: float, land_ha: float, *, rail_deck: bool
) -> tuple[Element, ...]:
    """Elements of the capital cost; what costs nothing is left out.

    Parameters
    ----------
    lanes
        In both directions together.
    """
    main = _unit_cost(rows, "main_cny_per_lane_km", lengths.main_km * lanes)
    second = _unit_cost(rows, "second_cny_per_lane_km", lengths.second_km * lanes)
    road = _unit_cost(rows, "road_cny_per_lane_km", lengths.road_km * lanes)
    both = main.plus(second)
    plant, cables = rows.number("plant_share"), rows.number("cable_share")
    supervision = rows.number("supervision_share")
    rest = 1.0 - plant - supervision
    life = rows.number("structure_life_years")
    rail = rows.number("rail_deck_share") if rail_deck else 0.0
    spans = [
        ("main", "main structure", "主体结构", main.times(rest - cables), life, 1.0),
        ("second", "cut-and-cover or viaduct", "明挖段或引桥", second.times(rest), life, 1.0),
        ("rail_deck", "rail deck", "轨道层", both.times(rail), life, 1.0),
        (
            "cables",
            "cables, bearings, joints",
            "索、支座、伸缩缝",
            main.times(cables),
            rows.number("cable_life_years") or life,
            1.0,
        ),
        (
            "plant",
            "machinery and electrics",
            "机电设备",
            both.times(plant),
            rows.number("plant_life_years"),
            1.0,
        ),
        (
            "road",
            "approach road",
            "引道",
            road.times(1.0 - supervision),
            rows.number("road_life_years"),
            rows.number("road_renewal_share"),
        ),
        (
            "supervision",
            "design and supervision",
            "设计监理等",
            both.plus(road).times(supervision),
            life,
            0.0,
        ),
        (
            "land",
            "land",
            "土地",
            _unit_cost(rows, "land_cny_per_ha", land_ha),
            rows.number("land_life_years"),
            0.0,
        ),
    ]
    return tuple(
        Element(
            element_id=name,
            name=en,
            name_zh=zh,
            cny=span.mid,
            low_cny=span.low,
            high_cny=span.high,
            life_years=years,
            renewal_share=share,
        )
        for name, en, zh, span, years, share in spans
        if span.mid > 0
    )


def scaled_elements(
    elements: Sequence[Element], capital_cny: float, low_cny: float | None, high_cny: float | None
) -> tuple[Element, ...]:
    """Elements in the same proportions that add up to a capital cost given outright.

    Its ends keep the ratio of the library's where the option file gives none.
    """
    total = sum(each.cny for each in elements)
    low = low_cny or capital_cny * sum(each.low_cny for each in elements) / total
    high = high_cny or capital_cny * sum(each.high_cny for each in elements) / total
    return tuple(
        each.model_copy(
            update={
                "cny": capital_cny * each.cny / total,
                "low_cny": low * each.cny / total,
                "high_cny": high * each.cny / total,
            }
        )
        for each in elements
    )


def _unit_cost(rows: Values, parameter_id: str, amount: float) -> _Span:
    """Cost of an amount, with the ends of its unit cost; nothing where there is no such row."""
    if amount <= 0:
        return _Span(0.0, 0.0, 0.0)
    value = rows.number(parameter_id)
    row = rows.row(parameter_id)
    low, high = (value if end is None else end for end in (row.low, row.high))
    return _Span(low * amount, value * amount, high * amount)
