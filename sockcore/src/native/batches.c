/* sendmmsg and recvmmsg: many messages by one system call, where there is such a call. */

#include "native.h"

#ifdef HAS_BATCHES

#include <limits.h>
#include <string.h>

/* ------------------------------------------------------------------ the calls of the backend */

/* The buffers of one message, held. */
typedef struct {
    Py_buffer *views;
    struct iovec *vector;
    Py_ssize_t held;
} Held;

/* Room for a batch: headers, and the buffers of each. 0 with an exception. */
static int
allocate(Py_ssize_t count, struct mmsghdr **headers, Held **buffers)
{
    if (count > INT_MAX) {
        PyErr_Format(PyExc_OverflowError, "a batch has no %zd messages", count);
        return 0;
    }
    *headers = PyMem_Calloc(count + 1, sizeof **headers);
    *buffers = PyMem_Calloc(count + 1, sizeof **buffers);
    if (*headers != NULL && *buffers != NULL)
        return 1;
    PyMem_Free(*headers);
    PyMem_Free(*buffers);
    PyErr_NoMemory();
    return 0;
}

static void
deallocate(struct mmsghdr *headers, Held *buffers, Py_ssize_t held)
{
    int number = errno;
    while (held-- > 0)
        let_go(buffers[held].views, buffers[held].vector, buffers[held].held);
    PyMem_Free(headers);
    PyMem_Free(buffers);
    errno = number;
}

/* Hold the buffers of a message, for its header. 0 with an exception. */
static int
hold_for(struct msghdr *header, Held *buffers, PyObject *sequence, int flags)
{
    buffers->held = hold(sequence, flags, &buffers->views, &buffers->vector);
    if (buffers->held < 0)
        return 0;
    header->msg_iov = buffers->vector;
    header->msg_iovlen = buffers->held;
    return 1;
}

PyObject *
call_sendmmsg(PyObject *module, PyObject *args)
{
    int fd, flags, sent = -1;
    PyObject *messages;
    struct mmsghdr *headers;
    Held *buffers;
    (void)module;
    if (!PyArg_ParseTuple(args, "iO!i", &fd, &PyList_Type, &messages, &flags))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(messages), held = 0;
    if (!allocate(count, &headers, &buffers))
        return NULL;
    for (; held < count; held++) {
        struct msghdr *header = &headers[held].msg_hdr;
        socklen_t control_length, length;
        PyObject *sequence;
        char *control, *name;
        Py_ssize_t control_size, size;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(messages, held), "Oy#y#", &sequence, &control, &control_size, &name, &size)
            || !to_socklen(control_size, &control_length) || !to_socklen(size, &length)
            || !hold_for(header, &buffers[held], sequence, PyBUF_SIMPLE))
            break;
        header->msg_name = size ? name : NULL;
        header->msg_namelen = length;
        header->msg_control = control_size ? control : NULL;
        header->msg_controllen = control_length;
    }
    if (held == count) {
        Py_BEGIN_ALLOW_THREADS
        sent = sendmmsg(fd, headers, (unsigned int)count, flags);
        Py_END_ALLOW_THREADS
    }
    deallocate(headers, buffers, held);
    return sent < 0 ? failed() : PyLong_FromSize_t(clamp((size_t)sent, (size_t)count));
}

