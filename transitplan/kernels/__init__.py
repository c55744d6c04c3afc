"""Loops over plain arrays, compiled by numba: no ids, no tables, no files."""

from pathlib import Path


def drop_stale(folder: Path) -> None:
    """Delete compiled kernels that are older than any source of the folder.

    numba renews a cached kernel when its own file changes, not when a kernel that it calls does: a
    changed ``dijkstra.py`` would leave the old search inside the loading that was compiled with it.
    """
    newest = max(source.stat().st_mtime for source in folder.glob("*.py"))
    for cached in folder.glob("__pycache__/*.nb[ic]"):
        try:
            if cached.stat().st_mtime < newest:
                cached.unlink()
        except OSError:  # another process was faster, or the folder is read-only
            continue


drop_stale(Path(__file__).parent)
