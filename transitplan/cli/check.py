"""``transitplan check``: all problems of networks, cards, demand files and cases."""

import json
from pathlib import Path

import typer

from transitplan.cli.console import ERR, examples, progress

EXAMPLES = examples(
    (
        "check networks/jinan od_matrices/jinan/2025_am.omx",
        "a case and a matrix",
    ),
    ("check cards/ --network networks/two_banks", "cards, applied to their network"),
    after="Exit code 1 where something is wrong, so it serves as a git hook: docs/check.md.",
)


def command(
    paths: list[Path] = typer.Argument(
        None, help="Cases, networks, cards, demand, or their files."
    ),
    *,
    network: Path | None = typer.Option(
        None, help="Network or case that cards and demand are for."
    ),
    river: Path | None = typer.Option(
        None, help="GeoJSON of the river; that of the case if absent."
    ),
    only: list[str] = typer.Option([], help="Run this rule only; may be repeated."),
    skip: list[str] = typer.Option([], help="Leave this rule out; may be repeated."),
    strict: bool = typer.Option(False, "--strict", help="Warnings fail too."),
    notes: bool = typer.Option(False, "--notes", help="Show notes too."),
    most: int = typer.Option(5, min=1, help="Findings shown of a rule."),
    as_json: bool = typer.Option(False, "--json", help="Everything as JSON."),
    changed: bool = typer.Option(
        False, "--changed", help="Paths are files that changed; those of nothing of ours are fine."
    ),
    rules: bool = typer.Option(False, "--rules", help="List every rule and end."),
) -> None:
    """Read each file as a run would, and hold networks against every rule."""
    if rules:
        from transitplan.inspection import rules_table

        typer.echo(rules_table())
        return
    if not paths and not changed:
        raise typer.BadParameter("name what to check", param_hint="PATHS")
    from transitplan.cli.checking import Options, check, known, record, show
    from transitplan.cli.targets import targets
    from transitplan.errors import counted

    known([*only, *skip])
    found, others = targets(paths or [], changed=changed)
    options = Options(network, river, tuple(only), tuple(skip))
    done = []
    with progress("checked") as tell:
        for number, target in enumerate(found):
            tell(number, len(found), str(target.path))
            done.append(check(target, options))
    if as_json:
        typer.echo(json.dumps([record(each) for each in done], ensure_ascii=False, indent=2))
    else:
        for each in done:
            show(each, most=most, notes=notes)
        if others:
            ERR.print(
                f"not of transitplan, not checked: {counted(len(others), 'file')}", soft_wrap=True
            )
    fails = ("error", "warning") if strict else ("error",)
    wanting = any(each.next for each in done)
    if wanting or any(each.count(severity) for each in done for severity in fails):
        raise typer.Exit(1)
