/* recvmsg, recvmsg_into and sendmsg: data in several buffers, with control messages as <sys/socket.h> lays them out.
 *
 * A control message may hold file descriptors, which the process owns once recvmsg(2) has returned. If the program does
 * not get the message, this code closes them, also without memory.
 */

#include "native.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

/* The maximum number of buffers in a message without an allocation. */
#define FEW_BUFFERS 8

/* ------------------------------------------------------------------ received control messages */

static void
close_descriptors(const char *data, size_t size)
{
    for (; size >= sizeof(int); data += sizeof(int), size -= sizeof(int)) {
        int fd;
        memcpy(&fd, data, sizeof fd);
        if (fd >= 0)
            close(fd);
    }
}

#if defined(__linux__) && !defined(SCM_PIDFD) /* since Linux 6.5 */
#define SCM_PIDFD 4
#endif

static int
holds_descriptors(int level, int type)
{
#ifdef SCM_PIDFD
    if (level == SOL_SOCKET && type == SCM_PIDFD)
        return 1;
#endif
    return level == SOL_SOCKET && type == SCM_RIGHTS;
}

/* Return the bytes of data in a control message, at most as many as are in the buffer; -1 if the header is not valid. */
static Py_ssize_t
control_data_size(struct msghdr *message, struct cmsghdr *header, int *is_cut)
{
    size_t at = (size_t)((char *)header - (char *)message->msg_control);
    size_t left = message->msg_controllen - at, length = header->cmsg_len;
    *is_cut = length < CMSG_LEN(0) || length > left;
    if (length < CMSG_LEN(0) || left < CMSG_LEN(0))
        return -1;
    return (Py_ssize_t)((length < left ? length : left) - CMSG_LEN(0));
}

void
close_control(struct msghdr *message)
{
    int number = errno;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each)) {
        int is_cut;
        Py_ssize_t size = control_data_size(message, each, &is_cut);
        if (size > 0 && holds_descriptors(each->cmsg_level, each->cmsg_type))
            close_descriptors((const char *)CMSG_DATA(each), (size_t)size);
        if (is_cut)
            break;
    }
    errno = number;
}

void
close_unpacked(PyObject *triples)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(triples); i++) {
        PyObject *triple = PyList_GET_ITEM(triples, i);
        int level, type;
        if (!PyTuple_CheckExact(triple) || PyTuple_GET_SIZE(triple) != 3 || !PyBytes_CheckExact(PyTuple_GET_ITEM(triple, 2)))
            continue; /* a program may have changed the list */
        if (exact_int(PyTuple_GET_ITEM(triple, 0), &level) && exact_int(PyTuple_GET_ITEM(triple, 1), &type)
            && holds_descriptors(level, type)) {
            PyObject *data = PyTuple_GET_ITEM(triple, 2);
            close_descriptors(PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
        }
    }
}

PyObject *
unpack_control(BaseSocket *s, struct msghdr *message)
{
    PyObject *triples = PyList_New(0);
    int is_cut = 0;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); triples != NULL && each != NULL && !is_cut;
         each = CMSG_NXTHDR(message, each)) {
        Py_ssize_t size = control_data_size(message, each, &is_cut);
        if (size < 0)
            break;
        PyObject *triple = Py_BuildValue("iiy#", each->cmsg_level, each->cmsg_type, (char *)CMSG_DATA(each), size);
        if (triple == NULL || PyList_Append(triples, triple) < 0)
            Py_CLEAR(triples);
        Py_XDECREF(triple);
    }
    if (triples != NULL && is_cut) {
        /* A RuntimeWarning, which may be raised as an exception. */
        PyObject *nothing = PyObject_CallFunction(s->state->rules[RULE_WARN_TRUNCATED], NULL);
        if (nothing == NULL)
            Py_CLEAR(triples);
        Py_XDECREF(nothing);
    }
    if (triples == NULL)
        close_control(message);
    return triples;
}

/* Build the result of recvmsg from its parts. Steals *data* and *triples*, which may be NULL with an exception. On an
 * error the file descriptors in the triples are closed. */
static PyObject *
build_result(BaseSocket *s, PyObject *data, PyObject *triples, struct msghdr *message)
{
    PyObject *address = NULL, *result = NULL;
    if (triples != NULL && data != NULL)
        address = decode_address(s, OPERATION_RECVMSG, message->msg_name, message->msg_namelen);
    if (address != NULL)
        result = Py_BuildValue("OOiO", data, triples, message->msg_flags, address);
    if (triples != NULL && result == NULL)
        close_unpacked(triples);
    Py_XDECREF(data);
    Py_XDECREF(triples);
    Py_XDECREF(address);
    return result;
}

PyObject *
build_received(BaseSocket *s, PyObject *data, struct msghdr *message)
{
    return build_result(s, data, unpack_control(s, message), message);
}

