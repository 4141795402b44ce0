/* Receiving of datagrams: batches by recvmmsg(2), and buffers that the kernel joined (UDP_GRO).
 *
 * 1. The system writes to buffers that no Python object refers to. Received data are copied to a bytes object of their
 *    size, so that nothing changes under a memoryview, and a view of a small datagram does not keep a large buffer. The
 *    copy of 64 bytes takes 2 ns.
 * 2. Calls do not block. The Python code waits.
 * 3. datagrams_pure.py has the same rules for joining.
 */

#include "native.h"

#ifdef __linux__
#include <netinet/udp.h>
#endif

#if defined(__linux__) && defined(UDP_GRO)

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define MOST_MESSAGES 64
#define MOST_BYTES 65536
/* The distance of two buffers. With a power of two, the first bytes of all would be in the same set of the cache. */
#define DISTANCE (MOST_BYTES + 4096 + 64)
#define CONTROL_SIZE 384
#define ECN_BITS 3

typedef struct {
    struct mmsghdr headers[MOST_MESSAGES];
    struct iovec parts[MOST_MESSAGES];
    struct sockaddr_in6 names[MOST_MESSAGES];
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr alignment;
    } controls[MOST_MESSAGES];
    char data[MOST_MESSAGES][DISTANCE]; /* pages that no datagram has used take no memory */
} Buffers;

/* The fields of a received message. Numbers are -1 if the system did not report them. */
typedef struct {
    size_t size, stride;
    long long interface, ecn, ttl, time;
    int family; /* of the destination, or AF_UNSPEC */
    unsigned char destination[16];
} Received;

static long long
read_number(const struct cmsghdr *header)
{
    size_t length = header->cmsg_len - CMSG_LEN(0);
    unsigned char byte;
    int number;
    if (length >= sizeof(number)) {
        memcpy(&number, CMSG_DATA(header), sizeof(number));
        return number;
    }
    if (length == 0)
        return -1;
    memcpy(&byte, CMSG_DATA(header), 1);
    return byte;
}

#define SECOND 1000000000LL
#define MOST_SECONDS (INT64_MAX / SECOND - 1)

/* Read a struct timespec, whose fields have 32 or 64 bits. -1 for one that does not fit 64 bits of nanoseconds. */
static long long
read_time(const struct cmsghdr *header)
{
    size_t length = header->cmsg_len - CMSG_LEN(0);
    int64_t wide[2];
    int32_t narrow[2];
    if (length >= sizeof(wide)) {
        memcpy(wide, CMSG_DATA(header), sizeof(wide));
        return wide[0] < 0 || wide[0] > MOST_SECONDS || wide[1] < 0 || wide[1] >= SECOND ? -1 : wide[0] * SECOND + wide[1];
    }
    if (length < sizeof(narrow))
        return -1;
    memcpy(narrow, CMSG_DATA(header), sizeof(narrow));
    return narrow[0] * SECOND + narrow[1];
}

static void
read_ip_control(const struct cmsghdr *header, Received *received)
{
    struct in_pktinfo info;
    if (header->cmsg_type == IP_TOS)
        received->ecn = read_number(header);
    else if (header->cmsg_type == IP_TTL)
        received->ttl = read_number(header);
    else if (header->cmsg_type == IP_PKTINFO && header->cmsg_len >= CMSG_LEN(sizeof(info))) {
        memcpy(&info, CMSG_DATA(header), sizeof(info));
        received->family = AF_INET;
        received->interface = info.ipi_ifindex;
        memcpy(received->destination, &info.ipi_addr, sizeof(info.ipi_addr));
    }
}

static void
read_ipv6_control(const struct cmsghdr *header, Received *received)
{
    struct in6_pktinfo info;
    if (header->cmsg_type == IPV6_TCLASS)
        received->ecn = read_number(header);
    else if (header->cmsg_type == IPV6_HOPLIMIT)
        received->ttl = read_number(header);
    else if (header->cmsg_type == IPV6_PKTINFO && header->cmsg_len >= CMSG_LEN(sizeof(info))) {
        memcpy(&info, CMSG_DATA(header), sizeof(info));
        received->family = AF_INET6;
        received->interface = info.ipi6_ifindex;
        memcpy(received->destination, &info.ipi6_addr, sizeof(info.ipi6_addr));
    }
}

