"""Sheets of tables.xlsx on the demand model: its record, and what it knows least about."""

from transitplan.report.catalog import Sheet
from transitplan.viz.text import Text

SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "demand_ends",
            Text("Trip ends by purpose", "各目的出行端点"),
            Text(
                "person trips of a working day; scaled: the factor that brought attractions to "
                "productions; far from 1, the rates of both ends contradict each other",
                "工作日人次；scaled：使吸引量等于产生量的系数，远离 1 表示两端出行率相互矛盾",
            ),
        ),
        Sheet(
            "demand_shares",
            Text("Mode shares by purpose", "各目的方式分担率"),
            Text(
                "person trips of a working day; target with its range; status tells where the "
                "target comes from",
                "工作日人次；目标值及其范围；status 为目标的来源性质",
            ),
        ),
        Sheet(
            "demand_lengths",
            Text("Mean length and time of a trip", "平均出行距离与时间"),
            Text(
                "over all modes, door to door, one way",
                "全部方式、门到门、单程平均",
            ),
        ),
        Sheet(
            "demand_length_shares",
            Text("Trip length distribution", "出行距离分布"),
            Text("share of a purpose's trips by length", "各目的按距离分段的出行比例"),
        ),
        Sheet(
            "demand_feedback",
            Text("Rounds of demand and supply", "需求与供给的迭代"),
            Text(
                "gap = Σ cost × |trips wanted at these costs − trips assigned| / Σ cost × trips "
                "assigned; step: share of the way to the new costs",
                "间隙 = Σ 费用 × |该费用下的需求 − 已分配出行| / Σ 费用 × 已分配出行；"
                "step 为向新费用移动的比例",
            ),
        ),
        Sheet(
            "demand_counts",
            Text("Model against counts", "模型与交通计数"),
            Text(
                "vehicles of the period's hour before and after the matrices were adjusted to the "
                "counts of use “fit”; those of use “holdout” were kept out of it; GEH below 5 is "
                "good",
                "时段小时交通量，before、after 为按 fit 计数校准前后；holdout 计数未参与校准；"
                "GEH 小于 5 为良好",
            ),
        ),
        Sheet(
            "demand_moved",
            Text("What the counts moved most", "计数校准的最大改动"),
            Text(
                "vehicles of the hour before and after the adjustment",
                "校准前后的小时车辆数",
            ),
        ),
        Sheet(
            "demand_inputs",
            Text("What the demand was made from", "需求矩阵的来源"),
            Text(
                "hash of zones, demand tables and tolls of each year; the matrices have the same",
                "各年份小区、需求表与收费的哈希值，与矩阵文件所载一致",
            ),
        ),
        Sheet(
            "demand_warnings",
            Text("Warnings on counts", "计数的警告"),
            Text(
                "counts that contradict each other or could not be met",
                "相互矛盾或无法满足的计数",
            ),
        ),
        Sheet(
            "demand_river",
            Text(
                "Traffic over the river by hour, class and direction",
                "分时段、车类、方向的过河交通",
            ),
            Text(
                "vehicles of the period's hour on all crossings together, at equilibrium, as the "
                "demand model left it",
                "需求模型均衡状态下全部过河通道合计的时段小时车辆数",
            ),
        ),
        Sheet(
            "demand_accounts",
            Text("Trips at every stage of the demand model", "需求模型各步骤的出行核算"),
            Text("totals of each step, nothing left out", "各步骤总量，无遗漏"),
        ),
        Sheet(
            "demand_pivot",
            Text("How forecasts were put on the base", "预测增量的处理方式"),
            Text(
                "share of the trips by the eight cases of Daly, Fox, Patruni and Milthorpe (2012)",
                "按 Daly、Fox、Patruni、Milthorpe（2012）八种情形的出行比例",
            ),
        ),
        Sheet(
            "demand_range",
            Text("Low, central and high growth", "低、中、高增长"),
            Text(
                "totals of the demand model under the three rows of its growth table",
                "增长表三种情景下需求模型的总量",
            ),
        ),
        Sheet(
            "demand_calibrated",
            Text("What was fitted", "标定结果"),
            Text(
                "constant: utility of a mode beside its cost, of each purpose; scale and "
                "deterrence per minute; terminal: of every car trip, both ends together",
                "constant 为各目的各方式除费用外的效用；scale、deterrence 每分钟；"
                "terminal 为每次驾车出行两端时间之和",
            ),
        ),
        Sheet(
            "demand_unsure",
            Text("Assumed values of the demand tables", "需求表中的假定值"),
            Text(
                "status “assumed” with a range; width = (high − low) / value; rows: how many rows "
                "of the table have this range",
                "状态为“假定”且有范围；width =（上限 − 下限）/ 取值；rows 为范围相同的行数",
            ),
        ),
    )
}


def made(sheet: str) -> Text:
    """How the numbers of a sheet were made, for the table that shows them."""
    return SHEETS[sheet].made
