/* getsockopt and setsockopt. */

#include "native.h"

#include <limits.h>
#include <string.h>

#define LONGEST 1024 /* more than any option's value has: the manual's own limit */

PyObject *
fast_getsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    int level, option, size = 0, result;
    if (s->kind->has_wide_levels || count < 2 || count > 3 || !usual_int(args[0], &level) || !usual_int(args[1], &option)
        || (count == 3 && !usual_int(args[2], &size)) || size < 0 || size > LONGEST)
        return leave_to_python(SLOW_GETSOCKOPT, self, args, count, NULL);
    union {
        int number;
        char bytes[LONGEST];
    } value;
    socklen_t length = size ? (socklen_t)size : (socklen_t)sizeof(int);
    memset(value.bytes, 0, length);
    SYSTEM_CALL(result, getsockopt(s->fd, level, option, &value, &length))
    if (result < 0)
        return failed();
    if (size == 0)
        return PyLong_FromLong(value.number);
    return PyBytes_FromStringAndSize(value.bytes, (Py_ssize_t)clamp(length, (size_t)size));
}

PyObject *
fast_setsockopt(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    State *s = (State *)self;
    int level, option, number, result;
    if (s->kind->has_wide_levels || count != 3 || !usual_int(args[0], &level) || !usual_int(args[1], &option))
        return leave_to_python(SLOW_SETSOCKOPT, self, args, count, NULL);
    if (usual_int(args[2], &number)) {
        SYSTEM_CALL(result, setsockopt(s->fd, level, option, &number, sizeof number))
    }
    else if (PyBytes_CheckExact(args[2]) && PyBytes_GET_SIZE(args[2]) <= INT_MAX) {
        const char *bytes = PyBytes_AS_STRING(args[2]);
        socklen_t length = (socklen_t)PyBytes_GET_SIZE(args[2]);
        SYSTEM_CALL(result, setsockopt(s->fd, level, option, bytes, length))
    }
    else
        return leave_to_python(SLOW_SETSOCKOPT, self, args, count, NULL);
    if (result < 0)
        return failed();
    Py_RETURN_NONE;
}
