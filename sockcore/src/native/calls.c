/* The functions of the backend, as sockcore._backend.protocol describes them: one system call each. */

#include "native.h"

#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One call, one try: EINTR is the caller's. The signal's handler has run by then. */
#define CALL(result, expression)                                                                                      \
    Py_BEGIN_ALLOW_THREADS                                                                                            \
    result = (expression);                                                                                            \
    Py_END_ALLOW_THREADS

static PyObject *
none_or_error(int result)
{
    if (result < 0)
        return failed();
    Py_RETURN_NONE;
}

/* The number of a new descriptor, which is closed if there is no memory for it. */
static PyObject *
descriptor_or_error(int fd)
{
    if (fd < 0)
        return failed();
    PyObject *number = PyLong_FromLong(fd);
    if (number == NULL)
        close(fd);
    return number;
}

/* Whether a size that Python code passes is one. 0 with ValueError. */
static int
is_size(Py_ssize_t size)
{
    if (size >= 0)
        return 1;
    PyErr_SetString(PyExc_ValueError, "the size of a buffer must not be negative");
    return 0;
}

/* The converter of an argument: an unsigned int. */
static int
unsigned_int(PyObject *object, void *value)
{
    unsigned long number = PyLong_AsUnsignedLong(object);
    if (number == (unsigned long)-1 && PyErr_Occurred())
        return 0;
    if (number > UINT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C unsigned int");
        return 0;
    }
    *(unsigned int *)value = (unsigned int)number;
    return 1;
}

/* Where the kernel writes a sockaddr, how many bytes were asked for, and the length that it says. */
typedef struct {
    char bytes[256];
    socklen_t room;
    socklen_t length;
} Written;

/* The converter of an argument: how many bytes of a sockaddr are asked for. */
static int
asked(PyObject *size, void *written)
{
    Written *w = written;
    long room = PyLong_AsLong(size);
    if (room < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "the size of a sockaddr must not be negative");
        return 0;
    }
    w->room = w->length = (socklen_t)clamp((size_t)room, sizeof w->bytes);
    memset(w->bytes, 0, w->room);
    return 1;
}

/* The sockaddr, cut to what was asked for; a kernel may say that it was longer. */
static PyObject *
bytes_of(const Written *w)
{
    return PyBytes_FromStringAndSize(w->bytes, (Py_ssize_t)clamp(w->length, w->room));
}

static PyObject *
call_socket(PyObject *module, PyObject *args)
{
    int family, type, proto, fd;
    (void)module;
    if (!PyArg_ParseTuple(args, "iii", &family, &type, &proto))
        return NULL;
    CALL(fd, open_descriptor(family, type, proto))
    return descriptor_or_error(fd);
}

static PyObject *
call_socketpair(PyObject *module, PyObject *args)
{
    int family, type, proto, pair[2], result;
    (void)module;
    if (!PyArg_ParseTuple(args, "iii", &family, &type, &proto))
        return NULL;
    CALL(result, open_pair(family, type, proto, pair))
    if (result < 0)
        return failed();
    PyObject *both = Py_BuildValue("ii", pair[0], pair[1]);
    if (both == NULL) {
        close(pair[0]);
        close(pair[1]);
    }
    return both;
}

static PyObject *
call_close(PyObject *module, PyObject *args)
{
    int fd, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    CALL(result, close(fd))
    return none_or_error(result < 0 && errno == ECONNRESET ? 0 : result);
}

static PyObject *
call_dup(PyObject *module, PyObject *args)
{
    int fd, new;
    (void)module;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    CALL(new, fcntl(fd, F_DUPFD_CLOEXEC, 0))
    return descriptor_or_error(new);
}

static PyObject *
call_bind(PyObject *module, PyObject *args)
{
    int fd, result;
    const char *address;
    Py_ssize_t size;
    socklen_t length;
    (void)module;
    if (!PyArg_ParseTuple(args, "iy#", &fd, &address, &size) || !to_socklen(size, &length))
        return NULL;
    CALL(result, bind(fd, (const struct sockaddr *)address, length))
    return none_or_error(result);
}

