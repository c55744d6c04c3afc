"""The command line starts at once: help and git's textconv load no tables."""

import subprocess
import sys

HEAVY = ("numpy", "pandas", "scipy", "geopandas", "shapely", "numba", "pyogrio", "h5py")
LOADED = f"print([name for name in {HEAVY} if name in sys.modules])"


def loaded_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{LOADED}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def test_the_command_line_loads_no_tables():
    assert loaded_after("import transitplan.cli.main") == "[]"


def test_help_version_and_textconv_load_no_tables():
    table = "networks/two_banks/2025/link.csv"
    for words in (["--help"], ["--version"], ["check", "--help"], ["textconv", table]):
        code = (
            "from transitplan.cli.main import app\n"
            f"try:\n    app({words})\nexcept SystemExit as end:\n    assert not end.code, end.code"
        )
        assert loaded_after(code) == "[]", words


def test_the_local_page_loads_no_tables():
    assert loaded_after("import transitplan.cli.serving") == "[]"


def test_the_test_can_fail():
    assert "numpy" in loaded_after("import numpy")
