/* sockcore_inet._native: byte order, addresses in text, the resolver, the databases of <netdb.h>, interfaces, datagrams.
 *
 * 1. The GIL is released during calls that may block.
 * 2. Argument checks, and errors that depend on arguments, are Python functions (RULES). The C code handles the usual
 *    types and calls a rule for all other types. Rules are called with the GIL held and without a lock.
 * 3. Text and sockaddrs are bytes objects, whose bytes are read directly: a subclass may have a method __buffer__(),
 *    whose memory would be released while it is in use.
 * 4. The state belongs to the module object of one interpreter and does not change after module_exec(), except for the
 *    atomic pointer of datagrams_receive.c. The only writable static variable is the mutex in reentrant.c. It exists
 *    only on systems where functions of <netdb.h> return pointers to static data.
 */

#ifndef SOCKCORE_INET_NATIVE_H
#define SOCKCORE_INET_NATIVE_H

/* For inet_aton(3), which is not part of the standards that Python.h selects. */
#if defined(__OpenBSD__) && !defined(_BSD_SOURCE)
#define _BSD_SOURCE 1
#endif

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* The version of the interface between this module and the Python code: see backend.py. */
#define CONTRACT 6

/* Name, module, attribute. */
#define RULES(X)                                                                                                       \
    X(UINT16, "sockcore_inet.integers", "to_uint16")                                                                   \
    X(UINT32, "sockcore_inet.integers", "to_htonl_argument")                                                           \
    X(ATON_ARGUMENT, "sockcore_inet.arguments", "to_aton_bytes")                                                       \
    X(STR_ARGUMENT, "sockcore_inet.arguments", "to_utf8_argument")                                                     \
    X(PACKED, "sockcore_inet.arguments", "to_packed_bytes")                                                            \
    X(INVALID_TEXT, "sockcore_inet.arguments", "invalid_text_error")                                                   \
    X(INVALID_LENGTH, "sockcore_inet.arguments", "invalid_length_error")                                               \
    X(UNKNOWN_FAMILY, "sockcore_inet.arguments", "unknown_family_error")                                               \
    X(C_INT, "sockcore.plugin", "c_int")                                                                               \
    X(GAIERROR, "sockcore.plugin", "gaierror")                                                                         \
    X(HERROR, "sockcore.plugin", "herror")

enum {
#define X(name, module, attribute) RULE_##name,
    RULES(X)
#undef X
    RULE_COUNT
};

/* The state of the module in one interpreter. */
typedef struct {
    PyObject *rules[RULE_COUNT];
    void *_Atomic spare; /* the receive buffers of datagrams_receive.c, if no call uses them; or NULL */
} ModuleState;

/* Py_NewRef() of Python 3.10. */
static inline PyObject *
new_reference(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

/* ------------------------------------------------------------------ module.c */

/* Call a rule with arguments for Py_BuildValue(). Returns the result, a new reference. */
PyObject *call_rule(PyObject *module, int rule, const char *format, ...);

/* Raise the exception that a rule or an exception class returns. Returns NULL. */
PyObject *raise_by_rule(PyObject *module, int rule, const char *format, ...);

/* Get the text of a bytes object, or NULL for None. Returns 0, or -1 with TypeError, or with ValueError if the text
 * contains a NUL. The text is valid as long as the object exists. */
int optional_text(PyObject *object, const char **text);

/* Return the file descriptor of a socket. -1 with errno (EBADF) if the socket is closed, or with an exception. */
int descriptor_of(PyObject *sock);

/* ------------------------------------------------------------------ addresses.c */

/* Return the text of a str that does not contain a NUL. NULL without an exception for other objects. */
const char *get_plain_text(PyObject *object);

/* Convert an int in 0..max and return 1. 0 without an exception for other objects and for subclasses of int. */
int get_plain_number(PyObject *object, long long max, long long *number);

/* Encode a tuple of exact types with a numeric host, for a family or for either (AF_UNSPEC). Returns the size of the
 * sockaddr; 0 without an exception for other objects. */
socklen_t encode_plain_tuple(PyObject *tuple, int family, struct sockaddr_storage *address);

/* Return the tuple of a complete sockaddr of AF_INET or AF_INET6. NULL, with or without an exception. */
PyObject *decode_plain_sockaddr(const unsigned char *raw, size_t size, int family);

/* ------------------------------------------------------------------ reentrant.c
 * Thread-safe lookups with the interface of gethostbyname_r(3) and related functions of the GNU C library. The answer
 * is in *answer* and *buffer*. *result* points to *answer*, or is NULL if nothing was found. The functions return
 * ERANGE if the buffer is too small. Call them without the GIL.
 *
 * On systems without the reentrant function, the answer does not include the aliases of a service or protocol. */

int find_host_by_name(
    const char *name, struct hostent *answer, char *buffer, size_t size, struct hostent **result, int *error);
int find_host_by_address(const void *address, socklen_t length, int family, struct hostent *answer, char *buffer,
    size_t size, struct hostent **result, int *error);
int find_service_by_name(const char *name, const char *protocol, struct servent *answer, char *buffer, size_t size,
    struct servent **result);
int find_service_by_port(
    int port, const char *protocol, struct servent *answer, char *buffer, size_t size, struct servent **result);
int find_protocol_by_name(
    const char *name, struct protoent *answer, char *buffer, size_t size, struct protoent **result);

/* Unlock the mutex in a forked child, where the other threads of the parent do not exist. */
void reset_lock(void);

/* Buffer sizes to try: from FIRST_SIZE to 4 * LAST_SIZE, each four times as large as the previous size. */
#define FIRST_SIZE ((size_t)1 << 10)
#define LAST_SIZE ((size_t)1 << 20)

/* ------------------------------------------------------------------ datagrams_receive.c */

/* Return a tuple of *type*, a subclass of tuple, with *count* values. Steals the values, of which some may be NULL with
 * an exception. */
PyObject *new_named_tuple(PyTypeObject *type, PyObject **values, Py_ssize_t count);

/* Return 1 for a subclass of tuple without C fields of its own. */
int is_tuple_class(PyObject *object);

/* ------------------------------------------------------------------ functions, by file */

extern PyMethodDef address_functions[], conversion_functions[], resolver_functions[], database_functions[],
    interface_functions[];
extern PyMethodDef datagram_receive_functions[], datagram_split_functions[], datagram_send_functions[]; /* empty on systems other than Linux */

#endif
