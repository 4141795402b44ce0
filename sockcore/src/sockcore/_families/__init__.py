"""The contracts for plugins: address families, structs, codecs of options and control messages."""
