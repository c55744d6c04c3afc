// Tiles of AMap lie in GCJ-02, so the map is drawn in it; data and popups stay in WGS-84.
plan.gcj = {
  shift: function (lat, lon) {
    var x = lon - 105, y = lat - 35, pi = Math.PI, root = Math.sqrt(Math.abs(x));
    function waves(a, first, b, second, c, third) {
      return (a * Math.sin(first * pi) + b * Math.sin(second * pi) + c * Math.sin(third * pi)) * 2 / 3;
    }
    var shared = waves(20, 6 * x, 20, 2 * x, 0, 0);
    var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
      + waves(20, y, 40, y / 3, 0, 0) + waves(160, y / 12, 320, y / 30, 0, 0);
    var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
      + waves(20, x, 40, x / 3, 0, 0) + waves(150, x / 12, 300, x / 30, 0, 0);
    var phi = lat * pi / 180, bend = 1 - E2 * Math.sin(phi) * Math.sin(phi);
    return [north * 180 / (AXIS * (1 - E2) / (bend * Math.sqrt(bend)) * pi),
      east * 180 / (AXIS / Math.sqrt(bend) * Math.cos(phi) * pi)];
  },
  inside: function (lat, lon) {
    return lat >= SOUTH && lat <= NORTH && lon >= WEST && lon <= EAST;
  },
  from: function (lat, lon) {
    if (!plan.gcj.inside(lat, lon)) { return [lat, lon]; }
    var moved = plan.gcj.shift(lat, lon);
    return [lat + moved[0], lon + moved[1]];
  },
  back: function (lat, lon) {
    var at = [lat, lon];
    for (var step = 0; step < STEPS; step += 1) {
      var there = plan.gcj.from(at[0], at[1]);
      at = [at[0] + lat - there[0], at[1] + lon - there[1]];
    }
    return at;
  }
};
L.CRS.GCJ02 = L.extend({}, L.CRS.EPSG3857, {
  code: "GCJ-02 display",
  projection: L.extend({}, L.Projection.SphericalMercator, {
    project: function (at) {
      var there = plan.gcj.from(at.lat, at.lng);
      return L.Projection.SphericalMercator.project(L.latLng(there[0], there[1]));
    },
    unproject: function (point) {
      var there = L.Projection.SphericalMercator.unproject(point);
      var at = plan.gcj.back(there.lat, there.lng);
      return L.latLng(at[0], at[1]);
    }
  })
});
