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
