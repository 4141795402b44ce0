/* How a socket is opened, connected, accepted and closed. */

#include "native.h"

#include <unistd.h>

#ifdef SOCK_CLOEXEC
#define HANDS_ON_MODE 0
#else /* macOS: a descriptor is told afterwards, and one that was accepted is non-blocking if the listening one is */
#define HANDS_ON_MODE 1
#include <fcntl.h>

static int
close_on_exec(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}
#endif

int
open_descriptor(int family, int type, int proto)
{
#ifdef SOCK_CLOEXEC
    return socket(family, type | SOCK_CLOEXEC, proto);
#else
    return close_on_exec(socket(family, type, proto));
#endif
}

int
open_pair(int family, int type, int proto, int pair[2])
{
#ifdef SOCK_CLOEXEC
    return socketpair(family, type | SOCK_CLOEXEC, proto, pair);
#else
    int result = socketpair(family, type, proto, pair);
    for (int i = 0; result == 0 && i < 2; i++)
        close_on_exec(pair[i]);
    return result;
#endif
}

int
accept_descriptor(int fd, struct sockaddr *address, socklen_t *length)
{
#ifdef SOCK_CLOEXEC
    return accept4(fd, address, length, SOCK_CLOEXEC);
#else
    return close_on_exec(accept(fd, address, length));
#endif
}

PyObject *
fast_connect(PyObject *self, PyObject *address)
{
    State *s = (State *)self;
    int result;
    PyObject *raw = known_sockaddr(s, address);
    if (raw == NULL)
        return leave_to_python(SLOW_CONNECT, self, &address, 1, NULL);
    if (PySys_Audit("socket.connect", "OO", self, address) < 0) {
        Py_DECREF(raw);
        return NULL;
    }
    /* One call: after a signal, or in progress, what comes next is for the timeout model to say. */
    Py_BEGIN_ALLOW_THREADS
    result = connect(s->fd, (struct sockaddr *)PyBytes_AS_STRING(raw), (socklen_t)PyBytes_GET_SIZE(raw));
    Py_END_ALLOW_THREADS
    PyObject *done;
    if (result == 0) {
        done = Py_None;
        Py_INCREF(done);
    }
    else if (errno == EINPROGRESS || errno == EINTR)
        done = call_python(SLOW_CONNECTING, "(OiO)", self, errno, raw);
    else
        done = failed();
    Py_DECREF(raw);
    return done;
}

static int
close_descriptor(State *s)
{
    int fd = s->fd, result;
    s->fd = -1;
    if (fd == -1)
        return 0;
    Py_BEGIN_ALLOW_THREADS
    result = close(fd);
    Py_END_ALLOW_THREADS
    return result < 0 && errno != ECONNRESET ? -1 : 0;
}

PyObject *
fast_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    State *s = (State *)self;
    if ((PyObject *)Py_TYPE(self) != slow[SLOW_SOCKET] || s->kind->needs_descriptor || s->io_refs > 0)
        return leave_to_python(SLOW_CLOSE, self, NULL, 0, NULL);
    s->closed = 1;
    if (close_descriptor(s) < 0)
        return failed();
    Py_RETURN_NONE;
}

PyObject *
fast_fileno(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(((State *)self)->fd);
}

/* Whether new sockets have a timeout. True, perhaps with an exception, where this is unknown. */
static int
is_default_timeout_set(void)
{
    if (slow[SLOW_CLOCK] == NULL)
        return 1;
    PyObject *name = PyUnicode_InternFromString("_default");
    PyObject *value = name == NULL ? NULL : PyDict_GetItemWithError(slow[SLOW_CLOCK], name);
    Py_XDECREF(name);
    return value != Py_None;
}

/* Open a socket of a known kind. -1 with an exception. */
static int
open_kind(PyObject *self, State *kind)
{
    int fd;
    if (PySys_Audit("socket.__new__", "Oiii", self, kind->family, kind->type, kind->proto) < 0)
        return -1;
    SYSTEM_CALL(fd, open_descriptor(kind->family, kind->type, kind->proto))
    if (fd >= 0 || PyErr_Occurred())
        return fd;
    /* It tries again, and has the words for it. */
    PyObject *opened = call_python(SLOW_OPEN, "(iii)", kind->family, kind->type, kind->proto);
    if (opened == NULL)
        return -1;
    if (!usual_int(opened, &fd) || fd < 0) {
        PyErr_Format(PyExc_TypeError, "not a descriptor: %R", opened);
        fd = -1;
    }
    Py_DECREF(opened);
    return fd;
}

