"""The proof of parity: the same call, as source text, on the standard library's module and on sockcore.

- `sides`: a module with names to call it by, and what came of a line
- `outcomes`: values and exceptions in words that can be compared
- `known`: differences that are meant
- `system`: what Windows' standard module lacks
- `scenes`: sockets to make a call on
- `sources`: hypothesis strategies of source text
"""