static PyObject *
call_connect(PyObject *module, PyObject *args)
{
    int fd, result;
    const char *address;
    Py_ssize_t size;
    socklen_t length;
    (void)module;
    if (!PyArg_ParseTuple(args, "iy#", &fd, &address, &size) || !to_socklen(size, &length))
        return NULL;
    CALL(result, connect(fd, (const struct sockaddr *)address, length))
    int number = result < 0 ? errno : 0;
    if (number == EINTR && PyErr_CheckSignals() < 0)
        return NULL;
    return PyLong_FromLong(number);
}

static PyObject *
call_listen(PyObject *module, PyObject *args)
{
    int fd, backlog, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "ii", &fd, &backlog))
        return NULL;
    CALL(result, listen(fd, backlog))
    return none_or_error(result);
}

static PyObject *
call_accept(PyObject *module, PyObject *args)
{
    int fd, new;
    Written peer;
    (void)module;
    if (!PyArg_ParseTuple(args, "iO&", &fd, asked, &peer))
        return NULL;
    struct sockaddr *address = peer.room ? (struct sockaddr *)peer.bytes : NULL;
    CALL(new, accept_descriptor(fd, address, peer.room ? &peer.length : NULL))
    if (new < 0)
        return failed();
    PyObject *result = Py_BuildValue("iN", new, bytes_of(&peer));
    if (result == NULL)
        close(new);
    return result;
}

static PyObject *
call_shutdown(PyObject *module, PyObject *args)
{
    int fd, how, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "ii", &fd, &how))
        return NULL;
    CALL(result, shutdown(fd, how))
    return none_or_error(result);
}

static PyObject *
name_of(PyObject *args, int (*call)(int, struct sockaddr *, socklen_t *))
{
    int fd, result;
    Written name;
    if (!PyArg_ParseTuple(args, "iO&", &fd, asked, &name))
        return NULL;
    CALL(result, call(fd, (struct sockaddr *)name.bytes, &name.length))
    return result < 0 ? failed() : bytes_of(&name);
}

static PyObject *
call_getsockname(PyObject *module, PyObject *args)
{
    (void)module;
    return name_of(args, getsockname);
}

static PyObject *
call_getpeername(PyObject *module, PyObject *args)
{
    (void)module;
    return name_of(args, getpeername);
}

static PyObject *
call_getsockopt_int(PyObject *module, PyObject *args)
{
    int fd, level, option, result, value = 0;
    socklen_t length = sizeof value;
    (void)module;
    if (!PyArg_ParseTuple(args, "iii", &fd, &level, &option))
        return NULL;
    CALL(result, getsockopt(fd, level, option, &value, &length))
    return result < 0 ? failed() : PyLong_FromLong(value);
}

static PyObject *
call_getsockopt(PyObject *module, PyObject *args)
{
    int fd, level, option, size, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "iiii", &fd, &level, &option, &size) || !is_size(size))
        return NULL;
    PyObject *value = PyBytes_FromStringAndSize(NULL, size);
    if (value == NULL)
        return NULL;
    memset(PyBytes_AS_STRING(value), 0, size);
    socklen_t length = (socklen_t)size;
    CALL(result, getsockopt(fd, level, option, PyBytes_AS_STRING(value), &length))
    if (result < 0) {
        Py_DECREF(value);
        return failed();
    }
    if (length < (socklen_t)size)
        _PyBytes_Resize(&value, length);
    return value;
}

static PyObject *
call_setsockopt(PyObject *module, PyObject *args)
{
    int fd, level, option, result;
    Py_buffer value;
    unsigned int size;
    (void)module;
    if (!PyArg_ParseTuple(args, "iiiz*O&", &fd, &level, &option, &value, unsigned_int, &size))
        return NULL;
    if (value.buf != NULL && size > (size_t)value.len) {
        PyErr_Format(PyExc_ValueError, "the value has %zd bytes, not %u", value.len, size);
        PyBuffer_Release(&value);
        return NULL;
    }
    CALL(result, setsockopt(fd, level, option, value.buf, size))
    release(&value);
    return none_or_error(result);
}

