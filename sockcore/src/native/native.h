/* BaseSocket in C: the declarations that its files share.
 *
 * 1. All state belongs to the module (ModuleState) or to a socket (BaseSocket). There is no writable static, so that
 *    every interpreter has a module that shares nothing with the others.
 * 2. A method converts arguments of exact types itself. For all others it calls the rule of the same name in
 *    sockcore._arguments, which raises the message of this Python version or returns exact values, and continues.
 * 3. Every call that may wait goes through complete_call() in wait.c.
 * 4. No exception is cleared unless this code has caused it.
 */

#ifndef SOCKCORE_NATIVE_H
#define SOCKCORE_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef MSG_ERRQUEUE /* Linux has it */
#define MSG_ERRQUEUE 0
#endif

/* The version of the interface with the Python code: sockcore._system has the same number. */
#define CONTRACT 14

/* The functions in Python that this module calls: name, module, attribute. */
#define RULES(X)                                                                                                       \
    X(ACCEPTED, "sockcore._arguments", "accepted")                                                                     \
    X(SOCKET, "sockcore._arguments", "socket")                                                                         \
    X(RECV, "sockcore._arguments", "recv")                                                                             \
    X(RECVFROM, "sockcore._arguments", "recvfrom")                                                                     \
    X(RECV_INTO, "sockcore._arguments", "recv_into")                                                                   \
    X(RECVFROM_INTO, "sockcore._arguments", "recvfrom_into")                                                           \
    X(RECVMSG, "sockcore._arguments", "recvmsg")                                                                       \
    X(RECVMSG_INTO, "sockcore._arguments", "recvmsg_into")                                                             \
    X(RECVMMSG, "sockcore._arguments", "recvmmsg")                                                                     \
    X(RECVMMSG_INTO, "sockcore._arguments", "recvmmsg_into")                                                           \
    X(SEND, "sockcore._arguments", "send")                                                                             \
    X(SENDALL, "sockcore._arguments", "sendall")                                                                       \
    X(SENDTO, "sockcore._arguments", "sendto")                                                                         \
    X(SENDMSG, "sockcore._arguments", "sendmsg")                                                                       \
    X(SENDMMSG, "sockcore._arguments", "sendmmsg")                                                                     \
    X(SENDMMSG_ITEM, "sockcore._arguments", "sendmmsg_item")                                                           \
    X(ITEMS, "sockcore._arguments", "items")                                                                           \
    X(GETSOCKOPT, "sockcore._arguments", "getsockopt")                                                                 \
    X(SETSOCKOPT, "sockcore._arguments", "setsockopt")                                                                 \
    X(LISTEN, "sockcore._arguments", "listen")                                                                         \
    X(SHUTDOWN, "sockcore._arguments", "shutdown")                                                                     \
    X(TIMEOUT, "sockcore._timeouts", "parse_nanoseconds")                                                              \
    X(DESCRIPTOR, "sockcore._exceptions", "to_descriptor")                                                             \
    X(SSIZE, "sockcore._exceptions", "ssize")                                                                          \
    X(TIMED_OUT, "sockcore._exceptions", "timed_out")                                                                  \
    X(NOTHING_SENT, "sockcore._exceptions", "nothing_sent")                                                            \
    X(WRONG_COUNT, "sockcore._exceptions", "raise_wrong_count")                                                        \
    X(CODEC, "sockcore._sockets.addresses", "codec_for")                                                               \
    X(CONTEXTS, "sockcore._sockets.addresses", "contexts_for")                                                         \
    X(DEFAULT_FAMILY, "sockcore._sockets.addresses", "default_family")                                                 \
    X(OPEN_FAILED, "sockcore._sockets.addresses", "raise_open_error")                                                  \
    X(ENCODE, "sockcore._sockets.addresses", "encode")                                                                 \
    X(DECODE, "sockcore._sockets.addresses", "decode")                                                                 \
    X(PACK, "sockcore.ancillary", "pack")                                                                              \
    X(WARN_TRUNCATED, "sockcore.ancillary", "warn_truncated")

