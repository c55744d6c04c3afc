"""What is free is the least of the machine's and of what control groups leave."""

import pytest

from transitplan import memory
from transitplan.errors import ValidationError


def lay(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "proc", root / "sys"


MACHINE = {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 5000 kB\n"}


def test_the_machine_alone(tmp_path):
    assert memory.free_bytes(*lay(tmp_path, MACHINE)) == 5000 * 1024


def test_a_system_that_does_not_say(tmp_path):
    assert memory.free_bytes(*lay(tmp_path, {})) is None
    assert memory.used_bytes(tmp_path) == 0


def test_every_control_group_above_counts_and_its_file_cache_is_free(tmp_path):
    files = {
        **MACHINE,
        "proc/self/cgroup": "0::/batch/job7\n",
        "sys/batch/job7/memory.max": "max\n",
        "sys/batch/job7/memory.current": "900000\n",
        "sys/batch/memory.max": "2000000\n",
        "sys/batch/memory.current": "1500000\n",
        "sys/batch/memory.stat": "anon 7\ninactive_file 100000\n",
    }
    assert memory.free_bytes(*lay(tmp_path, files)) == 2_000_000 - 1_500_000 + 100_000


def test_groups_of_version_1(tmp_path):
    files = {
        **MACHINE,
        "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/box\n",
        "sys/memory/box/memory.limit_in_bytes": "3000000\n",
        "sys/memory/box/memory.usage_in_bytes": "1000000\n",
    }
    assert memory.free_bytes(*lay(tmp_path, files)) == 2_000_000


def test_here_memory_is_used_and_some_is_free():
    assert memory.used_bytes() > 10**7
    assert memory.free_bytes() > 10**7


@pytest.mark.parametrize(
    ("text", "size"), [("4GB", 4 * 10**9), ("500 mb", 5 * 10**8), ("1.5GiB", 3 * 2**29)]
)
def test_sizes(text, size):
    assert memory.parse_size(text) == size


@pytest.mark.parametrize("text", ["4", "GB", "-4GB", "0GB", "4 parsecs", ""])
def test_what_is_no_size(text):
    with pytest.raises(ValidationError, match="is no size"):
        memory.parse_size(text)


def test_more_than_the_limit_or_the_machine_is_refused():
    memory.check_memory(2**20, "x")
    with pytest.raises(ValidationError, match="^x: about .* are needed, and the limit is 1 MB"):
        memory.check_memory(2**20, "x", limit=10**6)
    with pytest.raises(ValidationError, match="^y: about 1000.0 TB .* are free. Do less"):
        memory.check_memory(10**15, "y", advice="Do less.")
