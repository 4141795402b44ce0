/* sockcore_xdp._native: memory that the kernel shares with the rings of AF_XDP. */

#include "region.h"

/* The version of the interface between this module and the Python code: see region.py. */
#define CONTRACT 1

static int
module_exec(PyObject *module)
{
    PyObject *type = create_region_type(module, "sockcore_xdp._native.Region");
    if (type == NULL)
        return -1;
    if (PyModule_AddObject(module, "Region", type) < 0) {
        Py_DECREF(type);
        return -1;
    }
    return PyModule_AddIntConstant(module, "CONTRACT", CONTRACT);
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
    .m_name = "sockcore_xdp._native",
    .m_doc = "Memory that is shared with the kernel, in C.",
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
