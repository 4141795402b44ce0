/* The module sockcore._backend._native: the calls of the backend, the two types, and what ties them to Python code. */

#include "native.h"

PyObject *slow[SLOW_COUNT];

static PyTypeObject *state_type;

/* In the order of the enum. */
static const char *const slow_names[SLOW_COUNT] = {
    "init", "accept", "close", "connect", "getsockopt", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg",
    "recvmmsg", "recvmmsg_into", "send", "sendall", "sendmsg", "sendmmsg", "sendto", "setsockopt", "connecting",
    "sendall_later", "sendmsg_later", "sendmmsg_later", "sendto_later", "received", "let_go", "open", "decode",
    "unclosed", "socket", "kinds", "clock",
};

static PyObject *
configure(PyObject *module, PyObject *args, PyObject *names)
{
    (void)module;
    (void)args;
    for (int i = 0; i < SLOW_COUNT; i++) {
        PyObject *found = names == NULL ? NULL : PyDict_GetItemString(names, slow_names[i]);
        if (found == NULL) {
            PyErr_Format(PyExc_TypeError, "configure() needs %s", slow_names[i]);
            return NULL;
        }
        Py_INCREF(found);
        Py_XSETREF(slow[i], found);
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

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockcore._backend._native",
    .m_doc = "One-shot system calls on raw sockaddr bytes, in C.",
    .m_size = -1,
    .m_methods = call_methods,
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

PyMODINIT_FUNC
PyInit__native(void)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "the native backend serves one interpreter, the main one");
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    PyObject *state = module == NULL ? NULL : PyType_FromSpec(&state_spec);
    PyObject *bases = state == NULL ? NULL : PyTuple_Pack(1, state);
    PyObject *fast = bases == NULL ? NULL : PyType_FromSpecWithBases(&fast_spec, bases);
    Py_XDECREF(bases);
    state_type = (PyTypeObject *)state;
    if (fast == NULL || keep_signature((PyTypeObject *)fast, fast_spec.slots[0].pfunc) < 0
        || PyModule_AddFunctions(module, configuring) < 0
        || PyModule_AddStringConstant(module, "NAME", "native") < 0
        || PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0
        || PyModule_AddIntConstant(module, "IN_PROGRESS", EINPROGRESS) < 0 || PyModule_AddObject(module, "State", state) < 0
        || PyModule_AddObject(module, "Fast", fast) < 0)
        Py_CLEAR(module);
    return module;
}