/* The kind of socket that was opened by these numbers before, a new reference; NULL, perhaps with an exception. */
static State *
known_kind(PyObject *args)
{
    PyObject *key = PyTuple_New(3);
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    for (Py_ssize_t i = 0; key != NULL && i < 3; i++) {
        int number = -1;
        PyObject *item = i < count && !usual_int(PyTuple_GET_ITEM(args, i), &number) ? NULL : PyLong_FromLong(number);
        if (item == NULL)
            Py_CLEAR(key);
        else
            PyTuple_SET_ITEM(key, i, item);
    }
    PyObject *kind = key == NULL ? NULL : PyDict_GetItemWithError(slow[SLOW_KINDS], key);
    if (kind != NULL && !PyObject_TypeCheck(kind, state_type))
        kind = NULL; /* of the dictionary's other users */
    Py_XINCREF(kind);
    Py_XDECREF(key);
    return (State *)kind;
}

int
fast_init(PyObject *self, PyObject *args, PyObject *names)
{
    State *s = (State *)self;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (slow[SLOW_INIT] == NULL) {
        Py_XDECREF(leave_to_python(SLOW_INIT, self, NULL, 0, NULL)); /* it raises the error */
        return -1;
    }
    if (names == NULL && count <= 3 && s->fd == -1 && !is_default_timeout_set()) {
        State *kind = known_kind(args);
        if (kind != NULL) {
            int fd = open_kind(self, kind);
            if (fd >= 0) {
                take_kind(s, kind);
                s->fd = fd;
            }
            Py_DECREF(kind);
            return fd < 0 ? -1 : 0;
        }
    }
    if (PyErr_Occurred())
        return -1;
    PyObject *bound = PyTuple_New(count + 1);
    if (bound == NULL)
        return -1;
    Py_INCREF(self);
    PyTuple_SET_ITEM(bound, 0, self);
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_INCREF(PyTuple_GET_ITEM(args, i));
        PyTuple_SET_ITEM(bound, i + 1, PyTuple_GET_ITEM(args, i));
    }
    PyObject *callable = slow[SLOW_INIT];
    Py_INCREF(callable);
    PyObject *done = PyObject_Call(callable, bound, names);
    Py_DECREF(callable);
    Py_DECREF(bound);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

PyObject *
fast_accept(PyObject *self, PyObject *unused)
{
    (void)unused;
    State *s = (State *)self;
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    int fd;
    if (s->kind->needs_descriptor || s->kind->codec == NULL || slow[SLOW_SOCKET] == NULL || is_default_timeout_set()
        || (HANDS_ON_MODE && s->timeout != Py_None))
        return leave_to_python(SLOW_ACCEPT, self, NULL, 0, NULL);
    int has_address = s->kind->accept_gives_address;
    PyObject *waited = NULL;
    for (;;) {
        length = sizeof peer;
        SYSTEM_CALL(
            fd, accept_descriptor(s->fd, has_address ? (struct sockaddr *)&peer : NULL, has_address ? &length : NULL))
        if (fd >= 0 || !has_to_wait(s)) {
            if (fd < 0)
                failed();
            break;
        }
        if (!wait_for_data(self, &waited))
            break;
    }
    Py_XDECREF(waited);
    if (fd < 0)
        return NULL;
    PyObject *address = address_of(self, "accept", &peer, has_address ? length : 0);
    PyTypeObject *type = (PyTypeObject *)slow[SLOW_SOCKET];
    State *new = address == NULL ? NULL : (State *)state_new(type, NULL, NULL);
    PyObject *result = new == NULL ? NULL : PyTuple_Pack(2, new, address);
    /* Nothing can fail after the event: the new socket is the descriptor's owner from then on. */
    if (result == NULL || PySys_Audit("socket.__new__", "Oiii", new, s->family, s->type, s->proto) < 0) {
        close(fd);
        Py_CLEAR(result);
    }
    else {
        take_kind(new, s);
        new->fd = fd;
    }
    Py_XDECREF(new);
    Py_XDECREF(address);
    return result;
}
