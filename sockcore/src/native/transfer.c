/* recv, send and their variants: data without control messages. */

#include "native.h"

#include <string.h>

/* The arguments of recvfrom(2) and sendto(2). */
typedef struct {
    char *buffer;
    size_t size;
    int flags;
    struct sockaddr *address;
    socklen_t *length;
    socklen_t address_size;
} Transfer;

static ssize_t
call_recvfrom(int fd, void *arguments)
{
    Transfer *t = arguments;
    if (t->length != NULL)
        *t->length = t->address_size;
    return recvfrom(fd, t->buffer, t->size, t->flags, t->address, t->length);
}

static ssize_t
call_sendto(int fd, void *arguments)
{
    Transfer *t = arguments;
    return sendto(fd, t->buffer, t->size, t->flags, t->address, t->address_size);
}

/* ------------------------------------------------------------------ receiving */

/* With these flags a receive does not return the next bytes of the stream, or must not wait. */
#define NOT_COLLECTED (MSG_PEEK | MSG_OOB | MSG_DONTWAIT | MSG_ERRQUEUE)

/* These flags together ask for the length of a datagram, which stays in the queue. */
#define LENGTH_ONLY (MSG_PEEK | MSG_TRUNC)

int
collects_all(BaseSocket *s, int flags)
{
    return flags & MSG_WAITALL && !(flags & NOT_COLLECTED) && s->type == SOCK_STREAM && s->timeout > 0;
}

/* Receive until the buffer is full, the stream ends or the deadline passes. If an error follows received data, the
 * data are returned, and the next receive raises the error. */
static ssize_t
collect(BaseSocket *s, Transfer *t)
{
    int64_t deadline = deadline_of(s);
    size_t total = 0, size = t->size;
    char *start = t->buffer;
    while (total < size) {
        t->buffer = start + total;
        t->size = size - total;
        ssize_t count = total == 0 ? complete_call(s, call_recvfrom, t, TO_RECEIVE, deadline)
                                   : attempt_call(s, call_recvfrom, t, TO_RECEIVE, deadline);
        if (PyErr_Occurred())
            return -1;
        if (count <= 0) {
            s->receive_error = (int16_t)(count == -1 ? errno : 0);
            break;
        }
        total += (size_t)count;
    }
    return (ssize_t)total;
}

static ssize_t
receive(BaseSocket *s, Transfer *t)
{
    if (collects_all(s, t->flags))
        return collect(s, t);
    return complete_call(s, call_recvfrom, t, TO_RECEIVE, deadline_of(s));
}

/* Return *count* bytes: the data that the system wrote into the block, and zeros behind them. */
static PyObject *
bytes_from_block(const char *block, Py_ssize_t size, Py_ssize_t count)
{
    PyObject *data = PyBytes_FromStringAndSize(NULL, count);
    if (data != NULL) {
        Py_ssize_t written = count < size ? count : size;
        memcpy(PyBytes_AS_STRING(data), block, (size_t)written);
        memset(PyBytes_AS_STRING(data) + written, 0, (size_t)(count - written));
    }
    return data;
}

/* With MSG_TRUNC the system reports bytes that it did not write. TCP writes none of them, and a datagram socket those
 * that fit. The C library returns zeroed memory, without touching the pages of a large block. */
static PyObject *
receive_truncated(BaseSocket *s, Transfer *t)
{
    char *block = PyMem_RawCalloc(t->size ? t->size : 1, 1);
    if (block == NULL)
        return PyErr_NoMemory();
    Py_ssize_t size = (Py_ssize_t)t->size;
    t->buffer = block;
    ssize_t count = receive(s, t);
    PyObject *data = count < 0 ? NULL : bytes_from_block(block, size, count);
    PyMem_RawFree(block);
    return data;
}

void
shorten(PyObject **data, Py_ssize_t size)
{
    if (size > MOST_COPIED || size > PyBytes_GET_SIZE(*data) / 2 || PyBytes_GET_SIZE(*data) < LEAST_MAPPED) {
        _PyBytes_Resize(data, size);
        return;
    }
    PyObject *copy = PyBytes_FromStringAndSize(PyBytes_AS_STRING(*data), size);
    Py_SETREF(*data, copy);
}

static PyObject *
receive_bytes(BaseSocket *s, Transfer *t)
{
    if (t->flags & MSG_TRUNC)
        return receive_truncated(s, t);
    PyObject *data = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)t->size);
    if (data == NULL)
        return NULL;
    Py_ssize_t size = (Py_ssize_t)t->size;
    t->buffer = PyBytes_AS_STRING(data);
    ssize_t count = receive(s, t);
    if (count < 0)
        Py_CLEAR(data);
    else if (count < size)
        shorten(&data, count);
    return data;
}

