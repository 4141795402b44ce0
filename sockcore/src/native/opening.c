/* Opening, binding, connecting, accepting and closing of sockets. */

#include "native.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifdef SOCK_CLOEXEC
#define CLOEXEC SOCK_CLOEXEC
#define TYPE_FLAGS (SOCK_CLOEXEC | SOCK_NONBLOCK)
#else /* macOS: the descriptor becomes close-on-exec after it is made */
#define CLOEXEC 0
#define TYPE_FLAGS 0
#define SOCK_NONBLOCK 0
#endif

static int
close_on_exec(int fd)
{
    if (!CLOEXEC && fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

int
open_descriptor(int family, int type, int proto)
{
    return close_on_exec(socket(family, type | CLOEXEC, proto));
}

int
set_blocking_mode(int fd, int blocking)
{
    int value = !blocking;
    return ioctl(fd, FIONBIO, &value);
}

/* ------------------------------------------------------------------ construction */

/* Become the owner of a descriptor, with its numbers and the default timeout. Steals *template*. 0, or -1 with an
 * exception, and the socket is as it was before. */
static int
set_descriptor(BaseSocket *s, Template *template, int family, int type, int proto, int fd)
{
    int64_t timeout = type & SOCK_NONBLOCK ? 0 : (int64_t)s->state->default_timeout;
    if (timeout != NO_TIMEOUT && !(type & SOCK_NONBLOCK) && set_blocking_mode(fd, 0) < 0) {
        raise_errno();
        Py_DECREF(template);
        return -1;
    }
    s->family = family;
    s->type = type & ~TYPE_FLAGS;
    s->proto = proto;
    s->timeout = timeout;
    s->pending_error = s->receive_error = 0;
    s->poll_first = 0;
    s->fd = s->last_fd = fd;
    Py_XSETREF(s->template, template);
    Py_CLEAR(s->contexts);
    return 0;
}

static int
open_new(BaseSocket *s, int family, int type, int proto)
{
    int fd;
    if (family == -1) {
        PyObject *number = PyObject_CallFunction(s->state->rules[RULE_DEFAULT_FAMILY], NULL);
        family = number == NULL ? -1 : (int)PyLong_AsLong(number);
        Py_XDECREF(number);
        if (PyErr_Occurred())
            return -1;
    }
    type = type == -1 ? SOCK_STREAM : type;
    proto = proto == -1 ? 0 : proto;
    Template *template;
    if (PySys_Audit("socket.__new__", "Oiii", s, family, type, proto) < 0
        || (template = template_for(s->state, family, type & ~TYPE_FLAGS, proto)) == NULL)
        return -1;
    Py_BEGIN_ALLOW_THREADS
    fd = open_descriptor(family, type, proto);
    Py_END_ALLOW_THREADS
    if (fd < 0) {
        int number = errno;
        Py_DECREF(template);
        /* The rule raises the OSError, and names the kernel module of a family that this kernel lacks. */
        PyObject *nothing =
            PyObject_CallFunction(s->state->rules[RULE_OPEN_FAILED], "iii", number, family, proto);
        if (nothing != NULL) {
            Py_DECREF(nothing);
            errno = number;
            raise_errno();
        }
        return -1;
    }
    if (set_descriptor(s, template, family, type, proto, fd) < 0) {
        close(fd);
        return -1;
    }
    return 0;
}

static int
read_option(int fd, int option, int *value)
{
    socklen_t length = sizeof *value;
    return getsockopt(fd, SOL_SOCKET, option, value, &length);
}

/* Take over a descriptor. The numbers that are -1 are read from the system. */
static int
open_from_descriptor(BaseSocket *s, int family, int type, int proto, int fd)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (fd < 0) {
        PyErr_SetString(PyExc_ValueError, "negative file descriptor");
        return -1;
    }
    name.ss_family = 0;
    int result = -1;
#ifdef SO_DOMAIN /* it works for families without getsockname(2), such as AF_ALG */
    int domain;
    result = read_option(fd, SO_DOMAIN, &domain);
    if (result == 0 && family == -1)
        family = domain;
#endif
    if (result < 0 && getsockname(fd, (struct sockaddr *)&name, &length) < 0
        && (family == -1 || errno == EBADF || errno == ENOTSOCK)) {
        raise_errno();
        return -1;
    }
    if (family == -1)
        family = name.ss_family;
    if (type == -1 && read_option(fd, SO_TYPE, &type) < 0) {
        raise_errno();
        return -1;
    }
#ifdef SO_PROTOCOL
    if (proto == -1 && read_option(fd, SO_PROTOCOL, &proto) < 0) {
        raise_errno();
        return -1;
    }
#endif
    proto = proto == -1 ? 0 : proto;
    Template *template = template_for(s->state, family, type & ~TYPE_FLAGS, proto);
    return template == NULL ? -1 : set_descriptor(s, template, family, type, proto, fd);
}

static int
take_over(BaseSocket *s, const int *numbers, int fd)
{
    if (PySys_Audit("socket.__new__", "Oiii", s, numbers[0], numbers[1], numbers[2]) < 0)
        return -1;
    return open_from_descriptor(s, numbers[0], numbers[1], numbers[2], fd);
}

int
socket_init(PyObject *self, PyObject *args, PyObject *names)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    int numbers[3] = {-1, -1, -1}, fd = -1, is_new = count < 4 || PyTuple_GET_ITEM(args, 3) == Py_None;
    int is_exact = names == NULL && count <= 4 && s->state->rules[RULE_SOCKET] != NULL;
    for (Py_ssize_t i = 0; is_exact && i < count && i < 3; i++)
        is_exact = exact_int(PyTuple_GET_ITEM(args, i), &numbers[i]);
    if (is_exact && is_new)
        return open_new(s, numbers[0], numbers[1], numbers[2]);
    if (is_exact && exact_int(PyTuple_GET_ITEM(args, 3), &fd) && fd >= 0)
        return take_over(s, numbers, fd);
    PyObject *rule = s->state->rules[RULE_SOCKET];
    if (rule != NULL && check_count(s->state, RULE_SOCKET, count, names) < 0)
        return -1;
    PyObject *tuple = rule == NULL ? call_rule(s->state, RULE_SOCKET, NULL, 0, NULL) : PyObject_Call(rule, args, names);
    PyObject *fileno;
    int result = -1;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "iiiO", &numbers[0], &numbers[1], &numbers[2], &fileno)) {
        if (fileno == Py_None)
            result = open_new(s, numbers[0], numbers[1], numbers[2]);
        else if ((fd = (int)PyLong_AsLong(fileno)) != -1 || !PyErr_Occurred())
            result = take_over(s, numbers, fd);
    }
    Py_XDECREF(tuple);
    return result;
}

