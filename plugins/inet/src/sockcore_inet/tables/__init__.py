"""Constants of sockcore-inet, by system: made by tools/headers."""
