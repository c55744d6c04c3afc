"""Words of the panels that explain a benefit, and of their sheets."""

from transitplan.report.catalog import Sheet
from transitplan.viz.text import Text

COMPONENTS = {
    "time": Text("Time", "时间"),
    "operating": Text("Running, as perceived", "运行费用（感知）"),
    "toll": Text("Tolls paid less", "少付通行费"),
    "taker": Text("Toll takers' loss (cancels)", "收费方减收（相互抵消）"),
    "unperceived": Text("Running, not perceived", "运行费用（未感知）"),
    "accidents": Text("Accidents", "事故"),
    "co2": Text("CO₂ of traffic", "交通 CO₂"),
    "air": Text("Local air", "空气质量"),
    "rail": Text("Rail passengers on the structure", "同一结构上的轨道乘客"),
    "embodied_co2": Text("CO₂ of building", "建设 CO₂"),
    "operation_co2": Text("CO₂ of running the structure", "运营 CO₂"),
    "disruption": Text("Disruption while building", "施工干扰"),
}
ELSEWHERE = Text("Everywhere else", "其余地区")
REST = Text("All others ({}) and rounding", "其余（{} 项）及舍入")
ON_NO_ROAD = Text(
    "On no road: rail, CO₂ of the structure, disruption", "不在道路上：轨道、结构 CO₂、施工干扰"
)
A_YEAR_HEAD = Text("User benefit a year", "年用户效益")
TOTAL = Text("Total", "合计")
SHARE = Text("Share", "占比")
ROADS_NOTE = Text(
    "what all vehicles on a road reckon with in time, running cost and tolls, without less with "
    "the option; a minus: more is spent there, because traffic moved there; the sum is the benefit",
    "各路段全部车辆的时间、运行费用与通行费，无方案减有方案；负号表示车流转移至该路段、花费增加；"
    "合计即效益",
)
YEAR_FORMULA = Text(
    "Benefit = Σ trips × (cost without − cost with), over classes of vehicle and pairs of zones, "
    "in the morning peak hour; × {} peak hours a year ({}). Cost: minutes at the value of time of "
    "the class, running cost a kilometre, toll; mean over the routes in use. Trips are the same "
    "with and without, so that the rule of a half is this difference.",
    "效益 = Σ 出行量 ×（无方案费用 − 有方案费用），对车类与小区对求和，早高峰小时；"
    "× 每年 {} 个高峰小时（{}）。费用：行程时间按该车类时间价值计价，加每公里运行费用与通行费，"
    "取所用路径的平均。有无方案出行量相同，二分之一法则即为此差。",
)
PV_FORMULA = Text(
    "Present value = {}, each year being {} peak hours ({}). The years of operation lie on "
    "straight lines between the modelled years and are discounted ({}). On top: what is on no "
    "road.",
    "现值 = {}，其中每年为 {} 个高峰小时（{}）。运营各年按模型年之间线性内插并折现（{}）。"
    "另加不在道路上的项目。",
)
FROM_TO, ROAD = Text("From – to", "起—讫"), Text("Road, from node to node", "道路，起止节点")
PAIRS_OF_CLUSTERS = Text("Pairs of clusters, one way", "组团对（单向）")
PAIRS_OF_ZONES = Text("Pairs of zones, one way", "小区对（单向）")
ROADS = Text("Roads where it is spent less, or more", "节省或增加发生的路段")
ALL_COMPONENTS = Text("all components of the table above", "含上表全部构成")
ROADS_OF_PAIR_NOTE = Text(
    "adds up to the pair; how trips share equal routes is one answer of many. Kept for the 200 "
    "pairs that spend most; for any other: Assessment.explain(option, year).pair_links(from, to)",
    "合计等于该小区对；等费用路径之间的分配仅为其一。保留花费最大的 200 对；其余见 "
    "Assessment.explain(option, year).pair_links(from, to)",
)
FACTORS_NOTE = Text(
    "From the peak hours of the modelled years to the present value: factors and their rows",
    "由模型年高峰小时到现值：系数及所用参数",
)
FORMULAS = {  # of the items of economic lines, with values of the case and of the form
    "time": Text(
        "Time: Σ over roads of vehicles × hours, without less with the option, × value of an hour "
        "of each class.",
        "时间：Σ 路段 车辆数 × 小时（无方案减有方案）× 各车类小时价值。",
    ),
    "rail": Text(
        "Rail: {rail_passengers_per_day:,.0f} passengers a day × {rail_minutes_saved:g} min ÷ 60 × "
        "{rail_value_of_time:g} CNY/h × {rail_days_per_year:g} days × {availability:g} open.",
        "轨道：每日 {rail_passengers_per_day:,.0f} 人 × {rail_minutes_saved:g} 分钟 ÷ 60 × "
        "{rail_value_of_time:g} 元/小时 × {rail_days_per_year:g} 天 × 开放比例 {availability:g}。",
    ),
    "operating": Text(
        "As perceived: Σ vehicle-km saved × what drivers reckon with (cars {distance_cost_car:g}, "
        "trucks {distance_cost_truck:g} CNY/km).",
        "感知：Σ 节省车公里 × 驾驶人感知费用（小客车 {distance_cost_car:g}、货车 "
        "{distance_cost_truck:g} 元/公里）。",
    ),
    "unperceived": Text(
        "Not perceived: resource cost of running at each speed, Σ vehicle-km × CNY/km, without "
        "less with, beyond what drivers reckon with.",
        "未感知：按车速的资源费用 Σ 车公里 × 元/公里（无减有），扣除已感知部分。",
    ),
    "toll": Text(
        "Tolls: Σ vehicles × toll of the road, without less with the option.",
        "通行费：Σ 车辆数 × 路段通行费（无减有）。",
    ),
    "taker": Text(
        "Revenue: what users pay more; tolls cancel in the sum.",
        "收入：使用者多付的部分；合计中相互抵消。",
    ),
    "accidents": Text(
        "Σ vehicle-km saved on each class of road × its cost of accidents a kilometre.",
        "Σ 各级道路节省车公里 × 每公里事故费用。",
    ),
    "co2": Text(
        "Σ vehicle-km at each speed × kg CO₂/km ÷ 1000, without less with, × {carbon_price:g} "
        "CNY/t.",
        "Σ 各车速车公里 × 千克 CO₂/公里 ÷ 1000（无减有）× {carbon_price:g} 元/吨。",
    ),
    "air": Text(
        "Σ vehicle-km at each speed × (g NOx × {nox_cost:g} CNY/kg + g particles × {pm_cost:g} "
        "CNY/kg) ÷ 1000, without less with.",
        "Σ 各车速车公里 ×（NOx 克 × {nox_cost:g} 元/千克 + 颗粒物克 × {pm_cost:g} 元/千克）"
        "÷ 1000（无减有）。",
    ),
    "reliability": Text(
        "Σ hours of delay saved × value of an hour × {reliability_ratio:g} (ratio) × "
        "{reliability_sd_share:g} (spread as a share of delay).",
        "Σ 减少的延误小时 × 小时价值 × {reliability_ratio:g}（比值）× "
        "{reliability_sd_share:g}（波动占延误之比）。",
    ),
    "capital": Text(
        "{capital_cost_cny:,.0f} CNY spread over {build_years} years before {open_year}, "
        "discounted.",
        "{capital_cost_cny:,.0f} 元分摊于 {open_year} 年前 {build_years} 年，折现。",
    ),
    "risk": Text(
        "Expected cost of the risk register, {risk_cny:,.0f} CNY, spread as the capital, "
        "discounted.",
        "风险登记册期望费用 {risk_cny:,.0f} 元，按建设费分摊，折现。",
    ),
    "optimism_bias": Text(
        "{bias:.1%} of estimate and risks ({capital_cost_cny:,.0f} + {risk_cny:,.0f} CNY), spread "
        "as the capital, discounted.",
        "估算与风险（{capital_cost_cny:,.0f} + {risk_cny:,.0f} 元）的 {bias:.1%}，"
        "按建设费分摊，折现。",
    ),
    "renewals": Text(
        "Elements of the form renewed at the end of their lives (of a tunnel without elements "
        "{plant:g} of the capital every {plant_life_years:g} years), with optimism bias, "
        "discounted.",
        "各构件寿命期满更新（无构件清单的隧道每 {plant_life_years:g} 年更新 {plant:g}），"
        "含乐观偏差，折现。",
    ),
    "upkeep": Text(
        "({upkeep_cny_per_year:,.0f} CNY × {upkeep_scale:g} × growth of {upkeep_growth:g} a year − "
        "{energy_gwh_per_year:g} GWh × {electricity_price_in_upkeep:g} CNY/kWh) in every year of "
        "operation, discounted.",
        "运营各年（{upkeep_cny_per_year:,.0f} 元 × {upkeep_scale:g} × 年增长 {upkeep_growth:g} − "
        "{energy_gwh_per_year:g} GWh × {electricity_price_in_upkeep:g} 元/千瓦时），折现。",
    ),
    "energy": Text(
        "{energy_gwh_per_year:g} GWh × {electricity_price:g} CNY/kWh in every year of operation, "
        "discounted.",
        "运营各年 {energy_gwh_per_year:g} GWh × {electricity_price:g} 元/千瓦时，折现。",
    ),
    "residual": Text(
        "−{residual_share:g} of the capital with risks and optimism bias, in the last year, "
        "discounted.",
        "期末 −{residual_share:g} × 含风险与乐观偏差的建设费，折现。",
    ),
    "embodied_co2": Text(
        "−{embodied_co2_t:,.0f} t × {carbon_price:g} CNY/t, spread as the capital, discounted.",
        "−{embodied_co2_t:,.0f} 吨 × {carbon_price:g} 元/吨，按建设费分摊，折现。",
    ),
    "operation_co2": Text(
        "−{operation_co2_t_per_year:,.0f} t × {carbon_price:g} CNY/t in every year of operation, "
        "discounted.",
        "运营各年 −{operation_co2_t_per_year:,.0f} 吨 × {carbon_price:g} 元/吨，折现。",
    ),
    "disruption": Text(
        "−{disruption_share:g} of the capital with risks and optimism bias while building, "
        "discounted.",
        "建设期 −{disruption_share:g} × 含风险与乐观偏差的建设费，折现。",
    ),
}
COMPONENTS["reliability"] = Text("Reliability", "可靠性")
ROWS_NOTE = Text("The rows of parameters that it comes from", "所用参数各行")
OTHER_YEARS = Text("{} other years", "其余 {} 年")
GUARDED = Text(
    "The table has {} more: it was solved again at smaller gaps, and this from the first solution.",
    "汇总表多 {}：汇总表采用更小间隙的重新求解，本表采用首次求解。",
)
SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "explain_components",
            Text("Present value of benefits by component", "效益现值的构成"),
            Text(
                "adds up to pv_benefits_cny of sheet appraisal; taker: what toll takers lose, "
                "which cancels tolls paid less",
                "合计等于 appraisal 表的 pv_benefits_cny；taker 为收费方减收，与少付通行费抵消",
            ),
        ),
        Sheet(
            "explain_clusters",
            Text("User benefit of the last year by pair of clusters", "末年用户效益，按组团对"),
            Text(
                "from origin to destination; empty: outside all clusters; adds up to sheet "
                "benefits, class by class and kind by kind",
                "由起点至讫点；空白为组团以外；按车类与构成合计均等于 benefits 表",
            ),
        ),
        Sheet(
            "explain_pairs",
            Text("User benefit of the last year by pair of zones", "末年用户效益，按小区对"),
            Text(
                "the 100 largest of each option; row remainder: all others",
                "各方案最大的 100 对；remainder 行为其余合计",
            ),
        ),
        Sheet(
            "explain_links",
            Text("User benefit of the last year by road", "末年用户效益，按路段"),
            Text(
                "the 100 largest of each option; row remainder: all others; a minus: traffic moved "
                "there",
                "各方案最大的 100 条路段；remainder 行为其余合计；负号表示车流转移至该路段",
            ),
        ),
    )
}
