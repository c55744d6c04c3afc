"""Attribution: how the worth of a bundle is split among its parts.

Three answers to "what does this part add": what it is worth *first in*, alone; what is lost when it
is *left out* of the bundle; and its *Shapley value*, the mean of what it adds over all orders of
building (Shapley 1953, *A value for n-person games*). The first two sum to less or more than the
bundle wherever parts act on each other; Shapley values sum to it exactly, treat like parts alike
and give nothing to a part that never adds anything.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from math import factorial, sqrt
from typing import TypeAlias

import numpy as np
import pandas as pd

Parts: TypeAlias = frozenset[str]
Value: TypeAlias = Callable[[Parts], float]
EXACT_PARTS = 8  # up to so many, every subset is asked for
ORDERS = 200  # drawn where there are more


def subsets(parts: Iterable[str]) -> list[Parts]:
    """Every set of parts, from none to all."""
    names = sorted(parts)
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def attribute(
    parts: Iterable[str],
    value: Value,
    *,
    ask: Callable[[list[Parts]], object] | None = None,
    orders: int = ORDERS,
    seed: int = 1,
) -> pd.DataFrame:
    """Split the value of all parts together among them.

    Parameters
    ----------
    value
        Value of a set of parts; that of none is 0.
    ask
        Told all sets that will be needed before the first is, so that they can be solved at once.
    orders
        Drawn at random, each with its reverse, where there are more than ``EXACT_PARTS``.

    Returns
    -------
    DataFrame
        Index part; first_in, left_out, shapley, shapley_error (standard error; 0 where exact).

    Examples
    --------
    >>> worth = {"": 0.0, "a": 6.0, "b": 4.0, "ab": 8.0}
    >>> table = attribute("ab", lambda some: worth["".join(sorted(some))])
    >>> table["shapley"].to_dict(), table["left_out"].to_dict()
    ({'a': 5.0, 'b': 3.0}, {'a': 4.0, 'b': 2.0})
    """
    names = sorted(parts)
    every = frozenset(names)
    exact = len(names) <= EXACT_PARTS
    drawn = [] if exact else _orders(names, orders, np.random.default_rng(seed))
    wanted = subsets(names) if exact else [s for order in drawn for s in _built_up(order)]
    wanted += [frozenset({name}) for name in names] + [every - {name} for name in names]
    if ask is not None:
        ask(list(dict.fromkeys(wanted)))
    if exact:
        shares = {name: (_shapley(name, names, value), 0.0) for name in names}
    else:
        shares = _sampled(names, drawn, value)
    return pd.DataFrame(
        {
            "first_in": [value(frozenset({name})) for name in names],
            "left_out": [value(every) - value(every - {name}) for name in names],
            "shapley": [shares[name][0] for name in names],
            "shapley_error": [shares[name][1] for name in names],
        },
        index=pd.Index(names, name="part"),
    )


def _shapley(name: str, names: Sequence[str], value: Value) -> float:
    """Mean of what a part adds, over all orders."""
    n = len(names)
    return sum(
        factorial(len(some))
        * factorial(n - len(some) - 1)
        / factorial(n)
        * (value(some | {name}) - value(some))
        for some in subsets(set(names) - {name})
    )


def _orders(names: Sequence[str], wanted: int, rng: np.random.Generator) -> list[list[str]]:
    """Random orders, each followed by its reverse, which makes the means steadier."""
    drawn = [list(rng.permutation(names)) for _ in range(max(wanted // 2, 2))]
    return [order for each in drawn for order in (each, each[::-1])]


def _built_up(order: Sequence[str]) -> list[Parts]:
    return [frozenset(order[:size]) for size in range(len(order) + 1)]


def _sampled(
    names: Sequence[str], drawn: Sequence[Sequence[str]], value: Value
) -> dict[str, tuple[float, float]]:
    """Mean of what each part adds over drawn orders, and its standard error.

    Every order's additions sum to the bundle, so the means do.
    """
    added: dict[str, list[float]] = {name: [] for name in names}
    for order in drawn:
        steps = [value(some) for some in _built_up(order)]
        for place, name in enumerate(order):
            added[name].append(steps[place + 1] - steps[place])
    found = {}
    for name, each in added.items():
        pairs = np.reshape(each, (-1, 2)).mean(axis=1)  # an order and its reverse are one draw
        found[name] = (float(pairs.mean()), float(pairs.std(ddof=1) / sqrt(pairs.size)))
    return found
