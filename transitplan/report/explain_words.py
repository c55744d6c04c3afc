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
