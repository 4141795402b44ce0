/* sendmmsg, recvmmsg and recvmmsg_into: several messages by one system call.
 *
 * 1. A batch waits for its first message only.
 * 2. An error of a later message is raised by the next call of the same direction: sendmmsg(), or any receive. The
 *    current batch returns the messages before it. Two threads that send and receive see only their own errors.
 * 3. After sendmmsg(2) has stopped early, the rest is sent message by message, because only the error of the first
 *    message of a call is reported (BUGS in its manual page).
 */

#include "native.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#define MOST_MESSAGES 1024       /* UIO_MAXIOV on Linux; the calls truncate a larger batch silently */
#define MOST_SPARE (1 << 20)     /* maximum size in bytes of a block that is kept for the next batch */

#ifndef MSG_WAITFORONE /* macOS lacks these calls: each message takes a call */

#define MSG_WAITFORONE 0

struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

static ssize_t
send_messages(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    (void)count;
    ssize_t sent = sendmsg(fd, &messages->msg_hdr, flags);
    return sent < 0 ? -1 : 1;
}

static ssize_t
receive_messages(int fd, struct mmsghdr *messages, unsigned int count, int flags, int *later_error)
{
    for (unsigned int i = 0; i < count; i++) {
        ssize_t length = recvmsg(fd, &messages[i].msg_hdr, flags | (i > 0 ? MSG_DONTWAIT : 0));
        if (length < 0) {
            if (i == 0)
                return -1;
            *later_error = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : errno;
            return (ssize_t)i;
        }
        messages[i].msg_len = (unsigned int)length;
    }
    return (ssize_t)count;
}

#else

static ssize_t
send_messages(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    return sendmmsg(fd, messages, count, flags);
}

static ssize_t
receive_messages(int fd, struct mmsghdr *messages, unsigned int count, int flags, int *later_error)
{
    (void)later_error; /* the next call of the system returns it */
    return recvmmsg(fd, messages, count, flags | MSG_WAITFORONE, NULL);
}

#endif

/* The arguments of both calls. */
typedef struct {
    struct mmsghdr *messages;
    unsigned int count;
    int flags;
    int later_error; /* the errno that a receive has read behind its messages, or 0 */
} Batch;

static ssize_t
call_sendmmsg(int fd, void *arguments)
{
    Batch *b = arguments;
    return send_messages(fd, b->messages, b->count, b->flags);
}

static ssize_t
call_recvmmsg(int fd, void *arguments)
{
    Batch *b = arguments;
    return receive_messages(fd, b->messages, b->count, b->flags, &b->later_error);
}

/* Raise the error that stopped the previous sendmmsg(), once. 0, or -1 with an exception. */
static int
raise_send_error(BaseSocket *s)
{
    errno = atomic_exchange(&s->send_error, 0);
    if (errno == 0)
        return 0;
    raise_errno();
    return -1;
}

/* ------------------------------------------------------------------ blocks of memory */

/* Return a block of at least *size* bytes: the spare one, or a new one. NULL with MemoryError. */
static Block *
take_block(ModuleState *state, size_t size)
{
    Block *block = atomic_exchange(&state->spare, NULL);
    if (block != NULL && block->size >= size)
        return block;
    PyMem_RawFree(block);
    size_t whole;
    if (add_sizes(size, offsetof(Block, data), &whole) < 0)
        return NULL;
    block = PyMem_RawMalloc(whole);
    if (block == NULL)
        PyErr_NoMemory();
    else
        block->size = size;
    return block;
}

/* Return a new block, zeroed by the C library, which does not touch the pages of a large block for that. */
static Block *
new_zeroed_block(size_t size)
{
    size_t whole;
    if (add_sizes(size, offsetof(Block, data), &whole) < 0)
        return NULL;
    Block *block = PyMem_RawCalloc(whole, 1);
    if (block == NULL)
        PyErr_NoMemory();
    else
        block->size = size;
    return block;
}

static void
give_back(ModuleState *state, Block *block)
{
    int number = errno;
    if (block->size <= MOST_SPARE)
        block = atomic_exchange(&state->spare, block);
    PyMem_RawFree(block);
    errno = number;
}

/* ------------------------------------------------------------------ sending */

/* One message to send, and the memory that it refers to. */
typedef struct {
    Py_buffer view;
    struct iovec part;
    Buffers buffers;
    PyObject *sockaddr;
    PyObject *control;
} Outgoing;

static void
release_outgoing(Outgoing *out)
{
    release_buffers(&out->buffers);
    Py_XDECREF(out->sockaddr);
    Py_XDECREF(out->control);
}

