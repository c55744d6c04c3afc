"""Which card wrote which row."""

from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.testing.inputs import WRITES


def written_by(cards: Any, root: Path) -> pd.DataFrame | None:
    """One row for each property of each row that a card wrote, as text; None without cards."""
    if cards is None:
        return None
    del root
    rows = [
        ("link", each.strip(), row["property"], row["project"], "")
        for row in cards.report.to_dict("records")
        for each in row["ids"].replace(" …", "").split(",")
        if row["table"] == "link"
    ]
    return pd.DataFrame(rows, columns=WRITES, dtype=object)
