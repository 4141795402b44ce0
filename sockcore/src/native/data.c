/* recv, send and their kin. */

#include "native.h"

#include <string.h>
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

#define MOST_CLEARED 0x4000 /* bytes: more are mapped */

char *
map_zeros(size_t size)
{
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        PyErr_NoMemory();
        return NULL;
    }
    return block;
}

void
unmap(char *block, size_t size)
{
    int number = errno;
    munmap(block, size);
    errno = number;
}

int
open_target(Target *target, Py_ssize_t size, int flags)
{
    target->size = (size_t)size;
    target->bytes = NULL;
    if ((flags & MSG_TRUNC) && size > MOST_CLEARED)
        return (target->at = map_zeros(target->size)) != NULL;
    target->bytes = PyBytes_FromStringAndSize(NULL, size);
    if (target->bytes == NULL)
        return 0;
    target->at = PyBytes_AS_STRING(target->bytes);
    if (flags & MSG_TRUNC)
        memset(target->at, 0, target->size);
    return 1;
}

void
drop_target(Target *target)
{
    int number = errno;
    if (target->bytes == NULL)
        unmap(target->at, target->size);
    Py_CLEAR(target->bytes);
    errno = number;
}

PyObject *
take_bytes(Target *target, size_t count)
{
    PyObject *result = target->bytes;
    if (result != NULL && count <= target->size) {
        if (count < target->size)
            _PyBytes_Resize(&result, (Py_ssize_t)count);
        return result;
    }
    result = count > PY_SSIZE_T_MAX ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count);
    if (result != NULL) {
        size_t received = clamp(count, target->size);
        memcpy(PyBytes_AS_STRING(result), target->at, received);
        memset(PyBytes_AS_STRING(result) + received, 0, count - received);
    }
    drop_target(target);
    return result;
}

size_t
counted(const Target *target, Py_ssize_t got, int flags)
{
    return flags & MSG_TRUNC ? (size_t)got : clamp((size_t)got, target->size);
}

PyObject *
fast_recv(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t size, got;
    int flags = 0;
    if (count < 1 || count > 2 || !usual_size(args[0], &size) || (count == 2 && !usual_int(args[1], &flags))
        || GATHERS(s, flags))
        return leave_to_python(SLOW_RECV, self, args, count, NULL);
    Target data;
    if (!open_target(&data, size, flags))
        return NULL;
    SYSTEM_CALL(got, recv(s->fd, data.at, data.size, flags))
    if (got < 0) {
        drop_target(&data);
        return has_to_wait(s) ? leave_to_python(SLOW_RECV, self, args, count, NULL) : failed();
    }
    return take_bytes(&data, counted(&data, got, flags));
}

/* The view and flags of recv_into and recvfrom_into, or 0 where the arguments are not the usual ones. */
static int
usual_target(State *s, PyObject *const *args, Py_ssize_t count, PyObject *names, Py_buffer *view, Py_ssize_t *size, int *flags)
{
    int asked = 0;
    *flags = 0;
    if (names != NULL || count < 1 || count > 3 || (count > 1 && !usual_int(args[1], &asked)) || asked < 0
        || (count > 2 && !usual_int(args[2], flags)) || GATHERS(s, *flags) || !usual_buffer(args[0], view, PyBUF_WRITABLE))
        return 0;
    *size = asked ? asked : view->len;
    if (asked > view->len || view->len == 0) {
        PyBuffer_Release(view);
        return 0;
    }
    return 1;
}

PyObject *
fast_recv_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t size, got;
    int flags;
    if (!usual_target(s, args, count, names, &view, &size, &flags))
        return leave_to_python(SLOW_RECV_INTO, self, args, count, names);
    SYSTEM_CALL(got, recv(s->fd, view.buf, size, flags))
    release(&view);
    if (got < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_RECV_INTO, self, args, count, NULL) : failed();
    return PyLong_FromSsize_t(got);
}

