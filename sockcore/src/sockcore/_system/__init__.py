"""System calls on sockaddr bytes: one call each, without waiting, families or address conversion.

``protocol.Backend`` is the interface. ``posix`` implements it through ctypes.
"""
