"""The habits, as regular expressions."""

from __future__ import annotations

import re

#: The prepositions and conjunctions after which "who" begins a clause without a noun.
_BEFORE_WHO = "and|as|but|by|for|from|is|of|or|than|to|with"

#: Name -> expression. Quoted words and questions do not count.
HABITS = {
    "headless": re.compile(
        r"(?<![\"'(?])\b(?:what|whatever|whoever)\b(?!['\"?])"
        rf"|(?:\A|(?<=[,;:.(])|\b(?:{_BEFORE_WHO}))\s*\b(?:who|whom)\b",
        re.IGNORECASE,
    ),
    "none": re.compile(r"\b(?:is|are|was|were)\s+(?:none|no)\b", re.IGNORECASE),
    "tells": re.compile(r"\b(?:tells?|told|says?|said)\b", re.IGNORECASE),
    "private": re.compile(
        r"\b(?:prov(?:e|es|ed|en)|proofs?|strangers?|thaw\w*|kin|lets?\s+go|as\s+ever|in\s+vain"
        r"|of\s+(?:its|their|one's)\s+own|behind\s+the\s+stroke|goes?\s+by|for\s+all\s+else|what\s+becomes\s+of"
        r"|second\s+owners?|(?:an?|each|every|all|one|the)\s+acts?|the\s+faces?)\b(?![.:]\w)",
        re.IGNORECASE,
    ),
}
