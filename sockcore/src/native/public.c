/* The methods that the public class adds to BaseSocket, if they have the same arguments and results in C.
 *
 * 1. The body of sockcore.socket adds the attributes of public_attributes() to its own, so that the class has them, and
 *    BaseSocket does not. Their data are in BaseSocket.
 * 2. A method calls the methods that a subclass may override (close, _real_close, setblocking) by their names.
 */

#include "native.h"

static PyObject *
public_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    Py_INCREF(self);
    return self;
}

static PyObject *
public_real_close(PyObject *self, PyObject *unused)
{
    return socket_close(self, unused);
}

static PyObject *
public_close(PyObject *self, PyObject *unused)
{
    BaseSocket *s = (BaseSocket *)self;
    (void)unused;
    s->is_closed = 1;
    if (s->io_refs > 0)
        Py_RETURN_NONE;
    PyObject *result = PyObject_VectorcallMethod(s->state->real_close, &self, 1, NULL);
    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    Py_RETURN_NONE;
}

/* Call the method close() of the object. */
static PyObject *
call_close(PyObject *self)
{
    PyObject *result = PyObject_VectorcallMethod(((BaseSocket *)self)->state->close, &self, 1, NULL);
    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    Py_RETURN_NONE;
}

static PyObject *
public_exit(ARGUMENTS)
{
    (void)args, (void)count;
    if (((BaseSocket *)self)->is_closed == 1)
        Py_RETURN_NONE;
    return call_close(self);
}

static PyObject *
public_decref_socketios(PyObject *self, PyObject *unused)
{
    BaseSocket *s = (BaseSocket *)self;
    (void)unused;
    if (s->io_refs > 0)
        s->io_refs--;
    if (s->is_closed == 1)
        return call_close(self);
    Py_RETURN_NONE;
}

static PyObject *
public_detach(PyObject *self, PyObject *unused)
{
    ((BaseSocket *)self)->is_closed = 1;
    return socket_detach(self, unused);
}

/* Return the class of new sockets: sockcore.socket, which a program may replace. A new reference, or NULL with an
 * exception. */
static PyObject *
new_socket_class(ModuleState *state)
{
    /* PyImport_GetModuleDict() aborts the process after the interpreter has deleted sys.modules at exit. */
    PyObject *modules = PySys_GetObject("modules"), *cls = NULL;
    PyObject *core = modules == NULL || !PyDict_Check(modules) ? NULL : look_up(modules, state->core);
    if (core != NULL && PyModule_Check(core))
        cls = look_up(PyModule_GetDict(core), state->socket);
    Py_XDECREF(core);
    if (cls != NULL || PyErr_Occurred())
        return cls;
    if (state->public_class == NULL)
        PyErr_SetString(PyExc_RuntimeError, "sockcore has no class socket");
    Py_XINCREF(state->public_class);
    return state->public_class;
}

