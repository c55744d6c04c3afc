"""The local page: what it shows, and that nothing outside its folder can be had from it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection

import pytest

from tests.cli.running import transitplan
from transitplan.cli.serving import RunServer, file_inside, is_loopback
from transitplan.errors import NotFoundError
from transitplan.report.frame import environment, framed
from transitplan.report.runs import find_runs, inputs_between, moved_between
from transitplan.viz.text import Text

HIDDEN = "the keys of the town"
PAGE = '{% extends "frame.html.j2" %}{% block main %}<p id="own">a report</p>{% endblock %}'


def record(npv, minutes, files):
    options = [
        {"id": "none", "site": "", "year": 2035, "npv_cny": 0.0, "daily_vehicles": 0.0},
        {"id": "M-bridge", "site": "M", "year": 2035, "npv_cny": npv, "daily_vehicles": 51234.0},
    ]
    access = [
        {"option_id": "none", "year": 2035, "origin_id": "C1", "destination_id": "H1"}
        | {"peak_min": minutes}
    ]
    return {
        "schema": 1,
        "case": {
            "name": "Two <banks>",
            "name_zh": "两岸",
            "base_year": 2025,
            "years": [2025, 2035],
        },
        "provenance": {"files": files},
        "gaps": [{"relative_gap": 2e-9}, {"relative_gap": 4e-10}],
        "clusters": [{"id": "C1", "name": "Mill Town", "name_zh": "磨坊镇"}],
        "options": options,
        "access": access,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs, and beside their folder what nobody may read."""
    top = tmp_path_factory.mktemp("top")
    (top / "secret.json").write_text(HIDDEN, encoding="utf-8")
    shut = top / "shut"
    shut.mkdir()
    (shut / "run.json").write_text('{"case": {"name": "shut away"}}', encoding="utf-8")
    root = top / "runs"
    html = framed(environment().from_string(PAGE), Text("R", "R"), "en", footer=Text("", ""))
    for number, (name, npv, minutes, digest) in enumerate(
        [("before", 5.75e9, 40.0, "1"), ("三 after", 8.5e9, 44.5, "2")]
    ):
        place = root / name
        place.mkdir(parents=True)
        text = json.dumps(record(npv, minutes, {"roads.csv": digest, "zone.csv": "0"}))
        (place / "run.json").write_text(text, encoding="utf-8")
        (place / "report.html").write_text(html, encoding="utf-8")
        (place / "tables.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 999)
        (place / ".hidden.json").write_text(HIDDEN, encoding="utf-8")
        (place / "notes.sh").write_text(HIDDEN, encoding="utf-8")
        os.utime(place / "run.json", (1.7e9 + number, 1.7e9 + number))
    (root / "before" / "out.json").symlink_to(top / "secret.json")
    (root / "before" / "up").symlink_to(top)
    (root / "linked").symlink_to(shut)
    (root / "records").mkdir()
    (root / "records" / "run.json").symlink_to(shut / "run.json")
    os.mkfifo(root / "before" / "pipe.json")
    return root


@pytest.fixture(scope="module")
def server(folder):
    with RunServer(folder, "127.0.0.1", 0, "en") as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def asked(server, path, *, host=None, method="GET"):
    """What the server says to a path that no client has tidied up."""
    port = server.server_address[1]
    host = f"127.0.0.1:{port}" if host is None else host
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        head = f"{method} {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"
        line.sendall(head.encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


ATTACKS = [
    "/files/../secret.json",
    "/files/before/../../secret.json",
    "/files/%2e%2e/secret.json",
    "/files/before/%2e%2e/%2e%2e/secret.json",
    "/files/before/..%2f..%2fsecret.json",
    "/files/..%5csecret.json",
    "/files/before/..\\..\\secret.json",
    "/files/%252e%252e/secret.json",
    "/files/before/%c0%ae%c0%ae/secret.json",
    "/files//{top}/secret.json",
    "/files/%2f{top}/secret.json",
    "/files/before/out.json",
    "/files/before/up/secret.json",
    "/files/linked/run.json",
    "/files/records/run.json",
    "/files/before/.hidden.json",
    "/files/before/%2ehidden.json",
    "/files/before/notes.sh",
    "/files/before/pipe.json",
    "/files/before/report.html%00.json",
    "/files/before/run.json/",
    "/files/before/",
    "/files/",
    "/files",
    "/secret.json",
    "/../secret.json",
    "//secret.json",
    "/files/before/run.json:stream.json",
]


@pytest.mark.parametrize("path", ATTACKS)
def test_nothing_outside_the_folder_is_handed_out(server, folder, path):
    status, _, body = asked(server, path.replace("{top}", str(folder.parent).lstrip("/")))
    assert status in (400, 404)
    assert HIDDEN.encode() not in body
    assert b"shut away" not in body


def test_files_come_whole_with_their_types(server, folder):
    for name, kind in (
        ("run.json", "application/json"),
        ("report.html", "text/html; charset=utf-8"),
        ("tables.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        status, headers, body = asked(server, f"/files/%E4%B8%89%20after/{name}")
        assert (status, headers["Content-Type"]) == (200, kind)
        assert body == (folder / "三 after" / name).read_bytes()
        assert headers["Content-Length"] == str(len(body))
        assert headers["X-Content-Type-Options"] == "nosniff"
        status, headers, body = asked(server, f"/files/before/{name}", method="HEAD")
        assert (status, body) == (200, b"")


def test_only_reading_is_answered_and_only_under_the_name_of_this_computer(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert asked(server, "/", method=method)[0] == 501
    port = server.server_address[1]
    for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80", "[x"):
        status, _, body = asked(server, "/files/before/run.json", host=host)
        assert status in (400, 421)
        assert b"Two" not in body
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert asked(server, "/", host=host)[0] == 200


def test_the_list_shows_what_records_say_and_no_run_of_elsewhere(server):
    _, headers, body = asked(server, "/")
    page = body.decode()
    assert headers["Cache-Control"] == "no-store"
    assert "Two &lt;banks&gt;" in page  # text of a record is text
    assert "5.8 bn CNY" in page
    assert page.index("三 after") < page.index(">before<")  # the newest first
    assert "shut away" not in page
    assert 'href="files/%E4%B8%89%20after/report.html"' in page
    assert "out.json" not in page
    assert asked(server, "/compare?a=before&b=nowhere")[0] == 404


def test_a_run_alone_is_its_own_list(folder):
    found = find_runs(folder / "before")
    assert [run.name for run in found] == ["."]
    assert found[0].files[:3] == ("report.html", "tables.xlsx", "run.json")


def test_numbers_meet_by_their_keys(folder):
    after, before = find_runs(folder)
    (none, bridge) = moved_between(before, after, "options", ("id", "year"), "npv_cny")
    assert (bridge.labels, bridge.change) == (("M-bridge", "2035"), 2.75e9)
    assert none.change == 0
    inputs = inputs_between(before, after)
    assert (inputs.changed, inputs.only_before, inputs.only_after) == (["roads.csv"], [], [])


@pytest.mark.parametrize("text", ["{broken", "[]", '"x"', "", '{"options": 3, "case": []}'])
def test_a_broken_record_is_told_and_hides_no_other(tmp_path, folder, text):
    shutil.copytree(folder / "before", tmp_path / "a", ignore=lambda *_: ["up", "pipe.json"])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "run.json").write_text(text, encoding="utf-8")
    with RunServer(tmp_path, "127.0.0.1", 0, "zh") as server:
        threading.Thread(target=server.handle_request).start()
        status, _, body = asked(server, "/")
    assert status == 200
    assert "58 亿元" in body.decode()
    assert ("无法读取" in body.decode()) == (text[:1] != "{" or "broken" in text)


def test_a_folder_without_runs_is_refused_in_words(tmp_path):
    done = transitplan("view", tmp_path)
    assert done.code == 2
    assert "no run in it" in done.stderr
    with pytest.raises(NotFoundError, match="no such folder"):
        find_runs(tmp_path / "none")
    with pytest.raises(NotFoundError):
        file_inside(tmp_path, "none.json")


def test_the_list_for_machines(folder):
    rows = json.loads(transitplan("view", folder, "--json").stdout)
    assert [row["run"] for row in rows] == ["三 after", "before"]
    assert rows[1]["case"] == "Two <banks>"


def test_which_addresses_are_of_this_computer_only():
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "town.example"))  # noqa: S104


@pytest.mark.parametrize(
    ("stop", "host", "said"),
    [
        (signal.SIGINT, "127.0.0.1", "ended\n"),
        (signal.SIGTERM, "0.0.0.0", "every computer that reaches 0.0.0.0 can read"),  # noqa: S104
    ],
)
def test_it_ends_cleanly_and_warns_of_other_addresses(folder, stop, host, said):
    words = [sys.executable, "-m", "transitplan", "view", str(folder), "--port", "0"]
    words += ["--host", host]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        address = run.stdout.readline().split()[0]
        port = int(address.rstrip("/").rpartition(":")[2])
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        line.request("GET", "/")
        assert line.getresponse().status == 200
        run.send_signal(stop)
        told = run.communicate(timeout=10)[1]
    assert run.returncode == 0
    assert said in told
    assert told.endswith("ended\n")
    assert ("warning" in told) == (host != "127.0.0.1")


def test_a_taken_port_is_told(folder, server):
    done = transitplan("view", folder, "--port", server.server_address[1])
    assert done.code == 2
    assert "cannot listen there" in done.stderr


@pytest.mark.browser
def test_in_a_browser(server, browser):
    page = browser.new_page()
    requests, errors = [], []
    page.on("request", lambda each: requests.append(each.url))
    page.on("console", lambda each: errors.append(each.text))
    page.goto(server.address)
    assert page.locator("tbody tr").count() == 2
    page.click("#language")
    assert page.locator("h2").first.inner_text() == "全部运行"
    page.select_option("select[name=a]", "before")
    page.select_option("select[name=b]", "三 after")
    page.click("button[type=submit]")
    assert page.locator("#access tbody tr").inner_text().split("\t")[2:4] == ["磨坊镇", "H1"]
    assert "28 亿元" in page.locator("#options").inner_text()
    assert "roads.csv：不同" in page.locator("#both").inner_text()
    page.locator("a", has_text="report.html").first.click()
    assert page.locator("#own").inner_text() == "a report"
    assert page.url.endswith("report.html#zh")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert errors == []
    assert all(url.startswith(server.address) for url in requests)
    page.close()