/* ------------------------------------------------------------------ receiving */

/* The arguments of recvmsg(2) and sendmsg(2): the system changes the lengths in the header. */
typedef struct {
    struct msghdr message;
    int flags;
    socklen_t name_size;
    size_t control_size;
} Message;

static ssize_t
call_recvmsg(int fd, void *arguments)
{
    Message *m = arguments;
    m->message.msg_namelen = m->name_size;
    m->message.msg_controllen = m->control_size;
    ssize_t result = recvmsg(fd, &m->message, m->flags);
    if (result >= 0 && (size_t)m->message.msg_controllen > m->control_size)
        m->message.msg_controllen = m->control_size; /* do not trust a length beyond the buffer */
    return result;
}

static ssize_t
call_sendmsg(int fd, void *arguments)
{
    Message *m = arguments;
    return sendmsg(fd, &m->message, m->flags);
}

/* Advance the vector of a message past *count* bytes. */
static void
advance(struct msghdr *message, size_t count)
{
    while (message->msg_iovlen > 0 && count >= message->msg_iov->iov_len) {
        count -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (message->msg_iovlen > 0) {
        message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + count;
        message->msg_iov->iov_len -= count;
    }
}

/* Receive more of a stream until the buffers are full, as collect() in transfer.c does. The results are all control
 * messages, the msg_flags of all pieces, and the address of the first. Returns the total number of bytes. *triples*
 * becomes NULL with an exception that is not an error of the call. */
static ssize_t
collect_message(BaseSocket *s, Message *m, ssize_t received, PyObject **triples, int64_t deadline)
{
    ssize_t total = received;
    socklen_t name_length = m->message.msg_namelen;
    int msg_flags = m->message.msg_flags;
    while (received > 0 && *triples != NULL) {
        advance(&m->message, (size_t)received);
        if (m->message.msg_iovlen == 0)
            break;
        if (m->message.msg_controllen > 0) /* those of the previous piece */
            memset(m->message.msg_control, 0, m->message.msg_controllen);
        received = attempt_call(s, call_recvmsg, m, TO_RECEIVE, deadline);
        PyObject *more = NULL;
        if (received == -1 && !PyErr_Occurred())
            s->receive_error = (int16_t)errno;
        if (received > 0) {
            total += received;
            msg_flags |= m->message.msg_flags;
            more = unpack_control(s, &m->message);
            Py_ssize_t end = PyList_GET_SIZE(*triples);
            if (more != NULL && PyList_SetSlice(*triples, end, end, more) < 0)
                close_unpacked(more);
            Py_XDECREF(more);
        }
        if (PyErr_Occurred()) {
            close_unpacked(*triples);
            Py_CLEAR(*triples);
        }
    }
    m->message.msg_namelen = name_length;
    m->message.msg_flags = msg_flags;
    return total;
}

/* A control buffer of any size, small ones on the stack. It is zeroed: a header that the system did not write must not
 * look like one with file descriptors. */
typedef struct {
    union {
        size_t alignment; /* as struct cmsghdr */
        char bytes[SMALL_CONTROL];
    } small;
    void *large;
} Control;

static int
prepare_control(Control *control, Message *m, Py_ssize_t size)
{
    control->large = NULL;
    m->control_size = (size_t)size;
    if (size == 0)
        return 0;
    if (size <= SMALL_CONTROL) {
        m->message.msg_control = memset(control->small.bytes, 0, (size_t)size);
        return 0;
    }
    m->message.msg_control = control->large = PyMem_RawCalloc((size_t)size, 1);
    if (control->large != NULL)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* The data of a result of recvmsg: *bytes* truncated to the received size, a copy of *block*, or otherwise the number
 * of bytes. *bytes* and *block* have *size* bytes. */
typedef struct {
    PyObject *bytes;
    const char *block;
    Py_ssize_t size;
} Received;

/* Return the data, and leave no reference behind. */
static PyObject *
take_data(Received *r, ssize_t received)
{
    PyObject *data = r->bytes;
    Py_ssize_t size = received < r->size ? received : r->size;
    r->bytes = NULL;
    if (data != NULL) {
        if (size < r->size)
            shorten(&data, size);
        return data;
    }
    return r->block == NULL ? PyLong_FromSsize_t(received) : PyBytes_FromStringAndSize(r->block, size);
}

/* Return how many buffers of a vector one call takes. More than IOV_MAX are an error for the system. A stream then uses
 * the first IOV_MAX that are not empty. */
static size_t
limit_vector(BaseSocket *s, struct iovec *vector, Py_ssize_t count)
{
    size_t used = 0;
    if (s->type != SOCK_STREAM || count <= IOV_MAX)
        return (size_t)count;
    for (Py_ssize_t i = 0; i < count && used < IOV_MAX; i++)
        if (vector[i].iov_len > 0)
            vector[used++] = vector[i];
    return used;
}

/* Receive into a vector, and build the result. */
static PyObject *
receive_into_vector(BaseSocket *s, struct iovec *vector, Py_ssize_t count, Py_ssize_t control_size, int flags,
                    Received *r)
{
    SockAddr sender = {.length = 0}; /* zeroed: no byte that the system did not write is returned */
    Control control;
    Message m = {.flags = flags, .name_size = sizeof sender.storage};
    m.message.msg_name = &sender.storage;
    m.message.msg_iov = vector;
    m.message.msg_iovlen = limit_vector(s, vector, count);
    if (prepare_control(&control, &m, control_size) < 0)
        return NULL;
    int64_t deadline = flags & MSG_ERRQUEUE ? NEVER : deadline_of(s);
    ssize_t received = complete_call(s, call_recvmsg, &m, TO_RECEIVE, deadline);
    PyObject *result = NULL;
    if (received >= 0) {
        PyObject *triples = unpack_control(s, &m.message);
        if (triples != NULL && collects_all(s, flags))
            received = collect_message(s, &m, received, &triples, deadline);
        result = build_result(s, triples == NULL ? NULL : take_data(r, received), triples, &m.message);
    }
    PyMem_RawFree(control.large);
    return result;
}

PyObject *
socket_recvmsg(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_ssize_t size, control_size = 0;
    int flags = 0;
    char *block = NULL;
    if (count < 1 || count > 3 || !exact_size(args[0], &size) || (count > 1 && !exact_size(args[1], &control_size))
        || (count > 2 && !exact_int(args[2], &flags)) || control_size > INT_MAX) {
        if (parse_rule(s->state, RULE_RECVMSG, args, count, "nni", &size, &control_size, &flags) < 0)
            return NULL;
    }
    Received r = {.size = size};
    if (flags & MSG_TRUNC) { /* zeroed, because the system may report bytes that it did not write */
        r.block = block = PyMem_RawCalloc(size ? (size_t)size : 1, 1);
        if (block == NULL)
            return PyErr_NoMemory();
    }
    else if ((r.bytes = PyBytes_FromStringAndSize(NULL, size)) == NULL)
        return NULL;
    struct iovec vector = {block == NULL ? PyBytes_AS_STRING(r.bytes) : block, (size_t)size};
    PyObject *result = receive_into_vector(s, &vector, 1, control_size, flags, &r);
    Py_XDECREF(r.bytes);
    PyMem_RawFree(block);
    return result;
}

/* Return the buffers, as a tuple, if all arguments have the usual types; NULL, without an exception, for others. */
static PyObject *
plain_buffers(PyObject *const *args, Py_ssize_t count, Py_ssize_t *control_size, int *flags)
{
    *control_size = *flags = 0;
    if (count < 1 || count > 3 || !(PyList_CheckExact(args[0]) || PyTuple_CheckExact(args[0]))
        || (count > 1 && !exact_size(args[1], control_size)) || (count > 2 && !exact_int(args[2], flags))
        || *control_size > INT_MAX)
        return NULL;
    PyObject *items = PySequence_Tuple(args[0]);
    if (items == NULL) {
        PyErr_Clear(); /* without memory: the rule raises it again */
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); i++)
        if (!PyByteArray_CheckExact(PyTuple_GET_ITEM(items, i))) {
            Py_DECREF(items);
            return NULL;
        }
    return items;
}

PyObject *
socket_recvmsg_into(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    PyObject *result = NULL, *tuple = NULL;
    Py_ssize_t control_size;
    Py_buffer views[FEW_BUFFERS];
    struct iovec vector[FEW_BUFFERS];
    Buffers buffers;
    int flags;
    PyObject *items = plain_buffers(args, count, &control_size, &flags);
    if (items == NULL) {
        tuple = call_rule(s->state, RULE_RECVMSG_INTO, args, count, NULL);
        if (tuple == NULL || !PyArg_ParseTuple(tuple, "O!ni", &PyTuple_Type, &items, &control_size, &flags)) {
            Py_XDECREF(tuple);
            return NULL;
        }
        Py_INCREF(items);
    }
    if (acquire_buffers(&buffers, items, PyBUF_WRITABLE, views, vector, FEW_BUFFERS) == 0) {
        result = receive_into_vector(s, buffers.vector, buffers.count, control_size, flags, &(Received){0});
        release_buffers(&buffers);
    }
    Py_DECREF(items);
    Py_XDECREF(tuple);
    return result;
}

/* ------------------------------------------------------------------ sending */

/* Append a (level, type, data) triple of exact types: 1; 0 if it is not one, or does not fit; -1 with an exception. */
static int
append_control(PyObject *triple, char *control, size_t *used)
{
    int level, type;
    Py_buffer data;
    if (!PyTuple_CheckExact(triple) || PyTuple_GET_SIZE(triple) != 3 || !exact_int(PyTuple_GET_ITEM(triple, 0), &level)
        || !exact_int(PyTuple_GET_ITEM(triple, 1), &type))
        return 0;
    int acquired = try_buffer(PyTuple_GET_ITEM(triple, 2), &data, PyBUF_SIMPLE);
    if (acquired <= 0)
        return acquired;
    int fits = data.len < SMALL_CONTROL && *used + CMSG_SPACE((size_t)data.len) <= SMALL_CONTROL;
    if (fits) {
        struct cmsghdr *header = (struct cmsghdr *)(control + *used);
        memset(header, 0, CMSG_SPACE((size_t)data.len));
        header->cmsg_len = CMSG_LEN((size_t)data.len);
        header->cmsg_level = level;
        header->cmsg_type = type;
        memcpy(CMSG_DATA(header), data.buf, (size_t)data.len);
        *used += CMSG_SPACE((size_t)data.len);
    }
    PyBuffer_Release(&data);
    return fits;
}

int
pack_control(BaseSocket *s, PyObject *ancdata, PyObject **packed)
{
    union {
        struct cmsghdr header;
        char bytes[SMALL_CONTROL];
    } control;
    size_t used = 0;
    int fits = 0;
    *packed = NULL;
    PyObject *items = NULL;
    if (PyTuple_CheckExact(ancdata) || PyList_CheckExact(ancdata)) {
        items = PySequence_Tuple(ancdata);
        if (items == NULL)
            return -1;
        fits = 1;
        for (Py_ssize_t i = 0; fits > 0 && i < PyTuple_GET_SIZE(items); i++)
            fits = append_control(PyTuple_GET_ITEM(items, i), control.bytes, &used);
    }
    if (fits > 0 && used > 0)
        *packed = PyBytes_FromStringAndSize(control.bytes, (Py_ssize_t)used);
    else if (fits == 0) {
        *packed = PyObject_CallFunctionObjArgs(s->state->rules[RULE_PACK], items == NULL ? ancdata : items, NULL);
        if (*packed != NULL && !PyBytes_CheckExact(*packed)) {
            PyErr_SetString(PyExc_TypeError, "sockcore.ancillary.pack() must return bytes");
            Py_CLEAR(*packed);
        }
    }
    Py_XDECREF(items);
    return PyErr_Occurred() ? -1 : 0;
}

PyObject *
socket_sendmsg(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    PyObject *tuple = NULL, *ancdata = NULL, *address = Py_None, *sockaddr = NULL, *control = NULL, *items = NULL;
    PyObject *data = count > 0 ? args[0] : NULL;
    Py_buffer views[FEW_BUFFERS];
    struct iovec vector[FEW_BUFFERS];
    Buffers buffers = {0};
    Message m = {0};
    ssize_t sent = -1;

    if (count < 1 || count > 4 || (count > 2 && !exact_int(args[2], &m.flags))) {
        tuple = call_rule(s->state, RULE_SENDMSG, args, count, NULL);
        if (tuple == NULL || !PyArg_ParseTuple(tuple, "OOiO", &data, &ancdata, &m.flags, &address))
            goto done;
    }
    else {
        ancdata = count > 1 ? args[1] : NULL;
        address = count > 3 ? args[3] : Py_None;
    }
    if (address != Py_None && (sockaddr = encode_address(s, OPERATION_SENDMSG, address)) == NULL)
        goto done;
    if (PySys_Audit("socket.sendmsg", "OO", self, address) < 0
        || (items = items_of(s->state, "sendmsg", 1, data)) == NULL
        || acquire_buffers(&buffers, items, PyBUF_SIMPLE, views, vector, FEW_BUFFERS) < 0
        || (ancdata != NULL && pack_control(s, ancdata, &control) < 0))
        goto done;
    if (sockaddr != NULL) {
        m.message.msg_name = PyBytes_AS_STRING(sockaddr);
        m.message.msg_namelen = (socklen_t)PyBytes_GET_SIZE(sockaddr);
    }
    if (control != NULL && PyBytes_GET_SIZE(control) > 0) {
        m.message.msg_control = PyBytes_AS_STRING(control);
        m.message.msg_controllen = (size_t)PyBytes_GET_SIZE(control);
    }
    m.message.msg_iov = buffers.vector;
    m.message.msg_iovlen = limit_vector(s, buffers.vector, buffers.count);
    sent = complete_call(s, call_sendmsg, &m, TO_SEND, deadline_of(s));
done:
    release_buffers(&buffers);
    Py_XDECREF(items);
    Py_XDECREF(control);
    Py_XDECREF(sockaddr);
    Py_XDECREF(tuple);
    return sent < 0 ? NULL : PyLong_FromSsize_t(sent);
}
