/* The module sockcore._backend._native: the calls of the backend, the two types, and what ties them to Python code. */

#include "native.h"

#include <string.h>

PyObject *slow[SLOW_COUNT];

PyTypeObject *state_type;

static PyTypeObject *fast_type;

/* In the order of the enum. */
static const char *const slow_names[SLOW_COUNT] = {
    "init", "accept", "close", "connect", "getsockopt", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg",
    "recvmmsg", "recvmmsg_into", "send", "sendall", "sendmsg", "sendmmsg", "sendto", "setsockopt", "connecting",
    "sendall_later", "sendmsg_later", "sendmmsg_later", "sendto_later", "let_go", "open", "decode", "unclosed",
    "recv_batch", "recv_message", "wait", "unopened", "socket", "kinds", "clock",
};

/* Whether an argument of configure() is of the type that its place needs. */
static int
is_usable(int which, PyObject *object)
{
    if (which == SLOW_SOCKET)
        return PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, state_type);
    if (which == SLOW_KINDS || which == SLOW_CLOCK)
        return PyDict_CheckExact(object);
    return PyCallable_Check(object);
}

static PyObject *
configure(PyObject *module, PyObject *args, PyObject *names)
{
    (void)module;
    PyObject *all[SLOW_COUNT];
    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_SetString(PyExc_TypeError, "configure() takes keyword arguments only");
        return NULL;
    }
    for (int i = 0; i < SLOW_COUNT; i++) {
        PyObject *name = PyUnicode_FromString(slow_names[i]);
        all[i] = name == NULL || names == NULL ? NULL : PyDict_GetItemWithError(names, name);
        Py_XDECREF(name);
        if (all[i] == NULL && !PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "configure() needs %s", slow_names[i]);
        else if (all[i] != NULL && !is_usable(i, all[i]))
            PyErr_Format(PyExc_TypeError, "configure() cannot use this %s: %R", slow_names[i], all[i]);
        if (PyErr_Occurred())
            return NULL;
    }
    for (int i = 0; i < SLOW_COUNT; i++) {
        Py_INCREF(all[i]);
        Py_XSETREF(slow[i], all[i]);
    }
    Py_RETURN_NONE;
}

static PyObject *
kind_of(PyObject *module, PyObject *sock)
{
    (void)module;
    if (!PyObject_TypeCheck(sock, state_type)) {
        PyErr_SetString(PyExc_TypeError, "kind_of() takes a socket");
        return NULL;
    }
    PyObject *kind = state_new(state_type, NULL, NULL);
    if (kind != NULL)
        take_kind((State *)kind, (State *)sock);
    return kind;
}

static PyMethodDef configuring[] = {
    {"kind_of", kind_of, METH_O, "Return what all sockets of the same kind have in common, for the dictionary of kinds."},
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS,
     "Say what Python code goes on where the fast way ends."},
    {NULL, NULL, 0, NULL},
};

/* The signature before its doc: Python 3.9 leaves it out of a type that is made from a spec. 0, or -1 and MemoryError. */
static int
keep_signature(PyTypeObject *type, const char *doc)
{
#if PY_VERSION_HEX < 0x030A0000
    char *copy = PyObject_Malloc(strlen(doc) + 1);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject_Free((void *)type->tp_doc);
    type->tp_doc = strcpy(copy, doc);
#else
    (void)type, (void)doc;
#endif
    return 0;
}

/* The end of the process, or of an embedded Python that may be started again: its objects are gone. */
static void
forget(void)
{
    state_type = fast_type = NULL;
    memset(slow, 0, sizeof slow);
}

/* Make both types, once. 0, or -1 with an exception. */
static int
make_types(void)
{
    if (fast_type != NULL)
        return 0;
    PyObject *state = PyType_FromSpec(&state_spec);
    PyObject *bases = state == NULL ? NULL : PyTuple_Pack(1, state);
    PyObject *fast = bases == NULL ? NULL : PyType_FromSpecWithBases(&fast_spec, bases);
    Py_XDECREF(bases);
    if (fast == NULL || keep_signature((PyTypeObject *)fast, fast_spec.slots[0].pfunc) < 0) {
        Py_XDECREF(fast);
        Py_XDECREF(state);
        return -1;
    }
    if (Py_AtExit(forget) < 0) {
        Py_DECREF(fast);
        Py_DECREF(state);
        PyErr_SetString(PyExc_ImportError, "too many modules have functions for the end of the process");
        return -1;
    }
    state_type = (PyTypeObject *)state;
    fast_type = (PyTypeObject *)fast;
    return 0;
}

static int
add_type(PyObject *module, const char *name, PyTypeObject *type)
{
    Py_INCREF(type);
    if (PyModule_AddObject(module, name, (PyObject *)type) == 0)
        return 0;
    Py_DECREF(type);
    return -1;
}

/* Fill a new module. The system calls this in every interpreter that imports it, which a function PyInit that makes
 * the module itself cannot rely on: later interpreters get a copy of such a module's dictionary. */
static int
fill(PyObject *module)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "the native backend of sockcore runs in the main interpreter only");
        return -1;
    }
    if (make_types() < 0 || PyModule_AddFunctions(module, configuring) < 0
        || PyModule_AddStringConstant(module, "NAME", "native") < 0
        || PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0
        || PyModule_AddIntConstant(module, "IN_PROGRESS", EINPROGRESS) < 0
        || add_type(module, "State", state_type) < 0 || add_type(module, "Fast", fast_type) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockcore._backend._native",
    .m_doc = "One-shot system calls on raw sockaddr bytes, in C.",
    .m_methods = call_methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
