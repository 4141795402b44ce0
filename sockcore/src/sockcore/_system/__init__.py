"""One-shot system calls on raw sockaddr bytes: no waiting, no families, no Python-level address.

``protocol.Backend`` is the contract; ``posix`` fulfils it through ctypes.
"""
