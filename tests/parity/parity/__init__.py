"""Parity tests: lines of source text run on the standard module and on sockcore, and their outcomes are compared.

- `sides`: a module with a namespace, in which lines run
- `outcomes`: values and exceptions as text that can be compared
- `known`: intended differences
- `system`: features that the standard module lacks on Windows
- `scenes`: setup statements that open sockets
- `sources`: hypothesis strategies of source text
"""
