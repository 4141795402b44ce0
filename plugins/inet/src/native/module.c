/* The module sockcore_inet._native: its state in each interpreter, and calls of rules in Python. */

#include "native.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const char *const rule_modules[] = {
#define X(name, module, attribute) module,
    RULES(X)
#undef X
};

static const char *const rule_names[] = {
#define X(name, module, attribute) attribute,
    RULES(X)
#undef X
};

static PyObject *
call_rule_with(PyObject *module, int rule, const char *format, va_list arguments)
{
    ModuleState *state = PyModule_GetState(module);
    if (state->rules[rule] == NULL) { /* the __del__() of an object may call a function after module_clear() */
        PyErr_SetString(PyExc_RuntimeError, "sockcore_inet._native has been cleared: the interpreter finalizes it");
        return NULL;
    }
    PyObject *tuple = Py_VaBuildValue(format, arguments);
    if (tuple == NULL)
        return NULL;
    PyObject *result = PyObject_CallObject(state->rules[rule], tuple);
    Py_DECREF(tuple);
    return result;
}

PyObject *
call_rule(PyObject *module, int rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *result = call_rule_with(module, rule, format, arguments);
    va_end(arguments);
    return result;
}

PyObject *
raise_by_rule(PyObject *module, int rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *exception = call_rule_with(module, rule, format, arguments);
    va_end(arguments);
    if (exception != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    return NULL;
}

int
optional_text(PyObject *object, const char **text)
{
    *text = NULL;
    if (object == Py_None)
        return 0;
    /* If the length is not requested, this function raises ValueError for a NUL in the text. */
    return PyBytes_AsStringAndSize(object, (char **)text, NULL);
}

int
descriptor_of(PyObject *sock)
{
    int fd = PyObject_AsFileDescriptor(sock);
    if (fd < 0 && PyErr_ExceptionMatches(PyExc_ValueError)) { /* a negative number: the socket is closed */
        PyErr_Clear();
        errno = EBADF;
    }
    return fd;
}

/* ------------------------------------------------------------------ initialisation and cleanup */

static int
load_rules(ModuleState *state)
{
    for (int i = 0; i < RULE_COUNT; i++) {
        PyObject *module = PyImport_ImportModule(rule_modules[i]);
        if (module == NULL)
            return -1;
        state->rules[i] = PyObject_GetAttrString(module, rule_names[i]);
        Py_DECREF(module);
        if (state->rules[i] == NULL)
            return -1;
    }
    return 0;
}

static int
module_exec(PyObject *module)
{
    if (load_rules(PyModule_GetState(module)) < 0 || PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0
        || PyModule_AddFunctions(module, address_functions) < 0
        || PyModule_AddFunctions(module, conversion_functions) < 0
        || PyModule_AddFunctions(module, datagram_receive_functions) < 0
        || PyModule_AddFunctions(module, datagram_split_functions) < 0
        || PyModule_AddFunctions(module, datagram_send_functions) < 0
        || PyModule_AddFunctions(module, interface_functions) < 0
        || PyModule_AddFunctions(module, resolver_functions) < 0)
        return -1;
    return PyModule_AddFunctions(module, database_functions);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *state = PyModule_GetState(module);
    for (int i = 0; i < RULE_COUNT; i++)
        Py_VISIT(state->rules[i]);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    for (int i = 0; i < RULE_COUNT; i++)
        Py_CLEAR(state->rules[i]);
    return 0;
}

static void
module_free(void *module)
{
    ModuleState *state = PyModule_GetState(module);
    module_clear(module);
    PyMem_RawFree(atomic_exchange(&state->spare, NULL));
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

/* This code never writes to the definition. The interpreter stores its own data in it, so it cannot be const. */
static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockcore_inet._native",
    .m_doc = "Byte order, addresses in text, the resolver, the databases of <netdb.h>, and datagrams, in C.",
    .m_size = sizeof(ModuleState),
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
