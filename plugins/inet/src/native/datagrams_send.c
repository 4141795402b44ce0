/* Grouping and sending of datagrams: buffers that the kernel splits (UDP_SEGMENT), and batches by sendmmsg(2).
 *
 * 1. A run is a number of consecutive datagrams to one receiver with the same control messages. All have the size
 *    *stride*. The last one may be shorter.
 * 2. The source of the datagrams is a tuple of Send, whose first field is the data, or one buffer with a datagram at
 *    every *stride* bytes. The latter needs no Python object for a datagram.
 * 3. The sources and the runs are tuples, because the owner of a buffer may run any code: it could remove an item of a
 *    list, which is in use.
 * 4. Calls do not block. The Python code waits, and handles errors. datagrams_pure.py has the same rules.
 */

#include "native.h"

#ifdef __linux__
#include <netinet/udp.h>
#endif

#if defined(__linux__) && defined(UDP_SEGMENT)

#include <errno.h>
#include <string.h>

#define MOST_MESSAGES 64
#define MOST_PARTS 1024 /* datagrams of one system call, if each is an object */
/* The most bytes of a buffer that the kernel splits: the payload of the largest packet of IPv6 with its header. */
#define MOST_SEGMENT_BYTES (65535 - 40 - 8)
#define CONTROL_SIZE 256
#define SEND_FIELDS 5

/* The memory of one system call. */
typedef struct {
    struct mmsghdr headers[MOST_MESSAGES];
    Py_ssize_t counts[MOST_MESSAGES]; /* the datagrams of each message */
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr alignment;
    } controls[MOST_MESSAGES];
    struct iovec parts[MOST_PARTS];
    Py_buffer views[MOST_PARTS];
    int message_count, part_count, view_count;
    Py_ssize_t first_run; /* the runs before it have been sent */
} Batch;

typedef struct {
    Py_ssize_t start, end, stride;
    PyObject *sockaddr; /* bytes, or None */
    PyObject *controls; /* (level, type, data) triples */
} Run;

static int
parse_run(PyObject *object, Run *run)
{
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "a run must be a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(object, "nnnOO!", &run->start, &run->end, &run->stride, &run->sockaddr, &PyTuple_Type,
            &run->controls))
        return -1;
    if ((run->sockaddr == Py_None || PyBytes_Check(run->sockaddr)) && run->stride >= 0 && run->start >= 0
        && run->start < run->end)
        return 0;
    PyErr_SetString(PyExc_ValueError, "invalid run");
    return -1;
}

/* ------------------------------------------------------------------ control messages */

/* Append a control message. 0, or -1 with ValueError if it does not fit. */
static int
append_control(struct msghdr *header, int level, int type, const void *data, size_t size)
{
    if (size > CONTROL_SIZE || CMSG_SPACE(size) > CONTROL_SIZE - header->msg_controllen) {
        PyErr_SetString(PyExc_ValueError, "control messages are too large");
        return -1;
    }
    struct cmsghdr *control = (struct cmsghdr *)((char *)header->msg_control + header->msg_controllen);
    memset(control, 0, CMSG_SPACE(size));
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(control), data, size);
    header->msg_controllen += CMSG_SPACE(size);
    return 0;
}

static int
write_controls(struct msghdr *header, char *buffer, const Run *run, Py_ssize_t count)
{
    header->msg_control = buffer;
    header->msg_controllen = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(run->controls); i++) {
        int level, type;
        PyObject *data, *triple = PyTuple_GET_ITEM(run->controls, i);
        if (!PyTuple_Check(triple) || !PyArg_ParseTuple(triple, "iiS", &level, &type, &data)) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_TypeError, "a control message must be a tuple");
            return -1;
        }
        if (append_control(header, level, type, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data)) < 0)
            return -1;
    }
    uint16_t segment = (uint16_t)run->stride;
    if (count > 1 && append_control(header, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)) < 0)
        return -1;
    if (header->msg_controllen == 0)
        header->msg_control = NULL;
    return 0;
}

/* ------------------------------------------------------------------ messages */

/* Acquire the data of datagram *position* of a tuple of Send. 0, or -1 with an exception. */
static int
append_object(Batch *b, PyObject *items, Py_ssize_t position, const Run *run)
{
    PyObject *item = position < PyTuple_GET_SIZE(items) ? PyTuple_GET_ITEM(items, position) : NULL;
    if (item == NULL || !PyTuple_Check(item) || PyTuple_GET_SIZE(item) != SEND_FIELDS) {
        PyErr_SetString(PyExc_TypeError, "the items must be a tuple of Send");
        return -1;
    }
    Py_buffer *view = &b->views[b->view_count];
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(item, 0), view, PyBUF_SIMPLE) < 0)
        return -1;
    b->view_count++;
    if (position + 1 < run->end ? view->len != run->stride : view->len > run->stride) {
        PyErr_SetString(PyExc_BufferError, "send(): the size of the data changed");
        return -1;
    }
    b->parts[b->part_count++] = (struct iovec){view->buf, (size_t)view->len};
    return 0;
}

