/* The type Region. examples/xdp has the same files region.c and region.h. */

#include "region.h"

#include <stdatomic.h>
#include <string.h>

static int
fail_released(void)
{
    PyErr_SetString(PyExc_ValueError, "the region has been released");
    return -1;
}

/* Check that *size* bytes at *offset* are in the region. Returns 0, or -1 with an exception. */
static int
check_range(const Region *self, Py_ssize_t offset, Py_ssize_t size)
{
    if (self->base.obj == NULL)
        return fail_released();
    if (offset >= 0 && size >= 0 && offset <= self->size && size <= self->size - offset)
        return 0;
    PyErr_Format(
        PyExc_IndexError, "%zd bytes at offset %zd are outside of a region of %zd bytes", size, offset, self->size);
    return -1;
}

/* Return the address of an aligned number, or NULL with an exception. */
static _Atomic uint32_t *
number_at(const Region *self, Py_ssize_t offset)
{
    if (check_range(self, offset, sizeof(uint32_t)) < 0)
        return NULL;
    if ((uintptr_t)(self->start + offset) % sizeof(uint32_t) != 0) {
        PyErr_Format(PyExc_ValueError, "the offset of a number must be a multiple of 4, not %zd", offset);
        return NULL;
    }
    return (_Atomic uint32_t *)(void *)(self->start + offset);
}