PyObject *
call_recvmmsg(PyObject *module, PyObject *args)
{
    int fd, flags, got = -1;
    PyObject *targets, *received = NULL;
    Py_ssize_t control_size, room, held = 0;
    socklen_t control_room, name_room;
    size_t size = 1;
    struct mmsghdr *headers;
    Held *buffers;
    (void)module;
    if (!PyArg_ParseTuple(args, "iO!nin", &fd, &PyList_Type, &targets, &control_size, &flags, &room))
        return NULL;
    if (control_size < 0 || room < 0) {
        PyErr_SetString(PyExc_ValueError, "the size of a buffer must not be negative");
        return NULL;
    }
    if (!to_socklen(control_size, &control_room) || !to_socklen(room, &name_room))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(targets);
    if (!allocate(count, &headers, &buffers))
        return NULL;
    int fits = add_size(&size, (size_t)count, (size_t)control_size) && add_size(&size, (size_t)count, (size_t)room);
    char *space = fits ? PyMem_Calloc(size, 1) : NULL;
    char *names = space + count * control_size;
    if (space == NULL)
        PyErr_NoMemory();
    for (; space != NULL && held < count; held++) {
        struct msghdr *header = &headers[held].msg_hdr;
        if (!hold_for(header, &buffers[held], PyList_GET_ITEM(targets, held), PyBUF_WRITABLE))
            break;
        header->msg_name = names + held * room;
        header->msg_namelen = name_room;
        header->msg_control = control_size ? space + held * control_size : NULL;
        header->msg_controllen = control_room;
    }
    if (space != NULL && held == count) {
        Py_BEGIN_ALLOW_THREADS
        got = recvmmsg(fd, headers, (unsigned int)count, flags | MSG_WAITFORONE, NULL);
        Py_END_ALLOW_THREADS
    }
    int number = errno;
    if (got >= 0) {
        got = (int)clamp((size_t)got, (size_t)count);
        received = PyList_New(got);
    }
    for (Py_ssize_t i = 0; received != NULL && i < got; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        PyObject *item = Py_BuildValue(
            "ny#iy#", (Py_ssize_t)headers[i].msg_len, space + i * control_size,
            (Py_ssize_t)clamp(header->msg_controllen, (size_t)control_size), header->msg_flags, names + i * room,
            (Py_ssize_t)clamp(header->msg_namelen, (size_t)room));
        if (item == NULL)
            Py_CLEAR(received);
        else
            PyList_SET_ITEM(received, i, item);
    }
    for (Py_ssize_t i = 0; received == NULL && i < got; i++) {
        headers[i].msg_hdr.msg_controllen = clamp(headers[i].msg_hdr.msg_controllen, (size_t)control_size);
        close_descriptors(&headers[i].msg_hdr);
    }
    deallocate(headers, buffers, held);
    PyMem_Free(space);
    errno = number;
    return got < 0 ? failed() : received;
}

/* ------------------------------------------------------------------ the fast way of the methods */

/* What is known of one message that is to be sent. */
typedef struct {
    struct iovec vector;
    Py_buffer view;
    PyObject *raw; /* its sockaddr, or NULL */
} Outgoing;

static PyObject *
address_in(PyObject *message)
{
    return PyTuple_CheckExact(message) ? PyTuple_GET_ITEM(message, 1) : Py_None;
}

/* The sockaddr of an address, a new reference; the same as of the message before where that has the same one. */
static PyObject *
sockaddr_of(State *s, PyObject *address, PyObject *before, PyObject *raw_before)
{
    if (address != before || raw_before == NULL)
        return known_sockaddr(s, address);
    Py_INCREF(raw_before);
    return raw_before;
}

/* Take a message of a usual kind, a buffer or (buffer, address). 0 for any other. */
static int
take(State *s, PyObject *const *message, Py_ssize_t number, Outgoing *out, struct msghdr *header)
{
    PyObject *data = *message, *address = Py_None;
    if (PyTuple_CheckExact(data)) {
        if (PyTuple_GET_SIZE(data) != 2)
            return 0;
        address = address_in(data);
        data = PyTuple_GET_ITEM(data, 0);
    }
    PyObject *before = number ? address_in(message[-1]) : NULL;
    out->raw = NULL;
    if (address != Py_None && (out->raw = sockaddr_of(s, address, before, number ? out[-1].raw : NULL)) == NULL)
        return 0;
    if (!usual_buffer(data, &out->view, PyBUF_SIMPLE)) {
        Py_XDECREF(out->raw);
        return 0;
    }
    out->vector.iov_base = out->view.buf;
    out->vector.iov_len = out->view.len;
    memset(header, 0, sizeof *header);
    header->msg_name = out->raw == NULL ? NULL : PyBytes_AS_STRING(out->raw);
    header->msg_namelen = out->raw == NULL ? 0 : (socklen_t)PyBytes_GET_SIZE(out->raw);
    header->msg_iov = &out->vector;
    header->msg_iovlen = 1;
    return 1;
}