enum {
#define X(name, module, attribute) RULE_##name,
    RULES(X)
#undef X
    RULE_COUNT
};

/* The operations with an address: their names in messages and contexts. */
#define OPERATIONS(X)                                                                                                  \
    X(ACCEPT, "accept")                                                                                                \
    X(BIND, "bind")                                                                                                    \
    X(CONNECT, "connect")                                                                                              \
    X(CONNECT_EX, "connect_ex")                                                                                        \
    X(GETPEERNAME, "getpeername")                                                                                      \
    X(GETSOCKNAME, "getsockname")                                                                                      \
    X(RECVFROM, "recvfrom")                                                                                            \
    X(RECVFROM_INTO, "recvfrom_into")                                                                                  \
    X(RECVMSG, "recvmsg")                                                                                              \
    X(SENDMSG, "sendmsg")                                                                                              \
    X(SENDMMSG, "sendmmsg")                                                                                            \
    X(SENDTO, "sendto")

enum {
#define X(name, text) OPERATION_##name,
    OPERATIONS(X)
#undef X
    OPERATION_COUNT
};

/* A block of memory that a batch keeps for the next one. */
typedef struct {
    size_t size;
    max_align_t data[];
} Block;

/* The state of the module in one interpreter. */
typedef struct {
    PyObject *module; /* the owner of the state; a borrowed reference */
    PyTypeObject *socket_type;
    PyTypeObject *template_type;
    PyObject *rules[RULE_COUNT];
    struct {
        int least, most; /* of its arguments; 0 and 0 for a rule that checks the number itself */
    } counts[RULE_COUNT];
    PyObject *operations[OPERATION_COUNT];
    PyObject *quick_encode, *quick_decode; /* the names of these attributes of a codec */
    PyObject *accept, *core, *socket, *real_close, *close, *setblocking; /* the names of these attributes */
    PyObject *templates;             /* family, type and proto -> Template; at most MOST_TEMPLATES */
    _Atomic unsigned long generation; /* changes when the templates are cleared */
    PyObject *public_class;          /* sockcore.socket, or NULL until it exists */
    char warns_about_bytes;          /* Python's option -b: a comparison of bytes and str is a warning */
    _Atomic int64_t default_timeout; /* as BaseSocket.timeout, of new sockets */
    Block *_Atomic spare;            /* at most MOST_SPARE bytes, or NULL */
} ModuleState;

#define MOST_TEMPLATES 256

/* The common properties of all sockets of one family, type and protocol. Shared by the sockets, and immutable except
 * for two functions that are read at their first use. */
typedef struct {
    PyObject_HEAD
    PyObject *codec;
    PyObject *contexts;    /* operation -> Context; NULL if each socket has contexts with its own descriptor */
    PyObject *encoded;     /* the codec's caches: address -> sockaddr, sockaddr -> address; or NULL */
    PyObject *decoded;
    PyObject *wide_levels; /* option levels whose numbers have 64 bits, or NULL */
    PyObject *_Atomic quick_encode; /* of the codec; None if it has none, NULL until it is known */
    PyObject *_Atomic quick_decode;
    _Atomic unsigned misses; /* new conversions while a cache was full */
    char needs_descriptor; /* conversions depend on the network namespace of the socket */
    char may_fall_back;    /* the protocol may become another one (MPTCP: TCP) */
    socklen_t room;        /* bytes of the codec's largest sockaddr */
    char accept_gives_address;
} Template;

#define NO_TIMEOUT INT64_C(-1)

/* The values of is_closed and io_refs before the constructor has set the attributes, or after they were deleted. */
#define CLOSED_UNSET (-1)
#define IO_REFS_UNSET INT_MIN

