"""The command ``transitplan``: its verbs, and how errors end it.

Exit codes: 0 done; 1 a check failed, versions differ or an equilibrium did not converge; 2 wrong
input or usage; 70 a fault of the program itself; 130 ended by Ctrl-C.
"""

import sys
import traceback
import warnings

import typer

from transitplan.cli import (
    access,
    appraise,
    assess,
    assign,
    build,
    calibrate,
    check,
    closures,
    convert,
    demand,
    diff,
    difftool,
    doctor,
    flow,
    import_,
    import_lines,
    new,
    reproduce,
    runs,
    skim,
    stage,
    textconv,
    transit,
    validation,
    view,
)
from transitplan.cli import map as map_verb
from transitplan.cli.console import ERR, FAULT, examples
from transitplan.errors import ConvergenceError, TransitplanError, counted

app = typer.Typer(
    name="transitplan",
    help="Planner for road networks that a river cuts in two.",
    epilog=examples(
        ("assess", "the shipped Jinan case: tables here, report and maps in out/"),
        ("check networks/mycity", "every problem of a case of your own"),
        ("VERB --help", "what a verb takes, with examples"),
        after="Exit code 0: done; 1: a check failed, versions differ, or not converged; 2: wrong "
        "input or usage.",
    ),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = {
    "Plans": (new, assess, appraise, stage, view, reproduce),
    "Traffic, access and transit": (assign, closures, skim, access, transit, flow, map_verb),
    "Demand": (demand, validation, calibrate),
    "Networks and their versions": (build, check, diff, convert, difftool, textconv),
    "This machine": (doctor,),
}
for panel, modules in VERBS.items():
    for module in modules:
        app.command(
            name=module.__name__.rpartition(".")[2], epilog=module.EXAMPLES, rich_help_panel=panel
        )(module.command)
import_.app.command(name="lines", epilog=import_lines.EXAMPLES)(import_lines.command)
app.add_typer(runs.app, name="runs", rich_help_panel="Plans")
app.add_typer(import_.app, name="import", rich_help_panel="Networks and their versions")


@app.callback(invoke_without_command=True)
def _options(
    *, version: bool = typer.Option(False, "--version", help="Print the version and end.")
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"transitplan {installed('transitplan')}")
        raise typer.Exit


def run() -> None:
    """Run the command line; errors that we raise on purpose end in one message, not a traceback."""
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
    try:
        app()
    except ConvergenceError as error:
        ERR.print(f"not converged: {error}", style="red", markup=False)
        sys.exit(1)
    except (OSError, TransitplanError) as error:  # a full disk, or a mistake in the input
        ERR.print(f"error: {_told(error)}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except Exception:  # noqa: BLE001  a fault must not look like a failed check
        traceback.print_exc()
        ERR.print(
            "This is a fault of transitplan, not of your input. Please report it with the lines "
            "above and what `transitplan doctor --json` prints.",
            style="red",
            soft_wrap=True,
        )
        sys.exit(FAULT)


def _told(error: Exception) -> str:
    """Return the message; of several problems one a line, and how many they are."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    problems = getattr(error, "problems", ())
    if len(problems) < 2:  # noqa: PLR2004  one is no list
        return str(error)
    return "\n  ".join([counted(len(problems), "problem"), *problems])
