/* A look-alike of ws2_32.dll for tests: what Wine's Winsock lacks, modelled after Windows.
 *
 * Streams of AF_UNIX, AF_HYPERV and AF_BTH travel over TCP on 127.0.0.1, within a process and between processes.
 * What is modelled: which sockets there are, how long an address must be and what must be in it, which names the ends
 * of a connection have, which errors there are. The numbers of errors are Windows' as far as its documentation tells.
 * What a test may compare: every sockaddr, option and control is written down as it came (lookalike_log). */
#ifndef LOOKALIKE_H
#define LOOKALIKE_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mstcpip.h>
#include <afunix.h>
#include <hvsocket.h>
#include <ws2bth.h>

#ifndef AF_HYPERV /* the headers that come with mingw-w64 10 */
#define AF_HYPERV 34
#endif

#define EXPORTED __declspec(dllexport)
#define LONGEST 128 /* bytes of a sockaddr: SOCKADDR_STORAGE's */

/* A kind of socket that Wine lacks. */
struct kind {
    int family, type, protocol;
    int size; /* of its sockaddr */
    /* 0, or the error of an address that bind or connect refuse; its length is at most LONGEST */
    int (*wrong)(const struct sockaddr *address, int length);
    /* whether an address that is asked for is one that a socket is bound to */
    int (*leads_to)(const struct sockaddr *asked, const struct sockaddr *bound);
    /* give the bound socket what it leaves to the system, of which number is one that is free; 0 or an error */
    int (*complete)(struct sockaddr *address, unsigned number);
    /* the name of an end that was not bound, of a connection with that port: its length */
    int (*unnamed)(struct sockaddr *address, unsigned short port);
};

const struct kind *kind_of(int family);
int loopback_name(struct sockaddr *address); /* how the other end sees a name: AF_HYPERV says that it is this machine */

/* A name: what a TCP port of 127.0.0.1 is called. All processes share them. */
struct name {
    int family; /* 0: none */
    unsigned short port;
    int users; /* sockets with that local port */
    int is_bound;
    DWORD process;
    int length;
    struct sockaddr_storage address;
};

void names_begin(void);
void names_lock(void);
void names_unlock(void);
struct name *name_of_port(int family, unsigned short port);
struct name *name_bound(const struct kind *kind, const struct sockaddr *address);
struct name *name_new(int family, unsigned short port);

/* A socket of a kind, in this process. */
struct open {
    SOCKET socket;
    const struct kind *kind; /* NULL: none */
    unsigned short port;     /* 0: none yet */
    DWORD option[8];
};

struct open *opened(SOCKET socket);
struct open *opened_new(SOCKET socket, const struct kind *kind);
void opened_has_port(struct open *open);
void opened_ends(struct open *open);

void note(const char *function, const char *what, const void *bytes, int length);

#endif
