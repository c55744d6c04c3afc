"""What things of the toll section are called in both languages."""

from collections.abc import Iterable

from transitplan.appraisal.toll_tables import ELASTIC, FIXED
from transitplan.appraisal.toll_world import CITY
from transitplan.report import names
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import LOCAL, OTHER
from transitplan.viz.text import Text, as_text, join

DEMANDS = {
    FIXED: Text("trips as they are", "出行量不变"),
    ELASTIC: Text("trips answer to cost", "出行量随费用变化"),
}
PAYERS = {
    LOCAL: Text("cars of the city", "本地小客车"),
    OTHER: Text("cars of other cities", "外地小客车"),
    "": Text("goods vehicles", "货运车辆"),
}
MADE = Text(
    "equilibria of the morning peak hour, expanded to a year; against the present tolls",
    "早高峰均衡，扩算至全年；与现行收费比较",
)


def crossing_names(case: Case) -> dict[str, Text]:
    """Names of the crossings of the case and of its sites, by id."""
    found = {site.crossing_id: names.called(site) for site in case.sites}
    for row in names.records(case.network.crossings):
        if names.called(row).en:
            found[str(row.crossing_id)] = names.called(row)
    return found


def target_name(case: Case, target_id: str) -> Text:
    """Name of what is charged."""
    if target_id == CITY:
        return Text("All crossings off the expressways", "全部非高速公路通道")
    return names.short(crossing_names(case).get(target_id, as_text(target_id)))


def listed(named: dict[str, Text], ids: Iterable[object]) -> Text:
    """Names of crossings, one after the other."""
    return join(names.short(named.get(str(each), as_text(str(each)))) for each in ids)
