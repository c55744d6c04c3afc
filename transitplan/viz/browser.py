"""The style and the script of a map's page: language, popups, labels that give way, legends."""

STYLE = """
:root { --ink: #23272b; --muted: #6b7075; --paper: #fbfaf7; --hairline: #c9ccce; }
html[data-language="en"] body [lang|="zh"], html[data-language="zh"] body [lang="en"]
{ display: none; }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 14px/1.4 "Noto Sans", "Helvetica Neue", Arial, "Noto Sans CJK SC", "PingFang SC",
  "Microsoft YaHei", sans-serif; }
header.bar { position: absolute; inset: 0 0 auto 0; height: 48px; padding: 0 16px;
  display: flex; align-items: center; gap: 16px; border-bottom: 1px solid var(--hairline);
  background: #fff; box-sizing: border-box; }
header.bar h1 { font-size: 16px; font-weight: 600; margin: 0; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; }
header.bar p { flex: 1; margin: 0; color: var(--muted); font-size: 12px; line-height: 1.25; }
header.bar a { color: inherit; white-space: nowrap; }
header.bar button { font: inherit; padding: 4px 10px; border: 1px solid var(--muted);
  background: #fff; border-radius: 3px; cursor: pointer; white-space: nowrap; }
.folium-map { position: absolute !important; top: 48px !important; bottom: 0; left: 0 !important;
  right: 0; width: auto !important; height: auto !important; }
.leaflet-container { background: var(--paper); font: inherit; }
.leaflet-control-layers, .legend { border: 1px solid var(--hairline) !important;
  border-radius: 3px !important; box-shadow: none !important; background: #fffffff0 !important;
  font-size: 12.5px; }
.leaflet-control-layers-expanded { padding: 6px 12px 6px 10px !important; max-width: 280px;
  line-height: 17px; }
.leaflet-control-layers label { font-size: 12px; }
.leaflet-control-layers label > span { display: flex; align-items: flex-start; }
.leaflet-control-layers-selector { margin: 2px 6px 0 0 !important; top: 0 !important; flex: none; }
.leaflet-control-layers-list > div::before { display: block; font-weight: 600; margin: 2px 0; }
html[data-language="en"] .leaflet-control-layers-base::before { content: "On the roads"; }
html[data-language="zh"] .leaflet-control-layers-base::before { content: "道路上显示"; }
html[data-language="en"] .leaflet-control-layers-overlays::before { content: "Also show"; }
html[data-language="zh"] .leaflet-control-layers-overlays::before { content: "同时显示"; }
.leaflet-control-layers-base:empty::before { display: none !important; }
html[data-language="en"] .leaflet-control-layers-base:empty ~ div::before { content: "Show"; }
html[data-language="zh"] .leaflet-control-layers-base:empty ~ div::before { content: "显示"; }
.legend { padding: 6px 12px; width: 256px; box-sizing: border-box; overflow: auto; }
.legend section:has(h2) + section:has(h2) { margin-top: 6px; }
.legend h2 { font-size: 12.5px; margin: 0 0 2px; }
.legend p { margin: 0; color: var(--muted); font-size: 11.5px; line-height: 1.3; }
.legend .row { display: flex; align-items: center; gap: 8px; min-height: 18px; }
.legend svg { flex: none; }
.leaflet-control-attribution:empty { display: none; }
.leaflet-touch .leaflet-bar { border-width: 1px; }
.north { background: none; font-size: 12px; text-align: center; line-height: 1.1;
  color: var(--ink); }
.mark { display: block; position: absolute; transform: translate(-50%, -50%); }
.label { position: absolute; left: 9px; top: -0.7em; white-space: nowrap; font-size: 12px;
  color: var(--ink); text-shadow: 0 0 2px #fff, 0 0 2px #fff, 0 0 3px #fff, 0 0 4px #fff;
  pointer-events: none; }
.label.strong { font-weight: 600; font-size: 13px; }
.label.quiet { color: var(--muted); left: 0; transform: translateX(-50%); }
.label.left { left: auto; right: 9px; }
.label.above, .label.below { left: 0; transform: translateX(-50%); }
.label.above.left, .label.below.left { left: auto; right: -6px; transform: none; }
.label.above.right, .label.below.right { left: -6px; transform: none; }
.label.above { top: -2.1em; }
.label.below { top: 0.6em; }
.leaflet-popup-content-wrapper { border-radius: 3px; }
.leaflet-popup-content { margin: 10px 14px; font-size: 12.5px; }
.leaflet-popup-content h3 { font-size: 13.5px; margin: 0 0 4px; }
.leaflet-popup-content table { border-collapse: collapse; }
.leaflet-popup-content td { padding: 1px 10px 1px 0; vertical-align: top;
  overflow-wrap: anywhere; }
.leaflet-popup-content td:first-child { color: var(--muted); white-space: nowrap; }
@media (max-width: 800px) { header.bar p { display: none; } .legend { max-width: 200px; } }
"""

