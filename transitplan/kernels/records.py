"""Groups of arrays that kernels receive together: positions, C-contiguous, units in names."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Int32s: TypeAlias = npt.NDArray[np.int32]
Int8s: TypeAlias = npt.NDArray[np.int8]
Bools: TypeAlias = npt.NDArray[np.bool_]
Links: TypeAlias = tuple[Floats, Floats, Floats]  # flow pce/h, time or cost s, slope s h/pce


class Graph(NamedTuple):
    """Links sorted by tail (CSR): the links that leave node i are first_out[i] … first_out[i+1]."""

    first_out: Ints  # (n_nodes + 1,)
    tail: Int32s  # (n_links,)
    head: Int32s  # (n_links,)
    passable: Bools  # (n_nodes,) False: a path may start or end here, not pass


class Delay(NamedTuple):
    """Volume-delay function of each link, (n_links,): ``kernels.delay`` has the formulas."""

    kind: Int8s  # which function: ``delay.BPR``, …
    free_s: Floats
    rise_s: Floats  # what the shape of the function is multiplied by
    inverse_capacity: Floats  # h/pce; 0 where there is no capacity, which a constant time allows
    power: Floats  # parameter of the shape


class Pairs(NamedTuple):
    """Demand as trees of origin-destination pairs; a tree is one class at one origin."""

    tree_class: Ints  # (n_trees,)
    origin: Ints  # (n_trees,) node
    first_pair: Ints  # (n_trees + 1,) the pairs of tree i are first_pair[i] … first_pair[i+1]
    destination: Ints  # (n_pairs,) node
    trips: Floats  # (n_pairs,) veh/h


class Paths(NamedTuple):
    """A growing pool of paths, one linked list a pair."""

    first: Ints  # (n_pairs,) first path of the pair, -1 where it has none
    n_paths: Ints  # (n_pairs,) paths of the pair
    following: Ints  # (room,) next path of the same pair, -1 at the end
    start: Ints  # (room,) where the path's links begin in ``links``
    size: Ints  # (room,) how many links it has
    flow: Floats  # (room,) veh/h
    money_s: Floats  # (room,) tolls and distance cost along the path, in seconds of its class
    links: Int32s  # (links room,) links of the paths, from the destination back to the origin
