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
    s->send_error = s->receive_error = 0;
    s->poll_first = 0;
    s->is_closed = 0;
    s->io_refs = 0;
    s->fd = s->last_fd = fd;
    Template *old;
    PyObject *contexts;
    BEGIN_LOCK(s);
    old = s->template;
    s->template = template;
    contexts = s->contexts;
    s->contexts = NULL;
    END_LOCK();
    Py_XDECREF(old);
    Py_XDECREF(contexts);
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

/* The arguments of the constructor. */
typedef struct {
    int numbers[3]; /* family, type and protocol */
    int fd;         /* -1 without one */
} Opening;

/* Convert one argument of the constructor; return 0 for any other than an exact one. */
static int
convert_argument(Opening *opening, int position, PyObject *value)
{
    if (position < 3)
        return exact_int(value, &opening->numbers[position]);
    return value == Py_None || (exact_int(value, &opening->fd) && opening->fd >= 0);
}

/* Convert the arguments of the constructor: 1; 0 if the rule in Python must do it. */
static int
convert_arguments(Opening *opening, PyObject *args, PyObject *names)
{
    static const char *const parameters[] = {"family", "type", "proto", "fileno"};
    Py_ssize_t count = PyTuple_GET_SIZE(args), at = 0;
    PyObject *name, *value;
    if (count > 4)
        return 0;
    for (int i = 0; i < count; i++)
        if (!convert_argument(opening, i, PyTuple_GET_ITEM(args, i)))
            return 0;
    while (names != NULL && PyDict_Next(names, &at, &name, &value)) {
        int i = (int)count; /* a parameter that has a value already is left to the rule */
        if (!PyUnicode_Check(name)) /* callers in C may pass any dictionary, such as that of functools.partial */
            return 0;
        while (i < 4 && PyUnicode_CompareWithASCIIString(name, parameters[i]) != 0)
            i++;
        if (i == 4 || !convert_argument(opening, i, value))
            return 0;
    }
    return 1;
}

/* Convert the arguments by the rule in Python. 0, or -1 with an exception. */
static int
convert_by_rule(ModuleState *state, Opening *opening, PyObject *args, PyObject *names)
{
    PyObject *rule = state->rules[RULE_SOCKET], *fileno;
    if (rule != NULL && check_count(state, RULE_SOCKET, PyTuple_GET_SIZE(args), names) < 0)
        return -1;
    PyObject *tuple = rule == NULL ? call_rule(state, RULE_SOCKET, NULL, 0, NULL) : PyObject_Call(rule, args, names);
    int *numbers = opening->numbers;
    int result = -1;
    opening->fd = -1;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "iiiO", &numbers[0], &numbers[1], &numbers[2], &fileno)) {
        if (fileno == Py_None || (exact_int(fileno, &opening->fd) && opening->fd >= 0))
            result = 0;
        else
            PyErr_SetString(PyExc_ValueError, "negative file descriptor");
    }
    Py_XDECREF(tuple);
    return result;
}

int
socket_init(PyObject *self, PyObject *args, PyObject *names)
{
    BaseSocket *s = (BaseSocket *)self;
    Opening opening = {{-1, -1, -1}, -1};
    if ((s->state->rules[RULE_SOCKET] == NULL || !convert_arguments(&opening, args, names))
        && convert_by_rule(s->state, &opening, args, names) < 0)
        return -1;
    int *numbers = opening.numbers;
    return opening.fd >= 0 ? take_over(s, numbers, opening.fd) : open_new(s, numbers[0], numbers[1], numbers[2]);
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

/* Return a socket of a class without a constructor in Python. The descriptor is never closed here. NULL with an
 * exception; *sock* may then be a socket that failed. */
static int
construct_in_c(PyTypeObject *cls, int fd, const int *numbers, PyObject **sock)
{
    *sock = socket_new(cls, NULL, NULL);
    return *sock == NULL ? -1 : take_over((BaseSocket *)*sock, numbers, fd);
}

/* The same for any other class, by a call like those of programs. */
static int
construct_by_call(PyTypeObject *cls, int fd, PyObject *const *numbers, PyObject **sock)
{
    PyObject *args = PyTuple_Pack(3, numbers[0], numbers[1], numbers[2]);
    PyObject *names = args == NULL ? NULL : Py_BuildValue("{s:i}", "fileno", fd);
    int result = -1;
    if (names != NULL && (*sock = cls->tp_new(cls, args, names)) != NULL)
        result = Py_TYPE(*sock)->tp_init(*sock, args, names);
    Py_XDECREF(args);
    Py_XDECREF(names);
    return result;
}

PyObject *
socket_from_fd(ModuleState *state, PyObject *cls, int fd, PyObject *const *numbers)
{
    PyTypeObject *type = (PyTypeObject *)cls;
    PyObject *sock = NULL;
    int exact[3], result = -1;
    if (!PyType_Check(cls) || type->tp_new == NULL)
        PyErr_SetString(PyExc_TypeError, "the class of a new socket must have a constructor");
    else if (fd >= 0 && type->tp_new == socket_new && type->tp_init == socket_init
             && state->rules[RULE_SOCKET] != NULL && exact_int(numbers[0], &exact[0])
             && exact_int(numbers[1], &exact[1]) && exact_int(numbers[2], &exact[2]))
        result = construct_in_c(type, fd, exact, &sock);
    else
        result = construct_by_call(type, fd, numbers, &sock);
    if (result == 0)
        return sock;
    if (sock == NULL)
        close_without_gil(fd);
    else if (state->socket_type != NULL && PyObject_TypeCheck(sock, state->socket_type)) /* another class may have closed it */
        close_failed((BaseSocket *)sock, fd);
    Py_XDECREF(sock);
    return NULL;
}

/* Close the first socket of a pair whose second one failed; keeps the exception. */
static void
close_first(ModuleState *state, PyObject *sock)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *result = PyObject_VectorcallMethod(state->close, &sock, 1, NULL);
    if (result == NULL)
        PyErr_WriteUnraisable(sock);
    Py_XDECREF(result);
    PyErr_Restore(type, value, traceback);
}

