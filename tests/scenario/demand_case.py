"""The two banks with a small demand model of tables, invented, in a folder of its own."""

import shutil

MODEL = """
zones = "zones.csv"
rates = "rates.csv"
rules = "rules.csv"
directions = "directions.csv"
periods = "periods.csv"
growth = "growth.csv"
shares = "shares.csv"
lengths = "lengths.csv"
freight = "freight.csv"
freight_rules = "freight_rules.csv"
borders = "borders.csv"
counts = "counts.csv"
hour = "am"

[border]
cars = { car_business = 0.5, car_other = 0.5 }
through_min_km = 5
deterrence_per_km = 0.05

[modes.walk]
kind = "walk"
name = "Walk"
name_zh = "步行"
longest_min = 150

[modes.ebike]
kind = "cycle"
name = "E-bike"
name_zh = "电动自行车"
speed_kph = 16
vehicle_weight = 1.2

[modes.transit]
kind = "transit"
name = "Transit"
name_zh = "公共交通"
fare_cny = 2

[modes.car]
kind = "car"
name = "Car"
name_zh = "小汽车"
terminal_min = 4
terminal_low_min = 2
terminal_high_min = 12
money_cny = 2

[modes.car_passenger]
kind = "passenger"
name = "Passenger"
name_zh = "乘客"

[modes.park_ride]
kind = "park_and_ride"
name = "Park and ride"
name_zh = "停车换乘"

[nests.slow]
members = ["walk", "ebike"]
dissimilarity = 0.7

[nests.private]
members = ["car", "car_passenger"]
dissimilarity = 0.7
"""
TABLES = {
    "zones": """
zone_id,workers,pupils,car_available_share,source,status
1,30000,9000,0.5,invented,assumed
2,60000,18000,0.6,invented,assumed
3,20000,6000,0.5,invented,assumed
4,75000,20000,0.5,invented,assumed
5,5000,1000,0.6,invented,assumed
6,200000,60000,0.45,invented,assumed
7,0,0,0,invented,assumed
8,0,0,0,invented,assumed
""",
    "rates": """
purpose,end,attribute,value,unit,source,status
commute,production,workers,0.5,trips/day per worker,invented,assumed
commute,attraction,jobs,0.5,trips/day per job,invented,assumed
other,production,population,0.3,trips/day per person,invented,assumed
other,attraction,jobs,0.2,trips/day per job,invented,assumed
other,attraction,population,0.2,trips/day per person,invented,assumed
""",
    "rules": """
purpose,class,scale_per_min,deterrence_per_min,occupancy,value_of_time_cny_per_h,source,status
commute,car_commute,0.08,0.03,1.25,25,invented,assumed
other,car_other,0.09,0.04,1.6,17,invented,assumed
""",
    "directions": """
purpose,period,outbound_share,return_share
commute,am,0.4,0
commute,pm,0,0.4
commute,rest,0.1,0.1
other,am,0.1,0.05
other,pm,0.1,0.15
other,rest,0.3,0.3
""",
    "periods": """
period,hours,peak_hour_share,modelled,border_share,truck_share
am,2,0.55,1,0.08,0.06
pm,2,0.55,1,0.08,0.05
rest,20,0.1,0,,
""",
    "growth": """
group,year,attribute,low,central,high
rest,2035,population,1,1,1.2
rest,2035,workers,1,1,1.2
rest,2035,jobs,1,1,1.2
""",
    "shares": """
purpose,mode,share,low,high,status
commute,walk,0.15,0.1,0.2,assumed
commute,ebike,0.3,0.2,0.4,assumed
commute,transit,0.19,0.1,0.3,assumed
commute,car,0.28,0.2,0.4,assumed
commute,car_passenger,0.07,0.05,0.1,assumed
commute,park_ride,0.01,0,0.05,assumed
other,walk,0.3,,,assumed
other,ebike,0.3,,,assumed
other,transit,0.1,,,assumed
other,car,0.2,,,assumed
other,car_passenger,0.1,,,assumed
""",
    "lengths": """
purpose,mean_km,mean_min,low_km,high_km,low_min,high_min,status
commute,10.5,34,8,12,25,45,assumed
other,9,,6,12,,,assumed
""",
    "freight": """
purpose,end,attribute,value,unit
truck,production,jobs,0.02,trips/day per job
truck,attraction,jobs,0.02,trips/day per job
""",
    "freight_rules": """
class,use,pce,mean_km,value_of_time_cny_per_h,distance_cost_cny_per_km
truck,truck,2,14,55,4.5
""",
    "borders": """
zone_id,kind,cars_per_day,trucks_per_day,through_share
7,external,16000,4000,0.3
8,external,12000,4000,0.3
5,station,8000,500,
""",
    "counts": """
count_id,name,name_zh,kind,links,volume_per_day,hour_share,hour_share_pm,sigma_vph,use,low,high,source
W,West bridge,西桥,screenline,{links},8000,0.1,0.12,40,fit,7000,9000,invented
""",
}


def demand_case(folder, links="", **changes):
    """Write the case; return its folder.

    changes
        Text of tables, or of ``model``, in place of those above.
    """
    case = folder / "networks" / "two_banks"
    shutil.copytree("networks/two_banks", case)
    path = case / "case.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text('demand_model = "demand/model.toml"\n' + text, encoding="utf-8")
    (case / "demand").mkdir()
    wanted = {"model": MODEL} | TABLES | changes
    for name, body in wanted.items():
        ending = "toml" if name == "model" else "csv"
        text = body.lstrip("\n").replace("{links}", links)
        (case / "demand" / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return case
