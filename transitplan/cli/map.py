"""``transitplan map``: a network, a case or a finished run on one page that needs no connection."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from transitplan.cli import complete
from transitplan.cli.console import checked_gap, checked_language, examples, written
from transitplan.cli.ground import ground_around, ground_of
from transitplan.errors import ValidationError

if TYPE_CHECKING:  # help and usage errors need no maps
    from transitplan.report.subject import Subject
    from transitplan.viz.maps import PlanMap

THEMES = (
    *("all", "network", "crossings", "flows", "select", "access", "isochrones", "transit"),
    *("closures", "compare", "staging", "difference", "change"),
)
EXAMPLES = examples(
    ("map networks/jinan", "all themes of the base year"),
    ("map networks/jinan --theme closures --out closures.html", "one theme"),
    ("map networks/jinan --theme staging", "a slider over the years"),
    (
        "map networks/jinan/2025 --demand od_matrices/jinan/2025_am.omx --theme flows",
        "traffic of trips of your own",
    ),
    ("map out", "a finished run"),
    ("map old new --theme difference", "two versions"),
)


def command(
    what: Path = typer.Argument(
        ..., help="Network (GMNS folder, .gpkg, .graphml), case folder, or folder of a run."
    ),
    after: Path | None = typer.Argument(None, help="With --theme difference: the other version."),
    *,
    theme: str = typer.Option(
        "all",
        autocompletion=complete.one_of(*THEMES),
        help="all, network, crossings, flows, select (trips over each crossing), access, "
        "isochrones, transit, closures, compare (the base year beside a later one), staging, "
        "difference; of a run also change.",
    ),
    out: Path = typer.Option(Path("map.html"), "--out", "-o", help="The page to write, .html."),
    lang: str = typer.Option(
        "en",
        help="Language that the page shows first: en or zh.",
        autocompletion=complete.languages,
    ),
    tiles: str = typer.Option(
        "", help="Online tiles below: osm, amap, tianditu:KEY or an address; none by default."
    ),
    demand: Path | None = typer.Option(
        None, help="Vehicle trips (.omx, .csv); a case has its own."
    ),
    riders: Path | None = typer.Option(None, help="Persons, for --theme transit (.omx, .csv)."),
    year: int | None = typer.Option(None, help="Modelled year of a case; its base year if absent."),
    place: str = typer.Option("", "--from", help="Cluster or zone that reach is drawn from."),
    minutes: float = typer.Option(45.0, min=1.0, help="Limit of jobs within reach."),
    plan: str = typer.Option(
        "", help="With --theme staging: what is built when, 'huanggang-bridge 2030 + …'."
    ),
    gap: float = typer.Option(1e-5, callback=checked_gap, help="Relative gap of the equilibria."),
    ground: Path | None = typer.Option(
        None, help="GeoJSON of river and districts; of a case, or of the case around, if absent."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print path and bytes for machines."),
) -> None:
    """Draw a map with roads, flows, crossings, access, transit: one page, no host contacted."""
    checked_language(lang)
    if out.suffix.lower() != ".html":
        raise ValidationError(f"{out}: a map is a page. Name a file that ends in .html.")
    if (after is None) == (theme == "difference"):
        raise typer.BadParameter(
            "--theme difference and a second version go together", param_hint="AFTER"
        )
    if after is not None:
        drawing = _difference(what, after, ground_of(ground or ground_around(what)), tiles)
    elif (what / "results.gpkg").is_file():
        from transitplan.report.run_map import run_map

        drawing = run_map(what, theme, tiles=tiles)
    else:
        from transitplan.report.themes import themed_map

        asked = _Asked(demand, riders, year, place, minutes, gap, ground)
        subject = asked.subject(what, last=theme == "compare")
        drawing = themed_map(subject, theme, plan=plan, tiles=tiles)
    drawing.save(out, language=lang)
    if as_json:
        typer.echo(json.dumps({"map": str(out), "theme": theme, "bytes": out.stat().st_size}))
    written([out])


class _Asked:
    """Options that say what is drawn."""

    def __init__(
        self,
        demand: Path | None,
        riders: Path | None,
        year: int | None,
        place: str,
        minutes: float,
        gap: float,
        ground: Path | None,
    ) -> None:
        self.demand, self.riders, self.year, self.ground = demand, riders, year, ground
        self.place, self.minutes, self.gap = place, minutes, gap

    def subject(self, what: Path, *, last: bool) -> "Subject":
        """Read a case, or else a network and the ground of the case around it.

        last
            Whether a case stands for its last year, and not for its base year.
        """
        import transitplan as tp
        from transitplan.report.subject import Subject, subject_of_case
        from transitplan.viz.text import as_text

        riders = None if self.riders is None else tp.read_demand(self.riders)
        if (what / "case.toml").is_file():
            if self.demand is not None or self.ground is not None:
                raise ValidationError(
                    f"{what}: a case has its own demand and ground. Leave out --demand and "
                    "--ground, or name a network."
                )
            case = tp.read_case(what)
            return subject_of_case(
                case,
                year=max(case.years) if last and self.year is None else self.year,
                riders=riders,
                place=self.place,
                minutes=self.minutes,
                gap=self.gap,
            )
        if self.year is not None:
            raise ValidationError(f"{what}: --year is of a case, and this is none.")
        network = tp.read_network(what)
        return Subject(
            as_text(network.name),
            network,
            ground_of(self.ground or ground_around(what)),
            demand=None if self.demand is None else tp.read_demand(self.demand),
            riders=riders,
            place=self.place,
            minutes=self.minutes,
            gap=self.gap,
        )


def _difference(before: Path, after: Path, ground: dict[str, Any], tiles: str) -> "PlanMap":
    import transitplan as tp

    found = tp.diff(tp.read_network(before), tp.read_network(after))
    return found.to_map(ground=ground, tiles=tiles)
