"""Optimal strategies to many destinations, in fixed blocks on threads."""

from collections.abc import Sequence

import numpy as np

from transitplan.arrays import Floats
from transitplan.kernels import blocks
from transitplan.kernels.hyperpath import Services, Trips, strategy_block


def load_strategies(
    net: Services,
    demand: Trips,
    *,
    fields: Sequence[Floats] = (),
    waits: Sequence[float] = (),
    threads: int | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Load trips on their best strategies.

    Parameters
    ----------
    net, demand
        Positions inside; see ``kernels.hyperpath``.
    fields
        Quantities of the links to add up along the strategies, (n_links,) each.
    waits
        What a unit of waiting counts in each of them.
    threads
        At most so many; all cores by default. The answer is the same for any number.

    Returns
    -------
    tuple
        Expected cost of each pair, (n_pairs,); the quantities, (n_fields, n_pairs); both inf where
        the destination is not reached; and the volume of each link, (n_links,).
    """
    n_pairs, n_links = demand.origin.size, net.tail.size
    parts = blocks.split(demand.destination.size)
    quantities = np.array(fields, np.float64).reshape(len(fields), n_links)
    counts = np.array(waits, np.float64)
    cost, found = np.empty(n_pairs), np.empty((len(fields), n_pairs))
    volume = np.zeros((len(parts), n_links))

    def work(place: int) -> None:
        strategy_block(net, demand, parts[place], quantities, counts, cost, found, volume[place])

    blocks.run(work, range(len(parts)), threads)
    return cost, found, volume.sum(axis=0)
