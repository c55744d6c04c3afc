"""What every table of an assessment holds: written once for the workbook and the page."""

from dataclasses import dataclass

from transitplan.viz.text import Text


@dataclass(frozen=True)
class Sheet:
    """A sheet of tables.xlsx: its name, what a row is and how the numbers were made."""

    name: str
    title: Text
    made: Text


SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "access",
            Text("Times between clusters and hubs", "组团与枢纽之间的时间"),
            Text(
                "fastest way by car from centroid to centroid, tolls left aside, connectors "
                "included; peak: morning peak hour at equilibrium; free: empty roads",
                "小客车最快路径（不计收费），起讫点为小区形心，含连接线；高峰：早高峰均衡状态；畅通：空路状态",
            ),
        ),
        Sheet(
            "reach",
            Text("People and jobs within reach", "可达人口与岗位"),
            Text(
                "residents and jobs of all zones within the minutes by car, morning peak",
                "早高峰驾车在给定分钟内可达各小区的常住人口与就业岗位",
            ),
        ),
        Sheet(
            "options",
            Text(
                "Traffic and user benefit of each option and year", "各方案各年份的交通量与用户效益"
            ),
            Text(
                "equilibrium with the option against the "
                "same year with nothing built; benefit by the "
                "rule of a half, peak hour expanded to a year; noise: how much of the benefit the "
                "gaps of the two equilibria may have made, at most",
                "有方案与同年不建方案均衡对比；效益按“二分之一法则”，由高峰小时扩算至全年；"
                "noise 列为两次均衡求解间隙可能造成的效益误差上限",
            ),
        ),
        Sheet(
            "appraisal",
            Text("Cost, benefit and certainty of each option", "各方案费用、效益与把握程度"),
            Text(
                "present values at the discount rate of the parameters; 5–95 % and probability of "
                "being best from the common draws (sheet draws)",
                "按参数表折现率计算的现值；5–95 % 区间与最优概率取自共同随机抽样（draws 表）",
            ),
        ),
        Sheet(
            "benefits",
            Text("Yearly user benefit by class", "各类车辆的年用户效益"),
            Text(
                "rule of a half by user class: time, operating cost, toll",
                "按用户类别的二分之一法则：时间、运行费用、通行费",
            ),
        ),
        Sheet(
            "cluster_benefits",
            Text("Yearly user benefit by cluster", "各组团的年用户效益"),
            Text(
                "half of each trip's benefit to either end; the row without a cluster is the rest",
                "每次出行的效益各半计入两端；无组团的一行为其余地区",
            ),
        ),
        Sheet(
            "cash_flow",
            Text("Costs and benefits year by year", "逐年费用与效益"),
            Text(
                "central values, constant prices, not discounted; the factor stands beside",
                "中值，不变价，未折现；折现系数列于旁",
            ),
        ),
        Sheet(
            "draws",
            Text("Net value of each option in every draw", "每次抽样中各方案的净现值"),
            Text(
                "parameters and capital costs drawn between low and "
                "high of their tables, the same draw for all options",
                "参数与造价在其上下限之间抽样，各方案共用同一抽样",
            ),
        ),
        Sheet(
            "switching",
            Text("Values at which the winner changes", "改变优劣次序的临界值"),
            Text(
                "one parameter moved at a time, all others as today", "每次只变动一个参数，其余不变"
            ),
        ),
        Sheet(
            "screenline",
            Text("Traffic over the river by crossing", "各过河通道交通量"),
            Text(
                "link flows at equilibrium; vehicles a day = peak hour / peak share of crossings",
                "均衡路段流量；日交通量 = 高峰小时流量 / 过河高峰系数",
            ),
        ),
        Sheet(
            "counts",
            Text("Modelled against published volumes", "模型与公布流量对比"),
            Text(
                "base year, nothing built, vehicles a day in both directions",
                "基年、不建方案，双向日交通量",
            ),
        ),
        Sheet(
            "drives",
            Text("Modelled against known drives", "模型与已知行车时间对比"),
            Text(
                "shortest times in the base year between the nearest nodes",
                "基年两端最近节点之间的最短时间",
            ),
        ),
        Sheet(
            "convergence",
            Text("Convergence and trips accounted for", "收敛与出行核算"),
            Text(
                "relative gap = (total cost − least cost) / total "
                "cost; demand = assigned + within zones + unreachable; worth of the gap: what all "
                "could still save by other routes at these times; error: how far the total cost "
                "of a year may be off, at most",
                "相对间隙 =（总费用 − 最小费用）/ 总费用；需求 = 已分配 + 小区内 + 不可达；"
                "间隙价值：在现有行程时间下改道尚可节省的费用；误差：年总费用的误差上限",
            ),
        ),
        Sheet(
            "isochrones",
            Text("People within reach of the chosen cluster", "所选组团的可达人口"),
            Text(
                "base year; by car on empty roads, residents of zones whose centroid is reached; "
                "by public transport for half of the departures of a weekday from 7 to 9, "
                "residents inside the areas, which are in results.gpkg",
                "基年；小客车为畅通条件，计形心可达小区的居民；公共交通为工作日 7–9 时半数出发时刻"
                "可达，计范围内居民；范围图形见 results.gpkg",
            ),
        ),
        Sheet(
            "parameters",
            Text("Assumptions", "假设"),
            Text(
                "every parameter of the case with its range, source and status",
                "本案例全部参数及其范围、来源与状态",
            ),
        ),
        Sheet(
            "crossings",
            Text("River crossings of the base network", "现状路网的过河通道"),
            Text("crossing.csv of the network", "路网的 crossing.csv"),
        ),
        Sheet(
            "flows",
            Text(
                "Flow of every link and option in the base year and the last year",
                "各方案基年与末年的路段流量",
            ),
            Text(
                "user equilibrium, peak hour; the years between are left out to keep the file "
                "small",
                "用户均衡，高峰小时；为减小文件，不列中间年份",
            ),
        ),
    )
}

