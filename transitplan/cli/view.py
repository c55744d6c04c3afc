"""``transitplan view``: runs in the browser, from this computer and for it."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from transitplan.cli import complete
from transitplan.cli.console import ERR, OUT, checked_language, examples, print_record
from transitplan.errors import ValidationError

if TYPE_CHECKING:
    from transitplan.report.runs import Run

EXAMPLES = examples(
    ("view out/", "the run in out/, at http://127.0.0.1:8765/"),
    ("view runs/ --open --lang zh", "all runs in folders below runs/, in the browser"),
    ("view runs/ --json", "the list for machines, without a page"),
    after="Ctrl-C ends it.",
)
LOOPBACK, PORT = "127.0.0.1", 8765


def command(
    folder: Path = typer.Argument(Path("out"), help="A run, or a folder with runs in it."),
    *,
    host: str = typer.Option(
        LOOPBACK, help="Address to listen on; others can then read the folder."
    ),
    port: int = typer.Option(PORT, min=0, max=65535, help="Port; 0 takes a free one."),
    lang: str = typer.Option(
        "en", help="Language shown first: en or zh.", autocompletion=complete.languages
    ),
    browser: bool = typer.Option(False, "--open", help="Open it in the browser."),
    as_json: bool = typer.Option(False, "--json", help="Print the list of runs and end."),
) -> None:
    """Show runs in the browser: their list, their pages and tables, and two side by side.

    Only files of the folder are shown, and only to this computer.
    """
    from transitplan.report.runs import find_runs

    checked_language(lang)
    runs = find_runs(folder)
    if as_json:
        print_record([_record(run) for run in runs])
        return
    _serve(folder, host, port, lang, browser=browser)


def _serve(folder: Path, host: str, port: int, language: str, *, browser: bool) -> None:
    from transitplan.cli.serving import RunServer

    try:
        server = RunServer(folder, host, port, language)
    except OSError as error:
        raise ValidationError(
            f"--host {host} --port {port}: cannot listen there ({error.strerror or error}). Try "
            "another port; --port 0 takes a free one."
        ) from None
    with server:
        if not server.loopback:
            ERR.print(
                f"warning: every computer that reaches {host} can read {folder}. Nothing is "
                "encrypted, and nobody is asked for a password.",
                style="yellow",
                soft_wrap=True,
            )
        for stop in (signal.SIGINT, signal.SIGTERM):  # scripts start jobs that ignore the first
            signal.signal(stop, _end)
        OUT.print(f"{server.address} shows {folder}; Ctrl-C ends it.", soft_wrap=True)
        OUT.file.flush()
        if browser:
            import webbrowser

            webbrowser.open(server.address)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            ERR.print("ended")


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _record(run: "Run") -> dict[str, object]:
    return {
        "run": run.name,
        "folder": str(run.folder),
        "written": run.written.isoformat(timespec="seconds"),
        "case": run.fact("case", "name"),
        "years": run.fact("case", "years"),
        "network_version": run.fact("case", "network_version"),
        "best_plan": run.fact("best_plan"),
        "options": run.rows("options"),
        "files": run.files,
        "problems": run.problems,
    }
