"""The folder of a report: five files and, if asked for, Parquet; each whole or not there."""

from collections.abc import Callable
from pathlib import Path

from transitplan.io.text import write_whole
from transitplan.report.assessment import Assessment
from transitplan.report.layers import write_layers
from transitplan.report.maps import map_page
from transitplan.report.page import report_page
from transitplan.report.parquet_tables import write_assessment
from transitplan.report.run_record import write_run_record
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.report.tables import write_tables


def write_folder(
    assessment: Assessment,
    folder: str | Path,
    *,
    language: str = "en",
    tiles: str = "",
    studies: Studies = NO_STUDIES,
    parquet: bool = False,
) -> list[Path]:
    """Write report.html, map.html, tables.xlsx, results.gpkg and run.json.

    Each file is written under another name first and takes its own name when it is complete.

    Parameters
    ----------
    folder
        Made where it is absent.
    language
        ``en`` or ``zh``: what the pages show first.
    tiles
        Address of online tiles below the map; none by default.
    studies
        Further sections, sheets and records.
    parquet
        Also write every table into ``tables`` and every layer into ``layers``, for programs.

    Returns
    -------
    list
        Paths of all files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, Callable[[Path], object]] = {
        "report.html": lambda path: path.write_text(
            report_page(assessment, studies, language=language), encoding="utf-8"
        ),
        "map.html": lambda path: path.write_text(
            map_page(assessment, language=language, tiles=tiles), encoding="utf-8"
        ),
        "tables.xlsx": lambda path: write_tables(assessment, path, studies),
        "results.gpkg": lambda path: write_layers(assessment, path, language=language),
        "run.json": lambda path: write_run_record(assessment, path, studies),
    }
    paths = [write_whole(folder / name, write) for name, write in writers.items()]
    return paths + (write_assessment(assessment, folder, studies) if parquet else [])
