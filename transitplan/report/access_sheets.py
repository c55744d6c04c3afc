"""Sheets and rows of run.json on access by all modes, and on the plan's requirements."""

from typing import Any

import pandas as pd

from transitplan.report.assessment import Assessment
from transitplan.report.catalog import Sheet
from transitplan.viz.text import Text

SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "door_to_door",
            Text("Times by car and public transport", "小客车与公共交通的时间"),
            Text(
                "nothing built; public transport on a weekday from 7 to 9, from centroid to "
                "centroid: expected walk, wait and ride of the best strategy; car as in sheet "
                "access; best: the faster of car in the peak and public transport",
                "不建方案；公共交通为工作日 7–9 时、小区形心之间：最优策略的期望步行、候车与"
                "乘车时间；小客车同 access 表；最快方式取高峰小客车与公共交通中较快者",
            ),
        ),
        Sheet(
            "equity",
            Text("How evenly access is spread", "可达性分布的均衡程度"),
            Text(
                "jobs that one resident of each zone reaches, nothing built, residents and jobs of "
                "the base year; jobs_45: within 45 min; jobs_gravity: a job counts half for every "
                "15 min; clusters, the rest of the city being one; concentration: residents ranked "
                "by their access by car, because incomes by zone are not known",
                "各小区居民可达岗位，不建方案，人口与岗位取基年；jobs_45：45 分钟内；jobs_gravity："
                "每 15 分钟权重减半；分组为各组团与其余城区；集中指数按驾车可达性排序"
                "（无分小区收入数据）",
            ),
        ),
        Sheet(
            "lorenz",
            Text("Lorenz curves of access", "可达性洛伦兹曲线"),
            Text(
                "jobs within 45 min, residents from those who reach the fewest",
                "45 分钟可达岗位，居民自可达最少者排起",
            ),
        ),
        Sheet(
            "winners",
            Text("Residents who reach more and fewer jobs", "可达岗位增加与减少的居民"),
            Text(
                "measure jobs_gravity of sheet equity; changes are shares of what a zone reached "
                "before, up to 1 % counts as none; group “all”: everybody, empty: outside the "
                "clusters",
                "指标为 equity 表的 jobs_gravity；变化为相对原值的比例，1 % 以内视为不变；"
                "group 为 all 指全部居民，空白指组团以外",
            ),
        ),
        Sheet(
            "life_circles",
            Text("Life circles", "生活圈"),
            Text(
                "residents of the clusters with each kind of place on foot, straight lines × 1.3, "
                "never over the river; where residents live inside zones is assumed; see "
                "docs/access.md",
                "组团居民步行可达各类设施的比例，直线距离×1.3，不跨河；小区内居民分布为假定；"
                "见 docs/access.md",
            ),
        ),
        Sheet(
            "policy",
            Text("Policy board", "政策指标"),
            Text(
                "requirements of the case's policy.csv by year; columns are told in docs/policy.md",
                "案例 policy.csv 的各项要求，按年份；各列含义见 docs/policy.md",
            ),
        ),
        Sheet(
            "policy_not_computed",
            Text("Requirements that are not computed", "未计算的要求"),
            Text("and why", "及其原因"),
        ),
    )
}


def access_tables(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Tables for the workbook, by name of the sheet; those without a row are left out."""
    modes, board = assessment.modes, assessment.policy
    found: dict[str, pd.DataFrame] = {}
    if modes is not None:
        found |= {
            "door_to_door": modes.pairs,
            "equity": modes.equity,
            "lorenz": modes.lorenz,
            "winners": modes.winners,
            "life_circles": modes.circles,
        }
    if board is not None:
        found |= {"policy": board.values, "policy_not_computed": board.not_computed}
    return {name: table for name, table in found.items() if len(table)}


def access_record(assessment: Assessment) -> dict[str, Any]:
    """Rows for run.json; the curves stay in the workbook."""
    tables = access_tables(assessment)
    return {name: table.to_dict("records") for name, table in tables.items() if name != "lorenz"}