static void
close_without_gil(int fd)
{
    Py_BEGIN_ALLOW_THREADS
    close(fd);
    Py_END_ALLOW_THREADS
}

/* Close a descriptor whose socket's constructor has failed: before the socket became the owner, or after. */
static void
close_failed(BaseSocket *s, int fd)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int left = atomic_exchange(&s->fd, -1);
    if (left != -1)
        close_without_gil(left);
    if (s->last_fd != fd)
        close_without_gil(fd);
    PyErr_Restore(type, value, traceback);
}

PyObject *
socket_from_fd(ModuleState *state, PyObject *cls, int fd, PyObject *const *numbers)
{
    PyObject *sock = NULL, *args = PyTuple_Pack(3, numbers[0], numbers[1], numbers[2]);
    PyObject *names = args == NULL ? NULL : Py_BuildValue("{s:i}", "fileno", fd);
    int has_constructor = PyType_Check(cls) && ((PyTypeObject *)cls)->tp_new != NULL;
    if (names != NULL && has_constructor)
        sock = ((PyTypeObject *)cls)->tp_new((PyTypeObject *)cls, args, names);
    else if (names != NULL)
        PyErr_SetString(PyExc_TypeError, "the class of a new socket must have a constructor");
    if (sock == NULL)
        close_without_gil(fd);
    else if (Py_TYPE(sock)->tp_init(sock, args, names) < 0) {
        if (PyObject_TypeCheck(sock, state->socket_type)) /* another class may have closed it */
            close_failed((BaseSocket *)sock, fd);
        Py_CLEAR(sock);
    }
    Py_XDECREF(args);
    Py_XDECREF(names);
    return sock;
}

/* ------------------------------------------------------------------ accept */

typedef struct {
    SockAddr *peer; /* NULL for a family whose accept(2) gives no address */
} Accept;

