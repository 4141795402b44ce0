"""Constants of sockcore-windows, by system: made by tools/headers."""
