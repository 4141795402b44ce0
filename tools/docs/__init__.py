"""Pages of the documentation site that are made from the code: ``docs/conf.py`` calls :func:`tools.docs.pages.write`.

1. ``snapshot`` starts a process for each system. The process simulates the system (``tools.headers``), loads all
   plugins, and prints families, structs, constants, codecs and public functions as literals.
2. ``families`` writes a page for each address family, and ``layout`` the picture of its socket address.
3. ``reference`` writes the pages of public functions and classes, and ``constants`` those of constants.
4. ``pages`` writes all files in ``docs/families`` and ``docs/api``. Git ignores both folders.
"""
