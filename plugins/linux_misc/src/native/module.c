/* sockcore_linux_misc._native: the addresses of AF_PACKET, memory that the kernel shares with its rings, and the frames
 * in it.
 *
 * The state belongs to the module object of one interpreter, and does not change after module_exec().
 */

#include "addresses.h"
#include "frames.h"
#include "region.h"

/* The version of the interface between this module and the Python code: see region.py. */
#define CONTRACT 1

typedef struct {
    PyObject *region_type;
} ModuleState;

PyObject *
region_type_of(PyObject *module)
{
    return ((ModuleState *)PyModule_GetState(module))->region_type;
}

static int
module_exec(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    state->region_type = create_region_type(module, "sockcore_linux_misc._native.Region");
    if (state->region_type == NULL)
        return -1;
    Py_INCREF(state->region_type); /* for the module, which gets it only if the call succeeds */
    if (PyModule_AddObject(module, "Region", state->region_type) < 0) {
        Py_DECREF(state->region_type);
        return -1;
    }
    if (PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0)
        return -1;
    if (PyModule_AddFunctions(module, address_functions) < 0)
        return -1;
    return PyModule_AddFunctions(module, frame_functions);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((ModuleState *)PyModule_GetState(module))->region_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    Py_CLEAR(((ModuleState *)PyModule_GetState(module))->region_type);
    return 0;
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
    .m_name = "sockcore_linux_misc._native",
    .m_doc = "The addresses of AF_PACKET, memory that is shared with the kernel, and the frames in rings, in C.",
    .m_size = sizeof(ModuleState),
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
