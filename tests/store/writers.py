"""Processes that write into a store, to be killed or to get in each other's way.

python writers.py STORE endless SEED      puts runs until it is killed, prints each key once kept
python writers.py STORE same NAME COUNT   puts COUNT runs that others put too, each with its own
                                          content; prints key and content's writer
"""

import random
import sys
from pathlib import Path

from transitplan.store import Store, run_key

SIZE = 150_000  # bytes: several pages, so that a kill can fall into the middle


def endless(store, seed):
    luck = random.Random(seed)  # noqa: S311  no secret
    while True:
        inputs = {"seed": seed, "number": luck.random()}
        files = {f"{name}.bin": luck.randbytes(SIZE) for name in "abc"}
        run = store.put(run_key("test", inputs), "test", inputs, files, {"name": "endless"})
        print(run.key, flush=True)  # noqa: T201  told to the test


def same(store, name, count):
    for number in range(count):
        inputs = {"number": number}
        files = {f"{part}.bin": name.encode() * 10_000 for part in "abcd"}
        run = store.put(run_key("test", inputs), "test", inputs, files, {"name": name})
        seen = {run.content(file)[: len(name)].decode() for file in run.files}
        print(run.key, run.record["name"], *seen, flush=True)  # noqa: T201


if __name__ == "__main__":
    folder, what, *rest = sys.argv[1:]
    if what == "endless":
        endless(Store(Path(folder)), int(rest[0]))
    else:
        same(Store(Path(folder)), rest[0], int(rest[1]))
