/* System calls for the Python code around BaseSocket: one call each, no waiting.
 *
 * Text and addresses are bytes objects. Their bytes are read directly: a subclass may have a method __buffer__(), whose
 * memory would be released while it is in use.
 */

#include "native.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int
open_descriptor_pair(int family, int type, int proto, int *pair)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
#ifdef SOCK_CLOEXEC
    result = socketpair(family, type | SOCK_CLOEXEC, proto, pair);
#else
    result = socketpair(family, type, proto, pair);
    for (int i = 0; result == 0 && i < 2; i++)
        fcntl(pair[i], F_SETFD, FD_CLOEXEC);
#endif
    Py_END_ALLOW_THREADS
    return result;
}

static PyObject *
system_socketpair(PyObject *module, PyObject *args)
{
    int family, type, proto, pair[2];
    (void)module;
    if (!PyArg_ParseTuple(args, "iii", &family, &type, &proto))
        return NULL;
    if (open_descriptor_pair(family, type, proto, pair) < 0)
        return raise_errno();
    PyObject *descriptors = Py_BuildValue("ii", pair[0], pair[1]);
    if (descriptors == NULL) {
        close(pair[0]);
        close(pair[1]);
    }
    return descriptors;
}

/* The system does not know the size of the argument: a smaller one is copied into a block of this size. */
#define IOCTL_ROOM 1024

static PyObject *
system_ioctl(PyObject *module, PyObject *args)
{
    int fd, result;
    unsigned long long request;
    Py_buffer argument;
    char block[IOCTL_ROOM] = "";
    (void)module;
    if (!PyArg_ParseTuple(args, "iKw*", &fd, &request, &argument))
        return NULL;
    int is_small = argument.len < IOCTL_ROOM;
    if (is_small)
        memcpy(block, argument.buf, (size_t)argument.len);
    Py_BEGIN_ALLOW_THREADS
    result = ioctl(fd, (unsigned long)request, is_small ? block : argument.buf);
    Py_END_ALLOW_THREADS
    if (is_small)
        memcpy(argument.buf, block, (size_t)argument.len);
    release_buffer(&argument);
    return result < 0 ? raise_errno() : PyLong_FromLong(result);
}

static PyObject *
system_if_nametoindex(PyObject *module, PyObject *args)
{
    PyObject *bytes;
    char *name;
    unsigned int index = 0;
    (void)module;
    /* If the length is not requested, PyBytes_AsStringAndSize() raises ValueError for a NUL in the text. */
    if (!PyArg_ParseTuple(args, "S", &bytes) || PyBytes_AsStringAndSize(bytes, &name, NULL) < 0)
        return NULL;
    errno = ENODEV;
    if (strlen(name) < IF_NAMESIZE) { /* some C libraries truncate a longer name */
        Py_BEGIN_ALLOW_THREADS
        index = if_nametoindex(name);
        Py_END_ALLOW_THREADS
    }
    if (index != 0)
        return PyLong_FromUnsignedLong(index);
    PyObject *arguments = Py_BuildValue("is", errno ? errno : ENODEV, "no interface with this name");
    if (arguments != NULL)
        PyErr_SetObject(PyExc_OSError, arguments);
    Py_XDECREF(arguments);
    return NULL;
}

static PyObject *
system_if_indextoname(PyObject *module, PyObject *args)
{
    PyObject *number;
    char name[IF_NAMESIZE + 1] = "", *found;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!", &PyLong_Type, &number))
        return NULL;
    unsigned long index = PyLong_AsUnsignedLong(number);
    if (index > UINT_MAX && !PyErr_Occurred())
        PyErr_SetString(PyExc_OverflowError, "the index of a network interface is an unsigned int");
    if (PyErr_Occurred())
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    found = if_indextoname((unsigned int)index, name);
    Py_END_ALLOW_THREADS
    return found == NULL ? raise_errno() : PyBytes_FromString(name);
}

static PyObject *
system_if_nameindex(PyObject *module, PyObject *args)
{
    struct if_nameindex *start;
    (void)module;
    if (!PyArg_ParseTuple(args, ""))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    start = if_nameindex();
    Py_END_ALLOW_THREADS
    if (start == NULL)
        return raise_errno();
    PyObject *pairs = PyList_New(0);
    for (struct if_nameindex *at = start; pairs != NULL && (at->if_index != 0 || at->if_name != NULL); at++) {
        PyObject *pair = Py_BuildValue("Iy", at->if_index, at->if_name);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
    }
    if_freenameindex(start);
    return pairs;
}

/* The largest packed address of inet_pton(3) and inet_ntop(3). */
#define PACKED_ROOM 16

static PyObject *
system_inet_pton(PyObject *module, PyObject *args)
{
    int family;
    PyObject *bytes;
    char *text;
    Py_ssize_t size;
    char packed[PACKED_ROOM] = "";
    (void)module;
    if (!PyArg_ParseTuple(args, "iSn:inet_pton", &family, &bytes, &size)
        || PyBytes_AsStringAndSize(bytes, &text, NULL) < 0)
        return NULL;
    if (size < 0 || size > PACKED_ROOM) {
        PyErr_SetString(PyExc_ValueError, "inet_pton(): the size of a packed address must be 0-16");
        return NULL;
    }
    int found = inet_pton(family, text, packed);
    if (found < 0)
        return raise_errno();
    if (found == 0)
        Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(packed, size);
}

static PyObject *
system_inet_ntop(PyObject *module, PyObject *args)
{
    int family;
    PyObject *bytes;
    char packed[PACKED_ROOM] = "", text[64]; /* INET6_ADDRSTRLEN is 46 */
    (void)module;
    if (!PyArg_ParseTuple(args, "iS:inet_ntop", &family, &bytes))
        return NULL;
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    memcpy(packed, PyBytes_AS_STRING(bytes), (size_t)(size < PACKED_ROOM ? size : PACKED_ROOM));
    if (inet_ntop(family, packed, text, sizeof(text)) == NULL)
        return raise_errno();
    return PyUnicode_FromString(text);
}

#define FUNCTION(name, signature, text) {#name, system_##name, METH_VARARGS, #name signature "\n--\n\n" text}

PyMethodDef system_functions[] = {
    FUNCTION(socketpair, "($module, family, type, proto, /)", "Return two file descriptors of connected sockets."),
    FUNCTION(ioctl, "($module, fd, request, argument, /)", "Call ioctl(2) with a writable buffer; return its value."),
    FUNCTION(if_nametoindex, "($module, name, /)", "Return the index of a network interface, by its name in bytes."),
    FUNCTION(if_indextoname, "($module, index, /)", "Return the name of a network interface, as bytes."),
    FUNCTION(if_nameindex, "($module, /)", "Return (index, name) of all network interfaces."),
    FUNCTION(inet_pton, "($module, family, text, size, /)",
        "Return the packed address, of *size* bytes, of a text in bytes; None if it is not an address.\n\n"
        "Raises OSError (EAFNOSUPPORT) if the C library does not support the family, and ValueError if *text* contains a\n"
        "NUL."),
    FUNCTION(inet_ntop, "($module, family, packed, /)",
        "Return the text of a packed address.\n\n"
        "Raises OSError (EAFNOSUPPORT) if the C library does not support the family."),
    {NULL, NULL, 0, NULL},
};
