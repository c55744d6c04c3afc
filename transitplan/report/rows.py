"""Rows of an assessment's tables that several parts of the report ask for."""

import geopandas as gpd
import pandas as pd

from transitplan.report.assessment import Assessment
from transitplan.scenario.case import NONE


def of_run(frame: pd.DataFrame, option_id: str, year: int) -> pd.DataFrame:
    """Rows of one option in one year."""
    return frame[(frame["option_id"] == option_id) & (frame["year"] == year)]


def base_daily(assessment: Assessment) -> "pd.Series[float]":
    """Modelled vehicles a day over each crossing in the base year, nothing built."""
    rows = of_run(assessment.screenline, NONE, assessment.case.base_year)
    return rows.set_index("crossing_id")["daily_vehicles"]


def crossing_middles(crossings: pd.DataFrame) -> gpd.array.GeometryArray:
    """Points half-way between both ends of each crossing, in degrees."""
    return gpd.points_from_xy(
        (crossings["lon_south"] + crossings["lon_north"]) / 2,
        (crossings["lat_south"] + crossings["lat_north"]) / 2,
    )
