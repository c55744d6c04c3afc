"""Small drawings: the keys of a legend and the marks of places."""

from transitplan.viz.palette import INK, TUNNEL_DASH, form_colour
from transitplan.viz.text import Text, as_text


def key_line(
    colour: str, width: float, words: Text | str, *, dashed: bool = False, dash: str = TUNNEL_DASH
) -> str:
    """One line of a legend: a stroke and its meaning."""
    dash = f' stroke-dasharray="{dash}"' if dashed else ""
    return _row(
        f'<line x1="0" x2="34" y1="8" y2="8" stroke="{colour}" style="--px:{width:g}"{dash}/>',
        words,
    )


def key_area(
    colour: str,
    words: Text | str,
    *,
    border: str = INK,
    opacity: float = 1.0,
    border_px: float = 0.8,
) -> str:
    """One line of a legend: a filled box and its meaning."""
    return _row(
        f'<rect x="1.5" y="2" width="31" height="12" fill="{colour}" fill-opacity="{opacity:g}" '
        f'stroke="{border}" stroke-width="{border_px:g}"/>',
        words,
    )


def key_mark(mark: str, words: Text | str) -> str:
    """One line of a legend: the mark of a place and its meaning."""
    return (
        f'<div class="row"><span style="flex:none;width:34px;height:16px;position:relative">'
        f'<span style="position:absolute;left:17px;top:8px">{mark}</span></span>'
        f"<span>{as_text(words).__html__()}</span></div>"
    )


def heading(title: Text, note: Text | None = None) -> str:
    """Head of a legend's part, with a sentence where one is needed."""
    sentence = f"<p>{note.__html__()}</p>" if note else ""
    return f"<h2>{title.__html__()}</h2>{sentence}"


def crossing_mark(form: str, status: str) -> str:
    """Square for a bridge, circle for a tunnel; filled when open, dashed when only planned."""
    colour = form_colour(form)
    fill = colour if status.startswith("open") else "#fff"
    dash = ' stroke-dasharray="2.6 2"' if status == "planned" else ""
    style = f'fill="{fill}" stroke="{colour}" stroke-width="2.4"{dash}'
    shape = (
        f'<circle cx="8" cy="8" r="5.6" {style}/>'
        if "tunnel" in form
        else f'<rect x="2.8" y="2.8" width="10.4" height="10.4" {style}/>'
    )
    return _mark(shape)


def change_mark(colour: str) -> str:
    """Ring in the colour of a change."""
    return _mark(f'<circle cx="8" cy="8" r="5.6" fill="#fff" stroke="{colour}" stroke-width="3"/>')


def ring_mark() -> str:
    """Dark ring round a circle."""
    return _mark(f'<circle cx="8" cy="8" r="5.6" fill="#fff" stroke="{INK}" stroke-width="2.6"/>')


def circle_mark() -> str:
    """Two circles, a small one in a large one: size tells."""
    return _mark(
        f'<circle cx="8" cy="8" r="7" fill="#fff" stroke="{INK}"/>'
        f'<circle cx="8" cy="11.5" r="3.5" fill="#fff" stroke="{INK}"/>'
    )


def place_mark(kind: str) -> str:
    """Dark disc for a cluster, white diamond for a hub."""
    if kind == "cluster":
        return _mark(f'<circle cx="8" cy="8" r="6" fill="{INK}" stroke="#fff" stroke-width="1.5"/>')
    return _mark(
        f'<path d="M8 2.5 13.5 8 8 13.5 2.5 8Z" fill="#fff" stroke="{INK}" stroke-width="1.6"/>'
    )


def _mark(shape: str) -> str:
    return f'<svg class="mark" width="16" height="16" viewBox="0 0 16 16">{shape}</svg>'


def _row(shape: str, words: Text | str) -> str:
    return (
        f'<div class="row"><svg width="34" height="16" viewBox="0 0 34 16">{shape}</svg>'
        f"<span>{as_text(words).__html__()}</span></div>"
    )
