/* Functions of <netdb.h> for LD_PRELOAD, which wait until another thread writes a byte into a pipe, and then fail. */

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

/* Write a byte to one pipe to announce the wait, and wait for a byte in another pipe. */
static void
wait_for_byte(void)
{
    char byte = 'r';
    if (write(atoi(getenv("IS_WAITING")), &byte, 1) != 1)
        abort();
    while (read(atoi(getenv("WAIT_FOR")), &byte, 1) < 0 && errno == EINTR)
        ;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    (void)node, (void)service, (void)hints, (void)result;
    wait_for_byte();
    return EAI_AGAIN;
}

int
getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
    socklen_t service_size, int flags)
{
    (void)address, (void)length, (void)host, (void)host_size, (void)service, (void)service_size, (void)flags;
    wait_for_byte();
    return EAI_AGAIN;
}

int
gethostbyname_r(const char *name, struct hostent *answer, char *buffer, size_t size, struct hostent **result, int *error)
{
    (void)name, (void)answer, (void)buffer, (void)size;
    wait_for_byte();
    *result = NULL;
    *error = TRY_AGAIN;
    return EAGAIN;
}

int
gethostbyaddr_r(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer, size_t size,
    struct hostent **result, int *error)
{
    (void)address, (void)length, (void)family, (void)answer, (void)buffer, (void)size;
    wait_for_byte();
    *result = NULL;
    *error = TRY_AGAIN;
    return EAGAIN;
}

int
getservbyname_r(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result)
{
    (void)name, (void)protocol, (void)answer, (void)buffer, (void)size;
    wait_for_byte();
    *result = NULL;
    return 0;
}

int
getservbyport_r(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    (void)port, (void)protocol, (void)answer, (void)buffer, (void)size;
    wait_for_byte();
    *result = NULL;
    return 0;
}

int
getprotobyname_r(const char *name, struct protoent *answer, char *buffer, size_t size, struct protoent **result)
{
    (void)name, (void)answer, (void)buffer, (void)size;
    wait_for_byte();
    *result = NULL;
    return 0;
}

/* The functions that return pointers to static data. */

struct servent *
getservbyname(const char *name, const char *protocol)
{
    (void)name, (void)protocol;
    wait_for_byte();
    return NULL;
}

struct servent *
getservbyport(int port, const char *protocol)
{
    (void)port, (void)protocol;
    wait_for_byte();
    return NULL;
}

struct protoent *
getprotobyname(const char *name)
{
    (void)name;
    wait_for_byte();
    return NULL;
}
