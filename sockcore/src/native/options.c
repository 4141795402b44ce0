/* getsockopt and setsockopt. */

#include "native.h"

#include <string.h>

/* The maximum size of a value that is read into the stack, in bytes. */
#define SMALL_VALUE 1024

/* Return 1 if the numbers of an option level have 64 bits, otherwise 0; -1 with an exception. */
static int
is_wide_level(BaseSocket *s, int level)
{
    int is_wide = 0;
    Template *template = hold_template(s);
    if (template != NULL && template->wide_levels != NULL) {
        PyObject *number = PyLong_FromLong(level);
        is_wide = number == NULL ? -1 : PySet_Contains(template->wide_levels, number);
        Py_XDECREF(number);
    }
    Py_XDECREF(template);
    return is_wide;
}

/* Call getsockopt(2), and limit the reported length to the size of the buffer. -1 with an exception. */
static int
read_value(BaseSocket *s, int level, int option, void *value, socklen_t size, socklen_t *length)
{
    *length = size;
    if (getsockopt(s->fd, level, option, value, length) < 0) {
        raise_errno();
        return -1;
    }
    if (*length > size)
        *length = size;
    return 0;
}

static PyObject *
read_number(BaseSocket *s, int level, int option)
{
    int value = 0, is_wide = is_wide_level(s, level);
    unsigned long long wide = 0;
    socklen_t length;
    if (is_wide < 0)
        return NULL;
    if (is_wide)
        return read_value(s, level, option, &wide, sizeof wide, &length) < 0 ? NULL : PyLong_FromUnsignedLongLong(wide);
    return read_value(s, level, option, &value, sizeof value, &length) < 0 ? NULL : PyLong_FromLong(value);
}

PyObject *
socket_getsockopt(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    int level, option, size = 0;
    if (count < 2 || count > 3 || !exact_int(args[0], &level) || !exact_int(args[1], &option)
        || (count > 2 && !exact_int(args[2], &size)) || size < 0) {
        if (parse_rule(s->state, RULE_GETSOCKOPT, args, count, "iii", &level, &option, &size) < 0)
            return NULL;
    }
    if (size == 0)
        return read_number(s, level, option);
    char small[SMALL_VALUE];
    char *value = size <= SMALL_VALUE ? small : PyMem_RawCalloc((size_t)size, 1);
    if (value == NULL)
        return PyErr_NoMemory();
    if (value == small)
        memset(small, 0, (size_t)size);
    socklen_t length;
    PyObject *result = NULL;
    if (read_value(s, level, option, value, (socklen_t)size, &length) == 0)
        result = PyBytes_FromStringAndSize(value, (Py_ssize_t)length);
    if (value != small)
        PyMem_RawFree(value);
    return result;
}

static PyObject *
write_value(BaseSocket *s, int level, int option, const void *value, socklen_t size)
{
    if (setsockopt(s->fd, level, option, value, size) < 0)
        return raise_errno();
    Py_RETURN_NONE;
}

PyObject *
socket_setsockopt(ARGUMENTS)
{
    BaseSocket *s = (BaseSocket *)self;
    int level, option, number;
    if (count == 3 && exact_int(args[0], &level) && exact_int(args[1], &option)) {
        int is_wide = is_wide_level(s, level);
        if (is_wide < 0)
            return NULL;
        if (!is_wide && exact_int(args[2], &number))
            return write_value(s, level, option, &number, sizeof number);
        if (PyBytes_CheckExact(args[2]) && PyBytes_GET_SIZE(args[2]) <= INT32_MAX)
            return write_value(
                s, level, option, PyBytes_AS_STRING(args[2]), (socklen_t)PyBytes_GET_SIZE(args[2]));
    }
    /* A number, a buffer, or None with a length; or a wrong number of arguments. */
    Template *template = hold_template(s);
    PyObject *none = PyTuple_New(0), *tuple = NULL;
    PyObject **stack = none == NULL ? NULL : PyMem_New(PyObject *, count + 1);
    if (stack != NULL) {
        stack[0] = template != NULL && template->wide_levels != NULL ? template->wide_levels : none;
        for (Py_ssize_t i = 0; i < count; i++)
            stack[i + 1] = args[i];
        tuple = call_rule(s->state, RULE_SETSOCKOPT, stack, count + 1, NULL);
        PyMem_Free(stack);
    }
    else if (none != NULL)
        PyErr_NoMemory();
    Py_XDECREF(none);
    Py_XDECREF(template);
    PyObject *value, *result = NULL;
    unsigned int length;
    if (tuple != NULL && PyArg_ParseTuple(tuple, "iiOI", &level, &option, &value, &length)) {
        Py_buffer view;
        if (value == Py_None)
            result = write_value(s, level, option, NULL, (socklen_t)length);
        else if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) == 0) {
            if (view.len > INT32_MAX)
                PyErr_SetString(PyExc_OverflowError, "the value of a socket option is too long");
            else
                result = write_value(s, level, option, view.buf, (socklen_t)view.len);
            PyBuffer_Release(&view);
        }
    }
    Py_XDECREF(tuple);
    return result;
}