static PyObject *
call_recv(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_ssize_t size, got;
    (void)module;
    if (!PyArg_ParseTuple(args, "ini", &fd, &size, &flags) || !is_size(size))
        return NULL;
    Target data;
    if (!open_target(&data, size, flags))
        return NULL;
    CALL(got, recv(fd, data.at, data.size, flags))
    if (got < 0) {
        drop_target(&data);
        return failed();
    }
    return take_bytes(&data, counted(&data, got, flags));
}

static PyObject *
call_recv_into(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_buffer view;
    Py_ssize_t got;
    (void)module;
    if (!PyArg_ParseTuple(args, "iw*i", &fd, &view, &flags))
        return NULL;
    CALL(got, recv(fd, view.buf, view.len, flags))
    release(&view);
    return got < 0 ? failed() : PyLong_FromSsize_t(got);
}

static PyObject *
call_recvfrom(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_ssize_t size, got;
    Written sender;
    (void)module;
    if (!PyArg_ParseTuple(args, "iniO&", &fd, &size, &flags, asked, &sender) || !is_size(size))
        return NULL;
    Target target;
    if (!open_target(&target, size, flags))
        return NULL;
    CALL(got, recvfrom(fd, target.at, target.size, flags, (struct sockaddr *)sender.bytes, &sender.length))
    if (got < 0) {
        drop_target(&target);
        return failed();
    }
    PyObject *data = take_bytes(&target, counted(&target, got, flags));
    return data == NULL ? NULL : Py_BuildValue("NN", data, bytes_of(&sender));
}

static PyObject *
call_recvfrom_into(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_buffer view;
    Py_ssize_t got;
    Written sender;
    (void)module;
    if (!PyArg_ParseTuple(args, "iw*iO&", &fd, &view, &flags, asked, &sender))
        return NULL;
    CALL(got, recvfrom(fd, view.buf, view.len, flags, (struct sockaddr *)sender.bytes, &sender.length))
    release(&view);
    return got < 0 ? failed() : Py_BuildValue("nN", got, bytes_of(&sender));
}

Py_ssize_t
hold(PyObject *sequence, int flags, Py_buffer **views, struct iovec **vector)
{
    Py_ssize_t count = PySequence_Size(sequence), held;
    if (count < 0)
        return -1;
    if (count > INT_MAX) { /* msg_iovlen is an int on some systems */
        PyErr_Format(PyExc_OverflowError, "a message has no %zd buffers", count);
        return -1;
    }
    *views = PyMem_New(Py_buffer, count + 1);
    *vector = PyMem_New(struct iovec, count + 1);
    if (*views == NULL || *vector == NULL) {
        PyMem_Free(*views);
        PyMem_Free(*vector);
        PyErr_NoMemory();
        return -1;
    }
    for (held = 0; held < count; held++) {
        PyObject *item = PySequence_GetItem(sequence, held);
        int result = item == NULL ? -1 : PyObject_GetBuffer(item, *views + held, flags);
        Py_XDECREF(item);
        if (result < 0)
            break;
        (*vector)[held].iov_base = (*views)[held].buf;
        (*vector)[held].iov_len = (*views)[held].len;
    }
    if (held == count)
        return held;
    while (held > 0)
        PyBuffer_Release(*views + --held);
    PyMem_Free(*views);
    PyMem_Free(*vector);
    return -1;
}

void
let_go(Py_buffer *views, struct iovec *vector, Py_ssize_t held)
{
    int number = errno;
    while (held > 0)
        PyBuffer_Release(views + --held);
    PyMem_Free(views);
    PyMem_Free(vector);
    errno = number;
}

