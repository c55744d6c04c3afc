"""Money over the years: streams of cost and benefit, discounted; one option or thousands of draws.

All values are real, in CNY of the price year of the case. Streams are arrays (n_draws, n_years), so
that the central case and a Monte Carlo run go through the same lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats, Ints
from transitplan.scenario.case import Form

TUNNEL = "tunnel"


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


def annual_factor(values: Mapping[str, Floats | float]) -> Floats | float:
    """Peak hours that a year is worth: hours of like benefit a day × days a year."""
    return values["benefit_hours_per_day"] * values["days_per_year"]


def streams(
    form: Form,
    peak_benefit_cny: Mapping[int, float],
    values: Mapping[str, Floats | float],
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
    life = int(np.max(values["operation_years"]))
    start = form.open_year - form.build_years
    years = np.arange(min(start, base_year), form.open_year + life, dtype=np.int64)
    capital = _column(capital_cny)
    running = (years >= form.open_year)[None, :]
    building = ((years >= start) & (years < form.open_year))[None, :]
    cost = building * capital / form.build_years
    cost = cost + running * form.upkeep_cny_per_year * _column(values["upkeep_scale"])
    cost = cost + _renewals(form, years, life, values) * capital
    cost = cost - (years == years[-1])[None, :] * capital * _column(values["residual_share"])
    hourly = np.interp(years, list(peak_benefit_cny), list(peak_benefit_cny.values()))
    beyond = np.maximum(years - max(peak_benefit_cny), 0)[None, :]
    growth = (1.0 + _column(values["benefit_growth"])) ** beyond
    scale = _column(annual_factor(values)) * _column(values["benefit_scale"])
    benefit = running * hourly[None, :] * growth * scale * form.availability
    n_draws = max(cost.shape[0], benefit.shape[0])
    shape = (n_draws, years.size)
    return Streams(
        years=years,
        cost_cny=np.broadcast_to(cost, shape),
        benefit_cny=np.broadcast_to(benefit, shape),
        discount_factor=discount_factors(values["discount_rate"], years, base_year),
    )


def _renewals(
    form: Form,
    years: Ints,
    life: int,
    values: Mapping[str, Floats | float],
) -> Floats:
    """Share of capital spent on new plant in each year, (n_draws or 1, n_years)."""
    if form.form != TUNNEL:
        return np.zeros((1, years.size))
    age = years - form.open_year
    every = int(np.max(values["plant_life_years"]))
    due = (age > 0) & (age < life) & (age % every == 0)
    return np.asarray(due[None, :] * _column(values["plant_share"]))


def _column(value: Floats | float) -> Floats:
    return np.atleast_1d(np.asarray(value, dtype=float))[:, None]
