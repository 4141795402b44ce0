/* The module sockcore._native: its state in each interpreter, and the rules that it calls in Python. */

#include "native.h"

#include <stdarg.h>

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

static const char *const operation_names[] = {
#define X(name, text) text,
    OPERATIONS(X)
#undef X
};

int
check_count(ModuleState *state, int rule, Py_ssize_t count, PyObject *names)
{
    int least = state->counts[rule].least, most = state->counts[rule].most;
    if (most == 0 || (count <= most && (names != NULL || count >= least)))
        return 0;
    PyObject *nothing = PyObject_CallFunction(
        state->rules[RULE_WRONG_COUNT], "siin", rule_names[rule], least, most, count);
    Py_XDECREF(nothing); /* it always raises */
    return -1;
}

PyObject *
call_rule(ModuleState *state, int rule, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (state->rules[rule] == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "sockcore._native has no rules: import sockcore, whose socket class loads them");
        return NULL;
    }
    if (check_count(state, rule, count, names) < 0)
        return NULL;
    return PyObject_Vectorcall(state->rules[rule], args, (size_t)count, names);
}

int
parse_rule(ModuleState *state, int rule, PyObject *const *args, Py_ssize_t count, const char *format, ...)
{
    PyObject *tuple = call_rule(state, rule, args, count, NULL);
    if (tuple == NULL)
        return -1;
    va_list targets;
    va_start(targets, format);
    int parsed = PyArg_VaParse(tuple, format, targets);
    va_end(targets);
    Py_DECREF(tuple);
    return parsed ? 0 : -1;
}

/* ------------------------------------------------------------------ functions for the Python code */

/* Read the numbers of arguments from sockcore._arguments.COUNTS, which the implementation in Python uses too. */
static int
load_counts(ModuleState *state)
{
    PyObject *module = PyImport_ImportModule("sockcore._arguments");
    PyObject *table = module == NULL ? NULL : PyObject_GetAttrString(module, "COUNTS");
    Py_XDECREF(module);
    if (table == NULL)
        return -1;
    for (int i = 0; i < RULE_COUNT; i++) {
        if (strcmp(rule_modules[i], "sockcore._arguments") != 0)
            continue;
        PyObject *name = PyUnicode_FromString(rule_names[i]);
        PyObject *entry = name == NULL ? NULL : PyDict_GetItemWithError(table, name);
        Py_XDECREF(name);
        if (entry == NULL ? PyErr_Occurred() != NULL
                          : !PyArg_ParseTuple(entry, "ii", &state->counts[i].least, &state->counts[i].most)) {
            Py_DECREF(table);
            return -1;
        }
    }
    Py_DECREF(table);
    return 0;
}

/* The modules of the rules import this module for its system calls, so the rules are loaded after them. */
static PyObject *
load_rules(PyObject *self, PyObject *unused)
{
    (void)unused;
    ModuleState *state = PyModule_GetState(self);
    for (int i = 0; i < RULE_COUNT; i++) {
        PyObject *module = PyImport_ImportModule(rule_modules[i]);
        PyObject *rule = module == NULL ? NULL : PyObject_GetAttrString(module, rule_names[i]);
        Py_XDECREF(module);
        if (rule == NULL)
            return NULL;
        Py_XSETREF(state->rules[i], rule);
    }
    if (load_counts(state) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Programs cannot change the type, but this module can, because it owns the type. */
static PyObject *
set_class_attribute(PyObject *module, PyObject *args)
{
    PyObject *name, *value;
    ModuleState *state = PyModule_GetState(module);
    if (!PyArg_ParseTuple(args, "UO", &name, &value) || PyDict_SetItem(state->socket_type->tp_dict, name, value) < 0)
        return NULL;
    PyType_Modified(state->socket_type);
    Py_RETURN_NONE;
}

static PyObject *
delete_class_attribute(PyObject *module, PyObject *name)
{
    ModuleState *state = PyModule_GetState(module);
    if (PyDict_DelItem(state->socket_type->tp_dict, name) < 0)
        return NULL;
    PyType_Modified(state->socket_type);
    Py_RETURN_NONE;
}

/* Return the attributes in C of the public class: its body calls this function. */
static PyObject *
get_public_attributes(PyObject *module, PyObject *unused)
{
    (void)unused;
    return public_attributes(PyModule_GetState(module));
}

static PyObject *
set_public_class(PyObject *module, PyObject *cls)
{
    ModuleState *state = PyModule_GetState(module);
    Py_INCREF(cls);
    Py_XSETREF(state->public_class, cls);
    Py_RETURN_NONE;
}

static PyObject *
clear_templates(PyObject *module, PyObject *unused)
{
    (void)unused;
    ModuleState *state = PyModule_GetState(module);
    state->generation++;
    PyDict_Clear(state->templates);
    Py_RETURN_NONE;
}

static PyObject *
new_socket_from_fd(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    int fd;
    if (count != 5 || !exact_int(args[1], &fd)) {
        PyErr_SetString(PyExc_TypeError, "socket_from_fd() takes a class, a file descriptor and three numbers");
        return NULL;
    }
    return socket_from_fd(PyModule_GetState(module), args[0], fd, args + 2);
}

static PyObject *
new_pair(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "open_pair() takes a class and three numbers");
        return NULL;
    }
    return open_pair(PyModule_GetState(module), args[0], args + 1);
}

