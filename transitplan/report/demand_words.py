"""What the demand model's purposes, modes, hours and steps are called in both languages."""

from transitplan.report import names
from transitplan.viz.text import Text, as_text

PURPOSES = {
    "all": Text("all trips", "全部出行"),
    "commute": Text("commuting", "通勤"),
    "education": Text("education", "上学"),
    "business": Text("business", "公务"),
    "other": Text("other trips", "其他"),
    "airport_passenger": Text("air passengers", "航空旅客"),
    "airport_staff": Text("airport staff", "机场员工"),
    "freight": Text("freight", "货运"),
}
MODES = {
    "walk": Text("walk", "步行"),
    "cycle": Text("cycle", "自行车"),
    "ebike": Text("e-bike", "电动自行车"),
    "transit": Text("bus and metro", "公共交通"),
    "bus": Text("bus", "公交"),
    "metro": Text("metro", "地铁"),
    "car": Text("car, driving", "小客车驾驶"),
    "car_passenger": Text("car, passenger", "小客车乘坐"),
    "park_ride": Text("park and ride", "停车换乘"),
    "park_and_ride": Text("park and ride", "停车换乘"),
}
PERIODS = {
    "am": Text("morning peak", "早高峰"),
    "ip": Text("between the peaks", "平峰"),
    "pm": Text("evening peak", "晚高峰"),
    "night": Text("night", "夜间"),
    "day": Text("day", "全日"),
}
DIRECTIONS = {"north": Text("northbound", "往北"), "south": Text("southbound", "往南")}
STAGES = {
    "generated": Text("generated", "出行生成"),
    "distributed": Text("distributed", "出行分布"),
    "by mode": Text("by mode", "方式划分"),
    "in periods": Text("in periods", "分时段"),
    "vehicles": Text("vehicles", "车辆"),
    "borders": Text("borders", "对外"),
    "freight": Text("freight", "货运"),
    "calibrated": Text("calibrated", "计数校准"),
    "pivoted": Text("pivoted", "增量预测"),
    "modelled": Text("modelled", "模型"),
    "assigned": Text("assigned", "分配"),
    "written": Text("written", "写出"),
}
UNITS = {
    "trips/day": Text("trips a day", "人次/日"),
    "veh/day": Text("veh/day", "辆/日"),
    "veh/h": Text("veh/h", "辆/小时"),
    "share": Text("share", "比例"),
    "km": Text("km", "公里"),
    "1/km": Text("1/km", "1/公里"),
    "min": Text("min", "分钟"),
    "trips/day per worker": Text("trips/day per worker", "人次/日·就业者"),
    "trips/day per job": Text("trips/day per job", "人次/日·岗位"),
    "trips/day per resident": Text("trips/day per resident", "人次/日·人"),
    "trips/day per place": Text("trips/day per place", "人次/日·学位"),
    "trips/day per pupil or student": Text("trips/day per pupil or student", "人次/日·学生"),
    "truck trips/day per job": Text("truck trips/day per job", "车次/日·岗位"),
    "truck trips/day per industrial job": Text(
        "truck trips/day per industrial job", "车次/日·工业岗位"
    ),
    "truck trips/day per resident": Text("truck trips/day per resident", "车次/日·人"),
    "truck trips/day per tonne": Text("truck trips/day per tonne", "车次/日·吨"),
}
MOVED = {
    "cell": Text("trips between", "两地之间"),
    "origin": Text("trips from", "出发"),
    "destination": Text("trips to", "到达"),
}
OTHERS = {
    "production": Text("production", "产生"),
    "attraction": Text("attraction", "吸引"),
    "population": Text("residents", "人口"),
    "jobs": Text("jobs", "岗位"),
    "workers": Text("workers", "就业人口"),
    "pupils": Text("pupils", "学生"),
    "commute_jobs": Text("jobs that are commuted to", "通勤岗位"),
    "industry_jobs": Text("industrial jobs", "工业岗位"),
    "airport_jobs": Text("airport jobs", "机场岗位"),
    "school_places": Text("school places", "学位"),
    "air_passengers_per_day": Text("air passengers a day", "日航空旅客"),
    "air_cargo_tonnes_per_day": Text("air cargo a day", "日航空货运吨数"),
    "port_tonnes_per_day": Text("port tonnes a day", "港口日吨数"),
    "rail_freight_tonnes_per_day": Text("rail freight tonnes a day", "铁路货运日吨数"),
    "cars_per_day": Text("cars a day", "日小客车数"),
    "trucks_per_day": Text("trucks a day", "日货车数"),
    "scale_per_min": Text("scale of the mode choice, per minute", "方式选择尺度（每分钟）"),
    "peak_hour_share": Text("share of the peak hour", "高峰小时系数"),
    "km": Text("mean km", "平均公里"),
    "min": Text("mean minutes", "平均分钟"),
    "airport": Text("airport", "机场"),
    "station": Text("railway stations", "火车站"),
    "within zones": Text("within zones", "小区内"),
    "trips within zones": Text("trips within zones", "小区内出行"),
    "through": Text("through", "过境"),
    "from stations to zones": Text("from stations to zones", "由站点至小区"),
    "from zones to stations": Text("from zones to stations", "由小区至站点"),
    "between stations and given zones": Text(
        "between stations and given zones", "站点与指定小区之间"
    ),
    "produced": Text("produced", "产生"),
    "mean length": Text("mean length", "平均距离"),
    "deterrence": Text("decay with distance", "距离衰减"),
    "factor of attractions to productions": Text("attractions scaled by", "吸引量调整系数"),
    "intrazonal": Text("within zones", "小区内"),
    "unreachable": Text("unreachable", "不可达"),
    "drivers": Text("drivers", "驾驶人"),
    "cars": Text("cars", "小客车"),
    "trips": Text("trips", "出行"),
    "car_share": Text("share of drivers", "驾车分担率"),
    "river": Text("over the river", "过河"),
    "low": Text("low", "低"),
    "central": Text("central", "中"),
    "high": Text("high", "高"),
}
WORDS = {**OTHERS, **STAGES, **names.GROUPS, **names.VEHICLES, **PERIODS, **MODES, **PURPOSES}


def unit(said: str) -> Text:
    """Name of a unit."""
    return UNITS.get(said) or as_text(said)