/* Append the datagrams *position* to *position* + *count* of a run, as one message. */
static int
append_message(Batch *b, PyObject *items, const Py_buffer *block, const Run *run, Py_ssize_t position, Py_ssize_t count)
{
    struct msghdr *header = &b->headers[b->message_count].msg_hdr;
    int first = b->part_count;
    memset(&b->headers[b->message_count], 0, sizeof(b->headers[0]));
    if (items != NULL) {
        for (Py_ssize_t i = 0; i < count; i++)
            if (append_object(b, items, position + i, run) < 0)
                return -1;
    }
    else {
        Py_ssize_t offset = position * run->stride, size = count * run->stride;
        if (size > block->len - offset)
            size = block->len - offset;
        b->parts[b->part_count++] = (struct iovec){(char *)block->buf + offset, (size_t)size};
    }
    if (run->sockaddr != Py_None) {
        header->msg_name = PyBytes_AS_STRING(run->sockaddr);
        header->msg_namelen = (socklen_t)PyBytes_GET_SIZE(run->sockaddr);
    }
    header->msg_iov = &b->parts[first];
    header->msg_iovlen = (size_t)(b->part_count - first);
    if (write_controls(header, b->controls[b->message_count].bytes, run, count) < 0)
        return -1;
    b->counts[b->message_count++] = count;
    return 0;
}

/* Fill the batch with messages of *runs* from the datagram *position* on. 0, or -1 with an exception. */
static int
fill_batch(Batch *b, PyObject *items, const Py_buffer *block, PyObject *runs, Py_ssize_t position,
    Py_ssize_t most_segments)
{
    b->message_count = b->part_count = 0;
    for (Py_ssize_t number = b->first_run; number < PyTuple_GET_SIZE(runs); number++) {
        Run run;
        if (parse_run(PyTuple_GET_ITEM(runs, number), &run) < 0)
            return -1;
        if (run.end <= position) {
            b->first_run = number + 1;
            continue;
        }
        if (block != NULL && (run.stride < 1 || run.end - 1 > (block->len - 1) / run.stride)) {
            PyErr_SetString(PyExc_ValueError, "invalid run");
            return -1;
        }
        for (Py_ssize_t at = position > run.start ? position : run.start; at < run.end;) {
            Py_ssize_t count = run.stride > 0 ? MOST_SEGMENT_BYTES / run.stride : 1;
            if (count > most_segments)
                count = most_segments;
            if (count > run.end - at)
                count = run.end - at;
            if (count < 1)
                count = 1;
            if (b->message_count == MOST_MESSAGES || b->part_count + count > MOST_PARTS)
                return 0;
            if (append_message(b, items, block, &run, at, count) < 0)
                return -1;
            at += count;
        }
    }
    return 0;
}

static void
release_views(Batch *b)
{
    int number = errno;
    while (b->view_count > 0)
        PyBuffer_Release(&b->views[--b->view_count]);
    errno = number;
}

/* Send a batch without blocking, again after a signal. Returns the number of messages; -1 with errno, or with an
 * exception. Between two calls, another thread, a signal handler or the owner of a buffer may close the socket, and its
 * number may become that of another file: the descriptor is read before each call. */
static int
send_messages(PyObject *sock, Batch *b)
{
    for (;;) {
        int sent, fd = descriptor_of(sock);
        if (fd < 0)
            return -1;
        Py_BEGIN_ALLOW_THREADS
        sent = sendmmsg(fd, b->headers, (unsigned)b->message_count, MSG_DONTWAIT);
        Py_END_ALLOW_THREADS
        if (sent > 0)
            return sent < b->message_count ? sent : b->message_count;
        if (sent == 0) { /* without an error: the next call would send the same again, without an end */
            errno = EIO;
            return -1;
        }
        if (errno != EINTR || PyErr_CheckSignals() < 0)
            return -1;
    }
}

/* Send all runs. Sets *position* to the first datagram that was not sent. Returns 0, the errno of this datagram, or -1
 * with an exception. sendmmsg(2) reports the error of its first message only: the next call returns that of a later
 * one. */
static int
send_runs(PyObject *sock, Batch *b, PyObject *items, const Py_buffer *block, PyObject *runs, Py_ssize_t *position,
    Py_ssize_t most_segments)
{
    for (;;) {
        if (fill_batch(b, items, block, runs, *position, most_segments) < 0) {
            release_views(b);
            return -1;
        }
        if (b->message_count == 0)
            return 0;
        int sent = send_messages(sock, b);
        release_views(b);
        if (sent < 0)
            return PyErr_Occurred() ? -1 : errno;
        for (int i = 0; i < sent; i++)
            *position += b->counts[i];
    }
}