/* The parts of a message: data, address and ancillary data, as new references. 0, or -1 with an exception. */
static int
split_message(BaseSocket *s, Py_ssize_t number, PyObject *message, PyObject **data, PyObject **address, PyObject **ancdata)
{
    *ancdata = NULL;
    *address = Py_None;
    if (!PyTuple_CheckExact(message))
        *data = message;
    else if (PyTuple_GET_SIZE(message) >= 1 && PyTuple_GET_SIZE(message) <= 3) {
        *data = PyTuple_GET_ITEM(message, 0);
        if (PyTuple_GET_SIZE(message) > 1)
            *address = PyTuple_GET_ITEM(message, 1);
        if (PyTuple_GET_SIZE(message) > 2)
            *ancdata = PyTuple_GET_ITEM(message, 2);
    }
    else {
        PyObject *index = PyLong_FromSsize_t(number), *stack[] = {index, message};
        PyObject *nothing = index == NULL ? NULL : call_rule(s->state, RULE_SENDMMSG_ITEM, stack, 2, NULL);
        Py_XDECREF(index);
        Py_XDECREF(nothing);
        if (nothing != NULL)
            PyErr_SetString(PyExc_TypeError, "sendmmsg(): a message must be (data[, address[, ancdata]])");
        return -1;
    }
    return 0;
}

/* Acquire the memory of a message, and write its header. *before* is the previous message or NULL. Its sockaddr is
 * used again if the address is the same object. 0, or -1 with an exception. */
static int
prepare_outgoing(BaseSocket *s, Py_ssize_t number, PyObject *message, PyObject *before, Outgoing *out,
                 struct msghdr *header)
{
    PyObject *data, *address, *ancdata, *items, *last_data, *last_address = Py_None, *last_ancdata;
    memset(out, 0, sizeof *out);
    if (split_message(s, number, message, &data, &address, &ancdata) < 0)
        return -1;
    if (before != NULL && split_message(s, number, before, &last_data, &last_address, &last_ancdata) < 0)
        return -1;
    if (address != Py_None) {
        if (address == last_address && out[-1].sockaddr != NULL)
            Py_INCREF(out->sockaddr = out[-1].sockaddr);
        else if ((out->sockaddr = encode_address(s, OPERATION_SENDMMSG, address)) == NULL)
            return -1;
    }
    if (PySys_Audit("socket.sendmsg", "OO", s, address) < 0)
        return -1;
    if (PyList_CheckExact(data) || PyTuple_CheckExact(data))
        items = PySequence_Tuple(data);
    else
        items = PyTuple_Pack(1, data);
    int result = items == NULL ? -1 : acquire_buffers(&out->buffers, items, PyBUF_SIMPLE, &out->view, &out->part, 1);
    Py_XDECREF(items);
    if (result < 0 || (ancdata != NULL && pack_control(s, ancdata, &out->control) < 0))
        return -1;
    memset(header, 0, sizeof *header);
    if (out->sockaddr != NULL) {
        header->msg_name = PyBytes_AS_STRING(out->sockaddr);
        header->msg_namelen = (socklen_t)PyBytes_GET_SIZE(out->sockaddr);
    }
    if (out->control != NULL && PyBytes_GET_SIZE(out->control) > 0) {
        header->msg_control = PyBytes_AS_STRING(out->control);
        header->msg_controllen = (size_t)PyBytes_GET_SIZE(out->control);
    }
    header->msg_iov = out->buffers.vector;
    header->msg_iovlen = (size_t)out->buffers.count;
    return 0;
}

/* Send the prepared messages. Returns how many were sent, or -1 with an exception. */
static Py_ssize_t
send_batch(BaseSocket *s, struct mmsghdr *headers, Py_ssize_t total, int flags)
{
    Py_ssize_t sent = 0, chunk = MOST_MESSAGES;
    while (sent < total) {
        Py_ssize_t left = total - sent;
        Batch b = {headers + sent, (unsigned int)(left < chunk ? left : chunk), flags, 0};
        ssize_t taken = sent == 0 ? complete_call(s, call_sendmmsg, &b, TO_SEND, deadline_of(s))
                                  : try_call(s, call_sendmmsg, &b);
        if (taken < 0) {
            if (sent == 0 || PyErr_Occurred())
                return -1;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                s->send_error = (int16_t)errno;
            break;
        }
        if (taken == 0) { /* the next call would send the same again, without an end */
            if (sent == 0) {
                raise_nothing_sent(s, (Py_ssize_t)b.count, "messages");
                return -1;
            }
            s->send_error = EIO;
            break;
        }
        sent += taken < (ssize_t)b.count ? taken : (ssize_t)b.count;
        if (taken < (ssize_t)b.count)
            chunk = 1;
    }
    return sent;
}

