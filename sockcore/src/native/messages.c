/* recvmsg and sendmsg, with control messages as <sys/socket.h> lays them out. */

#include "native.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MOST_BUFFERS 16

#if !defined(SCM_PIDFD) && defined(__linux__)
#define SCM_PIDFD 0x04 /* <linux/socket.h>: since Linux 6.5 */
#endif

/* A received control message. */
typedef struct {
    int level;
    int type;
    const char *data;
    size_t size;
} Cmsg;

/* Read the control message at a position, and advance. 0 at the end. *cut: it goes on beyond the buffer, or its length
 * is invalid; of such a message the bytes in the buffer are its data. */
static int
next_cmsg(const struct msghdr *message, size_t *at, Cmsg *cmsg, int *cut)
{
    struct cmsghdr header;
    size_t left = message->msg_controllen > *at ? message->msg_controllen - *at : 0, length;
    if (*cut || left < sizeof header)
        return 0;
    const char *start = (const char *)message->msg_control + *at;
    memcpy(&header, start, sizeof header);
    length = header.cmsg_len;
    if (length < CMSG_LEN(0) || left < CMSG_LEN(0)) {
        *cut = 1;
        return 0;
    }
    *cut = length > left;
    cmsg->level = header.cmsg_level;
    cmsg->type = header.cmsg_type;
    cmsg->data = start + CMSG_LEN(0);
    cmsg->size = clamp(length, left) - CMSG_LEN(0);
    *at += CMSG_SPACE(cmsg->size);
    return 1;
}

/* The control messages of a received message as (level, type, data). NULL with an exception. */
static PyObject *
control_messages(const struct msghdr *message, int *cut)
{
    Cmsg cmsg;
    size_t at = 0;
    PyObject *found = PyList_New(0);
    while (found != NULL && next_cmsg(message, &at, &cmsg, cut)) {
        PyObject *item = Py_BuildValue("iiy#", cmsg.level, cmsg.type, cmsg.data, (Py_ssize_t)cmsg.size);
        if (item == NULL || PyList_Append(found, item) < 0)
            Py_CLEAR(found);
        Py_XDECREF(item);
    }
    return found;
}

static int
holds_descriptors(const Cmsg *cmsg)
{
#ifdef SCM_PIDFD
    if (cmsg->level == SOL_SOCKET && cmsg->type == SCM_PIDFD)
        return 1;
#endif
    return cmsg->level == SOL_SOCKET && cmsg->type == SCM_RIGHTS;
}

void
close_descriptors(const struct msghdr *message)
{
    Cmsg cmsg;
    size_t at = 0;
    int cut = 0, fd, number = errno;
    while (next_cmsg(message, &at, &cmsg, &cut))
        for (size_t i = 0; holds_descriptors(&cmsg) && i + sizeof fd <= cmsg.size; i += sizeof fd) {
            memcpy(&fd, cmsg.data + i, sizeof fd);
            if (fd >= 0)
                close(fd);
        }
    errno = number;
}

/* The control messages whose codecs may hold something else. NULL with an exception. */
static PyObject *
other_messages(const struct msghdr *message)
{
    Cmsg cmsg;
    size_t at = 0;
    int cut = 0;
    PyObject *others = PyList_New(0);
    while (others != NULL && next_cmsg(message, &at, &cmsg, &cut)) {
        if (holds_descriptors(&cmsg))
            continue;
        PyObject *item = Py_BuildValue("iiy#", cmsg.level, cmsg.type, cmsg.data, (Py_ssize_t)cmsg.size);
        if (item == NULL || PyList_Append(others, item) < 0)
            Py_CLEAR(others);
        Py_XDECREF(item);
    }
    return others;
}

void
discard_received(const struct msghdr *message)
{
    PyObject *type, *value, *traceback, *done = NULL;
    close_descriptors(message);
    if (message->msg_controllen == 0)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *others = other_messages(message);
    if (others != NULL && PyList_GET_SIZE(others) != 0)
        done = call_python(SLOW_LET_GO, "([O]())", others);
    Py_XDECREF(others);
    Py_XDECREF(done);
    /* An exception like KeyboardInterrupt replaces the current one, and an error does not. */
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_Exception)) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    else
        PyErr_Restore(type, value, traceback);
}

