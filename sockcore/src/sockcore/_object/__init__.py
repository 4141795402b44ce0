"""The socket object, in parts: descriptor, addresses, data, messages, options, files."""