static PyObject *
region_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *mapping;
    Py_ssize_t offset, size;
    int is_writable = 0;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "Region() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "Onn|p:Region", &mapping, &offset, &size, &is_writable))
        return NULL;
    Region *self = (Region *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    if (PyObject_GetBuffer(mapping, &self->base, PyBUF_WRITABLE) < 0) {
        self->base.obj = NULL;
        Py_DECREF(self);
        return NULL;
    }
    self->start = self->base.buf;
    self->size = self->base.len;
    self->is_writable = is_writable;
    if (check_range(self, offset, size) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    self->start += offset;
    self->size = size;
    return (PyObject *)self;
}

static void
region_dealloc(PyObject *object)
{
    Region *self = (Region *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyBuffer_Release(&self->base); /* has no effect after release() */
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *
region_load(PyObject *object, PyObject *argument)
{
    Py_ssize_t offset = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    PyObject *result = NULL;
    if (offset == -1 && PyErr_Occurred())
        return NULL;
    Py_BEGIN_CRITICAL_SECTION(object);
    _Atomic uint32_t *number = number_at((Region *)object, offset);
    if (number != NULL)
        result = PyLong_FromUnsignedLong(atomic_load_explicit(number, memory_order_acquire));
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *
region_store(PyObject *object, PyObject *args)
{
    Py_ssize_t offset;
    PyObject *value, *result = NULL;
    if (!PyArg_ParseTuple(args, "nO:store", &offset, &value))
        return NULL;
    if (!PyLong_Check(value))
        return PyErr_Format(PyExc_TypeError, "store() value must be int, not %.200s", Py_TYPE(value)->tp_name);
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    if (overflow || number < 0 || number > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "store() value must be 0 to 4294967295");
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(object);
    _Atomic uint32_t *target = number_at((Region *)object, offset);
    if (target != NULL) {
        atomic_store_explicit(target, (uint32_t)number, memory_order_release);
        Py_INCREF(result = Py_None);
    }
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *
region_read(PyObject *object, PyObject *args)
{
    Region *self = (Region *)object;
    Py_ssize_t offset, size;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "nn:read", &offset, &size))
        return NULL;
    Py_BEGIN_CRITICAL_SECTION(object);
    if (check_range(self, offset, size) == 0)
        result = PyBytes_FromStringAndSize((const char *)self->start + offset, size);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *
region_write(PyObject *object, PyObject *args)
{
    Region *self = (Region *)object;
    Py_ssize_t offset;
    Py_buffer data;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "ny*:write", &offset, &data))
        return NULL;
    Py_BEGIN_CRITICAL_SECTION(object);
    if (check_range(self, offset, data.len) == 0) {
        memmove(self->start + offset, data.buf, (size_t)data.len);
        Py_INCREF(result = Py_None);
    }
    Py_END_CRITICAL_SECTION();
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
region_view(PyObject *object, PyObject *args)
{
    Py_ssize_t offset, size;
    int is_valid = 0;
    if (!PyArg_ParseTuple(args, "nn:view", &offset, &size))
        return NULL;
    Py_BEGIN_CRITICAL_SECTION(object);
    is_valid = check_range((Region *)object, offset, size) == 0;
    Py_END_CRITICAL_SECTION();
    if (!is_valid)
        return NULL;
    PyObject *whole = PyMemoryView_FromObject(object), *view = NULL;
    if (whole != NULL) {
        view = PySequence_GetSlice(whole, offset, offset + size);
        Py_DECREF(whole);
    }
    return view;
}

static PyObject *
region_release(PyObject *object, PyObject *unused)
{
    Region *self = (Region *)object;
    Py_buffer base = {.obj = NULL};
    int is_used;
    (void)unused;
    Py_BEGIN_CRITICAL_SECTION(object);
    is_used = self->exports > 0;
    if (!is_used) {
        base = self->base;
        self->base.obj = NULL;
        self->start = NULL;
        self->size = 0;
    }
    Py_END_CRITICAL_SECTION();
    if (is_used) {
        PyErr_SetString(PyExc_BufferError, "the region cannot be released: views of it exist");
        return NULL;
    }
    PyBuffer_Release(&base);
    Py_RETURN_NONE;
}

static PyObject *
region_exports(PyObject *object, void *unused)
{
    Py_ssize_t exports;
    (void)unused;
    Py_BEGIN_CRITICAL_SECTION(object);
    exports = ((Region *)object)->exports;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(exports);
}

static PyObject *
region_address(PyObject *object, void *unused)
{
    void *start;
    (void)unused;
    Py_BEGIN_CRITICAL_SECTION(object);
    start = ((Region *)object)->start;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromVoidPtr(start);
}

static Py_ssize_t
region_length(PyObject *object)
{
    Py_ssize_t size;
    Py_BEGIN_CRITICAL_SECTION(object);
    size = ((Region *)object)->size;
    Py_END_CRITICAL_SECTION();
    return size;
}

static int
region_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    Region *self = (Region *)object;
    int status;
    Py_BEGIN_CRITICAL_SECTION(object);
    if (self->base.obj == NULL) {
        view->obj = NULL;
        status = fail_released();
    }
    else {
        status = PyBuffer_FillInfo(view, object, self->start, self->size, !self->is_writable, flags);
        self->exports += status == 0;
    }
    Py_END_CRITICAL_SECTION();
    return status;
}

static void
region_release_buffer(PyObject *object, Py_buffer *view)
{
    (void)view;
    Py_BEGIN_CRITICAL_SECTION(object);
    ((Region *)object)->exports--;
    Py_END_CRITICAL_SECTION();
}

static PyMethodDef region_methods[] = {
    {"load", region_load, METH_O,
        "load($self, offset, /)\n--\n\nReturn a number of 32 bits. Later reads see what its writer wrote before it."},
    {"store", region_store, METH_VARARGS,
        "store($self, offset, value, /)\n--\n\nStore a number of 32 bits, after all earlier reads and writes."},
    {"read", region_read, METH_VARARGS, "read($self, offset, size, /)\n--\n\nReturn a copy of bytes."},
    {"write", region_write, METH_VARARGS, "write($self, offset, data, /)\n--\n\nWrite a bytes-like object."},
    {"view", region_view, METH_VARARGS, "view($self, offset, size, /)\n--\n\nReturn a memoryview of bytes."},
    {"release", region_release, METH_NOARGS,
        "release($self, /)\n--\n\nRelease the mapping. Raises BufferError if views exist."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef region_attributes[] = {
    {"address", region_address, NULL, "The address of the memory, 0 after release().", NULL},
    {"exports", region_exports, NULL, "The number of views that exist.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot region_slots[] = {
    {Py_tp_new, region_new},
    {Py_tp_dealloc, region_dealloc},
    {Py_tp_methods, region_methods},
    {Py_tp_getset, region_attributes},
    {Py_sq_length, region_length},
    {Py_bf_getbuffer, region_get_buffer},
    {Py_bf_releasebuffer, region_release_buffer},
    {Py_tp_doc, "Region(mapping, offset, size, is_writable=False, /)\n--\n\nA part of a memory mapping."},
    {0, NULL},
};

PyObject *
create_region_type(PyObject *module, const char *name)
{
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(Region),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = region_slots,
    };
    return PyType_FromModuleAndSpec(module, &spec, NULL);
}
