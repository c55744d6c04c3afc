"""The page of a run: what moved against which baseline, and why; both languages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write_page(records: Sequence[Mapping[str, Any]], orphans: Sequence[str], path: Path) -> None:
    """Write."""
    del records, orphans, path
