/* What the files of the native backend share: the state of a socket object, and how a system call is made. */

#ifndef SOCKCORE_NATIVE_H
#define SOCKCORE_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#define MOST_CONTROL 1024 /* bytes of one message's control messages: what is more is left to Python */
#define MOST_MESSAGES 1024 /* of one batch */

/* Which Python code it goes with: sockcore._backend.chosen has the same number. */
#define CONTRACT 4

/* The attributes of a codec, shared by the sockets that have it. It does not change but for its contexts: code of a
 * codec may set another while this one is in use. */
typedef struct {
    Py_ssize_t users;
    int room; /* bytes of the codec's largest sockaddr */
    /* Whether its contexts hold the descriptor, whether some options have 64 bits, and so on. */
    char needs_descriptor;
    char has_wide_levels;
    char accept_gives_address;
    PyObject *codec;
    PyObject *contexts;
    PyObject *encoded; /* the codec's conversions that need not be done again, or NULL */
    PyObject *decoded;
} Kind;

/* A socket object: what sockcore._object.state declares in slots where there is no compiler. */
typedef struct {
    PyObject_HEAD
    int fd;
    int family;
    int type;
    int proto;
    int io_refs;
    int pending; /* the errno that stopped a batch after its first message */
    char closed;
    PyObject *timeout; /* None, or a float of seconds */
    Kind *kind;
    PyObject *weak;
} State;

/* What Python code does where the fast way ends: set once by configure(). */
enum {
    /* The methods themselves. */
    SLOW_INIT, SLOW_ACCEPT, SLOW_CLOSE, SLOW_CONNECT, SLOW_GETSOCKOPT, SLOW_RECV, SLOW_RECV_INTO, SLOW_RECVFROM,
    SLOW_RECVFROM_INTO, SLOW_RECVMSG, SLOW_RECVMMSG, SLOW_RECVMMSG_INTO, SLOW_SEND, SLOW_SENDALL, SLOW_SENDMSG,
    SLOW_SENDMMSG, SLOW_SENDTO, SLOW_SETSOCKOPT,
    /* What is left of one, once its audit event is raised or a part is done. */
    SLOW_CONNECTING, SLOW_SENDALL_LATER, SLOW_SENDMSG_LATER, SLOW_SENDMMSG_LATER, SLOW_SENDTO_LATER,
    SLOW_LET_GO, SLOW_OPEN, SLOW_DECODE, SLOW_UNCLOSED, SLOW_RECV_BATCH,
    SLOW_RECV_MESSAGE,
    /* Wait until a socket is ready for reading; the codec and the contexts of a socket that was never opened. */
    SLOW_WAIT, SLOW_UNOPENED,
    /* The class of sockets, the dictionary of kinds of sockets, and the variables of the timeout model. */
    SLOW_SOCKET, SLOW_KINDS, SLOW_CLOCK,
    SLOW_COUNT
};
extern PyObject *slow[SLOW_COUNT];

/* Call slow[which] with self and the arguments of a method; NULL at once if an exception is set already. */
PyObject *leave_to_python(int which, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);

/* Call slow[which] with arguments by a format of Py_BuildValue, which is a tuple. */
PyObject *call_python(int which, const char *format, ...);

/* After EAGAIN in timeout mode, wait until the socket is ready for reading. *waited is NULL before the first wait of an
 * operation, and the caller's reference. 0 with an exception. */
int wait_for_data(PyObject *self, PyObject **waited);

/* Make a system call without the interpreter's lock, and again after a signal whose handler raised nothing. */
#define SYSTEM_CALL(result, expression)                                                                               \
    for (;;) {                                                                                                        \
        Py_BEGIN_ALLOW_THREADS                                                                                        \
        result = (expression);                                                                                        \
        Py_END_ALLOW_THREADS                                                                                          \
        if (result >= 0 || errno != EINTR || PyErr_CheckSignals() < 0)                                                \
            break;                                                                                                    \
        errno = EINTR;                                                                                                \
    }

/* Raise the OSError of errno, unless a signal's handler has raised something. Returns NULL. */
PyObject *failed(void);

/* Whether a call that failed is to be waited for: EAGAIN, in timeout mode. */
int has_to_wait(State *s);

/* Whether MSG_WAITALL is left to Python: the descriptor is non-blocking in timeout mode, and the kernel does not wait. */
#define GATHERS(s, flags) (((flags) & MSG_WAITALL) != 0 && (s)->timeout != Py_None)

/* Arguments of the usual types; 0, without an exception, for all others. A buffer's own code may raise one. */
int usual_int(PyObject *object, int *value);
int usual_size(PyObject *object, Py_ssize_t *size);
int usual_buffer(PyObject *object, Py_buffer *view, int flags);

