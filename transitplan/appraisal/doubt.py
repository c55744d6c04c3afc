"""How sure a ranking is: net values under common draws, chance of being best, expected regret."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.appraisal.chance import Method, batch_error, spread_shares
from transitplan.appraisal.emulator import Emulator
from transitplan.appraisal.sensitivity import site_sobol, site_tornado, switching_values
from transitplan.appraisal.uncertain import NetValues, Traffic, options_of
from transitplan.arrays import Floats
from transitplan.scenario.case import Case, Site

__all__ = ["Doubt", "draw_npv", "explore_doubt", "probability_best", "switching_values"]
N_DRAWS = 4096
N_SOBOL = 512
QUANTILES = {"p05": 0.05, "p50": 0.50, "p95": 0.95}


@dataclass(frozen=True, eq=False)
class Doubt:
    """What the ranges of the assumptions do to the answer of every site.

    draws
        One column an option, one row a draw: net present value with common draws [CNY].
    summary
        site_id, option_id, mean_cny, mean_error_cny, sd_cny, p05_cny, p50_cny, p95_cny,
        probability_best, probability_best_error, expected_regret_cny, expected_regret_error_cny;
        errors are standard errors from independent batches of draws. Regret: what the best option
        of the draw is worth more.
    tornado
        site_id, option_id, against_id, parameter_id, name, name_zh, unit, low, today, high, rule,
        at_low_cny, at_today_cny, at_high_cny, width_cny: net value of an option (against ``none``),
        or what the best is worth more than the second best; widest first
    sobol
        site_id, option_id, against_id, group_id, name, name_zh, first, first_error, total,
        total_error: shares of the variance of the difference between the two best options; errors
        are half widths of 95 % intervals
    switching
        site_id, parameter_id, name, name_zh, unit, today, switches_at, winner_today, winner_then,
        distance
    emulator
        Traffic in other worlds, with its measured errors; None where traffic was held as today.
    """

    draws: pd.DataFrame
    summary: pd.DataFrame
    tornado: pd.DataFrame
    sobol: pd.DataFrame
    switching: pd.DataFrame
    emulator: Emulator | None


def explore_doubt(
    case: Case,
    traffic: Traffic,
    *,
    n_draws: int = N_DRAWS,
    n_sobol: int = N_SOBOL,
    method: Method = "sobol",
) -> Doubt:
    """Draw, move and apportion everything that is uncertain about the sites of a case.

    Parameters
    ----------
    traffic
        ``emulate(case, runner)``, or what a peak hour of each option and year is worth [CNY/h].
    n_draws
        Draws at least; batches are filled up to powers of two.
    n_sobol
        Base samples of the Sobol indices, a power of two.
    """
    draws = draw_npv(case, traffic, n_draws=n_draws, method=method)
    model = NetValues(case, traffic)
    sites = case.sites
    tornados = [site_tornado(model, site) for site in sites]
    return Doubt(
        draws=draws,
        summary=_stacked([summarise(draws, site) for site in sites]),
        tornado=_stacked(tornados),
        sobol=_stacked(
            [site_sobol(model, *pair, n=n_sobol) for pair in zip(sites, tornados, strict=True)]
        ),
        switching=_stacked([switching_values(case, site, traffic) for site in sites]),
        emulator=traffic if isinstance(traffic, Emulator) else None,
    )


def draw_npv(
    case: Case, traffic: Traffic, *, n_draws: int = N_DRAWS, method: Method = "sobol"
) -> pd.DataFrame:
    """Net present value of every option under common draws, (n_draws, n_options) [CNY].

    Parameters that options share are drawn once for all of them; each option's capital cost and
    emulator error are drawn by themselves. Distributions are triangular between the low and high of
    the tables. ``none`` is worth nothing in every draw.
    """
    model = NetValues(case, traffic)
    shares = spread_shares(len(model.drawn), n_draws, method)
    drawn = {
        each.id: each.chance.at(share) for each, share in zip(model.drawn, shares.T, strict=True)
    }
    return pd.DataFrame(
        {
            option: np.broadcast_to(model.npv(option, drawn), len(shares))
            for option in case.option_ids
        }
    )


def probability_best(draws: pd.DataFrame, site: Site) -> dict[str, float]:
    """Share of draws in which each option of a site has the highest net present value."""
    names = options_of(site)
    return dict(zip(names, map(float, best_shares(draws[names].to_numpy())), strict=True))


def best_shares(npv: Floats) -> Floats:
    """Share of draws (n_draws, n_options) in which each option is best; the first of equals."""
    best = npv.argmax(axis=1)
    return np.bincount(best, minlength=npv.shape[1]) / len(npv)


def expected_regret(npv: Floats) -> Floats:
    """How much more the best of each draw is worth, mean over draws (n_draws, n_options).

    Examples
    --------
    >>> expected_regret(np.array([[0.0, 3.0], [0.0, -1.0]]))
    array([1.5, 0.5])
    """
    return np.asarray((npv.max(axis=1, keepdims=True) - npv).mean(axis=0))


def summarise(draws: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Mean, quantiles, chance of being best and regret of a site's options, with their errors."""
    names = options_of(site)
    npv = draws[names].to_numpy()
    table = pd.DataFrame({"option_id": names})
    table["mean_cny"] = npv.mean(axis=0)
    table["mean_error_cny"] = batch_error(npv, lambda batch: batch.mean(axis=0))
    table["sd_cny"] = npv.std(axis=0, ddof=1)
    for name, share in QUANTILES.items():
        table[f"{name}_cny"] = np.quantile(npv, share, axis=0)
    table["probability_best"] = best_shares(npv)
    table["probability_best_error"] = batch_error(npv, best_shares)
    table["expected_regret_cny"] = expected_regret(npv)
    table["expected_regret_error_cny"] = batch_error(npv, expected_regret)
    table.insert(0, "site_id", site.site_id)
    return table


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]
