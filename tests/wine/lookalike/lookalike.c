/* The functions that differ from ws2_32's; all others are forwarded to it (see machine/mingw.py). */
#include "lookalike.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Raw sockets need a privilege: without it one of UDP stands for them, so that SIO_RCVALL can be asked of it. */
static const struct kind raw = {AF_INET, SOCK_RAW, 0, 0, NULL, NULL, NULL, NULL};

#define SIO_AF_UNIX_GETPEERPID_ _WSAIOR(IOC_VENDOR, 256) /* not every afunix.h has it */
#define SIO_LOOPBACK_FAST_PATH_ _WSAIOW(IOC_VENDOR, 16)

static int failed(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

/* The open socket of a kind whose addresses are emulated, or NULL. */
static struct open *emulated(SOCKET socket)
{
    struct open *open = opened(socket);
    return open && open->kind->size ? open : NULL;
}

static void note_address(const char *function, const struct open *open, const void *address, int length)
{
    char family[12];
    sprintf(family, "%d", open->kind->family);
    note(function, family, address, length);
}

EXPORTED SOCKET WSAAPI like_WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                       DWORD flags)
{
    const struct kind *kind = kind_of(info ? info->iAddressFamily : family);
    SOCKET made;
    if (!kind) {
        made = WSASocketW(family, type, protocol, info, group, flags);
        if (made == INVALID_SOCKET && !info && family == AF_INET && type == SOCK_RAW) {
            made = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, group, flags);
            if (made != INVALID_SOCKET)
                opened_new(made, &raw);
        }
        return made;
    }
    if (info) {
        WSAPROTOCOL_INFOW tcp = *info;
        tcp.iAddressFamily = AF_INET;
        tcp.iProtocol = IPPROTO_TCP;
        made = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &tcp, group, flags);
    } else {
        if (type != kind->type)
            return failed(WSAESOCKTNOSUPPORT);
        if (!protocol && family == AF_HYPERV)
            return failed(WSAEPROTOTYPE);
        if (protocol && protocol != kind->protocol)
            return failed(WSAEPROTONOSUPPORT);
        made = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, group, flags);
    }
    if (made != INVALID_SOCKET)
        opened_has_port(opened_new(made, kind));
    return made;
}

