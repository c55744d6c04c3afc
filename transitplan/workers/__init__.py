"""Workers: functions run on tasks, here, on processes of this machine, or on a Dask cluster."""

from transitplan.workers.face import Job, Shared, Workers
from transitplan.workers.opening import LOCAL, open_workers

__all__ = ("LOCAL", "Job", "Shared", "Workers", "open_workers")
