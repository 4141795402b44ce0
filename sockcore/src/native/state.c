/* The state of a socket object: members that Python code reads and writes, and what is left when it goes. */

#include "native.h"

#include <stddef.h>
#include <structmember.h>

/* Of who has no descriptor yet. */
static Kind unknown = {.users = 1};

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
        self->kind = &unknown;
        unknown.users++;
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
let_go_of(Kind *kind)
{
    if (--kind->users > 0)
        return;
    Py_XDECREF(kind->codec);
    Py_XDECREF(kind->contexts);
    Py_XDECREF(kind->encoded);
    Py_XDECREF(kind->decoded);
    PyMem_Free(kind);
}

/* The kind of a socket that is about to get one of its own. NULL with an exception. */
static Kind *
own_kind(State *self)
{
    Kind *old = self->kind;
    if (old->users == 1)
        return old;
    Kind *new = PyMem_Malloc(sizeof *new);
    if (new == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *new = *old;
    Py_XINCREF(new->codec);
    Py_XINCREF(new->contexts);
    Py_XINCREF(new->encoded);
    Py_XINCREF(new->decoded);
    new->users = 1;
    self->kind = new;
    let_go_of(old);
    return new;
}

static void
state_dealloc(PyObject *object)
{
    State *self = (State *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (self->weak != NULL)
        PyObject_ClearWeakRefs(object);
    Py_CLEAR(self->timeout);
    let_go_of(self->kind);
    type->tp_free(object);
    Py_DECREF(type);
}

void
take_kind(State *self, State *other)
{
    other->kind->users++;
    Kind *old = self->kind;
    self->kind = other->kind;
    let_go_of(old);
    Py_INCREF(Py_None);
    Py_XSETREF(self->timeout, Py_None);
    self->family = other->family;
    self->type = other->type;
    self->proto = other->proto;
    self->pending = 0;
    self->closed = 0;
    self->io_refs = 0;
}

/* A part of the kind that Python code asks for. */
static PyObject *
part(PyObject *found, const char *name)
{
    if (found == NULL)
        PyErr_SetString(PyExc_AttributeError, name);
    Py_XINCREF(found);
    return found;
}

static PyObject *
get_codec(PyObject *self, void *unused)
{
    (void)unused;
    return part(((State *)self)->kind->codec, "_codec");
}

static PyObject *
get_contexts(PyObject *self, void *unused)
{
    (void)unused;
    return part(((State *)self)->kind->contexts, "_contexts");
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

static int
set_codec(PyObject *object, PyObject *codec, void *unused)
{
    (void)unused;
    State *self = (State *)object;
    if (codec == NULL) {
        PyErr_SetString(PyExc_TypeError, "a socket has a codec");
        return -1;
    }
    if (codec == self->kind->codec)
        return 0;
    int needs = truth_of(codec, "needs_descriptor");
    int wide = truth_of(codec, "wide_levels");
    int gives = truth_of(codec, "accept_gives_address");
    PyObject *size = PyObject_GetAttrString(codec, "size");
    long room = size == NULL ? -1 : PyLong_AsLong(size);
    Py_XDECREF(size);
    if (needs < 0 || wide < 0 || gives < 0 || room < 0)
        return -1;
    Kind *kind = own_kind(self);
    if (kind == NULL)
        return -1;
    kind->room = room < (long)sizeof(struct sockaddr_storage) ? (int)room : (int)sizeof(struct sockaddr_storage);
    kind->needs_descriptor = (char)needs;
    kind->has_wide_levels = (char)wide;
    kind->accept_gives_address = (char)gives;
    Py_INCREF(codec);
    Py_XSETREF(kind->codec, codec);
    Py_XSETREF(kind->encoded, dictionary_of(codec, "encoded"));
    Py_XSETREF(kind->decoded, dictionary_of(codec, "decoded"));
    return 0;
}

static int
set_contexts(PyObject *self, PyObject *contexts, void *unused)
{
    (void)unused;
    Kind *kind = own_kind((State *)self);
    if (kind == NULL)
        return -1;
    Py_XINCREF(contexts);
    Py_XSETREF(kind->contexts, contexts);
    return 0;
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
    {"_codec", get_codec, set_codec, NULL, NULL},
    {"_contexts", get_contexts, set_contexts, NULL, NULL},
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
