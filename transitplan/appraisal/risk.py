"""What may go wrong and cost more: the risk register of a case, its expected value and P80.

A register is a table of the case (``risks = "risks.csv"`` in ``case.toml``): one row a risk, with
its probability and the low, likely and high cost if it happens (triangular). ``option_id`` says
whose risk it is: an option (``huanggang-tunnel``), a form (``tunnel``), or nothing for every one.
The expected value joins the capital cost; P50 and P80 are shown beside it.
"""

import zlib

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.scenario.case import Case, option_id

N_DRAWS = 20_000
QUANTILES = {"p50_cny": 0.5, "p80_cny": 0.8}


def risks_of(case: Case, option: str) -> pd.DataFrame:
    """Rows of the register that an option bears."""
    if case.risks.empty:
        return case.risks
    names = {option, case.find(option)[1].form, ""}
    return case.risks[case.risks["option_id"].fillna("").isin(names)]


def risk_allowance(case: Case, option: str) -> float:
    """Expected cost of an option's risks, Σ probability × mean of the triangle [CNY]."""
    rows = risks_of(case, option)
    if rows.empty:
        return 0.0
    mean = rows[["low_cny", "likely_cny", "high_cny"]].mean(axis=1)
    return float((rows["probability"] * mean).sum())


def draw_risks(rows: pd.DataFrame, rng: np.random.Generator, n_draws: int) -> Floats:
    """Cost of all risks of a register together in each draw, (n_draws,); risks are independent."""
    total = np.zeros(n_draws)
    for row in rows.to_dict("records"):
        low, likely, high = (float(row[name]) for name in ("low_cny", "likely_cny", "high_cny"))
        cost = rng.triangular(low, likely, high, n_draws) if low < high else np.full(n_draws, low)
        total += cost * (rng.random(n_draws) < float(row["probability"]))
    return total


def risk_table(case: Case) -> pd.DataFrame:
    """What the register means for each option.

    Returns
    -------
    DataFrame
        option_id, risks, expected_cny, p50_cny, p80_cny (of all risks together; 20,000 draws).
    """
    table = []
    for site in case.sites:
        for form in site.forms:
            name = option_id(site, form)
            rows = risks_of(case, name)
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            drawn = draw_risks(rows, rng, N_DRAWS)
            table.append(
                {
                    "option_id": name,
                    "risks": len(rows),
                    "expected_cny": risk_allowance(case, name),
                    **{key: float(np.quantile(drawn, at)) for key, at in QUANTILES.items()},
                }
            )
    names = ["option_id", "risks", "expected_cny", *QUANTILES]
    return pd.DataFrame(table, columns=names)
