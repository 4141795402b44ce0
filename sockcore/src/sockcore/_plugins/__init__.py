"""Plugins: their discovery, their hooks, and the registry of the things that they register."""
