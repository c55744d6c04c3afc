"""One thread against two: wall and CPU time, and that the flows are the same to the last bit.

    python benchmarks/threads.py Berlin --gap 1e-6 --method PathBased

Each run has a process of its own. The exit status is 1 if flows differ.
"""

import argparse
from pathlib import Path
from statistics import median

from peers import Order
from runs import Answer, Job, run

from networks import DATA, FILES


def main() -> None:
    """Run pairs, print each and the median ratio; fail if flows differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", choices=sorted(FILES))
    parser.add_argument("--gap", type=float, default=1e-6)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="against 1")
    parser.add_argument("--method", default="")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a run")
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    ratios, same = [], True
    for _ in range(asked.pairs):
        one, more = (_run(asked, threads) for threads in (1, asked.threads))
        ratios.append(one.wall_s / more.wall_s)
        same &= one.flow_vph.tobytes() == more.flow_vph.tobytes()
        for threads, each in ((1, one), (asked.threads, more)):
            print(
                f"{asked.network} {asked.gap:g}, {threads} threads: wall {each.wall_s:.2f} s  cpu "
                f"{each.cpu_s:.2f} s  gap {each.gap:.1e}  {each.iterations} iterations"
            )
    print(f"wall ratio: median {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print("flows: the same bytes" if same else "flows: DIFFERENT")
    raise SystemExit(not same)


def _run(asked: argparse.Namespace, threads: int) -> Answer:
    order = Order(asked.gap, threads, asked.method, asked.limit)
    answer = run(Job("transitplan", asked.network, str(asked.data), order))
    if answer is None or answer.gap > asked.gap:
        raise SystemExit(f"{threads} threads: gap {asked.gap:g} not reached in {asked.limit:g} s.")
    return answer


if __name__ == "__main__":
    main()
