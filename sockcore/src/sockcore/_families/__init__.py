"""The interfaces for plugins: address families, structs, and codecs of options and control messages."""
