/* Functions that differ from ws2_32.dll. All others are forwarded to it (see machine/mingw.py). */
#include "simulated_winsock.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Raw sockets need a privilege. Without it, a UDP socket is opened instead, to test SIO_RCVALL. */
static const struct family_ops raw = {AF_INET, SOCK_RAW, 0, 0, NULL, NULL, NULL, NULL};

#define SIO_AF_UNIX_GETPEERPID_ _WSAIOR(IOC_VENDOR, 256) /* missing in some versions of afunix.h */
#define SIO_LOOPBACK_FAST_PATH_ _WSAIOW(IOC_VENDOR, 16)

static int set_error(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

/* Return the open socket if its family has emulated addresses, or NULL. */
static struct open *emulated(SOCKET socket)
{
    struct open *open = open_find(socket);
    return open && open->ops->size ? open : NULL;
}

static void log_address(const char *function, const struct open *open, const void *address, int length)
{
    char family[12];
    sprintf(family, "%d", open->ops->family);
    log_call(function, family, address, length);
}

EXPORTED SOCKET WSAAPI simulated_WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                       DWORD flags)
{
    const struct family_ops *ops = find_family_ops(info ? info->iAddressFamily : family);
    SOCKET created;
    if (!ops) {
        created = WSASocketW(family, type, protocol, info, group, flags);
        if (created == INVALID_SOCKET && !info && family == AF_INET && type == SOCK_RAW) {
            created = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, group, flags);
            if (created != INVALID_SOCKET)
                open_add(created, &raw);
        }
        return created;
    }
    if (info) {
        WSAPROTOCOL_INFOW tcp = *info;
        tcp.iAddressFamily = AF_INET;
        tcp.iProtocol = IPPROTO_TCP;
        created = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &tcp, group, flags);
    } else {
        if (type != ops->type)
            return set_error(WSAESOCKTNOSUPPORT);
        if (!protocol && family == AF_HYPERV)
            return set_error(WSAEPROTOTYPE);
        if (protocol && protocol != ops->protocol)
            return set_error(WSAEPROTONOSUPPORT);
        created = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, group, flags);
    }
    if (created != INVALID_SOCKET)
        open_set_port(open_add(created, ops));
    return created;
}

