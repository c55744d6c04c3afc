"""The run store: every finished run a folder named by the hash of its inputs."""

from transitplan.store.default import default_store
from transitplan.store.keys import check_software, run_key, software
from transitplan.store.run import StoredRun
from transitplan.store.store import Store

__all__ = ("Store", "StoredRun", "check_software", "default_store", "run_key", "software")