static ssize_t
call_accept(int fd, void *arguments)
{
    SockAddr *peer = ((Accept *)arguments)->peer;
    struct sockaddr *address = peer == NULL ? NULL : (struct sockaddr *)&peer->storage;
    socklen_t *length = peer == NULL ? NULL : &peer->length;
    if (peer != NULL)
        peer->length = sizeof peer->storage;
#ifdef SOCK_CLOEXEC
    return accept4(fd, address, length, CLOEXEC);
#else
    return close_on_exec(accept(fd, address, length));
#endif
}

/* Return the descriptor of a new connection, and the address of the peer; -1 with an exception. */
static int
accept_connection(BaseSocket *s, PyObject **address)
{
    SockAddr peer = {.length = 0};
    Accept a = {s->template != NULL && !s->template->accept_gives_address ? NULL : &peer};
    ssize_t fd = complete_call(s, call_accept, &a, TO_ACCEPT, deadline_of(s));
    if (fd < 0)
        return -1;
    *address = decode_address(s, OPERATION_ACCEPT, &peer.storage, a.peer == NULL ? 0 : peer.length);
    if (*address != NULL)
        return (int)fd;
    close((int)fd);
    return -1;
}

PyObject *
socket_accept(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *address;
    int fd = accept_connection((BaseSocket *)self, &address);
    PyObject *result = fd < 0 ? NULL : Py_BuildValue("iN", fd, address);
    if (fd >= 0 && result == NULL)
        close(fd);
    return result;
}

/* The descriptor is never a Python int, which could be lost without memory for a call, or by a signal handler. */
PyObject *
socket_accept_socket(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    if (count != 4) {
        PyErr_Format(PyExc_TypeError, "_accept_socket() takes 4 arguments, not %zd", count);
        return NULL;
    }
    PyObject *address, *result = PyTuple_New(2); /* first, because nothing may fail at the end */
    if (result == NULL)
        return NULL;
    PyObject_GC_UnTrack(result); /* it is not visible before it is complete */
    int fd = accept_connection(s, &address);
    PyObject *sock = fd < 0 ? NULL : socket_from_fd(s->state, args[0], fd, args + 1);
    if (sock == NULL) {
        if (fd >= 0)
            Py_DECREF(address);
        Py_DECREF(result);
        return NULL;
    }
    PyTuple_SET_ITEM(result, 0, sock);
    PyTuple_SET_ITEM(result, 1, address);
    PyObject_GC_Track(result);
    return result;
}

/* ------------------------------------------------------------------ names and connections */

/* The arguments of bind(2), connect(2), getsockname(2) and getpeername(2). */
typedef struct {
    SockAddr *name;
    const struct sockaddr *address;
    socklen_t size;
} Name;

static ssize_t
call_bind(int fd, void *arguments)
{
    Name *n = arguments;
    return bind(fd, n->address, n->size);
}

static ssize_t
call_getsockname(int fd, void *arguments)
{
    Name *n = arguments;
    return getsockname(fd, (struct sockaddr *)&n->name->storage, &n->name->length);
}

static ssize_t
call_getpeername(int fd, void *arguments)
{
    Name *n = arguments;
    return getpeername(fd, (struct sockaddr *)&n->name->storage, &n->name->length);
}

static Name
name_of(PyObject *sockaddr)
{
    return (Name){.address = (const struct sockaddr *)PyBytes_AS_STRING(sockaddr),
                  .size = (socklen_t)PyBytes_GET_SIZE(sockaddr)};
}

PyObject *
socket_bind(PyObject *self, PyObject *address)
{
    BaseSocket *s = (BaseSocket *)self;
    PyObject *sockaddr = encode_address(s, OPERATION_BIND, address), *result = NULL;
    if (sockaddr != NULL && PySys_Audit("socket.bind", "OO", self, address) == 0) {
        Name n = name_of(sockaddr);
        if (try_call(s, call_bind, &n) < 0)
            raise_errno();
        else
            Py_INCREF(result = Py_None);
    }
    Py_XDECREF(sockaddr);
    return result;
}

static PyObject *
read_name(BaseSocket *s, SystemCall call, int operation)
{
    SockAddr name = {.length = sizeof name.storage};
    Name n = {.name = &name};
    if (try_call(s, call, &n) < 0)
        return raise_errno();
    return decode_address(s, operation, &name.storage, name.length);
}

PyObject *
socket_getsockname(PyObject *self, PyObject *unused)
{
    (void)unused;
    return read_name((BaseSocket *)self, call_getsockname, OPERATION_GETSOCKNAME);
}

