/* Names and indexes of network interfaces, by ioctl(2) on a socket: netdevice(7).
 *
 * 1. The interfaces are those of the network namespace of the socket.
 * 2. Only names in ASCII are converted. The codec in Python converts all others, by the file system encoding.
 * 3. The requests do not wait, so the GIL is held.
 *
 * plugins/can and plugins/linux_misc have the same file.
 */

#ifndef SOCKCORE_INTERFACES_H
#define SOCKCORE_INTERFACES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

/* Get a number from 0 to *max* of an exact int. 0 for another object. */
static inline int
get_number(PyObject *object, unsigned long long max, unsigned long long *number)
{
    if (!PyLong_CheckExact(object))
        return 0;
    *number = PyLong_AsUnsignedLongLong(object);
    if (*number == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear(); /* negative, or more than 64 bits */
        return 0;
    }
    return *number <= max;
}

/* Get the file descriptor from the second argument of a function. 0 for another object. */
static inline int
get_descriptor(PyObject *object, int *fd)
{
    unsigned long long number = 0;
    if (!get_number(object, INT_MAX, &number))
        return 0;
    *fd = (int)number;
    return 1;
}

/* Get the index of the interface with the name in an exact str, 0 for ''. 0 if the name is not a short one in ASCII, or
 * if the system does not find it. */
static inline int
get_interface_index(PyObject *object, int fd, int *interface)
{
    Py_ssize_t length = 0;
    if (!PyUnicode_CheckExact(object))
        return 0;
    const char *name = PyUnicode_AsUTF8AndSize(object, &length);
    if (name == NULL) {
        PyErr_Clear(); /* surrogates */
        return 0;
    }
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    if (length >= (Py_ssize_t)sizeof(request.ifr_name) || !PyUnicode_IS_ASCII(object)
        || memchr(name, 0, (size_t)length) != NULL)
        return 0;
    *interface = 0;
    if (length == 0)
        return 1;
    memcpy(request.ifr_name, name, (size_t)length);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        return 0;
    *interface = request.ifr_ifindex;
    return 1;
}

/* Return the name of an interface as a new str, '' for 0. NULL with an exception, or without one if the name is not in
 * ASCII, or if the system does not find the interface. */
static inline PyObject *
get_interface_name(int interface, int fd)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    request.ifr_ifindex = interface;
    if (interface < 0 || (interface > 0 && ioctl(fd, SIOCGIFNAME, &request) < 0))
        return NULL;
    size_t length = interface == 0 ? 0 : strnlen(request.ifr_name, sizeof(request.ifr_name));
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)request.ifr_name[i] > 0x7F)
            return NULL;
    return PyUnicode_FromStringAndSize(request.ifr_name, (Py_ssize_t)length);
}

#endif