PyObject *
received(PyObject *self, PyObject *data, struct msghdr *message)
{
    int cut = 0;
    PyObject *messages = control_messages(message, &cut), *address = NULL, *flags = NULL, *result = NULL;
    const char *text = "received malformed or improperly-truncated ancillary data";
    if (messages != NULL && (!cut || PyErr_WarnEx(PyExc_RuntimeWarning, text, 1) == 0))
        address = address_of(self, "recvmsg", message->msg_name, message->msg_namelen);
    if (address != NULL)
        flags = PyLong_FromLong(message->msg_flags);
    if (flags != NULL)
        result = PyTuple_Pack(4, data, messages, flags, address);
    Py_XDECREF(flags);
    Py_XDECREF(messages);
    Py_XDECREF(address);
    Py_DECREF(data);
    return result;
}

int
open_control(Control *control, size_t size)
{
    control->bytes = size <= sizeof control->few ? control->few.bytes : PyMem_Malloc(size);
    if (control->bytes == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    memset(control->bytes, 0, size);
    return 1;
}

void
close_control(Control *control)
{
    if (control->bytes != control->few.bytes)
        PyMem_Free(control->bytes);
}

/* Receive a message into a target, which is freed, or, where that is NULL, into the buffers of a vector. NULL with an
 * exception. */
static PyObject *
receive(PyObject *self, Target *target, struct iovec *vector, Py_ssize_t count, size_t room, int flags)
{
    State *s = (State *)self;
    struct sockaddr_storage sender = {0};
    struct iovec whole;
    Control control;
    struct msghdr message;
    PyObject *waited = NULL, *result = NULL;
    Py_ssize_t got;
    if (!open_control(&control, room)) {
        if (target != NULL)
            drop_target(target);
        return NULL;
    }
    if (target != NULL) {
        whole.iov_base = target->at;
        whole.iov_len = target->size;
        vector = &whole;
        count = 1;
    }
    for (;;) {
        memset(&message, 0, sizeof message);
        message.msg_name = &sender;
        message.msg_namelen = sizeof sender;
        message.msg_iov = vector;
        message.msg_iovlen = count;
        message.msg_control = room ? control.bytes : NULL;
        message.msg_controllen = room;
        SYSTEM_CALL(got, recvmsg(s->fd, &message, flags))
        if (got >= 0 || !has_to_wait(s)) {
            if (got < 0)
                failed();
            break;
        }
        if (!wait_for_data(self, &waited))
            break;
    }
    Py_XDECREF(waited);
    if (got >= 0) {
        message.msg_controllen = clamp(message.msg_controllen, room);
        /* Unlike recv, recvmsg cuts the count to the size, as CPython does. */
        PyObject *data
            = target == NULL ? PyLong_FromSsize_t(got) : take_bytes(target, clamp((size_t)got, target->size));
        result = data == NULL ? NULL : received(self, data, &message);
        if (result == NULL)
            discard_received(&message);
    }
    else if (target != NULL)
        drop_target(target);
    close_control(&control);
    return result;
}

PyObject *
fast_recvmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t size, room = 0;
    int flags = 0;
    if (count < 1 || count > 3 || !to_size(args[0], PY_SSIZE_T_MAX, &size)
        || (count > 1 && !to_size(args[1], INT_MAX, &room)) || (count > 2 && !to_int(args[2], &flags))
        || GATHERS((State *)self, flags))
        return leave_to_python(SLOW_RECVMSG, self, args, count, NULL);
    Target target;
    return open_target(&target, size, flags) ? receive(self, &target, NULL, 0, (size_t)room, flags) : NULL;
}

/* The second half of the methods recvmsg and recvmsg_into in Python: _recvmsg(call, target, room, flags). A target is
 * a size, or a list of buffers. The call is the function of the backend that the one in Python calls. */
PyObject *
fast__recvmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t size = 0, room, held = 0;
    int flags;
    Target target;
    Py_buffer *views = NULL;
    struct iovec *vector = NULL;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "_recvmsg() takes 4 arguments");
        return NULL;
    }
    if (!to_int(args[3], &flags)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "the flags must be an int");
        return NULL;
    }
    if (GATHERS((State *)self, flags))
        return leave_to_python(SLOW_RECV_MESSAGE, self, args, count, NULL);
    int is_size = PyLong_Check(args[1]);
    if (is_size) {
        if (!to_size(args[1], PY_SSIZE_T_MAX, &size)) {
            PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
            return NULL;
        }
        if (!open_target(&target, size, flags)) /* the memory of the data is asked for first */
            return NULL;
    }
    if (!to_size(args[2], INT_MAX, &room)) {
        if (is_size)
            drop_target(&target);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "invalid ancillary data buffer length");
        return NULL;
    }
    if (is_size)
        return receive(self, &target, NULL, 0, (size_t)room, flags);
    if ((held = hold(args[1], PyBUF_WRITABLE, &views, &vector)) < 0)
        return NULL;
    PyObject *result = receive(self, NULL, vector, held, (size_t)room, flags);
    let_go(views, vector, held);
    return result;
}

