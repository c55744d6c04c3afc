"""``python -m transitplan`` is the command line."""

from transitplan.cli.main import run

if __name__ == "__main__":
    run()
