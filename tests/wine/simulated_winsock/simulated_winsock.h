/* A simulation of ws2_32.dll for tests, with features of Windows that Winsock of Wine lacks.
 *
 * Streams of AF_UNIX, AF_HYPERV and AF_BTH use TCP on 127.0.0.1, within a process and between processes.
 * The simulation covers types and protocols of sockets, checks of addresses, names of both ends of a connection, and
 * errors. The error numbers are those of the Windows documentation, where it has them.
 * Each sockaddr, option and control is logged, so that a test can compare it (read_call_log). */
#ifndef SIMULATED_WINSOCK_H
#define SIMULATED_WINSOCK_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mstcpip.h>
#include <afunix.h>
#include <hvsocket.h>
#include <ws2bth.h>

#ifndef AF_HYPERV /* missing in the headers of mingw-w64 10 */
#define AF_HYPERV 34
#endif

#define EXPORTED __declspec(dllexport)
#define LONGEST 128 /* bytes of SOCKADDR_STORAGE */

/* A family that Wine does not support. */
struct family_ops {
    int family, type, protocol;
    int size; /* of the sockaddr */
    /* Check an address for bind or connect, of at most LONGEST bytes. Return 0 or an error. */
    int (*check)(const struct sockaddr *address, int length);
    /* Return whether connect to *destination* reaches a socket bound to *bound*. */
    int (*matches)(const struct sockaddr *destination, const struct sockaddr *bound);
    /* Replace wildcards in the address of bind, with the unused *number* where one is needed. Return 0 or an error. */
    int (*complete)(struct sockaddr *address, unsigned number);
    /* Write the name of an unbound socket with a local port. Return its length. */
    int (*unnamed)(struct sockaddr *address, unsigned short port);
};

const struct family_ops *find_family_ops(int family);
int loopback_name(struct sockaddr *address); /* change a name to that for the peer: AF_HYPERV uses the loopback GUID */

/* The name of a TCP port of 127.0.0.1. All processes share the names. */
struct name {
    int family; /* 0: unused entry */
    unsigned short port;
    int users; /* number of sockets with this local port */
    int is_bound;
    DWORD process;
    int length;
    struct sockaddr_storage address;
};

void names_init(void);
void names_lock(void);
void names_unlock(void);
struct name *name_find_port(int family, unsigned short port);
struct name *name_find_bound(const struct family_ops *ops, const struct sockaddr *address);
struct name *name_add(int family, unsigned short port);

/* An open socket of this process. */
struct open {
    SOCKET socket;
    const struct family_ops *ops; /* NULL: unused entry */
    unsigned short port;          /* 0: not bound yet */
    DWORD option[8];
};

struct open *open_find(SOCKET socket);
struct open *open_add(SOCKET socket, const struct family_ops *ops);
void open_set_port(struct open *open);
void open_remove(struct open *open);

void log_call(const char *function, const char *subject, const void *bytes, int length);

#endif
