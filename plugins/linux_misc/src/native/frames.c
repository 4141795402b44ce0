/* Reading of the frames in a block of a TPACKET_V3 ring.
 *
 * 1. packet_frames.py has the same function in Python. Both check every offset: it is data in shared memory.
 * 2. The headers of <linux/if_packet.h> are not part of the C library. Without them, the function in Python is used.
 */

#include "frames.h"
#include "region.h"

#include <stddef.h>
#include <string.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/if_packet.h>)
#include <linux/if_packet.h>
#endif
#endif

#ifdef TPACKET3_HDRLEN

#define FIELDS 9
#define ADDRESS_OFFSET TPACKET_ALIGN(sizeof(struct tpacket3_hdr))
#define FIXED_ADDRESS offsetof(struct sockaddr_ll, sll_addr)

/* Create a tuple of a class for *count* values, whose references it steals. NULL if a value is NULL. */
static PyObject *
new_named_tuple(PyTypeObject *type, PyObject **values, Py_ssize_t count)
{
    PyObject *items = PyTuple_New(count), *arguments, *tuple = NULL;
    int is_complete = items != NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        is_complete = is_complete && values[i] != NULL;
        if (items != NULL)
            PyTuple_SET_ITEM(items, i, values[i]);
        else
            Py_XDECREF(values[i]);
    }
    if (is_complete && (arguments = PyTuple_Pack(1, items)) != NULL) {
        tuple = PyTuple_Type.tp_new(type, arguments, NULL); /* tuple.__new__(type, items) */
        Py_DECREF(arguments);
    }
    Py_XDECREF(items);
    return tuple;
}

/* The bytes of a sockaddr_ll, whose hardware address may be longer than the struct; 0 if it is not complete. */
static size_t
sockaddr_size(const unsigned char *sockaddr, size_t room)
{
    if (room < sizeof(struct sockaddr_ll))
        return 0;
    size_t length = sockaddr[offsetof(struct sockaddr_ll, sll_halen)];
    size_t size = FIXED_ADDRESS + (length > 8 ? length : 8);
    return size <= room ? size : 0;
}

/* Return the tuple of the frame at *offset*. NULL with an exception. */
static PyObject *
read_frame(const unsigned char *block, size_t size, size_t offset, PyObject *whole, PyTypeObject *type,
    PyObject *decode, int is_last, const unsigned char **previous, size_t *previous_size, PyObject **address,
    size_t *next)
{
    struct tpacket3_hdr header;
    if (offset > size || size - offset < sizeof(header)) {
        PyErr_Format(PyExc_ValueError, "a frame at offset %zu is outside of its block", offset);
        return NULL;
    }
    memcpy(&header, block + offset, sizeof(header));
    size_t room = size - offset;
    size_t name_size = header.tp_mac > ADDRESS_OFFSET && header.tp_mac <= room
        ? sockaddr_size(block + offset + ADDRESS_OFFSET, header.tp_mac - ADDRESS_OFFSET)
        : 0;
    if (name_size == 0 || header.tp_snaplen > room - header.tp_mac) {
        PyErr_Format(PyExc_ValueError, "the frame at offset %zu is malformed", offset);
        return NULL;
    }
    const unsigned char *name = block + offset + ADDRESS_OFFSET;
    if (*address == NULL || *previous_size != name_size || memcmp(*previous, name, name_size) != 0) {
        /* Most frames of a block come from one sender: its address is used again. */
        Py_XDECREF(*address);
        *address = PyObject_CallFunction(decode, "y#", (const char *)name, (Py_ssize_t)name_size);
        if (*address == NULL)
            return NULL;
        *previous = name;
        *previous_size = name_size;
    }
    if (header.tp_next_offset < sizeof(header) && !is_last) {
        PyErr_Format(PyExc_ValueError, "the frame at offset %zu has no successor", offset);
        return NULL;
    }
    *next = header.tp_next_offset;
    Py_ssize_t start = (Py_ssize_t)(offset + header.tp_mac);
    Py_INCREF(*address);
    PyObject *values[FIELDS] = {PySequence_GetSlice(whole, start, start + (Py_ssize_t)header.tp_snaplen),
        PyLong_FromUnsignedLong(header.tp_len), PyLong_FromUnsignedLong(header.tp_snaplen),
        PyLong_FromUnsignedLongLong(header.tp_sec * 1000000000ULL + header.tp_nsec),
        PyLong_FromUnsignedLong(header.tp_status), PyLong_FromUnsignedLong(header.hv1.tp_rxhash),
        PyLong_FromUnsignedLong(header.hv1.tp_vlan_tci), PyLong_FromUnsignedLong(header.hv1.tp_vlan_tpid), *address};
    return new_named_tuple(type, values, FIELDS);
}

/* Check that a class is one of tuples with no fields of its own. */
static int
is_tuple_class(PyObject *object)
{
    return PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, &PyTuple_Type)
        && ((PyTypeObject *)object)->tp_basicsize == PyTuple_Type.tp_basicsize;
}

static PyObject *
unpack_frames(PyObject *module, PyObject *args)
{
    PyObject *region, *offset_object, *count_object, *type, *decode;
    if (!PyArg_ParseTuple(args, "O!OOOO:unpack_frames", region_type_of(module), &region, &offset_object, &count_object,
            &type, &decode))
        return NULL;
    /* Both come from 32 bits of the block. On a machine of 32 bits, greater ones become the greatest: also outside. */
    Py_ssize_t offset = PyNumber_AsSsize_t(offset_object, NULL);
    if (offset == -1 && PyErr_Occurred())
        return NULL;
    Py_ssize_t count = PyNumber_AsSsize_t(count_object, NULL);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    if (!is_tuple_class(type) || !PyCallable_Check(decode) || offset < 0 || count < 0)
        return PyErr_Format(PyExc_TypeError, "unpack_frames() arguments must be (Region, offset, count, class, callable)");
    PyObject *whole = PyMemoryView_FromObject(region), *frames = NULL, *address = NULL;
    if (whole != NULL && (frames = PyList_New(0)) != NULL) {
        const Py_buffer *buffer = PyMemoryView_GET_BUFFER(whole);
        const unsigned char *previous = NULL;
        size_t previous_size = 0, position = (size_t)offset, next = 0;
        for (Py_ssize_t i = 0; i < count; i++, position = next < SIZE_MAX - position ? position + next : SIZE_MAX) {
            PyObject *frame = read_frame(buffer->buf, (size_t)buffer->len, position, whole, (PyTypeObject *)type,
                decode, i == count - 1, &previous, &previous_size, &address, &next);
            if (frame == NULL || PyList_Append(frames, frame) < 0) {
                Py_XDECREF(frame);
                Py_CLEAR(frames);
                break;
            }
            Py_DECREF(frame);
        }
    }
    Py_XDECREF(address);
    Py_XDECREF(whole);
    return frames;
}

#endif

PyMethodDef frame_functions[] = {
#ifdef TPACKET3_HDRLEN
    {"unpack_frames", unpack_frames, METH_VARARGS,
        "unpack_frames($module, region, offset, count, frame_class, decode_address, /)\n--\n\n"
        "Return the frames of a block. All have views of its memory."},
#endif
    {NULL, NULL, 0, NULL},
};