PyObject *
fast_sendmmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    int flags = 0, sent = -1;
    if (count < 1 || count > 2 || (count == 2 && !usual_int(args[1], &flags)) || !PyList_CheckExact(args[0])
        || PyList_GET_SIZE(args[0]) == 0 || PyList_GET_SIZE(args[0]) > MOST_MESSAGES || s->pending)
        return leave_to_python(SLOW_SENDMMSG, self, args, count, NULL);
    /* A program may change the list while the events are raised, or the interpreter's lock is not held. */
    PyObject *messages = PyList_AsTuple(args[0]);
    if (messages == NULL)
        return NULL;
    Py_ssize_t total = PyTuple_GET_SIZE(messages), held = 0;
    struct mmsghdr *headers = PyMem_Malloc((size_t)total * (sizeof *headers + sizeof(Outgoing))); /* MOST_MESSAGES */
    if (headers == NULL) {
        Py_DECREF(messages);
        return PyErr_NoMemory();
    }
    Outgoing *out = (Outgoing *)(headers + total);
    PyObject *const *items = ((PyTupleObject *)messages)->ob_item;
    while (held < total && take(s, items + held, held, out + held, &headers[held].msg_hdr))
        held++;
    int usual = held == total, audited = 1;
    for (Py_ssize_t i = 0; usual && audited && i < total; i++)
        audited = PySys_Audit("socket.sendmsg", "OO", self, address_in(items[i])) == 0;
    if (usual && audited) {
        SYSTEM_CALL(sent, sendmmsg(s->fd, headers, (unsigned int)total, flags))
        sent = sent > total ? (int)total : sent;
    }
    int number = errno;
    while (held-- > 0) {
        PyBuffer_Release(&out[held].view);
        Py_XDECREF(out[held].raw);
    }
    PyMem_Free(headers);
    errno = number;
    PyObject *result;
    if (!usual)
        result = leave_to_python(SLOW_SENDMMSG, self, args, count, NULL);
    else if (sent == total)
        result = PyLong_FromLong(sent);
    else if (PyErr_Occurred())
        result = NULL; /* an event, or a signal's handler */
    else if (sent > 0 || has_to_wait(s))
        result = call_python(SLOW_SENDMMSG_LATER, "(OOii)", self, messages, flags, sent < 0 ? 0 : sent);
    else
        result = failed();
    Py_DECREF(messages);
    return result;
}

/* Room for the control messages of each message of a batch. sockcore._object.batches has the same limit. */
#define MOST_BATCH_CONTROL (INT_MAX / MOST_MESSAGES)

/* Memory of the last batch, for the next: a large block is costly to have of the system each time. */
static char *spare;
static size_t spare_size;

#define MOST_SPARE (1 << 20)

static char *
borrow(size_t *size)
{
    char *found = spare;
    if (found != NULL && spare_size >= *size) {
        *size = spare_size;
        spare = NULL; /* while another thread may come */
        return found;
    }
    return PyMem_Malloc(*size);
}

static void
give_back(char *block, size_t size)
{
    if (size > MOST_SPARE || (spare != NULL && spare_size >= size)) {
        PyMem_Free(block);
        return;
    }
    PyMem_Free(spare);
    spare = block;
    spare_size = size;
}

