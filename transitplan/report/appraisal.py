"""The whole appraisal: the assessment, and what turns it: money in full, doubt, tolls, closures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from transitplan.errors import ValidationError, likely
from transitplan.report.assessment import Assessment, assessed, check_inputs, unusual_gap
from transitplan.report.studies import Studies, study, study_doubt
from transitplan.scenario.case import Case
from transitplan.scenario.command import command_line
from transitplan.scenario.run import DEFAULT_GAP, Runner
from transitplan.store import Store

SKIPPABLE = ("economy", "response", "criteria", "tolls", "resilience", "policy")
POINTS = 9  # worlds of the emulator: centre, corners and middles of the sides


@dataclass(frozen=True, eq=False)
class Appraisal:
    """An assessment with its studies; ``studies.economy.efficiency`` and so on are tables."""

    assessment: Assessment
    studies: Studies

    def to_report(
        self, folder: str | Path, *, language: str = "en", tiles: str = "", parquet: bool = False
    ) -> list[Path]:
        """Write report.html, map.html, tables.xlsx, results.gpkg and run.json into the folder.

        Arguments as for ``Assessment.to_report``.
        """
        from transitplan.report.folder import write_folder

        return write_folder(
            self.assessment,
            Path(folder),
            language=language,
            tiles=tiles,
            studies=self.studies,
            parquet=parquet,
        )


def appraise(  # noqa: PLR0913  named options
    case: Case,
    *,
    skip: Iterable[str] = (),
    points: int = POINTS,
    programme: bool = False,
    gap: float = DEFAULT_GAP,
    processes: int | None = None,
    cluster: str = "",
    store: Store | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Appraisal:
    """Compare every option of a case, and study what the answer hangs on.

    Parameters
    ----------
    skip
        Studies to leave out: economy, response (in the economy: demand that answers by mode and
        destination), criteria, tolls, resilience, policy.
    points
        Worlds (trips and values of time) in which every option is solved for the draws.
    programme
        Also search for the best programme (``plan_programme``): several hundred equilibria more.
    gap
        Relative gap of every equilibrium; options whose benefit is within the noise are solved
        again at a tenth of it.
    processes
        Worker processes; as many as cores by default. The results do not depend on it.
    cluster, store
        Where equilibria are solved and kept, as for ``Runner``.
    progress
        Called with equilibria solved, asked for so far, and the name of the last.

    Raises
    ------
    ValidationError
        If a study is unknown, or a file of the case is wrong.
    """
    left_out = frozenset(skip)
    unknown = sorted(left_out - set(SKIPPABLE))
    if unknown:
        raise ValidationError(
            f"skip: there is no study {', '.join(unknown)}; studies: {', '.join(SKIPPABLE)}."
            f"{likely(unknown[0], SKIPPABLE)}"
        )
    wanted = "policy" not in left_out
    check_inputs(case, policy=wanted)
    asked = {
        "skip": sorted(left_out),
        "points": None if points == POINTS else points,
        "programme": programme,
        **unusual_gap(gap),
    }
    command = command_line("appraise", case, asked)
    with Runner(
        case, gap=gap, processes=processes, cluster=cluster, store=store, progress=progress
    ) as runner:
        doubt = study_doubt(case, runner, points=points)
        assessment = assessed(case, runner, doubt, policy=wanted, closures=True, command=command)
        studies = study(case, runner, assessment, doubt, left_out, programme=programme)
        return Appraisal(assessment, studies)
