"""Who gains and who pays: every yuan of an option in one ledger, and the tables made from it.

The ledger has one row an account, item, class and year; the tables are sums of its rows at present
value, so they agree with each other by construction. Gains are positive, costs negative.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transitplan.appraisal.money import (
    appraised_years,
    benefit_streams,
    cost_items,
    discounting,
    open_share,
    rail_streams,
)
from transitplan.appraisal.risk import risk_allowance
from transitplan.appraisal.worth import HourTotals, hour_components
from transitplan.arrays import Floats, Ints
from transitplan.scenario.case import Case, Form

USERS, PROVIDERS, OTHERS, PUBLIC, APART = "users", "providers", "others", "public", "apart"
ACCOUNT_OF = {  # of the components of an hour
    "time": USERS,
    "operating": USERS,
    "unperceived": USERS,
    "toll": USERS,
    "taker": PROVIDERS,
    "accidents": OTHERS,
    "co2": OTHERS,
    "air": OTHERS,
    "reliability": APART,
}
BURDEN_ITEMS = ("embodied_co2", "operation_co2", "disruption")
PUBLIC_ITEMS = ("capital", "risk", "optimism_bias", "renewals", "upkeep", "energy", "residual")
RAIL = "rail"  # its passengers, as a class
KEYS = ["option_id", "account", "item", "class_name", "purpose", "mode"]

Hours = Mapping[int, tuple[HourTotals, HourTotals]]  # base and option by modelled year


def ledger(case: Case, option: str, hours: Hours, values: Mapping[str, float]) -> pd.DataFrame:
    """Every gain and cost of an option, year by year, central values.

    Parameters
    ----------
    hours
        Totals of the peak hour without and with the option, by modelled year.
    values
        Parameters by id.

    Returns
    -------
    DataFrame
        option_id, account (users, providers, others, public, apart), item, class_name, purpose,
        mode, year, cny, discount_factor. ``apart`` is in no total.
    """
    form = case.find(option)[1]
    years = appraised_years(form, values, case.base_year)
    parts = [
        _road(form, hours, values, years),
        _rail(form, values, years),
        _costs(case, option, values, years),
    ]
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "option_id", option)
    factor = discounting(values, years, case.base_year)[0]
    return table.assign(discount_factor=table["year"].map(dict(zip(years, factor, strict=True))))


def _road(form: Form, hours: Hours, values: Mapping[str, float], years: Ints) -> pd.DataFrame:
    """Components of the peak hours, by class."""
    parts = {year: hour_components(*pair, values) for year, pair in hours.items()}
    classes = next(iter(hours.values()))[1].by_class
    opened = open_share(form, values, years)
    tables = []
    for item, account in ACCOUNT_OF.items():
        for at, (name, row) in enumerate(classes.iterrows()):
            hourly = {year: float(found[item][0, at]) for year, found in parts.items()}
            stream = benefit_streams(years, hourly, values)[0] * opened
            labels = (account, item, str(name), str(row["purpose"]), str(row["use"]))
            tables.append(_rows(labels, years, stream))
    return pd.concat(tables, ignore_index=True)


def _rail(form: Form, values: Mapping[str, float], years: Ints) -> pd.DataFrame:
    return _rows((USERS, "time", RAIL, "all", RAIL), years, rail_streams(form, values, years)[0])


def _costs(case: Case, option: str, values: Mapping[str, float], years: Ints) -> pd.DataFrame:
    """What is paid, capital as estimate, risk and optimism bias; and what falls on others."""
    form = case.find(option)[1]
    estimate, risk = form.capital_cost_cny, risk_allowance(case, option)
    items = cost_items(form, values, years, case.base_year, estimate + risk)
    capital = items.pop("capital")
    bias = 1.0 + values[f"optimism_bias_{form.stage}"]
    whole = (estimate + risk) * bias
    shares = {
        "capital": estimate / whole,
        "risk": risk / whole,
        "optimism_bias": (bias - 1.0) * (estimate + risk) / whole,
    }
    items = {**{name: capital * share for name, share in shares.items()}, **items}
    tables = [
        _rows((OTHERS if name in BURDEN_ITEMS else PUBLIC, name, "", "", ""), years, -cost[0])
        for name, cost in items.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _rows(labels: tuple[str, str, str, str, str], years: Ints, stream: Floats) -> pd.DataFrame:
    names = ["account", "item", "class_name", "purpose", "mode"]
    stream = np.broadcast_to(stream, years.shape)
    return pd.DataFrame({**dict(zip(names, labels, strict=True)), "year": years, "cny": stream})


def present_values(ledgers: pd.DataFrame) -> pd.DataFrame:
    """Sum a ledger up at present value: option_id, account, item, class_name, …, pv_cny."""
    worth = ledgers.assign(pv_cny=ledgers["cny"] * ledgers["discount_factor"])
    return worth.groupby(KEYS, as_index=False, sort=False)[["pv_cny"]].sum()


def efficiency(ledgers: pd.DataFrame) -> pd.DataFrame:
    """Economic efficiency of the transport system: who of users and providers gains what.

    Returns
    -------
    DataFrame
        option_id, group (users, providers), purpose, mode, time_cny, operating_cny,
        unperceived_cny (running costs that drivers do not reckon with), charges_cny, revenue_cny,
        total_cny; present values, one row a purpose and mode, one for providers.
    """
    table = present_values(ledgers)
    table = table[table["account"].isin((USERS, PROVIDERS))]
    table = table.assign(
        purpose=table["purpose"].where(table["account"] == USERS, ""),
        mode=table["mode"].where(table["account"] == USERS, ""),
    )
    wide = table.pivot_table(
        index=["option_id", "account", "purpose", "mode"],
        columns="item",
        values="pv_cny",
        aggfunc="sum",
        fill_value=0.0,
        sort=False,
    )
    names = {
        "time": "time_cny",
        "operating": "operating_cny",
        "unperceived": "unperceived_cny",
        "toll": "charges_cny",
        "taker": "revenue_cny",
    }
    wide = wide.reindex(columns=list(names), fill_value=0.0).rename(columns=names)
    wide["total_cny"] = wide.sum(axis=1)
    return wide.reset_index().rename(columns={"account": "group"})


def public_accounts(ledgers: pd.DataFrame) -> pd.DataFrame:
    """What the public pays, at present value, positive; the residual value is negative.

    Tolls are shown with providers; taxes are not told apart from prices.

    Returns
    -------
    DataFrame
        option_id, item (capital, risk, optimism_bias, renewals, upkeep, energy, residual, total),
        pv_cny.
    """
    table = present_values(ledgers)
    table = table[table["account"] == PUBLIC]
    rows = table.assign(pv_cny=-table["pv_cny"])[["option_id", "item", "pv_cny"]]
    totals = rows.groupby("option_id", as_index=False, sort=False)[["pv_cny"]].sum()
    whole = pd.concat([rows, totals.assign(item="total")], ignore_index=True)
    order = {name: place for place, name in enumerate((*PUBLIC_ITEMS, "total"))}
    first = {name: place for place, name in enumerate(totals["option_id"])}
    whole = whole.assign(_option=whole["option_id"].map(first), _item=whole["item"].map(order))
    ordered = whole.sort_values(["_option", "_item"], ignore_index=True)
    return ordered[["option_id", "item", "pv_cny"]]


SUMMARY = {  # row of the monetised summary: accounts and items that it adds up
    "users_time": (USERS, ("time",)),
    "users_operating": (USERS, ("operating", "unperceived")),
    "users_charges": (USERS, ("toll",)),
    "providers": (PROVIDERS, ("taker",)),
    "accidents": (OTHERS, ("accidents",)),
    "co2_traffic": (OTHERS, ("co2",)),
    "co2_building": (OTHERS, ("embodied_co2",)),
    "co2_operation": (OTHERS, ("operation_co2",)),
    "air": (OTHERS, ("air",)),
    "disruption": (OTHERS, ("disruption",)),
}


def monetised_summary(ledgers: pd.DataFrame) -> pd.DataFrame:
    """Analysis of monetised costs and benefits: PVB, PVC, NPV, BCR, from what to what.

    Returns
    -------
    DataFrame
        One row an option: option_id, one ``…_cny`` column a row of the table, pvb_cny, pvc_cny,
        npv_cny, bcr (NaN without costs), reliability_cny (apart: in no total).
    """
    table = present_values(ledgers)
    rows = []
    for option, own in table.groupby("option_id", sort=False):
        row: dict[str, object] = {"option_id": option}
        benefit = 0.0
        for name, (account, items) in SUMMARY.items():
            worth = float(
                own.loc[(own["account"] == account) & own["item"].isin(items), "pv_cny"].sum()
            )
            row[f"{name}_cny"] = worth
            benefit += worth
        cost = -float(own.loc[own["account"] == PUBLIC, "pv_cny"].sum())
        row |= {
            "pvb_cny": benefit,
            "pvc_cny": cost,
            "npv_cny": benefit - cost,
            "bcr": benefit / cost if cost > 0 else np.nan,
            "reliability_cny": float(own.loc[own["account"] == APART, "pv_cny"].sum()),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def by_year(ledgers: pd.DataFrame) -> pd.DataFrame:
    """Gains and costs year by year and account: option_id, year, account, cny, pv_cny."""
    worth = ledgers.assign(pv_cny=ledgers["cny"] * ledgers["discount_factor"])
    keys = ["option_id", "year", "account"]
    return worth.groupby(keys, as_index=False, sort=False)[["cny", "pv_cny"]].sum()