PyObject *
socket_sendmmsg(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    int flags = 0;
    PyObject *tuple = NULL, *messages = count > 0 ? args[0] : NULL, *items;
    if (count < 1 || count > 2 || (count > 1 && !exact_int(args[1], &flags))) {
        tuple = call_rule(s->state, RULE_SENDMMSG, args, count, NULL);
        if (tuple == NULL || !PyArg_ParseTuple(tuple, "Oi", &messages, &flags)) {
            Py_XDECREF(tuple);
            return NULL;
        }
    }
    items = items_of(s->state, "sendmmsg", 1, messages);
    Py_XDECREF(tuple);
    if (items == NULL)
        return NULL;
    Py_ssize_t total = PyTuple_GET_SIZE(items), prepared = 0, sent = -1;
    size_t whole;
    Block *block = NULL;
    if (multiply_sizes((size_t)total, sizeof(struct mmsghdr) + sizeof(Outgoing), &whole) == 0
        && (block = take_block(s->state, whole)) != NULL) {
        Outgoing *out = (Outgoing *)block->data;
        struct mmsghdr *headers = (struct mmsghdr *)(out + total);
        int result = 0;
        while (prepared < total && result == 0) {
            PyObject *before = prepared > 0 ? PyTuple_GET_ITEM(items, prepared - 1) : NULL;
            result = prepare_outgoing(
                s, prepared, PyTuple_GET_ITEM(items, prepared), before, out + prepared, &headers[prepared].msg_hdr);
            prepared++;
        }
        if (result == 0 && raise_send_error(s) == 0)
            sent = send_batch(s, headers, total, flags);
        while (prepared > 0)
            release_outgoing(out + --prepared);
        give_back(s->state, block);
    }
    Py_DECREF(items);
    return sent < 0 ? NULL : PyLong_FromSsize_t(sent);
}

/* ------------------------------------------------------------------ receiving */

/* Return a list of the results of recvmsg. On an error, close the descriptors in all messages. */
static PyObject *
build_batch(BaseSocket *s, struct mmsghdr *headers, Py_ssize_t received, const char *data, size_t size)
{
    PyObject *result = PyList_New(received);
    Py_ssize_t done = 0;
    if (result != NULL)
        PyObject_GC_UnTrack(result); /* it is not visible before it is complete */
    for (; result != NULL && done < received; done++) {
        size_t length = headers[done].msg_len;
        PyObject *first = data == NULL
            ? PyLong_FromSize_t(length)
            : PyBytes_FromStringAndSize(data + (size_t)done * size, (Py_ssize_t)(length < size ? length : size));
        PyObject *item = first == NULL ? NULL : build_received(s, first, &headers[done].msg_hdr);
        if (item == NULL) {
            if (first != NULL)
                done++; /* build_received() has closed the descriptors of this message */
            break;
        }
        PyList_SET_ITEM(result, done, item);
    }
    if (result != NULL && done == received && (received == 0 || PyList_GET_ITEM(result, received - 1) != NULL)) {
        PyObject_GC_Track(result);
        return result;
    }
    for (Py_ssize_t i = 0; result != NULL && i < received && PyList_GET_ITEM(result, i) != NULL; i++)
        close_unpacked(PyTuple_GET_ITEM(PyList_GET_ITEM(result, i), 1));
    for (; done < received; done++)
        close_control(&headers[done].msg_hdr);
    Py_XDECREF(result);
    return NULL;
}

/* Cut the lengths in a header that the system wrote to the sizes of the buffers. */
static void
clamp_header(struct msghdr *header, size_t control_size, size_t name_size)
{
    if (header->msg_controllen > control_size)
        header->msg_controllen = control_size;
    if (header->msg_namelen > name_size)
        header->msg_namelen = (socklen_t)name_size;
}

