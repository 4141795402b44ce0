/* Conversion of the addresses of AF_CAN between tuples and sockaddrs, for objects of the usual types.
 *
 * 1. Each function has two arguments: the address or the sockaddr, and the file descriptor of the socket.
 * 2. A function returns None for other types, numbers out of range, unknown interfaces and sockaddrs that are too short.
 *    The codecs in Python (protocols.py) convert these, or raise the exceptions.
 * 3. The struct is declared here, because the headers of the C library do not have it (<linux/can.h>). tools/headers
 *    compares the same layout in structs.py with that header.
 */

#include "addresses.h"

#ifdef __linux__

#include "interfaces.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct {
    uint16_t family;
    int32_t interface;
    union {
        struct {
            uint32_t rx;
            uint32_t tx;
        } tp;
        struct {
            uint64_t name;
            uint32_t pgn;
            uint8_t addr;
        } j1939;
    } addr;
} Sockaddr;

#define MAX_PARTS 4
#define SIZE_RAW offsetof(Sockaddr, addr)
#define SIZE_ISOTP (offsetof(Sockaddr, addr.tp.tx) + sizeof(uint32_t))
#define SIZE_J1939 (offsetof(Sockaddr, addr.j1939.addr) + sizeof(uint8_t))

_Static_assert(sizeof(Sockaddr) == 24 && SIZE_RAW == 8 && SIZE_ISOTP == 16 && SIZE_J1939 == 21, "<linux/can.h>");

/* Get the descriptor, and the parts of an address after its interface. *max* has the largest values of the *count* parts.
 * 0 if an argument is not usual. The interface is looked up last, since this is a system call. */
static int
get_parts(PyObject *const *args, Py_ssize_t nargs, Sockaddr *sockaddr, int count, const unsigned long long *max,
    unsigned long long *parts)
{
    int fd, interface;
    if (nargs != 2 || !PyTuple_CheckExact(args[0]) || PyTuple_GET_SIZE(args[0]) != count + 1
        || !get_descriptor(args[1], &fd))
        return 0;
    for (int i = 0; i < count; i++)
        if (!get_number(PyTuple_GET_ITEM(args[0], i + 1), max[i], &parts[i]))
            return 0;
    if (!get_interface_index(PyTuple_GET_ITEM(args[0], 0), fd, &interface))
        return 0;
    memset(sockaddr, 0, sizeof(*sockaddr));
    sockaddr->family = AF_CAN;
    sockaddr->interface = interface;
    return 1;
}

static PyObject *
new_sockaddr(const Sockaddr *sockaddr)
{
    return PyBytes_FromStringAndSize((const char *)sockaddr, sizeof(*sockaddr));
}

/* Copy a sockaddr of at least *min* bytes, and return the name of its interface. NULL with an exception, or without one
 * if an argument is not usual. */
static PyObject *
get_sockaddr(PyObject *const *args, Py_ssize_t nargs, size_t min, Sockaddr *sockaddr)
{
    int fd;
    if (nargs != 2 || !PyBytes_CheckExact(args[0]) || !get_descriptor(args[1], &fd))
        return NULL;
    size_t size = (size_t)PyBytes_GET_SIZE(args[0]);
    if (size < min || size > sizeof(*sockaddr))
        return NULL;
    memset(sockaddr, 0, sizeof(*sockaddr));
    memcpy(sockaddr, PyBytes_AS_STRING(args[0]), size);
    return get_interface_name(sockaddr->interface, fd);
}

/* Return a tuple of the name, whose reference is stolen, and numbers. Without a name, NULL with the exception, or None
 * without one. */
static PyObject *
new_address(PyObject *name, int count, const unsigned long long *numbers)
{
    if (name == NULL) {
        if (PyErr_Occurred())
            return NULL;
        Py_RETURN_NONE;
    }
    PyObject *address = PyTuple_New(count + 1);
    if (address == NULL) {
        Py_DECREF(name);
        return NULL;
    }
    PyTuple_SET_ITEM(address, 0, name);
    for (int i = 0; i < count; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(numbers[i]);
        if (number == NULL) {
            Py_DECREF(address);
            return NULL;
        }
        PyTuple_SET_ITEM(address, i + 1, number);
    }
    return address;
}

static PyObject *
encode_can(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Sockaddr sockaddr;
    (void)module;
    if (!get_parts(args, nargs, &sockaddr, 0, NULL, NULL))
        Py_RETURN_NONE;
    return new_sockaddr(&sockaddr);
}

static PyObject *
decode_can(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Sockaddr sockaddr;
    (void)module;
    return new_address(get_sockaddr(args, nargs, SIZE_RAW, &sockaddr), 0, NULL);
}

static PyObject *
encode_isotp(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const unsigned long long max[] = {UINT32_MAX, UINT32_MAX};
    unsigned long long parts[2];
    Sockaddr sockaddr;
    (void)module;
    if (!get_parts(args, nargs, &sockaddr, 2, max, parts))
        Py_RETURN_NONE;
    sockaddr.addr.tp.rx = (uint32_t)parts[0];
    sockaddr.addr.tp.tx = (uint32_t)parts[1];
    return new_sockaddr(&sockaddr);
}

static PyObject *
decode_isotp(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Sockaddr sockaddr;
    (void)module;
    PyObject *name = get_sockaddr(args, nargs, SIZE_ISOTP, &sockaddr);
    if (name == NULL)
        return new_address(NULL, 0, NULL);
    const unsigned long long numbers[] = {sockaddr.addr.tp.rx, sockaddr.addr.tp.tx};
    return new_address(name, 2, numbers);
}

static PyObject *
encode_j1939(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    static const unsigned long long max[] = {UINT64_MAX, UINT32_MAX, UINT8_MAX};
    unsigned long long parts[3];
    Sockaddr sockaddr;
    (void)module;
    if (!get_parts(args, nargs, &sockaddr, 3, max, parts))
        Py_RETURN_NONE;
    sockaddr.addr.j1939.name = parts[0];
    sockaddr.addr.j1939.pgn = (uint32_t)parts[1];
    sockaddr.addr.j1939.addr = (uint8_t)parts[2];
    return new_sockaddr(&sockaddr);
}

static PyObject *
decode_j1939(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Sockaddr sockaddr;
    (void)module;
    PyObject *name = get_sockaddr(args, nargs, SIZE_J1939, &sockaddr);
    if (name == NULL)
        return new_address(NULL, 0, NULL);
    const unsigned long long numbers[] = {
        sockaddr.addr.j1939.name, sockaddr.addr.j1939.pgn, sockaddr.addr.j1939.addr};
    return new_address(name, 3, numbers);
}

#define FUNCTION(name, argument, doc) \
    {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, #name "($module, " argument ", fd, /)\n--\n\n" doc}

#endif

PyMethodDef address_functions[] = {
#ifdef __linux__
    FUNCTION(encode_can, "address", "Return the sockaddr of (interface,), or None if the codec in Python is needed."),
    FUNCTION(decode_can, "sockaddr", "Return (interface,), or None if the codec in Python is needed."),
    FUNCTION(encode_isotp, "address", "Return the sockaddr of (interface, rx_addr, tx_addr), or None."),
    FUNCTION(decode_isotp, "sockaddr", "Return (interface, rx_addr, tx_addr), or None."),
    FUNCTION(encode_j1939, "address", "Return the sockaddr of (interface, name, pgn, addr), or None."),
    FUNCTION(decode_j1939, "sockaddr", "Return (interface, name, pgn, addr), or None."),
#endif
    {NULL, NULL, 0, NULL},
};
