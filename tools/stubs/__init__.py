"""Stubs for the names that come from tables: one ``_names.pyi`` in each package with tables.

``sockcore/_plugin_names.pyi`` imports the stubs of all packages. A type checker ignores packages that are not
installed. A stub lists each name under the systems whose headers define it. A checker for one system therefore reports
the names of the others.
"""
