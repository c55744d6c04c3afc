"""A page for one computer: lists runs, compares two of them, hands out the files of one folder.

Nothing outside the folder is ever opened: a path is decoded once, every part of it is checked, and
what it leads to, links resolved, must lie inside. Requests under another name than this computer's
are refused, so that no page of the net can read what is shown here.
"""

import os
import shutil
import socket
import stat
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from transitplan.errors import NotFoundError
from transitplan.report.runs import SHOWN, Run, find_runs
from transitplan.report.runs_page import FILES, comparison_page, runs_page

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
    ".yml": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".omx": "application/x-hdf5",
    ".graphml": "application/xml",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    # Images may come from the net: the tiles of a map that was asked for with --tiles.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data: blob:; "
    "img-src 'self' data: blob: http: https:; form-action 'self'; base-uri 'none'",
}
SECONDS = 30  # that a request may take to arrive


def file_inside(root: Path, asked: str) -> BinaryIO:
    """Open a file of a folder by the path of an address.

    Raises
    ------
    NotFoundError
        If there is none, it is of a kind that is not shown, or the path leads out of the folder.
    """
    absent = NotFoundError("no such file here")
    try:
        text = unquote_to_bytes(asked).decode("utf-8")
    except UnicodeDecodeError:
        raise absent from None
    parts = text.split("/")
    plain = all(part and part[0] != "." and not set(part) & set("\\\0:") for part in parts)
    if not plain or Path(parts[-1]).suffix.lower() not in SHOWN:
        raise absent
    try:
        path = root.joinpath(*parts).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise absent
        # Not through a link that was put there meanwhile, nor waiting for a pipe.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    except (OSError, ValueError):
        raise absent from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise absent
    return file


class RunServer(ThreadingHTTPServer):
    """Serves the runs of one folder."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Path, host: str, port: int, language: str) -> None:
        self.folder = folder.resolve()
        self.language = language
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.loopback = is_loopback(host)
        super().__init__((host, port), _Handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        host, port = self.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}/"

    def knows(self, host: str) -> bool:
        """Whether a request names this computer: another name may be a page's of the net."""
        if not self.loopback:
            return True
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or is_loopback(name)


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this computer only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: RunServer
    timeout = SECONDS
    server_version = "transitplan"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing: requests are those of one person."""

    def _answer(self) -> None:
        try:
            if not self.server.knows(self.headers.get("Host", "")):
                self._say(HTTPStatus.MISDIRECTED_REQUEST, b"unknown host\n", ".txt")
                return
            target = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(target.query).items()}
            pages: dict[str, Callable[[dict[str, str]], str]] = {
                "/": self._list,
                "/compare": self._compare,
            }
            if target.path in pages:
                page = pages[target.path](query)
                self._say(HTTPStatus.OK, page.encode(), ".html")
            else:
                self._file(target.path)
        except NotFoundError as error:
            self._say(HTTPStatus.NOT_FOUND, f"{error}\n".encode(), ".txt")
        except ValueError:  # an address that is none
            self._say(HTTPStatus.BAD_REQUEST, b"no such address\n", ".txt")
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def _list(self, query: dict[str, str]) -> str:
        return runs_page(find_runs(self.server.folder), language=self._language(query))

    def _compare(self, query: dict[str, str]) -> str:
        runs = find_runs(self.server.folder)
        by_name: dict[str, Run] = {run.name: run for run in runs}
        wanted = [query.get(side, "") for side in ("a", "b")]
        if any(name not in by_name for name in wanted):
            raise NotFoundError(f"no such run; there are {', '.join(by_name)}")
        before, after = (by_name[name] for name in wanted)
        return comparison_page(runs, before, after, language=self._language(query))

    def _language(self, query: dict[str, str]) -> str:
        told = query.get("lang", "")
        return told if told in {"en", "zh"} else self.server.language

    def _file(self, path: str) -> None:
        asked = path.removeprefix(f"/{FILES}")
        if asked == path:
            raise NotFoundError("no such page")
        with file_inside(self.server.folder, asked) as file:
            suffix = Path(unquote_to_bytes(asked).decode()).suffix.lower()
            size = os.fstat(file.fileno()).st_size
            self._head(HTTPStatus.OK, size, suffix)
            if self.command == "GET":
                shutil.copyfileobj(file, self.wfile)

    def _say(self, status: HTTPStatus, body: bytes, suffix: str) -> None:
        self._head(status, len(body), suffix)
        if self.command == "GET":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, size: int, suffix: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(size))
        for name, value in SAFE.items():
            self.send_header(name, value)
        self.end_headers()
