"""A small feed in the manner of the example of the GTFS reference, written here by hand.

Two bus lines by timetable, a shuttle by headways with Chinese names, a night trip past midnight and
a line on weekends; every optional file that is read.
"""

from collections.abc import Mapping
from pathlib import Path

FILES = {
    "agency": """agency_id,agency_name,agency_url,agency_timezone,agency_lang
DTA,Demo Transit,https://example.org,Asia/Shanghai,en
""",
    "stops": """stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type,parent_station
A,Alpha,36.60,117.00,z1,0,S
B,Beta,36.60,117.02,z1,,
C,Gamma,36.60,117.04,z2,,
D,Delta,36.60,117.06,z2,,
S,Alpha station,36.60,117.00,,1,
""",
    "routes": """route_id,agency_id,route_short_name,route_long_name,route_type,route_color
R1,DTA,1,Alpha - Gamma,3,0055AA
R2,DTA,2,Shuttle,0,
""",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    """start_date,end_date
WD,1,1,1,1,1,0,0,20260101,20260131
WE,0,0,0,0,0,1,1,20260101,20260131
""",
    "calendar_dates": """service_id,date,exception_type
WD,20260101,2
WE,20260101,1
""",
    "trips": """route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id
R1,WD,T1,Gamma,0,,sh1
R1,WD,T2,Gamma,0,,sh1
R1,WE,T3,Alpha,1,,
R2,WD,F1,Delta,0,,
""",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,"
    """pickup_type,drop_off_type
T1,7:00:00,7:00:00,A,1,0,1
T1,,,B,2,0,0
T1,07:10:00,07:10:00,C,3,1,0
T2,23:55:00,23:55:00,A,1,,
T2,24:00:00,24:01:00,B,2,,
T2,25:10:00,25:10:00,C,3,,
T3,08:00:00,08:00:00,C,10,,
T3,08:09:00,08:09:00,A,20,,
F1,00:00:00,00:00:00,C,1,,
F1,00:06:00,00:06:00,D,2,,
""",
    "frequencies": """trip_id,start_time,end_time,headway_secs,exact_times
F1,06:00:00,09:00:00,600,0
F1,09:00:00,22:00:00,1200,0
""",
    "shapes": """shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
sh1,36.60,117.00,1,0
sh1,36.60,117.02,2,1.8
sh1,36.60,117.04,3,3.6
""",
    "transfers": """from_stop_id,to_stop_id,transfer_type,min_transfer_time
B,C,2,300
C,B,0,
""",
    "fare_attributes": """fare_id,price,currency_type,payment_method,transfers
p,2,CNY,0,0
""",
    "fare_rules": """fare_id,route_id,origin_id,destination_id
p,R1,z1,z2
""",
    "translations": """table_name,field_name,language,translation,record_id,field_value
stops,stop_name,zh,阿尔法,A,
routes,route_long_name,zh,摆渡车,,Shuttle
""",
    "feed_info": """feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date
Demo feed,https://example.org,en,20260101,20260131
""",
}
REQUIRED = ("agency", "stops", "routes", "trips", "stop_times", "calendar")


def write(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Write the tables as they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    return folder


def changed(table: str, old: str, new: str) -> dict[str, str]:
    """The feed with one text replaced."""
    assert old in FILES[table], f"{old!r} does not stand in {table}"
    return {**FILES, table: FILES[table].replace(old, new)}
