"""A checker for the language of docstrings, comments and Markdown pages.

It counts four habits that make a text hard to read, per 1,000 words:

1. headless clauses: "the received data" is clearer than a clause that begins with ``what`` or ``who`` and has no noun;
2. ``is none`` and ``is no X``, where "is not an integer", "invalid" or "not found" is meant;
3. things that speak, with the verbs ``tell`` and ``say``: functions return, raise, register and look up;
4. words with a private meaning in this project, such as ``stranger`` for a third party.

``limits.txt`` has the limit of each folder, and is a ratchet. A folder that does not meet the default limits yet has
its present figures there, rounded up. ``python -m tools.prose --lower`` lowers them after a folder has been improved.
It never raises a limit.
"""
