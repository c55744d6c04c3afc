"""No kernel outlives a change of one that it calls."""

import os

from transitplan.kernels import drop_stale


def test_what_is_older_than_any_source_is_deleted(tmp_path):
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for name, seconds in (("old.nbi", 100), ("old.1.nbc", 100), ("new.nbi", 300), ("a.pyc", 100)):
        (cache / name).write_text("")
        os.utime(cache / name, (seconds, seconds))
    (tmp_path / "called.py").write_text("")
    os.utime(tmp_path / "called.py", (200, 200))
    drop_stale(tmp_path)
    assert sorted(path.name for path in cache.iterdir()) == ["a.pyc", "new.nbi"]
