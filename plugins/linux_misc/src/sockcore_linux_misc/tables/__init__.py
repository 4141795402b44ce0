"""Constants of sockcore-linux-misc, by system: made by tools/headers."""
