/* Public functions of the module: close, dup, the default timeout, CMSG_LEN, CMSG_SPACE. */

#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

/* Return the argument of a function with one positional parameter; NULL with an exception if the call has others. The
 * check of METH_O would add the name of this module to the message. */
static PyObject *
only_argument(const char *function, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    if (keywords != NULL && PyTuple_GET_SIZE(keywords) > 0)
        PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", function);
    else if (count != 1)
        PyErr_Format(PyExc_TypeError, "%s() takes exactly one argument (%zd given)", function, count);
    else
        return args[0];
    return NULL;
}

/* Convert a file descriptor. 0, or -1 with an exception. An int needs no memory, so that it can always be closed. */
static int
descriptor_argument(PyObject *module, PyObject *object, int *fd)
{
    if (exact_int(object, fd))
        return 0;
    PyObject *number = call_rule(PyModule_GetState(module), RULE_DESCRIPTOR, &object, 1, NULL);
    if (number == NULL)
        return -1;
    int is_int = exact_int(number, fd);
    Py_DECREF(number);
    if (is_int)
        return 0;
    PyErr_SetString(PyExc_OverflowError, "a file descriptor must fit into an int");
    return -1;
}

static PyObject *
function_close(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    int fd, result;
    PyObject *object = only_argument("close", args, count, keywords);
    if (object == NULL || descriptor_argument(module, object, &fd) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = close(fd);
    Py_END_ALLOW_THREADS
    if (result < 0 && errno != ECONNRESET)
        return raise_errno();
    Py_RETURN_NONE;
}

static PyObject *
function_dup(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    int fd, copy;
    PyObject *object = only_argument("dup", args, count, keywords);
    if (object == NULL || descriptor_argument(module, object, &fd) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    Py_END_ALLOW_THREADS
    if (copy < 0)
        return raise_errno();
    PyObject *number = PyLong_FromLong(copy);
    if (number == NULL)
        close(copy);
    return number;
}

static PyObject *
function_getdefaulttimeout(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    ModuleState *state = PyModule_GetState(module);
    (void)args;
    if (count == 0 && (keywords == NULL || PyTuple_GET_SIZE(keywords) == 0))
        return timeout_as_float(state->default_timeout);
    PyErr_SetString(PyExc_TypeError, "getdefaulttimeout() takes no arguments");
    return NULL;
}

static PyObject *
function_setdefaulttimeout(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    ModuleState *state = PyModule_GetState(module);
    int64_t timeout;
    PyObject *value = only_argument("setdefaulttimeout", args, count, keywords);
    if (value == NULL || parse_timeout(state, value, &timeout) < 0)
        return NULL;
    /* No other memory depends on it. A store with the default order takes a quarter of the time of the call. */
    atomic_store_explicit(&state->default_timeout, timeout, memory_order_relaxed);
    Py_RETURN_NONE;
}

/* The largest size of the data of a control message: SOCKLEN_MAX of the standard module. */
#define MOST_DATA ((Py_ssize_t)INT_MAX)

/* Return the size of the data of a control message; -1 with an exception. *room* is reserved for the rest of it. */
static Py_ssize_t
data_size(PyObject *module, const char *function, PyObject *object, size_t room)
{
    Py_ssize_t size;
    if (!exact_size(object, &size)) {
        PyObject *number = call_rule(PyModule_GetState(module), RULE_SSIZE, &object, 1, NULL);
        size = number == NULL ? -1 : PyLong_AsSsize_t(number);
        Py_XDECREF(number);
        if (size == -1 && PyErr_Occurred())
            return -1;
    }
    if (size >= 0 && size <= MOST_DATA - (Py_ssize_t)room)
        return size;
    PyErr_Format(PyExc_OverflowError, "%s() argument out of range", function);
    return -1;
}

static PyObject *
function_CMSG_LEN(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *object = only_argument("CMSG_LEN", args, count, keywords);
    Py_ssize_t size = object == NULL ? -1 : data_size(module, "CMSG_LEN", object, CMSG_LEN(0));
    return size < 0 ? NULL : PyLong_FromSize_t(CMSG_LEN((size_t)size));
}

static PyObject *
function_CMSG_SPACE(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *object = only_argument("CMSG_SPACE", args, count, keywords);
    Py_ssize_t size = object == NULL ? -1 : data_size(module, "CMSG_SPACE", object, CMSG_SPACE(1));
    return size < 0 ? NULL : PyLong_FromSize_t(CMSG_SPACE((size_t)size));
}

#define FUNCTION(name, signature, text)                                                                                \
    {#name, (PyCFunction)(void (*)(void))function_##name, METH_FASTCALL | METH_KEYWORDS,                               \
     #name signature "\n--\n\n" text}

PyMethodDef public_functions[] = {
    FUNCTION(close, "($module, fd, /)",
        "Close the file descriptor of a socket, see close(2).\n\n"
        "Raises OSError (EBADF) if *fd* is not open. ECONNRESET is not an error: the descriptor is closed."),
    FUNCTION(dup, "($module, fd, /)",
        "Return a duplicate of a socket's file descriptor. It is not inheritable.\n\n"
        "Raises OSError (EBADF if *fd* is not open, EMFILE without a free descriptor). See dup(2)."),
    FUNCTION(getdefaulttimeout, "($module, /)",
        "Return the timeout in seconds of new sockets.\n\nNone, the default, is blocking mode."),
    FUNCTION(setdefaulttimeout, "($module, timeout, /)",
        "Set the timeout in seconds of new sockets.\n\n"
        "The values are those of socket.settimeout(). Raises the exceptions of that method."),
    FUNCTION(CMSG_LEN, "($module, length, /)",
        "Return the size of a control message with *length* bytes of data, without padding.\n\n"
        "Raises OverflowError if *length* is negative or too large. See cmsg(3)."),
    FUNCTION(CMSG_SPACE, "($module, length, /)",
        "Return the size of a control message with *length* bytes of data, including padding.\n\n"
        "Raises OverflowError if *length* is negative or too large. See cmsg(3)."),
    {NULL, NULL, 0, NULL},
};