/* Read the lengths and control messages of a message. Lengths of the system are cut to the sizes of the buffers. */
static void
read_message(struct mmsghdr *message, int timestamp_type, Received *received)
{
    struct msghdr *header = &message->msg_hdr;
    memset(received, 0, sizeof(*received));
    received->interface = received->ecn = received->ttl = received->time = -1;
    received->size = received->stride = message->msg_len < MOST_BYTES ? message->msg_len : MOST_BYTES;
    if (header->msg_namelen > sizeof(struct sockaddr_in6))
        header->msg_namelen = sizeof(struct sockaddr_in6);
    if (header->msg_controllen > CONTROL_SIZE)
        header->msg_controllen = CONTROL_SIZE;
    const char *end = (char *)header->msg_control + header->msg_controllen;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_len < CMSG_LEN(0) || c->cmsg_len > (size_t)(end - (char *)c))
            break;
        if (c->cmsg_level == IPPROTO_IP)
            read_ip_control(c, received);
        else if (c->cmsg_level == IPPROTO_IPV6)
            read_ipv6_control(c, received);
        else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == timestamp_type)
            received->time = read_time(c);
        else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            long long segment = read_number(c);
            if (segment > 0 && (size_t)segment < received->size)
                received->stride = (size_t)segment;
        }
    }
    if (received->ecn >= 0)
        received->ecn &= ECN_BITS;
}

/* Return true if the datagrams of *next* can follow those of a block: see _merge() in datagrams_pure.py. *size* are the
 * bytes of the block. */
static int
can_follow(const Buffers *b, const Received *first, int first_index, size_t size, const Received *next, int index)
{
    const struct msghdr *one = &b->headers[first_index].msg_hdr, *other = &b->headers[index].msg_hdr;
    return first->stride > 0 && size % first->stride == 0 && next->size > 0
        && (next->stride == first->stride || (next->stride == next->size && next->size < first->stride))
        && first->interface == next->interface && first->ecn == next->ecn && first->ttl == next->ttl
        && first->family == next->family && memcmp(first->destination, next->destination, 16) == 0
        && one->msg_namelen == other->msg_namelen && memcmp(one->msg_name, other->msg_name, one->msg_namelen) == 0;
}

static PyObject *
number_or_none(long long number)
{
    if (number < 0)
        Py_RETURN_NONE;
    return PyLong_FromLongLong(number);
}

static PyObject *
decode_destination(const Received *received)
{
    char text[INET6_ADDRSTRLEN];
    if (received->family == AF_UNSPEC || inet_ntop(received->family, received->destination, text, sizeof(text)) == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromString(text);
}

static PyObject *
decode_source(const struct msghdr *header)
{
    const struct sockaddr *name = header->msg_name;
    PyObject *address = decode_plain_sockaddr((const unsigned char *)name, header->msg_namelen, name->sa_family);
    if (address != NULL || PyErr_Occurred())
        return address;
    Py_RETURN_NONE;
}

/* Create a tuple of a class for *count* values, whose references it steals. NULL if a value is NULL. */
PyObject *
new_named_tuple(PyTypeObject *type, PyObject **values, Py_ssize_t count)
{
    PyObject *items = PyTuple_New(count), *arguments, *tuple = NULL;
    int is_complete = items != NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        is_complete = is_complete && values[i] != NULL;
        if (items != NULL)
            PyTuple_SET_ITEM(items, i, values[i]);
        else
            Py_XDECREF(values[i]);
    }
    if (is_complete && (arguments = PyTuple_Pack(1, items)) != NULL) {
        tuple = PyTuple_Type.tp_new(type, arguments, NULL); /* tuple.__new__(type, items) */
        Py_DECREF(arguments);
    }
    Py_XDECREF(items);
    return tuple;
}

/* Return a read-only view of the data of messages *first* to *last*. */
static PyObject *
copy_data(const Buffers *b, const Received *received, int first, int last, size_t size)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (bytes == NULL)
        return NULL;
    char *to = PyBytes_AS_STRING(bytes);
    for (int i = first; i <= last; i++) {
        memcpy(to, b->data[i], received[i].size);
        to += received[i].size;
    }
    PyObject *view = PyMemoryView_FromObject(bytes);
    Py_DECREF(bytes);
    return view;
}

