"""What the README promises runs as it stands there."""

import re
from pathlib import Path

README = Path("README.md").read_text(encoding="utf-8")


def test_the_script_runs(tmp_path, capsys):
    [script] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(script.replace('"out/"', repr(str(tmp_path))), "README.md", "exec"), {})  # noqa: S102
    assert "vehicle-hours more" in capsys.readouterr().out
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"report.html", "map.html", "tables.xlsx", "results.gpkg", "run.json"}


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert Path(target).exists(), target