/* Write one (level, type, data) triple behind the others; 0 if it is not a usual one, or there is no room. */
static int
add_control(PyObject *triple, char *control, size_t *used)
{
    int level, type;
    Py_buffer data;
    if (!PyTuple_CheckExact(triple) || PyTuple_GET_SIZE(triple) != 3 || !usual_int(PyTuple_GET_ITEM(triple, 0), &level)
        || !usual_int(PyTuple_GET_ITEM(triple, 1), &type)
        || !usual_buffer(PyTuple_GET_ITEM(triple, 2), &data, PyBUF_SIMPLE))
        return 0;
    int fits = data.len < MOST_CONTROL && CMSG_SPACE((size_t)data.len) <= MOST_CONTROL - *used;
    if (fits) {
        struct cmsghdr *header = (struct cmsghdr *)(control + *used);
        memset(header, 0, CMSG_SPACE(data.len));
        header->cmsg_len = CMSG_LEN(data.len);
        header->cmsg_level = level;
        header->cmsg_type = type;
        memcpy(CMSG_DATA(header), data.buf, data.len);
        *used += CMSG_SPACE(data.len);
    }
    PyBuffer_Release(&data);
    return fits;
}

/* A tuple of the items of a list or tuple, a new reference, or NULL for anything else and for too many, or with an
 * exception. An object may change the list that it is in when its buffer is taken. */
static PyObject *
few_items(PyObject *sequence)
{
    PyObject *items = NULL;
    if (PyTuple_CheckExact(sequence)) {
        items = sequence;
        Py_INCREF(items);
    }
    else if (PyList_CheckExact(sequence))
        items = PyList_AsTuple(sequence);
    if (items != NULL && PyTuple_GET_SIZE(items) > MOST_BUFFERS)
        Py_CLEAR(items);
    return items;
}

PyObject *
fast_sendmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    PyObject *address = count > 3 ? args[3] : Py_None;
    PyObject *raw = NULL, *items = NULL, *triples = NULL;
    Py_ssize_t held = 0, sent;
    int flags = 0, number;
    union {
        struct cmsghdr aligned;
        char bytes[MOST_CONTROL];
    } control;
    size_t used = 0;
    Py_buffer views[MOST_BUFFERS];
    struct iovec vector[MOST_BUFFERS];
    struct msghdr message = {0};

    int usual = count >= 1 && count <= 4 && (items = few_items(args[0])) != NULL
        && (count < 2 || (triples = few_items(args[1])) != NULL)
        && (count < 3 || usual_int(args[2], &flags))
        && (address == Py_None || (raw = known_sockaddr(s, address)) != NULL);
    for (Py_ssize_t i = 0; usual && triples != NULL && i < PyTuple_GET_SIZE(triples); i++)
        usual = add_control(PyTuple_GET_ITEM(triples, i), control.bytes, &used);
    for (; usual && held < PyTuple_GET_SIZE(items); held++) {
        if (!usual_buffer(PyTuple_GET_ITEM(items, held), &views[held], PyBUF_SIMPLE)) {
            usual = 0;
            break;
        }
        vector[held].iov_base = views[held].buf;
        vector[held].iov_len = views[held].len;
    }
    if (usual && PySys_Audit("socket.sendmsg", "OO", self, address) == 0) {
        message.msg_name = raw == NULL ? NULL : PyBytes_AS_STRING(raw);
        message.msg_namelen = raw == NULL ? 0 : (socklen_t)PyBytes_GET_SIZE(raw);
        message.msg_iov = vector;
        message.msg_iovlen = held;
        message.msg_control = used ? control.bytes : NULL;
        message.msg_controllen = used;
        SYSTEM_CALL(sent, sendmsg(s->fd, &message, flags))
    }
    else
        sent = -1;
    number = errno;
    while (held > 0)
        PyBuffer_Release(&views[--held]);
    Py_XDECREF(raw);
    Py_XDECREF(items);
    Py_XDECREF(triples);
    errno = number;
    if (!usual)
        return leave_to_python(SLOW_SENDMSG, self, args, count, NULL);
    if (sent >= 0)
        return PyLong_FromSsize_t(sent);
    if (PyErr_Occurred())
        return NULL;
    return has_to_wait(s) ? leave_to_python(SLOW_SENDMSG_LATER, self, args, count, NULL) : failed();
}
