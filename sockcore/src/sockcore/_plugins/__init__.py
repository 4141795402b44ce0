"""Plugins: their discovery, their hooks, and the registry of their registrations."""
