/* The type BaseSocket: construction and destruction, attributes, and the table of methods. */

#include "native.h"

#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

/* Find the module that created the class, or a class in its MRO, and return its state. NULL with an exception. */
static ModuleState *
find_state(PyTypeObject *type, PyObject **module)
{
#if PY_VERSION_HEX >= 0x030B0000
    *module = PyType_GetModuleByDef(type, &module_definition); /* it locks the MRO on a free-threaded Python */
    return *module == NULL ? NULL : PyModule_GetState(*module);
#else
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
            continue;
        *module = ((PyHeapTypeObject *)base)->ht_module;
        if (*module != NULL && PyModule_Check(*module) && PyModule_GetDef(*module) == &module_definition)
            return PyModule_GetState(*module);
    }
    PyErr_SetString(PyExc_TypeError, "the class is not a subclass of BaseSocket");
    return NULL;
#endif
}

PyObject *
socket_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    (void)args, (void)names;
    PyObject *module;
    ModuleState *state = find_state(type, &module);
    BaseSocket *s = state == NULL ? NULL : (BaseSocket *)type->tp_alloc(type, 0);
    if (s != NULL) {
        Py_INCREF(module);
        s->state = state;
        s->fd = s->last_fd = -1;
        s->timeout = NO_TIMEOUT;
        s->is_closed = CLOSED_UNSET;
        s->io_refs = IO_REFS_UNSET;
    }
    return (PyObject *)s;
}

static int
socket_traverse(PyObject *self, visitproc visit, void *arg)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_VISIT(Py_TYPE(self));
    if (s->state != NULL)
        Py_VISIT(s->state->module);
    Py_VISIT(s->template);
    Py_VISIT(s->contexts);
    return 0;
}

/* The module stays: the finalizer of another object in the cycle may still use the socket. */
static int
socket_clear(PyObject *self)
{
    BaseSocket *s = (BaseSocket *)self;
    Py_CLEAR(s->template);
    Py_CLEAR(s->contexts);
    return 0;
}

/* Close a socket that the program has not closed, and warn. */
static void
socket_finalize(PyObject *self)
{
    BaseSocket *s = (BaseSocket *)self;
    PyObject *type, *value, *traceback;
    if (s->fd == -1)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_ResourceWarning(self, 1, "unclosed %R", self) < 0)
        PyErr_WriteUnraisable(self); /* warnings are errors, or the representation failed */
    int fd = atomic_exchange(&s->fd, -1);
    if (fd != -1) {
        Py_BEGIN_ALLOW_THREADS
        close(fd);
        Py_END_ALLOW_THREADS
    }
    PyErr_Restore(type, value, traceback);
}

static void
socket_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return; /* the finalizer has stored it elsewhere */
    PyObject *module = ((BaseSocket *)self)->state->module;
    PyObject_GC_UnTrack(self);
    socket_clear(self);
    type->tp_free(self);
    Py_DECREF(module);
    Py_DECREF(type);
}

static PyObject *
socket_repr(PyObject *self)
{
    BaseSocket *s = (BaseSocket *)self;
    return PyUnicode_FromFormat(
        "<socket object, fd=%d, family=%d, type=%d, proto=%d>", s->fd, s->family, s->type, s->proto);
}

/* ------------------------------------------------------------------ the timeout */

PyObject *
timeout_as_float(int64_t timeout)
{
    if (timeout == NO_TIMEOUT)
        Py_RETURN_NONE;
    return PyFloat_FromDouble((double)timeout / 1e9);
}

