/* sockcore_mctp._native: the conversions of sockcore_mctp.Mctp, for objects of the usual types.
 *
 * 1. Both functions return None for everything else. The methods in Python then convert it, or raise the exception.
 * 2. The module has no state, and no writable static data. It supports several interpreters, and threads without a GIL.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

/* The version of the interface between this file and the Python code: see CONTRACT there. */
#define CONTRACT 1

#define FAMILY 45 /* AF_MCTP, which old headers lack */

/* struct sockaddr_mctp of <linux/mctp.h> */
typedef struct {
    uint16_t family, pad0;
    uint32_t network;
    uint8_t eid, type, tag, pad1;
} Sockaddr;

/* Get the value of an int from 0 to *most*. Returns 0 without an exception for other objects. */
static int
get_number(PyObject *object, long long most, long long *number)
{
    int overflow;
    if (!PyLong_CheckExact(object))
        return 0;
    *number = PyLong_AsLongLongAndOverflow(object, &overflow);
    return !overflow && *number >= 0 && *number <= most;
}

static PyObject *
mctp_encode(PyObject *module, PyObject *address)
{
    static const long long most[] = {UINT32_MAX, UINT8_MAX, UINT8_MAX, UINT8_MAX};
    long long numbers[4];
    (void)module;
    if (!PyTuple_CheckExact(address) || PyTuple_GET_SIZE(address) != 4)
        Py_RETURN_NONE;
    for (int i = 0; i < 4; i++)
        if (!get_number(PyTuple_GET_ITEM(address, i), most[i], &numbers[i]))
            Py_RETURN_NONE;
    Sockaddr sockaddr = {
        .family = FAMILY,
        .network = (uint32_t)numbers[0],
        .eid = (uint8_t)numbers[1],
        .type = (uint8_t)numbers[2],
        .tag = (uint8_t)numbers[3],
    };
    return PyBytes_FromStringAndSize((const char *)&sockaddr, sizeof(sockaddr));
}

static PyObject *
mctp_decode(PyObject *module, PyObject *raw)
{
    Sockaddr sockaddr;
    (void)module;
    if (!PyBytes_CheckExact(raw) || PyBytes_GET_SIZE(raw) != sizeof(sockaddr))
        Py_RETURN_NONE;
    memcpy(&sockaddr, PyBytes_AS_STRING(raw), sizeof(sockaddr));
    return Py_BuildValue(
        "kiii", (unsigned long)sockaddr.network, (int)sockaddr.eid, (int)sockaddr.type, (int)sockaddr.tag);
}

static PyMethodDef functions[] = {
    {"encode", mctp_encode, METH_O,
     "encode($module, address, /)\n--\n\nReturn the sockaddr of a tuple of four numbers; else None."},
    {"decode", mctp_decode, METH_O,
     "decode($module, sockaddr, /)\n--\n\nReturn the tuple of a complete sockaddr; else None."},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
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
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockcore_mctp._native",
    .m_doc = "Addresses of AF_MCTP, in C.",
    .m_size = 0,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