/* A socket. Several threads may use one: the fields that change after construction are atomic. */
typedef struct {
    PyObject_HEAD
    ModuleState *state; /* the socket owns a reference to state->module */
    Template *template;
    PyObject *contexts; /* of a codec that needs the descriptor: (descriptor, contexts), or NULL */
    int family;
    int type;
    int proto;
    _Atomic int fd;
    _Atomic int last_fd;       /* the last descriptor that it became the owner of; -1 for none */
    _Atomic int16_t send_error;    /* the errno that stopped sendmmsg() after its first message: the next one raises it */
    _Atomic int16_t receive_error; /* the errno of a receive that returned the data before it: the next receive raises it */
    _Atomic char poll_first;   /* the last receive had to wait */
    _Atomic signed char is_closed; /* the next two are attributes of the public class: _closed and _io_refs */
    _Atomic int io_refs;       /* open files of makefile() */
    _Atomic int64_t timeout;   /* nanoseconds; NO_TIMEOUT in blocking mode, 0 in non-blocking mode */
} BaseSocket;

/* Lock an object against other threads between these two. Python code must not run there. */
#ifdef Py_GIL_DISABLED
#define BEGIN_LOCK(object) Py_BEGIN_CRITICAL_SECTION(object)
#define END_LOCK() Py_END_CRITICAL_SECTION()
#else
#define BEGIN_LOCK(object) {
#define END_LOCK() }
#endif

/* Return the template of a socket, a new reference. NULL if it has none. Another thread, or the codec that a conversion
 * calls, may initialise the socket again. */
static inline Template *
hold_template(BaseSocket *s)
{
    Template *template;
    BEGIN_LOCK(s);
    template = s->template;
    Py_XINCREF(template);
    END_LOCK();
    return template;
}

/* ------------------------------------------------------------------ module.c */

extern struct PyModuleDef module_definition;

/* Call a rule with the arguments of a method; return its result, a new reference. */
PyObject *call_rule(ModuleState *state, int rule, PyObject *const *args, Py_ssize_t count, PyObject *names);

/* Call a rule that returns a tuple of numbers, and parse it like PyArg_ParseTuple. 0, or -1 with an exception. */
int parse_rule(ModuleState *state, int rule, PyObject *const *args, Py_ssize_t count, const char *format, ...);

/* Raise TypeError, with the interpreter's message for a method in C, if the method of a rule does not take *count*
 * positional arguments. Keywords may replace them. 0, or -1 with an exception. */
int check_count(ModuleState *state, int rule, Py_ssize_t count, PyObject *names);

/* ------------------------------------------------------------------ arguments.c */

/* Convert an argument of the exact type; return 0, without an exception, for anything else. */
int exact_int(PyObject *object, int *value);
int exact_size(PyObject *object, Py_ssize_t *size); /* not negative */

/* Acquire a buffer of an object's bytes: 1; 0 if the object has no suitable buffer (TypeError, BufferError,
 * ValueError), with the exception cleared; -1 with any other exception. */
int try_buffer(PyObject *object, Py_buffer *view, int flags);

/* Release a buffer and keep errno. */
void release_buffer(Py_buffer *view);

/* The buffers of one message. */
typedef struct {
    Py_buffer *views;
    struct iovec *vector;
    Py_ssize_t count;
    int is_allocated;
} Buffers;

/* Acquire the buffers of a tuple. The arrays have room for *few*; more are allocated. 0, or -1 with an exception. */
int acquire_buffers(Buffers *buffers, PyObject *tuple, int flags, Py_buffer *views, struct iovec *vector, Py_ssize_t few);
void release_buffers(Buffers *buffers);

/* Return a tuple of the items of an iterable, or TypeError: "operation() argument number must be an iterable". */
PyObject *items_of(ModuleState *state, const char *operation, int number, PyObject *iterable);

/* Set *product* to a * b, or return -1 with MemoryError. The same for a sum. */
int multiply_sizes(size_t a, size_t b, size_t *product);
int add_sizes(size_t a, size_t b, size_t *sum);

/* ------------------------------------------------------------------ addresses.c */

/* A buffer for a sockaddr from the system. */
typedef struct {
    struct sockaddr_storage storage;
    socklen_t length;
} SockAddr;