static PyObject *
datagrams_send(PyObject *module, PyObject *args)
{
    PyObject *sock, *source, *runs;
    Py_ssize_t position, most_segments;
    Py_buffer block;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO!nn", &sock, &source, &PyTuple_Type, &runs, &position, &most_segments))
        return NULL;
    int is_block = !PyTuple_Check(source), number = -1;
    if (is_block && PyObject_GetBuffer(source, &block, PyBUF_SIMPLE) < 0)
        return NULL;
    Batch *b = PyMem_Malloc(sizeof(*b));
    if (b != NULL) {
        b->view_count = 0;
        b->first_run = 0;
        number = send_runs(sock, b, is_block ? NULL : source, is_block ? &block : NULL, runs, &position, most_segments);
        PyMem_Free(b);
    }
    else
        PyErr_NoMemory();
    if (is_block)
        PyBuffer_Release(&block);
    return number < 0 ? NULL : Py_BuildValue("ni", position, number);
}

/* ------------------------------------------------------------------ grouping */

/* Return the size of the data of a Send. -1 with an exception. */
static Py_ssize_t
measure_item(PyObject *item, Py_ssize_t position, PyObject *type)
{
    int is_send = PyObject_IsInstance(item, type);
    Py_buffer view;
    if (is_send < 0)
        return -1;
    if (!is_send || !PyTuple_Check(item) || PyTuple_GET_SIZE(item) != SEND_FIELDS) {
        PyErr_Format(PyExc_TypeError, "send(): item %zd must be a Send, not %s", position, Py_TYPE(item)->tp_name);
        return -1;
    }
    PyObject *data = PyTuple_GET_ITEM(item, 0);
    if (PyBytes_CheckExact(data))
        return PyBytes_GET_SIZE(data);
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "send(): data of item %zd must be a bytes-like object, not %s", position,
                Py_TYPE(data)->tp_name);
        return -1;
    }
    Py_ssize_t size = view.len;
    PyBuffer_Release(&view);
    return size;
}

static int is_alike(PyObject *one, PyObject *other);

/* Return 1 if the items of two tuples from *start* on are alike, 0 if not, -1 with an exception. */
static int
are_items_alike(PyObject *one, PyObject *other, Py_ssize_t start)
{
    int is_equal = PyTuple_GET_SIZE(one) == PyTuple_GET_SIZE(other);
    for (Py_ssize_t i = start; is_equal > 0 && i < PyTuple_GET_SIZE(one); i++)
        is_equal = is_alike(PyTuple_GET_ITEM(one, i), PyTuple_GET_ITEM(other, i));
    return is_equal;
}

/* Return 1 for equal values of equal types, 0 for others, -1 with an exception: 1.0 and True do not match a valid 1. */
static int
is_alike(PyObject *one, PyObject *other)
{
    if (one == other)
        return 1;
    if (Py_TYPE(one) != Py_TYPE(other))
        return 0;
    int is_equal = PyObject_RichCompareBool(one, other, Py_EQ);
    if (is_equal <= 0 || !PyTuple_Check(one))
        return is_equal;
    if (Py_EnterRecursiveCall(" in send()") != 0)
        return -1;
    is_equal = are_items_alike(one, other, 0);
    Py_LeaveRecursiveCall();
    return is_equal;
}

static int
append_run(PyObject *runs, Py_ssize_t start, Py_ssize_t end, Py_ssize_t stride)
{
    PyObject *run = Py_BuildValue("nnn", start, end, stride);
    int result = run == NULL ? -1 : PyList_Append(runs, run);
    Py_XDECREF(run);
    return result;
}

static PyObject *
datagrams_group(PyObject *module, PyObject *args)
{
    PyObject *items, *type, *runs;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!O", &PyTuple_Type, &items, &type) || (runs = PyList_New(0)) == NULL)
        return NULL;
    Py_ssize_t start = 0, stride = 0, last = 0, position = 0;
    PyObject *first = NULL;
    for (; position < PyTuple_GET_SIZE(items); position++) {
        PyObject *item = PyTuple_GET_ITEM(items, position);
        Py_ssize_t size = measure_item(item, position, type);
        int continues = size < 0 ? -1 : first != NULL && size > 0 && size <= stride && last == stride;
        if (continues > 0)
            continues = are_items_alike(item, first, 1); /* all fields but the data */
        if (continues < 0 || (continues == 0 && first != NULL && append_run(runs, start, position, stride) < 0))
            goto failed;
        if (continues == 0) {
            start = position;
            stride = size;
            first = item;
        }
        last = size;
    }
    if (first != NULL && append_run(runs, start, position, stride) < 0)
        goto failed;
    return runs;
failed:
    Py_DECREF(runs);
    return NULL;
}

PyMethodDef datagram_send_functions[] = {
    {"group_datagrams", datagrams_group, METH_VARARGS,
     "group_datagrams($module, items, send_type, /)\n--\n\nReturn a list of (start, end, stride) of the runs."},
    {"send_datagrams", datagrams_send, METH_VARARGS,
     "send_datagrams($module, sock, source, runs, position, most_segments, /)\n--\n\n"
     "Send without blocking; return the position of the first datagram that was not sent, and its errno or 0."},
    {NULL, NULL, 0, NULL},
};

#else

PyMethodDef datagram_send_functions[] = {{NULL, NULL, 0, NULL}};

#endif
