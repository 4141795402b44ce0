/* Names of TCP ports in shared memory, the open sockets of this process, and the log. */
#include "simulated_winsock.h"

#include <stdio.h>
#include <string.h>

#define NAMES 1024
#define SOCKETS 1024

static struct name *names;
static HANDLE lock;
static struct open sockets[SOCKETS];
static CRITICAL_SECTION section;
static char log_text[1 << 18];
static int length;

void names_init(void)
{
    HANDLE memory = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, NAMES * sizeof *names,
                                       "sockcore-simulated-winsock-names");
    names = MapViewOfFile(memory, FILE_MAP_ALL_ACCESS, 0, 0, NAMES * sizeof *names);
    lock = CreateMutexA(NULL, FALSE, "sockcore-simulated-winsock-lock");
    InitializeCriticalSection(&section);
}

void names_lock(void) { WaitForSingleObject(lock, INFINITE); }

void names_unlock(void) { ReleaseMutex(lock); }

struct name *name_find_port(int family, unsigned short port)
{
    int i;
    for (i = 0; i < NAMES; i++)
        if (names[i].family == family && names[i].port == port)
            return &names[i];
    return NULL;
}

struct name *name_find_bound(const struct family_ops *ops, const struct sockaddr *address)
{
    int i;
    for (i = 0; i < NAMES; i++)
        if (names[i].family == ops->family && names[i].is_bound
            && ops->matches(address, (struct sockaddr *)&names[i].address))
            return &names[i];
    return NULL;
}

/* Replace an existing name of the port: its process has ended without closing the socket. */
struct name *name_add(int family, unsigned short port)
{
    struct name *name = name_find_port(family, port);
    int i;
    for (i = 0; !name && i < NAMES; i++)
        if (!names[i].family)
            name = &names[i];
    if (name) {
        memset(name, 0, sizeof *name);
        name->family = family;
        name->port = port;
        name->process = GetCurrentProcessId();
    }
    return name;
}

struct open *open_find(SOCKET socket)
{
    struct open *entry = NULL;
    int i;
    EnterCriticalSection(&section);
    for (i = 0; !entry && i < SOCKETS; i++)
        if (sockets[i].ops && sockets[i].socket == socket)
            entry = &sockets[i];
    LeaveCriticalSection(&section);
    return entry;
}

struct open *open_add(SOCKET socket, const struct family_ops *ops)
{
    struct open *entry = open_find(socket); /* left if another function has closed the socket */
    int i;
    EnterCriticalSection(&section);
    for (i = 0; !entry && i < SOCKETS; i++)
        if (!sockets[i].ops)
            entry = &sockets[i];
    if (entry) {
        memset(entry, 0, sizeof *entry);
        entry->socket = socket;
        entry->ops = ops;
    }
    LeaveCriticalSection(&section);
    return entry;
}

/* Store the local port when the TCP socket is bound. */
void open_set_port(struct open *open)
{
    struct sockaddr_in tcp;
    int size = sizeof tcp;
    struct name *name;
    if (open->port || getsockname(open->socket, (struct sockaddr *)&tcp, &size) || !tcp.sin_port)
        return;
    open->port = tcp.sin_port;
    names_lock();
    name = name_find_port(open->ops->family, open->port);
    if (name)
        name->users++;
    names_unlock();
}

void open_remove(struct open *open)
{
    struct name *name;
    names_lock();
    name = name_find_port(open->ops->family, open->port);
    if (open->port && name && --name->users <= 0)
        name->family = 0;
    names_unlock();
    EnterCriticalSection(&section);
    open->ops = NULL;
    LeaveCriticalSection(&section);
}

/* Log a line: function, subject, and bytes in hexadecimal. */
void log_call(const char *function, const char *subject, const void *bytes, int size)
{
    int i;
    EnterCriticalSection(&section);
    if (length + 2 * size + 100 < (int)sizeof log_text) {
        length += sprintf(log_text + length, "%s %s ", function, subject);
        for (i = 0; bytes && i < size; i++)
            length += sprintf(log_text + length, "%02x", ((const unsigned char *)bytes)[i]);
        length += sprintf(log_text + length, "\n");
    }
    LeaveCriticalSection(&section);
}

/* Copy the log since the last call, and clear it. Return its length. */
EXPORTED int read_call_log(char *buffer, int size)
{
    int copied;
    EnterCriticalSection(&section);
    copied = length < size ? length : size;
    memcpy(buffer, log_text, copied);
    length = 0;
    LeaveCriticalSection(&section);
    return copied;
}
