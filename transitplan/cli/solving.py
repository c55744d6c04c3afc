"""Options of the verbs that solve many equilibria: on what they are solved."""

import typer

from transitplan.cli import complete

PROCESSES = typer.Option(
    None, min=1, help="Worker processes, also of --cluster local; as many as cores."
)
CLUSTER = typer.Option(
    "",
    "--cluster",
    help="Solve on a Dask cluster: tcp://HOST:PORT of its scheduler; local: one of processes on "
    "this machine. Needs the extra cluster.",
    autocompletion=complete.one_of("local", "tcp://"),
)
