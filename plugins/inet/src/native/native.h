/* sockcore_inet._native: byte order, addresses in text, the resolver and the databases of <netdb.h>.
 *
 * 1. A call that can wait is made without the GIL.
 * 2. Rules of arguments, and errors that depend on arguments, are functions in Python (RULES). C handles exact types by
 *    itself and calls the rule for all others. Rules are called with the GIL and without a lock.
 * 3. The state belongs to the module object of one interpreter and does not change after module_exec(). The only
 *    writable static is the mutex in reentrant.c, on systems where functions of <netdb.h> answer in one place for all
 *    threads.
 */

#ifndef SOCKCORE_INET_NATIVE_H
#define SOCKCORE_INET_NATIVE_H

/* For inet_aton(3), which is not in the standards that Python.h asks for. */
#if defined(__OpenBSD__) && !defined(_BSD_SOURCE)
#define _BSD_SOURCE 1
#endif

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* The version of the interface between this module and the Python code: calls.py. */
#define CONTRACT 2

/* Name, module, attribute. */
#define RULES(X)                                                                                                       \
    X(UNSIGNED16, "sockcore_inet.integers", "unsigned16")                                                               \
    X(UNSIGNED32, "sockcore_inet.integers", "long_argument")                                                            \
    X(ATON_ARGUMENT, "sockcore_inet.text", "aton_argument")                                                            \
    X(STR_ARGUMENT, "sockcore_inet.text", "str_argument")                                                              \
    X(PACKED, "sockcore_inet.text", "packed_argument")                                                                 \
    X(INVALID_TEXT, "sockcore_inet.text", "invalid_text")                                                              \
    X(INVALID_LENGTH, "sockcore_inet.text", "invalid_length")                                                          \
    X(UNKNOWN_FAMILY, "sockcore_inet.text", "unknown_family")                                                          \
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
} ModuleState;

/* ------------------------------------------------------------------ module.c */

/* Call a rule, with arguments by Py_BuildValue(); return its result, a new reference. */
PyObject *call_rule(PyObject *module, int rule, const char *format, ...);

/* Raise the exception that a rule, or a class of exceptions, returns. Returns NULL. */
PyObject *raise_by_rule(PyObject *module, int rule, const char *format, ...);

/* The text in bytes that is passed to the C library, or NULL for None. Return 0, or -1 with ValueError for a NUL in it
 * or TypeError. The text lives as long as the object. */
int optional_text(PyObject *object, const char **text);

/* ------------------------------------------------------------------ reentrant.c
 * As gethostbyname_r(3) and so on of the GNU C library: the answer is in *answer* and *buffer*, and *result* points to
 * it or is NULL. ERANGE if the buffer is too small. Call them without the GIL.
 *
 * On systems that lack such a function *aliases* of services and protocols are not in the answer. */

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

/* Unlock the mutex in a forked child, whose other threads are gone. */
void reset_lock(void);

/* The sizes of buffers to try, each four times as large as the one before. */
#define FIRST_SIZE ((size_t)1 << 10)
#define LAST_SIZE ((size_t)1 << 20)

/* ------------------------------------------------------------------ functions, by file */

extern PyMethodDef conversion_functions[], resolver_functions[], database_functions[];

#endif