static PyObject *
call_recvmsg(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_ssize_t control_size, got, held;
    PyObject *buffers;
    Py_buffer *views;
    struct iovec *vector;
    Written sender;
    struct msghdr message = {0};
    (void)module;
    socklen_t control_room;
    if (!PyArg_ParseTuple(args, "iOniO&", &fd, &buffers, &control_size, &flags, asked, &sender)
        || !is_size(control_size) || !to_socklen(control_size, &control_room))
        return NULL;
    Control control;
    if (!open_control(&control, (size_t)control_size))
        return NULL;
    if ((held = hold(buffers, PyBUF_WRITABLE, &views, &vector)) < 0) {
        close_control(&control);
        return NULL;
    }
    message.msg_name = sender.bytes;
    message.msg_namelen = sender.room;
    message.msg_iov = vector;
    message.msg_iovlen = held;
    message.msg_control = control_size ? control.bytes : NULL;
    message.msg_controllen = control_room;
    CALL(got, recvmsg(fd, &message, flags))
    let_go(views, vector, held);
    PyObject *result = NULL;
    if (got < 0)
        failed();
    else {
        message.msg_controllen = clamp(message.msg_controllen, (size_t)control_size);
        sender.length = message.msg_namelen;
        result = Py_BuildValue("ny#iN", got, control.bytes, (Py_ssize_t)message.msg_controllen, message.msg_flags,
                               bytes_of(&sender));
        if (result == NULL)
            close_descriptors(&message);
    }
    close_control(&control);
    return result;
}

static PyObject *
call_send(PyObject *module, PyObject *args)
{
    int fd, flags, packets; /* the last is for those who would use write(2) */
    Py_buffer data;
    Py_ssize_t sent;
    (void)module;
    if (!PyArg_ParseTuple(args, "iy*i|p", &fd, &data, &flags, &packets))
        return NULL;
    size_t size = (size_t)data.len;
    CALL(sent, send(fd, data.buf, size, flags))
    release(&data);
    return sent < 0 ? failed() : PyLong_FromSize_t(clamp((size_t)sent, size));
}

static PyObject *
call_sendto(PyObject *module, PyObject *args)
{
    int fd, flags;
    Py_buffer data;
    const char *address;
    Py_ssize_t size, sent;
    (void)module;
    socklen_t length;
    if (!PyArg_ParseTuple(args, "iy*iy#", &fd, &data, &flags, &address, &size))
        return NULL;
    if (!to_socklen(size, &length)) {
        PyBuffer_Release(&data);
        return NULL;
    }
    CALL(sent, sendto(fd, data.buf, data.len, flags, (const struct sockaddr *)address, length))
    release(&data);
    return sent < 0 ? failed() : PyLong_FromSsize_t(sent);
}

static PyObject *
call_sendmsg(PyObject *module, PyObject *args)
{
    int fd, flags;
    PyObject *buffers;
    const char *control, *address;
    Py_ssize_t control_size, size, sent, held;
    Py_buffer *views;
    struct iovec *vector;
    struct msghdr message = {0};
    (void)module;
    socklen_t control_length, length;
    if (!PyArg_ParseTuple(args, "iOy#iy#", &fd, &buffers, &control, &control_size, &flags, &address, &size)
        || !to_socklen(control_size, &control_length) || !to_socklen(size, &length))
        return NULL;
    if ((held = hold(buffers, PyBUF_SIMPLE, &views, &vector)) < 0)
        return NULL;
    message.msg_name = size ? (void *)address : NULL;
    message.msg_namelen = length;
    message.msg_iov = vector;
    message.msg_iovlen = held;
    message.msg_control = control_size ? (void *)control : NULL;
    message.msg_controllen = control_length;
    CALL(sent, sendmsg(fd, &message, flags))
    let_go(views, vector, held);
    return sent < 0 ? failed() : PyLong_FromSsize_t(sent);
}

/* The kernel does not know the size of the argument: a smaller one is copied into a block of this size. */
#define IOCTL_ROOM 1024

