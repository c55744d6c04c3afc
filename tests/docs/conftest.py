import pytest


@pytest.fixture(autouse=True)
def _generators(monkeypatch):
    """MkDocs finds the generators by their folder."""
    monkeypatch.syspath_prepend("docs/generators")
