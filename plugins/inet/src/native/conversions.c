/* Conversions of byte order, and of IP addresses between text and packed form: inet(3), inet_pton(3), inet_ntop(3). */

#include "native.h"
#include "documentation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* ------------------------------------------------------------------ arguments */

/* Return 1 if the number of arguments is correct and all are positional; otherwise 0 with a TypeError. The checks of
 * the interpreter (METH_O) are not used, because their messages include the name of this module. */
static int
has_arguments(const char *name, Py_ssize_t expected, Py_ssize_t count, PyObject *keywords)
{
    if (keywords != NULL && PyTuple_GET_SIZE(keywords) > 0)
        PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", name);
    else if (count == expected)
        return 1;
    else if (expected == 1)
        PyErr_Format(PyExc_TypeError, "%s() takes exactly one argument (%zd given)", name, count);
    else
        PyErr_Format(PyExc_TypeError, "%s() takes exactly %zd arguments (%zd given)", name, expected, count);
    return 0;
}

/* ------------------------------------------------------------------ byte order */

/* Convert an argument of the function *name* to an unsigned integer. Returns 0, or -1 with an exception. */
static int
convert_unsigned(PyObject *module, PyObject *object, int bits, const char *name, uint32_t *number)
{
    if (PyLong_Check(object)) {
        int overflow;
        long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (!overflow && value >= 0 && value >> bits == 0) {
            *number = (uint32_t)value;
            return 0;
        }
    }
    PyObject *converted = bits == 16 ? call_rule(module, RULE_UINT16, "(Os)", object, name)
                                     : call_rule(module, RULE_UINT32, "(O)", object);
    if (converted == NULL)
        return -1;
    unsigned long value = PyLong_AsUnsignedLong(converted);
    Py_DECREF(converted);
    if (value == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    *number = (uint32_t)value;
    return 0;
}

#define BYTE_ORDER_FUNCTION(name, bits, type)                                                                          \
    static PyObject *convert_##name(                                                                                   \
        PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)                                 \
    {                                                                                                                  \
        uint32_t number;                                                                                               \
        if (!has_arguments(#name, 1, count, keywords)                                                                  \
            || convert_unsigned(module, args[0], bits, #name, &number) < 0)                                            \
            return NULL;                                                                                               \
        return PyLong_FromUnsignedLong(name((type)number));                                                            \
    }

BYTE_ORDER_FUNCTION(htonl, 32, uint32_t)
BYTE_ORDER_FUNCTION(htons, 16, uint16_t)
BYTE_ORDER_FUNCTION(ntohl, 32, uint32_t)
BYTE_ORDER_FUNCTION(ntohs, 16, uint16_t)

/* ------------------------------------------------------------------ families and text */

static int
convert_family(PyObject *module, PyObject *object, int *family)
{
    if (PyLong_Check(object)) {
        int overflow;
        long number = PyLong_AsLongAndOverflow(object, &overflow);
        if (!overflow && number >= INT_MIN && number <= INT_MAX) {
            *family = (int)number;
            return 0;
        }
    }
    PyObject *converted = call_rule(module, RULE_C_INT, "(O)", object);
    if (converted == NULL)
        return -1;
    long number = PyLong_AsLong(converted);
    Py_DECREF(converted);
    if (number == -1 && PyErr_Occurred())
        return -1;
    *family = (int)number;
    return 0;
}

/* Copy a bytes-like object if it has at most 16 bytes. Returns its size in any case, or -1 with an exception. */
static Py_ssize_t
copy_packed(PyObject *module, PyObject *object, unsigned char packed[16])
{
    Py_buffer view;
    PyObject *converted = NULL;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_BufferError)
            && !PyErr_ExceptionMatches(PyExc_ValueError))
            return -1;
        PyErr_Clear();
        converted = call_rule(module, RULE_PACKED, "(O)", object);
        if (converted == NULL || PyObject_GetBuffer(converted, &view, PyBUF_SIMPLE) < 0) {
            Py_XDECREF(converted);
            return -1;
        }
    }
    Py_ssize_t size = view.len;
    if (size <= 16)
        memcpy(packed, view.buf, (size_t)size);
    PyBuffer_Release(&view);
    Py_XDECREF(converted);
    return size;
}

