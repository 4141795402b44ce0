"""Constants of sockcore-can, by system: made by tools/headers."""
