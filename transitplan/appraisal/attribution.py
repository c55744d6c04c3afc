"""Attribution: how the worth of a bundle is split among its parts.

Three answers to "what does this part add": what it is worth *first in*, alone; what is lost when it
is *left out* of the bundle; and its *Shapley value*, the mean of what it adds over all orders of
building (Shapley 1953, *A value for n-person games*). The first two sum to less or more than the
bundle wherever parts act on each other; Shapley values sum to it exactly, treat like parts alike
and give nothing to a part that never adds anything.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import log, sqrt
from typing import TypeAlias

import numpy as np
import pandas as pd

Parts: TypeAlias = frozenset[str]
Value: TypeAlias = Callable[[Parts], float]
Needs: TypeAlias = Mapping[str, Collection[str]]
EXACT_PARTS = 8  # up to so many, every subset is asked for; or as many sets, where some need others
ORDERS = 200  # drawn where there are more
MIXING = 3  # steps of the walk between two drawn orders, times n² ln n


def subsets(parts: Iterable[str], needs: Needs | None = None) -> list[Parts]:
    """Every set of parts, from none to all, that holds whatever its parts need."""
    return list(_closed(sorted(parts), needs or {}))


def _closed(names: Sequence[str], needs: Needs) -> Iterator[Parts]:
    """Sets of parts that hold what their parts need, small ones first."""
    layer = {frozenset[str]()}
    while layer:
        yield from sorted(layer, key=sorted)
        layer = {
            some | {name}
            for some in layer
            for name in names
            if name not in some and some.issuperset(needs.get(name, ()))
        }


def attribute(
    parts: Iterable[str],
    value: Value,
    *,
    needs: Needs | None = None,
    ask: Callable[[list[Parts]], object] | None = None,
    orders: int = ORDERS,
    seed: int = 1,
) -> pd.DataFrame:
    """Split the value of all parts together among them.

    Parameters
    ----------
    value
        Value of a set of parts; that of none is 0.
    needs
        What each part needs before it, directly or by way of others, all being parts. No set that
        lacks it is asked for: what is alone first in is joined by what it needs, what is left out
        takes along what needs it, and the mean is over the orders that are possible (Faigle & Kern
        1992, *The Shapley value for cooperative games under precedence constraints*).
    ask
        Told all sets that will be needed before the first is, so that they can be solved at once.
    orders
        Drawn at random where there are more than ``EXACT_PARTS``, each with its reverse where that
        is possible.

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
    names, needs = sorted(parts), needs or {}
    every = frozenset(names)
    most = 2**EXACT_PARTS
    sets = list(islice(_closed(names, needs), most + 1))
    exact = len(sets) <= most
    drawn = [] if exact else _orders(names, needs, orders, np.random.default_rng(seed))
    wanted = list(sets) if exact else [some for order in drawn for some in _built_up(order)]
    first, later = _ends(names, needs)
    wanted += [some for name in names for some in (first[name], first[name] - {name})]
    wanted += [every - later[name] for name in names]
    if ask is not None:
        ask(list(dict.fromkeys(wanted)))
    shares = _shapley(names, sets, value) if exact else _sampled(names, drawn, value)
    return pd.DataFrame(
        {
            "first_in": [value(first[name]) - value(first[name] - {name}) for name in names],
            "left_out": [value(every) - value(every - later[name]) for name in names],
            "shapley": [shares[name][0] for name in names],
            "shapley_error": [shares[name][1] for name in names],
        },
        index=pd.Index(names, name="part"),
    )


def _ends(names: Sequence[str], needs: Needs) -> tuple[dict[str, Parts], dict[str, Parts]]:
    """Each part with what it needs, and with what needs it."""
    first = {name: frozenset({name, *needs.get(name, ())}) for name in names}
    later = {name: frozenset(other for other in names if name in first[other]) for name in names}
    return first, later


def _shapley(
    names: Sequence[str], sets: Sequence[Parts], value: Value
) -> dict[str, tuple[float, float]]:
    """Mean of what each part adds over all possible orders, and no error.

    Each step from a set to a larger one counts as often as orders lead through it: the ways to
    build the set times the ways to go on from the larger one.
    """
    known = frozenset(sets)
    steps = [
        (some, name)
        for some in sets
        for name in names
        if name not in some and some | {name} in known
    ]
    ways_to = dict.fromkeys(sets, 0) | {frozenset[str](): 1}
    for some, name in steps:
        ways_to[some | {name}] += ways_to[some]
    ways_on = dict.fromkeys(sets, 0) | {frozenset(names): 1}
    for some, name in reversed(steps):
        ways_on[some] += ways_on[some | {name}]
    shares = dict.fromkeys(names, 0.0)
    for some, name in steps:
        through = ways_to[some] * ways_on[some | {name}] / ways_to[frozenset(names)]
        shares[name] += through * (value(some | {name}) - value(some))
    return {name: (share, 0.0) for name, share in shares.items()}


def _orders(
    names: Sequence[str], needs: Needs, wanted: int, rng: np.random.Generator
) -> list[list[str]]:
    """Random orders: each followed by its reverse, which makes the means steadier, where it may.

    Where parts need others, a walk that swaps neighbours where it may visits all possible orders
    alike often (Karzanov & Khachiyan 1991).
    """
    half = max(wanted // 2, 2)
    if not any(needs.get(name) for name in names):
        drawn = [list(rng.permutation(names)) for _ in range(half)]
        return [order for each in drawn for order in (each, each[::-1])]
    order = sorted(names, key=lambda name: len(needs.get(name, ())))
    between = int(MIXING * len(names) ** 2 * max(log(len(names)), 1.0))
    drawn = []
    for _ in range(2 * half):
        for place in rng.integers(0, 2 * (len(names) - 1), between):
            if place < len(names) - 1 and order[place] not in needs.get(order[place + 1], ()):
                order[place], order[place + 1] = order[place + 1], order[place]
        drawn.append(list(order))
    return drawn


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
