"""Tables of plain text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return *head* and *rows* in aligned columns.

    Columns of numbers are aligned to the right.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells)]
    right = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            f"{cell:>{width}}" if to_right else f"{cell:{width}}" for cell, width, to_right in zip(row, widths, right)
        ).rstrip()

    return "\n".join(map(line, [head, *cells]))


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").isdigit()
