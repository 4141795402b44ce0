/* sockcore_can._native: the addresses of AF_CAN. The module has no state. */

#include "addresses.h"

/* The version of the interface between this module and the Python code: see address.py. */
#define CONTRACT 1

static int
module_exec(PyObject *module)
{
    if (PyModule_AddIntConstant(module, "CONTRACT", CONTRACT) < 0)
        return -1;
    return PyModule_AddFunctions(module, address_functions);
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
    .m_name = "sockcore_can._native",
    .m_doc = "Conversion of the addresses of AF_CAN, in C.",
    .m_size = 0,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