/* Return the template for a family, type and protocol. NULL with an exception. */
Template *template_for(ModuleState *state, int family, int type, int proto);

/* Return the value of a key, a new reference; NULL, with or without an exception. Without a GIL, another thread may
 * clear the dictionary at any time, so that a borrowed reference is not safe. */
PyObject *look_up(PyObject *dictionary, PyObject *key);

/* Return the sockaddr of an address, as bytes. NULL with an exception. */
PyObject *encode_address(BaseSocket *s, int operation, PyObject *address);

/* Return the address in a sockaddr that the system wrote; None if it wrote none. */
PyObject *decode_address(BaseSocket *s, int operation, const void *sockaddr, size_t length);

/* ------------------------------------------------------------------ wait.c */

typedef ssize_t (*SystemCall)(int fd, void *arguments);

#define NEVER INT64_MAX

/* The reason why a call may have to wait. Only a receive polls first. */
typedef enum { TO_RECEIVE, TO_ACCEPT, TO_SEND } Purpose;

/* The end of an operation that starts now, in nanoseconds of the monotonic clock; NEVER without a timeout. */
int64_t deadline_of(BaseSocket *s);

/* Return true if a deadline has passed: for operations of several calls that need not wait. */
int has_passed(int64_t deadline);

/* Wait until the socket is ready for POLLIN or POLLOUT: 1; 0 once the deadline has passed; -1 with errno, or with the
 * exception of a signal handler. */
int wait_until_ready(BaseSocket *s, short event, int64_t deadline);

/* Make a system call until it succeeds, fails or the deadline passes. Returns its result; -1 with errno, or with the
 * exception of a signal handler; TIMED_OUT. */
ssize_t attempt_call(BaseSocket *s, SystemCall call, void *arguments, Purpose purpose, int64_t deadline);
#define TIMED_OUT (-2)

/* Call attempt_call() with the deadline, but return -1 with an exception for every failure. */
ssize_t complete_call(BaseSocket *s, SystemCall call, void *arguments, Purpose purpose, int64_t deadline);

/* Make a system call once, and again after a signal whose handler raised nothing. Returns its result, or -1 with
 * errno; an exception is set if a handler raised one. */
ssize_t try_call(BaseSocket *s, SystemCall call, void *arguments);

/* Raise the exception for a failed call: a signal handler's own, or the OSError of errno. Returns NULL. */
PyObject *raise_errno(void);

void raise_timed_out(BaseSocket *s);

/* Raise OSError (EIO) for a call that sent none of *count* bytes or messages, without an error. */
void raise_nothing_sent(BaseSocket *s, Py_ssize_t count, const char *unit);

/* ------------------------------------------------------------------ opening.c */

int open_descriptor(int family, int type, int proto);
int set_blocking_mode(int fd, int blocking);

/* Return a socket of a class that owns a descriptor: the constructor gets (family, type, proto, fileno=fd). On an error
 * the descriptor is closed, which needs no memory. */
PyObject *socket_from_fd(ModuleState *state, PyObject *cls, int fd, PyObject *const *numbers);

/* Return a tuple of two connected sockets of a class, by socketpair(2). */
PyObject *open_pair(ModuleState *state, PyObject *cls, PyObject *const *numbers);

/* Accept a connection. Returns the tuple of its socket, of a class, and the address of the peer. */
PyObject *accept_socket(BaseSocket *s, PyObject *cls, PyObject *const *numbers);

/* 1 if accept(2) may return a descriptor in non-blocking mode: on macOS that of the listener. */
#ifdef SOCK_CLOEXEC
#define ACCEPT_COPIES_MODE 0
#else
#define ACCEPT_COPIES_MODE 1
#endif

/* ------------------------------------------------------------------ basesocket.c */

PyObject *socket_new(PyTypeObject *type, PyObject *args, PyObject *names);
PyObject *get_proto(PyObject *self, void *unused);

/* Convert a timeout to nanoseconds, rounded up. 0, or -1 with an exception. */
int parse_timeout(ModuleState *state, PyObject *value, int64_t *timeout);
PyObject *timeout_as_float(int64_t timeout);

