"""The constant tables and the proofs of layouts, from the headers that the ``ziglang`` wheel carries.

One compilation for each target and group of headers tells the names (macros and members of enums), a second their
values, read back from the object file (:mod:`.probe`). What targets share is said once (:mod:`.sharing`).
:mod:`.config` says which headers are read and which names go to which distribution. Nothing runs, so one machine
does for all.
"""