/* The same for every object that has __index__, which may raise an exception; a size is 0 to most. */
int to_int(PyObject *object, int *value);
int to_size(PyObject *object, Py_ssize_t most, Py_ssize_t *size);

/* Add count * size to *total. 0, without an exception, if no object in memory is so large. */
int add_size(size_t *total, size_t count, size_t size);

/* Convert the length of an address, an option's value or control messages. 0 with OverflowError. */
int to_socklen(Py_ssize_t size, socklen_t *length);

/* The smaller of a length that the kernel reports and the size of the buffer. */
size_t clamp(size_t reported, size_t size);

/* Memory for received bytes. Where MSG_TRUNC makes the kernel count bytes that it does not write, they are zeros: TCP
 * writes nothing, and of a datagram the count is its whole length. A large block is a mapping, whose pages cost nothing
 * until they are touched. */
typedef struct {
    PyObject *bytes; /* or NULL, with a mapping */
    char *at;
    size_t size;
} Target;
int open_target(Target *target, Py_ssize_t size, int flags);

/* The first bytes of a target, which is freed: the received ones, and zeros if there are more. NULL with an exception. */
PyObject *take_bytes(Target *target, size_t count);
void drop_target(Target *target);

/* How many bytes recv and recvfrom return: with MSG_TRUNC as many as the kernel counts, as in CPython. */
size_t counted(const Target *target, Py_ssize_t got, int flags);

/* A zeroed mapping; NULL with MemoryError. */
char *map_zeros(size_t size);
void unmap(char *block, size_t size);

/* Let go of an argument's buffer; errno stays what it is. */
void release(Py_buffer *view);

/* The sockaddr of an address that was encoded before, a new reference; NULL for any other, or with an exception. */
PyObject *known_sockaddr(State *s, PyObject *address);

/* The address in what the kernel wrote: as it was decoded before, or by the codec. */
PyObject *address_of(PyObject *self, const char *operation, const void *sockaddr, socklen_t length);

/* How much of a sockaddr that has this length the codec wants to see. */
socklen_t room_for(PyObject *self, socklen_t length);

/* messages.c: the result of recvmsg; data is a new reference that goes with it. If this fails, the caller closes the
 * descriptors in the control messages by discard_received(). */
PyObject *received(PyObject *self, PyObject *data, struct msghdr *message);

/* Close the descriptors in received control messages that no program gets. This needs no memory. The current exception
 * stays. */
void discard_received(const struct msghdr *message);

/* Close the descriptors alone, without codecs of control messages. */
void close_descriptors(const struct msghdr *message);

/* Memory for the control messages of a received message, zeroed: on the stack where they are few. */
typedef struct {
    union {
        struct cmsghdr aligned;
        char bytes[MOST_CONTROL];
    } few;
    char *bytes;
} Control;
int open_control(Control *control, size_t size);
void close_control(Control *control);

/* calls.c: the buffers of a sequence, held: how many, or -1 with an exception. */
Py_ssize_t hold(PyObject *sequence, int flags, Py_buffer **views, struct iovec **vector);
void let_go(Py_buffer *views, struct iovec *vector, Py_ssize_t held);

#ifdef MSG_WAITFORONE /* Linux and the BSDs; macOS has no batches */
#define HAS_BATCHES
PyObject *call_sendmmsg(PyObject *module, PyObject *args);
PyObject *call_recvmmsg(PyObject *module, PyObject *args);
PyObject *fast_sendmmsg(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_recvmmsg(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_recvmmsg_into(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast__recv_batch(PyObject *self, PyObject *const *args, Py_ssize_t count);
#endif

/* state.c */
extern PyTypeObject *state_type;
PyObject *state_new(PyTypeObject *type, PyObject *args, PyObject *names);

/* Become a socket of the same kind as another, in blocking mode, with all that was found out about that. */
void take_kind(State *self, State *other);

/* opening.c: socket(2), socketpair(2) and accept(2), non-inheritable. */
int open_descriptor(int family, int type, int proto);
int open_pair(int family, int type, int proto, int pair[2]);
int accept_descriptor(int fd, struct sockaddr *address, socklen_t *length);

/* The fast methods. */
PyObject *fast_recv(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_recv_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *fast_recvfrom(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_recvfrom_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names);
PyObject *fast_recvmsg(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast__recvmsg(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_send(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_sendall(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_sendmsg(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_sendto(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_getsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_setsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *fast_connect(PyObject *self, PyObject *address);
PyObject *fast_accept(PyObject *self, PyObject *unused);
PyObject *fast_close(PyObject *self, PyObject *unused);
PyObject *fast_fileno(PyObject *self, PyObject *unused);
int fast_init(PyObject *self, PyObject *args, PyObject *names);

extern PyMethodDef call_methods[];
extern PyType_Spec fast_spec;
extern PyType_Spec state_spec;

#endif
