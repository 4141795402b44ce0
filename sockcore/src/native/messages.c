/* recvmsg and sendmsg, with control messages as <sys/socket.h> lays them out. */

#include "native.h"

#include <string.h>

#define MOST_BUFFERS 16

/* The control messages of a received message; NULL where one of them is cut, or with an exception. */
static PyObject *
control_messages(struct msghdr *message)
{
    PyObject *found = PyList_New(0);
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); found != NULL && each != NULL; each = CMSG_NXTHDR(message, each)) {
        size_t at = (size_t)((char *)each - (char *)message->msg_control);
        int whole = each->cmsg_len >= CMSG_LEN(0) && each->cmsg_len <= message->msg_controllen - at;
        PyObject *item = !whole ? NULL : Py_BuildValue(
            "iiy#", each->cmsg_level, each->cmsg_type, CMSG_DATA(each), (Py_ssize_t)(each->cmsg_len - CMSG_LEN(0)));
        if (item == NULL || PyList_Append(found, item) < 0)
            Py_CLEAR(found);
        Py_XDECREF(item);
    }
    return found;
}

PyObject *
received(PyObject *self, PyObject *data, struct msghdr *message)
{
    PyObject *messages = message->msg_flags & MSG_CTRUNC ? NULL : control_messages(message);
    PyObject *address = messages == NULL
        ? NULL : address_of(self, "recvmsg", message->msg_name, message->msg_namelen);
    PyObject *flags = address == NULL ? NULL : PyLong_FromLong(message->msg_flags);
    PyObject *result;
    if (flags != NULL)
        result = PyTuple_Pack(4, data, messages, flags, address);
    else {
        /* Something is wrong: Python warns, raises, and lets go of the descriptors that came. */
        PyErr_Clear();
        result = PyObject_CallFunction(
            slow[SLOW_RECEIVED], "OOy#iy#", self, data, (char *)message->msg_control,
            (Py_ssize_t)message->msg_controllen, message->msg_flags, (char *)message->msg_name,
            (Py_ssize_t)room_for(self, message->msg_namelen));
    }
    Py_XDECREF(flags);
    Py_XDECREF(messages);
    Py_XDECREF(address);
    Py_DECREF(data);
    return result;
}

PyObject *
fast_recvmsg(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    Py_ssize_t size, got;
    int room = 0, flags = 0;
    if (count < 1 || count > 3 || !usual_size(args[0], &size) || (count > 1 && !usual_int(args[1], &room))
        || (count > 2 && !usual_int(args[2], &flags)) || room < 0 || room > MOST_CONTROL)
        return leave_to_python(SLOW_RECVMSG, self, args, count, NULL);
    PyObject *data = PyBytes_FromStringAndSize(NULL, size);
    if (data == NULL)
        return NULL;
    struct sockaddr_storage sender = {0};
    union {
        struct cmsghdr aligned;
        char bytes[MOST_CONTROL];
    } control;
    memset(control.bytes, 0, (size_t)room);
    struct iovec vector = {PyBytes_AS_STRING(data), size};
    struct msghdr message = {0};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = room ? control.bytes : NULL;
    message.msg_controllen = room;
    SYSTEM_CALL(got, recvmsg(s->fd, &message, flags))
    if (got < 0) {
        Py_DECREF(data);
        return has_to_wait(s) ? leave_to_python(SLOW_RECVMSG, self, args, count, NULL) : failed();
    }
    if (got < size && _PyBytes_Resize(&data, got) < 0)
        return NULL;
    message.msg_controllen = clamp(message.msg_controllen, (size_t)room);
    return received(self, data, &message);
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
    int fits = data.len < MOST_CONTROL && *used + CMSG_SPACE(data.len) <= MOST_CONTROL;
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

/* A tuple of the items of a list or tuple, a new reference, or NULL for anything else and for too many. An object may
 * change the list that it is in when it is asked for its bytes. */
static PyObject *
few_items(PyObject *sequence)
{
    PyObject *items = NULL;
    if (PyTuple_CheckExact(sequence)) {
        items = sequence;
        Py_INCREF(items);
    }
    else if (PyList_CheckExact(sequence) && (items = PyList_AsTuple(sequence)) == NULL)
        PyErr_Clear();
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
    return has_to_wait(s) ? leave_to_python(SLOW_SENDMSG_LATER, self, args, count, NULL) : failed();
}
