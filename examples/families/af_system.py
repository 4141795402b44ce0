"""AF_SYSTEM: a tunnel interface of macOS. It needs root."""

import sockcore as socket

with socket.socket(socket.PF_SYSTEM, socket.SOCK_DGRAM, socket.SYSPROTO_CONTROL) as sock:
    sock.connect("com.apple.net.utun_control")  # the name of a kernel control; its id and a unit are an address too
    name = sock.getsockopt(socket.SYSPROTO_CONTROL, socket.UTUN_OPT_IFNAME, 16)
    print(name.rstrip(b"\0").decode())
