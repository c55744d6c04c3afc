"""What a boarding costs on each line."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.model.service import TransitService


def route_fares(service: TransitService) -> "pd.Series[Any]":
    """Fare of a boarding on each route, by route_id [currency of the feed].

    The least of the fares whose rules name the route alone, else of the fares without rules or with
    a rule that names nothing; 0 where there is none. Fares between zones and free changes are not
    followed.
    """
    fares, rules = service.table("fare_attributes"), service.table("fare_rules")
    routes = pd.Index(service.routes["route_id"])
    price = dict(zip(fares["fare_id"], fares["price"], strict=True))
    zoned = (rules[["origin_id", "destination_id", "contains_id"]] != "").any(axis=1)
    blank = ~zoned & (rules["route_id"] == "")  # such a rule holds for every ride
    bound = set(rules["fare_id"]) - set(rules["fare_id"][blank])
    anywhere = [cost for fare, cost in price.items() if fare not in bound]
    own: dict[str, float] = {}
    for route, fare in zip(rules["route_id"][~zoned], rules["fare_id"][~zoned], strict=True):
        own[route] = min(price[fare], own.get(route, np.inf))
    usual = min(anywhere, default=0.0)
    return pd.Series([own.get(route, usual) for route in routes], index=routes, dtype=np.float64)
