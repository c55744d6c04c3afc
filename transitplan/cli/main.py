"""The command ``transitplan``: its verbs, and how errors end it.

Exit codes: 0 done; 1 a check failed or an equilibrium did not converge; 2 wrong input or usage; 130
ended by Ctrl-C.
"""

import sys

import typer

from transitplan.cli import (
    access,
    appraise,
    assess,
    assign,
    build,
    calibrate,
    check,
    convert,
    demand,
    diff,
    difftool,
    flow,
    import_,
    import_lines,
    skim,
    stage,
    textconv,
    transit,
    validation,
)
from transitplan.cli.console import ERR
from transitplan.errors import ConvergenceError, TransitplanError

app = typer.Typer(
    name="transitplan",
    help="Planner for road networks that a river cuts in two.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    assess,
    appraise,
    stage,
    demand,
    validation,
    calibrate,
    assign,
    skim,
    access,
    transit,
    flow,
    diff,
    difftool,
    textconv,
    build,
    check,
    convert,
):
    app.command(name=module.__name__.rpartition(".")[2], epilog=module.EXAMPLES)(module.command)
import_.app.command(name="lines", epilog=import_lines.EXAMPLES)(import_lines.command)
app.add_typer(import_.app, name="import")


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
    try:
        app()
    except ConvergenceError as error:
        ERR.print(f"not converged: {error}", style="red", markup=False)
        sys.exit(1)
    except OSError as error:  # a full disk, a file that another program holds
        ERR.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except TransitplanError as error:
        ERR.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