static PyObject *
call_ioctl(PyObject *module, PyObject *args)
{
    int fd, result;
    unsigned long long request;
    Py_buffer argument;
    char block[IOCTL_ROOM];
    (void)module;
    if (!PyArg_ParseTuple(args, "iKw*", &fd, &request, &argument))
        return NULL;
    if (argument.len < (Py_ssize_t)sizeof block) {
        memset(block, 0, sizeof block);
        memcpy(block, argument.buf, argument.len);
        CALL(result, ioctl(fd, (unsigned long)request, block))
        memcpy(argument.buf, block, argument.len);
    }
    else {
        CALL(result, ioctl(fd, (unsigned long)request, argument.buf))
    }
    release(&argument);
    return result < 0 ? failed() : PyLong_FromLong(result);
}

/* Set or clear one of a descriptor's flags, by two commands of fcntl(2). */
static int
flag(int fd, int get, int set, int bit, int on)
{
    int flags = fcntl(fd, get);
    if (flags < 0)
        return -1;
    int wanted = on ? flags | bit : flags & ~bit;
    return wanted == flags ? 0 : fcntl(fd, set, wanted);
}

static PyObject *
call_set_blocking(PyObject *module, PyObject *args)
{
    int fd, blocking, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "ip", &fd, &blocking))
        return NULL;
    CALL(result, flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, !blocking))
    return none_or_error(result);
}

static PyObject *
call_get_inheritable(PyObject *module, PyObject *args)
{
    int fd, flags;
    (void)module;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    CALL(flags, fcntl(fd, F_GETFD))
    return flags < 0 ? failed() : PyBool_FromLong(!(flags & FD_CLOEXEC));
}

static PyObject *
call_set_inheritable(PyObject *module, PyObject *args)
{
    int fd, inheritable, result;
    (void)module;
    if (!PyArg_ParseTuple(args, "ii", &fd, &inheritable))
        return NULL;
    CALL(result, flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, !inheritable))
    return none_or_error(result);
}

static PyObject *
call_if_nametoindex(PyObject *module, PyObject *args)
{
    const char *name;
    unsigned int index;
    (void)module;
    if (!PyArg_ParseTuple(args, "y", &name))
        return NULL;
    errno = ENODEV;
    if (strlen(name) < IF_NAMESIZE) { /* some C libraries cut what is longer */
        CALL(index, if_nametoindex(name))
        if (index != 0)
            return PyLong_FromUnsignedLong(index);
    }
    PyObject *arguments = Py_BuildValue("is", errno ? errno : ENODEV, "no interface with this name");
    if (arguments != NULL)
        PyErr_SetObject(PyExc_OSError, arguments);
    Py_XDECREF(arguments);
    return NULL;
}

static PyObject *
call_if_indextoname(PyObject *module, PyObject *args)
{
    unsigned int index;
    char name[256] = "", *found;
    (void)module;
    if (!PyArg_ParseTuple(args, "O&", unsigned_int, &index))
        return NULL;
    CALL(found, if_indextoname(index, name))
    return found == NULL ? failed() : PyBytes_FromString(name);
}

static PyObject *
call_if_nameindex(PyObject *module, PyObject *args)
{
    struct if_nameindex *start;
    (void)module;
    if (!PyArg_ParseTuple(args, ""))
        return NULL;
    CALL(start, if_nameindex())
    if (start == NULL)
        return failed();
    PyObject *found = PyList_New(0);
    for (struct if_nameindex *at = start; found != NULL && (at->if_index != 0 || at->if_name != NULL); at++) {
        PyObject *pair = Py_BuildValue("Iy", at->if_index, at->if_name);
        if (pair == NULL || PyList_Append(found, pair) < 0)
            Py_CLEAR(found);
        Py_XDECREF(pair);
    }
    if_freenameindex(start);
    return found;
}

#define FUNCTION(name, doc)                                                                                           \
    {                                                                                                                 \
        #name, call_##name, METH_VARARGS, doc                                                                         \
    }

