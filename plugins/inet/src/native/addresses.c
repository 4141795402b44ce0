/* Conversion of numeric socket addresses between tuples and sockaddrs, for objects of the usual types.
 *
 * The codecs in Python (inet4.py, inet6.py) convert everything else, and raise the exceptions. */

#include "native.h"

#include <arpa/inet.h>
#include <string.h>

const char *
get_plain_text(PyObject *object)
{
    Py_ssize_t length;
    if (!PyUnicode_Check(object))
        return NULL;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    if (text == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return strlen(text) == (size_t)length ? text : NULL;
}

int
get_plain_number(PyObject *object, long long max, long long *number)
{
    int overflow;
    if (!PyLong_CheckExact(object))
        return 0;
    *number = PyLong_AsLongLongAndOverflow(object, &overflow);
    return !overflow && *number >= 0 && *number <= max;
}

static socklen_t
encode_ipv4(const char *host, uint16_t port, struct sockaddr_in *address)
{
    if (inet_pton(AF_INET, host, &address->sin_addr) <= 0)
        return 0;
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
#ifdef SIN6_LEN
    address->sin_len = sizeof(*address);
#endif
    return sizeof(*address);
}

static socklen_t
encode_ipv6(const char *host, uint16_t port, uint32_t flowinfo, uint32_t scope, struct sockaddr_in6 *address)
{
    if (inet_pton(AF_INET6, host, &address->sin6_addr) <= 0)
        return 0;
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    address->sin6_flowinfo = htonl(flowinfo);
    address->sin6_scope_id = scope;
#ifdef SIN6_LEN
    address->sin6_len = sizeof(*address);
#endif
    return sizeof(*address);
}

socklen_t
encode_plain_tuple(PyObject *tuple, int family, struct sockaddr_storage *address)
{
    long long port, flowinfo = 0, scope = 0;
    Py_ssize_t count = PyTuple_CheckExact(tuple) ? PyTuple_GET_SIZE(tuple) : 0;
    if (count < 2 || count > 4 || !PyUnicode_CheckExact(PyTuple_GET_ITEM(tuple, 0))
        || !get_plain_number(PyTuple_GET_ITEM(tuple, 1), 0xFFFF, &port)
        || (count > 2 && !get_plain_number(PyTuple_GET_ITEM(tuple, 2), 0xFFFFF, &flowinfo))
        || (count > 3 && !get_plain_number(PyTuple_GET_ITEM(tuple, 3), 0xFFFFFFFF, &scope)))
        return 0;
    const char *text = get_plain_text(PyTuple_GET_ITEM(tuple, 0));
    if (text == NULL)
        return 0;
    memset(address, 0, sizeof(*address));
    socklen_t size = 0;
    if (count == 2 && family != AF_INET6)
        size = encode_ipv4(text, (uint16_t)port, (struct sockaddr_in *)address);
    if (size == 0 && family != AF_INET)
        size = encode_ipv6(text, (uint16_t)port, (uint32_t)flowinfo, (uint32_t)scope, (struct sockaddr_in6 *)address);
    return size;
}

PyObject *
decode_plain_sockaddr(const unsigned char *raw, size_t size, int family)
{
    char text[64]; /* INET6_ADDRSTRLEN is 46 */
    if (family == AF_INET && size == sizeof(struct sockaddr_in)) {
        struct sockaddr_in four;
        memcpy(&four, raw, sizeof(four));
        if (four.sin_family == AF_INET && inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text)) != NULL)
            return Py_BuildValue("si", text, (int)ntohs(four.sin_port));
    }
    if (family == AF_INET6 && size == sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 six;
        memcpy(&six, raw, sizeof(six));
        if (six.sin6_family == AF_INET6 && inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text)) != NULL)
            return Py_BuildValue("siII", text, (int)ntohs(six.sin6_port), (unsigned)ntohl(six.sin6_flowinfo),
                (unsigned)six.sin6_scope_id);
    }
    return NULL;
}

static PyObject *
encode(PyObject *address, int family)
{
    struct sockaddr_storage sockaddr;
    socklen_t size = encode_plain_tuple(address, family, &sockaddr);
    if (size == 0)
        Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)&sockaddr, (Py_ssize_t)size);
}

static PyObject *
decode(PyObject *raw, int family)
{
    PyObject *address = !PyBytes_CheckExact(raw) ? NULL
        : decode_plain_sockaddr((const unsigned char *)PyBytes_AS_STRING(raw), (size_t)PyBytes_GET_SIZE(raw), family);
    if (address != NULL || PyErr_Occurred())
        return address;
    Py_RETURN_NONE;
}

static PyObject *
address_encode_inet(PyObject *module, PyObject *address)
{
    (void)module;
    return encode(address, AF_INET);
}

static PyObject *
address_encode_inet6(PyObject *module, PyObject *address)
{
    (void)module;
    return encode(address, AF_INET6);
}

static PyObject *
address_decode_inet(PyObject *module, PyObject *raw)
{
    (void)module;
    return decode(raw, AF_INET);
}

static PyObject *
address_decode_inet6(PyObject *module, PyObject *raw)
{
    (void)module;
    return decode(raw, AF_INET6);
}

PyMethodDef address_functions[] = {
    {"encode_inet", address_encode_inet, METH_O,
     "encode_inet($module, address, /)\n--\n\nReturn the sockaddr_in of (host, port) with a numeric host; else None."},
    {"encode_inet6", address_encode_inet6, METH_O,
     "encode_inet6($module, address, /)\n--\n\nReturn the sockaddr_in6 of a tuple with a numeric host; else None."},
    {"decode_inet", address_decode_inet, METH_O,
     "decode_inet($module, sockaddr, /)\n--\n\nReturn (host, port) of a complete sockaddr_in; else None."},
    {"decode_inet6", address_decode_inet6, METH_O,
     "decode_inet6($module, sockaddr, /)\n--\n\nReturn the tuple of a complete sockaddr_in6; else None."},
    {NULL, NULL, 0, NULL},
};
