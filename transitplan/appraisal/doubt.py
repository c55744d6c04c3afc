"""How sure a ranking is: common random draws, and the values at which the winner changes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from transitplan.appraisal.money import streams
from transitplan.arrays import Floats
from transitplan.scenario.case import NONE, Case, Form, Site, option_id
from transitplan.scenario.checks import MONEY

N_DRAWS = 5000
SEED = 20250626  # any number will do; fixed so that the same inputs give the same bytes
NOT_DRAWN = ("discount_rate",)  # a rule of the appraisal, not a thing that is uncertain
# Whole years are rules too, and no money hangs on how a peak hour becomes a day's vehicles.
FIXED = frozenset({"operation_years", "plant_life_years", "peak_share_crossing"})
MOVED = frozenset(MONEY) - FIXED
MOST_OF_UNIT = {"share": 1.0, "days/year": 366.0, "h/day": 24.0}
CAPITAL = "capital_cost"  # pseudo-parameter: scale of an option's own capital cost

PeakBenefits = Mapping[str, Mapping[int, float]]  # CNY per peak hour, by option and year


def draw_npv(case: Case, benefits: PeakBenefits, *, n_draws: int = N_DRAWS) -> pd.DataFrame:
    """Net present value of every option under common draws, (n_draws, n_options) [CNY].

    Parameters that options share are drawn once for all of them; each form's capital cost is drawn
    by itself. All distributions are triangular between the low and high of the tables. ``none``
    is worth nothing in every draw.
    """
    rng = np.random.default_rng(SEED)
    values = _drawn_values(case, rng, n_draws)
    table = {NONE: np.zeros(n_draws)}
    for site in case.sites:
        for form in site.forms:
            name = option_id(site, form)
            capital = _triangular(
                rng, form.capital_low_cny, form.capital_cost_cny, form.capital_high_cny, n_draws
            )
            table[name] = streams(
                form, benefits[name], values, base_year=case.base_year, capital_cny=capital
            ).npv_cny
    return pd.DataFrame(table)


def probability_best(draws: pd.DataFrame, site: Site) -> dict[str, float]:
    """Share of draws in which each option of a site has the highest net present value."""
    names = [NONE, *(option_id(site, form) for form in site.forms)]
    best = draws[names].idxmax(axis=1).value_counts(normalize=True)
    return {name: float(best.get(name, 0.0)) for name in names}


def switching_values(case: Case, site: Site, benefits: PeakBenefits) -> pd.DataFrame:
    """Values of single parameters at which the site's winner changes, nearest first.

    Each parameter is moved alone from a tenth of its value to ten times it, as far as its unit
    allows; a parameter that never changes the winner has no row.

    Returns
    -------
    DataFrame
        ``site_id, parameter_id, name, name_zh, unit, today, switches_at, winner_today,
        winner_then, distance`` (the natural logarithm of the ratio).
    """
    today = dict(case.values)
    winner = _winner(case, site, benefits, today, {})
    rows = []
    for row in _ranged(case):
        name = str(row["parameter_id"])

        def win_at(scale: float, name: str = name) -> str:
            moved = {**today, name: today[name] * scale}
            return _winner(case, site, benefits, moved, {})

        rows += _switches(win_at, winner, today[name], row)
    for form in site.forms:

        def win_at_cost(scale: float, form: Form = form) -> str:
            return _winner(case, site, benefits, today, {form.form: scale})

        labels = {
            "parameter_id": f"{CAPITAL}_{form.form}",
            "name": f"capital cost of the {form.form}",
            "name_zh": "隧道造价" if form.form == "tunnel" else "桥梁造价",
            "unit": "CNY",
        }
        rows += _switches(win_at_cost, winner, form.capital_cost_cny, labels)
    columns = [
        "parameter_id",
        "name",
        "name_zh",
        "unit",
        "today",
        "switches_at",
        "winner_today",
        "winner_then",
        "distance",
    ]
    table = pd.DataFrame(rows, columns=columns).sort_values("distance", ignore_index=True)
    table.insert(0, "site_id", site.site_id)
    return table


def _winner(
    case: Case,
    site: Site,
    benefits: PeakBenefits,
    values: Mapping[str, float],
    capital_scale: Mapping[str, float],
) -> str:
    best, best_npv = NONE, 0.0
    for form in site.forms:
        capital = form.capital_cost_cny * capital_scale.get(form.form, 1.0)
        name = option_id(site, form)
        npv = streams(
            form, benefits[name], values, base_year=case.base_year, capital_cny=capital
        ).npv_cny[0]
        if npv > best_npv:
            best, best_npv = form.form, npv
    return best


def _switches(
    win_at: Callable[[float], str], winner: str, today: float, labels: Mapping[str, object]
) -> list[dict[str, object]]:
    """Nearest change of winner below and above today's value, where there is one."""
    rows: list[dict[str, object]] = []
    if today == 0.0:  # scaling moves it nowhere
        return rows
    most = MOST_OF_UNIT.get(str(labels["unit"]), np.inf) / today
    for scales in (np.geomspace(1.0, 0.1, 47)[1:], np.geomspace(1.0, min(10.0, most), 47)[1:]):
        inside = 1.0
        for scale in scales:
            then = win_at(scale)
            if then == winner:
                inside = scale
                continue
            edge = brentq(lambda s: 1.0 if win_at(s) == winner else -1.0, inside, scale, xtol=1e-4)
            rows.append(
                {
                    **{key: labels[key] for key in ("parameter_id", "name", "name_zh", "unit")},
                    "today": today,
                    "switches_at": today * edge,
                    "winner_today": winner,
                    "winner_then": then,
                    "distance": abs(float(np.log(edge))),
                }
            )
            break
    return rows


def _drawn_values(case: Case, rng: np.random.Generator, n_draws: int) -> dict[str, Floats | float]:
    values: dict[str, Floats | float] = dict(case.values)
    for row in _ranged(case):
        name = row["parameter_id"]
        if name not in NOT_DRAWN:
            values[name] = _triangular(rng, row["low"], row["value"], row["high"], n_draws)
    return values


def _ranged(case: Case) -> list[dict[str, Any]]:
    """Rows of the parameters that enter money and have a range."""
    rows = case.parameters
    rows = rows[rows["parameter_id"].isin(MOVED) & (rows["low"] < rows["high"])]
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _triangular(
    rng: np.random.Generator, low: float, mode: float, high: float, n_draws: int
) -> Floats:
    return rng.triangular(low, mode, high, n_draws) if low < high else np.full(n_draws, mode)
