"""Work in fixed blocks on threads: the answer does not depend on how many threads there are."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

Block = TypeVar("Block")
BLOCKS = 16  # a fixed number: enough for the cores of a desk machine


def split(size: int, blocks: int = BLOCKS) -> list[tuple[int, int]]:
    """Cut 0 … size into at most ``blocks`` even ranges, none empty."""
    blocks = min(blocks, size)
    edges = [size * i // blocks for i in range(blocks + 1)] if blocks else []
    return list(pairwise(edges))


def run(work: Callable[[Block], None], blocks: Sequence[Block], threads: int | None) -> None:
    """Call ``work`` on each block; blocks must write to places of their own.

    The calling thread works too, so that a short run waits for no other thread to wake up.
    """
    waiting = iter(blocks)
    helpers = min(threads or os.cpu_count() or 1, len(blocks)) - 1
    helping = [_pool().submit(_drain, work, waiting) for _ in range(helpers)]
    try:
        _drain(work, waiting)
    finally:
        late = [each for each in helping if not each.cancel()]
        for each in late:
            each.result()  # raises what a block raised


def _drain(work: Callable[[Block], None], waiting: Iterator[Block]) -> None:
    try:
        for block in waiting:  # taking the next one is a single step for all threads
            work(block)
    finally:
        for _ in waiting:  # after an error the rest is not begun
            pass


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads that stay, since starting some takes as long as a small block."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="transitplan")


if hasattr(os, "register_at_fork"):  # threads do not come along to a forked process
    os.register_at_fork(after_in_child=_pool.cache_clear)
