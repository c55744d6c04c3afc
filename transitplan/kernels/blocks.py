"""Work in fixed blocks on threads: the answer does not depend on how many threads there are."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    """Call ``work`` on each block; blocks must write to places of their own."""
    workers = min(threads or os.cpu_count() or 1, len(blocks))
    if workers <= 1:
        for block in blocks:
            work(block)
        return
    with ThreadPoolExecutor(workers) as pool:
        _drain(pool.map(work, blocks))


def _drain(results: Iterator[None]) -> None:
    for _ in results:  # raises what a block raised
        pass