SCRIPT = """
var plan = {
  both: function (pair) {
    function safe(text) {
      return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
    }
    if (!Array.isArray(pair)) { return safe(pair); }
    if (pair[0] === pair[1]) { return safe(pair[0]); }
    return '<span lang="en">' + safe(pair[0]) + '</span><span lang="zh-Hans">' + safe(pair[1])
      + "</span>";
  },

  // title, [[label pair, value or pair], …] → the popup; empty values are left out
  popup: function (title, fields, values) {
    var rows = fields.map(function (field, i) {
      var value = values[i];
      return value === null || value === "" || value === undefined ? ""
        : "<tr><td>" + plan.both(field) + "</td><td>" + plan.both(value) + "</td></tr>";
    });
    return "<h3>" + plan.both(title) + "</h3><table>" + rows.join("") + "</table>";
  },

  pane: function (map, name, depth) {
    map.createPane(name).style.zIndex = depth;
    return L.svg({ pane: name });
  },

  start: function (map) {
    map.options.renderer = L.canvas({ tolerance: 6, padding: 0.3 });
    plan.ground = plan.pane(map, "ground", 340);
    plan.reach = plan.pane(map, "reach", 360);
    plan.above = plan.pane(map, "above", 450);
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    function tidy() { plan.tidySoon(map); }
    map.on("zoomend moveend layeradd layerremove", tidy);
    map.getPane("mapPane").addEventListener("transitionend", tidy);  // marks still glide till then
    document.getElementById("language").addEventListener("click", function () {
      plan.speak(document.documentElement.dataset.language === "zh" ? "en" : "zh");
      plan.tidySoon(map);
    });
    if (/^#(en|zh)$/.test(location.hash)) { plan.speak(location.hash.slice(1)); }
  },

  speak: function (language) {
    document.documentElement.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    var link = document.getElementById("report");
    if (link) { link.hash = language; }
  },

  // shapes: [positions, title]; rows: shape, colour, width, dashed, values…; or a shape alone,
  // drawn as a hairline. Later rows lie on top.
  lines: function (shapes, fields, rows) {
    var group = L.layerGroup();
    rows.forEach(function (row) {
      var shape = shapes[row[0]];
      if (row.length === 1) {
        L.polyline(shape[0], { color: "#c9ccce", weight: 1, interactive: false }).addTo(group);
        return;
      }
      L.polyline(shape[0], {
        color: row[1], weight: row[2], dashArray: row[3] ? "7 5" : null, opacity: 1,
        lineCap: row[3] ? "butt" : "round", smoothFactor: 0.7
      }).bindPopup(function () { return plan.popup(shape[1], fields, row.slice(4)); },
        { maxWidth: 380 }).addTo(group);
    });
    return group;
  },

  // rows: lat, lon, drawing, label pair, class of the label, title, values
  points: function (fields, rows, order) {
    var group = L.layerGroup();
    rows.forEach(function (row) {
      var label = row[3] ? '<span class="label ' + row[4] + '" data-order="' + order + '">'
        + plan.both(row[3]) + "</span>" : "";
      var marker = L.marker([row[0], row[1]], {
        icon: L.divIcon({ className: "", iconSize: [0, 0], html: row[2] + label }),
        interactive: row[6].length > 0, keyboard: row[6].length > 0, riseOnHover: true,
        zIndexOffset: -1000 * order
      });
      if (row[6].length) {
        marker.bindPopup(function () { return plan.popup(row[5], fields, row[6]); },
          { maxWidth: 380 });
      }
      marker.addTo(group);
    });
    return group;
  },

  areas: function (collection, renderer, fields) {
    return L.geoJSON(collection, {
      style: function (feature) {
        var own = { renderer: plan[renderer], pane: renderer };
        return Object.assign(own, feature.properties.style);
      },
      interactive: fields.length > 0,
      onEachFeature: function (feature, layer) {
        if (fields.length) {
          layer.bindPopup(function () {
            return plan.popup(feature.properties.title, fields, feature.properties.values);
          });
        }
      }
    });
  },

  // names that would lie on a more important name, or on another place's mark, take another
  // side of their own mark, or are hidden until there is room
  tidySoon: function (map) {
    clearTimeout(plan.timer);
    plan.timer = setTimeout(function () { plan.tidy(map); }, 60);
  },
  boxes: function (map, selector) {
    return Array.from(map.getContainer().querySelectorAll(selector)).map(function (element) {
      return { element: element, box: element.getBoundingClientRect() };
    });
  },
  sides: ["", "left", "above", "below", "above right", "below right", "above left", "below left"],
  tidy: function (map) {
    var frame = map.getContainer().getBoundingClientRect();
    var kept = plan.boxes(map, ".leaflet-control-layers, .legend, .leaflet-control-scale, "
      + ".leaflet-control-zoom, .mark");
    function rank(label) { return label.dataset.order - label.classList.contains("strong") / 2; }
    function free(label, box) {
      return box.left >= frame.left && box.right <= frame.right && kept.every(function (other) {
        return other.element.parentNode === label.parentNode
          || box.left >= other.box.right + 3 || other.box.left >= box.right + 3
          || box.top >= other.box.bottom || other.box.top >= box.bottom;
      });
    }
    Array.from(map.getContainer().querySelectorAll(".label"))
      .sort(function (a, b) { return rank(a) - rank(b); })
      .forEach(function (label) {
        var sides = label.classList.contains("quiet") ? [""] : plan.sides;
        var found = sides.some(function (side) {
          label.classList.remove("left", "right", "above", "below");
          label.classList.add.apply(label.classList, side.split(" ").filter(Boolean));
          var box = label.getBoundingClientRect();
          if (free(label, box)) { return kept.push({ element: label, box: box }); }
        });
        label.style.visibility = found ? "visible" : "hidden";
      });
  },

  // entries: layer or layers, words; the words are shown while one of the layers is
  legend: function (map, entries) {
    function on(layer) { return map.hasLayer(layer); }
    var control = L.control({ position: "bottomright" });
    control.onAdd = function () {
      var box = L.DomUtil.create("div", "legend");
      L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
      function fill() {
        box.innerHTML = entries.filter(function (entry) { return [].concat(entry[0]).some(on); })
          .map(function (entry) { return "<section>" + entry[1] + "</section>"; }).join("");
        box.style.display = box.innerHTML ? "" : "none";
        var above = map.getContainer().querySelector(".leaflet-control-layers");
        var room = map.getSize().y - (above ? above.offsetHeight : 0) - 34;
        box.style.maxHeight = Math.max(120, room) + "px";
      }
      map.on("layeradd layerremove", function (event) {
        function meant(entry) { return [].concat(entry[0]).includes(event.layer); }
        if (entries.some(meant)) { fill(); }
      });
      map.on("resize", fill);
      fill();
      return box;
    };
    control.addTo(map);
    var north = L.control({ position: "bottomleft" });
    north.onAdd = function () {
      var box = L.DomUtil.create("div", "north");
      box.innerHTML = '<svg width="14" height="20" viewBox="0 0 14 20"><path d="M7 0 13 20 7 16 '
        + '1 20Z" fill="#23272b"/></svg><br><span lang="en">N</span><span lang="zh-Hans">北</span>';
      return box;
    };
    north.addTo(map);
  }
};
"""
