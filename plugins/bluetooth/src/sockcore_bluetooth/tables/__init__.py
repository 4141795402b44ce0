"""Constants of sockcore-bluetooth, by system: made by tools/headers."""
