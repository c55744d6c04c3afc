"""Small disks of their own, to be filled and made read-only."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def mounted(folder, options):
    """A disk of its own, where this machine lets us have one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    may = (
        shutil.which("mount")
        and not subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
    )
    if not may:
        pytest.skip("may not mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