PyObject *
socket_recv(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_ssize_t size;
    int flags = 0;
    if (count < 1 || count > 2 || !exact_size(args[0], &size) || (count > 1 && !exact_int(args[1], &flags))) {
        if (parse_rule(s->state, RULE_RECV, args, count, "ni", &size, &flags) < 0)
            return NULL;
    }
    if (size == 0) /* the system is not called: it would wait, or drop a datagram */
        return PyBytes_FromStringAndSize(NULL, 0);
    Transfer t = {.size = (size_t)size, .flags = flags};
    return receive_bytes(s, &t);
}

PyObject *
socket_recvfrom(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_ssize_t size;
    int flags = 0;
    if (count < 1 || count > 2 || !exact_size(args[0], &size) || (count > 1 && !exact_int(args[1], &flags))) {
        if (parse_rule(s->state, RULE_RECVFROM, args, count, "ni", &size, &flags) < 0)
            return NULL;
    }
    SockAddr sender = {.length = 0}; /* zeroed: no byte that the system did not write is returned */
    Transfer t = {.size = (size_t)size,
                  .flags = flags,
                  .address = (struct sockaddr *)&sender.storage,
                  .length = &sender.length,
                  .address_size = sizeof sender.storage};
    PyObject *data = receive_bytes(s, &t);
    PyObject *address = data == NULL ? NULL : decode_address(s, OPERATION_RECVFROM, &sender.storage, sender.length);
    PyObject *result = address == NULL ? NULL : PyTuple_Pack(2, data, address);
    Py_XDECREF(data);
    Py_XDECREF(address);
    return result;
}

/* Acquire the buffer of recv_into or recvfrom_into. 0, or -1 with an exception. */
static int
acquire_target(BaseSocket *s, int rule, PyObject *const *args, Py_ssize_t count, PyObject *names, Py_buffer *view,
               Py_ssize_t *size, int *flags)
{
    *size = *flags = 0;
    if (names == NULL && count >= 1 && count <= 3 && (count < 2 || exact_size(args[1], size))
        && (count < 3 || exact_int(args[2], flags))) {
        int result = try_buffer(args[0], view, PyBUF_WRITABLE);
        if (result < 0)
            return -1;
        if (result > 0) {
            if (*size == 0)
                *size = view->len;
            if (*size <= view->len)
                return 0;
            PyBuffer_Release(view);
        }
    }
    PyObject *tuple = call_rule(s->state, rule, args, count, names);
    PyObject *buffer;
    int result = -1;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "Oi", &buffer, flags))
        result = PyObject_GetBuffer(buffer, view, PyBUF_WRITABLE); /* it keeps a reference to the buffer */
    if (result == 0)
        *size = view->len;
    Py_XDECREF(tuple);
    return result;
}

PyObject *
socket_recv_into(ARGUMENTS, PyObject *names)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_buffer view;
    Py_ssize_t size, received = 0;
    int flags;
    if (acquire_target(s, RULE_RECV_INTO, args, count, names, &view, &size, &flags) < 0)
        return NULL;
    Transfer t = {.buffer = view.buf, .size = (size_t)size, .flags = flags};
    /* Only the length of a datagram fits an empty buffer. */
    if (size > 0 || ((flags & LENGTH_ONLY) == LENGTH_ONLY && s->type != SOCK_STREAM))
        received = receive(s, &t);
    PyBuffer_Release(&view);
    return received < 0 ? NULL : PyLong_FromSsize_t(received);
}

PyObject *
socket_recvfrom_into(ARGUMENTS, PyObject *names)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_buffer view;
    Py_ssize_t size;
    int flags;
    if (acquire_target(s, RULE_RECVFROM_INTO, args, count, names, &view, &size, &flags) < 0)
        return NULL;
    SockAddr sender = {.length = 0}; /* zeroed: no byte that the system did not write is returned */
    Transfer t = {.buffer = view.buf,
                  .size = (size_t)size,
                  .flags = flags,
                  .address = (struct sockaddr *)&sender.storage,
                  .length = &sender.length,
                  .address_size = sizeof sender.storage};
    ssize_t received = receive(s, &t);
    PyBuffer_Release(&view);
    if (received < 0)
        return NULL;
    PyObject *address = decode_address(s, OPERATION_RECVFROM_INTO, &sender.storage, sender.length);
    return address == NULL ? NULL : Py_BuildValue("nN", (Py_ssize_t)received, address);
}

/* ------------------------------------------------------------------ sending */