/* The items of received messages. NULL with an exception; then no descriptor that came is left open. */
static PyObject *
received_batch(PyObject *self, struct mmsghdr *headers, Py_ssize_t got, int into, size_t control)
{
    PyObject *result = PyList_New(got);
    for (Py_ssize_t i = 0; i < got; i++)
        headers[i].msg_hdr.msg_controllen = clamp(headers[i].msg_hdr.msg_controllen, control);
    for (Py_ssize_t i = 0; result != NULL && i < got; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        size_t length = headers[i].msg_len;
        /* MSG_TRUNC: it may be longer than the buffer. */
        PyObject *first = into
            ? PyLong_FromSize_t(length)
            : PyBytes_FromStringAndSize(header->msg_iov->iov_base, (Py_ssize_t)clamp(length, header->msg_iov->iov_len));
        PyObject *item = first == NULL ? NULL : received(self, first, header);
        if (item == NULL)
            Py_CLEAR(result);
        else
            PyList_SET_ITEM(result, i, item);
    }
    for (Py_ssize_t i = 0; result == NULL && i < got; i++)
        discard_received(&headers[i].msg_hdr);
    return result;
}

/* Receive a batch: into the buffers of each message, or, where that is NULL, into bytes of at most size. NULL with an
 * exception. */
static PyObject *
receive(PyObject *self, Py_ssize_t number, const Held *buffers, size_t size, size_t control, int flags)
{
    State *s = (State *)self;
    size_t count = (size_t)number, name = sizeof(struct sockaddr_storage), data = buffers == NULL ? size : 0;
    size_t each = (control + sizeof(size_t) - 1) / sizeof(size_t) * sizeof(size_t); /* control data are aligned */
    size_t whole = 0;
    int fits = add_size(&whole, count, sizeof(struct mmsghdr) + sizeof(struct iovec) + name + each)
        && add_size(&whole, count, data);
    /* TCP counts bytes that it does not write: no program may see the old content of a block then. */
    int is_mapped = (flags & MSG_TRUNC) != 0;
    char *block = !fits ? NULL : is_mapped ? map_zeros(whole) : borrow(&whole);
    if (block == NULL)
        return PyErr_NoMemory();
    struct mmsghdr *headers = (struct mmsghdr *)block;
    struct iovec *vector = (struct iovec *)(headers + count);
    char *names = (char *)(vector + count), *controls = names + count * name, *space = controls + count * each;
    PyObject *waited = NULL, *result = NULL;
    int got;
    if (!is_mapped)
        memset(controls, 0, count * each);
    for (;;) {
        memset(headers, 0, count * sizeof *headers);
        for (size_t i = 0; i < count; i++) {
            struct msghdr *header = &headers[i].msg_hdr;
            vector[i].iov_base = space + i * data;
            vector[i].iov_len = data;
            header->msg_name = names + i * name;
            header->msg_namelen = (socklen_t)name;
            header->msg_iov = buffers == NULL ? &vector[i] : buffers[i].vector;
            header->msg_iovlen = buffers == NULL ? 1 : buffers[i].held;
            header->msg_control = control ? controls + i * each : NULL;
            header->msg_controllen = control;
        }
        SYSTEM_CALL(got, recvmmsg(s->fd, headers, (unsigned int)count, flags | MSG_WAITFORONE, NULL))
        if (got >= 0 || !has_to_wait(s)) {
            if (got < 0)
                failed();
            break;
        }
        if (!wait_for_data(self, &waited))
            break;
    }
    Py_XDECREF(waited);
    if (got >= 0)
        result = received_batch(self, headers, (Py_ssize_t)clamp((size_t)got, count), buffers != NULL, control);
    if (is_mapped)
        unmap(block, whole);
    else
        give_back(block, whole);
    return result;
}

PyObject *
fast_recvmmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t most, size, room = 0;
    int flags = 0;
    if (count < 2 || count > 4 || !to_size(args[0], PY_SSIZE_T_MAX, &most) || most == 0
        || !to_size(args[1], PY_SSIZE_T_MAX, &size) || (count > 2 && !to_size(args[2], MOST_BATCH_CONTROL, &room))
        || (count > 3 && !to_int(args[3], &flags)) || s->pending)
        return leave_to_python(SLOW_RECVMMSG, self, args, count, NULL);
    return receive(self, most < MOST_MESSAGES ? most : MOST_MESSAGES, NULL, (size_t)size, (size_t)room, flags);
}