/* Receive at most *count* messages: into the vectors of *buffers*, or, if that is NULL, of at most *size* bytes each. */
static PyObject *
receive_batch(BaseSocket *s, Py_ssize_t count, Buffers *buffers, size_t size, size_t control_size, int flags)
{
    /* The parts of the block, each aligned as the next one needs it: control messages start with a size_t. */
    size_t name_size = sizeof(struct sockaddr_storage), data_size = buffers == NULL ? size : 0;
    size_t control_step = (control_size + sizeof(size_t) - 1) / sizeof(size_t) * sizeof(size_t), each, whole;
    if (add_sizes(sizeof(struct mmsghdr) + sizeof(struct iovec) + name_size, control_step, &each) < 0
        || add_sizes(each, data_size, &each) < 0 || multiply_sizes(each, (size_t)count, &whole) < 0)
        return NULL;
    /* With MSG_TRUNC the system may report bytes that it did not write. */
    Block *block = flags & MSG_TRUNC ? new_zeroed_block(whole) : take_block(s->state, whole);
    if (block == NULL)
        return NULL;
    struct mmsghdr *headers = (struct mmsghdr *)block->data;
    struct iovec *vector = (struct iovec *)(headers + count);
    char *names = (char *)(vector + count), *controls = names + (size_t)count * name_size;
    char *data = controls + (size_t)count * control_step;
    memset(headers, 0, (size_t)count * sizeof *headers);
    /* No byte that the system did not write is returned. The control messages follow the names. */
    memset(names, 0, (size_t)count * (name_size + control_step));
    for (Py_ssize_t i = 0; i < count; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        vector[i] = (struct iovec){data + (size_t)i * data_size, data_size};
        header->msg_name = names + (size_t)i * name_size;
        header->msg_namelen = (socklen_t)name_size;
        header->msg_iov = buffers == NULL ? &vector[i] : buffers[i].vector;
        header->msg_iovlen = buffers == NULL ? 1 : (size_t)buffers[i].count;
        header->msg_control = control_size ? controls + (size_t)i * control_step : NULL;
        header->msg_controllen = control_size;
    }
    Batch b = {headers, (unsigned int)count, flags, 0};
    ssize_t received = complete_call(s, call_recvmmsg, &b, TO_RECEIVE, deadline_of(s));
    PyObject *result = NULL;
    if (received > count)
        received = count;
    if (b.later_error != 0)
        s->receive_error = (int16_t)b.later_error;
    for (ssize_t i = 0; i < received; i++)
        clamp_header(&headers[i].msg_hdr, control_size, name_size);
    if (received >= 0)
        result = build_batch(s, headers, received, buffers == NULL ? data : NULL, size);
    give_back(s->state, block);
    return result;
}

PyObject *
socket_recvmmsg(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_ssize_t most, size, control_size = 0;
    int flags = 0;
    if (count < 2 || count > 4 || !exact_size(args[0], &most) || !exact_size(args[1], &size)
        || (count > 2 && !exact_size(args[2], &control_size)) || (count > 3 && !exact_int(args[3], &flags))
        || control_size > SMALL_CONTROL) {
        if (parse_rule(s->state, RULE_RECVMMSG, args, count, "nnni", &most, &size, &control_size, &flags) < 0)
            return NULL;
    }
    if (most == 0)
        return PyList_New(0);
    return receive_batch(
        s, most < MOST_MESSAGES ? most : MOST_MESSAGES, NULL, (size_t)size, (size_t)control_size, flags);
}

/* Acquire the buffers of each message. 0, or -1 with an exception and all buffers released. */
static int
acquire_targets(PyObject *items, Py_ssize_t count, Buffers *buffers, Py_buffer *views, struct iovec *parts)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);
        PyObject *tuple = PyTuple_CheckExact(item) ? PySequence_Tuple(item) : PyTuple_Pack(1, item);
        int result = tuple == NULL ? -1 : acquire_buffers(buffers + i, tuple, PyBUF_WRITABLE, views + i, parts + i, 1);
        Py_XDECREF(tuple);
        if (result < 0) {
            while (i > 0)
                release_buffers(buffers + --i);
            return -1;
        }
    }
    return 0;
}

PyObject *
socket_recvmmsg_into(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    PyObject *items, *result = NULL;
    Py_ssize_t control_size;
    int flags;
    /* The rule returns a tuple with a buffer, or a tuple of buffers, for each message. */
    PyObject *tuple = call_rule(s->state, RULE_RECVMMSG_INTO, args, count, NULL);
    if (tuple == NULL || !PyArg_ParseTuple(tuple, "O!ni", &PyTuple_Type, &items, &control_size, &flags)) {
        Py_XDECREF(tuple);
        return NULL;
    }
    Py_ssize_t total = PyTuple_GET_SIZE(items);
    if (total > MOST_MESSAGES)
        total = MOST_MESSAGES;
    if (total == 0) {
        Py_DECREF(tuple);
        return PyList_New(0);
    }
    char *memory = PyMem_Malloc((size_t)total * (sizeof(Buffers) + sizeof(Py_buffer) + sizeof(struct iovec)));
    if (memory == NULL)
        PyErr_NoMemory();
    else {
        Buffers *buffers = (Buffers *)memory;
        Py_buffer *views = (Py_buffer *)(buffers + total);
        if (acquire_targets(items, total, buffers, views, (struct iovec *)(views + total)) == 0) {
            result = receive_batch(s, total, buffers, 0, (size_t)control_size, flags);
            for (Py_ssize_t i = 0; i < total; i++)
                release_buffers(buffers + i);
        }
        PyMem_Free(memory);
    }
    Py_DECREF(tuple);
    return result;
}
