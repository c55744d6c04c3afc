"""A small made-up record of a demand model, with the columns that `transitplan demand` writes."""

import csv
from pathlib import Path

PURPOSES = {  # trips a day, mean km, target, minutes, target
    "commute": (6_000_000, 8.9, 8.7, 36.2, 35),
    "education": (2_400_000, 3.1, 3.2, 21.0, ""),
    "other": (4_000_000, 5.0, "", 24.5, ""),
}
MODES = {  # share by purpose, in the order above
    "walk": (0.20, 0.50, 0.40),
    "ebike": (0.30, 0.20, 0.25),
    "transit": (0.20, 0.15, 0.10),
    "car": (0.25, 0.05, 0.20),
    "car_passenger": (0.05, 0.10, 0.05),
}
EDGES = (0, 2, 5, 10, 20, 40, "inf")
LENGTHS = (0.22, 0.24, 0.26, 0.18, 0.08, 0.02)
COUNTS = [  # id, names, kind, use, counted, low, high, before, after, geh before, geh after
    ("jiluo", "Jiluo Road tunnel", "济泺路隧道", "link", "fit", 1600, 1400, 1900, 2100, 1650,
     11.6, 1.2),
    ("g20", "G20 Yellow River Bridge", "济南黄河三桥", "link", "fit", 1000, 900, 1100, 1500, 1180,
     14.1, 5.5),
    ("river", "Yellow River, all crossings", "黄河全断面", "screenline", "fit", 9000, "", "", 9900,
     9100, 9.3, 1.1),
    ("jianbang", "Jianbang Bridge", "建邦黄河大桥", "link", "holdout", 1200, 1100, 1400, 1600,
     1350, 10.7, 4.2),
    ("qilu", "Qilu Bridge", "齐鲁黄河大桥", "link", "holdout", 300, 200, 350, 700, 640, 17.9,
     15.7),
]  # fmt: skip
YEARS = (2025, 2030, 2035)
PERIODS = ("am", "ip", "pm")
CLASSES = {"car_commute": 2000, "car_business": 400, "car_other": 900, "truck": 300}


def tables() -> dict[str, list[dict[str, object]]]:
    """Rows of every file by its name."""
    ends, shares, lengths, bins = [], [], [], []
    for growth, year in enumerate(YEARS):
        for at, (purpose, (now, km, km_target, minutes, target)) in enumerate(PURPOSES.items()):
            trips = now * (1 + 0.05 * growth)
            base = growth == 0
            key = {"year": year, "purpose": purpose}
            ends.append({**key, "productions": trips, "attractions": trips, "scaled": 1 + at / 10})
            lengths.append(
                {
                    **key,
                    "trips_per_day": trips,
                    "mean_km": km + growth / 10,
                    "mean_min": minutes + growth,
                    "target_km": km_target if base else "",
                    "target_min": target if base else "",
                    "low_km": km_target and km_target - 0.5 if base else "",
                    "high_km": km_target and km_target + 0.5 if base else "",
                    "low_min": target and target - 1 if base else "",
                    "high_min": target and target + 1 if base else "",
                    "status": "published" if target else "assumed",
                }
            )
            for place, (mode, by_purpose) in enumerate(MODES.items()):
                share = by_purpose[at]
                missed = 0.07 if (purpose, mode) == ("other", "car") and base else 0.0
                shares.append(
                    {
                        **key,
                        "mode": mode,
                        "trips_per_day": trips * share,
                        "share": share,
                        "target": share + missed if base else "",
                        "low": max(share + missed - 0.05, 0) if base else "",
                        "high": share + missed + 0.05 if base else "",
                        "status": "published" if place == 2 else "assumed",
                    }
                )
            bins += [
                {**key, "from_km": low, "to_km": high, "share": part}
                for low, high, part in zip(EDGES[:-1], EDGES[1:], LENGTHS, strict=True)
            ]
    return {
        "ends": ends,
        "shares": shares,
        "lengths": lengths,
        "length_shares": bins,
        "counts": [
            dict(
                zip(
                    ["count_id", "name", "name_zh", "kind", "use", "counted_vph", "low_vph",
                     "high_vph", "before_vph", "after_vph", "geh_before", "geh_after"],
                    row, strict=True,
                ),
                period="am",
                sigma_vph=0.1 * float(row[5]),
                source="made up",
            )
            for row in COUNTS
        ],
        "feedback": [
            {"year": year, "round": n + 1, "demand_supply_gap": 0.2 / 7**n, "step": 1 / (n + 1)}
            for year in YEARS
            for n in range(4)
        ],
        "moved": [
            {"what": "cell", "period": "am", "class_name": "car_commute", "o_zone_id": 1,
             "d_zone_id": 4, "before_vph": 210, "after_vph": 160},
            {"what": "origin", "period": "am", "class_name": "truck", "o_zone_id": 2,
             "d_zone_id": "", "before_vph": 90, "after_vph": 120},
            {"what": "destination", "period": "pm", "class_name": "car_other", "o_zone_id": "",
             "d_zone_id": 3, "before_vph": 700, "after_vph": 650},
        ],
        "warnings": [{"text": "counts jiluo and river: no traffic whatever could cause both."}],
        "river": [
            {"year": year, "period": period, "class_name": name, "direction": direction,
             "vph": vehicles * (1 + 0.1 * growth) * (1.2 if direction == "south" else 1)}
            for growth, year in enumerate(YEARS)
            for period in PERIODS
            for name, vehicles in CLASSES.items()
            for direction in ("north", "south")
        ],
        "accounts": [
            {"year": year, "stage": stage, "item": item, "value": value, "unit": unit}
            for year in YEARS
            for stage, item, value, unit in (
                ("generated", "commute", 6e6, "trips/day"),
                ("distributed", "commute", 6e6, "trips/day"),
                ("by mode", "car", 2.42e6, "trips/day"),
                ("written", "car_commute", 3e5, "veh/h"),
            )
        ],
        "inputs": [{"year": year, "made_from": "0123456789abcdef"} for year in YEARS],
        "pivot": [{"year": 2035, "period": "am", "case": 8, "share": 0.9}],
        "calibrated": [
            {"purpose": purpose, "mode": mode, "constant": -0.1 * place, "scale_per_min": 0.06,
             "deterrence_per_min": 0.045, "terminal_min": 5}
            for purpose in PURPOSES
            for place, mode in enumerate(MODES)
        ],
        "range": [
            {"year": year, "scenario": scenario, "item": "river_am", "unit": "veh/h",
             "value": 9000 * factor * (1 + 0.1 * growth)}
            for growth, year in enumerate(YEARS[1:])
            for scenario, factor in (("low", 0.8), ("central", 1.0), ("high", 1.3))
        ],
    }  # fmt: skip


def write_record(folder: Path) -> Path:
    """Write the record into ``folder/record``."""
    folder = folder / "record"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder
