"""Presets: parameters of the appraisal that a case need not give, after the practice of a country.

They are tables of the package, ``appraisal/presets/*.csv``, with value, range, source, status and
what is unconfirmed of each. A case names one in ``case.toml``, and where it wants one a preset of
trips too; its own rows stand above the presets'.
"""

from difflib import get_close_matches
from importlib.resources import as_file, files

import pandas as pd

from transitplan.errors import NotFoundError, likely
from transitplan.io.text import read_text_table

PRESETS = ("china", "uk_tag", "simple")
DEFAULT_PRESET = "china"
TRIPS = "trips_"  # how names of tables of demand rows begin
_LIKENESS = 0.85  # of a misspelt name


def preset_rows(name: str) -> pd.DataFrame:
    """Rows of a preset: those of a parameter table, and ``unconfirmed``.

    Raises
    ------
    NotFoundError
        If there is no such preset.

    Examples
    --------
    >>> rows = preset_rows("uk_tag").set_index("parameter_id")
    >>> float(rows.loc["optimism_bias_1", "value"])
    0.66
    """
    if name not in PRESETS:
        raise NotFoundError(
            f"preset: {name!r} is none. Use one of {', '.join(PRESETS)}.{likely(name, PRESETS)}"
        )
    return table_rows(name)


def table_rows(name: str) -> pd.DataFrame:
    """Rows of a table of the package."""
    table = files("transitplan") / "appraisal" / "presets" / f"{name}.csv"
    with as_file(table) as path:
        rows = read_text_table(path)
    numbers = ["value", "low", "high"]
    return rows.assign(**{column: pd.to_numeric(rows[column]) for column in numbers})


def completed(own: pd.DataFrame, preset: str, trips: str = "") -> pd.DataFrame:
    """Return a case's own rows and, below them, those of the presets that it does not give.

    trips
        Preset of trips, ``jinan``: rows of demand, costs and toll answers; none where empty.

    Raises
    ------
    NotFoundError
        If there is no such preset.
    """
    rows = preset_rows(preset)
    if trips:
        rows = pd.concat([table_rows(f"{TRIPS}{trips}"), rows], ignore_index=True)
    more = rows[~rows["parameter_id"].isin(own["parameter_id"])]
    return pd.concat([own, more], ignore_index=True).fillna({"unconfirmed": ""})


def overridden(rows: pd.DataFrame, preset: str) -> pd.DataFrame:
    """Return a parameter table with all rows of a preset in place of its own.

    Raises
    ------
    NotFoundError
        If there is no such preset.
    """
    new = preset_rows(preset)
    kept = rows[~rows["parameter_id"].isin(new["parameter_id"])]
    return pd.concat([kept, new], ignore_index=True).fillna({"unconfirmed": ""})


def misspelt(own: pd.DataFrame, preset: str, known: tuple[str, ...]) -> list[str]:
    """Rows of a case whose name is nearly one of the preset's, and would change nothing."""
    names = set(preset_rows(preset)["parameter_id"])
    given = [str(name) for name in own["parameter_id"]]
    strange = [name for name in given if name not in names and name not in known]
    near = {name: get_close_matches(name, names, n=1, cutoff=_LIKENESS) for name in strange}
    return [
        f"parameter table: {name} is no parameter. Is it {close[0]}?"
        for name, close in near.items()
        if close and close[0] not in given
    ]
