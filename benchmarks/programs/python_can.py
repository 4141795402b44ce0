"""python-can: frames between two buses on vcan0, with the interface "socketcan"."""

import sys
from time import perf_counter, process_time

import can


def main(count: int) -> None:
    identifier = 0x123
    filters = [{"can_id": identifier, "can_mask": 0x7FF}]
    message = can.Message(arbitration_id=identifier, data=bytes(8), is_extended_id=False)
    with can.Bus("vcan0", "socketcan") as sender, can.Bus("vcan0", "socketcan", can_filters=filters) as receiver:
        cpu, wall = process_time(), perf_counter()
        for _ in range(count):
            sender.send(message)
            receiver.recv(10)
        print(process_time() - cpu, perf_counter() - wall)


main(int(sys.argv[1]))
