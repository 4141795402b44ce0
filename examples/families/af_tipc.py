"""AF_TIPC: a datagram to a service of this machine, by the number of the service."""

import sockcore as socket

SERVICE = 18888
with socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as server:
    server.bind((socket.TIPC_ADDR_NAMESEQ, SERVICE, 1, 1, socket.TIPC_NODE_SCOPE))
    with socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as client:
        client.sendto(b"hello", (socket.TIPC_ADDR_NAME, SERVICE, 1, 0))
    print(server.recv(100))
