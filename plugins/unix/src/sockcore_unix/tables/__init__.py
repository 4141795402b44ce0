"""Constants of sockcore-unix, by system: made by tools/headers."""
