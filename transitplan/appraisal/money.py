"""Money over the years: streams of cost and benefit, discounted; one option or thousands of draws.

All values are real, in CNY of the price year of the case. Streams are arrays (n_draws, n_years), so
that the central case and a Monte Carlo run go through the same lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from transitplan.arrays import Floats, Ints
from transitplan.scenario.case import Form

TUNNEL = "tunnel"
Values: TypeAlias = Mapping[str, Floats | float]  # parameters by id; arrays are (n_draws,)


@dataclass(frozen=True, eq=False)
class Streams:
    """Costs and benefits by year, (n_draws, n_years) [CNY], and what discounts them."""

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


def discount_factors(rate: Floats | float, years: Ints, base_year: int) -> Floats:
    """Value in the base year of one CNY paid at the end of each year, (n_draws, n_years).

    Examples
    --------
    >>> discount_factors(0.08, np.array([2025, 2026]), 2025).round(4)
    array([[1.    , 0.9259]])
    """
    rates = np.atleast_1d(np.asarray(rate, dtype=float))[:, None]
    return np.asarray((1.0 + rates) ** -(np.asarray(years)[None, :] - base_year))


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

    Capital is spent evenly over the building years before opening. Benefits run for
    ``operation_years``: straight lines between the modelled years, level before the first, growing
    by ``benefit_growth`` after the last. A tunnel's plant (``plant_share`` of capital) is renewed
    every ``plant_life_years``; ``residual_share`` of capital comes back at the end.

    Parameters
    ----------
    peak_benefit_cny
        Benefit of one peak hour by modelled year [CNY/h], toll revenue included.
    values
        Parameters by id; a number, or an array (n_draws,).
    capital_cny
        Capital cost, a number or (n_draws,).
    """
    years = appraised_years(form, values, base_year)
    cost = cost_streams(form, values, years, base_year, capital_cny)
    open_share = (years >= form.open_year)[None, :] * form.availability
    benefit = benefit_streams(years, peak_benefit_cny, values) * open_share
    shape = (max(cost.shape[0], benefit.shape[0]), years.size)
    return Streams(
        years=years,
        cost_cny=np.broadcast_to(cost, shape),
        benefit_cny=np.broadcast_to(benefit, shape),
        discount_factor=discount_factors(values["discount_rate"], years, base_year),
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

    Any years may be asked for: the form is paid for before its opening year, kept for
    ``operation_years`` and gives back its residual value in the last of these.

    Parameters
    ----------
    values
        Parameters by id; a number, or an array (n_draws,).
    years
        Years wanted.
    base_year
        Whose prices these are.
    capital_cny
        Capital cost, a number or (n_draws,).
    """
    del base_year  # prices are constant
    life = int(np.max(values["operation_years"]))
    age = np.asarray(years) - form.open_year
    capital = _column(capital_cny)
    building = ((age >= -form.build_years) & (age < 0))[None, :]
    running = ((age >= 0) & (age < life))[None, :]
    cost = building * capital / form.build_years
    cost = cost + running * form.upkeep_cny_per_year * _column(values["upkeep_scale"])
    cost = cost + _renewals(form, age, life, values) * capital
    last = (age == life - 1)[None, :]
    return np.asarray(cost - last * capital * _column(values["residual_share"]))


def benefit_streams(
    years: Ints, hourly_by_year: Mapping[int, Floats | float], values: Values
) -> Floats:
    """What peak hours of the modelled years come to in each year, (n_draws, n_years) [CNY].

    Straight lines between the modelled years, level before the first, growing by
    ``benefit_growth`` after the last. Nothing here knows when a form is open: multiply by that and
    by its availability.

    Parameters
    ----------
    hourly_by_year
        Benefit of one peak hour by modelled year, a number or (n_draws,) [CNY/h].
    """
    modelled = np.array(sorted(hourly_by_year))
    hourly = np.stack(np.broadcast_arrays(*(_column(hourly_by_year[int(k)]) for k in modelled)), 2)
    between = np.array([np.interp(years, modelled, one) for one in np.eye(modelled.size)])
    growth = (1.0 + _column(values["benefit_growth"])) ** np.maximum(years - modelled[-1], 0)
    scale = _column(annual_factor(values)) * _column(values["benefit_scale"])
    return np.asarray((hourly[:, 0] @ between) * growth * scale)


def _renewals(
    form: Form,
    age: Ints,
    life: int,
    values: Values,
) -> Floats:
    """Share of capital spent on new plant in each year, (n_draws or 1, n_years)."""
    if form.form != TUNNEL:
        return np.zeros((1, age.size))
    every = int(np.max(values["plant_life_years"]))
    due = (age > 0) & (age < life) & (age % every == 0)
    return np.asarray(due[None, :] * _column(values["plant_share"]))


def _column(value: Floats | float) -> Floats:
    return np.atleast_1d(np.asarray(value, dtype=float))[:, None]
