/* The state of a socket object: members that Python code reads and writes, and what is left when it goes. */

#include "native.h"

#include <stddef.h>
#include <structmember.h>

PyObject *
state_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    (void)args;
    (void)names;
    State *self = (State *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->fd = -1;
        self->timeout = Py_None;
        Py_INCREF(Py_None);
    }
    return (PyObject *)self;
}

static void
state_finalize(PyObject *self)
{
    if (((State *)self)->fd == -1 || slow[SLOW_UNCLOSED] == NULL)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = PyObject_CallFunctionObjArgs(slow[SLOW_UNCLOSED], self, NULL);
    if (done == NULL)
        PyErr_WriteUnraisable(self);
    Py_XDECREF(done);
    PyErr_Restore(type, value, traceback);
}

static void
state_dealloc(PyObject *object)
{
    State *self = (State *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (self->weak != NULL)
        PyObject_ClearWeakRefs(object);
    Py_CLEAR(self->timeout);
    Py_CLEAR(self->codec);
    Py_CLEAR(self->contexts);
    Py_CLEAR(self->encoded);
    Py_CLEAR(self->decoded);
    type->tp_free(object);
    Py_DECREF(type);
}

void
take_kind(State *self, State *kind)
{
    Py_XINCREF(kind->codec);
    Py_XSETREF(self->codec, kind->codec);
    Py_XINCREF(kind->contexts);
    Py_XSETREF(self->contexts, kind->contexts);
    Py_XINCREF(kind->encoded);
    Py_XSETREF(self->encoded, kind->encoded);
    Py_XINCREF(kind->decoded);
    Py_XSETREF(self->decoded, kind->decoded);
    Py_INCREF(Py_None);
    Py_XSETREF(self->timeout, Py_None);
    self->family = kind->family;
    self->type = kind->type;
    self->proto = kind->proto;
    self->room = kind->room;
    self->needs_descriptor = kind->needs_descriptor;
    self->has_wide_levels = kind->has_wide_levels;
    self->accept_gives_address = kind->accept_gives_address;
    self->pending = 0;
    self->closed = 0;
    self->io_refs = 0;
}

static PyObject *
get_codec(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *codec = ((State *)self)->codec;
    if (codec == NULL) {
        PyErr_SetString(PyExc_AttributeError, "_codec");
        return NULL;
    }
    Py_INCREF(codec);
    return codec;
}

/* A dictionary attribute of the codec; NULL where it is none, without an exception. */
static PyObject *
dictionary_of(PyObject *codec, const char *name)
{
    PyObject *found = PyObject_GetAttrString(codec, name);
    if (found != NULL && PyDict_CheckExact(found))
        return found;
    Py_XDECREF(found);
    PyErr_Clear();
    return NULL;
}

/* The truth of an attribute of the codec, -1 with an exception. */
static int
truth_of(PyObject *codec, const char *name)
{
    PyObject *found = PyObject_GetAttrString(codec, name);
    int yes = found == NULL ? -1 : PyObject_IsTrue(found);
    Py_XDECREF(found);
    return yes;
}

int
set_codec(State *self, PyObject *codec)
{
    if (codec == self->codec)
        return 0;
    int needs = truth_of(codec, "needs_descriptor");
    int wide = truth_of(codec, "wide_levels");
    int gives = truth_of(codec, "accept_gives_address");
    PyObject *size = PyObject_GetAttrString(codec, "size");
    long room = size == NULL ? -1 : PyLong_AsLong(size);
    Py_XDECREF(size);
    if (needs < 0 || wide < 0 || gives < 0 || room < 0)
        return -1;
    self->room = room < (long)sizeof(struct sockaddr_storage) ? (int)room : (int)sizeof(struct sockaddr_storage);
    self->needs_descriptor = (char)needs;
    self->has_wide_levels = (char)wide;
    self->accept_gives_address = (char)gives;
    Py_INCREF(codec);
    Py_XSETREF(self->codec, codec);
    Py_XSETREF(self->encoded, dictionary_of(codec, "encoded"));
    Py_XSETREF(self->decoded, dictionary_of(codec, "decoded"));
    return 0;
}

static int
set_codec_attribute(PyObject *self, PyObject *codec, void *unused)
{
    (void)unused;
    if (codec == NULL) {
        PyErr_SetString(PyExc_TypeError, "a socket has a codec");
        return -1;
    }
    return set_codec((State *)self, codec);
}

static PyMemberDef members[] = {
    {"_fd", T_INT, offsetof(State, fd), 0, NULL},
    {"_family", T_INT, offsetof(State, family), 0, NULL},
    {"_type", T_INT, offsetof(State, type), 0, NULL},
    {"_proto", T_INT, offsetof(State, proto), 0, NULL},
    {"_pending", T_INT, offsetof(State, pending), 0, NULL},
    {"_io_refs", T_INT, offsetof(State, io_refs), 0, NULL},
    {"_closed", T_BOOL, offsetof(State, closed), 0, NULL},
    {"_timeout", T_OBJECT, offsetof(State, timeout), 0, NULL},
    {"_contexts", T_OBJECT_EX, offsetof(State, contexts), 0, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(State, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* As a slot of that name gives it: the first weak reference, or None. */
static PyObject *
get_weakref(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *first = ((State *)self)->weak;
    if (first == NULL)
        first = Py_None;
    Py_INCREF(first);
    return first;
}

static PyGetSetDef accessors[] = {
    {"__weakref__", get_weakref, NULL, NULL, NULL},
    {"_codec", get_codec, set_codec_attribute, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "What a socket is to the system: a descriptor, three numbers, a timeout, and who codes its addresses."},
    {Py_tp_new, state_new},
    {Py_tp_dealloc, state_dealloc},
    {Py_tp_finalize, state_finalize},
    {Py_tp_members, members},
    {Py_tp_getset, accessors},
    {0, NULL},
};

PyType_Spec state_spec = {
    .name = "sockcore._backend._native.State",
    .basicsize = sizeof(State),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};
