"""pyroute2: requests for the interface lo, and the addresses of all interfaces, over one netlink socket."""

import sys
from time import perf_counter, process_time

from pyroute2 import IPRoute


def main(count: int) -> None:
    with IPRoute() as route:
        (lo,) = route.link_lookup(ifname="lo")
        cpu, wall = process_time(), perf_counter()
        for _ in range(count):
            route.link("get", index=lo)
            route.get_addr(index=lo)
        print(process_time() - cpu, perf_counter() - wall)


main(int(sys.argv[1]))
