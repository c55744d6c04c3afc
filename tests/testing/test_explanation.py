"""Changes of inputs are told in the order in which a planner would look at them."""

import numpy as np
import pandas as pd

from transitplan.testing.changed import InputChange
from transitplan.testing.explanation import explained
from transitplan.testing.moves import Move

# a – 1 → b – 2 → c, crossing W on link 2, and link 9 far off
LINKS = pd.DataFrame(
    [(1, "a", "b"), (2, "b", "c"), (9, "x", "y")],
    columns=["link_id", "from_node_id", "to_node_id"],
)


def move(link, crossing=""):
    ids = {"link_id": link, "name": "road", "crossing_id": crossing}
    return Move("flows", f"link {link}", "flow_pceph", "1", "2", "", "", np.inf, 0.5, ids)


def change(what, size, **ids):
    return InputChange(what, ids, size, "")


def test_nearest_first_then_largest():
    moved = [move("1"), move("2", "W")]
    changes = [
        change("all trips", 0.01),
        change("a far road, a little", 0.2, link_id="9", from_node_id="x", to_node_id="y"),
        change("a far node, much", 0.9, node_id="x"),
        change("a node of link 1", 0.1, node_id="a"),
        change("the crossing", 0.3, crossing_id="W"),
        change("the second", 1.0, link_id="2", crossing_id="W", from_node_id="b"),
        change("the first, a little", 0.1, link_id="1", from_node_id="a", to_node_id="b"),
        change("the first, much", 0.8, link_id="1", from_node_id="a", to_node_id="b"),
    ]
    assert [each.what for each in explained(changes, moved, LINKS)] == [
        "the first, much",
        "the first, a little",
        "the second",
        "the crossing",
        "a node of link 1",
        "all trips",
        "a far node, much",
        "a far road, a little",
    ]
