"""Tables of plain text."""

from sockcore._cli.columns import table


def test_columns_are_as_wide_as_they_need_numbers_to_the_right():
    rows = [("a long name", 7, ""), ("b", -100, "end")]
    assert table(("NAME", "N", "LAST"), rows).splitlines() == [
        "NAME            N  LAST",
        "a long name     7",
        "b            -100  end",
    ]


def test_head_alone():
    assert table(("A", "B"), []) == "A  B"
