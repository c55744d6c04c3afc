"""Demand against itself and against the zones of its network."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.inspection.demand import RULES
from transitplan.inspection.network import rules_table
from transitplan.model.demand import Demand, UserClass

TRIPS = np.array([[0.0, 40.0, 20.0], [30.0, 0.0, 20.0], [20.0, 20.0, 0.0]])

CARS = (UserClass("cars"),)


@pytest.fixture(scope="module")
def network():
    nodes = pd.DataFrame({"node_id": [1, 2, 3], "x_m": [0.0, 1.0, 2.0], "y_m": 0.0})
    nodes["zone_id"] = [1, 2, 3]
    ends = [(1, 2), (2, 3), (3, 1)]
    links = pd.DataFrame(
        [
            {"link_id": i, "from_node_id": a, "to_node_id": b, "length_m": 10.0,
             "free_speed_kph": 40.0, "lane_capacity_pceph": 800.0}
            for i, (a, b) in enumerate(ends)
        ]
    )  # fmt: skip
    zones = pd.DataFrame({"zone_id": [1, 2, 3], "population": [500.0, 0.0, 0.0]})
    uses = pd.DataFrame({"use": ["car"]})
    tables = {"node": nodes, "link": links, "zone": zones, "use_definition": uses}
    return tp.build_network(tables)


def found(network, trips=TRIPS, zones=(1, 2, 3), classes=CARS):
    demand = Demand(pd.Index(list(zones)), tuple(classes), np.atleast_3d(trips.T).T, "d")
    return tp.audit_demand(demand, network)


def told(audit):
    return {(each.rule, each.id) for each in audit.findings}


def test_sound_demand_has_no_findings(network):
    assert told(found(network)) == set()
    assert told(found(None)) == set()


def test_zones_of_another_network_are_errors_where_they_have_trips(network):
    audit = found(network, zones=(1, 2, 9))
    assert told(audit) == {("zone-unknown", 9), ("zone-absent", 3)}
    assert not audit.ok
    assert audit.findings[0].text == "not in zone.csv; 80 trip ends/h"
    idle = np.zeros((4, 4))
    idle[:3, :3] = TRIPS
    audit = found(network, idle, zones=(1, 2, 3, 9))
    assert told(audit) == {("zone-not-used", 9), ("zone-silent", 9)}
    assert audit.ok


def test_silent_zones_say_who_lives_there(network):
    trips = TRIPS.copy()
    trips[0] = 0.0
    audit = found(network, trips)
    (silent,) = [each for each in audit.findings if each.rule == "zone-silent"]
    assert (silent.id, silent.text) == (
        1,
        "no trip starts there, and it has 500 residents and jobs",
    )


def test_classes_without_trips_or_use_are_told(network):
    trips = np.stack([TRIPS, TRIPS, np.zeros((3, 3))])
    classes = (UserClass("cars"), UserClass("lorries", use="truck"), UserClass("none"))
    assert told(found(network, trips, classes=classes)) == {
        ("class-use", "lorries"),
        ("class-empty", "none"),
    }


def test_trips_inside_a_zone_and_one_sided_ones_are_notes(network):
    audit = found(network, TRIPS + np.diag([50.0, 0.0, 0.0]))
    (inside,) = audit.findings
    assert inside.rule == "trips-inside"
    assert inside.text.startswith("50 trips/h (25.0%) stay in their zone")
    assert inside.text.endswith("above 20% in zones 1")
    one_way = np.triu(np.ones((3, 3)), 1)
    assert ("one-sided", "cars") in told(found(network, one_way))
    assert found(network, one_way).ok


def test_its_rules_stand_in_the_docs():
    from pathlib import Path

    assert rules_table(RULES) in Path("docs/check.md").read_text(encoding="utf-8")