/* Return the blocks of *count* messages. */
static PyObject *
build_blocks(Buffers *b, Received *received, int count, PyTypeObject *type, int is_merging)
{
    PyObject *blocks = PyList_New(0), *source = NULL, *destination = NULL;
    int previous = -1, last;
    for (int first = 0; blocks != NULL && first < count; first = last + 1) {
        const Received *r = &received[first];
        size_t size = r->size;
        for (last = first; is_merging && last + 1 < count; size += received[++last].size)
            if (!can_follow(b, r, first, size, &received[last + 1], last + 1))
                break;
        /* Consecutive datagrams usually have one source and destination: their objects are used again. */
        const struct msghdr *header = &b->headers[first].msg_hdr;
        if (previous < 0 || b->headers[previous].msg_hdr.msg_namelen != header->msg_namelen
            || memcmp(&b->names[previous], &b->names[first], header->msg_namelen) != 0) {
            Py_XDECREF(source);
            source = decode_source(header);
        }
        if (previous < 0 || received[previous].family != r->family
            || memcmp(received[previous].destination, r->destination, sizeof(r->destination)) != 0) {
            Py_XDECREF(destination);
            destination = decode_destination(r);
        }
        previous = first;
        Py_XINCREF(source);
        Py_XINCREF(destination);
        PyObject *values[] = {copy_data(b, received, first, last, size), PyLong_FromSize_t(r->stride), source,
            destination, number_or_none(r->interface), number_or_none(r->ecn), number_or_none(r->ttl),
            number_or_none(r->time)};
        PyObject *block = new_named_tuple(type, values, 8);
        if (block == NULL || PyList_Append(blocks, block) < 0)
            Py_CLEAR(blocks);
        Py_XDECREF(block);
    }
    Py_XDECREF(source);
    Py_XDECREF(destination);
    return blocks;
}

static void
prepare_headers(Buffers *b, int count)
{
    memset(b->headers, 0, (size_t)count * sizeof(b->headers[0]));
    memset(b->names, 0, (size_t)count * sizeof(b->names[0]));
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &b->headers[i].msg_hdr;
        b->parts[i] = (struct iovec){b->data[i], MOST_BYTES};
        header->msg_name = &b->names[i];
        header->msg_namelen = sizeof(b->names[i]);
        header->msg_iov = &b->parts[i];
        header->msg_iovlen = 1;
        header->msg_control = b->controls[i].bytes;
        header->msg_controllen = CONTROL_SIZE;
    }
}

/* Receive without blocking, again after a signal. Returns the number of messages; -1 with errno, or with an exception.
 * The handler of a signal may close the socket: the descriptor is read before each call. */
static int
receive_messages(PyObject *sock, Buffers *b, int count)
{
    for (;;) {
        int received, fd = descriptor_of(sock);
        if (fd < 0)
            return -1;
        prepare_headers(b, count);
        Py_BEGIN_ALLOW_THREADS
        received = recvmmsg(fd, b->headers, (unsigned)count, MSG_DONTWAIT, NULL);
        Py_END_ALLOW_THREADS
        if (received >= 0)
            return received < count ? received : count;
        if (errno != EINTR || PyErr_CheckSignals() < 0)
            return -1;
    }
}

int
is_tuple_class(PyObject *object)
{
    return PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, &PyTuple_Type)
        && ((PyTypeObject *)object)->tp_basicsize == PyTuple_Type.tp_basicsize;
}

static PyObject *
datagrams_receive(PyObject *module, PyObject *args)
{
    PyObject *sock, *type;
    int limit, timestamp_type, is_merging;
    if (!PyArg_ParseTuple(args, "OiOip", &sock, &limit, &type, &timestamp_type, &is_merging))
        return NULL;
    if (!is_tuple_class(type))
        return PyErr_Format(PyExc_TypeError, "receive_datagrams() argument 3 must be a tuple class");
    ModuleState *state = PyModule_GetState(module);
    Buffers *b = atomic_exchange(&state->spare, NULL);
    if (b == NULL && (b = PyMem_RawMalloc(sizeof(*b))) == NULL)
        return PyErr_NoMemory();
    int count = receive_messages(sock, b, limit < 1 ? 1 : limit < MOST_MESSAGES ? limit : MOST_MESSAGES);
    PyObject *result = NULL;
    if (count >= 0) {
        Received received[MOST_MESSAGES];
        for (int i = 0; i < count; i++)
            read_message(&b->headers[i], timestamp_type, &received[i]);
        result = build_blocks(b, received, count, (PyTypeObject *)type, is_merging);
    }
    else if (!PyErr_Occurred()) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            result = new_reference(Py_None);
        else
            PyErr_SetFromErrno(PyExc_OSError);
    }
    PyMem_RawFree(atomic_exchange(&state->spare, b));
    return result;
}

PyMethodDef datagram_receive_functions[] = {
    {"receive_datagrams", datagrams_receive, METH_VARARGS,
     "receive_datagrams($module, sock, limit, block_type, timestamp_type, is_merging, /)\n--\n\n"
     "Receive without blocking; return a list of blocks, or None if nothing has arrived."},
    {NULL, NULL, 0, NULL},
};

#else

PyMethodDef datagram_receive_functions[] = {{NULL, NULL, 0, NULL}};

#endif
