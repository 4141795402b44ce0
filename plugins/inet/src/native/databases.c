/* Lookups of services and protocols by name and by number, and the host name of this machine. */

#include "native.h"
#include "documentation.h"

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

/* Return the text of optional protocol arguments: NULL if there is none or it is the object for any protocol. Returns 1;
 * 0 without an exception for other objects. */
static int
plain_protocol(PyObject *const *args, Py_ssize_t count, const char **protocol)
{
    *protocol = NULL;
    return count == 1 || (PyUnicode_CheckExact(args[1]) && (*protocol = get_plain_text(args[1])) != NULL);
}

static PyObject *
database_port_of_service(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    const char *protocol, *name = count < 1 || count > 2 || !PyUnicode_CheckExact(args[0]) ? NULL : get_plain_text(args[0]);
    char *buffer;
    struct servent answer = {0};
    (void)module;
    if (name == NULL || !plain_protocol(args, count, &protocol))
        Py_RETURN_NONE;
    if (PySys_Audit("socket.getservbyname", "OO", args[0], count == 2 ? args[1] : Py_None) < 0)
        return NULL;
    int status = find_service(name, 0, protocol, &answer, &buffer);
    PyMem_Free(buffer);
    return status < 0 ? NULL : PyLong_FromLong(status == 0 ? -1 : ntohs((uint16_t)answer.s_port));
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
database_service_of_port(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    const char *protocol;
    char *buffer;
    long long port;
    struct servent answer = {0};
    (void)module;
    if (count < 1 || count > 2 || !get_plain_number(args[0], 0xFFFF, &port) || !plain_protocol(args, count, &protocol))
        Py_RETURN_NONE;
    if (PySys_Audit("socket.getservbyport", "OO", args[0], count == 2 ? args[1] : Py_None) < 0)
        return NULL;
    int status = find_service(NULL, htons((uint16_t)port), protocol, &answer, &buffer);
    PyObject *name = status < 0 ? NULL : PyUnicode_DecodeFSDefault(status == 0 ? "" : answer.s_name);
    PyMem_Free(buffer);
    return name;
}

/* Look up a protocol; its number is -1 if it is not found. Returns 0, or -1 with an exception. */
static int
find_protocol(const char *name, int *number)
{
    char *buffer = NULL;
    struct protoent answer = {0}, *result = NULL;
    int code = ERANGE;
    for (size_t size = FIRST_SIZE; code == ERANGE && size <= 4 * LAST_SIZE; size *= 4) {
        PyMem_Free(buffer);
        if ((buffer = PyMem_Malloc(size)) == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        code = find_protocol_by_name(name, &answer, buffer, size, &result);
        Py_END_ALLOW_THREADS
    }
    *number = result == NULL ? -1 : result->p_proto;
    PyMem_Free(buffer);
    return 0;
}

static PyObject *
database_getprotobyname(PyObject *module, PyObject *name_object)
{
    const char *name;
    int number;
    (void)module;
    if (optional_text(name_object, &name) < 0 || find_protocol(name == NULL ? "" : name, &number) < 0)
        return NULL;
    if (number < 0)
        Py_RETURN_NONE;
    return PyLong_FromLong(number);
}

static PyObject *
database_number_of_protocol(PyObject *module, PyObject *object)
{
    const char *name = PyUnicode_CheckExact(object) ? get_plain_text(object) : NULL;
    int number;
    (void)module;
    if (name == NULL)
        Py_RETURN_NONE;
    return find_protocol(name, &number) < 0 ? NULL : PyLong_FromLong(number);
}

static PyObject *
database_gethostname(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    char name[1024]; /* a name in the DNS has at most 255 bytes */
    int result;
    (void)module;
    (void)args;
    if (count > 0 || (keywords != NULL && PyTuple_GET_SIZE(keywords) > 0)) {
        PyErr_SetString(PyExc_TypeError, "gethostname() takes no arguments");
        return NULL;
    }
    if (PySys_Audit("socket.gethostname", NULL) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = gethostname(name, sizeof(name) - 1);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    name[sizeof(name) - 1] = '\0';
    return PyUnicode_DecodeFSDefault(name);
}

/* Set the host name. Returns None. */
static PyObject *
set_host_name(const char *name, Py_ssize_t size)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = sethostname(name, (int)size); /* the parameter is an int on some systems, a size_t on others */
    Py_END_ALLOW_THREADS
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
database_sethostname(PyObject *module, PyObject *args)
{
    PyObject *name;
    (void)module;
    if (!PyArg_ParseTuple(args, "S:sethostname", &name))
        return NULL;
    return set_host_name(PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name));
}

static PyObject *
database_set_plain_host_name(PyObject *module, PyObject *object)
{
    const char *name = PyUnicode_CheckExact(object) && PyUnicode_IS_ASCII(object) ? get_plain_text(object) : NULL;
    PyObject *result = NULL;
    (void)module;
    if (name == NULL)
        Py_RETURN_NONE;
    PyObject *bytes = PyBytes_FromString(name);
    if (bytes != NULL && PySys_Audit("socket.sethostname", "O", bytes) == 0)
        result = set_host_name(name, PyBytes_GET_SIZE(bytes));
    Py_XDECREF(bytes);
    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    Py_RETURN_TRUE;
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
    {"port_of_service", (PyCFunction)(void (*)(void))database_port_of_service, METH_FASTCALL,
     "port_of_service($module, name, protocol=..., /)\n--\n\n"
     "Return the port of a service, -1 if it is not found, and raise the audit event; None for other types."},
    {"getservbyport", database_getservbyport, METH_VARARGS,
     "getservbyport($module, port, protocol, /)\n--\n\nReturn the name of a service; None if it is not found."},
    {"service_of_port", (PyCFunction)(void (*)(void))database_service_of_port, METH_FASTCALL,
     "service_of_port($module, port, protocol=..., /)\n--\n\n"
     "Return the name of a service, '' if it is not found, and raise the audit event; None for other types."},
    {"getprotobyname", database_getprotobyname, METH_O,
     "getprotobyname($module, name, /)\n--\n\nReturn the number of a protocol; None if it is not found."},
    {"number_of_protocol", database_number_of_protocol, METH_O,
     "number_of_protocol($module, name, /)\n--\n\n"
     "Return the number of a protocol, -1 if it is not found; None for an object that is not a plain str."},
    {"gethostname", (PyCFunction)(void (*)(void))database_gethostname, METH_FASTCALL | METH_KEYWORDS, DOC_gethostname},
    {"sethostname", database_sethostname, METH_VARARGS,
     "sethostname($module, name, /)\n--\n\nSet the host name of this machine to *name*, which is bytes."},
    {"set_plain_host_name", database_set_plain_host_name, METH_O,
     "set_plain_host_name($module, name, /)\n--\n\n"
     "Set the host name to an ASCII text, raise the audit event, and return True; None for other objects."},
    {"reset_lock", database_reset_lock, METH_NOARGS,
     "reset_lock($module, /)\n--\n\nUnlock the mutex of functions that are not reentrant, in a forked child."},
    {NULL, NULL, 0, NULL},
};
