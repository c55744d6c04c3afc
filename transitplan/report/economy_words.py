"""What the rows and columns of the economic tables are called in both languages."""

from transitplan.viz.text import Text

SUMMARY_ROWS = {
    "users_time_cny": Text("Time of users", "使用者时间"),
    "users_operating_cny": Text("Running costs of users", "使用者车辆运行费用"),
    "users_charges_cny": Text("Tolls of users", "使用者通行费"),
    "providers_cny": Text("Toll takers", "收费方收入"),
    "accidents_cny": Text("Accidents", "交通事故"),
    "co2_traffic_cny": Text("CO2 of traffic", "交通 CO2"),
    "co2_building_cny": Text("CO2 of building", "建设 CO2"),
    "co2_operation_cny": Text("CO2 of operation", "运营 CO2"),
    "air_cny": Text("Local air", "空气质量"),
    "disruption_cny": Text("Disruption while building", "施工干扰"),
    "pvb_cny": Text("Benefits (PVB)", "效益现值（PVB）"),
    "pvc_cny": Text("Costs (PVC)", "费用现值（PVC）"),
    "npv_cny": Text("Net value (NPV)", "净现值（NPV）"),
    "bcr": Text("Benefit / cost (BCR)", "效益费用比（BCR）"),
    "reliability_cny": Text("Apart: reliability", "单列：可靠性"),
}
ITEMS = {
    "capital": Text("Building, estimate", "建设费（估算）"),
    "risk": Text("Risk register, expected", "风险期望值"),
    "optimism_bias": Text("Optimism bias", "乐观偏差"),
    "renewals": Text("Renewals", "更新改造"),
    "upkeep": Text("Upkeep without electricity", "养护（不含电费）"),
    "energy": Text("Electricity", "电费"),
    "residual": Text("Left at the end", "期末残值"),
    "total": Text("Total", "合计"),
}
PURPOSES = {
    "commute": Text("Cars, commuting", "小客车通勤"),
    "business": Text("Cars, business", "小客车公务"),
    "other": Text("Cars, other trips", "小客车其他"),
    "all": Text("Rail passengers", "轨道乘客"),
}
STATUSES = {
    "on the frontier": Text("on the frontier", "在前沿上"),
    "dominated": Text("dominated", "被占优"),
    "extended dominated": Text("dominated by a mix", "被组合占优"),
    "same as another": Text("same as another", "与另一方案相同"),
}
TRAFFIC = {
    "equal_traffic": Text("equal traffic", "相同交通"),
    "response": Text("traffic answers", "路径响应"),
}
SWITCH = {
    "response": Text("fixed trips", "出行固定"),
    "elastic": Text("elastic", "弹性"),
    "modes": Text("mode shift", "方式转移"),
    "destinations": Text("redistribution", "重分布"),
}
PRESET_WORDS = {
    "china": Text("China", "中国"),
    "uk_tag": Text("UK (TAG)", "英国 TAG"),
    "simple": Text("simple", "简化"),
}
IMPACT_COLUMNS = (
    Text("Impact", "影响"),
    Text("In words", "说明"),
    Text("Quantity", "数量"),
    Text("Unit", "单位"),
    Text("Money", "货币"),
    Text("Score", "评分"),
    Text("Who", "影响对象"),
)
