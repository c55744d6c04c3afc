"""``transitplan stage``: which crossings, in which form and year, within a budget."""

from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import (
    ERR,
    PARQUET,
    case_folder,
    examples,
    progress,
    show,
    writable_folder,
    written,
)
from transitplan.cli.keeping import NO_STORE, STORE, chosen_store, keep
from transitplan.errors import ValidationError

EXAMPLES = examples(
    ("stage networks/two_banks", "with the budgets of the case"),
    (
        "stage --budget 2030=8e9 --budget 2035=12e9 --best 10",
        "the shipped Jinan case with these budgets in CNY",
    ),
)
METHODS = ("auto", "enumerate", "search")
PRUNES = ("monotone", "proved")
COARSEST = 1e-6  # gap at which the worth of a crossing is still told from none


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    budget: list[str] = typer.Option(
        [],
        autocompletion=complete.budgets,
        help="Capital for a stage, as 2030=8e9 [CNY]; may be repeated. Replaces the case's.",
    ),
    best: int = typer.Option(5, min=1, help="How many plans to find, runners-up included."),
    method: str = typer.Option(
        "auto",
        help="auto, enumerate (try all) or search (bound).",
        autocompletion=complete.one_of(*METHODS),
    ),
    prune: str = typer.Option(
        "monotone",
        help="What a search leaves plans out by: monotone or proved.",
        autocompletion=complete.one_of(*PRUNES),
    ),
    states: int | None = typer.Option(None, min=1, help="Stop a search after so many states."),
    gap: float = typer.Option(1e-8, help="Relative gap of every equilibrium."),
    out: Path = typer.Option(Path("out"), "--out", "-o", help="Folder for the results."),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    lang: str = typer.Option(
        "en", help="Language the page shows first: en or zh.", autocompletion=complete.languages
    ),
    parquet: bool = PARQUET,
    store: Path | None = STORE,
    no_store: bool = NO_STORE,
    as_json: bool = typer.Option(False, "--json", help="Print programme.json instead of tables."),
) -> None:
    """Find the best programme of crossings, how sure it is, and who adds what."""
    budgets = _checked(budget, method, prune, lang, gap)
    from transitplan.report.jobs import Job, do_job
    from transitplan.report.programme_folder import write_programme
    from transitplan.report.programme_record import console_programme
    from transitplan.scenario.read import read_case

    kept = chosen_store(store, no_store=no_store)
    found = read_case(case_folder(case))
    writable_folder(out)
    options = {
        "budgets_cny": {str(year): str(cny) for year, cny in sorted(budgets.items())},
        "best": best,
        "method": method,
        "prune": prune,
        "most_states": states,
        "gap": gap,
    }
    with progress("equilibria") as tell:
        done = do_job(
            Job("stage", found, options),
            processes=processes,
            cluster=cluster,
            store=kept,
            progress=tell,
        )
    programme, seconds = done.result, done.seconds
    paths = write_programme(programme, out, language=lang, parquet=parquet)
    show(lambda: console_programme(programme), paths[0], as_json=as_json)
    ERR.print(
        f"{programme.equilibria} equilibria at gap {gap:g} and "
        f"{int(programme.search['bounds_solved'].sum())} bounds in {seconds:.0f} s, "
        f"{seconds / max(programme.equilibria, 1):.2f} s each.",
        soft_wrap=True,
    )
    written(paths)
    if kept is not None:
        keep(done, kept)


def _checked(budget: list[str], method: str, prune: str, lang: str, gap: float) -> dict[int, float]:
    """Budgets by stage; every option that is wrong is said at once."""
    found: list[str] = []
    budgets: dict[int, float] = {}
    for text in budget:
        stage, _, amount = text.partition("=")
        try:
            year, value = int(stage), float(amount)
        except ValueError:
            found.append(f"--budget {text}: write a stage and its money in CNY, as 2030=8e9.")
            continue
        if year in budgets:
            found.append(f"--budget {text}: {year} stands twice. Keep one.")
        budgets[year] = value
    for name, given, known in (
        ("method", method, METHODS),
        ("prune", prune, PRUNES),
        ("lang", lang, ("en", "zh")),
    ):
        if given not in known:
            found.append(f"--{name} {given}: use {', '.join(known[:-1])} or {known[-1]}.")
    if not 0 < gap <= COARSEST:
        found.append(f"--gap {gap:g}: plans are compared at gaps above 0, up to {COARSEST:g}.")
    if found:
        raise ValidationError(found)
    return budgets
