"""Tables by id: how they are written, and what counts as moved."""

import numpy as np
import pandas as pd
import pytest

from transitplan.errors import ValidationError
from transitplan.testing.moves import moves
from transitplan.testing.table import Table
from transitplan.testing.tolerance import Tolerance


def table(rows, **options):
    frame = pd.DataFrame(rows, columns=["link_id", "name", "flow_pceph"])
    options.setdefault("decimals", {"flow_pceph": 1})
    return Table("flows", frame, ("link_id",), ("name",), **options)


ROWS = [(10, "b", 500.0), (2, "a", 1000.0), (3, "c", 40.0)]
GEH = {"flow_pceph": Tolerance(geh=1.0)}


def told(found):
    return [(each.what, each.column, each.old, each.new) for each in found]


def test_the_order_of_rows_does_not_count_and_ids_sort_as_numbers():
    one, two = table(ROWS), table(ROWS[::-1])
    assert one.written().equals(two.written())
    assert one.written()["link_id"].tolist() == ["2", "3", "10"]
    assert moves(one.written(), two) == []


def test_a_new_name_of_a_road_is_no_move():
    assert moves(table(ROWS).written(), table([(i, "new", v) for i, _, v in ROWS])) == []


def test_what_moved_most_comes_first():
    now = table([(10, "b", 550.0), (2, "a", 1200.0), (3, "c", 41.0)], tolerances=GEH)
    found = moves(table(ROWS).written(), now)
    assert told(found) == [
        ("link 2 a", "flow_pceph", "1000.0", "1200.0"),
        ("link 10 b", "flow_pceph", "500.0", "550.0"),
    ]
    # √(2·200²/2200) and √(2·50²/1050), by hand
    np.testing.assert_allclose([each.excess for each in found], [6.030, 2.182], atol=5e-4)
    assert found[0].change == "+200 (+20.0%), GEH 6.03"


def test_rows_that_come_and_go_are_moves():
    now = table([(2, "a", 1000.0), (3, "c", 40.0), (11, "d", 7.0)])
    assert told(moves(table(ROWS).written(), now)) == [
        ("link 10 b", "", "in the baseline", "gone"),
        ("link 11 d", "", "not in the baseline", "new"),
    ]


def test_columns_that_come_and_go_are_moves():
    one = table(ROWS)
    two = Table("flows", one.frame.rename(columns={"flow_pceph": "x"}), ("link_id",), ("name",))
    assert [each.column for each in moves(one.written(), two)] == ["x", "flow_pceph"]


def large(flow):
    rows = [(10, "b", flow), *ROWS[1:]]
    values = np.array([each[2] for each in rows])
    return table(rows, shown=values >= 500.0, least={"flow_pceph": 500.0}, tolerances=GEH)


def test_a_flow_that_crosses_the_least_one_written_is_still_compared():
    above, below, far = large(505.0), large(495.0), large(300.0)
    assert len(above.written()) == 2
    assert len(below.written()) == 1
    assert moves(above.written(), below) == []
    assert moves(below.written(), above) == []
    [fell] = moves(above.written(), far)
    assert (fell.old, fell.new) == ("505.0", "300.0")
    [rose] = moves(far.written(), large(700.0))
    assert (rose.old, rose.new) == ("under 500", "700.0")


def test_a_limit_of_a_row_goes_before_that_of_its_column():
    now = table([(2, "a", 1200.0), *ROWS[:1], ROWS[2]], tolerances={**GEH, "2": Tolerance(geh=7.0)})
    assert moves(table(ROWS).written(), now) == []


def test_numbers_are_written_for_people():
    values = [1234567.891, 0.000123456789, -0.0, np.inf, np.nan, 100.0]
    frame = pd.DataFrame({"quantity": list("abcdef"), "value": values})
    written = Table("values", frame, ("quantity",)).written()["value"].tolist()
    assert written == ["1234570", "0.000123457", "0", "inf", "", "100"]
    assert (
        moves(
            Table("values", frame, ("quantity",)).written(), Table("values", frame, ("quantity",))
        )
        == []
    )


def test_tables_without_clear_rows_are_refused():
    with pytest.raises(ValidationError, match="1 keys stand twice"):
        table([*ROWS, ROWS[0]])
    with pytest.raises(ValidationError, match="no column link_id"):
        Table("flows", pd.DataFrame({"a": [1]}), ("link_id",))


def test_a_baseline_cell_that_is_no_number_is_named():
    old = table(ROWS).written()
    old.iloc[0, 2] = "about 1000"
    with pytest.raises(ValidationError, match=r"flows.csv, column flow_pceph: 'about 1000'"):
        moves(old, table(ROWS))
