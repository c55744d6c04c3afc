"""Bars on a terminal, and nothing where there is none."""

import math
from io import StringIO

import pytest
from rich.console import Console

from transitplan.cli import console


@pytest.fixture(params=[True, False])
def screen(request, monkeypatch):
    made = Console(file=StringIO(), force_terminal=request.param, width=120)
    monkeypatch.setattr(console, "ERR", made)
    return made


def shown(screen):
    return screen.file.getvalue()


def test_an_equilibrium_is_as_far_as_its_gap_has_fallen_by_powers_of_ten(screen):
    with console.gap_progress(1e-6) as tell:
        tell(0, 1e-2)
        tell(7, 1e-4)  # two of four powers of ten
    words = ("equilibrium", "50/100", "iteration 7, gap 1.0e-04")
    assert [word in shown(screen) for word in words] == [screen.is_terminal] * 3


@pytest.mark.parametrize("gaps", [[0.0], [1e-9], [1e-3, 0.0], [1e-3, 1e-12]])
def test_a_gap_that_is_met_is_the_end_of_the_bar(gaps, monkeypatch):
    screen = Console(file=StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(console, "ERR", screen)
    with console.gap_progress(1e-6) as tell:
        for iteration, gap in enumerate(gaps):
            tell(iteration, gap)
    assert "100/100" in shown(screen)


def test_a_gap_that_rises_does_not_go_below_nothing(monkeypatch):
    screen = Console(file=StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(console, "ERR", screen)
    with console.gap_progress(0.0) as tell:  # no gap at all may be asked for
        for iteration, gap in enumerate([math.inf, 1e-4, 1e-1, math.inf]):
            tell(iteration, gap)
    assert " 0/100" in shown(screen)


def test_work_of_unknown_length_is_said(screen):
    with console.working("reading a city"):
        pass
    assert ("reading a city" in shown(screen)) == screen.is_terminal
