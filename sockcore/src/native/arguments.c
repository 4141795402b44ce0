/* Arguments of exact types, buffers, and arithmetic on sizes. */

#include "native.h"

#include <limits.h>

int
exact_int(PyObject *object, int *value)
{
    int overflow;
    if (!PyLong_Check(object))
        return 0;
    long number = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow || number > INT_MAX || number < INT_MIN)
        return 0;
    *value = (int)number;
    return 1;
}

int
exact_size(PyObject *object, Py_ssize_t *size)
{
    int overflow;
    if (!PyLong_CheckExact(object))
        return 0;
    long number = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow || number < 0)
        return 0;
    *size = (Py_ssize_t)number;
    return 1;
}

int
try_buffer(PyObject *object, Py_buffer *view, int flags)
{
    if (PyObject_GetBuffer(object, view, flags) == 0)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_BufferError)
        && !PyErr_ExceptionMatches(PyExc_ValueError))
        return -1;
    PyErr_Clear();
    return 0;
}

void
release_buffer(Py_buffer *view)
{
    int number = errno;
    PyBuffer_Release(view);
    errno = number;
}

int
acquire_buffers(Buffers *buffers, PyObject *tuple, int flags, Py_buffer *views, struct iovec *vector, Py_ssize_t few)
{
    Py_ssize_t total = PyTuple_GET_SIZE(tuple);
    *buffers = (Buffers){.views = views, .vector = vector};
    if (total > few) {
        buffers->views = PyMem_New(Py_buffer, total);
        buffers->vector = PyMem_New(struct iovec, total);
        buffers->is_allocated = 1;
        if (buffers->views == NULL || buffers->vector == NULL) {
            release_buffers(buffers);
            PyErr_NoMemory();
            return -1;
        }
    }
    for (; buffers->count < total; buffers->count++) {
        Py_buffer *view = buffers->views + buffers->count;
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(tuple, buffers->count), view, flags) < 0) {
            release_buffers(buffers);
            return -1;
        }
        buffers->vector[buffers->count] = (struct iovec){view->buf, (size_t)view->len};
    }
    return 0;
}

void
release_buffers(Buffers *buffers)
{
    int number = errno;
    while (buffers->count > 0)
        PyBuffer_Release(buffers->views + --buffers->count);
    if (buffers->is_allocated) {
        PyMem_Free(buffers->views);
        PyMem_Free(buffers->vector);
        buffers->is_allocated = 0;
    }
    errno = number;
}

PyObject *
items_of(ModuleState *state, const char *operation, int number, PyObject *iterable)
{
    if (PyTuple_CheckExact(iterable)) {
        Py_INCREF(iterable);
        return iterable;
    }
    if (PyList_CheckExact(iterable))
        return PyList_AsTuple(iterable);
    PyObject *items = PyObject_CallFunction(state->rules[RULE_ITEMS], "siO", operation, number, iterable);
    if (items != NULL && !PyTuple_CheckExact(items)) {
        PyErr_SetString(PyExc_TypeError, "sockcore._arguments.items() must return a tuple");
        Py_CLEAR(items);
    }
    return items;
}

int
multiply_sizes(size_t a, size_t b, size_t *product)
{
    if (!__builtin_mul_overflow(a, b, product) && *product <= PY_SSIZE_T_MAX)
        return 0;
    PyErr_NoMemory();
    return -1;
}

int
add_sizes(size_t a, size_t b, size_t *sum)
{
    if (!__builtin_add_overflow(a, b, sum) && *sum <= PY_SSIZE_T_MAX)
        return 0;
    PyErr_NoMemory();
    return -1;
}
