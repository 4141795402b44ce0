/* The state of a socket object: members that Python code reads and writes, and what is left when it goes. */

#include "native.h"

#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

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
    State *s = (State *)self;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = call_python(SLOW_UNCLOSED, "(O)", self);
    if (done == NULL) {
        PyErr_WriteUnraisable(self);
        if (s->fd != -1) { /* there is no memory to call Python code, for example */
            int fd = s->fd;
            s->fd = -1;
            close(fd);
        }
    }
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

/* Give a socket another kind. The old one may run code when it goes. */
static void
set_kind(State *self, Kind *kind)
{
    Kind *old = self->kind;
    self->kind = kind;
    let_go_of(old);
}

/* A copy of a kind for one socket. NULL with an exception. */
static Kind *
copy_of(const Kind *old)
{
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
    self->pending = 0;
    self->closed = 0;
    self->io_refs = 0;
    self->family = other->family;
    self->type = other->type;
    self->proto = other->proto;
    other->kind->users++;
    set_kind(self, other->kind);
    Py_INCREF(Py_None);
    Py_XSETREF(self->timeout, Py_None);
}

/* A part of the kind that Python code reads: of a socket that was never opened the one at a position of a tuple. */
static PyObject *
part(PyObject *found, int position)
{
    if (found != NULL) {
        Py_INCREF(found);
        return found;
    }
    PyObject *both = call_python(SLOW_UNOPENED, "()");
    if (both != NULL && (!PyTuple_CheckExact(both) || PyTuple_GET_SIZE(both) != 2))
        PyErr_SetString(PyExc_TypeError, "a codec and its contexts are expected");
    else if (both != NULL) {
        found = PyTuple_GET_ITEM(both, position);
        Py_INCREF(found);
    }
    Py_XDECREF(both);
    return found;
}

static PyObject *
get_codec(PyObject *self, void *unused)
{
    (void)unused;
    return part(((State *)self)->kind->codec, 0);
}

static PyObject *
get_contexts(PyObject *self, void *unused)
{
    (void)unused;
    return part(((State *)self)->kind->contexts, 1);
}

/* A dictionary attribute of the codec, or NULL where there is none. 0 with an exception. */
static int
dictionary_of(PyObject *codec, const char *name, PyObject **dictionary)
{
    *dictionary = PyObject_GetAttrString(codec, name);
    if (*dictionary == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return 0;
        PyErr_Clear();
    }
    else if (!PyDict_CheckExact(*dictionary))
        Py_CLEAR(*dictionary);
    return 1;
}

/* The truth of an attribute of the codec. 0 with an exception. */
static int
truth_of(PyObject *codec, const char *name, char *truth)
{
    PyObject *found = PyObject_GetAttrString(codec, name);
    int yes = found == NULL ? -1 : PyObject_IsTrue(found);
    Py_XDECREF(found);
    *truth = yes > 0;
    return yes >= 0;
}

/* The size of the codec's largest sockaddr, at most that of the largest there is. 0 with an exception. */
static int
room_of(PyObject *codec, int *room)
{
    PyObject *size = PyObject_GetAttrString(codec, "size");
    long number = size == NULL ? -1 : PyLong_AsLong(size);
    Py_XDECREF(size);
    if (number < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "the size of a codec's sockaddr must not be negative");
        return 0;
    }
    *room = (int)clamp((size_t)number, sizeof(struct sockaddr_storage));
    return 1;
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
    /* The attributes may be properties whose code sets a codec of this socket: the kind is made first, and set last. */
    Kind found = {.users = 1};
    if (!truth_of(codec, "needs_descriptor", &found.needs_descriptor)
        || !truth_of(codec, "wide_levels", &found.has_wide_levels)
        || !truth_of(codec, "accept_gives_address", &found.accept_gives_address) || !room_of(codec, &found.room)
        || !dictionary_of(codec, "encoded", &found.encoded) || !dictionary_of(codec, "decoded", &found.decoded)) {
        Py_XDECREF(found.encoded);
        Py_XDECREF(found.decoded);
        return -1;
    }
    found.codec = codec;
    found.contexts = self->kind->contexts;
    Kind *kind = copy_of(&found);
    Py_XDECREF(found.encoded);
    Py_XDECREF(found.decoded);
    if (kind == NULL)
        return -1;
    set_kind(self, kind);
    return 0;
}

static int
set_contexts(PyObject *object, PyObject *contexts, void *unused)
{
    (void)unused;
    State *self = (State *)object;
    Kind *kind = copy_of(self->kind);
    if (kind == NULL)
        return -1;
    PyObject *old = kind->contexts;
    Py_XINCREF(contexts);
    kind->contexts = contexts;
    set_kind(self, kind);
    Py_XDECREF(old);
    return 0;
}

static PyObject *
get_timeout(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *timeout = ((State *)self)->timeout;
    Py_INCREF(timeout);
    return timeout;
}

static int
set_timeout(PyObject *object, PyObject *timeout, void *unused)
{
    (void)unused;
    State *self = (State *)object;
    if (timeout == NULL || (timeout != Py_None && !PyFloat_Check(timeout))) {
        PyErr_SetString(PyExc_TypeError, "a socket's timeout is None or a float of seconds");
        return -1;
    }
    Py_INCREF(timeout);
    Py_XSETREF(self->timeout, timeout);
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
    {"_timeout", get_timeout, set_timeout, NULL, NULL},
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