_UNITS = (  # endings of column names, longest first
    ("_h_saved_per_year", "h/year"),
    ("_cny_per_year", "CNY/year"),
    ("_t_per_year", "t/year"),
    ("_hours_per_year", "h/year"),
    ("_cny_per_h", "CNY/h"),
    ("_pceph", "pce/h"),
    ("_vph", "veh/h"),
    ("_min", "min"),
    ("_km", "km"),
    ("_kph", "km/h"),
    ("_cny", "CNY"),
    ("_year", "year"),
    ("_m", "m"),
    ("_s", "s"),
    ("_t", "t"),
    ("_h", "h"),
    ("_ha", "ha"),
    ("_share", "share"),
)
_OTHER_UNITS = {
    ("options", "user_benefit_cny"): "CNY/year",
    ("cluster_benefits", "user_benefit_cny"): "CNY/year",
    ("options", "benefit_noise_cny"): "CNY/year",
    ("convergence", "gap_value_cny"): "CNY/year",
    ("convergence", "cost_error_cny"): "CNY/year",
    ("flows", "pce_vph"): "pce/h",
    **{("benefits", f"{name}_cny"): "CNY/year" for name in ("time", "operating", "toll", "total")},
    **{("counts", name): "veh/day" for name in ("observed_low", "observed_high", "modelled")},
    **{
        (sheet, name): "veh/day"
        for sheet in ("options", "screenline")
        for name in ("daily_vehicles", "daily_trucks")
    },
    **{("demand_ends", name): "trips/day" for name in ("productions", "attractions")},
    **{(f"demand_{sheet}", "trips_per_day"): "trips/day" for sheet in ("shares", "lengths")},
    **{("demand_shares", name): "share" for name in ("share", "target", "low", "high")},
    **{(f"demand_{sheet}", "share"): "share" for sheet in ("length_shares", "pivot")},
    ("demand_feedback", "demand_supply_gap"): "ratio",
    **{("crossings", f"observed_daily_vehicles_{end}"): "veh/day" for end in ("low", "high")},
}
_ANYWHERE = {
    "people": "persons",
    "people_served": "persons",
    "winners": "persons",
    "losers": "persons",
    "mean_jobs": "jobs",
    "hours_per_year": "h/year",
    "unreachable_per_year": "veh/year",
    "payback_years": "years",
    "discounted_payback_years": "years",
    "hours": "h",
    "hours_low": "h",
    "hours_high": "h",
    "inhabitants": "persons",
    "cny": "CNY",
    "population": "persons",
    "jobs": "jobs",
    "year": "year",
    "volume_capacity_ratio": "ratio",
    "relative_gap": "ratio",
    "demand_gap": "share",
    "discount_factor": "ratio",
    "probability_best": "share",
    "bcr": "ratio",
    "share": "share",
    "availability": "share",
}


def unit_of(sheet: str, column: str) -> str:
    """Unit of a column; empty where it has none."""
    if sheet == "draws":
        return "" if column == "draw" else "CNY"
    own = _OTHER_UNITS.get((sheet, column)) or _ANYWHERE.get(column)
    return own or next((unit for ending, unit in _UNITS if column.endswith(ending)), "")
