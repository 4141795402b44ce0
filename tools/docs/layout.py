"""SVG pictures of socket addresses: eight bytes in a row, with the bytes of an example address.

Colours are those of the page (``docs/_static/site.css``), so that the picture suits the light and the dark theme.
"""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

ROW = 8
CELL, HEIGHT, MARGIN, TOP, BREAK = 78, 58, 40, 22, 30
#: The width of a character relative to the size of its font.
_CHARACTER = 0.62


class Segment(NamedTuple):
    """A field, or a gap of padding."""

    name: str
    offset: int
    size: int
    type: str
    role: str


def segments(struct: dict[str, Any], header: tuple[str, str]) -> list[Segment]:
    """Return the fields and gaps of a struct of a snapshot, in order.

    *header* has the names of the length field and of the family field.
    """
    length, family = header
    if struct["has_length"]:
        result = [Segment(length, 0, 1, "uint8", "header"), Segment(family, 1, 1, "uint8", "header")]
    else:
        result = [Segment(family, 0, 2, "uint16, byte order of the machine", "header")]
    end = 2
    for name, offset, size, field_type, order in [*struct["fields"], ("", struct["size"], 0, "", "")]:
        if offset > end:
            result.append(Segment("padding", end, offset - end, "zeros", "padding"))
        if size:
            result.append(Segment(name, offset, size, f"{field_type}, {order}" if order else field_type, "field"))
        end = offset + size
    return result


def visible_rows(parts: list[Segment], size: int) -> list[tuple[int, int]]:
    """Return (first byte, number of omitted bytes) for each row.

    Rows in the middle of a long field are replaced by one row, whose second value is not 0.
    """
    rows: list[tuple[int, int]] = []
    for start in range(0, size, ROW):
        is_inside = any(part.offset + ROW <= start and start + 2 * ROW <= part.offset + part.size for part in parts)
        if is_inside and rows and rows[-1][1]:
            rows[-1] = (rows[-1][0], rows[-1][1] + ROW)
        else:
            rows.append((start, ROW if is_inside else 0))
    return [(start, omitted if omitted > ROW else 0) for start, omitted in rows]


def svg(struct: dict[str, Any], header: tuple[str, str], title: str, sockaddr: bytes = b"") -> str:
    """Return the picture. *sockaddr* has the bytes of an example, and may be shorter than the struct."""
    parts = segments(struct, header)
    rows = visible_rows(parts, struct["size"])
    labelled = {part: _label_row(part, rows) for part in parts}
    shapes: list[str] = [
        f'<text class="number" x="{MARGIN + (column + 0.5) * CELL}" y="14" text-anchor="middle">{column}</text>'
        for column in range(min(ROW, struct["size"]))
    ]
    y = TOP
    for start, omitted in rows:
        if omitted:
            middle = MARGIN + ROW * CELL / 2
            text = f"{omitted} more bytes"
            shapes.append(f'<text class="number" x="{middle}" y="{y + 19}" text-anchor="middle">⋮ {text} ⋮</text>')
            y += BREAK
            continue
        shapes.append(f'<text class="number" x="{MARGIN - 8}" y="{y + 34}" text-anchor="end">{start}</text>')
        for part in parts:
            first, last = max(part.offset, start), min(part.offset + part.size, start + ROW)
            if first < last:
                shapes += _box(part, first, last, y, labelled[part] == start, sockaddr)
        y += HEIGHT
    width = MARGIN + ROW * CELL + 2
    description = "; ".join(f"{part.name} at {part.offset}, {part.size} bytes, {part.type}" for part in parts)
    return (
        f'<svg class="sockaddr" viewBox="0 0 {width} {y + 2}" width="{width}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{''.join(shapes)}</svg>"
    )


def _label_row(part: Segment, rows: list[tuple[int, int]]) -> int:
    """Return the first byte of the row with the name of a field: the first row with enough space."""
    visible = [start for start, omitted in rows if not omitted and start + ROW > part.offset]
    return max(
        (start for start in visible if start < part.offset + part.size),
        key=lambda start: (
            min(part.offset + part.size, start + ROW, max(part.offset, start) + 4) - max(part.offset, start),
            -start,
        ),
    )


def _box(part: Segment, first: int, last: int, y: int, has_label: bool, sockaddr: bytes) -> list[str]:
    x, width = MARGIN + first % ROW * CELL, (last - first) * CELL
    shapes = [
        (
            f'<g class="{part.role}"><title>{escape(f"{part.name}: {part.type}, bytes {part.offset} to ")}'
            f"{part.offset + part.size - 1}</title>"
            f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}"/>'
        )
    ]
    if has_label:
        shapes.append(_text(part.name, x + width / 2, y + 18, width, 13, "name"))
        if len(part.type) * 10 * _CHARACTER < width - 6:
            shapes.append(_text(part.type, x + width / 2, y + 33, width, 10, "type"))
    for offset in range(first, min(last, len(sockaddr))):
        centre = MARGIN + (offset % ROW + 0.5) * CELL
        shapes.append(
            f'<text class="byte" x="{centre}" y="{y + 50}" text-anchor="middle">{sockaddr[offset]:02x}</text>'
        )
    return [*shapes, "</g>"]


def _text(text: str, x: float, y: float, width: float, size: float, kind: str) -> str:
    size = max(8, min(size, (width - 6) / len(text) / _CHARACTER))
    fitting = int((width - 4) / size / _CHARACTER)
    shown = text if len(text) <= fitting else text[: fitting - 1] + "…"
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="middle" font-size="{size:.1f}">{escape(shown)}</text>'