static PyObject *
format_address(int family, const unsigned char packed[16])
{
    char text[64]; /* INET6_ADDRSTRLEN is 46 */
    if (inet_ntop(family, packed, text, sizeof(text)) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyUnicode_DecodeASCII(text, (Py_ssize_t)strlen(text), "strict");
}

static Py_ssize_t
address_size(int family)
{
    return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* ------------------------------------------------------------------ addresses in text */

static PyObject *
convert_aton(PyObject *module, PyObject *object)
{
    const char *text;
    struct in_addr address;
    (void)module;
    if (optional_text(object, &text) < 0)
        return NULL;
    if (text == NULL || !inet_aton(text, &address))
        Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((char *)&address.s_addr, 4);
}

static PyObject *
convert_inet_aton(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    struct in_addr address;
    PyObject *converted = NULL;
    if (!has_arguments("inet_aton", 1, count, keywords))
        return NULL;
    const char *text = get_plain_text(args[0]);
    if (text == NULL) {
        converted = call_rule(module, RULE_ATON_ARGUMENT, "(O)", args[0]);
        if (converted == NULL || (text = PyBytes_AsString(converted)) == NULL) {
            Py_XDECREF(converted);
            return NULL;
        }
    }
    int parsed = inet_aton(text, &address);
    Py_XDECREF(converted);
    if (!parsed)
        return raise_by_rule(module, RULE_INVALID_TEXT, "(s)", "inet_aton");
    return PyBytes_FromStringAndSize((char *)&address.s_addr, 4);
}

static PyObject *
convert_inet_ntoa(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    unsigned char packed[16];
    if (!has_arguments("inet_ntoa", 1, count, keywords))
        return NULL;
    Py_ssize_t size = copy_packed(module, args[0], packed);
    if (size < 0)
        return NULL;
    if (size != 4)
        return raise_by_rule(module, RULE_INVALID_LENGTH, "(s)", "inet_ntoa");
    return format_address(AF_INET, packed);
}

static PyObject *
convert_inet_pton(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    int family;
    unsigned char packed[16];
    PyObject *converted = NULL;
    if (!has_arguments("inet_pton", 2, count, keywords) || convert_family(module, args[0], &family) < 0)
        return NULL;
    const char *text = get_plain_text(args[1]);
    if (text == NULL) {
        converted = call_rule(module, RULE_STR_ARGUMENT, "(siO)", "inet_pton", 2, args[1]);
        if (converted == NULL || (text = PyBytes_AsString(converted)) == NULL) {
            Py_XDECREF(converted);
            return NULL;
        }
    }
    int parsed = inet_pton(family, text, packed);
    Py_XDECREF(converted);
    if (parsed < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    if (parsed == 0)
        return raise_by_rule(module, RULE_INVALID_TEXT, "(s)", "inet_pton");
    return PyBytes_FromStringAndSize((char *)packed, address_size(family));
}

static PyObject *
convert_inet_ntop(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    int family;
    unsigned char packed[16];
    if (!has_arguments("inet_ntop", 2, count, keywords) || convert_family(module, args[0], &family) < 0)
        return NULL;
    Py_ssize_t size = copy_packed(module, args[1], packed);
    if (size < 0)
        return NULL;
    Py_ssize_t expected = address_size(family);
    if (expected == 0)
        return raise_by_rule(module, RULE_UNKNOWN_FAMILY, "(i)", family);
    if (size != expected)
        return raise_by_rule(module, RULE_INVALID_LENGTH, "(s)", "inet_ntop");
    return format_address(family, packed);
}

#define FUNCTION(name)                                                                                                 \
    {#name, (PyCFunction)(void (*)(void))convert_##name, METH_FASTCALL | METH_KEYWORDS, DOC_##name}

PyMethodDef conversion_functions[] = {
    FUNCTION(htonl),
    FUNCTION(htons),
    FUNCTION(ntohl),
    FUNCTION(ntohs),
    FUNCTION(inet_aton),
    FUNCTION(inet_ntoa),
    FUNCTION(inet_pton),
    FUNCTION(inet_ntop),
    {"aton", convert_aton, METH_O,
     "aton($module, text, /)\n--\n\n"
     "Return the packed form of an IPv4 address, given as text in bytes; None if it is not an address."},
    {NULL, NULL, 0, NULL},
};
