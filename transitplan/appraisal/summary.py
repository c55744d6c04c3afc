"""The appraisal summary table: every impact in words, quantity and money, and who gains.

The seven-point score is left to people. Words come in English and Chinese.
"""

from collections.abc import Mapping

import pandas as pd

from transitplan.appraisal.accounts import Hours, monetised_summary
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.worth import hour_quantities
from transitplan.scenario.case import Case, Form

SCORE = ""  # seven points from −3 to +3, for people to give
HOURS_PER_YEAR = 8760.0
USERS = ("road users", "道路使用者")
OWNER = ("whoever takes the tolls", "收费单位")
ALL = ("everyone", "全社会")
NEAR = ("people beside the roads", "沿线居民")
PAYER = ("taxpayers", "财政")
TRAVELLERS = ("rail passengers", "轨道乘客")
Row = tuple[str, str, str, str, float, str, float, tuple[str, str]]


def appraisal_summary(case: Case, option: str, hours: Hours, ledger: pd.DataFrame) -> pd.DataFrame:
    """Appraisal summary of an option.

    Parameters
    ----------
    hours
        Totals of the peak hour without and with the option, by modelled year.
    ledger
        Of the option: ``accounts.ledger``.

    Returns
    -------
    DataFrame
        option_id, impact, impact_zh, words, words_zh, quantity, unit (a year, of the last modelled
        year, unless it says otherwise; less is shown as saved), pv_cny (NaN: not in money), score
        (empty), who, who_zh.
    """
    form = case.find(option)[1]
    year = max(hours)
    amounts = monetised_summary(ledger).drop(columns="option_id").iloc[0]
    money = {str(name): float(worth) for name, worth in amounts.items()}
    saved = _saved(case, hours, year)
    rows = [
        *_traffic(saved, money, year),
        *_structure(form, money),
        *(
            (note.topic, note.topic, note.en, note.zh, float("nan"), "", float("nan"), ALL)
            for note in form.notes
        ),
    ]
    names = ["impact", "impact_zh", "words", "words_zh", "quantity", "unit", "pv_cny", "_who"]
    table = pd.DataFrame(rows, columns=names)
    who = table.pop("_who")
    table["score"] = SCORE
    table["who"], table["who_zh"] = [each[0] for each in who], [each[1] for each in who]
    table.insert(0, "option_id", option)
    return table


def _saved(case: Case, hours: Hours, year: int) -> dict[str, float]:
    """What a year of the last modelled one saves, by quantity."""
    base, option = (hour_quantities(each).sum() for each in hours[year])
    return {str(k): float(v) for k, v in ((base - option) * annual_factor(case.values)).items()}


def _traffic(saved: Mapping[str, float], money: Mapping[str, float], year: int) -> list[Row]:
    """Rows of what traffic saves."""
    return [
        (
            "Travel time",
            "出行时间",
            f"vehicle-hours saved in {year}, all classes",
            f"{year} 年各类车辆节省的车时",
            saved["time_h"],
            "veh-h",
            money["users_time_cny"],
            USERS,
        ),
        (
            "Reliability",
            "可靠性",
            "vehicle-hours of delay saved; their worth is apart, in no total",
            "减少的延误车时；其价值单列，不计入合计",
            saved["delay_h"],
            "veh-h",
            money["reliability_cny"],
            USERS,
        ),
        (
            "Running costs",
            "车辆运行费用",
            "vehicle-kilometres saved; costs depend on speed too",
            "减少的车公里；费用亦随车速变化",
            saved["distance_km"],
            "veh-km",
            money["users_operating_cny"],
            USERS,
        ),
        (
            "Tolls paid",
            "通行费支出",
            "tolls that users no longer pay; the taker loses as much",
            "用户少付的通行费；收费方等额减收",
            saved["toll_cny"],
            "CNY",
            money["users_charges_cny"],
            USERS,
        ),
        (
            "Toll revenue",
            "通行费收入",
            "change of revenue",
            "收入变化",
            -saved["toll_cny"],
            "CNY",
            money["providers_cny"],
            OWNER,
        ),
        (
            "Accidents",
            "交通事故",
            "by kilometres on each class of road",
            "按各级道路车公里计",
            float("nan"),
            "",
            money["accidents_cny"],
            ALL,
        ),
        (
            "CO2 of traffic",
            "交通 CO2",
            "less CO2, power stations included",
            "减少的 CO2（含发电）",
            saved["co2_t"],
            "t",
            money["co2_traffic_cny"],
            ALL,
        ),
        (
            "Local air",
            "空气质量",
            f"less NOx, and {saved['pm_kg']:,.0f} kg less fine particles",
            f"减少的 NOx；另减少细颗粒物 {saved['pm_kg']:,.0f} kg",
            saved["nox_kg"],
            "kg",
            money["air_cny"],
            NEAR,
        ),
    ]


def _structure(form: Form, money: Mapping[str, float]) -> list[Row]:
    """Rows of what the structure itself costs, takes and offers."""
    none = float("nan")
    rail = f"{form.rail_minutes_saved:g} min each: a stated input, not modelled"
    return [
        (
            "Carbon of building",
            "建设隐含碳",
            "embodied in the structure, once",
            "结构隐含碳，一次性",
            form.embodied_co2_t,
            "t, once",
            money["co2_building_cny"],
            ALL,
        ),
        (
            "Carbon of operation",
            "运营碳排放",
            "power of the structure",
            "结构用电",
            form.operation_co2_t_per_year,
            "t",
            money["co2_operation_cny"],
            ALL,
        ),
        (
            "Disruption",
            "施工干扰",
            "years of building",
            "施工年数",
            float(form.build_years),
            "years",
            money["disruption_cny"],
            NEAR,
        ),
        (
            "Public accounts",
            "公共财政",
            "building, renewals, upkeep, less what is left at the end",
            "建设、更新、养护，扣除期末残值",
            none,
            "",
            -money["pvc_cny"],
            PAYER,
        ),
        (
            "Rail on the same structure",
            "同桥（隧）轨道",
            rail + "; its worth is in travel time",
            f"每人节省 {form.rail_minutes_saved:g} 分钟：为给定输入，非模型结果；价值计入出行时间",
            form.rail_passengers_per_day,
            "passengers/day",
            none,
            TRAVELLERS,
        ),
        (
            "Availability",
            "可用性",
            "hours closed",
            "关闭小时数",
            (1.0 - form.availability) * HOURS_PER_YEAR,
            "h",
            none,
            USERS,
        ),
        ("Land", "用地", "land taken", "占地", form.land_ha, "ha, once", none, NEAR),
        (
            "Indirect effects",
            "间接效应",
            "agglomeration, land value, jobs: not estimated, and in no total",
            "集聚、地价、就业：未估算，不计入合计",
            none,
            "",
            none,
            ALL,
        ),
    ]
