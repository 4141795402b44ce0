/* Splitting of received blocks into datagrams. datagrams_pure.py has the same rules. */

#include "native.h"

#ifdef __linux__
#include <netinet/udp.h>
#endif

#if defined(__linux__) && defined(UDP_GRO)

/* Return a view of all bytes of which *data* is a view, and add the position of *data* in them to *start* and *end*.
 * Otherwise, the parts of a block would share the number of their views, which CPython changes without a lock if there is
 * no GIL (its issue 127716): the memory may be freed too early if several threads release parts. */
static PyObject *
view_to_slice(PyObject *data, Py_ssize_t *start, Py_ssize_t *end)
{
#ifdef Py_GIL_DISABLED
    const Py_buffer *buffer = PyMemoryView_GET_BUFFER(data);
    if (buffer->obj != NULL && PyBytes_CheckExact(buffer->obj)) {
        Py_ssize_t position = (char *)buffer->buf - PyBytes_AS_STRING(buffer->obj);
        *start += position;
        *end += position;
        return PyMemoryView_FromObject(buffer->obj);
    }
#else
    (void)start, (void)end;
#endif
    return new_reference(data);
}

/* Return data[start:end]. */
static PyObject *
slice_view(PyObject *data, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *whole = view_to_slice(data, &start, &end), *slice = NULL, *part = NULL;
    PyObject *first = PyLong_FromSsize_t(start), *last = PyLong_FromSsize_t(end);
    if (first != NULL && last != NULL)
        slice = PySlice_New(first, last, NULL);
    if (whole != NULL && slice != NULL)
        part = PyObject_GetItem(whole, slice);
    Py_XDECREF(slice);
    Py_XDECREF(first);
    Py_XDECREF(last);
    Py_XDECREF(whole);
    return part;
}

/* Return a tuple of *type* with *data*, the items of a block from *from* on, and before them *stride* if it is not
 * NULL. Steals *data*. */
static PyObject *
with_data(PyTypeObject *type, PyObject *data, PyObject *block, int has_stride)
{
    PyObject *values[8] = {data};
    Py_ssize_t count = 1;
    for (Py_ssize_t i = has_stride ? 1 : 2; i < 8; i++)
        Py_INCREF(values[count++] = PyTuple_GET_ITEM(block, i));
    return new_named_tuple(type, values, count);
}

/* Append the first datagrams of a block, at most *room*, to a list. Returns the bytes of them, or -1. */
static Py_ssize_t
append_datagrams(PyObject *datagrams, PyObject *block, PyTypeObject *type, Py_ssize_t room, Py_ssize_t *size)
{
    PyObject *data = PyTuple_GET_ITEM(block, 0);
    Py_ssize_t stride = PyLong_AsSsize_t(PyTuple_GET_ITEM(block, 1)), start = 0;
    if (!PyMemoryView_Check(data) || (stride == -1 && PyErr_Occurred()))
        return PyErr_Occurred() ? -1 : (PyErr_SetString(PyExc_TypeError, "the data of a block must be a memoryview"), -1);
    *size = PyMemoryView_GET_BUFFER(data)->len;
    if (stride <= 0 || stride > *size)
        stride = *size;
    do {
        Py_ssize_t end = *size - start < stride ? *size : start + stride;
        PyObject *part = stride == *size ? new_reference(data) : slice_view(data, start, end);
        PyObject *datagram = with_data(type, part, block, 0);
        int result = datagram == NULL ? -1 : PyList_Append(datagrams, datagram);
        Py_XDECREF(datagram);
        if (result < 0)
            return -1;
        start = end;
    } while (--room > 0 && start < *size);
    return start;
}

static PyObject *
datagrams_split(PyObject *module, PyObject *args)
{
    PyObject *blocks, *datagram_type, *block_type, *datagrams, *rest = NULL;
    Py_ssize_t limit, number = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!nOO", &PyList_Type, &blocks, &limit, &datagram_type, &block_type))
        return NULL;
    if (!is_tuple_class(datagram_type) || !is_tuple_class(block_type))
        return PyErr_Format(PyExc_TypeError, "split_datagrams() arguments 3 and 4 must be tuple classes");
    if ((datagrams = PyList_New(0)) == NULL)
        return NULL;
    Py_ssize_t start = 0, size = 0;
    PyObject *block = NULL;
    while (number < PyList_GET_SIZE(blocks) && PyList_GET_SIZE(datagrams) < limit && start == size) {
        Py_XSETREF(block, new_reference(PyList_GET_ITEM(blocks, number++)));
        if (!PyTuple_Check(block) || PyTuple_GET_SIZE(block) != 8) {
            PyErr_SetString(PyExc_TypeError, "split_datagrams() argument 1 must be a list of blocks");
            goto failed;
        }
        start = append_datagrams(
            datagrams, block, (PyTypeObject *)datagram_type, limit - PyList_GET_SIZE(datagrams), &size);
        if (start < 0)
            goto failed;
    }
    rest = PyList_GetSlice(blocks, number, PyList_GET_SIZE(blocks));
    if (rest != NULL && start < size) {
        PyObject *part = slice_view(PyTuple_GET_ITEM(block, 0), start, size);
        PyObject *remaining = with_data((PyTypeObject *)block_type, part, block, 1);
        if (remaining == NULL || PyList_Insert(rest, 0, remaining) < 0)
            Py_CLEAR(rest);
        Py_XDECREF(remaining);
    }
    Py_XDECREF(block);
    return rest == NULL ? (Py_DECREF(datagrams), NULL) : Py_BuildValue("NN", datagrams, rest);
failed:
    Py_XDECREF(block);
    Py_DECREF(datagrams);
    return NULL;
}

PyMethodDef datagram_split_functions[] = {
    {"split_datagrams", datagrams_split, METH_VARARGS,
     "split_datagrams($module, blocks, limit, datagram_type, block_type, /)\n--\n\n"
     "Return a list of at most *limit* datagrams, and a list of the other blocks."},
    {NULL, NULL, 0, NULL},
};

#else

PyMethodDef datagram_split_functions[] = {{NULL, NULL, 0, NULL}};

#endif
