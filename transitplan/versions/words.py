"""Words of a difference in both languages: kinds, tables, columns and units."""

from transitplan.versions.kinds import (
    ADDED,
    CHANGED,
    LINE,
    MERGED,
    MOVED,
    REMOVED,
    RENUMBERED,
    RESHAPED,
    RETYPED,
    REVERSED,
    SPLIT,
    STOP,
)
from transitplan.viz.text import Text, as_text

KINDS = {
    ADDED: Text("Added", "新增"),
    REMOVED: Text("Removed", "删除"),
    SPLIT: Text("Split", "拆分"),
    MERGED: Text("Merged", "合并"),
    MOVED: Text("Moved", "移位"),
    REVERSED: Text("Reversed", "反向"),
    RENUMBERED: Text("Renumbered", "重新编号"),
    RESHAPED: Text("Reshaped", "线形改变"),
    RETYPED: Text("Class changed", "等级改变"),
    CHANGED: Text("Changed", "属性改变"),
}
TABLES = {
    "node": Text("node", "节点"),
    "link": Text("link", "路段"),
    "zone": Text("zone", "小区"),
    "crossing": Text("crossing", "跨河通道"),
    "cluster": Text("cluster or hub", "组团或枢纽"),
    "movement": Text("turn", "转向"),
    LINE: Text("line", "线路"),
    STOP: Text("stop", "站点"),
}
COLUMNS = {
    "name": Text("name in English", "英文名"),
    "name_zh": Text("name in Chinese", "中文名"),
    "line": Text("line", "线形"),
    "place": Text("place", "位置"),
    "from_node_id": Text("from node", "起点"),
    "to_node_id": Text("to node", "终点"),
    "length_m": Text("length", "长度"),
    "facility_type": Text("class of road", "道路等级"),
    "lane_capacity_pceph": Text("capacity of a lane", "单车道通行能力"),
    "free_speed_kph": Text("free speed", "自由流车速"),
    "truck_speed_kph": Text("speed of trucks", "货车车速"),
    "free_time_s": Text("free time", "自由流时间"),
    "lanes": Text("lanes", "车道数"),
    "allowed_uses": Text("allowed uses", "允许通行"),
    "banned_uses": Text("banned uses", "禁止通行"),
    "toll_cny": Text("toll of a car", "小客车通行费"),
    "toll_truck_cny": Text("toll of a truck", "货车通行费"),
    "structure": Text("structure", "结构"),
    "crossing_id": Text("river crossing", "跨河通道"),
    "node_type": Text("kind of node", "节点类型"),
    "zone_id": Text("zone", "小区"),
    "super_zone": Text("cluster", "组团"),
    "zone_kind": Text("kind of zone", "小区类型"),
    "district": Text("district", "行政区"),
    "population": Text("population", "人口"),
    "jobs": Text("jobs", "就业岗位"),
    "extra_cars_per_day": Text("extra cars a day", "额外小客车出行"),
    "extra_trucks_per_day": Text("extra trucks a day", "额外货车出行"),
    "form": Text("form", "形式"),
    "status": Text("status", "状态"),
    "open_year": Text("opens in", "通车年份"),
    "capital_cost_cny": Text("cost", "造价"),
    "main_span_m": Text("main span", "主跨"),
    "river_km": Text("kilometre of the river", "河道里程"),
    "availability": Text("availability", "可用率"),
    "source": Text("source", "来源"),
    "confidence": Text("confidence", "可信度"),
    "lon": Text("longitude", "经度"),
    "lat": Text("latitude", "纬度"),
    "penalty_s": Text("time of the turn", "转向延误"),
    "kind": Text("kind", "种类"),
    "route_long_name": Text("name", "名称"),
    "route_short_name": Text("number", "编号"),
    "route_type": Text("mode (number of GTFS)", "方式（GTFS 代码）"),
    "stop_name": Text("name", "名称"),
}
UNITS = {
    "m": "米",
    "km": "公里",
    "km/h": "公里/小时",
    "s": "秒",
    "min": "分钟",
    "CNY": "元",
    "persons": "人",
    "jobs": "个",
    "veh/day": "辆/日",
    "veh/h": "辆/小时",
    "pce/h": "标准车/小时",
    "pce/h/lane": "标准车/小时/车道",
    "deg": "度",
    "h": "小时",
    "per day": "班/日",
}


# How a line runs is told in columns that name day, direction and hours.
_PARTS = (
    ("departures ", "发车班次 "),
    ("headway ", "平均发车间隔 "),
    ("running time ", "全程运行时间 "),
    ("stops that only one has, ", "仅一方停靠的站 "),
    ("stops ", "站序 "),
    ("weekday", "工作日"),
    ("weekend", "周末"),
    (", direction ", "，方向 "),
    (", ", "，"),
    (" h", " 时"),
)


def column(name: str) -> Text:
    """Words of a column; its own name where there are none."""
    if name in COLUMNS or "direction" not in name:
        return COLUMNS.get(name) or as_text(name)
    chinese = name
    for english, ours in _PARTS:
        chinese = chinese.replace(english, ours)
    return Text(name, chinese)


def unit(name: str) -> Text:
    """Unit with a space before it, or nothing."""
    return Text(f" {name}", f" {UNITS.get(name, name)}") if name else as_text("")
