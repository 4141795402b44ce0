/* What the fast methods share: arguments of the usual types, addresses that are known, and the way out of them. */

#include "native.h"

#include <limits.h>
#include <string.h>

#define USUAL 0x10000000 /* sizes below are in the range of every C type */

PyObject *
failed(void)
{
    if (!PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    return NULL;
}

PyObject *
leave_to_python(int which, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (slow[which] == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "sockcore.socket makes sockets, this class is a part of it");
        return NULL;
    }
    PyObject *few[8];
    PyObject **stack = few;
    Py_ssize_t total = 1 + count + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    if (total > 8 && (stack = PyMem_New(PyObject *, total)) == NULL)
        return PyErr_NoMemory();
    stack[0] = self;
    if (total > 1)
        memcpy(stack + 1, args, (total - 1) * sizeof *stack);
    PyObject *result = PyObject_Vectorcall(slow[which], stack, 1 + count, names);
    if (stack != few)
        PyMem_Free(stack);
    return result;
}

int
has_to_wait(State *s)
{
    return (errno == EAGAIN || errno == EWOULDBLOCK) && s->timeout != Py_None && !PyErr_Occurred()
           && PyFloat_Check(s->timeout) && PyFloat_AS_DOUBLE(s->timeout) != 0.0;
}

int
usual_int(PyObject *object, int *value)
{
    if (!PyLong_Check(object))
        return 0;
    int overflow;
    long number = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow || number > INT_MAX || number < INT_MIN)
        return 0;
    *value = (int)number;
    return 1;
}

int
usual_size(PyObject *object, Py_ssize_t *size)
{
    int value;
    if (!PyLong_CheckExact(object) || !usual_int(object, &value) || value <= 0 || value >= USUAL)
        return 0;
    *size = value;
    return 1;
}

int
usual_buffer(PyObject *object, Py_buffer *view, int flags)
{
    if (PyObject_GetBuffer(object, view, flags) == 0)
        return 1;
    PyErr_Clear();
    return 0;
}

int
add_size(size_t *total, size_t count, size_t size)
{
    if (size != 0 && count > ((size_t)PY_SSIZE_T_MAX - *total) / size)
        return 0;
    *total += count * size;
    return 1;
}

int
to_socklen(Py_ssize_t size, socklen_t *length)
{
    if (size < 0 || size > INT_MAX) { /* the type is signed on some systems */
        PyErr_Format(PyExc_OverflowError, "a length of %zd bytes does not fit socklen_t", size);
        return 0;
    }
    *length = (socklen_t)size;
    return 1;
}

size_t
clamp(size_t reported, size_t size)
{
    return reported < size ? reported : size;
}

void
release(Py_buffer *view)
{
    int number = errno;
    PyBuffer_Release(view);
    errno = number;
}

/* Whether an object is equal to nothing that is of another type: a key must not find what was kept for 1.0 or True. */
static int
is_plain(PyObject *object)
{
    return PyUnicode_CheckExact(object) || PyLong_CheckExact(object) || PyBytes_CheckExact(object);
}

PyObject *
known_sockaddr(State *s, PyObject *address)
{
    if (s->kind->encoded == NULL)
        return NULL;
    if (PyTuple_CheckExact(address)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(address); i++)
            if (!is_plain(PyTuple_GET_ITEM(address, i)))
                return NULL;
    }
    else if (!is_plain(address))
        return NULL;
    PyObject *raw = PyDict_GetItemWithError(s->kind->encoded, address);
    if (raw == NULL || !PyBytes_CheckExact(raw) || PyBytes_GET_SIZE(raw) > (Py_ssize_t)sizeof(struct sockaddr_storage)) {
        PyErr_Clear();
        return NULL;
    }
    Py_INCREF(raw);
    return raw;
}

socklen_t
room_for(PyObject *self, socklen_t length)
{
    socklen_t room = (socklen_t)((State *)self)->kind->room;
    return length < room ? length : room;
}

PyObject *
address_of(PyObject *self, const char *operation, const void *sockaddr, socklen_t length)
{
    State *s = (State *)self;
    if (length == 0)
        Py_RETURN_NONE;
    PyObject *raw = PyBytes_FromStringAndSize(sockaddr, room_for(self, length));
    if (raw == NULL)
        return NULL;
    PyObject *address = s->kind->decoded == NULL ? NULL : PyDict_GetItemWithError(s->kind->decoded, raw);
    if (address != NULL)
        Py_INCREF(address);
    else if (!PyErr_Occurred())
        address = PyObject_CallFunction(slow[SLOW_DECODE], "OsO", self, operation, raw);
    Py_DECREF(raw);
    return address;
}
