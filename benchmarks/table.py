"""Markdown of the rows that ``assignment.py --csv`` wrote.

    python benchmarks/table.py out.csv

One row a program and command, in the order of the file.
"""

import csv
import sys
from pathlib import Path

COLUMNS = {
    "network": "network",
    "gap": "gap",
    "threads": "threads",
    "program": "program",
    "cpu_s": "CPU [s]",
    "wall_s": "wall [s]",
    "cpu_ratio": "ratio of CPU",
    "wall_ratio": "ratio of wall",
    "gap_reached": "gap reached",
    "memory_mb": "memory [MB]",
    "pairs": "runs",
    "note": "",
}


def main() -> None:
    """Print the table."""
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    print("| " + " | ".join(COLUMNS.values()) + " |")
    print("| " + " | ".join("---" for _ in COLUMNS) + " |")
    for row in rows:
        method = f" ({row['method']})" if row["method"] else ""
        shown = row | {"program": f"{row['program']} {row['version']}{method}"}
        print("| " + " | ".join(shown[name] for name in COLUMNS) + " |")


if __name__ == "__main__":
    main()