/* A function of one object needs no tuple of arguments, so that it can close the descriptors without memory. */
static PyObject *
close_received(PyObject *module, PyObject *messages)
{
    (void)module;
    if (!PyList_CheckExact(messages)) {
        PyErr_SetString(PyExc_TypeError, "received control messages must be a list");
        return NULL;
    }
    close_unpacked(messages);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"close_received", close_received, METH_O,
     "close_received($module, messages, /)\n--\n\n"
     "Close the file descriptors in received control messages. It needs no memory."},
    {"socket_from_fd", (PyCFunction)(void (*)(void))new_socket_from_fd, METH_FASTCALL,
     "socket_from_fd($module, cls, fd, family, type, proto, /)\n--\n\n"
     "Return a socket of *cls* that owns *fd*. If the constructor fails, *fd* is closed."},
    {"open_pair", (PyCFunction)(void (*)(void))new_pair, METH_FASTCALL,
     "open_pair($module, cls, family, type, proto, /)\n--\n\nReturn two connected sockets of *cls*: socketpair(2)."},
    {"load_rules", load_rules, METH_NOARGS,
     "load_rules($module, /)\n--\n\nLoad the functions that BaseSocket calls in Python."},
    {"set_class_attribute", set_class_attribute, METH_VARARGS,
     "set_class_attribute($module, name, value, /)\n--\n\nSet a method or another attribute of the class BaseSocket."},
    {"delete_class_attribute", delete_class_attribute, METH_O,
     "delete_class_attribute($module, name, /)\n--\n\nDelete an attribute that set_class_attribute() has added."},
    {"public_attributes", get_public_attributes, METH_NOARGS,
     "public_attributes($module, /)\n--\n\nReturn the methods and attributes that the public class has in C."},
    {"set_public_class", set_public_class, METH_O,
     "set_public_class($module, cls, /)\n--\n\nSet the class of accepted sockets, if sockcore has no other one."},
    {"clear_templates", clear_templates, METH_NOARGS,
     "clear_templates($module, /)\n--\n\nForget the properties of families: the registry has changed."},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ life */

static int
intern_names(ModuleState *state)
{
    for (int i = 0; i < OPERATION_COUNT; i++)
        if ((state->operations[i] = PyUnicode_InternFromString(operation_names[i])) == NULL)
            return -1;
    const struct {
        PyObject **name;
        const char *text;
    } others[] = {
        {&state->quick_encode, "quick_encode"}, {&state->quick_decode, "quick_decode"}, {&state->accept, "_accept"},
        {&state->core, "sockcore"}, {&state->socket, "socket"}, {&state->real_close, "_real_close"}, {&state->close, "close"},
        {&state->setblocking, "setblocking"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if ((*others[i].name = PyUnicode_InternFromString(others[i].text)) == NULL)
            return -1;
    return 0;
}

static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (type == NULL)
        return NULL;
    Py_INCREF(type); /* PyModule_AddObject() steals one reference if it succeeds */
    if (PyModule_AddObject(module, name, type) < 0) {
        Py_DECREF(type);
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

/* Read sys.flags.bytes_warning. 0, or -1 with an exception. */
static int
read_bytes_warning(ModuleState *state)
{
    PyObject *flags = PySys_GetObject("flags"); /* a borrowed reference */
    PyObject *flag = flags == NULL ? NULL : PyObject_GetAttrString(flags, "bytes_warning");
    int is_set = flag == NULL ? 0 : PyObject_IsTrue(flag);
    Py_XDECREF(flag);
    state->warns_about_bytes = is_set > 0;
    return PyErr_Occurred() ? -1 : 0;
}

static int
module_exec(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    state->module = module;
    state->default_timeout = NO_TIMEOUT;
    if (intern_names(state) < 0 || read_bytes_warning(state) < 0 || (state->templates = PyDict_New()) == NULL
        || (state->template_type = add_type(module, &template_spec, "Template")) == NULL
        || (state->socket_type = add_type(module, &socket_spec, "BaseSocket")) == NULL
        || PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0
        || PyModule_AddFunctions(module, system_functions) < 0 || PyModule_AddFunctions(module, public_functions) < 0
        || PyModule_AddFunctions(module, functions) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "NAME", "native");
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *state = PyModule_GetState(module);
    Py_VISIT(state->socket_type);
    Py_VISIT(state->template_type);
    Py_VISIT(state->templates);
    Py_VISIT(state->public_class);
    for (int i = 0; i < RULE_COUNT; i++)
        Py_VISIT(state->rules[i]);
    return 0;
}

/* The names stay until the end: they are not part of a cycle, and sockets may still be closed (see raise_cleared()). */
static void
clear_names(ModuleState *state)
{
    for (int i = 0; i < OPERATION_COUNT; i++)
        Py_CLEAR(state->operations[i]);
    Py_CLEAR(state->quick_encode);
    Py_CLEAR(state->quick_decode);
    Py_CLEAR(state->accept);
    Py_CLEAR(state->core);
    Py_CLEAR(state->socket);
    Py_CLEAR(state->real_close);
    Py_CLEAR(state->close);
    Py_CLEAR(state->setblocking);
}

static int
module_clear(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    Py_CLEAR(state->socket_type);
    Py_CLEAR(state->template_type);
    Py_CLEAR(state->templates);
    Py_CLEAR(state->public_class);
    for (int i = 0; i < RULE_COUNT; i++)
        Py_CLEAR(state->rules[i]);
    return 0;
}

static void
module_free(void *module)
{
    ModuleState *state = PyModule_GetState(module);
    module_clear(module);
    clear_names(state);
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

/* Not const, because the interpreter stores its own data about the definition in it. */
struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockcore._native",
    .m_doc = "BaseSocket and the system calls around it, in C.",
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
