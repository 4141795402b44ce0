/* The fast way of a socket's methods: for the arguments that programs pass, on a descriptor that is ready.
 *
 * 1. A method looks at its arguments first. What it does not know by its exact type it leaves, untouched, to the
 *    method of the same name that is written in Python, which has the words for every mistake.
 * 2. It makes one system call. EAGAIN in timeout mode is left to Python too, which waits: nothing has been done yet.
 * 3. Addresses are taken from the codec's own dictionaries; what is not in them is encoded and decoded in Python.
 */

#include "native.h"

#include <string.h>
#include <unistd.h>

#define USUAL 0x10000000 /* sizes below are in the range of every C type */

PyObject *slow[SLOW_COUNT];

PyObject *
failed(void)
{
    if (!PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    return NULL;
}

PyObject *
leave_to_python(int which, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    PyObject *few[8];
    PyObject **stack = few;
    Py_ssize_t total = 1 + count + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    if (total > 8 && (stack = PyMem_New(PyObject *, total)) == NULL)
        return PyErr_NoMemory();
    stack[0] = self;
    if (total > 1)
        memcpy(stack + 1, args, (total - 1) * sizeof *stack);
    PyObject *result = PyObject_Vectorcall(slow[which], stack, 1 + count, names);
    if (stack != few)
        PyMem_Free(stack);
    return result;
}

/* Whether a call that failed is to be waited for: EAGAIN, in timeout mode. */
static int
has_to_wait(State *s)
{
    return (errno == EAGAIN || errno == EWOULDBLOCK) && s->timeout != Py_None && !PyErr_Occurred()
           && PyFloat_Check(s->timeout) && PyFloat_AS_DOUBLE(s->timeout) != 0.0;
}

static int
usual_int(PyObject *object, int *value)
{
    if (!PyLong_Check(object))
        return 0;
    int overflow;
    long number = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow || number > INT_MAX || number < INT_MIN)
        return 0;
    *value = (int)number;
    return 1;
}

static int
usual_size(PyObject *object, Py_ssize_t *size)
{
    int value;
    if (!PyLong_CheckExact(object) || !usual_int(object, &value) || value <= 0 || value >= USUAL)
        return 0;
    *size = value;
    return 1;
}

static int
usual_buffer(PyObject *object, Py_buffer *view, int flags)
{
    if (PyObject_GetBuffer(object, view, flags) == 0)
        return 1;
    PyErr_Clear();
    return 0;
}

/* Whether an object is equal to nothing that is of another type: a key must not find what was kept for 1.0 or True. */
static int
is_plain(PyObject *object)
{
    return PyUnicode_CheckExact(object) || PyLong_CheckExact(object) || PyBytes_CheckExact(object);
}

/* The sockaddr of an address that was encoded before, a new reference; NULL, without an exception, for any other. */
static PyObject *
known_sockaddr(State *s, PyObject *address)
{
    if (s->encoded == NULL)
        return NULL;
    if (PyTuple_CheckExact(address)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(address); i++)
            if (!is_plain(PyTuple_GET_ITEM(address, i)))
                return NULL;
    }
    else if (!is_plain(address))
        return NULL;
    PyObject *raw = PyDict_GetItemWithError(s->encoded, address);
    if (raw == NULL || !PyBytes_CheckExact(raw)) {
        PyErr_Clear();
        return NULL;
    }
    Py_INCREF(raw);
    return raw;
}

/* The address in what the kernel wrote: as it was decoded before, or by the codec. */
static PyObject *
address_of(PyObject *self, const char *operation, const void *sockaddr, socklen_t length, size_t room)
{
    State *s = (State *)self;
    if (length == 0)
        Py_RETURN_NONE;
    PyObject *raw = PyBytes_FromStringAndSize(sockaddr, length < room ? length : room);
    if (raw == NULL)
        return NULL;
    PyObject *address = s->decoded == NULL ? NULL : PyDict_GetItemWithError(s->decoded, raw);
    if (address != NULL)
        Py_INCREF(address);
    else if (!PyErr_Occurred())
        address = PyObject_CallFunction(slow[SLOW_DECODE], "OsO", self, operation, raw);
    Py_DECREF(raw);
    return address;
}

