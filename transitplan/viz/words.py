"""Words that pages and maps share, in both languages."""

from transitplan.viz.text import Text

ROAD_CLASSES = {
    "expressway": Text("expressway", "高速公路"),
    "urban_expressway": Text("urban expressway", "城市快速路"),
    "trunk": Text("trunk road", "主干路／国省道"),
    "arterial": Text("arterial", "干路"),
    "collector": Text("collector", "次干路"),
    "local": Text("local street", "支路"),
    "ramp": Text("ramp", "匝道"),
    "connector": Text("zone connector", "小区连接线"),
}
FORMS = {
    "none": Text("nothing built", "不建"),
    "bridge": Text("bridge", "桥梁"),
    "tunnel": Text("tunnel", "隧道"),
    "road_rail_bridge": Text("road and rail bridge", "公铁两用桥"),
    "road_rail_tunnel": Text("road and rail tunnel", "公轨合建隧道"),
    "rail_bridge": Text("rail bridge", "铁路桥"),
    "pontoon": Text("pontoon", "浮桥"),
    "widening": Text("widening", "拓宽"),
}
STATUSES = {
    "open": Text("open", "已通车"),
    "open_unmodelled": Text("open, outside the model", "已通车（未纳入模型）"),
    "under_construction": Text("under construction", "在建"),
    "planned": Text("planned", "规划"),
}