PyObject *
socket_getpeername(PyObject *self, PyObject *unused)
{
    (void)unused;
    return read_name((BaseSocket *)self, call_getpeername, OPERATION_GETPEERNAME);
}

/* Call connect(2) once: 0 or errno. */
static int
connect_once(BaseSocket *s, PyObject *sockaddr)
{
    int fd = s->fd, result;
    Py_BEGIN_ALLOW_THREADS
    result = connect(fd, (struct sockaddr *)PyBytes_AS_STRING(sockaddr), (socklen_t)PyBytes_GET_SIZE(sockaddr));
    Py_END_ALLOW_THREADS
    return result < 0 ? errno : 0;
}

/* Wait for a connection in progress. Returns 0 or errno, TIMED_OUT, or -1 with an exception. */
static int
wait_for_connection(BaseSocket *s, int64_t deadline)
{
    int outcome = 0, ready = wait_until_ready(s, POLLOUT, deadline);
    if (ready == 0)
        return TIMED_OUT;
    if (ready < 0 || read_option(s->fd, SO_ERROR, &outcome) < 0) {
        raise_errno();
        return -1;
    }
    return outcome == EISCONN ? 0 : outcome;
}

/* Connect, and wait for the result in blocking and timeout mode. Returns the result of wait_for_connection(). */
static int
connect_and_wait(BaseSocket *s, PyObject *sockaddr)
{
    int64_t deadline = deadline_of(s);
    int number = connect_once(s, sockaddr);
    if (number == EINPROGRESS && deadline != NEVER)
        return wait_for_connection(s, deadline);
    while (number == EINTR) {
        if (PyErr_CheckSignals() < 0)
            return -1;
        if (s->timeout == 0)
            break;
        /* TCP continues by itself, and another call fails with EALREADY until the result is known. AF_UNIX does not
         * continue: the second call connects it. On TCP that call fails with EISCONN. */
        if ((number = wait_for_connection(s, deadline)) == 0 && (number = connect_once(s, sockaddr)) == EISCONN)
            number = 0;
    }
    return number;
}

/* Encode the address, raise the audit event, and connect. Returns the result of wait_for_connection(). */
static int
connect_to(BaseSocket *s, int operation, PyObject *address)
{
    PyObject *sockaddr = encode_address(s, operation, address);
    int number = -1;
    if (sockaddr != NULL && PySys_Audit("socket.connect", "OO", s, address) == 0)
        number = connect_and_wait(s, sockaddr);
    Py_XDECREF(sockaddr);
    return number;
}

PyObject *
socket_connect(PyObject *self, PyObject *address)
{
    BaseSocket *s = (BaseSocket *)self;
    int number = connect_to(s, OPERATION_CONNECT, address);
    if (number == 0)
        Py_RETURN_NONE;
    if (number == TIMED_OUT)
        raise_timed_out(s);
    else if (number > 0) {
        errno = number;
        raise_errno();
    }
    return NULL;
}

PyObject *
socket_connect_ex(PyObject *self, PyObject *address)
{
    int number = connect_to((BaseSocket *)self, OPERATION_CONNECT_EX, address);
    if (number == -1)
        return NULL;
    return PyLong_FromLong(number == TIMED_OUT ? EWOULDBLOCK : number);
}

PyObject *
socket_listen(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    int backlog = 0, fd = s->fd, result;
    if (count != 1 || !exact_int(args[0], &backlog)) {
        if (parse_rule(s->state, RULE_LISTEN, args, count, "i", &backlog) < 0)
            return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    result = listen(fd, backlog < 0 ? 0 : backlog);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return raise_errno();
    Py_RETURN_NONE;
}

PyObject *
socket_shutdown(PyObject *self, PyObject *argument)
{
    BaseSocket *s = (BaseSocket *)self;
    int how = 0, fd = s->fd, result;
    if (!exact_int(argument, &how) && parse_rule(s->state, RULE_SHUTDOWN, &argument, 1, "i", &how) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = shutdown(fd, how);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return raise_errno();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ the end */

PyObject *
socket_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    int fd = atomic_exchange(&((BaseSocket *)self)->fd, -1), result;
    if (fd == -1)
        Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS
    result = close(fd);
    Py_END_ALLOW_THREADS
    if (result < 0 && errno != ECONNRESET) /* the socket is closed despite ECONNRESET */
        return raise_errno();
    Py_RETURN_NONE;
}

PyObject *
socket_detach(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(atomic_exchange(&((BaseSocket *)self)->fd, -1));
}
