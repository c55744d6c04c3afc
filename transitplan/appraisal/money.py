"""Money over the years: streams of cost and benefit, discounted; one option or thousands of draws.

All values are real, in CNY of the price year of the case. Streams are arrays (n_draws, n_years), so
that the central case and a Monte Carlo run go through the same lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from transitplan.appraisal.vehicles import Values, column
from transitplan.arrays import Floats, Ints
from transitplan.scenario.case import Form
from transitplan.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

TUNNEL = "tunnel"
KWH_PER_GWH = 1e6
PUBLIC = ("capital", "renewals", "upkeep", "energy", "residual")  # what is paid, and what is left
BURDENS = (
    "embodied_co2",
    "operation_co2",
    "disruption",
)  # what building and running does to others

__all__ = (
    "BURDENS",
    "PUBLIC",
    "Streams",
    "Values",
    "annual_factor",
    "appraised_years",
    "benefit_streams",
    "cost_items",
    "cost_streams",
    "discount_factors",
    "discounting",
    "form_benefit_streams",
    "open_share",
    "rail_streams",
    "streams",
)


@dataclass(frozen=True, eq=False)
class Streams:
    """Costs and benefits by year, (n_draws, n_years) [CNY], and what discounts them.

    Costs are what is paid for the structure; what building and running it does to others (CO2,
    disruption) lessens the benefit, as in the summary of monetised costs and benefits.
    """

    years: Ints
    cost_cny: Floats
    benefit_cny: Floats
    discount_factor: Floats

    @property
    def pv_cost_cny(self) -> Floats:
        """Present value of costs, (n_draws,)."""
        return np.asarray((self.cost_cny * self.discount_factor).sum(axis=1))

    @property
    def pv_benefit_cny(self) -> Floats:
        """Present value of benefits, (n_draws,)."""
        return np.asarray((self.benefit_cny * self.discount_factor).sum(axis=1))

    @property
    def npv_cny(self) -> Floats:
        """Net present value, (n_draws,)."""
        return self.pv_benefit_cny - self.pv_cost_cny


def discount_factors(
    rate: Floats | float,
    years: Ints,
    base_year: int,
    *,
    drop: Floats | float = 0.0,
    drop_after: Floats | float = np.inf,
) -> Floats:
    """Value in the base year of one CNY paid at the end of each year, (n_draws, n_years).

    Parameters
    ----------
    drop, drop_after
        By how much the rate is lower in years that lie more than so many after the base year.

    Examples
    --------
    >>> discount_factors(0.08, np.array([2025, 2026]), 2025).round(4)
    array([[1.    , 0.9259]])
    """
    ahead = np.asarray(years)[None, :] - base_year
    late = np.maximum(ahead - column(drop_after), 0.0)
    early = ahead - late
    return np.asarray((1.0 + column(rate)) ** -early * (1.0 + column(rate) - column(drop)) ** -late)


def annual_factor(values: Values) -> Floats | float:
    """Peak hours that a year is worth: hours of like benefit a day × days a year."""
    return values["benefit_hours_per_day"] * values["days_per_year"]


def streams(
    form: Form,
    peak_benefit_cny: Mapping[int, Floats | float],
    values: Values,
    *,
    base_year: int,
    capital_cny: Floats | float,
) -> Streams:
    """Costs and benefits of building a form, year by year.

    Parameters
    ----------
    peak_benefit_cny
        Benefit of one peak hour by modelled year, to all: ``hour_worth`` [CNY/h].
    values
        Parameters by id; a number, or an array (n_draws,).
    capital_cny
        Capital cost before optimism bias, a number or (n_draws,).
    """
    years = appraised_years(form, values, base_year)
    items = cost_items(form, values, years, base_year, capital_cny)
    cost = sum(items[name] for name in PUBLIC)
    benefit = form_benefit_streams(form, years, peak_benefit_cny, values)
    benefit = benefit - sum(items[name] for name in BURDENS)
    shape = (max(np.shape(cost)[0], benefit.shape[0]), years.size)
    return Streams(
        years=years,
        cost_cny=np.broadcast_to(cost, shape),
        benefit_cny=np.broadcast_to(benefit, shape),
        discount_factor=discounting(values, years, base_year),
    )


def discounting(values: Values, years: Ints, base_year: int) -> Floats:
    """Discount factors by the parameters, (n_draws, n_years)."""
    return discount_factors(
        values["discount_rate"],
        years,
        base_year,
        drop=values["discount_rate_drop"],
        drop_after=values["discount_drop_after"],
    )


def appraised_years(form: Form, values: Values, base_year: int) -> Ints:
    """Years from the base year, or the first spade if that is sooner, to the last of operation."""
    first = min(form.open_year - form.build_years, base_year)
    last = form.open_year + int(np.max(values["operation_years"]))
    return np.arange(first, last, dtype=np.int64)


def cost_streams(
    form: Form,
    values: Values,
    years: Ints,
    base_year: int,
    capital_cny: Floats | float,
) -> Floats:
    """What building and keeping a form costs in each year, (n_draws, n_years) [CNY].

    Everything in ``cost_items``: what is paid, and what falls on others (CO2, disruption).
    """
    return np.asarray(sum(cost_items(form, values, years, base_year, capital_cny).values()))


def cost_items(
    form: Form,
    values: Values,
    years: Ints,
    base_year: int,
    capital_cny: Floats | float,
) -> dict[str, Floats]:
    """What building and keeping a form costs in each year by item, each (n_draws, n_years) [CNY].

    capital
        With the optimism bias of the form's stage, spent by its profile before it opens.
    renewals
        Of its elements (``renewal_share`` of each after every ``life_years``); of a tunnel without
        elements ``plant_share`` of capital every ``plant_life_years``.
    upkeep, energy
        Every year of operation; energy is taken out of upkeep, which includes it.
    residual
        ``residual_share`` of capital comes back in the last year (negative).
    embodied_co2, operation_co2
        At the carbon price, while building by the profile of spending and in operation.
    disruption
        ``disruption_share`` of capital while building.

    Any years may be asked for: the form is kept for ``operation_years`` from its opening.

    Parameters
    ----------
    values
        Parameters by id; a number, or an array (n_draws,).
    years
        Years wanted.
    base_year
        From which upkeep grows dearer.
    capital_cny
        Capital cost before optimism bias, a number or (n_draws,).
    """
    life = int(np.max(values["operation_years"]))
    age = np.asarray(years) - form.open_year
    capital = column(capital_cny) * (1.0 + column(values[f"optimism_bias_{form.stage}"]))
    spent, last = _profile(form, age), (age == life - 1)[None, :]
    running = ((age >= 0) & (age < life)).astype(float)[None, :]
    dearer = (1.0 + column(values["upkeep_growth"])) ** (np.asarray(years) - base_year)
    kwh = form.energy_gwh_per_year * KWH_PER_GWH
    in_upkeep = kwh * column(values["electricity_price_in_upkeep"])
    price = column(values["carbon_price"])
    upkeep = form.upkeep_cny_per_year * column(values["upkeep_scale"]) * dearer
    return {
        "capital": spent * capital,
        "renewals": _renewals(form, age, life, values) * capital,
        "upkeep": running * (upkeep - in_upkeep),
        "energy": running * kwh * column(values["electricity_price"]),
        "residual": last * capital * -column(values["residual_share"]),
        "embodied_co2": spent * form.embodied_co2_t * price,
        "operation_co2": running * form.operation_co2_t_per_year * price,
        "disruption": spent * capital * column(values["disruption_share"]),
    }


def _profile(form: Form, age: Ints) -> Floats:
    """Share of capital spent in each year, (1, n_years)."""
    shares = np.asarray(form.spend_profile, dtype=float)
    place = age + form.build_years
    building = (place >= 0) & (place < form.build_years)
    return np.where(building, shares[np.clip(place, 0, form.build_years - 1)], 0.0)[None, :]


def _renewals(form: Form, age: Ints, life: int, values: Values) -> Floats:
    """Share of capital spent on renewals in each year, (n_draws or 1, n_years)."""
    inside = (age > 0) & (age < life)
    if form.elements:
        share = np.zeros(age.size)
        for each in form.elements:
            times = np.floor(age / each.life_years) - np.floor((age - 1) / each.life_years)
            share += inside * times * each.renewal_share * each.cny / form.capital_cost_cny
        return share[None, :]
    if form.form != TUNNEL:
        return np.zeros((1, age.size))
    every = int(np.max(values["plant_life_years"]))
    due = inside & (age % every == 0)
    return np.asarray(due[None, :] * column(values["plant_share"]))


def benefit_streams(
    years: Ints, hourly_by_year: Mapping[int, Floats | float], values: Values
) -> Floats:
    """What peak hours of the modelled years come to in each year, (n_draws, n_years) [CNY].

    Straight lines between the modelled years, level before the first, growing by
    ``benefit_growth`` after the last. Nothing here knows when a form is open: multiply by
    ``open_share``.

    Parameters
    ----------
    hourly_by_year
        Benefit of one peak hour by modelled year, a number or (n_draws,) [CNY/h].
    """
    modelled = np.array(sorted(hourly_by_year))
    hourly = np.stack(np.broadcast_arrays(*(column(hourly_by_year[int(k)]) for k in modelled)), 2)
    between = np.array([np.interp(years, modelled, one) for one in np.eye(modelled.size)])
    growth = (1.0 + column(values["benefit_growth"])) ** np.maximum(years - modelled[-1], 0)
    scale = column(annual_factor(values)) * column(values["benefit_scale"])
    return np.asarray((hourly[:, 0] @ between) * growth * scale)


def open_share(form: Form, values: Values, years: Ints) -> Floats:
    """Share of each year in which a form is open to traffic, (n_years,)."""
    age = np.asarray(years) - form.open_year
    inside = (age >= 0) & (age < int(np.max(values["operation_years"])))
    return np.asarray(inside * form.availability)


def rail_streams(form: Form, values: Values, years: Ints) -> Floats:
    """What rail passengers on the same structure save in each year, (n_draws, n_years) [CNY].

    Stated inputs of the form (passengers a day, minutes each), level over the years.
    """
    seconds = form.rail_passengers_per_day * form.rail_minutes_saved * SECONDS_PER_MINUTE
    hours = seconds / SECONDS_PER_HOUR
    a_year = hours * column(values["rail_value_of_time"]) * column(values["rail_days_per_year"])
    return np.asarray(a_year * open_share(form, values, years))


def form_benefit_streams(
    form: Form, years: Ints, hourly_by_year: Mapping[int, Floats | float], values: Values
) -> Floats:
    """Benefits of a form in each year, road and rail, (n_draws, n_years) [CNY]; 0 when not open."""
    road = benefit_streams(years, hourly_by_year, values) * open_share(form, values, years)
    return road + rail_streams(form, values, years)
