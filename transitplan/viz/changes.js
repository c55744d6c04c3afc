// meshes: [[[colour, width, [steps, …]], …], …]: thin lines of one pane, a click goes through
plan.mesh = function (map, pane, meshes) {
  if (!map.getPane(pane)) {
    map.createPane(pane).style.cssText += "z-index:390;pointer-events:none";
    plan[pane] = new plan.Canvas({ pane: pane, padding: 0.3 });
  }
  var group = L.layerGroup();
  meshes.forEach(function (mesh) {
    mesh.forEach(function (part) {
      L.polyline(part[2].map(plan.line), { pane: pane, renderer: plan[pane], color: part[0],
        weight: part[1], interactive: false, smoothFactor: 1.2, side: pane }).addTo(group);
    });
  });
  return group;
};

// book: texts, features [steps, [[title, [[label, value], …]], …]]; texts are given by number
plan.changePopup = function (book, feature) {
  function text(at) { return book.texts[at]; }
  return feature[1].map(function (entry) {
    return plan.popup(text(entry[0]), entry[1].map(function (row) { return text(row[0]); }),
      entry[1].map(function (row) { return text(row[1]); }));
  }).join("");
};

// rows: feature, colour, width, dashes; a feature of one place is a ring
plan.changes = function (book, rows, kind) {
  var group = L.featureGroup(), entries = [];
  rows.forEach(function (row) {
    var feature = book.features[row[0]], line = plan.line(feature[0]);
    var style = { color: row[1], weight: row[2], dashArray: row[3] || null, opacity: 1,
      lineCap: row[3] ? "butt" : "round", radius: 2 * row[2], fillColor: "#fff", fillOpacity: 1 };
    var drawn = line.length > 1 ? new plan.Line(line, Object.assign(style, { fill: false }))
      : L.circleMarker(line[0], style);
    drawn.bindPopup(function () { return plan.changePopup(book, feature); },
      { maxWidth: 380, maxHeight: 320 }).addTo(group);
    var middle = line[Math.floor((line.length - 1) / 2)], next = line[Math.ceil((line.length - 1) / 2)];
    var at = [(middle[0] + next[0]) / 2, (middle[1] + next[1]) / 2];
    feature[1].forEach(function (entry) {
      entries.push({ title: book.texts[entry[0]], at: at,
        open: function () { drawn.openPopup(at); } });
    });
  });
  plan.findable(group, kind, entries);
  return group;
};

// The slider: left only what was, right only what will be, both in the middle.
plan.fader = function (map, going, coming) {
  var swipe;
  [[going, "before"], [coming, "after"]].forEach(function (side) {
    side[0].forEach(function (group) {
      group.eachLayer(function (layer) { layer.options.side = side[1]; });
    });
  });
  function fade(value) {
    var before = Math.min(1, 2 - value / 50), after = Math.min(1, value / 50);
    [["before", before], ["after", after]].forEach(function (each) {
      if (map.getPane(each[0])) { map.getPane(each[0]).style.opacity = each[1]; }
    });
    going.forEach(function (group) { group.setStyle({ opacity: before, fillOpacity: before }); });
    coming.forEach(function (group) { group.setStyle({ opacity: after, fillOpacity: after }); });
  }
  var control = L.control({ position: "bottomleft" });
  control.onAdd = function () {
    var box = L.DomUtil.create("label", "fader");
    box.innerHTML = '<button type="button" class="mode">' + plan.both(["Swipe", "分屏"])
      + '</button><span><span lang="en">Before</span><span lang="zh-Hans">之前</span></span>'
      + '<input type="range" min="0" max="100" value="50" '
      + 'aria-label="From before to after · 从之前到之后">'
      + '<span><span lang="en">After</span><span lang="zh-Hans">之后</span></span>';
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    var input = box.querySelector("input"), button = box.querySelector("button"), on = false;
    input.addEventListener("input", function () { fade(Number(input.value)); });
    button.addEventListener("click", function (event) {  // a bar between the two, or both in one
      event.preventDefault();
      on = !on;
      input.disabled = on;
      fade(on ? 50 : Number(input.value));
      button.innerHTML = plan.both(on ? ["Fade", "叠加"] : ["Swipe", "分屏"]);
      swipe = swipe || plan.swipe(map, [["Before", "之前"], ["After", "之后"]], true);
      swipe(on);
    });
    return box;
  };
  control.addTo(map);
};
