"""What the layers of results.gpkg and their columns are called, in both languages."""

from transitplan.report.catalog import unit_of
from transitplan.report.names import unit_words
from transitplan.viz.text import Text

LAYERS = {
    "links": (
        Text("Traffic today, volume / capacity", "现状交通负荷（流量／通行能力）"),
        Text(
            "Roads of the base year with nothing built, and their flow in the peak hour; width: "
            "vehicles, colour: volume over capacity.",
            "基年不建方案的路网与高峰小时流量；线宽为车辆数，颜色为流量与通行能力之比。",
        ),
    ),
    "option_links": (
        Text("Change of traffic by each option", "各方案引起的流量变化"),
        Text(
            "Roads whose flow an option changes by 1 veh/h or more, last modelled year, against "
            "nothing built; width: how much.",
            "末年与不建方案相比流量变化不小于 1 辆/小时的路段；线宽为变化量。",
        ),
    ),
    "crossings": (
        Text("River crossings", "过河通道"),
        Text(
            "Crossings of the base network with modelled and counted traffic.",
            "现状路网的过河通道及其模型与观测流量。",
        ),
    ),
    "clusters": (
        Text("Clusters and hubs", "组团与枢纽"),
        Text("Places between which access is measured.", "用于衡量可达性的地点。"),
    ),
    "gains": (
        Text("User benefit by cluster", "各组团的用户效益"),
        Text(
            "Benefit of a year to users, half to each end of a trip, last modelled year; size: how "
            "much. What falls outside all clusters is not on the map.",
            "末年用户年效益，每次出行两端各计一半；大小为效益。组团以外部分不在图上。",
        ),
    ),
    "cluster_pairs": (
        Text("Times between places", "地点间时间"),
        Text(
            "Straight lines between clusters and hubs with times by mode, nothing built, by year.",
            "组团与枢纽间直线，含各方式时间（不建方案，分年份）。",
        ),
    ),
    "options": (
        Text("Roads of the options", "方案线位"),
        Text(
            "Road of each option's own crossing, with the money of the option.",
            "各方案自身通道的线位及其费用效益。",
        ),
    ),
    "isochrones": (
        Text("Within reach of the chosen cluster", "所选组团的可达范围"),
        Text(
            "Areas within minutes by car on empty roads and by public transport from 7 to 9, base "
            "network.",
            "现状路网：小客车空路与公共交通（7–9 时）在给定分钟内可达的范围。",
        ),
    ),
    "zones": (
        Text("Zones, residents", "小区（常住人口）"),
        Text("Centroids of the zones; size: residents.", "小区形心；大小为常住人口。"),
    ),
    "ground_areas": (
        Text("Water and districts", "水面与行政区"),
        Text("Areas of the ground below the network.", "底图面状要素。"),
    ),
    "ground_lines": (
        Text("River", "河流"),
        Text("Lines of the ground below the network.", "底图线状要素。"),
    ),
    "ground_places": (
        Text("Towns", "地名"),
        Text("Places of the ground below the network.", "底图点状要素。"),
    ),
}
ABSENT = {  # why a layer is not there
    "option_links": Text("no option changes any flow", "没有方案改变流量"),
    "crossings": Text("the network names no crossings", "路网未列过河通道"),
    "gains": Text("no benefit by cluster", "无分组团效益"),
    "cluster_pairs": Text("times by mode were not asked for", "未计算各方式时间"),
    "options": Text(
        "no option has a road of its own: each widens one that is there",
        "各方案均无自身线位（仅拓宽现有道路）",
    ),
    "isochrones": Text("the case asks for no isochrones", "本案例未要求等时圈"),
    "ground_areas": Text("the case's ground has no areas", "底图无面状要素"),
    "ground_lines": Text("the case's ground has no lines", "底图无线状要素"),
    "ground_places": Text("the case's ground has no places", "底图无点状要素"),
}
COLUMNS = {
    "link_id": Text("Link", "路段编号"),
    "name": Text("Name", "英文名"),
    "name_zh": Text("Name in Chinese", "名称"),
    "title": Text("Option", "方案（英文）"),
    "title_zh": Text("Option in Chinese", "方案"),
    "option_id": Text("Option id", "方案编号"),
    "site_id": Text("Site", "桥位编号"),
    "crossing_id": Text("Crossing", "通道编号"),
    "cluster_id": Text("Cluster", "组团编号"),
    "zone_id": Text("Zone", "小区编号"),
    "from_node_id": Text("From node", "起点"),
    "to_node_id": Text("To node", "终点"),
    "origin_id": Text("From", "起点"),
    "destination_id": Text("To", "终点"),
    "year": Text("Year", "年份"),
    "kind": Text("Kind", "类别"),
    "form": Text("Form", "形式"),
    "status": Text("Status", "状态"),
    "facility_type": Text("Class of road", "道路等级"),
    "structure": Text("Structure", "结构"),
    "length_m": Text("Length", "长度"),
    "lanes": Text("Lanes", "车道数"),
    "lane_capacity_pceph": Text("Capacity of a lane", "单车道通行能力"),
    "free_speed_kph": Text("Speed when empty", "畅通车速"),
    "truck_speed_kph": Text("Speed limit of trucks", "货车限速"),
    "allowed_uses": Text("Who may use it", "允许通行"),
    "banned_uses": Text("Who may not use it", "禁止通行"),
    "toll_cny": Text("Toll of cars", "小客车通行费"),
    "toll_truck_cny": Text("Toll of trucks", "货车通行费"),
    "flow_vph": Text("Flow, peak hour", "高峰小时流量"),
    "pce_vph": Text("Flow in car equivalents", "标准车流量"),
    "time_s": Text("Time at peak", "高峰行程时间"),
    "free_time_s": Text("Time when empty", "畅通行程时间"),
    "delay_s": Text("Delay at peak", "高峰延误"),
    "volume_capacity_ratio": Text("Volume / capacity", "流量／通行能力"),
    "change_vph": Text("Change of flow", "流量变化"),
    "open_year": Text("Opens", "通车年份"),
    "river_km": Text("Place along the river", "沿河里程"),
    "main_span_m": Text("Main span", "主跨"),
    "capital_cost_cny": Text("Capital cost, estimate", "建设费（估算）"),
    "capital_cost_p80_cny": Text("Capital cost, not exceeded in 80 %", "建设费（P80）"),
    "toll_rule": Text("Rule of tolls", "收费规则"),
    "availability": Text("Share of the year open", "全年开放比例"),
    "rail_deck": Text("Rail on it", "轨道"),
    "cycle_walk": Text("Cycles and walkers", "非机动车与行人"),
    "observed_daily_vehicles_low": Text("Counted, low", "观测流量（低）"),
    "observed_daily_vehicles_high": Text("Counted, high", "观测流量（高）"),
    "observed_year": Text("Counted in", "观测年份"),
    "modelled_daily_vehicles": Text("Modelled", "模型流量"),
    "source": Text("Source", "来源"),
    "confidence": Text("Confidence", "可信度"),
    "note": Text("Note", "备注"),
    "lon": Text("Longitude", "经度"),
    "lat": Text("Latitude", "纬度"),
    "lon_south": Text("Longitude, south end", "南端经度"),
    "lat_south": Text("Latitude, south end", "南端纬度"),
    "lon_north": Text("Longitude, north end", "北端经度"),
    "lat_north": Text("Latitude, north end", "北端纬度"),
    "user_benefit_cny": Text("User benefit", "用户效益"),
    "car_free_min": Text("Car, empty roads", "小客车（空路）"),
    "car_peak_min": Text("Car, peak", "小客车（高峰）"),
    "transit_min": Text("Public transport", "公共交通"),
    "walk_min": Text("of which walking", "其中步行"),
    "wait_min": Text("of which waiting", "其中候车"),
    "ride_min": Text("of which riding", "其中乘车"),
    "changes": Text("Changes", "换乘次数"),
    "best_min": Text("Fastest mode takes", "最快方式用时"),
    "best_mode": Text("Fastest mode", "最快方式"),
    "mode": Text("Mode", "方式"),
    "within_min": Text("Within", "时限"),
    "population": Text("Residents", "常住人口"),
    "jobs": Text("Jobs", "岗位"),
    "super_zone": Text("Cluster", "所属组团"),
    "zone_kind": Text("Kind of zone", "小区类别"),
    "district": Text("District", "行政区"),
    "extra_cars_per_day": Text("Further cars", "附加小客车"),
    "extra_trucks_per_day": Text("Further trucks", "附加货车"),
    "pv_benefits_cny": Text("Benefits, present value", "效益现值"),
    "pv_costs_cny": Text("Costs, present value", "费用现值"),
    "npv_cny": Text("Net present value", "净现值"),
    "npv_p05_cny": Text("Net present value, 5 %", "净现值（5 %）"),
    "npv_p95_cny": Text("Net present value, 95 %", "净现值（95 %）"),
    "bcr": Text("Benefit / cost", "效益费用比"),
    "probability_best": Text("Probability of being best", "最优概率"),
    "closed_hours_per_year": Text("Closed", "关闭时间"),
    "embodied_co2_t": Text("CO2 of building", "建设 CO2"),
    "operation_co2_t_per_year": Text("CO2 of operation", "运营 CO2"),
}
_UNITS = {  # of columns that no sheet has
    "modelled_daily_vehicles": "veh/day",
    "lane_capacity_pceph": "pce/h",
    "extra_cars_per_day": "veh/day",
    "extra_trucks_per_day": "veh/day",
    "user_benefit_cny": "CNY/year",
    "year": "",
    "open_year": "",
    "observed_year": "",
}
_SHEETS = {"links": "flows", "option_links": "flows", "options": "appraisal", "zones": "reach"}


def layer_unit(layer: str, column: str) -> str:
    """Unit of a column of a layer; empty where it has none."""
    if column in _UNITS:
        return _UNITS[column]
    return unit_of(_SHEETS.get(layer, layer), column)


def column_words(layer: str, columns: list[str]) -> dict[str, Text]:
    """Name of every column that has one in words, its unit behind it."""
    found = {}
    for name in columns:
        if name in COLUMNS:
            unit = unit_words(layer_unit(layer, name))
            behind = Text(f" [{unit.en}]", f" [{unit.zh}]") if unit.en else Text("", "")
            found[name] = COLUMNS[name] + behind
    return found
