/* Names of TCP ports, in memory that all processes of this Windows share; open sockets of this process; the log. */
#include "lookalike.h"

#include <stdio.h>
#include <string.h>

#define NAMES 1024
#define SOCKETS 1024

static struct name *names;
static HANDLE lock;
static struct open sockets[SOCKETS];
static CRITICAL_SECTION section;
static char written[1 << 18];
static int length;

void names_begin(void)
{
    HANDLE memory = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, NAMES * sizeof *names,
                                       "sockcore-lookalike-names");
    names = MapViewOfFile(memory, FILE_MAP_ALL_ACCESS, 0, 0, NAMES * sizeof *names);
    lock = CreateMutexA(NULL, FALSE, "sockcore-lookalike-lock");
    InitializeCriticalSection(&section);
}

void names_lock(void) { WaitForSingleObject(lock, INFINITE); }

void names_unlock(void) { ReleaseMutex(lock); }

struct name *name_of_port(int family, unsigned short port)
{
    int i;
    for (i = 0; i < NAMES; i++)
        if (names[i].family == family && names[i].port == port)
            return &names[i];
    return NULL;
}

struct name *name_bound(const struct kind *kind, const struct sockaddr *address)
{
    int i;
    for (i = 0; i < NAMES; i++)
        if (names[i].family == kind->family && names[i].is_bound
            && kind->leads_to(address, (struct sockaddr *)&names[i].address))
            return &names[i];
    return NULL;
}

/* One that is there with that port is of a process that ended without a word: the port has been given away again. */
struct name *name_new(int family, unsigned short port)
{
    struct name *name = name_of_port(family, port);
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

struct open *opened(SOCKET socket)
{
    struct open *found = NULL;
    int i;
    EnterCriticalSection(&section);
    for (i = 0; !found && i < SOCKETS; i++)
        if (sockets[i].kind && sockets[i].socket == socket)
            found = &sockets[i];
    LeaveCriticalSection(&section);
    return found;
}

struct open *opened_new(SOCKET socket, const struct kind *kind)
{
    struct open *found = opened(socket); /* closed by a function that is none of ours */
    int i;
    EnterCriticalSection(&section);
    for (i = 0; !found && i < SOCKETS; i++)
        if (!sockets[i].kind)
            found = &sockets[i];
    if (found) {
        memset(found, 0, sizeof *found);
        found->socket = socket;
        found->kind = kind;
    }
    LeaveCriticalSection(&section);
    return found;
}

/* Once its TCP socket is bound. */
void opened_has_port(struct open *open)
{
    struct sockaddr_in tcp;
    int size = sizeof tcp;
    struct name *name;
    if (open->port || getsockname(open->socket, (struct sockaddr *)&tcp, &size) || !tcp.sin_port)
        return;
    open->port = tcp.sin_port;
    names_lock();
    name = name_of_port(open->kind->family, open->port);
    if (name)
        name->users++;
    names_unlock();
}

void opened_ends(struct open *open)
{
    struct name *name;
    names_lock();
    name = name_of_port(open->kind->family, open->port);
    if (open->port && name && --name->users <= 0)
        name->family = 0;
    names_unlock();
    EnterCriticalSection(&section);
    open->kind = NULL;
    LeaveCriticalSection(&section);
}

/* A line: the function, what it is about, the bytes in hexadecimal. */
void note(const char *function, const char *what, const void *bytes, int size)
{
    int i;
    EnterCriticalSection(&section);
    if (length + 2 * size + 100 < (int)sizeof written) {
        length += sprintf(written + length, "%s %s ", function, what);
        for (i = 0; bytes && i < size; i++)
            length += sprintf(written + length, "%02x", ((const unsigned char *)bytes)[i]);
        length += sprintf(written + length, "\n");
    }
    LeaveCriticalSection(&section);
}

/* Give what was written down since the last time: its length. */
EXPORTED int lookalike_log(char *buffer, int size)
{
    int given;
    EnterCriticalSection(&section);
    given = length < size ? length : size;
    memcpy(buffer, written, given);
    length = 0;
    LeaveCriticalSection(&section);
    return given;
}
