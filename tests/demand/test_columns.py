"""What is said of cells that are wrong: file, line, what stands there, what to do."""

import pandas as pd
import pytest

from transitplan.demand.columns import Columns
from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table


def problems(rows):
    with pytest.raises(ValidationError) as caught:
        rows.refuse()
    return list(caught.value.problems)


def test_one_line_and_several_with_what_stands_there():
    table = pd.DataFrame({"kind": ["bus", "buss", "bus", "train"], "km": ["1", "x", "-2", ""]})
    rows = Columns(table, "lines", ["kind"])
    rows.choices("kind", ("bus", "tram"))
    rows.numbers("km", filled=True)
    assert problems(rows) == [
        "lines, column kind: lines 3, 5 are none of bus, tram: 'buss', 'train'. Did you mean bus?",
        "lines, column km: lines 3, 4 are not a number of 0 or more: 'x', '-2'. Correct it.",
        "lines, column km: line 5 is empty. Fill it in.",
    ]


def test_doubles_name_the_later_line():
    rows = Columns(pd.DataFrame({"zone_id": ["1", "2", "1"]}), "zones", ["zone_id"])
    rows.unique("zone_id")
    assert problems(rows) == [
        "zones, column zone_id: line 4 repeats a line above: '1'. Rename it, or keep one line."
    ]


def test_lines_are_those_of_the_file_after_empty_lines_and_filters(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('year,note,km\n2025,a,1\n\n2030,"two\nlines",x\n2030,c,y\n', encoding="utf-8")
    table = read_text_table(path)
    table.attrs["path"] = "table.csv"
    rows = Columns(table[table["year"] == "2030"], "", ["km"])
    rows.numbers("km")
    assert problems(rows) == [
        "table.csv, column km: lines 5, 6 are not a number of 0 or more: 'x', 'y'. Correct it."
    ]
