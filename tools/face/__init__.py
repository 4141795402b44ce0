"""What type checkers see of the names that come from tables: a stub ``face.pyi`` in each package that has some.

``sockcore/_brought.pyi`` names the packages: a checker passes over those that are not installed. A name is there on the
systems whose headers have it, so that a checker for one system finds what is another's.
"""
