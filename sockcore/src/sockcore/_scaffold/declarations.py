"""Struct declarations in preprocessed C: the names of the members, and how each is declared.

This module finds names and nesting only. :mod:`sockcore._scaffold.layout` gets offsets and sizes from the compiler.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sockcore._scaffold import ScaffoldError

_TOKEN = re.compile(r"[A-Za-z_$]\w*|\.?\d(?:[eEpP][+-]|[\w.])*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\s\w]")
#: Followed by parentheses, which are ignored too.
_IGNORED_CALLS = frozenset(
    ("__attribute__", "__attribute", "__declspec", "__asm__", "__asm", "asm", "_Alignas", "alignas", "_Static_assert")
)
_IGNORED = frozenset(
    (
        *("__extension__", "const", "volatile", "__const", "__const__", "__volatile__", "__volatile", "_Atomic"),
        *("restrict", "__restrict", "__restrict__", "inline", "__inline", "__inline__", "static", "extern", "register"),
        *("_Noreturn", "_Thread_local", "__unaligned"),
    )
)
TYPE_WORDS = frozenset(
    (
        *("unsigned", "signed", "__signed", "__signed__", "long", "int", "short", "char", "void", "_Bool", "bool"),
        *("float", "double", "_Complex", "__int128", "__float128", "__bf16", "_Float16", "_Float32", "_Float64"),
        *("_Float128", "_Float32x", "_Float64x"),
    )
)
_TYPEOF = ("typeof", "__typeof__", "__typeof", "__typeof_unqual__", "typeof_unqual")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Record(NamedTuple):
    """The type ``struct tag`` or ``union tag``: *body* is the position of its members, if they are declared here."""

    keyword: str
    tag: str
    body: int | None


class Member(NamedTuple):
    """A member of a struct.

    *names* are the words of its type, then those of the types that these stand for. *record* is the struct or union.
    *derivations* lead from the name to the type: ``[`` for an array, ``*`` for a pointer, ``(`` for a function.
    """

    name: str
    names: tuple[str, ...]
    record: Record | None
    derivations: tuple[str, ...]
    is_bit_field: bool = False


class Declarations:
    """All declarations of a preprocessed source."""

    def __init__(self, preprocessed: str) -> None:
        text = re.sub(r"^[ \t]*#.*$", "", preprocessed, flags=re.MULTILINE)
        self._tokens: list[str] = _without_attributes(_TOKEN.findall(text))
        self._closing: dict[int, int] = _closing_positions(self._tokens)
        self._records: dict[tuple[str, str], int] = {}
        self._typedefs: dict[str, Member] = {}
        tokens = self._tokens
        for at, token in enumerate(tokens[:-2]):
            if token in ("struct", "union") and tokens[at + 2] == "{":
                self._records.setdefault((token, tokens[at + 1]), at + 2)
        for at, token in enumerate(tokens):
            if token == "typedef":
                for member in self._declarators(at + 1)[0]:
                    self._typedefs.setdefault(member.name, member)

    def find(self, name: str) -> int:
        """Return the position of the members of ``struct tag``, ``union tag`` or a typedef.

        Raises ScaffoldError if the members are not declared.
        """
        keyword, _, tag = name.rpartition(" ")
        body = self._records.get((keyword, tag)) if keyword else None
        if not keyword and name in self._typedefs:
            record = self.resolve(self._typedefs[name]).record
            body = self.body_of(record) if record else None
        if body is None:
            raise ScaffoldError(f"the headers do not declare {name}{self._hint(tag)}")
        return body

    def _hint(self, tag: str) -> str:
        import difflib

        tags = [f"struct {known}" for keyword, known in self._records if keyword == "struct"]
        close = difflib.get_close_matches(f"struct {tag}", tags, 3, 0.7)
        return f"; did you mean {' or '.join(close)}?" if close else ""

    def body_of(self, record: Record) -> int | None:
        """Return the position of the members of a struct or union, or None if they are not declared."""
        return self._records.get((record.keyword, record.tag)) if record.body is None else record.body

    def resolve(self, member: Member) -> Member:
        """Return the member with its type in place of the names of typedefs."""
        seen: set[str] = set()
        while member.record is None and len(member.names) > 0 and member.names[-1] in self._typedefs:
            other = self._typedefs[member.names[-1]]
            if other.name in seen:
                break
            seen.add(other.name)
            member = member._replace(
                names=member.names + other.names,
                record=other.record,
                derivations=member.derivations + other.derivations,
            )
        return member

    def members(self, body: int) -> list[Member]:
        """Return the members at a position. An anonymous struct or union has an empty name."""
        at, end, members = body + 1, self._closing[body], []
        while at < end:
            declared, at = self._declarators(at)
            members += declared
        return [self.resolve(member) for member in members]

    def _declarators(self, at: int) -> tuple[list[Member], int]:
        """Return the names that one declaration declares, and the position after its semicolon."""
        tokens = self._tokens
        names, record, at = self._type(at)
        declared: list[Member] = []
        if tokens[at] == ";" and record and not record.tag:
            declared.append(Member("", names, record, ()))
        while tokens[at] != ";":
            before = at
            name, derivations, at = self._declarator(at)
            is_bit_field = tokens[at] == ":"
            while tokens[at] not in (",", ";"):
                at = self._closing.get(at, at) + 1
            if name or is_bit_field:
                declared.append(Member(name, names, record, derivations, is_bit_field))
            at += tokens[at] == ","
            if at == before:
                break
        return declared, at + 1

    def _type(self, at: int) -> tuple[tuple[str, ...], Record | None, int]:
        """Return the words of a type, its struct or union, and the position after it."""
        tokens, names = self._tokens, list[str]()
        record: Record | None = None
        while True:
            token = tokens[at]
            if token in ("struct", "union", "enum"):
                tag = tokens[at + 1] if tokens[at + 1].isidentifier() else ""
                at += 2 if tag else 1
                # The type of an enum may be given: enum tag : type {...}
                while token == "enum" and tokens[at] == ":":
                    _, _, at = self._type(at + 1)
                body = at if tokens[at] == "{" else None
                at = at if body is None else self._closing[body] + 1
                if token == "enum":
                    names.append("enum")
                else:
                    record = Record(token, tag, body)
            elif token in _TYPEOF:
                at = self._closing[at + 1] + 1
                names.append("typeof")
            elif token in TYPE_WORDS or (token.isidentifier() and not names and not record):
                at += 1
                names.append(token)
            else:
                return tuple(names), record, at

    def _declarator(self, at: int) -> tuple[str, tuple[str, ...], int]:
        """Return the name of a declarator, its derivations, and the position after it."""
        tokens, stars, name = self._tokens, 0, ""
        derivations: tuple[str, ...] = ()
        while tokens[at] in ("*", "^"):
            stars += 1
            at += 1
        if tokens[at] == "(":
            closing = self._closing[at]
            name, derivations, _ = self._declarator(at + 1)
            at = closing + 1
        elif tokens[at].isidentifier():
            name = tokens[at]
            at += 1
        while tokens[at] in ("[", "("):
            derivations += (tokens[at],)
            at = self._closing[at] + 1
        return name, derivations + ("*",) * stars, at


def _without_attributes(tokens: list[str]) -> list[str]:
    """Return the tokens without attributes and qualifiers, which do not change names."""
    kept: list[str] = []
    depth = 0
    is_call = False
    for token in tokens:
        if is_call or depth:
            depth += (token == "(") - (token == ")")
            is_call = is_call and depth == 0  # asm volatile (...)
        elif token in _IGNORED_CALLS:
            is_call = True
        elif token not in _IGNORED:
            kept.append(token)
    # The last declaration ends here, even if it is incomplete.
    return [*kept, ";", ";", ";"]


def _closing_positions(tokens: list[str]) -> dict[int, int]:
    """Return the position of each opening bracket -> that of the closing one."""
    closing: dict[int, int] = {}
    waiting: list[int] = []
    for at, token in enumerate(tokens):
        if token in _CLOSING:
            waiting.append(at)
        elif waiting and token == _CLOSING[tokens[waiting[-1]]]:
            closing[waiting.pop()] = at
    if waiting:
        raise ScaffoldError("the brackets of the preprocessed header do not match")
    return closing
