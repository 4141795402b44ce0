/* Lookups of services and protocols by name and by number, and the host name of this machine. */

#include "native.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Look up a service by name, or by port if *name* is NULL. Returns 1 if it was found, 0 if not, and -1 with an
 * exception. The text of the answer is in *buffer*, which the caller frees. */
static int
find_service(const char *name, int port, const char *protocol, struct servent *answer, char **buffer)
{
    struct servent *result = NULL;
    int code = ERANGE;
    *buffer = NULL;
    for (size_t size = FIRST_SIZE; code == ERANGE && size <= 4 * LAST_SIZE; size *= 4) {
        PyMem_Free(*buffer);
        if ((*buffer = PyMem_Malloc(size)) == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        code = name != NULL ? find_service_by_name(name, protocol, answer, *buffer, size, &result)
                            : find_service_by_port(port, protocol, answer, *buffer, size, &result);
        Py_END_ALLOW_THREADS
    }
    return result != NULL;
}

static PyObject *
database_getservbyname(PyObject *module, PyObject *args)
{
    PyObject *name_object, *protocol_object, *port = NULL;
    const char *name, *protocol;
    char *buffer;
    struct servent answer = {0};
    (void)module;
    if (!PyArg_ParseTuple(args, "SO:getservbyname", &name_object, &protocol_object)
        || optional_text(name_object, &name) < 0 || optional_text(protocol_object, &protocol) < 0)
        return NULL;
    int status = find_service(name, 0, protocol, &answer, &buffer);
    if (status > 0)
        port = PyLong_FromLong(ntohs((uint16_t)answer.s_port));
    PyMem_Free(buffer);
    if (status == 0)
        Py_RETURN_NONE;
    return port;
}

static PyObject *
database_getservbyport(PyObject *module, PyObject *args)
{
    PyObject *protocol_object, *name = NULL;
    const char *protocol;
    char *buffer;
    int port;
    struct servent answer = {0};
    (void)module;
    if (!PyArg_ParseTuple(args, "iO:getservbyport", &port, &protocol_object)
        || optional_text(protocol_object, &protocol) < 0)
        return NULL;
    int status = find_service(NULL, htons((uint16_t)port), protocol, &answer, &buffer);
    if (status > 0)
        name = PyUnicode_DecodeFSDefault(answer.s_name);
    PyMem_Free(buffer);
    if (status == 0)
        Py_RETURN_NONE;
    return name;
}

static PyObject *
database_getprotobyname(PyObject *module, PyObject *args)
{
    PyObject *name_object;
    const char *name;
    char *buffer = NULL;
    struct protoent answer = {0}, *result = NULL;
    int code = ERANGE;
    (void)module;
    if (!PyArg_ParseTuple(args, "S:getprotobyname", &name_object) || optional_text(name_object, &name) < 0)
        return NULL;
    for (size_t size = FIRST_SIZE; code == ERANGE && size <= 4 * LAST_SIZE; size *= 4) {
        PyMem_Free(buffer);
        if ((buffer = PyMem_Malloc(size)) == NULL)
            return PyErr_NoMemory();
        Py_BEGIN_ALLOW_THREADS
        code = find_protocol_by_name(name, &answer, buffer, size, &result);
        Py_END_ALLOW_THREADS
    }
    int number = result == NULL ? -1 : result->p_proto;
    PyMem_Free(buffer);
    if (result == NULL)
        Py_RETURN_NONE;
    return PyLong_FromLong(number);
}

static PyObject *
database_gethostname(PyObject *module, PyObject *unused)
{
    char name[1024]; /* a name in the DNS has at most 255 bytes */
    int result;
    (void)module;
    (void)unused;
    Py_BEGIN_ALLOW_THREADS
    result = gethostname(name, sizeof(name) - 1);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    name[sizeof(name) - 1] = '\0';
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
database_sethostname(PyObject *module, PyObject *args)
{
    const char *name;
    Py_ssize_t size;
    int result;
    (void)module;
    if (!PyArg_ParseTuple(args, "y#:sethostname", &name, &size))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = sethostname(name, (int)size); /* the parameter is an int on some systems, a size_t on others */
    Py_END_ALLOW_THREADS
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
database_reset_lock(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    reset_lock();
    Py_RETURN_NONE;
}

PyMethodDef database_functions[] = {
    {"getservbyname", database_getservbyname, METH_VARARGS,
     "getservbyname($module, name, protocol, /)\n--\n\nReturn the port of a service; None if it is not found."},
    {"getservbyport", database_getservbyport, METH_VARARGS,
     "getservbyport($module, port, protocol, /)\n--\n\nReturn the name of a service; None if it is not found."},
    {"getprotobyname", database_getprotobyname, METH_VARARGS,
     "getprotobyname($module, name, /)\n--\n\nReturn the number of a protocol; None if it is not found."},
    {"gethostname", database_gethostname, METH_NOARGS,
     "gethostname($module, /)\n--\n\nReturn the host name of this machine."},
    {"sethostname", database_sethostname, METH_VARARGS,
     "sethostname($module, name, /)\n--\n\nSet the host name of this machine to *name*, which is bytes."},
    {"reset_lock", database_reset_lock, METH_NOARGS,
     "reset_lock($module, /)\n--\n\nUnlock the mutex of functions that are not reentrant, in a forked child."},
    {NULL, NULL, 0, NULL},
};
