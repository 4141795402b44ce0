/* Network interfaces by name and index: if_nametoindex(3), if_indextoname(3), if_nameindex(3).
 *
 * The first two do not wait. They keep the GIL, whose release takes 6 % of their time. */

#include "native.h"
#include "documentation.h"

#include <net/if.h>
#include <string.h>

/* Call the function in Python of the same name, for the arguments and errors that the C code does not handle. */
static PyObject *
call_in_python(const char *name, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    /* Not imported directly: a fork in another thread must wait for the import. */
    PyObject *plugin = PyImport_ImportModule("sockcore.plugin"), *result = NULL;
    PyObject *module =
        plugin == NULL ? NULL : PyObject_CallMethod(plugin, "import_module", "s", "sockcore_inet.interfaces");
    PyObject *function = module == NULL ? NULL : PyObject_GetAttrString(module, name);
    if (function != NULL)
        result = PyObject_Vectorcall(function, args, (size_t)count, keywords);
    Py_XDECREF(function);
    Py_XDECREF(module);
    Py_XDECREF(plugin);
    return result;
}

static PyObject *
interfaces_if_nametoindex(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    const char *name = NULL;
    unsigned int index = 0;
    (void)module;
    /* Other names depend on the encoding of file names. */
    if (count == 1 && keywords == NULL && PyUnicode_CheckExact(args[0]) && PyUnicode_IS_ASCII(args[0]))
        name = get_plain_text(args[0]);
    if (name != NULL && strlen(name) < IF_NAMESIZE) /* some C libraries truncate a longer name */
        index = if_nametoindex(name);
    return index != 0 ? PyLong_FromUnsignedLong(index) : call_in_python("if_nametoindex", args, count, keywords);
}

static PyObject *
interfaces_if_indextoname(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    char buffer[IF_NAMESIZE + 1] = "", *name = NULL;
    long long index;
    (void)module;
    if (count == 1 && keywords == NULL && get_plain_number(args[0], UINT32_MAX, &index) && index > 0)
        name = if_indextoname((unsigned int)index, buffer);
    return name != NULL ? PyUnicode_DecodeFSDefault(name) : call_in_python("if_indextoname", args, count, keywords);
}

/* Return (index, name) of an interface. */
static PyObject *
build_pair(const struct if_nameindex *interface)
{
    PyObject *name = PyUnicode_DecodeFSDefault(interface->if_name);
    return name == NULL ? NULL : Py_BuildValue("IN", interface->if_index, name);
}

static PyObject *
interfaces_if_nameindex(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    struct if_nameindex *first = NULL;
    (void)module;
    if (count == 0 && keywords == NULL) {
        Py_BEGIN_ALLOW_THREADS
        first = if_nameindex();
        Py_END_ALLOW_THREADS
    }
    if (first == NULL)
        return call_in_python("if_nameindex", args, count, keywords);
    PyObject *pairs = PyList_New(0);
    for (struct if_nameindex *at = first; pairs != NULL && (at->if_index != 0 || at->if_name != NULL); at++) {
        PyObject *pair = build_pair(at);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
    }
    if_freenameindex(first);
    return pairs;
}

#define FUNCTION(name)                                                                                                 \
    {#name, (PyCFunction)(void (*)(void))interfaces_##name, METH_FASTCALL | METH_KEYWORDS, DOC_##name}

PyMethodDef interface_functions[] = {
    FUNCTION(if_indextoname), FUNCTION(if_nameindex), FUNCTION(if_nametoindex), {NULL, NULL, 0, NULL},
};