EXPORTED SOCKET WSAAPI simulated_socket(int family, int type, int protocol)
{
    return simulated_WSASocketW(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

EXPORTED int WSAAPI simulated_WSADuplicateSocketW(SOCKET socket, DWORD process, LPWSAPROTOCOL_INFOW info)
{
    struct open *open = emulated(socket);
    int status = WSADuplicateSocketW(socket, process, info);
    if (!status && open) {
        info->iAddressFamily = open->ops->family;
        info->iProtocol = open->ops->protocol;
        info->iMinSockAddr = info->iMaxSockAddr = open->ops->size;
    }
    return status;
}

/* Bind the TCP socket, and register a name for its port. Without an address, the socket gets the name of an unbound
 * socket. Return 0 or an error. */
static int set_name(struct open *open, const struct sockaddr *address, int length)
{
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof tcp, error = 0;
    struct sockaddr_storage whole = {0};
    struct name *name;
    if (address)
        memcpy(&whole, address, length);
    names_lock();
    /* Two sockets may share a service or channel if the rest of their addresses differs. */
    name = address ? name_find_bound(open->ops, (struct sockaddr *)&whole) : NULL;
    if (name && !memcmp(&name->address, &whole, open->ops->size))
        error = WSAEADDRINUSE;
    else if (bind(open->socket, (struct sockaddr *)&tcp, sizeof tcp)
             || getsockname(open->socket, (struct sockaddr *)&tcp, &size))
        error = WSAGetLastError();
    else if (address)
        error = open->ops->complete((struct sockaddr *)&whole, ntohs(tcp.sin_port));
    if (!error) {
        name = name_add(open->ops->family, tcp.sin_port);
        if (!name)
            error = WSAENOBUFS;
    }
    if (!error) {
        name->is_bound = address != NULL;
        name->length = address ? open->ops->size : open->ops->unnamed((struct sockaddr *)&whole, tcp.sin_port);
        name->address = whole;
    }
    names_unlock();
    if (!error)
        open_set_port(open);
    return error;
}

EXPORTED int WSAAPI simulated_bind(SOCKET socket, const struct sockaddr *address, int length)
{
    struct open *open = emulated(socket);
    int error;
    if (!open)
        return bind(socket, address, length);
    log_address("bind", open, address, length);
    error = open->ops->check(address, length);
    if (!error && open->port)
        error = WSAEINVAL;
    if (!error)
        error = set_name(open, address, length < LONGEST ? length : LONGEST);
    return error ? set_error(error) : 0;
}

EXPORTED int WSAAPI simulated_connect(SOCKET socket, const struct sockaddr *address, int length)
{
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage whole = {0};
    struct open *open = emulated(socket);
    struct name *name;
    int error;
    if (!open)
        return connect(socket, address, length);
    log_address("connect", open, address, length);
    error = open->ops->check(address, length);
    if (error)
        return set_error(error);
    memcpy(&whole, address, length < LONGEST ? length : LONGEST);
    names_lock();
    name = name_find_bound(open->ops, (struct sockaddr *)&whole);
    if (name)
        tcp.sin_port = name->port;
    else
        error = WSAECONNREFUSED;
    names_unlock();
    if (!error && !open->port)
        error = set_name(open, NULL, 0);
    return error ? set_error(error) : connect(socket, (struct sockaddr *)&tcp, sizeof tcp);
}

/* Write the name of a port, or fail with WSAEFAULT if the buffer is too small, like Windows. */
static int write_name(const struct family_ops *ops, unsigned short port, int is_peer, struct sockaddr *address, int *room)
{
    struct sockaddr_storage whole;
    struct name *name;
    int length;
    names_lock();
    name = name_find_port(ops->family, port);
    if (name) {
        whole = name->address;
        length = name->length;
    } else {
        length = ops->unnamed((struct sockaddr *)&whole, port);
    }
    names_unlock();
    if (is_peer)
        loopback_name((struct sockaddr *)&whole);
    if (!address || !room || *room < length)
        return set_error(WSAEFAULT);
    memcpy(address, &whole, length);
    *room = length;
    return 0;
}

EXPORTED int WSAAPI simulated_getsockname(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    if (!open)
        return getsockname(socket, address, room);
    return open->port ? write_name(open->ops, open->port, 0, address, room) : set_error(WSAEINVAL);
}

static int peer_port(SOCKET socket, unsigned short *port)
{
    struct sockaddr_in tcp;
    int size = sizeof tcp, status = getpeername(socket, (struct sockaddr *)&tcp, &size);
    *port = tcp.sin_port;
    return status;
}

EXPORTED int WSAAPI simulated_getpeername(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    unsigned short port;
    if (!open)
        return getpeername(socket, address, room);
    return peer_port(socket, &port) ? SOCKET_ERROR : write_name(open->ops, port, 1, address, room);
}

EXPORTED SOCKET WSAAPI simulated_accept(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    unsigned short port;
    SOCKET created;
    if (!open)
        return accept(socket, address, room);
    created = accept(socket, NULL, NULL);
    if (created == INVALID_SOCKET)
        return created;
    open_set_port(open_add(created, open->ops));
    if (address && (peer_port(created, &port) || write_name(open->ops, port, 1, address, room))) {
        closesocket(created);
        return INVALID_SOCKET;
    }
    return created;
}

EXPORTED int WSAAPI simulated_closesocket(SOCKET socket)
{
    struct open *open = open_find(socket);
    if (open)
        open_remove(open);
    return closesocket(socket);
}

/* Winsock ignores the address on a stream socket. */
EXPORTED int WSAAPI simulated_sendto(SOCKET socket, const char *data, int size, int flags, const struct sockaddr *address,
                                int length)
{
    return emulated(socket) ? send(socket, data, size, flags) : sendto(socket, data, size, flags, address, length);
}

/* Options at the level of the family are stored. They are ULONGs. */
static DWORD *family_option(SOCKET socket, int level, int option)
{
    struct open *open = emulated(socket);
    unsigned number = (unsigned)option & 0x7fffffff; /* SO_BTH_ENCRYPT has the highest bit */
    int count = sizeof open->option / sizeof *open->option;
    if (!open || !open->ops->protocol || level != open->ops->protocol || number >= (unsigned)count)
        return NULL;
    return &open->option[number];
}

EXPORTED int WSAAPI simulated_setsockopt(SOCKET socket, int level, int option, const char *value, int size)
{
    DWORD *own = family_option(socket, level, option);
    char subject[40];
    if (!own)
        return setsockopt(socket, level, option, value, size);
    sprintf(subject, "%d/%d", level, option);
    log_call("setsockopt", subject, value, size);
    if (!value || size < (int)sizeof *own)
        return set_error(WSAEFAULT);
    memcpy(own, value, sizeof *own);
    return 0;
}

EXPORTED int WSAAPI simulated_getsockopt(SOCKET socket, int level, int option, char *value, int *room)
{
    struct open *open = open_find(socket);
    DWORD *own = family_option(socket, level, option);
    int status;
    if (own) {
        if (!value || !room || *room < (int)sizeof *own)
            return set_error(WSAEFAULT);
        memcpy(value, own, sizeof *own);
        *room = sizeof *own;
        return 0;
    }
    status = getsockopt(socket, level, option, value, room);
    if (!status && open && level == SOL_SOCKET) {
        WSAPROTOCOL_INFOW *info = (WSAPROTOCOL_INFOW *)value;
        if (option == SO_TYPE)
            *value = (char)open->ops->type;
        if ((option == SO_PROTOCOL_INFOW || option == SO_PROTOCOL_INFOA)
            && *room >= (int)offsetof(WSAPROTOCOL_INFOW, iProtocolMaxOffset)) {
            info->iAddressFamily = open->ops->family;
            info->iSocketType = open->ops->type;
            info->iProtocol = open->ops->protocol;
        }
    }
    return status;
}

EXPORTED int WSAAPI simulated_WSAIoctl(SOCKET socket, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size,
                                  LPDWORD given, LPWSAOVERLAPPED overlapped,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct open *open = open_find(socket);
    char subject[12];
    sprintf(subject, "%08lx", code);
    log_call("WSAIoctl", subject, in, (int)in_size);
    if (code == SIO_LOOPBACK_FAST_PATH_ || code == SIO_RCVALL) {
        int type = 0, size = sizeof type;
        if (!in || in_size < sizeof(DWORD) || !given)
            return set_error(WSAEFAULT);
        if (simulated_getsockopt(socket, SOL_SOCKET, SO_TYPE, (char *)&type, &size))
            return SOCKET_ERROR;
        if (code == SIO_RCVALL ? type != SOCK_RAW || *(DWORD *)in > RCVALL_IPLEVEL : type != SOCK_STREAM)
            return set_error(WSAEINVAL);
        *given = 0;
        return 0;
    }
    if (code == SIO_AF_UNIX_GETPEERPID_ && open && open->ops->family == AF_UNIX) {
        struct name *name;
        unsigned short port;
        if (!out || out_size < sizeof(DWORD) || !given)
            return set_error(WSAEFAULT);
        if (peer_port(socket, &port))
            return SOCKET_ERROR;
        names_lock();
        name = name_find_port(AF_UNIX, port);
        *(DWORD *)out = name ? name->process : 0;
        names_unlock();
        *given = sizeof(DWORD);
        return 0;
    }
    return WSAIoctl(socket, code, in, in_size, out, out_size, given, overlapped, routine);
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD why, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (why == DLL_PROCESS_ATTACH)
        names_init();
    return TRUE;
}