/* Receive into the buffers of a tuple of targets: one each, or, with many, a sequence of buffers each. NULL with an
 * exception; *usual is 0 where a buffer is left to Python. */
static PyObject *
receive_into(PyObject *self, PyObject *targets, int many, size_t room, int flags, int *usual)
{
    Py_ssize_t total = PyTuple_GET_SIZE(targets), held = 0;
    Held *buffers = PyMem_Calloc((size_t)total, sizeof *buffers);
    Py_buffer *views = many ? NULL : PyMem_New(Py_buffer, total);
    struct iovec *vector = many ? NULL : PyMem_New(struct iovec, total);
    PyObject *result = NULL;
    *usual = 1;
    if (buffers == NULL || (!many && (views == NULL || vector == NULL)))
        PyErr_NoMemory();
    else {
        for (; held < total; held++) {
            PyObject *target = PyTuple_GET_ITEM(targets, held);
            Held *each = &buffers[held];
            if (many) {
                if ((each->held = hold(target, PyBUF_WRITABLE, &each->views, &each->vector)) < 0)
                    break;
            }
            else {
                if (!usual_buffer(target, &views[held], PyBUF_WRITABLE))
                    break;
                vector[held].iov_base = views[held].buf;
                vector[held].iov_len = (size_t)views[held].len;
                *each = (Held){.vector = &vector[held], .held = 1};
            }
        }
        *usual = held == total;
        if (*usual)
            result = receive(self, total, buffers, 0, room, flags);
    }
    while (held-- > 0) {
        if (many)
            let_go(buffers[held].views, buffers[held].vector, buffers[held].held);
        else
            PyBuffer_Release(&views[held]);
    }
    PyMem_Free(views);
    PyMem_Free(vector);
    PyMem_Free(buffers);
    return result;
}

PyObject *
fast_recvmmsg_into(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t room = 0;
    int flags = 0, usual;
    if (count < 1 || count > 3 || !PyList_CheckExact(args[0])
        || (count > 1 && !to_size(args[1], MOST_BATCH_CONTROL, &room)) || (count > 2 && !to_int(args[2], &flags))
        || s->pending)
        return leave_to_python(SLOW_RECVMMSG_INTO, self, args, count, NULL);
    if (PyList_GET_SIZE(args[0]) == 0 || PyList_GET_SIZE(args[0]) > MOST_MESSAGES)
        return leave_to_python(SLOW_RECVMMSG_INTO, self, args, count, NULL);
    /* An object may change the list that it is in when its buffer is taken. */
    PyObject *items = PyList_AsTuple(args[0]);
    if (items == NULL)
        return NULL;
    PyObject *result = receive_into(self, items, 0, (size_t)room, flags, &usual);
    Py_DECREF(items);
    return usual ? result : leave_to_python(SLOW_RECVMMSG_INTO, self, args, count, NULL);
}

/* The second half of the methods recvmmsg and recvmmsg_into in Python: _recv_batch(targets, ancbufsize, flags). */
PyObject *
fast__recv_batch(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t room;
    int flags, usual;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "_recv_batch() takes 3 arguments");
        return NULL;
    }
    if (!PyList_CheckExact(args[0]) || PyList_GET_SIZE(args[0]) == 0 || PyList_GET_SIZE(args[0]) > MOST_MESSAGES
        || !to_size(args[1], MOST_BATCH_CONTROL, &room) || !to_int(args[2], &flags) || s->pending)
        return leave_to_python(SLOW_RECV_BATCH, self, args, count, NULL);
    PyObject *targets = PyList_AsTuple(args[0]);
    if (targets == NULL)
        return NULL;
    PyObject *result = receive_into(self, targets, 1, (size_t)room, flags, &usual);
    Py_DECREF(targets);
    return result;
}

#endif
