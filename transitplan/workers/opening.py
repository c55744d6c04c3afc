"""Open the workers that a command line or a function asks for."""

import os
import re

from transitplan.errors import NotFoundError, ValidationError
from transitplan.workers.face import Here, Workers
from transitplan.workers.processes import Processes

LOCAL = "local"
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://\S+")


def open_workers(processes: int | None = None, cluster: str = "") -> Workers:
    """Return workers; processes of this machine start when they are first needed.

    Parameters
    ----------
    processes
        How many; as many as cores by default, 1 runs in this process. Of ``cluster="local"`` too.
    cluster
        Address of the scheduler of a Dask cluster, ``tcp://host:8786``; ``local``: a Dask cluster
        of processes on this machine. Without it, processes without Dask.

    Raises
    ------
    ValidationError
        If the address is none, or a number of processes was given with it.
    NotFoundError
        If dask.distributed is not installed, or nobody answers at the address.

    Examples
    --------
    >>> from transitplan.workers import Job, Shared
    >>> with open_workers(processes=1) as workers:
    ...     ten = Shared("ten", 10)
    ...     jobs = [Job(task, [ten], str(task)) for task in (3, 4)]
    ...     dict(workers.map(pow, jobs))
    {0: 59049, 1: 1048576}
    """
    if not cluster:
        count = processes or os.cpu_count() or 1
        return Processes(count) if count > 1 else Here()
    if cluster != LOCAL and not ADDRESS.fullmatch(cluster):
        raise ValidationError(
            f"cluster {cluster!r}: use {LOCAL}, or the address of a Dask scheduler, as "
            "tcp://host:8786."
        )
    if cluster != LOCAL and processes is not None:
        raise ValidationError(
            "processes: a Dask cluster at an address has the workers that it has. Leave it out."
        )
    try:
        from transitplan.workers.dask_cluster import DaskWorkers  # an extra; slow to import
    except ImportError:
        raise NotFoundError(
            "a cluster needs dask.distributed. Install it: pip install 'transitplan[cluster]'."
        ) from None
    return DaskWorkers("" if cluster == LOCAL else cluster, processes)
