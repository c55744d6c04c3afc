"""What of GTFS is out of scope: left out with a note, kept but not followed, or refused."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.model.checks import rows_text
from transitplan.model.transit_tables import ASK_DRIVER, BY_PHONE, SUFFIX

IN_SEAT = (4, 5)  # transfer_type
LEFT_OUT = {
    "pathways": "walks inside stations are those of transfers.txt and of the way between stops",
    "levels": "storeys of stations do not count",
    "booking_rules": "rides to be booked are out of scope",
    "attributions": "credits are not carried on; keep the file",
    **dict.fromkeys(
        (
            "areas",
            "stop_areas",
            "networks",
            "route_networks",
            "timeframes",
            "rider_categories",
            "fare_media",
            "fare_products",
            "fare_leg_rules",
            "fare_leg_join_rules",
            "fare_transfer_rules",
        ),
        "fares of this kind (GTFS-Fares v2) are not read",
    ),
}
FLEXIBLE = ("location_id", "location_group_id")  # columns of rides without stops


def flexible_rides(texts: Mapping[str, pd.DataFrame]) -> list[str]:
    """Problems of rides that stop anywhere in an area: there is no stop to read."""
    times = texts.get("stop_times", pd.DataFrame())
    return [
        f"stop_times{SUFFIX}, column {label}: {rows_text(times, filled)}: rides within an area are "
        "out of scope. Take these trips out of the feed."
        for label in FLEXIBLE
        if label in times and (filled := (times[label] != "").to_numpy(dtype=bool)).any()
    ]


def partly_followed(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Notes of what is kept in the tables, and not or only partly followed by the routines."""

    def rows(table: str, column: str, values: tuple[float, ...] | None = None) -> int:
        frame = tables.get(table, pd.DataFrame())
        if column not in frame:
            return 0
        cells = frame[column]
        wanted: Bools | pd.Series[bool] = cells.isin(values) if values else cells != ""
        return int(np.count_nonzero(wanted))

    phone = sum(
        rows("stop_times", column, (BY_PHONE, ASK_DRIVER))
        for column in ("pickup_type", "drop_off_type")
    )
    continuous = sum(
        rows(table, column)
        for table in ("routes", "stop_times")
        for column in ("continuous_pickup", "continuous_drop_off")
    )
    of = (
        (
            rows("trips", "block_id"),
            (
                "trips.txt: {} trips have a block_id; staying in the vehicle "
                "from one trip to the next counts as a change."
            ),
        ),
        (
            phone,
            (
                "stop_times.txt: {} calls are to be asked for by phone or of the driver; they "
                "count as regular ones."
            ),
        ),
        (
            continuous,
            (
                "routes.txt and stop_times.txt: {} cells let one board between stops; rides "
                "start and end at stops only."
            ),
        ),
        (
            rows("transfers", "transfer_type", IN_SEAT),
            (
                "transfers.txt: {} rows are about staying in "
                "the vehicle; they are kept and not followed."
            ),
        ),
    )
    return [text.format(count) for count, text in of if count]
