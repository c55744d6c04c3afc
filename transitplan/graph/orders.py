"""Node orders of large networks, kept on disk: the same roads are not dissected twice.

An order is a file named by a hash of the roads it was made from, in the user's cache folder or
in ``TRANSITPLAN_CACHE``. A folder that cannot be written, or a damaged file, costs time and
nothing else.
"""

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pymetis
from platformdirs import user_cache_path

from transitplan.arrays import Ints
from transitplan.kernels.records import Int32s

WORTH_KEEPING = 20_000  # nodes; fewer are dissected in less time than a file is found
FOLDER = "TRANSITPLAN_CACHE"


def dissect(first: Ints, neighbour: Ints) -> Ints:
    """Rank of each node by nested dissection (METIS), (n_nodes,).

    Parameters
    ----------
    first
        The neighbours of node i are neighbour[first[i]] … neighbour[first[i + 1]], (n_nodes + 1,).
    neighbour
        Both ways, none twice and no node its own.
    """
    starts, ends = first.astype(np.int32), neighbour.astype(np.int32)
    if first.size <= WORTH_KEEPING:
        return _dissect(starts, ends)
    path = cache_folder() / "orders" / f"{_key(starts, ends)}.npy"
    kept = _kept(path, first.size - 1)
    if kept is not None:
        return kept
    rank = _dissect(starts, ends)
    _keep(path, rank)
    return rank


def cache_folder() -> Path:
    """Folder of what can be made again: ``TRANSITPLAN_CACHE``, or the user's cache."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else user_cache_path("transitplan")


def _dissect(first: Int32s, neighbour: Int32s) -> Ints:
    _, rank = pymetis.nested_dissection(pymetis.CSRAdjacency(first, neighbour))
    return np.asarray(rank, dtype=np.int64)


def _key(first: Int32s, neighbour: Int32s) -> str:
    """Hash of the roads and of what dissects them."""
    digest = hashlib.sha256(f"pymetis {version('pymetis')}".encode())
    digest.update(first.tobytes())
    digest.update(neighbour.tobytes())
    return digest.hexdigest()[:32]


def _kept(path: Path, n_nodes: int) -> Ints | None:
    """Rank as the file has it; nothing where there is none or it is not an order of the nodes."""
    try:
        rank = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    right = rank.shape == (n_nodes,) and np.issubdtype(rank.dtype, np.integer)
    if not right or not np.array_equal(np.sort(rank), np.arange(n_nodes)):
        return None
    return np.asarray(rank, dtype=np.int64)


def _keep(path: Path, rank: Ints) -> None:
    """Write an order under a name of this process, and rename it once it is whole."""
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    with suppress(OSError):  # a folder that is read-only or full: the order is made again then
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.save(file, rank.astype(np.int32))
        part.replace(path)
    with suppress(OSError):
        part.unlink(missing_ok=True)
