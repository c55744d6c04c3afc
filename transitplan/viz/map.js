var plan = {
  found: [],  // what the search knows: title, kind, layer, place, how to open it
  findable: function (layer, kind, entries) {
    if (!kind) { return; }
    entries.forEach(function (entry) {
      if (!entry.title) { return; }
      plan.found.push(Object.assign(entry, { layer: layer, kind: kind }));
    });
  },

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
    plan.map = map;
    map.options.renderer = new plan.Canvas({ tolerance: 6, padding: 0.3 });
    plan.ground = plan.pane(map, "ground", 340);
    plan.cells = plan.pane(map, "cells", 350);
    plan.reach = plan.pane(map, "reach", 360);
    plan.above = plan.pane(map, "above", 450);
    map.attributionControl.setPrefix(false);
    new plan.Scale({ imperial: false, maxWidth: 140 }).addTo(map);
    function tidy() { plan.tidySoon(map); }
    map.on("zoomend moveend layeradd layerremove", tidy);
    map.on("zoomend", function () {
      map.getContainer().style.setProperty("--wide", plan.wide(map));
    });
    map.on("layeradd", function (event) {  // places stay above roads that come later
      if (event.layer instanceof plan.Late && !event.layer.above) {
        map.eachLayer(function (each) { if (each.above) { each.bringToFront(); } });
      }
    });
    map.getPane("mapPane").addEventListener("transitionend", tidy);  // marks still glide till then
    document.getElementById("language").addEventListener("click", function () {
      plan.speak(document.documentElement.dataset.language === "zh" ? "en" : "zh");
      plan.tidySoon(map);
    });
    if (/^#(en|zh)$/.test(location.hash)) { plan.speak(location.hash.slice(1)); }
    plan.printing(map);
    // the canvas takes every click: where it hits no road, the area below opens
    map.on("click", function (event) {
      var at = event.originalEvent;
      var hit = document.elementsFromPoint(at.clientX, at.clientY);
      map.eachLayer(function (layer) {
        if (layer._path && layer.getPopup() && layer._path === hit.find(function (each) {
          return each.classList.contains("leaflet-interactive") && each.tagName === "path";
        })) { layer.openPopup(event.latlng); }
      });
    });
  },

  // the view when the page opens, at which widths are as the legend first says
  view: function (map, bounds, below) {
    var room = map.getSize().x > 700 ? 330 : 16;  // for the layer control and the legend
    plan.opening = bounds;
    map.fitBounds(bounds, { paddingTopLeft: [56, 16], paddingBottomRight: [room, below || 24],
      animate: false });
    plan.home = map.getZoom();
  },

  // lines grow with the zoom, slower than the map does; the legend's strokes with them. Those of
  // large networks begin thinner.
  dense: 1,
  wide: function (map) {
    var steps = plan.home === undefined ? 0 : map.getZoom() - plan.home;
    return plan.dense * Math.min(2.2, Math.max(0.5, Math.pow(1.22, steps)));
  },

  Scale: L.Control.Scale.extend({  // Leaflet's own knows one language
    _addScales: function (options, className, container) {
      L.Control.Scale.prototype._addScales.call(this, options, className, container);
      document.addEventListener("language", this._update.bind(this));
    },

    _updateMetric: function (most) {
      L.Control.Scale.prototype._updateMetric.call(this, most);
      if (document.documentElement.dataset.language === "zh") {
        var label = this._mScale.textContent;
        this._mScale.textContent = label.replace(" km", " 公里").replace(" m", " 米");
      }
    },
  }),

  speak: function (language) {
    document.documentElement.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    var link = document.getElementById("report");
    if (link) { link.hash = language; }
    document.dispatchEvent(new Event("language"));
  },

  // steps: first latitude and longitude in 1e-5 degree, then steps to the next
  line: function (steps) {
    var line = [], lat = 0, lon = 0;
    for (var at = 0; at < steps.length; at += 2) {
      lat += steps[at];
      lon += steps[at + 1];
      line.push([lat / 1e5, lon / 1e5]);
    }
    return line;
  },

  // a layer that is made when it is first shown
  Late: L.FeatureGroup.extend({
    initialize: function (fill) {
      this.fill = fill;
      L.FeatureGroup.prototype.initialize.call(this, []);
    },
    onAdd: function (map) {
      if (this.fill) {
        this.fill(this);
        this.fill = null;
      }
      L.FeatureGroup.prototype.onAdd.call(this, map);
      if (this.below) { this.bringToBack(); }
    }
  }),

  // shapes: [steps, title, ids, whether the title is a name], decoded once
  shapes: function (rows) {
    plan.dense = Math.min(plan.dense, Math.max(0.45, Math.sqrt(5000 / rows.length)));
    plan.map.getContainer().style.setProperty("--wide", plan.wide(plan.map));
    return rows.map(function (row) {
      return { title: row[1], ids: row[2], named: row[3],
        get line() { return this.made || (this.made = plan.line(row[0])); } };
    });
  },

  // rows: shape, colour, width, dashed, values…; or a shape alone, drawn as a hairline below all
  // others. Later rows lie on top. side: "before" or "after" where a bar parts the map.
  lines: function (shapes, fields, rows, side) {
    var group = new plan.Late(function (group) {
      var faint = rows.filter(function (row) { return row.length === 1; });
      L.polyline(faint.map(function (row) { return shapes[row[0]].line; }),
        { color: "#c9ccce", weight: 1, interactive: false, side: side }).addTo(group);
      rows.forEach(function (row) {
        if (row.length === 1) { return; }
        var shape = shapes[row[0]];
        var line = new plan.Line(shape.line, {
          color: row[1], weight: row[2], dashArray: row[3] ? "7 5" : null, opacity: 1,
          lineCap: row[3] ? "butt" : "round", smoothFactor: 0.7, side: side
        });
        line.shape = shape;
        line.bindPopup(function () {
          return plan.popup(shape.title, fields.concat([plan.words.ids]),
            row.slice(4).concat([shape.ids]));
        }, { maxWidth: 380 }).addTo(group);
      });
    });
    group.below = rows.every(function (row) { return row.length === 1; });
    return group;
  },
  words: { ids: ["Link ids", "路段编号"] },

  // rows: lat, lon, radius, fill, line, its width, title, values…
  circles: function (fields, rows, kind) {
    var group = new plan.Late(function (group) {
      rows.forEach(function (row) {
        var circle = L.circleMarker([row[0], row[1]], {
          radius: row[2], fillColor: row[3], color: row[4], weight: row[5], fillOpacity: 0.88,
          opacity: 1
        });
        circle.bindPopup(function () { return plan.popup(row[6], fields, row.slice(7)); },
          { maxWidth: 380 }).addTo(group);
      });
    });
    group.above = true;
    plan.findable(group, kind, rows.map(function (row, place) {
      return { title: row[6], at: [row[0], row[1]],
        open: function () { group.getLayers()[place].openPopup(); } };
    }));
    return group;
  },

  // rows: lat, lon, drawing, label pair, class of the label, title, values, radius to keep free
  points: function (fields, rows, order, kind) {
    var group = L.layerGroup(), markers = [];
    rows.forEach(function (row) {
      var off = Math.max(0, (row[7] || 0) - 7);  // a name begins a little beside the mark
      var label = row[3] ? '<span class="label ' + row[4] + '" data-order="' + order
        + '" style="--off:' + off + 'px">'
        + plan.both(row[3]) + "</span>" : "";
      var room = row[7] ? '<i class="room" style="--room:' + row[7] + 'px"></i>' : "";
      var marker = L.marker([row[0], row[1]], {
        icon: L.divIcon({ className: "", iconSize: [0, 0], html: room + row[2] + label }),
        interactive: row[6].length > 0, keyboard: row[6].length > 0, riseOnHover: true,
        zIndexOffset: -1000 * order
      });
      if (row[6].length) {
        marker.bindPopup(function () { return plan.popup(row[5], fields, row[6]); },
          { maxWidth: 380 });
      }
      marker.addTo(group);
      markers.push(marker);
    });
    plan.findable(group, kind, rows.map(function (row, place) {
      return { title: row[5] || row[3], at: [row[0], row[1]],
        open: function () { markers[place].openPopup(); } };
    }));
    return group;
  },

  // features: areas, or circles for what has none; properties: style, title, values, at
  areas: function (collection, renderer, fields, kind) {
    var group = L.geoJSON(collection, {
      style: function (feature) {
        var own = { renderer: plan[renderer], pane: renderer };
        return Object.assign(own, feature.properties.style);
      },
      pointToLayer: function (feature, at) {
        return L.circleMarker(at, { renderer: plan[renderer], pane: renderer });
      },
      interactive: fields.length > 0,
      onEachFeature: function (feature, layer) {
        if (fields.length) {
          layer.bindPopup(function () {
            return plan.popup(feature.properties.title, fields, feature.properties.values);
          }, { maxWidth: 380 });
        }
      }
    });
    plan.findable(group, kind, group.getLayers().map(function (layer) {
      var own = layer.feature.properties;
      return { title: own.title, at: own.at,
        open: function () { layer.openPopup(own.at); } };
    }));
    return group;
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
      + ".leaflet-control-zoom, .search, .timeline, .fader, .mark, .room");
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

// A line of one side of the bar is clicked on that side alone.
plan.Line = L.Polyline.extend({
  _containsPoint: function (point, closed) {
    var side = this.options.side;
    if (side && plan.bar !== undefined) {
      var bar = this._map.containerPointToLayerPoint([plan.bar * this._map.getSize().x, 0]).x;
      if ((point.x < bar) !== (side === "before")) { return false; }
    }
    return L.Polyline.prototype._containsPoint.call(this, point, closed);
  }
});

// One canvas for all lines. Their widths follow the zoom; hairs that nobody would see are left out;
// what belongs to one side of the bar ends there.
plan.Canvas = L.Canvas.extend({
  _fillStroke: function (context, layer) {
    var own = layer.options, wide = plan.wide(this._map) * (own.weight || 0);
    if (layer instanceof L.CircleMarker || wide === own.weight) {
      return L.Canvas.prototype._fillStroke.call(this, context, layer);
    }
    if (wide < 0.35) { return; }
    layer.options = Object.create(own, { weight: { value: wide } });
    L.Canvas.prototype._fillStroke.call(this, context, layer);
    layer.options = own;
  },
  _updatePoly: function (layer, closed) {
    this._within(layer, function () { L.Canvas.prototype._updatePoly.call(this, layer, closed); });
  },
  _updateCircle: function (layer) {
    this._within(layer, function () { L.Canvas.prototype._updateCircle.call(this, layer); });
  },
  _within: function (layer, draw) {
    var side = layer.options.side;
    if (!this._drawing || !side || plan.bar === undefined) { return draw.call(this); }
    var size = this._map.getSize(), context = this._ctx;
    var bar = this._map.containerPointToLayerPoint([plan.bar * size.x, 0]).x;
    context.save();
    context.beginPath();
    context.rect(side === "before" ? bar - 1e5 : bar, -1e5, 1e5, 2e5);
    context.clip();
    draw.call(this);
    context.restore();
  }
});
