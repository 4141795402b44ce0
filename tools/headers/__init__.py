"""A generator for tables of constants, and a check of struct layouts, with the headers in the ``ziglang`` wheel.

For each target and group of headers, a first compilation finds the names (macros and enum members), and a second one
their values, which are read from the object file (:mod:`.probe`). :mod:`.sharing` merges the values of all targets.
:mod:`.sources` lists the headers, and :mod:`.config` assigns names to distributions. No compiled code runs, so one
machine is enough for all targets.
"""
