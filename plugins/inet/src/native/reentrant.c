/* Thread-safe forms of the functions of <netdb.h> that return pointers to static data. */

#include "native.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Systems whose headers declare the reentrant functions with these parameters. On NetBSD they have other parameters.
 * musl lacks the function for protocols. Tests define SOCKCORE_LOCKED to compile the code of the other systems. */
#if defined(SOCKCORE_LOCKED)
#define HAS_REENTRANT_HOSTS 0
#define HAS_REENTRANT_PROTOCOLS 0
#elif defined(__GLIBC__) || defined(__FreeBSD__)
#define HAS_REENTRANT_HOSTS 1
#define HAS_REENTRANT_PROTOCOLS 1
#elif defined(__linux__) && !defined(__ANDROID__)
#define HAS_REENTRANT_HOSTS 1
#define HAS_REENTRANT_PROTOCOLS 0
#else
#define HAS_REENTRANT_HOSTS 0
#define HAS_REENTRANT_PROTOCOLS 0
#endif

#if !HAS_REENTRANT_HOSTS || !HAS_REENTRANT_PROTOCOLS

/* The only writable static variable. All interpreters share it, because they share the static data of the C library. No
 * thread waits for the GIL while it holds the mutex. */
static pthread_mutex_t netdb_lock = PTHREAD_MUTEX_INITIALIZER;

void
reset_lock(void)
{
    netdb_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

#else

void
reset_lock(void)
{
}

#endif

#if !HAS_REENTRANT_HOSTS

/* The free part of a buffer of the caller. */
typedef struct {
    char *next;
    size_t available;
} FreeSpace;

/* Copy bytes into the free space. Returns the copy, or NULL if it does not fit. */
static void *
copy_bytes(FreeSpace *space, const void *bytes, size_t size)
{
    size_t padding = -(uintptr_t)space->next % sizeof(void *);
    if (space->available < padding || space->available - padding < size)
        return NULL;
    char *copy = space->next + padding;
    memcpy(copy, bytes, size);
    space->available -= padding + size;
    space->next = copy + size;
    return copy;
}

/* Copy a NULL-terminated array. *size* is the size of each item, or 0 for strings. */
static char **
copy_array(FreeSpace *space, char **array, size_t size)
{
    static char *const empty[] = {NULL};
    size_t count = 0;
    if (array == NULL)
        array = (char **)empty;
    while (array[count] != NULL)
        count++;
    char **copy = copy_bytes(space, array, (count + 1) * sizeof(*array));
    for (size_t i = 0; copy != NULL && i < count; i++)
        if ((copy[i] = copy_bytes(space, array[i], size > 0 ? size : strlen(array[i]) + 1)) == NULL)
            return NULL;
    return copy;
}

static int
copy_host(const struct hostent *source, struct hostent *answer, char *buffer, size_t size, struct hostent **result)
{
    FreeSpace space = {buffer, size};
    *answer = *source;
    answer->h_name = copy_bytes(&space, source->h_name, strlen(source->h_name) + 1);
    answer->h_aliases = copy_array(&space, source->h_aliases, 0);
    answer->h_addr_list = copy_array(&space, source->h_addr_list, source->h_length > 0 ? (size_t)source->h_length : 1);
    if (answer->h_name == NULL || answer->h_aliases == NULL || answer->h_addr_list == NULL)
        return ERANGE;
    *result = answer;
    return 0;
}

static int
copy_service(const struct servent *source, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    FreeSpace space = {buffer, size};
    *answer = (struct servent){.s_port = source->s_port};
    if ((answer->s_name = copy_bytes(&space, source->s_name, strlen(source->s_name) + 1)) == NULL)
        return ERANGE;
    *result = answer;
    return 0;
}

int
find_host_by_name(const char *name, struct hostent *answer, char *buffer, size_t size, struct hostent **result,
    int *error)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct hostent *source = gethostbyname(name);
    int code = 0;
    if (source == NULL)
        *error = h_errno;
    else
        code = copy_host(source, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_host_by_address(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer,
    size_t size, struct hostent **result, int *error)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct hostent *source = gethostbyaddr(address, length, family);
    int code = 0;
    if (source == NULL)
        *error = h_errno;
    else
        code = copy_host(source, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_service_by_name(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct servent *source = getservbyname(name, protocol);
    int code = source == NULL ? 0 : copy_service(source, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_service_by_port(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct servent *source = getservbyport(port, protocol);
    int code = source == NULL ? 0 : copy_service(source, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

#else

int
find_host_by_name(const char *name, struct hostent *answer, char *buffer, size_t size, struct hostent **result,
    int *error)
{
    *result = NULL;
    return gethostbyname_r(name, answer, buffer, size, result, error);
}

int
find_host_by_address(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer,
    size_t size, struct hostent **result, int *error)
{
    *result = NULL;
    return gethostbyaddr_r(address, length, family, answer, buffer, size, result, error);
}

int
find_service_by_name(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result)
{
    *result = NULL;
    return getservbyname_r(name, protocol, answer, buffer, size, result);
}

int
find_service_by_port(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    *result = NULL;
    return getservbyport_r(port, protocol, answer, buffer, size, result);
}

#endif

#if !HAS_REENTRANT_PROTOCOLS

int
find_protocol_by_name(const char *name, struct protoent *answer, char *buffer, size_t size, struct protoent **result)
{
    (void)buffer;
    (void)size;
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct protoent *source = getprotobyname(name);
    if (source != NULL) {
        *answer = (struct protoent){.p_proto = source->p_proto};
        *result = answer;
    }
    pthread_mutex_unlock(&netdb_lock);
    return 0;
}

#else

int
find_protocol_by_name(const char *name, struct protoent *answer, char *buffer, size_t size, struct protoent **result)
{
    *result = NULL;
    return getprotobyname_r(name, answer, buffer, size, result);
}

#endif