static PyObject *
fast_recv(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t size, got;
    int flags = 0;
    if (count < 1 || count > 2 || !usual_size(args[0], &size) || (count == 2 && !usual_int(args[1], &flags)))
        return leave_to_python(SLOW_RECV, self, args, count, NULL);
    PyObject *data = PyBytes_FromStringAndSize(NULL, size);
    if (data == NULL)
        return NULL;
    SYSTEM_CALL(got, recv(s->fd, PyBytes_AS_STRING(data), size, flags))
    if (got < 0) {
        Py_DECREF(data);
        return has_to_wait(s) ? leave_to_python(SLOW_RECV, self, args, count, NULL) : failed();
    }
    if (got < size) /* MSG_TRUNC: it may be more */
        _PyBytes_Resize(&data, got);
    return data;
}

/* The view and flags of recv_into and recvfrom_into, or 0 where the arguments are not the usual ones. */
static int
usual_target(PyObject *const *args, Py_ssize_t count, PyObject *names, Py_buffer *view, Py_ssize_t *size, int *flags)
{
    int asked = 0;
    *flags = 0;
    if (names != NULL || count < 1 || count > 3 || (count > 1 && !usual_int(args[1], &asked)) || asked < 0
        || (count > 2 && !usual_int(args[2], flags)) || !usual_buffer(args[0], view, PyBUF_WRITABLE))
        return 0;
    *size = asked ? asked : view->len;
    if (asked > view->len || view->len == 0) {
        PyBuffer_Release(view);
        return 0;
    }
    return 1;
}

static PyObject *
fast_recv_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t size, got;
    int flags;
    if (!usual_target(args, count, names, &view, &size, &flags))
        return leave_to_python(SLOW_RECV_INTO, self, args, count, names);
    SYSTEM_CALL(got, recv(s->fd, view.buf, size, flags))
    int number = errno;
    PyBuffer_Release(&view);
    errno = number;
    if (got < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_RECV_INTO, self, args, count, NULL) : failed();
    return PyLong_FromSsize_t(got);
}

static PyObject *
fast_recvfrom(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t size, got;
    int flags = 0;
    if (count < 1 || count > 2 || !usual_size(args[0], &size) || (count == 2 && !usual_int(args[1], &flags)))
        return leave_to_python(SLOW_RECVFROM, self, args, count, NULL);
    struct sockaddr_storage sender;
    socklen_t length = sizeof sender;
    PyObject *data = PyBytes_FromStringAndSize(NULL, size);
    if (data == NULL)
        return NULL;
    SYSTEM_CALL(got, recvfrom(s->fd, PyBytes_AS_STRING(data), size, flags, (struct sockaddr *)&sender, &length))
    if (got < 0) {
        Py_DECREF(data);
        return has_to_wait(s) ? leave_to_python(SLOW_RECVFROM, self, args, count, NULL) : failed();
    }
    if (got < size && _PyBytes_Resize(&data, got) < 0)
        return NULL;
    PyObject *address = address_of(self, "recvfrom", &sender, length, sizeof sender);
    PyObject *result = address == NULL ? NULL : PyTuple_Pack(2, data, address);
    Py_DECREF(data);
    Py_XDECREF(address);
    return result;
}

static PyObject *
fast_recvfrom_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t size, got;
    int flags;
    if (!usual_target(args, count, names, &view, &size, &flags))
        return leave_to_python(SLOW_RECVFROM_INTO, self, args, count, names);
    struct sockaddr_storage sender;
    socklen_t length = sizeof sender;
    SYSTEM_CALL(got, recvfrom(s->fd, view.buf, size, flags, (struct sockaddr *)&sender, &length))
    int number = errno;
    PyBuffer_Release(&view);
    errno = number;
    if (got < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_RECVFROM_INTO, self, args, count, NULL) : failed();
    PyObject *address = address_of(self, "recvfrom_into", &sender, length, sizeof sender);
    PyObject *result = address == NULL ? NULL : Py_BuildValue("nO", got, address);
    Py_XDECREF(address);
    return result;
}

static PyObject *
fast_send(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t sent;
    int flags = 0;
    if (count < 1 || count > 2 || (count == 2 && !usual_int(args[1], &flags))
        || !usual_buffer(args[0], &view, PyBUF_SIMPLE))
        return leave_to_python(SLOW_SEND, self, args, count, NULL);
    SYSTEM_CALL(sent, send(s->fd, view.buf, view.len, flags))
    int number = errno;
    PyBuffer_Release(&view);
    errno = number;
    if (sent < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_SEND, self, args, count, NULL) : failed();
    return PyLong_FromSsize_t(sent);
}