PyObject *
fast_recvfrom(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t size, got;
    int flags = 0;
    if (count < 1 || count > 2 || !usual_size(args[0], &size) || (count == 2 && !usual_int(args[1], &flags))
        || GATHERS(s, flags))
        return leave_to_python(SLOW_RECVFROM, self, args, count, NULL);
    struct sockaddr_storage sender = {0};
    socklen_t length = sizeof sender;
    Target target;
    if (!open_target(&target, size, flags))
        return NULL;
    SYSTEM_CALL(got, recvfrom(s->fd, target.at, target.size, flags, (struct sockaddr *)&sender, &length))
    if (got < 0) {
        drop_target(&target);
        return has_to_wait(s) ? leave_to_python(SLOW_RECVFROM, self, args, count, NULL) : failed();
    }
    PyObject *data = take_bytes(&target, counted(&target, got, flags));
    PyObject *address = data == NULL ? NULL : address_of(self, "recvfrom", &sender, length);
    PyObject *result = address == NULL ? NULL : PyTuple_Pack(2, data, address);
    Py_XDECREF(data);
    Py_XDECREF(address);
    return result;
}

PyObject *
fast_recvfrom_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t size, got;
    int flags;
    if (!usual_target(s, args, count, names, &view, &size, &flags))
        return leave_to_python(SLOW_RECVFROM_INTO, self, args, count, names);
    struct sockaddr_storage sender = {0};
    socklen_t length = sizeof sender;
    SYSTEM_CALL(got, recvfrom(s->fd, view.buf, size, flags, (struct sockaddr *)&sender, &length))
    release(&view);
    if (got < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_RECVFROM_INTO, self, args, count, NULL) : failed();
    PyObject *address = address_of(self, "recvfrom_into", &sender, length);
    PyObject *result = address == NULL ? NULL : Py_BuildValue("nO", got, address);
    Py_XDECREF(address);
    return result;
}

PyObject *
fast_send(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_buffer view;
    Py_ssize_t sent;
    int flags = 0;
    if (count < 1 || count > 2 || (count == 2 && !usual_int(args[1], &flags))
        || !usual_buffer(args[0], &view, PyBUF_SIMPLE))
        return leave_to_python(SLOW_SEND, self, args, count, NULL);
    size_t size = (size_t)view.len;
    SYSTEM_CALL(sent, send(s->fd, view.buf, size, flags))
    release(&view);
    if (sent < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_SEND, self, args, count, NULL) : failed();
    return PyLong_FromSize_t(clamp((size_t)sent, size));
}

/* Raise the OSError of errno, with the number of bytes sent before it as characters_written. Returns NULL. */
static PyObject *
failed_after(Py_ssize_t sent)
{
    failed();
    if (!PyErr_ExceptionMatches(PyExc_OSError))
        return NULL;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *number = PyLong_FromSsize_t(sent);
    if (number != NULL)
        PyObject_SetAttrString(value, "characters_written", number);
    Py_XDECREF(number);
    /* There is no memory, for example. The error of the system counts more than its attribute. */
    if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Restore(type, value, traceback);
    else {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    return NULL;
}

PyObject *
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
            total += (Py_ssize_t)clamp((size_t)sent, (size_t)(view.len - total));
        /* A signal may have ended the call early, and its handler is to run. */
        if (sent >= 0 && total < view.len && PyErr_CheckSignals() < 0)
            sent = -1;
        /* With a timeout the rest is Python's, which looks at the clock. */
    } while (sent >= 0 && total < view.len && s->timeout == Py_None);
    int number = errno, done = total == view.len && sent >= 0;
    PyBuffer_Release(&view);
    errno = number;
    if (done)
        Py_RETURN_NONE;
    if (sent < 0 && !has_to_wait(s))
        return failed_after(total);
    if (total == 0)
        return leave_to_python(SLOW_SENDALL, self, args, count, NULL);
    return call_python(SLOW_SENDALL_LATER, "(OOni)", self, args[0], total, flags);
}

PyObject *
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
