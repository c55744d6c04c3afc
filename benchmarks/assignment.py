"""Time the equilibrium against other programs, all in this run, on published networks.

    python benchmarks/assignment.py ChicagoSketch --gap 1e-6 --peers AequilibraE pytraf

Every run has a process of its own. All gaps are measured from the link flows by ``judge.py``; a
program whose flows miss the gap by that measure is asked for a smaller one. Runs of the programs
take turns, in the other order in every second round, and ratios are of runs of the same round.
"""

import argparse
import csv
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from judge import Verdict, judge
from peers import PROGRAMS, Order
from runs import Answer, Job, run

from networks import DATA, FILES, Plain, load, plain

OURS = "transitplan"
ROUNDING = 1e-3  # of a gap: what the judge and a program may differ by
TRIES = 8  # at a smaller gap
CLOSER = 0.95  # what a program is then asked for, as a share of what should do


@dataclass
class Score:
    """Runs of one program that reached the gap, or why there are none."""

    program: str
    asked: float  # gap that the program is asked for, so that the judge finds the wanted one
    answers: list[Answer] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    missed: str = ""


def main() -> None:
    """Run the rounds, print the table, append it to a file."""
    asked = _arguments()
    network, demand = load(asked.network, asked.data)
    net = plain(network, demand)
    scores = [Score(name, asked.gap) for name in (OURS, *asked.peers)]
    for turn in range(asked.pairs):
        for score in scores if turn % 2 == 0 else reversed(scores):
            if not score.missed:
                _add_run(score, net, asked)
    rows = [_row(score, scores[0], asked) for score in scores]
    for row in rows:
        print(_line(row))
    if asked.csv:
        _append(asked.csv, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", choices=sorted(FILES))
    parser.add_argument("--gap", type=float, default=1e-6, help="(TSTT − SPTT) / TSTT")
    parser.add_argument(
        "--peers", nargs="*", default=[], choices=sorted(set(PROGRAMS) - {OURS}), metavar="PEER"
    )
    parser.add_argument("--pairs", type=int, default=3, help="rounds")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a run")
    parser.add_argument("--method", default="", help="of transitplan, such as PathBased")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--csv", type=Path, help="append a row a program")
    return parser.parse_args()


def _add_run(score: Score, net: Plain, asked: argparse.Namespace) -> None:
    """Run a program to the wanted gap by the judge, or note how far it came."""
    for _ in range(TRIES):
        answer = run(_job(score, asked))
        if answer is None:
            score.missed = _how_far(score, net, asked)
            return
        verdict = judge(net, answer.flow_vph)
        if verdict.gap <= asked.gap * (1 + ROUNDING):
            score.answers.append(answer)
            score.verdicts.append(verdict)
            return
        if answer.wall_s >= asked.limit or answer.gap > score.asked:
            score.missed = _miss(asked, verdict, answer)
            return
        score.asked *= CLOSER * min(1.0, asked.gap / verdict.gap)
    score.missed = f"asked for {score.asked:.1e}: {_miss(asked, verdict, answer)}"


def _job(score: Score, asked: argparse.Namespace, **more: int) -> Job:
    method = asked.method if score.program == OURS else ""
    order = Order(score.asked, asked.threads, method, asked.limit)
    return Job(score.program, asked.network, str(asked.data), order._replace(**more))


def _how_far(score: Score, net: Plain, asked: argparse.Namespace) -> str:
    """Let a program that cannot be stopped do 1, 2, 4 … iterations; the last within the limit."""
    text, sweeps, last_s = f"not in {asked.limit:g} s", 1, 0.0
    while 2 * last_s < asked.limit:
        answer = run(_job(score, asked, sweeps=sweeps))
        if answer is None:
            break
        text = _miss(asked, judge(net, answer.flow_vph), answer)
        sweeps, last_s = 2 * sweeps, answer.wall_s
    return text


def _miss(asked: argparse.Namespace, verdict: Verdict, answer: Answer) -> str:
    at = f"gap {verdict.gap:.1e} after {answer.wall_s:.1f} s, {answer.iterations} iterations"
    stopped = answer.wall_s < asked.limit / 2
    return f"stopped: {at}" if stopped else f"not in {asked.limit:g} s: {at}"


def _row(score: Score, ours: Score, asked: argparse.Namespace) -> dict[str, str]:
    """One program as text: medians, ratios to transitplan pair by pair, gap and memory."""
    row = {
        "network": asked.network,
        "gap": f"{asked.gap:g}",
        "threads": str(asked.threads),
        "program": score.program,
        "version": version(score.program.removesuffix("-fixed")),
        "method": (asked.method or "own choice") if score.program == OURS else "",
        "pairs": str(len(score.answers)),
        **dict.fromkeys(("prepare_s", "cpu_s", "wall_s", "cpu_ratio", "wall_ratio"), ""),
        "gap_reached": "",
        "imbalance": "",
        "memory_mb": "",
        "note": score.missed,
    }
    if score.answers:
        for name in ("prepare_s", "cpu_s", "wall_s"):
            row[name] = f"{median(getattr(each, name) for each in score.answers):.3f}"
        row["gap_reached"] = f"{max(each.gap for each in score.verdicts):.1e}"
        row["imbalance"] = f"{max(each.imbalance for each in score.verdicts):.0e}"
        row["memory_mb"] = f"{max(each.memory_mb for each in score.answers):.0f}"
    if score is not ours and score.answers and ours.answers:
        row["cpu_ratio"] = _ratio(score, ours, "cpu_s")
        row["wall_ratio"] = _ratio(score, ours, "wall_s")
    return row


def _ratio(score: Score, ours: Score, name: str) -> str:
    """Median and range, pair by pair."""
    each = [
        getattr(theirs, name) / getattr(own, name)
        for theirs, own in zip(score.answers, ours.answers, strict=False)
    ]
    return f"{median(each):.1f} ({min(each):.1f} to {max(each):.1f})"


def _line(row: dict[str, str]) -> str:
    head = f"{row['network']} {row['gap']}, {row['threads']} threads, {row['program']:12}"
    if not row["cpu_s"]:
        return f"{head} {row['note']}"
    line = (
        f"{head} cpu {row['cpu_s']} s  wall {row['wall_s']} s  (prepared in {row['prepare_s']} s)  "
        f"gap {row['gap_reached']}  imbalance {row['imbalance']}  {row['memory_mb']} MB"
    )
    if row["cpu_ratio"]:
        line += f"  ratio cpu {row['cpu_ratio']}, wall {row['wall_ratio']}"
    return f"{line}  {row['note']}".rstrip()


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        if new:
            writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
