"""Constants of sockcore, by system: made by tools/headers."""
