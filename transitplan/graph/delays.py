"""The volume-delay function of each link: that of its class in ``vdf.csv``, else its own BPR."""

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, frozen
from transitplan.errors import ValidationError
from transitplan.kernels.delay import BPR, CONSTANT
from transitplan.kernels.records import Delay
from transitplan.model.checks import rows_text
from transitplan.model.network import Network


def compile_delay(network: Network, free_time_s: Floats, capacity_vph: Floats) -> Delay:
    """Return the arrays that delay kernels read, in the order of the link table.

    Raises
    ------
    ValidationError
        If a link whose time depends on its flow has no capacity.
    """
    links = network.links
    alpha, beta = (links[name].to_numpy(dtype=np.float64) for name in ("vdf_alpha", "vdf_beta"))
    functions = network.delay_functions
    members = {name: (links["facility_type"] == name).to_numpy() for name in functions}
    congested = alpha > 0
    for name, function in functions.items():
        congested[members[name]] = function.needs_capacity
    _check_capacity(links, (capacity_vph <= 0) & congested)
    delay = Delay(
        kind=np.where(alpha > 0, BPR, CONSTANT).astype(np.int8),
        free_s=free_time_s,
        rise_s=free_time_s * alpha,
        inverse_capacity=np.divide(
            1.0, capacity_vph, out=np.zeros(capacity_vph.size), where=capacity_vph > 0
        ),
        power=beta.copy(),
    )
    length_m = links["length_m"].to_numpy(dtype=np.float64)
    for name, function in functions.items():
        mine = members[name]
        own = function.delay(capacity_vph[mine], free_time_s[mine], length_m[mine])
        delay.kind[mine], delay.rise_s[mine], delay.power[mine] = own.kind, own.rise_s, own.power
    return delay


def with_turns(delay: Delay, penalty_s: Floats) -> Delay:
    """Append turns, whose time is their penalty whatever their flow."""
    nothing = np.zeros(penalty_s.size)
    kinds = np.full(penalty_s.size, CONSTANT, np.int8)
    return Delay(
        np.concatenate([delay.kind, kinds]),
        np.concatenate([delay.free_s, penalty_s]),
        np.concatenate([delay.rise_s, nothing]),
        np.concatenate([delay.inverse_capacity, nothing]),
        np.concatenate([delay.power, nothing]),
    )


def in_order(delay: Delay, order: Ints) -> Delay:
    """Return the same functions in another order of links, no longer writable."""
    return Delay(
        frozen(delay.kind[order]),
        frozen(delay.free_s[order]),
        frozen(delay.rise_s[order]),
        frozen(delay.inverse_capacity[order]),
        frozen(delay.power[order]),
    )


def _check_capacity(links: pd.DataFrame, closed: Bools) -> None:
    if closed.any():
        raise ValidationError(
            f"link.csv, column capacity: {rows_text(links, closed)}: no capacity, where delay "
            "depends on it. Give a capacity; use an edit to close a link instead."
        )
