"""Signedness and byte order of integers, as a plugin declares them and as headers do.

1. The compiler has the signedness of a field. It is not compared for ``char``, which differs between machines, for an
   enum, which differs between compilers, and for pointers.
2. A header gives the byte order of a field by the name of its type, such as ``__be16``. For a type without such a name,
   any order may be declared: many headers have numbers in network byte order as ``__u16``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sockcore._families.structs import Field
from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.declarations import TYPE_WORDS, Declarations, Member
from sockcore._scaffold.probe import include_lines
from sockcore._scaffold.processes import CompilerFault

_BIG_ENDIAN = re.compile(r"_*(?:be(?:16|32|64)|in_port_t|in_addr_t|n_(?:short|long|time))")
_LITTLE_ENDIAN = re.compile(r"_*le(?:16|32|64)")
_ORDERS = {">": "big-endian", "<": "little-endian"}


def order_of(names: Sequence[str]) -> str:
    """Return ``>`` or ``<`` if the words of a type name a byte order, otherwise ``=``."""
    if any(_BIG_ENDIAN.fullmatch(name) for name in names):
        return ">"
    return "<" if any(_LITTLE_ENDIAN.fullmatch(name) for name in names) else "="


def is_plain_char(names: Sequence[str]) -> bool:
    """Return True if the words of a type are those of ``char``, whose sign differs between machines."""
    return bool(names) and names[-1] == "char" and not {"signed", "unsigned"} & {*names}


def signedness(value: str) -> str:
    """Return the C expression that is 1 if the type of *value* is a signed integer, and 0 if it is unsigned."""
    return f"(__typeof__({value}))-1 < (__typeof__({value}))1"


def declarations_of(compiler: Compiler, headers: str) -> Declarations | None:
    """Return the declarations in *headers*, or None if they cannot be read.

    Raises CompilerFault if the compiler cannot be used.
    """
    try:
        return Declarations(compiler.preprocess(include_lines(headers, compiler.target.system)))
    except CompilerFault:
        raise
    except ScaffoldError:
        return None  # the offsets are compared without it


def differences(declared: Field, is_signed: int | None, names: Sequence[str], size: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of an expected and a found property that differ.

    *is_signed* is the result of :func:`signedness`, or None. *names* are the words of the type in the header.
    """
    if is_signed is not None and names and not is_plain_char(names) and "enum" not in names:
        expected = declared.format.islower() and declared.format != "?"
        if expected != bool(is_signed):
            yield _sign(expected), f"{_sign(bool(is_signed))} ({_text(names)})"
    order = order_of(names)
    if order != "=" and size > 1 and declared.order != order:
        yield _ORDERS.get(declared.order, "the byte order of the machine"), f"{_ORDERS[order]} ({_text(names)})"


def _text(names: Sequence[str]) -> str:
    """Return the name of a type: that of a typedef, or all words of a type of C."""
    return names[0] if names[0] not in TYPE_WORDS else " ".join(name for name in names if name in TYPE_WORDS)


def _sign(is_signed: bool) -> str:
    return "a signed integer" if is_signed else "an unsigned integer"


def words_of_type(declarations: Declarations, struct: str, path: str) -> tuple[str, ...]:
    """Return the words of the type of the field *path*, such as ``address.port``.

    The result is empty if the header does not declare the field, or if it is an array or a pointer.
    """
    try:
        body: int | None = declarations.find(struct)
    except ScaffoldError:
        return ()
    member: Member | None = None
    for name in re.sub(r"\[\d+\]", "", path).split("."):
        member = None if body is None else _member(declarations, body, name)
        if member is None:
            return ()
        body = declarations.body_of(member.record) if member.record else None
    if member is None or member.record or {"*", "("} & {*member.derivations}:
        return ()
    return member.names


def _member(declarations: Declarations, body: int, name: str) -> Member | None:
    """Return a member by its name. The members of an anonymous struct or union are those of the outer one."""
    for member in declarations.members(body):
        if member.name == name:
            return member
        inner = declarations.body_of(member.record) if member.record and not member.name else None
        found = _member(declarations, inner, name) if inner is not None else None
        if found:
            return found
    return None