/* Set blocking mode of an accepted socket, if it may have another one. 0, or -1 with an exception. */
static int
make_blocking(ModuleState *state, PyObject *sock)
{
    if (!ACCEPT_COPIES_MODE && Py_TYPE(sock)->tp_init == socket_init && Py_TYPE(sock)->tp_new == socket_new)
        return 0; /* the constructor has left the mode as it was */
    PyObject *args[] = {sock, Py_True};
    PyObject *result = PyObject_VectorcallMethod(state->setblocking, args, 2, NULL);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *
public_accept(PyObject *self, PyObject *unused)
{
    BaseSocket *s = (BaseSocket *)self;
    (void)unused;
    PyObject *cls = new_socket_class(s->state), *result = NULL;
    PyObject *numbers[3] = {NULL, NULL, NULL};
    if (cls != NULL && (numbers[0] = PyLong_FromLong(s->family)) != NULL
        && (numbers[1] = PyLong_FromLong(s->type)) != NULL && (numbers[2] = get_proto(self, NULL)) != NULL)
        result = accept_socket(s, cls, numbers);
    Py_XDECREF(cls);
    for (int i = 0; i < 3; i++)
        Py_XDECREF(numbers[i]);
    if (result != NULL && s->timeout > 0 && s->state->default_timeout == NO_TIMEOUT
        && make_blocking(s->state, PyTuple_GET_ITEM(result, 0)) < 0)
        Py_CLEAR(result);
    return result;
}

/* ------------------------------------------------------------------ tables */

#include "documentation.h"

static PyMethodDef methods[] = {
    {"__enter__", public_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nReturn the socket."},
    {"__exit__", (PyCFunction)(void (*)(void))public_exit, METH_FASTCALL,
     "__exit__($self, /, *args)\n--\n\nClose the socket."},
    {"_decref_socketios", public_decref_socketios, METH_NOARGS,
     "_decref_socketios($self, /)\n--\n\nRemove a file; close the descriptor if it was the last of a closed socket."},
    {"_real_close", public_real_close, METH_NOARGS, "_real_close($self, /)\n--\n\nClose the file descriptor."},
    {"accept", public_accept, METH_NOARGS, DOC_accept},
    {"close", public_close, METH_NOARGS, DOC_public_close},
    {"detach", public_detach, METH_NOARGS, DOC_detach},
    {NULL, NULL, 0, NULL},
};

/* Raise the exception for the read of an attribute that is not set. Matches CPython, where both attributes are slots. */
static PyObject *
raise_unset(PyObject *self, const char *name)
{
    return PyErr_Format(
        PyExc_AttributeError, "'%.200s' object has no attribute '%s'", Py_TYPE(self)->tp_name, name);
}

/* Return the result of a change of an attribute: only one that was set can be deleted. */
static int
end_change(PyObject *value, int was_set, const char *name)
{
    if (value != NULL || was_set)
        return 0;
    PyErr_SetString(PyExc_AttributeError, name);
    return -1;
}

static PyObject *
get_closed(PyObject *self, void *unused)
{
    int is_closed = ((BaseSocket *)self)->is_closed;
    (void)unused;
    return is_closed == CLOSED_UNSET ? raise_unset(self, "_closed") : PyBool_FromLong(is_closed);
}

/* Of any value, a socket stores whether it is true. */
static int
set_closed(PyObject *self, PyObject *value, void *unused)
{
    int is_closed = value == NULL ? CLOSED_UNSET : PyObject_IsTrue(value);
    (void)unused;
    if (value != NULL && is_closed < 0)
        return -1;
    int before = atomic_exchange(&((BaseSocket *)self)->is_closed, (signed char)is_closed);
    return end_change(value, before != CLOSED_UNSET, "_closed");
}

static PyObject *
get_io_refs(PyObject *self, void *unused)
{
    int count = ((BaseSocket *)self)->io_refs;
    (void)unused;
    return count == IO_REFS_UNSET ? raise_unset(self, "_io_refs") : PyLong_FromLong(count);
}

static int
set_io_refs(PyObject *self, PyObject *value, void *unused)
{
    int count = IO_REFS_UNSET;
    (void)unused;
    if (value != NULL && !exact_int(value, &count)) {
        PyErr_Format(PyExc_TypeError, "_io_refs must be an int of 32 bits, not %R", value);
        return -1;
    }
    int before = atomic_exchange(&((BaseSocket *)self)->io_refs, count);
    return end_change(value, before != IO_REFS_UNSET, "_io_refs");
}

static PyGetSetDef accessors[] = {
    {"_closed", get_closed, set_closed, "True after close().", NULL},
    {"_io_refs", get_io_refs, set_io_refs, "The number of open files of makefile().", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Add a descriptor to a dictionary. Steals it. 0, or -1 with an exception. */
static int
add_descriptor(PyObject *attributes, const char *name, PyObject *descriptor)
{
    int result = descriptor == NULL ? -1 : PyDict_SetItemString(attributes, name, descriptor);
    Py_XDECREF(descriptor);
    return result;
}

PyObject *
public_attributes(ModuleState *state)
{
    PyObject *attributes = PyDict_New();
    int result = attributes == NULL ? -1 : 0;
    for (PyMethodDef *method = methods; result == 0 && method->ml_name != NULL; method++)
        result = add_descriptor(attributes, method->ml_name, PyDescr_NewMethod(state->socket_type, method));
    for (PyGetSetDef *accessor = accessors; result == 0 && accessor->name != NULL; accessor++)
        result = add_descriptor(attributes, accessor->name, PyDescr_NewGetSet(state->socket_type, accessor));
    if (result < 0)
        Py_CLEAR(attributes);
    return attributes;
}
