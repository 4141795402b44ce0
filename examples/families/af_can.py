"""AF_CAN: send a frame to the virtual bus vcan0, and receive it with another socket.

``ip link add vcan0 type vcan && ip link set vcan0 up`` creates the bus.
"""

import sockcore as socket
from sockcore_can import frames

with socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW) as receiver:
    receiver.bind(("vcan0",))
    with socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW) as sender:
        sender.bind(("vcan0",))
        sender.send(frames.pack(0x123, b"\x01\x02\x03"))
    frame, (interface,) = receiver.recvfrom(socket.CAN_MTU)
    can_id, data, flags = frames.unpack(frame)
    print(f"{can_id:x} from {interface}: {data.hex()}")