int
parse_timeout(ModuleState *state, PyObject *value, int64_t *timeout)
{
    if (value == Py_None) {
        *timeout = NO_TIMEOUT;
        return 0;
    }
    int seconds;
    if (PyLong_CheckExact(value) && exact_int(value, &seconds) && seconds >= 0) {
        *timeout = seconds * INT64_C(1000000000);
        return 0;
    }
    if (PyFloat_CheckExact(value)) {
        double nanoseconds = PyFloat_AS_DOUBLE(value) * 1e9;
        if (nanoseconds >= 0 && nanoseconds < (double)INT64_MAX) {
            *timeout = (int64_t)nanoseconds;
            *timeout += (double)*timeout < nanoseconds;
            return 0;
        }
    }
    PyObject *number = call_rule(state, RULE_TIMEOUT, &value, 1, NULL);
    if (number == NULL)
        return -1;
    *timeout = PyLong_AsLongLong(number);
    Py_DECREF(number);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *
set_timeout(BaseSocket *s, int64_t timeout)
{
    s->timeout = timeout;
    if (set_blocking_mode(s->fd, timeout == NO_TIMEOUT) < 0)
        return raise_errno();
    Py_RETURN_NONE;
}

static PyObject *
socket_settimeout(PyObject *self, PyObject *value)
{
    BaseSocket *s = (BaseSocket *)self;
    int64_t timeout;
    return parse_timeout(s->state, value, &timeout) < 0 ? NULL : set_timeout(s, timeout);
}

static PyObject *
socket_gettimeout(PyObject *self, PyObject *unused)
{
    (void)unused;
    return timeout_as_float(((BaseSocket *)self)->timeout);
}

static PyObject *
get_timeout(PyObject *self, void *unused)
{
    (void)unused;
    return timeout_as_float(((BaseSocket *)self)->timeout);
}

static PyObject *
socket_setblocking(PyObject *self, PyObject *flag)
{
    int blocking = PyObject_IsTrue(flag);
    return blocking < 0 ? NULL : set_timeout((BaseSocket *)self, blocking ? NO_TIMEOUT : 0);
}

static PyObject *
socket_getblocking(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBool_FromLong(((BaseSocket *)self)->timeout != 0);
}

static PyObject *
socket_fileno(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(((BaseSocket *)self)->fd);
}

/* ------------------------------------------------------------------ tables */

#define FAST(name) {#name, (PyCFunction)(void (*)(void))socket_##name, METH_FASTCALL, DOC_##name}
#define KEYWORDS(name) {#name, (PyCFunction)(void (*)(void))socket_##name, METH_FASTCALL | METH_KEYWORDS, DOC_##name}
#define ONE(name) {#name, socket_##name, METH_O, DOC_##name}
#define NONE(name) {#name, socket_##name, METH_NOARGS, DOC_##name}

#include "documentation.h"

static PyMethodDef methods[] = {
    {"_accept", socket_accept, METH_NOARGS, DOC__accept},
    {"_accept_socket", (PyCFunction)(void (*)(void))socket_accept_socket, METH_FASTCALL, DOC__accept_socket},
    ONE(bind), NONE(close), ONE(connect), ONE(connect_ex), NONE(detach), NONE(fileno), NONE(getblocking),
    NONE(getpeername), NONE(getsockname), FAST(getsockopt), NONE(gettimeout), FAST(listen), FAST(recv),
    KEYWORDS(recv_into), FAST(recvfrom), KEYWORDS(recvfrom_into), FAST(recvmmsg), FAST(recvmmsg_into), FAST(recvmsg),
    FAST(recvmsg_into), FAST(send), FAST(sendall), FAST(sendmmsg), FAST(sendmsg), FAST(sendto), ONE(setblocking),
    FAST(setsockopt), ONE(settimeout), ONE(shutdown),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"family", T_INT, offsetof(BaseSocket, family), READONLY, "The address family, as a number."},
    {"type", T_INT, offsetof(BaseSocket, type), READONLY, "The socket type, as a number without flags."},
    {NULL, 0, 0, 0, NULL},
};

/* A protocol that may fall back to another one is read from the system. */
PyObject *
get_proto(PyObject *self, void *unused)
{
    (void)unused;
    BaseSocket *s = (BaseSocket *)self;
#ifdef SO_PROTOCOL
    int proto, fd = s->fd;
    socklen_t length = sizeof proto;
    Template *template = hold_template(s);
    if (fd != -1 && template != NULL && template->may_fall_back
        && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &proto, &length) == 0)
        s->proto = proto;
    Py_XDECREF(template);
#endif
    return PyLong_FromLong(s->proto);
}

/* Matches CPython: the attribute is a member there, and this is the interpreter's message for one. */
static int
set_proto(PyObject *self, PyObject *value, void *unused)
{
    (void)self, (void)value, (void)unused;
    PyErr_SetString(PyExc_AttributeError, "readonly attribute");
    return -1;
}

/* Matches CPython: the message contains the name of the public class. */
static int
set_timeout_attribute(PyObject *self, PyObject *value, void *unused)
{
    (void)self, (void)value, (void)unused;
    PyErr_SetString(PyExc_AttributeError, "attribute 'timeout' of 'socket' objects is not writable");
    return -1;
}

static PyGetSetDef accessors[] = {
    {"proto", get_proto, set_proto,
     "The protocol, as a number.\n\nIt is read from the system for a protocol that may fall back to another one.", NULL},
    {"timeout", get_timeout, set_timeout_attribute, "The timeout in seconds; None in blocking mode, 0.0 in non-blocking mode.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, DOC_socket},
    {Py_tp_new, socket_new},
    {Py_tp_init, socket_init},
    {Py_tp_dealloc, socket_dealloc},
    {Py_tp_finalize, socket_finalize},
    {Py_tp_traverse, socket_traverse},
    {Py_tp_clear, socket_clear},
    {Py_tp_repr, socket_repr},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, accessors},
    {0, NULL},
};

/* Matches CPython: programs cannot change the class. set_class_attribute() adds the methods of plugins. */
#ifdef Py_TPFLAGS_IMMUTABLETYPE /* since 3.10 */
#define IMMUTABLE Py_TPFLAGS_IMMUTABLETYPE
#else
#define IMMUTABLE 0
#endif

/* Matches CPython: the name of the public class appears in messages about arguments. */
PyType_Spec socket_spec = {
    .name = "sockcore.socket",
    .basicsize = sizeof(BaseSocket),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | IMMUTABLE,
    .slots = slots,
};
