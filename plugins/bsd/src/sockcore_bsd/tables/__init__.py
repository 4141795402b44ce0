"""Constants of sockcore-bsd, by system: made by tools/headers."""
