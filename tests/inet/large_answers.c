/* Functions of <netdb.h> for LD_PRELOAD, whose answers need a large buffer.
 *
 * need(SIZE) makes the reentrant functions fail with ERANGE if their buffer has less than SIZE bytes. They write to the
 * first and the last bytes of a buffer that is large enough. getaddrinfo() returns ::1 for the host "six". */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_TEXT 64
#define PORT 4242
#define PROTOCOL 77

static size_t needed;

void
need(size_t size)
{
    needed = size;
}

/* Write a text and its end into the last bytes of a buffer. */
static char *
write_text(const char *text, char *buffer, size_t size)
{
    return strncpy(buffer + size - MOST_TEXT, text, MOST_TEXT - 1);
}

static int
answer_host(const char *name, const void *address, socklen_t length, int family, struct hostent *answer, char *buffer,
    size_t size, struct hostent **result, int *error)
{
    struct {
        char *aliases[2], *addresses[2];
        char address[16];
    } *lists = (void *)buffer;
    *result = NULL;
    *error = NETDB_INTERNAL;
    if (size < needed)
        return ERANGE;
    memset(buffer, 0, size);
    lists->aliases[0] = write_text(name, buffer, size);
    lists->addresses[0] = memcpy(lists->address, address, length);
    *answer = (struct hostent){lists->aliases[0], lists->aliases, family, (int)length, lists->addresses};
    *result = answer;
    return 0;
}

int
gethostbyname_r(const char *name, struct hostent *answer, char *buffer, size_t size, struct hostent **result, int *error)
{
    return answer_host(name, "\300\0\2\7", 4, AF_INET, answer, buffer, size, result, error);
}

int
gethostbyaddr_r(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer, size_t size,
    struct hostent **result, int *error)
{
    return answer_host("host", address, length, family, answer, buffer, size, result, error);
}

static int
answer_service(const char *name, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    *result = NULL;
    if (size < needed)
        return ERANGE;
    memset(buffer, 0, size);
    *answer = (struct servent){write_text(name, buffer, size), (char **)buffer, htons(PORT), "tcp"};
    *result = answer;
    return 0;
}

int
getservbyname_r(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result)
{
    (void)protocol;
    return answer_service(name, answer, buffer, size, result);
}

int
getservbyport_r(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    (void)port, (void)protocol;
    return answer_service("service", answer, buffer, size, result);
}

int
getprotobyname_r(const char *name, struct protoent *answer, char *buffer, size_t size, struct protoent **result)
{
    *result = NULL;
    if (size < needed)
        return ERANGE;
    memset(buffer, 0, size);
    *answer = (struct protoent){write_text(name, buffer, size), (char **)buffer, PROTOCOL};
    *result = answer;
    return 0;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    __typeof__(&getaddrinfo) real = (__typeof__(&getaddrinfo))dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node != NULL && strcmp(node, "six") == 0 ? "::1" : node, service, hints, result);
}
