"""Targets of the compiler, which ``python -m sockcore check-layout`` uses too."""

from __future__ import annotations

from sockcore._scaffold.targets import TARGETS, Target, target

__all__ = ["TARGETS", "Target", "target"]
