"""The tables that the commands print."""

from sockcore._cli import table


def test_table_aligns_text_to_the_left_and_numbers_to_the_right():
    rows = [("a long name", 7, ""), ("b", -100, "end")]
    assert table(("NAME", "N", "LAST"), rows).splitlines() == [
        "NAME            N  LAST",
        "a long name     7",
        "b            -100  end",
    ]


def test_table_without_rows_is_the_head():
    assert table(("A", "B"), []) == "A  B"
