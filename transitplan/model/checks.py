"""Every problem of a set of tables, as text: the file, the column, the rows, the next step.

Tables are checked once, at the border. The rules of single columns come from ``model.tables``;
those that join tables (dangling nodes, zones without connector) are functions below.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import listed
from transitplan.model.delay_functions import FUNCTIONS, parameter_problems, parameter_rules
from transitplan.model.tables import NO_USE, NOT_PASSABLE, TABLES, Column

Tables = Mapping[str, pd.DataFrame]
ALIKE = 0.85  # how alike two names must be for one to be a slip of the other
HEADER_LINES = 1  # a table's first row stands on line 2 of its file


def misspelt(
    table: str,
    frame: pd.DataFrame,
    rules: tuple[Column, ...] | None = None,
    *,
    suffix: str = ".csv",
) -> list[str]:
    """Columns that are almost one of ours which is absent: most likely a slip, never ignored.

    The name of a column on disk (``toll``) is such a slip where the model has another
    (``toll_cny``): by now ``io`` has converted those that came from files.
    """
    rules = TABLES[table] if rules is None else rules
    known = {rule.name for rule in rules}
    absent = {
        name: rule.name
        for rule in rules
        if rule.name not in frame.columns
        for name in (rule.name, rule.on_disk)
    }
    found = []
    for label in frame.columns:
        if label in known:
            continue
        for name in get_close_matches(str(label), absent, n=1, cutoff=ALIKE):
            meant = absent[name] if name == label else name
            found.append(
                f"{table}{suffix}, column {label}: not known. Did you mean {meant}? Rename it."
            )
    return found


def problems(tables: Tables, *, projected: bool) -> list[str]:
    """All problems of the tables; an empty list when they are sound.

    Parameters
    ----------
    tables
        Frames by table name, with the model's column names, rows in file order.
    projected
        Whether coordinates are metres on the ground, so that lengths can be held against them.
    """
    found = [
        text
        for name, frame in tables.items()
        for rule in TABLES[name]
        for text in column_problems(name, frame, rule, tables)
    ]
    if found:  # the joins below would only repeat them
        return found
    joins: list[Callable[[Tables], list[str]]] = [
        _one_way,
        _link_times,
        _loops,
        _centroids,
        _uses,
        _crossings,
        _delay_functions,
        _movements,
    ]
    if projected:
        joins.append(_lengths)
    return [text for join in joins for text in join(tables)]


def rows_text(frame: pd.DataFrame, wrong: Bools) -> str:
    """Name rows by their line in the file: ``2 of 76 rows (lines 15, 40)``."""
    at = np.flatnonzero(wrong)
    # Rows of a timetable keep the number that they have in their file, empty lines counted.
    rows = frame.index.to_numpy()[at] if frame.index.dtype.kind == "i" else at
    lines = rows + 1 + HEADER_LINES
    noun = "line" if len(lines) == 1 else "lines"
    return f"{len(lines)} of {len(frame)} rows ({noun} {listed(lines)})"


def column_problems(
    table: str, frame: pd.DataFrame, rule: Column, tables: Tables, *, suffix: str = ".csv"
) -> list[str]:
    """Problems of one column: absent, empty, repeated, out of range, unknown, dangling."""
    where = f"{table}{suffix}, column {rule.on_disk}"
    if rule.name not in frame.columns:
        return [f"{where}: the column is missing. Add it: {rule.note}."] if rule.required else []
    values = frame[rule.name]
    empty = values.isna().to_numpy() | (values == "").fillna(value=False).to_numpy(dtype=bool)
    checks: list[tuple[Bools, str]] = []
    if rule.required:
        checks.append((empty, f"empty. Fill them: {rule.note}"))
    if rule.unique:
        repeated = values.duplicated(keep=False).to_numpy() & ~empty
        checks.append(
            (repeated, f"the same value twice{_example(values, repeated)}. Renumber them")
        )
    if rule.kind in {"int", "float", "time"}:
        checks += _range_checks(values.to_numpy(dtype=float), rule)
    if rule.choices:
        wrong = ~values.isin(rule.choices).to_numpy() & ~empty
        known = ", ".join(choice for choice in rule.choices if choice)
        checks.append((wrong, f"an unknown value{_example(values, wrong)}. Use one of: {known}"))
    if rule.refers_to:
        checks.append(_reference_check(values, empty, rule, tables, suffix))
    return [f"{where}: {rows_text(frame, wrong)}: {what}." for wrong, what in checks if wrong.any()]


def _example(values: "pd.Series[Any]", wrong: Bools) -> str:
    if not wrong.any():
        return ""
    value = values[wrong].iloc[0]
    value = value.item() if isinstance(value, np.generic) else value
    return f" ({value!r})"


def _range_checks(
    numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]", rule: Column
) -> list[tuple[Bools, str]]:
    low = -np.inf if rule.low is None else rule.low
    high = np.inf if rule.high is None else rule.high
    unit = f" {rule.unit}" if rule.unit else ""
    checks = []
    for wrong, what in (
        (numbers < low, f"below {low:g}{unit}"),
        ((numbers > high) | np.isinf(numbers), f"above {high:g}{unit}"),
    ):
        if wrong.any():
            example = numbers[wrong][0]
            checks.append((wrong, f"{what} (found {example:g}). Correct the value or its unit"))
    return checks


def _reference_check(
    values: "pd.Series[Any]", empty: Bools, rule: Column, tables: Tables, suffix: str
) -> tuple[Bools, str]:
    table, _, name = rule.refers_to.partition(".")
    known = tables[table][name] if table in tables else pd.Series(dtype=object)
    wrong = ~values.isin(known).to_numpy() & ~empty
    return wrong, (
        f"not in {table}{suffix}{_example(values, wrong)}. Add the row there or correct the id"
    )


def _in_links(tables: Tables, wrong: Bools, column: str, what: str) -> list[str]:
    """One problem of the link table, where any row has it."""
    if not wrong.any():
        return []
    return [f"link.csv, column {column}: {rows_text(tables['link'], wrong)}: {what}"]


def _link_times(tables: Tables) -> list[str]:
    links = tables["link"]
    timeless = (links["free_speed_kph"].isna() & links["free_time_s"].isna()).to_numpy()
    what = "neither free_speed nor free_time_s is given. Fill one of them."
    return _in_links(tables, timeless, "free_speed", what)


def _one_way(tables: Tables) -> list[str]:
    both = ~tables["link"]["directed"].to_numpy(dtype=bool)
    what = (
        "a row stands for one direction here. Write two rows, one each way, and set directed to "
        "true."
    )
    return _in_links(tables, both, "directed", what)


def _crossings(tables: Tables) -> list[str]:
    if "crossing" not in tables:
        return []
    crossing = tables["link"]["crossing_id"]
    wrong = ~crossing.isin({"", *tables["crossing"]["crossing_id"]}).to_numpy()
    example = _example(crossing, wrong)
    what = f"not in crossing.csv{example}. Add the row there or correct the id."
    return _in_links(tables, wrong, "crossing_id", what)


def _delay_functions(tables: Tables) -> list[str]:
    """Parameters that a function lacks, may not have or does not know."""
    table = tables.get("vdf", pd.DataFrame())
    found = []
    for line, row in enumerate(table.to_dict("records"), start=1 + HEADER_LINES):
        function = FUNCTIONS[row["function"]]
        given = {name: row[name] for name in parameter_rules() if not pd.isna(row[name])}
        wrong = parameter_problems(function, given)
        own = [name for name, users in parameter_rules().items() if row["function"] in dict(users)]
        for name in parameter_rules():
            text = ""
            if name in own and name not in given:
                text = f"empty, and {row['function']} needs it. Fill it"
            elif name in own and name in wrong:
                text = f"{wrong[name]}. Correct it"
            elif name not in own and name in given:
                takes = ", ".join(own) or "no parameter"
                text = f"{row['function']} takes {takes}. Empty the cell"
            if text:
                found.append(
                    f"vdf.csv, column {name}: 1 of {len(table)} rows (line {line}): {text}."
                )
    return found


def _movements(tables: Tables) -> list[str]:
    """Turns whose links do not meet at their node, and turns listed twice."""
    if "movement" not in tables:
        return []
    table, links = tables["movement"], tables["link"].set_index("link_id")
    found = []
    for column, end, verb in (
        ("ib_link_id", "to_node_id", "end"),
        ("ob_link_id", "from_node_id", "start"),
    ):
        wrong = links.loc[table[column], end].to_numpy() != table["node_id"].to_numpy()
        if wrong.any():
            found.append(
                f"movement.csv, column {column}: {rows_text(table, wrong)}: the link does not "
                f"{verb} at the movement's node{_example(table[column], wrong)}. Correct the link "
                "or node_id."
            )
    lanes = ["start_ib_lane", "end_ib_lane", "start_ob_lane", "end_ob_lane"]
    twice = table.duplicated(["ib_link_id", "ob_link_id", *lanes], keep=False).to_numpy()
    if twice.any():
        found.append(
            f"movement.csv, column ob_link_id: {rows_text(table, twice)}: the same turn twice. "
            "Keep one row, or give the lanes that each is for."
        )
    return found


def _loops(tables: Tables) -> list[str]:
    links = tables["link"]
    loops = (links["from_node_id"] == links["to_node_id"]).to_numpy()
    return _in_links(tables, loops, "to_node_id", "the link ends where it starts.")


def _centroids(tables: Tables) -> list[str]:
    if "zone" not in tables:
        return []
    zones, nodes, links = tables["zone"], tables["node"], tables["link"]
    centroids = nodes[nodes["zone_id"].notna()]
    found = []
    counts = centroids["zone_id"].value_counts().reindex(zones["zone_id"], fill_value=0).to_numpy()
    for wrong, what in ((counts == 0, "no node in node.csv"), (counts > 1, "more than one node")):
        if wrong.any():
            found.append(
                f"zone.csv, column zone_id: {rows_text(zones, wrong)}: the zone has {what}. "
                "Give it one centroid node with this zone_id."
            )
    ends = pd.concat([links["from_node_id"], links["to_node_id"]])
    joined = centroids["node_id"].isin(ends)
    lonely = zones["zone_id"].isin(centroids.loc[~joined, "zone_id"]).to_numpy()
    if lonely.any():
        found.append(
            f"zone.csv, column zone_id: {rows_text(zones, lonely)}: no link joins the zone's "
            "centroid. Add a connector to link.csv."
        )
    return found


def _uses(tables: Tables) -> list[str]:
    if "use_definition" not in tables:
        return []
    known = {"all", *tables["use_definition"]["use"]}
    found = []
    if "use_group" in tables:
        groups = tables["use_group"]
        wrong = _names_outside(groups["uses"], known)
        if wrong.any():
            found.append(
                f"use_group.csv, column uses: {rows_text(groups, wrong)}: a use that "
                "use_definition.csv does not have."
            )
        known |= set(groups["use_group"])
    for name, more in (("link", set()), ("movement", {NO_USE})):
        if name not in tables:
            continue
        allowed = tables[name]["allowed_uses"]
        wrong = _names_outside(allowed, known | more)
        if wrong.any():
            found.append(
                f"{name}.csv, column allowed_uses: {rows_text(tables[name], wrong)}: a use that "
                f"neither use_definition.csv nor use_group.csv has{_example(allowed, wrong)}."
            )
    return found


def _names_outside(texts: "pd.Series[str]", known: set[str]) -> Bools:
    wrong = {
        text: any(name.strip() not in known for name in text.split(",") if name.strip())
        for text in texts.unique()
    }
    return texts.map(wrong).to_numpy(dtype=bool)


def _lengths(tables: Tables) -> list[str]:
    """Lengths that cannot be: shorter than the straight line, or a thousand times it."""
    nodes, links = tables["node"].set_index("node_id"), tables["link"]
    ends = [
        nodes.loc[links[end], ["x_m", "y_m"]].to_numpy() for end in ("from_node_id", "to_node_id")
    ]
    straight = np.hypot(*(ends[0] - ends[1]).T)
    length = links["length_m"].to_numpy()
    found = []
    for wrong, what in (
        (length < 0.9 * straight - 50.0, "shorter than the straight line between its nodes"),
        (length > 30.0 * straight + 5000.0, "far longer than its nodes are apart; metres for km?"),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found.append(
                f"link.csv, column length: {rows_text(links, wrong)}: {what} "
                f"({length[row]:.0f} m against {straight[row]:.0f} m). Correct the length, its "
                "unit in config.csv, or the nodes."
            )
    return found


def not_passable(node_type: "pd.Series[str]") -> Bools:
    """Nodes that traffic may not pass through, (n_nodes,)."""
    return node_type.isin(NOT_PASSABLE).to_numpy()