/* ------------------------------------------------------------------ public.c */

/* Return a dictionary of the attributes in C of the public class, which its body adds to its own. */
PyObject *public_attributes(ModuleState *state);

/* ------------------------------------------------------------------ system.c */

/* Call socketpair(2) for descriptors that are not inheritable. 0, or -1 with errno. */
int open_descriptor_pair(int family, int type, int proto, int *pair);

/* ------------------------------------------------------------------ transfer.c */

/* Return true if a receive is to collect all bytes until the deadline (MSG_WAITALL): with a timeout the descriptor is
 * non-blocking, and the system does not wait for all of them by itself. */
int collects_all(BaseSocket *s, int flags);

/* Shorten new bytes to *size*, which is not more than they have. NULL with an exception if it fails.
 *
 * Little data in a large block are copied. To shorten a block, the C library would return its pages to the system, and
 * each receive of asyncio, which asks for 256 KiB, would take four more system calls. */
void shorten(PyObject **data, Py_ssize_t size);
#define LEAST_MAPPED 0x10000
#define MOST_COPIED 0x10000

/* ------------------------------------------------------------------ messages.c */

/* Return (level, type, data) triples for the control messages that were received. On an error the file descriptors in
 * them are closed. */
PyObject *unpack_control(BaseSocket *s, struct msghdr *message);

/* Close the file descriptors in control messages that the program will not get; keeps the exception. */
void close_control(struct msghdr *message);
void close_unpacked(PyObject *triples);

/* Build the result of recvmsg. Steals *data*. On an error the file descriptors in the control messages are closed. */
PyObject *build_received(BaseSocket *s, PyObject *data, struct msghdr *message);

/* Pack control messages; NULL for none. 0, or -1 with an exception. */
int pack_control(BaseSocket *s, PyObject *ancdata, PyObject **control);

/* The largest control buffer of one receive that stays on the stack. */
#define SMALL_CONTROL 1024

/* ------------------------------------------------------------------ methods, by file */

extern PyType_Spec socket_spec, template_spec;
extern PyMethodDef system_functions[];
extern PyMethodDef public_functions[];

#define ARGUMENTS PyObject *self, PyObject *const *args, Py_ssize_t count
PyObject *socket_recv(ARGUMENTS);
PyObject *socket_recv_into(ARGUMENTS, PyObject *names);
PyObject *socket_recvfrom(ARGUMENTS);
PyObject *socket_recvfrom_into(ARGUMENTS, PyObject *names);
PyObject *socket_send(ARGUMENTS);
PyObject *socket_sendall(ARGUMENTS);
PyObject *socket_sendto(ARGUMENTS);
PyObject *socket_recvmsg(ARGUMENTS);
PyObject *socket_recvmsg_into(ARGUMENTS);
PyObject *socket_sendmsg(ARGUMENTS);
PyObject *socket_recvmmsg(ARGUMENTS);
PyObject *socket_recvmmsg_into(ARGUMENTS);
PyObject *socket_sendmmsg(ARGUMENTS);
PyObject *socket_getsockopt(ARGUMENTS);
PyObject *socket_setsockopt(ARGUMENTS);
PyObject *socket_listen(ARGUMENTS);
PyObject *socket_bind(PyObject *self, PyObject *address);
PyObject *socket_connect(PyObject *self, PyObject *address);
PyObject *socket_connect_ex(PyObject *self, PyObject *address);
PyObject *socket_shutdown(PyObject *self, PyObject *how);
PyObject *socket_accept(PyObject *self, PyObject *unused);
PyObject *socket_accept_socket(ARGUMENTS);
PyObject *socket_getsockname(PyObject *self, PyObject *unused);
PyObject *socket_getpeername(PyObject *self, PyObject *unused);
PyObject *socket_close(PyObject *self, PyObject *unused);
PyObject *socket_detach(PyObject *self, PyObject *unused);
int socket_init(PyObject *self, PyObject *args, PyObject *names);

#endif
