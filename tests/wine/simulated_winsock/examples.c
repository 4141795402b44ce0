/* Structs with the values that tests expect, filled by a C compiler from the headers of Windows. */
#include "simulated_winsock.h"

#include <string.h>

static int copy_bytes(const void *bytes, int size, char *buffer)
{
    memcpy(buffer, bytes, size);
    return size;
}

/* The service is HV_GUID_VSOCK_TEMPLATE with port 3049. */
EXPORTED int example_hyperv(char *buffer)
{
    SOCKADDR_HV name = {.Family = AF_HYPERV, .VmId = HV_GUID_LOOPBACK, .ServiceId = HV_GUID_VSOCK_TEMPLATE};
    name.ServiceId.Data1 = 3049;
    return copy_bytes(&name, sizeof name, buffer);
}

/* 00:11:22:33:44:55, channel 5. */
EXPORTED int example_bluetooth(char *buffer)
{
    SOCKADDR_BTH name;
    memset(&name, 0, sizeof name);
    name.addressFamily = AF_BTH;
    name.btAddr = (BTH_ADDR)0x0011 << NAP_BIT_OFFSET | 0x22334455;
    name.port = 5;
    return copy_bytes(&name, sizeof name, buffer);
}

EXPORTED int example_unix(char *buffer)
{
    SOCKADDR_UN name = {.sun_family = AF_UNIX, .sun_path = "example.sock"};
    return copy_bytes(&name, sizeof name, buffer);
}

EXPORTED int example_keepalive(char *buffer)
{
    struct tcp_keepalive values = {.onoff = 1, .keepalivetime = 30000, .keepaliveinterval = 500};
    return copy_bytes(&values, sizeof values, buffer);
}
