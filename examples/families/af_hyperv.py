"""AF_HYPERV: a service of a Hyper-V host, which its virtual machines can connect to. It needs Windows."""

import sockcore as socket

SERVICE = "00112233-4455-6677-8899-aabbccddeeff"
with socket.socket(socket.AF_HYPERV, socket.SOCK_STREAM, socket.HV_PROTOCOL_RAW) as server:
    server.bind((socket.HV_GUID_CHILDREN, SERVICE))
    server.listen()
    connection, (vm_id, _) = server.accept()
    with connection:
        print(connection.recv(100), "from", vm_id)