PyObject *
open_pair(ModuleState *state, PyObject *cls, PyObject *const *numbers)
{
    int exact[3], fds[2];
    for (int i = 0; i < 3; i++)
        if (!exact_int(numbers[i], &exact[i]))
            return PyErr_Format(PyExc_TypeError, "open_pair() takes three numbers that fit an int");
    PyObject *pair = PyTuple_New(2); /* first, because nothing may fail at the end */
    if (pair == NULL)
        return NULL;
    PyObject_GC_UnTrack(pair); /* it is not visible before it is complete */
    if (open_descriptor_pair(exact[0], exact[1], exact[2], fds) < 0) {
        Py_DECREF(pair);
        return raise_errno();
    }
    for (int i = 0; i < 2; i++) {
        PyObject *sock = socket_from_fd(state, cls, fds[i], numbers);
        if (sock == NULL) {
            if (i == 0)
                close_without_gil(fds[1]);
            else
                close_first(state, PyTuple_GET_ITEM(pair, 0));
            Py_DECREF(pair);
            return NULL;
        }
        PyTuple_SET_ITEM(pair, i, sock);
    }
    PyObject_GC_Track(pair);
    return pair;
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
    Template *template = hold_template(s);
    Accept a = {template != NULL && !template->accept_gives_address ? NULL : &peer};
    Py_XDECREF(template);
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

/* Call the method _accept() that a program has put in the place of socket_accept(). Returns like accept_connection(). */
static int
call_other_accept(ModuleState *state, PyObject *method, PyObject **address)
{
    PyObject *accepted = PyObject_CallNoArgs(method);
    PyObject *tuple = accepted == NULL ? NULL : call_rule(state, RULE_ACCEPTED, &accepted, 1, NULL);
    int fd;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "iO", &fd, address))
        Py_INCREF(*address);
    else
        fd = -1;
    Py_XDECREF(tuple);
    Py_XDECREF(accepted);
    return fd;
}

/* Call the method _accept() of the socket, as CPython does. Returns like accept_connection(). */
static int
accept_by_method(BaseSocket *s, PyObject **address)
{
    PyObject *method = PyObject_GetAttr((PyObject *)s, s->state->accept);
    if (method == NULL)
        return -1;
    int is_own = PyCFunction_Check(method) && PyCFunction_GET_FUNCTION(method) == socket_accept
        && PyCFunction_GET_SELF(method) == (PyObject *)s;
    int fd = is_own ? accept_connection(s, address) : call_other_accept(s->state, method, address);
    Py_DECREF(method);
    return fd;
}

/* The descriptor is never a Python int, which could be lost without memory for a call, or by a signal handler; unless a
 * program has another method _accept(). */
PyObject *
accept_socket(BaseSocket *s, PyObject *cls, PyObject *const *numbers)
{
    PyObject *address, *result = PyTuple_New(2); /* first, because nothing may fail at the end */
    if (result == NULL)
        return NULL;
    PyObject_GC_UnTrack(result); /* it is not visible before it is complete */
    int fd = accept_by_method(s, &address);
    PyObject *sock = fd < 0 ? NULL : socket_from_fd(s->state, cls, fd, numbers);
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

PyObject *
socket_accept_socket(ARGUMENTS)
{
    if (count != 4) {
        PyErr_Format(PyExc_TypeError, "_accept_socket() takes 4 arguments, not %zd", count);
        return NULL;
    }
    return accept_socket((BaseSocket *)self, args[0], args + 1);
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
    int backlog = 0, result;
    if (count != 1 || !exact_int(args[0], &backlog)) {
        if (parse_rule(s->state, RULE_LISTEN, args, count, "i", &backlog) < 0)
            return NULL;
    }
    int fd = s->fd; /* last: the rule may run code that closes the socket */
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
    int how = 0, result;
    if (!exact_int(argument, &how) && parse_rule(s->state, RULE_SHUTDOWN, &argument, 1, "i", &how) < 0)
        return NULL;
    int fd = s->fd; /* last: the rule may run code that closes the socket */
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
