/* The functions of <netdb.h> that answer in one place for all threads, in a form that is safe with threads. */

#include "native.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* The systems whose headers declare the reentrant functions with these parameters. NetBSD's library has others; musl
 * lacks that of protocols. SOCKCORE_LOCKED is for tests: it compiles the code of the other systems. */
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

/* The only writable static: the answers of the C library are in one place for all interpreters. It is never held while
 * a thread waits for the GIL. */
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

/* Memory of the caller, from the front to the end. */
typedef struct {
    char *at;
    size_t left;
} Room;

/* Copy bytes; NULL if they do not fit. */
static void *
copy_bytes(Room *room, const void *bytes, size_t size)
{
    size_t padding = -(uintptr_t)room->at % sizeof(void *);
    if (room->left < padding || room->left - padding < size)
        return NULL;
    char *copy = room->at + padding;
    memcpy(copy, bytes, size);
    room->left -= padding + size;
    room->at = copy + size;
    return copy;
}

/* Copy an array that ends with a NULL; *size* is that of each item, 0 for strings. */
static char **
copy_array(Room *room, char **array, size_t size)
{
    static char *const empty[] = {NULL};
    size_t count = 0;
    if (array == NULL)
        array = (char **)empty;
    while (array[count] != NULL)
        count++;
    char **copy = copy_bytes(room, array, (count + 1) * sizeof(*array));
    for (size_t i = 0; copy != NULL && i < count; i++)
        if ((copy[i] = copy_bytes(room, array[i], size > 0 ? size : strlen(array[i]) + 1)) == NULL)
            return NULL;
    return copy;
}

static int
copy_host(const struct hostent *found, struct hostent *answer, char *buffer, size_t size, struct hostent **result)
{
    Room room = {buffer, size};
    *answer = *found;
    answer->h_name = copy_bytes(&room, found->h_name, strlen(found->h_name) + 1);
    answer->h_aliases = copy_array(&room, found->h_aliases, 0);
    answer->h_addr_list = copy_array(&room, found->h_addr_list, found->h_length > 0 ? (size_t)found->h_length : 1);
    if (answer->h_name == NULL || answer->h_aliases == NULL || answer->h_addr_list == NULL)
        return ERANGE;
    *result = answer;
    return 0;
}

static int
copy_service(const struct servent *found, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    Room room = {buffer, size};
    *answer = (struct servent){.s_port = found->s_port};
    if ((answer->s_name = copy_bytes(&room, found->s_name, strlen(found->s_name) + 1)) == NULL)
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
    const struct hostent *found = gethostbyname(name);
    int code = 0;
    if (found == NULL)
        *error = h_errno;
    else
        code = copy_host(found, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_host_by_address(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer,
    size_t size, struct hostent **result, int *error)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct hostent *found = gethostbyaddr(address, length, family);
    int code = 0;
    if (found == NULL)
        *error = h_errno;
    else
        code = copy_host(found, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_service_by_name(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct servent *found = getservbyname(name, protocol);
    int code = found == NULL ? 0 : copy_service(found, answer, buffer, size, result);
    pthread_mutex_unlock(&netdb_lock);
    return code;
}

int
find_service_by_port(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result)
{
    *result = NULL;
    pthread_mutex_lock(&netdb_lock);
    const struct servent *found = getservbyport(port, protocol);
    int code = found == NULL ? 0 : copy_service(found, answer, buffer, size, result);
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
    const struct protoent *found = getprotobyname(name);
    if (found != NULL) {
        *answer = (struct protoent){.p_proto = found->p_proto};
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
