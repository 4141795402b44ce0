/* What the fast methods share: arguments of the usual types, addresses that are known, and the way out of them. */

#include "native.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#define USUAL 0x10000000 /* sizes below are in the range of every C type */

PyObject *
failed(void)
{
    if (!PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    return NULL;
}

static PyObject *
not_configured(void)
{
    PyErr_SetString(PyExc_RuntimeError, "sockcore.socket makes sockets, this class is a part of it");
    return NULL;
}

PyObject *
leave_to_python(int which, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (PyErr_Occurred())
        return NULL;
    PyObject *callable = slow[which];
    if (callable == NULL)
        return not_configured();
    PyObject *few[8];
    PyObject **stack = few;
    Py_ssize_t total = 1 + count + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    if (total > 8 && (stack = PyMem_New(PyObject *, total)) == NULL)
        return PyErr_NoMemory();
    stack[0] = self;
    if (total > 1)
        memcpy(stack + 1, args, (total - 1) * sizeof *stack);
    Py_INCREF(callable); /* it may configure the module anew */
    PyObject *result = PyObject_Vectorcall(callable, stack, 1 + count, names);
    Py_DECREF(callable);
    if (stack != few)
        PyMem_Free(stack);
    return result;
}

PyObject *
call_python(int which, const char *format, ...)
{
    PyObject *callable = slow[which];
    if (callable == NULL)
        return not_configured();
    va_list values;
    va_start(values, format);
    PyObject *arguments = Py_VaBuildValue(format, values);
    va_end(values);
    if (arguments == NULL)
        return NULL;
    Py_INCREF(callable);
    PyObject *result = PyObject_CallObject(callable, arguments);
    Py_DECREF(callable);
    Py_DECREF(arguments);
    return result;
}

int
wait_for_data(PyObject *self, PyObject **waited)
{
    PyObject *next = call_python(SLOW_WAIT, "(OO)", self, *waited == NULL ? Py_None : *waited);
    Py_XSETREF(*waited, next);
    return next != NULL;
}

int
has_to_wait(State *s)
{
    return (errno == EAGAIN || errno == EWOULDBLOCK) && !PyErr_Occurred() && PyFloat_Check(s->timeout)
           && PyFloat_AS_DOUBLE(s->timeout) != 0.0;
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

/* The number of an object that has __index__. 0 for any other, or with an exception. */
static int
to_number(PyObject *object, long long *number)
{
    int overflow;
    PyObject *integer;
    if (PyLong_Check(object)) {
        integer = object;
        Py_INCREF(integer);
    }
    else if (!PyIndex_Check(object) || (integer = PyNumber_Index(object)) == NULL)
        return 0;
    *number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    Py_DECREF(integer);
    return !overflow && !PyErr_Occurred();
}

int
to_int(PyObject *object, int *value)
{
    long long number;
    if (!to_number(object, &number) || number > INT_MAX || number < INT_MIN)
        return 0;
    *value = (int)number;
    return 1;
}

int
to_size(PyObject *object, Py_ssize_t most, Py_ssize_t *size)
{
    long long number;
    if (!to_number(object, &number) || number < 0 || number > most)
        return 0;
    *size = (Py_ssize_t)number;
    return 1;
}

int
usual_buffer(PyObject *object, Py_buffer *view, int flags)
{
    if (!PyObject_CheckBuffer(object))
        return 0;
    if (PyObject_GetBuffer(object, view, flags) == 0)
        return 1;
    /* It is read-only, or not contiguous: Python has the message. All else is an exception of the object's own code. */
    if (PyErr_ExceptionMatches(PyExc_BufferError))
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

/* A new reference to the item, or NULL, perhaps with an exception: another key of the dictionary may run code when it
 * is compared, and that may give the socket another codec. */
static PyObject *
item_of(PyObject *dictionary, PyObject *key)
{
    Py_INCREF(dictionary);
    PyObject *item = PyDict_GetItemWithError(dictionary, key);
    Py_XINCREF(item);
    Py_DECREF(dictionary);
    return item;
}

PyObject *
known_sockaddr(State *s, PyObject *address)
{
    PyObject *encoded = s->kind->encoded;
    if (encoded == NULL)
        return NULL;
    if (PyTuple_CheckExact(address)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(address); i++)
            if (!is_plain(PyTuple_GET_ITEM(address, i)))
                return NULL;
    }
    else if (!is_plain(address))
        return NULL;
    PyObject *raw = item_of(encoded, address);
    if (raw != NULL
        && (!PyBytes_CheckExact(raw) || PyBytes_GET_SIZE(raw) > (Py_ssize_t)sizeof(struct sockaddr_storage)))
        Py_CLEAR(raw);
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
    PyObject *address = s->kind->decoded == NULL ? NULL : item_of(s->kind->decoded, raw);
    if (address == NULL && !PyErr_Occurred())
        address = call_python(SLOW_DECODE, "(OsO)", self, operation, raw);
    Py_DECREF(raw);
    return address;
}
