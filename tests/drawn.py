"""What is drawn on a map's page, for tests of any part."""

PAINTED = """
([pane, wanted, box]) => {
  const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const own = canvas.getBoundingClientRect(), map = plan.map.getContainer().getBoundingClientRect();
  const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0;
  for (let at = 0; at < data.length; at += 4) {
    const x = (at / 4) % canvas.width + own.left - map.left;
    const share = x / map.width;
    if (share < box[0] || share > box[1]) { continue; }
    if (wanted === null ? data[at + 3] > 0
      : data[at + 3] > 250 && wanted.every((part, k) => data[at + k] === part)) { n += 1; }
  }
  return n;
}
"""


def painted(page, colour=None, *, pane="overlay", across=(0.0, 1.0)):
    """Pixels of a colour (any, if none) on a pane's canvas, between two shares of the width."""
    wanted = None if colour is None else [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return page.evaluate(PAINTED, [pane, wanted, list(across)])


def legend(page):
    """Words of the legend that are shown."""
    return page.locator(".legend").inner_text()


def toggle(page, name):
    """Click the line of the layer control that holds these words."""
    page.locator(".leaflet-control-layers label").filter(has_text=name).first.click()
    page.wait_for_timeout(120)