/* Acquire the data and flags of send or sendall, by its rule. 0, or -1 with an exception. */
static int
acquire_data(BaseSocket *s, int rule, PyObject *const *args, Py_ssize_t count, Py_buffer *view, int *flags)
{
    *flags = 0;
    if (count >= 1 && count <= 2 && (count < 2 || exact_int(args[1], flags))) {
        int result = try_buffer(args[0], view, PyBUF_SIMPLE);
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    PyObject *tuple = call_rule(s->state, rule, args, count, NULL);
    PyObject *data;
    int result = -1;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "Oi", &data, flags))
        result = PyObject_GetBuffer(data, view, PyBUF_SIMPLE);
    Py_XDECREF(tuple);
    return result;
}

PyObject *
socket_send(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_buffer view;
    int flags;
    if (acquire_data(s, RULE_SEND, args, count, &view, &flags) < 0)
        return NULL;
    Transfer t = {.buffer = view.buf, .size = (size_t)view.len, .flags = flags};
    ssize_t sent = complete_call(s, call_sendto, &t, TO_SEND, deadline_of(s)), size = view.len;
    PyBuffer_Release(&view);
    return sent < 0 ? NULL : PyLong_FromSsize_t(sent < size ? sent : size);
}

/* Set characters_written of the current OSError to the number of bytes that were sent before it. */
static void
set_characters_written(Py_ssize_t sent)
{
    PyObject *type, *value, *traceback;
    if (!PyErr_ExceptionMatches(PyExc_OSError))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *number = PyLong_FromSsize_t(sent);
    if (number == NULL || PyObject_SetAttrString(value, "characters_written", number) < 0) {
        /* The more recent exception (MemoryError) replaces the OSError. */
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    else
        PyErr_Restore(type, value, traceback);
    Py_XDECREF(number);
}

void
raise_nothing_sent(BaseSocket *s, Py_ssize_t count, const char *unit)
{
    PyObject *arguments[] = {PyLong_FromSsize_t(count), PyUnicode_FromString(unit)}, *exception = NULL;
    if (arguments[0] != NULL && arguments[1] != NULL)
        exception = call_rule(s->state, RULE_NOTHING_SENT, arguments, 2, NULL);
    if (exception != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    Py_XDECREF(arguments[0]);
    Py_XDECREF(arguments[1]);
}

PyObject *
socket_sendall(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_buffer view;
    Py_ssize_t total = 0;
    int flags;
    if (acquire_data(s, RULE_SENDALL, args, count, &view, &flags) < 0)
        return NULL;
    int64_t deadline = deadline_of(s);
    do {
        Transfer t = {.buffer = (char *)view.buf + total, .size = (size_t)(view.len - total), .flags = flags};
        ssize_t sent = complete_call(s, call_sendto, &t, TO_SEND, deadline);
        if (sent < 0)
            break;
        total += sent;
        if (total >= view.len)
            break;
        if (sent == 0) { /* the next call would send the same again, without an end */
            raise_nothing_sent(s, view.len - total, "bytes");
            break;
        }
        if (has_passed(deadline)) {
            raise_timed_out(s);
            break;
        }
        /* The handler of a signal that ended the call early must run before the next call. */
        if (PyErr_CheckSignals() < 0)
            break;
    } while (total < view.len);
    PyBuffer_Release(&view);
    if (PyErr_Occurred()) {
        set_characters_written(total);
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
socket_sendto(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_buffer view;
    PyObject *tuple = NULL, *address = count > 1 ? args[count - 1] : NULL, *sockaddr = NULL;
    int flags = 0, acquired = 0;
    ssize_t sent = -1;
    if (count >= 2 && count <= 3 && (count < 3 || exact_int(args[1], &flags))) {
        acquired = try_buffer(args[0], &view, PyBUF_SIMPLE);
        if (acquired < 0)
            return NULL;
    }
    if (!acquired) {
        PyObject *data;
        tuple = call_rule(s->state, RULE_SENDTO, args, count, NULL);
        if (tuple == NULL || !PyArg_ParseTuple(tuple, "OiO", &data, &flags, &address)
            || PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
            Py_XDECREF(tuple);
            return NULL;
        }
    }
    sockaddr = encode_address(s, OPERATION_SENDTO, address);
    if (sockaddr != NULL && PySys_Audit("socket.sendto", "OO", self, address) == 0) {
        Transfer t = {.buffer = view.buf,
                      .size = (size_t)view.len,
                      .flags = flags,
                      .address = (struct sockaddr *)PyBytes_AS_STRING(sockaddr),
                      .address_size = (socklen_t)PyBytes_GET_SIZE(sockaddr)};
        sent = complete_call(s, call_sendto, &t, TO_SEND, deadline_of(s));
    }
    PyBuffer_Release(&view);
    Py_XDECREF(sockaddr);
    Py_XDECREF(tuple);
    return sent < 0 ? NULL : PyLong_FromSsize_t(sent);
}
