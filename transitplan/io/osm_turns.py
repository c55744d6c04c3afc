"""Turn restrictions of OpenStreetMap as rows of ``movement.csv``.

A relation names the way that traffic comes from, the node of the turn and the way that it goes to
(wiki, Relation:restriction). ``no_*`` bans that turn; ``only_*`` bans every other one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from transitplan.io.osm_tags import USES
from transitplan.model.tables import NO_USE

_TURNS = {"left_turn": "left", "right_turn": "right", "straight_on": "thru", "u_turn": "uturn"}
_EXEMPT = {  # uses that a value of ``except`` lets through
    "psv": {"bus"},
    "bus": {"bus"},
    "hgv": {"truck", "dangerous_goods"},
    "motorcar": {"car"},
    "motor_vehicle": set(USES),
}
_ONLY_FOR = {  # uses that ``restriction:hgv`` and the like hold for
    "hgv": {"truck", "dangerous_goods"},
    "goods": {"truck", "dangerous_goods"},
    "hazmat": {"dangerous_goods"},
    "bus": {"bus"},
    "psv": {"bus"},
    "motorcar": {"car"},
    "motor_vehicle": set(USES),
}


@dataclass(frozen=True)
class Restriction:
    """One relation: ways that traffic comes from and goes to, and the node between."""

    relation: int
    rule: str  # no_left_turn, only_straight_on, …
    from_ways: tuple[int, ...]
    via_node: int | None  # None where it turns over a way, which a movement cannot say
    to_ways: tuple[int, ...]
    bans: frozenset[str]  # uses that it holds for


def read_restriction(
    relation: int, tags: Mapping[str, str], members: Iterable[tuple[str, int, str]]
) -> Restriction | None:
    """Read a relation; None where it is no turn restriction that holds all day.

    Parameters
    ----------
    members
        Type (``n``, ``w`` or ``r``), id and role of each.
    """
    kinds = {"restriction": set(USES)} | {
        f"restriction:{name}": uses for name, uses in _ONLY_FOR.items()
    }
    key = next((key for key in kinds if key in tags), None)
    if key is None or not tags[key].startswith(("no_", "only_")):
        return None
    exempt = [_EXEMPT.get(each.strip(), set()) for each in tags.get("except", "").split(";")]
    by_role = defaultdict(list)
    for kind, ref, role in members:
        by_role[role, kind].append(ref)
    via = by_role["via", "n"]
    return Restriction(
        relation=relation,
        rule=tags[key],
        from_ways=tuple(by_role["from", "w"]),
        via_node=via[0] if len(via) == 1 and not by_role["via", "w"] else None,
        to_ways=tuple(by_role["to", "w"]),
        bans=frozenset(kinds[key]).difference(*exempt),
    )


def movements(
    restrictions: Iterable[Restriction], links: pd.DataFrame
) -> tuple[pd.DataFrame, int, int]:
    """Banned turns between links.

    Parameters
    ----------
    links
        ``link_id``, ``from_node_id``, ``to_node_id``; ``drawn_from``, ``drawn_to``: the nodes of
        OpenStreetMap at its ends; ``first_way``, ``last_way``: its ways there.

    Returns
    -------
    tuple
        Rows of movement.csv; how many restrictions they state; how many could not be stated (over
        a way, or a member that is no link of the network or not the only one).
    """
    place = _Ends(links)
    banned: dict[tuple[int, int], tuple[set[str], str, list[int]]] = {}
    stated = missed = 0
    for rule in restrictions:
        turns = place.turns(rule)
        if turns is None or not rule.bans:
            missed += 1
            continue
        stated += 1
        kind = "" if rule.rule.startswith("only_") else _TURNS.get(rule.rule.partition("_")[2], "")
        for turn in turns:
            uses, _, relations = banned.setdefault(turn, (set(), kind, []))
            uses |= rule.bans
            relations.append(rule.relation)
    node = links.set_index("link_id")["to_node_id"]
    rows = [
        {
            "mvmt_id": number,
            "node_id": node[turn[0]],
            "ib_link_id": turn[0],
            "ob_link_id": turn[1],
            "type": kind,
            "allowed_uses": ",".join(use for use in USES if use not in uses) or NO_USE,
            "source": "OpenStreetMap relation " + ",".join(map(str, relations)),
        }
        for number, (turn, (uses, kind, relations)) in enumerate(sorted(banned.items()), start=1)
    ]
    return pd.DataFrame(rows), stated, missed


class _Ends:
    """Links by the node and the way at each end."""

    def __init__(self, links: pd.DataFrame) -> None:
        self.into: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.out: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.ways_out: dict[int, list[int]] = defaultdict(list)  # at a node of the network
        self.head = dict(zip(links["link_id"], links["to_node_id"], strict=True))
        columns = ["link_id", "from_node_id", "drawn_from", "drawn_to", "first_way", "last_way"]
        for link, tail, start, end, first, last in links[columns].itertuples(index=False):
            self.into[end, last].append(link)
            self.out[start, first].append(link)
            self.ways_out[tail].append(link)

    def turns(self, rule: Restriction) -> list[tuple[int, int]] | None:
        """Pairs of links that the rule bans; None where it cannot be stated."""
        if rule.via_node is None or not rule.from_ways or not rule.to_ways:
            return None
        entries = [self.into[rule.via_node, way] for way in rule.from_ways]
        exits = [self.out[rule.via_node, way] for way in rule.to_ways]
        if any(len(found) != 1 for found in (*entries, *exits)):
            return None
        goals = [found[0] for found in exits]
        if rule.rule.startswith("no_"):
            return [(entry[0], goal) for entry in entries for goal in goals]
        return [
            (entry[0], other)
            for entry in entries
            for other in self.ways_out[self.head[entry[0]]]
            if other not in goals
        ]