EXPORTED SOCKET WSAAPI like_socket(int family, int type, int protocol)
{
    return like_WSASocketW(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

EXPORTED int WSAAPI like_WSADuplicateSocketW(SOCKET socket, DWORD process, LPWSAPROTOCOL_INFOW info)
{
    struct open *open = emulated(socket);
    int status = WSADuplicateSocketW(socket, process, info);
    if (!status && open) {
        info->iAddressFamily = open->kind->family;
        info->iProtocol = open->kind->protocol;
        info->iMinSockAddr = info->iMaxSockAddr = open->kind->size;
    }
    return status;
}

/* Bind the TCP socket, and give the port that it got a name: 0 or an error. With no address it is unnamed. */
static int named(struct open *open, const struct sockaddr *address, int length)
{
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof tcp, error = 0;
    struct sockaddr_storage whole = {0};
    struct name *name;
    if (address)
        memcpy(&whole, address, length);
    names_lock();
    /* Two sockets may have the same number of a service or a channel if the rest tells them apart. */
    name = address ? name_bound(open->kind, (struct sockaddr *)&whole) : NULL;
    if (name && !memcmp(&name->address, &whole, open->kind->size))
        error = WSAEADDRINUSE;
    else if (bind(open->socket, (struct sockaddr *)&tcp, sizeof tcp)
             || getsockname(open->socket, (struct sockaddr *)&tcp, &size))
        error = WSAGetLastError();
    else if (address)
        error = open->kind->complete((struct sockaddr *)&whole, ntohs(tcp.sin_port));
    if (!error) {
        name = name_new(open->kind->family, tcp.sin_port);
        if (!name)
            error = WSAENOBUFS;
    }
    if (!error) {
        name->is_bound = address != NULL;
        name->length = address ? open->kind->size : open->kind->unnamed((struct sockaddr *)&whole, tcp.sin_port);
        name->address = whole;
    }
    names_unlock();
    if (!error)
        opened_has_port(open);
    return error;
}

EXPORTED int WSAAPI like_bind(SOCKET socket, const struct sockaddr *address, int length)
{
    struct open *open = emulated(socket);
    int error;
    if (!open)
        return bind(socket, address, length);
    note_address("bind", open, address, length);
    error = open->kind->wrong(address, length);
    if (!error && open->port)
        error = WSAEINVAL;
    if (!error)
        error = named(open, address, length < LONGEST ? length : LONGEST);
    return error ? failed(error) : 0;
}

EXPORTED int WSAAPI like_connect(SOCKET socket, const struct sockaddr *address, int length)
{
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage whole = {0};
    struct open *open = emulated(socket);
    struct name *name;
    int error;
    if (!open)
        return connect(socket, address, length);
    note_address("connect", open, address, length);
    error = open->kind->wrong(address, length);
    if (error)
        return failed(error);
    memcpy(&whole, address, length < LONGEST ? length : LONGEST);
    names_lock();
    name = name_bound(open->kind, (struct sockaddr *)&whole);
    if (name)
        tcp.sin_port = name->port;
    else
        error = WSAECONNREFUSED;
    names_unlock();
    if (!error && !open->port)
        error = named(open, NULL, 0);
    return error ? failed(error) : connect(socket, (struct sockaddr *)&tcp, sizeof tcp);
}

/* Write the name of a port as Windows does: all of it, or WSAEFAULT where there is no room. */
static int tell(const struct kind *kind, unsigned short port, int is_peer, struct sockaddr *address, int *room)
{
    struct sockaddr_storage found;
    struct name *name;
    int length;
    names_lock();
    name = name_of_port(kind->family, port);
    if (name) {
        found = name->address;
        length = name->length;
    } else {
        length = kind->unnamed((struct sockaddr *)&found, port);
    }
    names_unlock();
    if (is_peer)
        loopback_name((struct sockaddr *)&found);
    if (!address || !room || *room < length)
        return failed(WSAEFAULT);
    memcpy(address, &found, length);
    *room = length;
    return 0;
}

EXPORTED int WSAAPI like_getsockname(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    if (!open)
        return getsockname(socket, address, room);
    return open->port ? tell(open->kind, open->port, 0, address, room) : failed(WSAEINVAL);
}

static int peer_port(SOCKET socket, unsigned short *port)
{
    struct sockaddr_in tcp;
    int size = sizeof tcp, status = getpeername(socket, (struct sockaddr *)&tcp, &size);
    *port = tcp.sin_port;
    return status;
}

EXPORTED int WSAAPI like_getpeername(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    unsigned short port;
    if (!open)
        return getpeername(socket, address, room);
    return peer_port(socket, &port) ? SOCKET_ERROR : tell(open->kind, port, 1, address, room);
}

EXPORTED SOCKET WSAAPI like_accept(SOCKET socket, struct sockaddr *address, int *room)
{
    struct open *open = emulated(socket);
    unsigned short port;
    SOCKET made;
    if (!open)
        return accept(socket, address, room);
    made = accept(socket, NULL, NULL);
    if (made == INVALID_SOCKET)
        return made;
    opened_has_port(opened_new(made, open->kind));
    if (address && (peer_port(made, &port) || tell(open->kind, port, 1, address, room))) {
        closesocket(made);
        return INVALID_SOCKET;
    }
    return made;
}

EXPORTED int WSAAPI like_closesocket(SOCKET socket)
{
    struct open *open = opened(socket);
    if (open)
        opened_ends(open);
    return closesocket(socket);
}

/* A stream takes no address: Winsock does not look at it. */
EXPORTED int WSAAPI like_sendto(SOCKET socket, const char *data, int size, int flags, const struct sockaddr *address,
                                int length)
{
    return emulated(socket) ? send(socket, data, size, flags) : sendto(socket, data, size, flags, address, length);
}

/* Options of the kind's own level are kept, and are ULONGs. */
static DWORD *own_option(SOCKET socket, int level, int option)
{
    struct open *open = emulated(socket);
    unsigned number = (unsigned)option & 0x7fffffff; /* SO_BTH_ENCRYPT has the highest bit */
    int count = sizeof open->option / sizeof *open->option;
    if (!open || !open->kind->protocol || level != open->kind->protocol || number >= (unsigned)count)
        return NULL;
    return &open->option[number];
}

EXPORTED int WSAAPI like_setsockopt(SOCKET socket, int level, int option, const char *value, int size)
{
    DWORD *own = own_option(socket, level, option);
    char what[40];
    if (!own)
        return setsockopt(socket, level, option, value, size);
    sprintf(what, "%d/%d", level, option);
    note("setsockopt", what, value, size);
    if (!value || size < (int)sizeof *own)
        return failed(WSAEFAULT);
    memcpy(own, value, sizeof *own);
    return 0;
}

EXPORTED int WSAAPI like_getsockopt(SOCKET socket, int level, int option, char *value, int *room)
{
    struct open *open = opened(socket);
    DWORD *own = own_option(socket, level, option);
    int status;
    if (own) {
        if (!value || !room || *room < (int)sizeof *own)
            return failed(WSAEFAULT);
        memcpy(value, own, sizeof *own);
        *room = sizeof *own;
        return 0;
    }
    status = getsockopt(socket, level, option, value, room);
    if (!status && open && level == SOL_SOCKET) {
        WSAPROTOCOL_INFOW *info = (WSAPROTOCOL_INFOW *)value;
        if (option == SO_TYPE)
            *value = (char)open->kind->type;
        if ((option == SO_PROTOCOL_INFOW || option == SO_PROTOCOL_INFOA)
            && *room >= (int)offsetof(WSAPROTOCOL_INFOW, iProtocolMaxOffset)) {
            info->iAddressFamily = open->kind->family;
            info->iSocketType = open->kind->type;
            info->iProtocol = open->kind->protocol;
        }
    }
    return status;
}

EXPORTED int WSAAPI like_WSAIoctl(SOCKET socket, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size,
                                  LPDWORD given, LPWSAOVERLAPPED overlapped,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct open *open = opened(socket);
    char what[12];
    sprintf(what, "%08lx", code);
    note("WSAIoctl", what, in, (int)in_size);
    if (code == SIO_LOOPBACK_FAST_PATH_ || code == SIO_RCVALL) {
        int type = 0, size = sizeof type;
        if (!in || in_size < sizeof(DWORD) || !given)
            return failed(WSAEFAULT);
        if (like_getsockopt(socket, SOL_SOCKET, SO_TYPE, (char *)&type, &size))
            return SOCKET_ERROR;
        if (code == SIO_RCVALL ? type != SOCK_RAW || *(DWORD *)in > RCVALL_IPLEVEL : type != SOCK_STREAM)
            return failed(WSAEINVAL);
        *given = 0;
        return 0;
    }
    if (code == SIO_AF_UNIX_GETPEERPID_ && open && open->kind->family == AF_UNIX) {
        struct name *name;
        unsigned short port;
        if (!out || out_size < sizeof(DWORD) || !given)
            return failed(WSAEFAULT);
        if (peer_port(socket, &port))
            return SOCKET_ERROR;
        names_lock();
        name = name_of_port(AF_UNIX, port);
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
        names_begin();
    return TRUE;
}
