// Search, print, the bar that parts a map, the years.

plan.control = function (map, place, name, fill) {
  var control = L.control({ position: place });
  control.onAdd = function () {
    var box = L.DomUtil.create("div", name);
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    fill(box);
    return box;
  };
  return control.addTo(map);
};

// Links, crossings, zones and places by name, in both languages, or by id.
plan.search = function (map, shapes, kind) {
  plan.roads = plan.roads || {};
  shapes.forEach(function (shape) {
    var name = shape.named ? [].concat(shape.title).join(" · ") : "";
    if (name) {
      if (!plan.roads[name]) {
        plan.roads[name] = { title: shape.title, kind: kind, shapes: [] };
        plan.found.push(plan.roads[name]);
      }
      plan.roads[name].shapes.push(shape);
    }
    if (shape.ids) {
      plan.found.push({ title: shape.title, ids: shape.ids, kind: kind, shapes: [shape] });
    }
  });
  if (plan.searching) { return; }
  plan.searching = plan.control(map, "topleft", "search", function (box) {
    box.innerHTML = '<input type="search" autocomplete="off"><div role="listbox"></div>';
    var input = box.querySelector("input"), list = box.querySelector("div"), shown = [];
    function label() {
      var chinese = document.documentElement.dataset.language === "zh";
      input.placeholder = chinese ? "查找道路、通道、小区" : "Find a road, crossing, zone";
      input.setAttribute("aria-label", input.placeholder);
    }
    label();
    document.addEventListener("language", label);
    input.addEventListener("input", function () {
      shown = plan.matches(input.value);
      list.innerHTML = shown.map(function (entry, place) {
        var ids = entry.ids ? ' <span class="ids">' + entry.ids + "</span>" : "";
        return '<button type="button" role="option" data-place="' + place + '">'
          + plan.both(entry.title) + ids + "<small>" + plan.both(entry.kind) + "</small></button>";
      }).join("");
      if (input.value.trim() && !shown.length) {
        list.innerHTML = "<p>" + plan.both(["nothing found", "未找到"]) + "</p>";
      }
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && shown.length) { go(shown[0]); }
      if (event.key === "Escape") { list.innerHTML = input.value = ""; }
    });
    list.addEventListener("click", function (event) {
      var button = event.target.closest("button");
      if (button) { go(shown[button.dataset.place]); }
    });
    function go(entry) {  // after the click, which would close the popup
      setTimeout(function () {
        list.innerHTML = "";
        plan.go(map, entry);
      });
    }
  });
};

plan.matches = function (text) {
  var wanted = text.trim().toLowerCase();
  if (!wanted) { return []; }
  var met = {};  // a zone stands in several layers: the one that is shown is taken
  plan.found.forEach(function (entry) {
    var key = JSON.stringify([entry.title, entry.kind, entry.ids, entry.at]);
    if (!met[key] || entry.layer && plan.map.hasLayer(entry.layer)) { met[key] = entry; }
  });
  return Object.values(met).map(function (entry, order) {
    var ids = (entry.ids || "").toLowerCase().split(", "), rank = ids.includes(wanted) ? 0 : 9;
    if (!entry.ids) {
      [].concat(entry.title).forEach(function (name) {
        var at = name.toLowerCase().indexOf(wanted);
        if (at >= 0) { rank = Math.min(rank, at === 0 ? 1 : 2); }
      });
    }
    return { entry: entry, rank: rank + (entry.shapes ? 0.5 : 0), order: order };
  }).filter(function (each) { return each.rank < 9; }).sort(function (a, b) {
    return a.rank - b.rank || a.order - b.order;
  }).slice(0, 8).map(function (each) { return each.entry; });
};