static PyObject *
fast_sendall(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t total = 0, sent = 0;
    int flags = 0;
    if (count < 1 || count > 2 || (count == 2 && !usual_int(args[1], &flags))
        || !usual_buffer(args[0], &view, PyBUF_SIMPLE))
        return leave_to_python(SLOW_SENDALL, self, args, count, NULL);
    do {
        SYSTEM_CALL(sent, send(s->fd, (char *)view.buf + total, view.len - total, flags))
        if (sent >= 0)
            total += sent;
        /* With a timeout the rest is Python's, which looks at the clock. */
    } while (sent >= 0 && total < view.len && s->timeout == Py_None);
    int number = errno, done = total == view.len && sent >= 0;
    PyBuffer_Release(&view);
    errno = number;
    if (done)
        Py_RETURN_NONE;
    if (sent < 0 && !has_to_wait(s))
        return failed();
    if (total == 0)
        return leave_to_python(SLOW_SENDALL, self, args, count, NULL);
    return PyObject_CallFunction(slow[SLOW_SENDALL_LATER], "OOni", self, args[0], total, flags);
}

static PyObject *
fast_sendto(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t sent;
    int flags = 0;
    PyObject *raw = NULL;
    if (count < 2 || count > 3 || (count == 3 && !usual_int(args[1], &flags))
        || (raw = known_sockaddr(s, args[count - 1])) == NULL || !usual_buffer(args[0], &view, PyBUF_SIMPLE)) {
        Py_XDECREF(raw);
        return leave_to_python(SLOW_SENDTO, self, args, count, NULL);
    }
    if (PySys_Audit("socket.sendto", "OO", self, args[count - 1]) < 0) {
        PyBuffer_Release(&view);
        Py_DECREF(raw);
        return NULL;
    }
    const struct sockaddr *target = (const struct sockaddr *)PyBytes_AS_STRING(raw);
    socklen_t length = (socklen_t)PyBytes_GET_SIZE(raw);
    SYSTEM_CALL(sent, sendto(s->fd, view.buf, view.len, flags, target, length))
    int number = errno;
    PyBuffer_Release(&view);
    Py_DECREF(raw);
    errno = number;
    if (sent < 0) {
        if (!has_to_wait(s))
            return failed();
        return leave_to_python(SLOW_SENDTO_LATER, self, args, count, NULL);
    }
    return PyLong_FromSsize_t(sent);
}

static PyObject *
fast_getsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    int level, option, size = 0, result;
    if (count < 2 || count > 3 || !usual_int(args[0], &level) || !usual_int(args[1], &option)
        || (count == 3 && !usual_int(args[2], &size)) || size < 0 || size > 1024)
        return leave_to_python(SLOW_GETSOCKOPT, self, args, count, NULL);
    union {
        int number;
        char bytes[1024];
    } value = {0};
    socklen_t length = size ? size : sizeof(int);
    if (size)
        memset(value.bytes, 0, size);
    SYSTEM_CALL(result, getsockopt(s->fd, level, option, &value, &length))
    if (result < 0)
        return failed();
    return size ? PyBytes_FromStringAndSize(value.bytes, length) : PyLong_FromLong(value.number);
}

static PyObject *
fast_setsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    int level, option, number, result;
    if (count != 3 || !usual_int(args[0], &level) || !usual_int(args[1], &option))
        return leave_to_python(SLOW_SETSOCKOPT, self, args, count, NULL);
    if (usual_int(args[2], &number)) {
        SYSTEM_CALL(result, setsockopt(s->fd, level, option, &number, sizeof number))
    }
    else if (PyBytes_CheckExact(args[2])) {
        const char *bytes = PyBytes_AS_STRING(args[2]);
        socklen_t length = (socklen_t)PyBytes_GET_SIZE(args[2]);
        SYSTEM_CALL(result, setsockopt(s->fd, level, option, bytes, length))
    }
    else
        return leave_to_python(SLOW_SETSOCKOPT, self, args, count, NULL);
    if (result < 0)
        return failed();
    Py_RETURN_NONE;
}

static PyObject *
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
        done = PyObject_CallFunction(slow[SLOW_CONNECTING], "OiO", self, errno, raw);
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

static PyObject *
fast_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    State *s = (State *)self;
    if ((PyObject *)Py_TYPE(self) != slow[SLOW_SOCKET] || s->needs_descriptor || s->io_refs > 0)
        return leave_to_python(SLOW_CLOSE, self, NULL, 0, NULL);
    s->closed = 1;
    if (close_descriptor(s) < 0)
        return failed();
    Py_RETURN_NONE;
}

static PyObject *
fast_fileno(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(((State *)self)->fd);
}