PyMethodDef call_methods[] = {
    FUNCTION(socket, "socket(family, type, proto)\n--\n\nsocket(2), non-inheritable."),
    FUNCTION(socketpair, "socketpair(family, type, proto)\n--\n\nsocketpair(2), both non-inheritable."),
    FUNCTION(close, "close(fd)\n--\n\nclose(2); a connection that the peer reset is closed all the same."),
    FUNCTION(dup, "dup(fd)\n--\n\nDuplicate, non-inheritable."),
    FUNCTION(bind, "bind(fd, address)\n--\n\nbind(2)."),
    FUNCTION(connect, "connect(fd, address)\n--\n\nconnect(2): 0 or errno."),
    FUNCTION(listen, "listen(fd, backlog)\n--\n\nlisten(2)."),
    FUNCTION(accept, "accept(fd, size)\n--\n\naccept(2), non-inheritable."),
    FUNCTION(shutdown, "shutdown(fd, how)\n--\n\nshutdown(2)."),
    FUNCTION(getsockname, "getsockname(fd, size)\n--\n\ngetsockname(2)."),
    FUNCTION(getpeername, "getpeername(fd, size)\n--\n\ngetpeername(2)."),
    FUNCTION(getsockopt_int, "getsockopt_int(fd, level, option)\n--\n\ngetsockopt(2) of an int."),
    FUNCTION(getsockopt, "getsockopt(fd, level, option, size)\n--\n\ngetsockopt(2) of a buffer."),
    FUNCTION(setsockopt, "setsockopt(fd, level, option, value, size)\n--\n\nsetsockopt(2) of a buffer or of nothing."),
    FUNCTION(recv, "recv(fd, size, flags)\n--\n\nrecv(2)."),
    FUNCTION(recv_into, "recv_into(fd, buffer, flags)\n--\n\nrecv(2) into a buffer."),
    FUNCTION(recvfrom, "recvfrom(fd, size, flags, address_size)\n--\n\nrecvfrom(2)."),
    FUNCTION(recvfrom_into, "recvfrom_into(fd, buffer, flags, address_size)\n--\n\nrecvfrom(2) into a buffer."),
    FUNCTION(recvmsg, "recvmsg(fd, buffers, control_size, flags, address_size)\n--\n\nrecvmsg(2) into buffers."),
    FUNCTION(send, "send(fd, data, flags, packets=False)\n--\n\nsend(2)."),
    FUNCTION(sendto, "sendto(fd, data, flags, address)\n--\n\nsendto(2)."),
    FUNCTION(sendmsg, "sendmsg(fd, buffers, control, flags, address)\n--\n\nsendmsg(2)."),
#ifdef HAS_BATCHES
    FUNCTION(sendmmsg, "sendmmsg(fd, messages, flags)\n--\n\nsendmmsg(2) of (buffers, control, address)."),
    FUNCTION(recvmmsg, "recvmmsg(fd, targets, control_size, flags, address_size)\n--\n\nrecvmmsg(2) into buffers."),
#endif
    FUNCTION(ioctl, "ioctl(fd, request, argument)\n--\n\nioctl(2)."),
    FUNCTION(set_blocking, "set_blocking(fd, blocking)\n--\n\nClear or set O_NONBLOCK."),
    FUNCTION(get_inheritable, "get_inheritable(fd)\n--\n\nReturn whether FD_CLOEXEC is clear."),
    FUNCTION(set_inheritable, "set_inheritable(fd, inheritable)\n--\n\nClear or set FD_CLOEXEC."),
    FUNCTION(if_nametoindex, "if_nametoindex(name)\n--\n\nif_nametoindex(3)."),
    FUNCTION(if_indextoname, "if_indextoname(index)\n--\n\nif_indextoname(3)."),
    FUNCTION(if_nameindex, "if_nameindex()\n--\n\nif_nameindex(3)."),
    {NULL, NULL, 0, NULL},
};
