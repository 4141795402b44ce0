/* Conversion of the addresses of AF_PACKET between tuples and sockaddrs, for objects of the usual types.
 *
 * 1. Each function has two arguments: the address or the sockaddr, and the file descriptor of the socket.
 * 2. A function returns None for other types, numbers out of range, unknown interfaces and sockaddrs that are too short.
 *    The codec in Python (packet.py) converts these, or raises the exceptions.
 */

#include "addresses.h"

#ifdef __linux__

#include "interfaces.h"

#include <arpa/inet.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define MIN_PARTS 2
#define MAX_PARTS 5
#define HARDWARE_OFFSET offsetof(struct sockaddr_ll, sll_addr)

/* Return a tuple of all parts, whose references are stolen. NULL with an exception, which one of the parts may have. */
static PyObject *
new_tuple(PyObject **parts)
{
    PyObject *tuple = PyTuple_New(MAX_PARTS);
    int is_complete = tuple != NULL;
    for (int i = 0; i < MAX_PARTS; i++) {
        is_complete = is_complete && parts[i] != NULL;
        if (tuple != NULL)
            PyTuple_SET_ITEM(tuple, i, parts[i]);
        else
            Py_XDECREF(parts[i]);
    }
    if (!is_complete)
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *
encode_packet(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const unsigned long long max[] = {UINT16_MAX, UINT8_MAX, UINT16_MAX};
    unsigned long long numbers[] = {0, PACKET_HOST, 0}; /* protocol, pkttype, hatype */
    int fd, interface;
    (void)module;
    Py_ssize_t count = nargs == 2 && PyTuple_CheckExact(args[0]) ? PyTuple_GET_SIZE(args[0]) : 0;
    if (count < MIN_PARTS || count > MAX_PARTS || !get_descriptor(args[1], &fd))
        Py_RETURN_NONE;
    for (Py_ssize_t i = 1; i < count && i < MAX_PARTS - 1; i++)
        if (!get_number(PyTuple_GET_ITEM(args[0], i), max[i - 1], &numbers[i - 1]))
            Py_RETURN_NONE;
    PyObject *hardware = count == MAX_PARTS ? PyTuple_GET_ITEM(args[0], MAX_PARTS - 1) : NULL;
    struct sockaddr_ll sockaddr;
    memset(&sockaddr, 0, sizeof(sockaddr));
    if (hardware != NULL
        && (!PyBytes_CheckExact(hardware) || PyBytes_GET_SIZE(hardware) > (Py_ssize_t)sizeof(sockaddr.sll_addr)))
        Py_RETURN_NONE;
    if (!get_interface_index(PyTuple_GET_ITEM(args[0], 0), fd, &interface)) /* last: it is a system call */
        Py_RETURN_NONE;
    sockaddr.sll_family = AF_PACKET;
    sockaddr.sll_protocol = htons((uint16_t)numbers[0]);
    sockaddr.sll_ifindex = interface;
    sockaddr.sll_pkttype = (uint8_t)numbers[1];
    sockaddr.sll_hatype = (uint16_t)numbers[2];
    if (hardware != NULL) {
        sockaddr.sll_halen = (uint8_t)PyBytes_GET_SIZE(hardware);
        memcpy(sockaddr.sll_addr, PyBytes_AS_STRING(hardware), sockaddr.sll_halen);
    }
    return PyBytes_FromStringAndSize((const char *)&sockaddr, sizeof(sockaddr));
}

static PyObject *
decode_packet(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    struct sockaddr_ll sockaddr;
    int fd;
    (void)module;
    size_t size = nargs == 2 && PyBytes_CheckExact(args[0]) ? (size_t)PyBytes_GET_SIZE(args[0]) : 0;
    if (size < HARDWARE_OFFSET || !get_descriptor(args[1], &fd))
        Py_RETURN_NONE;
    const char *raw = PyBytes_AS_STRING(args[0]);
    memset(&sockaddr, 0, sizeof(sockaddr));
    memcpy(&sockaddr, raw, size < sizeof(sockaddr) ? size : sizeof(sockaddr));
    PyObject *name = get_interface_name(sockaddr.sll_ifindex, fd);
    if (name == NULL) {
        if (PyErr_Occurred())
            return NULL;
        Py_RETURN_NONE;
    }
    /* The kernel may write a hardware address that is longer than the field (InfiniBand: 20 bytes). getsockname(2) returns
     * fewer bytes than the struct has for a shorter one. */
    size_t room = size - HARDWARE_OFFSET, length = sockaddr.sll_halen < room ? sockaddr.sll_halen : room;
    PyObject *parts[MAX_PARTS] = {name, PyLong_FromLong(ntohs(sockaddr.sll_protocol)),
        PyLong_FromLong(sockaddr.sll_pkttype), PyLong_FromLong(sockaddr.sll_hatype),
        PyBytes_FromStringAndSize(raw + HARDWARE_OFFSET, (Py_ssize_t)length)};
    return new_tuple(parts);
}

#define FUNCTION(name, argument, doc) \
    {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, #name "($module, " argument ", fd, /)\n--\n\n" doc}

#endif

PyMethodDef address_functions[] = {
#ifdef __linux__
    FUNCTION(encode_packet, "address", "Return the sockaddr of an address, or None if the codec in Python is needed."),
    FUNCTION(decode_packet, "sockaddr", "Return the address in a sockaddr, or None if the codec in Python is needed."),
#endif
    {NULL, NULL, 0, NULL},
};
