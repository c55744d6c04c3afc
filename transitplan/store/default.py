"""Where the runs of this user are kept, and how much they may take."""

import os
import re
from pathlib import Path

from transitplan.errors import ValidationError
from transitplan.store.store import LIMIT, Store

SETTING = "TRANSITPLAN_STORE"
OFF = "off"
DEFAULT_LIMIT = "20 GB"
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def default_store() -> Store | None:
    """Return the store that ``TRANSITPLAN_STORE`` names: a folder, or ``off`` for none.

    Without it, ``runs`` in the user's own data folder. ``TRANSITPLAN_STORE_LIMIT`` says how large
    it may grow, 20 GB by default.
    """
    given = os.environ.get(SETTING, "")
    return None if given.lower() == OFF else store_at(Path(given) if given else None)


def store_at(folder: Path | None) -> Store:
    """Return the store of a folder, or of the user, within the limit that is set."""
    from platformdirs import user_data_path  # here: help needs no folder

    limit = read_bytes(os.environ.get(LIMIT) or DEFAULT_LIMIT, LIMIT)
    return Store(folder or user_data_path("transitplan") / "runs", most_bytes=limit)


def read_bytes(text: str, name: str) -> int:
    """Read a size as people write it.

    Raises
    ------
    ValidationError
        If it is none; ``name`` says of what.

    Examples
    --------
    >>> read_bytes("1.5 GB", "--max-size"), read_bytes("300k", "--max-size")
    (1500000000, 300000)
    """
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kmgt]?)b?\s*", text.lower())
    if found is None:
        raise ValidationError(f"{name} {text}: write a size, as 500 MB or 20 GB.")
    return int(float(found[1]) * UNITS[found[2]])
