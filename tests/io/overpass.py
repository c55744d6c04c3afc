"""A server on this machine that answers like Overpass and Nominatim, from one .osm file.

It reads the queries that OSMnx really sends (a filter, a polygon, recursion down) and applies them.
"""

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree as ET

import shapely

STATEMENT = re.compile(r"(node|way|relation)((?:\[[^\]]*\])+)\(poly:'([^']*)'\)")
CONDITION = re.compile(r"""\[["']([^"']+)["'](?:(!~|~|=)["']([^"']*)["'])?\]""")


class Data:
    """Elements of an .osm file as Overpass gives them."""

    def __init__(self, path: Path):
        self.elements = {}
        for each in ET.parse(path).getroot():  # noqa: S314  our own file
            if each.tag == "meta":
                self.date = each.get("osm_base")
                continue
            found = {"type": each.tag, "id": int(each.get("id"))}
            if each.tag == "node":
                found |= {key: float(each.get(key)) for key in ("lat", "lon")}
            tags = {tag.get("k"): tag.get("v") for tag in each.iter("tag")}
            found |= {"tags": tags} if tags else {}
            if each.tag == "way":
                found["nodes"] = [int(node.get("ref")) for node in each.iter("nd")]
            if each.tag == "relation":
                found["members"] = [
                    {**member.attrib, "ref": int(member.get("ref"))}
                    for member in each.iter("member")
                ]
            self.elements[each.tag, found["id"]] = found

    def line(self, element):
        points = [
            (self.elements["node", node]["lon"], self.elements["node", node]["lat"])
            for node in element.get("nodes", [])
        ]
        if element["type"] == "node":
            return shapely.Point(element["lon"], element["lat"])
        if element["type"] == "way":
            return shapely.LineString(points)
        members = [("way", each["ref"]) for each in element["members"] if each["type"] == "way"]
        return shapely.union_all([self.line(self.elements[key]) for key in members])

    def answer(self, query):
        wanted = {}
        for kind, filters, ring in STATEMENT.findall(query):
            numbers = [float(part) for part in ring.split()]
            area = shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))
            conditions = CONDITION.findall(filters)
            for key, element in self.elements.items():
                named = key[0] == kind and fits(element.get("tags", {}), conditions)
                if named and self.line(element).intersects(area):
                    wanted[key] = element
        for key in list(wanted):
            self.add_below(self.elements[key], wanted)
        return {"osm3s": {"timestamp_osm_base": self.date}, "elements": list(wanted.values())}

    def add_below(self, element, wanted):
        below = [("node", node) for node in element.get("nodes", [])]
        below += [(each["type"], each["ref"]) for each in element.get("members", [])]
        for key in below:
            wanted[key] = self.elements[key]
            self.add_below(self.elements[key], wanted)


def fits(tags, conditions):
    """Whether tags fulfil every condition: a key, a value (=), a pattern (~) or none of it (!~)."""
    for key, how, value in conditions:
        cell = tags.get(key)
        found = cell is not None and (
            cell == value if how == "=" else re.search(value, cell) is not None
        )
        if found == (how == "!~"):
            return False
    return True


@contextmanager
def serve(path, places=None):
    """Yield the address; ``places`` are Nominatim's: name to (west, south, east, north)."""
    data = Data(path)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def send(self, body, kind="application/json"):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self):
            url = urlparse(self.path)
            if url.path.endswith("/status"):
                self.send(
                    "Connected as: 1\nCurrent time: x\nAPI: y\nRate limit: 2\n2 slots", "text"
                )
                return
            name = parse_qs(url.query)["q"][0]
            self.send(json.dumps([found(*places[name])] if name in (places or {}) else []))

        def do_POST(self):
            if self.path.startswith("/overloaded"):
                self.send_error(502)
                return
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send(json.dumps(data.answer(parse_qs(text)["data"][0])))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def found(west, south, east, north):
    """One answer of Nominatim: an area."""
    ring = list(shapely.box(west, south, east, north).exterior.coords)
    return {
        "place_id": 1,
        "importance": 0.5,
        "lat": str((south + north) / 2),
        "lon": str((west + east) / 2),
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "display_name": "a town of the tests",
        "geojson": {"type": "Polygon", "coordinates": [ring]},
    }