plan.go = function (map, entry) {
  if (plan.halo) { plan.halo.remove(); }
  if (entry.at) {
    map.setView(entry.at, Math.max(map.getZoom(), plan.home + 1), { animate: false });
    if (!map.hasLayer(entry.layer)) { entry.layer.addTo(map); }
    entry.open();
    return;
  }
  var lines = entry.shapes.map(function (shape) { return shape.line; });
  plan.halo = L.polyline(lines, { renderer: plan.reach, pane: "reach", color: "#ffd400", weight: 16,
    opacity: 0.9, interactive: false, lineCap: "butt" }).addTo(map);
  map.fitBounds(plan.halo.getBounds(), { animate: false, maxZoom: plan.home + 3,
    paddingTopLeft: [240, 60], paddingBottomRight: [map.getSize().x > 700 ? 330 : 60, 60] });
  var shape = entry.shapes[Math.floor(entry.shapes.length / 2)], drawn;
  map.eachLayer(function (layer) { if (layer.shape === shape) { drawn = layer; } });
  var middle = shape.line[Math.floor((shape.line.length - 1) / 2)];
  if (shape.line.length === 2) {
    middle = [0, 1].map(function (axis) { return (shape.line[0][axis] + shape.line[1][axis]) / 2; });
  }
  if (drawn) { drawn.openPopup(middle); return; }
  map.openPopup(plan.popup(shape.title, [plan.words.ids], [shape.ids]), middle);
};
document.addEventListener("keydown", function (event) {
  if (event.key === "Escape" && plan.halo) { plan.halo.remove(); }
});

// A page of its own for the printer: controls go, the view stays, lines are drawn twice as fine.
plan.printing = function (map) {
  var view, fine = L.Browser.retina;
  function fit(on) {
    view = on ? map.getBounds() : view;
    document.documentElement.classList.toggle("printing", on);
    L.Browser.retina = on || fine;
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(view, { animate: false });
    map.eachLayer(function (layer) { if (layer instanceof L.Canvas) { layer._redraw(); } });
    plan.tidy(map);
  }
  window.addEventListener("beforeprint", function () { fit(true); });
  window.addEventListener("afterprint", function () { fit(false); });
  document.getElementById("print").addEventListener("click", function () { window.print(); });
};

// Two sides and a bar between them: lines of "before" end at its left, those of "after" at its right.
plan.swipe = function (map, names, hidden) {
  var bar = L.DomUtil.create("div", "bar-between", map.getContainer());
  bar.innerHTML = '<i></i><span class="left">' + plan.both(names[0]) + '</span><span class="right">'
    + plan.both(names[1]) + '</span><input type="range" min="0" max="100" step="0.5" '
    + 'aria-label="Where the two sides meet · 两侧分界">';
  L.DomEvent.disableClickPropagation(bar);
  var input = bar.querySelector("input");
  function redraw() {
    map.eachLayer(function (layer) { if (layer instanceof plan.Canvas) { layer._redraw(); } });
  }
  function place() {
    plan.bar = Number(input.value) / 100;
    bar.style.setProperty("--at", input.value + "%");
    redraw();
  }
  function show(on) {
    bar.style.display = on ? "" : "none";
    if (on) { return place(); }
    plan.bar = undefined;
    redraw();
  }
  input.addEventListener("input", place);
  input.addEventListener("pointerdown", function () { map.dragging.disable(); });
  window.addEventListener("pointerup", function () { map.dragging.enable(); });
  map.on("move", function () { if (plan.bar !== undefined) { redraw(); } });
  show(!hidden);
  return show;
};

// Years and what is there in each: parts are [layer, first year, last year].
plan.timeline = function (map, years, parts, start) {
  plan.view(map, plan.opening, 120);
  plan.control(map, "bottomleft", "timeline", function (box) {
    box.innerHTML = "<output></output>"
      + '<input type="range" min="0" max="' + (years.length - 1) + '" step="1" value="' + start
      + '" aria-label="Year · 年份"><div>' + years.filter(function (year, place) {
        return place % Math.ceil((years.length - 1) / 5) === 0 || years.length < 2;
      }).map(function (year) { return "<span>" + year + "</span>"; }).join("") + "</div>";
    var input = box.querySelector("input"), output = box.querySelector("output");
    function show() {
      var year = years[Number(input.value)];
      output.textContent = year;
      parts.forEach(function (part) {
        var there = part[1] <= year && year <= part[2];
        if (there !== map.hasLayer(part[0])) { part[0][there ? "addTo" : "removeFrom"](map); }
      });
    }
    input.addEventListener("input", show);
    show();
  });
};
