/* Lookups of hosts by name and by address: getaddrinfo(3), getnameinfo(3), gethostbyname(3), gethostbyaddr(3). */

#include "native.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ getaddrinfo(3), getnameinfo(3) */

static PyObject *
raise_gaierror(PyObject *module, int code)
{
    return raise_by_rule(module, RULE_GAIERROR, "(iN)", code, PyUnicode_DecodeFSDefault(gai_strerror(code)));
}

/* Raise a resolver error. *number* is the errno, for EAI_SYSTEM. */
static PyObject *
raise_resolver_error(PyObject *module, int code, int number)
{
#ifdef EAI_SYSTEM
    if (code == EAI_SYSTEM) {
        errno = number;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
#endif
    (void)number;
    return raise_gaierror(module, code);
}

/* Return (family, type, protocol, canonical name or "", sockaddr). */
static PyObject *
build_answer(const struct addrinfo *answer)
{
    const char *name = answer->ai_canonname == NULL ? "" : answer->ai_canonname;
    /* A faulty NSS module may return a length that is larger than every sockaddr. */
    size_t size = answer->ai_addr == NULL ? 0 : answer->ai_addrlen;
    if (size > sizeof(struct sockaddr_storage))
        size = sizeof(struct sockaddr_storage);
    PyObject *text = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "strict");
    if (text == NULL)
        return NULL;
    return Py_BuildValue("iiiNy#", answer->ai_family, answer->ai_socktype, answer->ai_protocol, text,
        size > 0 ? (const char *)answer->ai_addr : "", (Py_ssize_t)size);
}

/* Return the list of answers for a host and a service. *build* returns an answer; NULL with an exception, or without
 * one to leave the answer out. */
static PyObject *
look_up(PyObject *module, const char *host, const char *service, const struct addrinfo *hints,
    PyObject *(*build)(const struct addrinfo *))
{
    struct addrinfo *first = NULL;
    int code, number;
    Py_BEGIN_ALLOW_THREADS
    code = getaddrinfo(host, service, hints, &first);
    number = errno;
    Py_END_ALLOW_THREADS
    if (code != 0)
        return raise_resolver_error(module, code, number);
    PyObject *answers = PyList_New(0);
    for (struct addrinfo *info = first; answers != NULL && info != NULL; info = info->ai_next) {
        PyObject *answer = build(info);
        if (answer == NULL ? PyErr_Occurred() != NULL : PyList_Append(answers, answer) < 0)
            Py_CLEAR(answers);
        Py_XDECREF(answer);
    }
    freeaddrinfo(first);
    return answers;
}

static PyObject *
resolver_getaddrinfo(PyObject *module, PyObject *args)
{
    PyObject *host_object, *service_object;
    const char *host, *service;
    struct addrinfo hints = {0};
    if (!PyArg_ParseTuple(args, "OOiiii:getaddrinfo", &host_object, &service_object, &hints.ai_family,
            &hints.ai_socktype, &hints.ai_protocol, &hints.ai_flags)
        || optional_text(host_object, &host) < 0 || optional_text(service_object, &service) < 0)
        return NULL;
    return look_up(module, host, service, &hints, build_answer);
}

/* Return (host, service) of a sockaddr. */
static PyObject *
lookup_names(PyObject *module, const struct sockaddr_storage *address, socklen_t size, int flags)
{
    char host[1025] = "", service[256] = ""; /* a name in the DNS has at most 255 bytes */
    int code, number;
    Py_BEGIN_ALLOW_THREADS
    code = getnameinfo(
        (const struct sockaddr *)address, size, host, sizeof(host), service, sizeof(service), flags);
    number = errno;
    Py_END_ALLOW_THREADS
    if (code != 0)
        return raise_resolver_error(module, code, number);
    PyObject *name = PyUnicode_DecodeFSDefault(host);
    if (name == NULL)
        return NULL;
    return Py_BuildValue("NN", name, PyUnicode_DecodeFSDefault(service));
}

static PyObject *
resolver_getnameinfo(PyObject *module, PyObject *args)
{
    PyObject *bytes;
    int flags;
    struct sockaddr_storage address = {0};
    if (!PyArg_ParseTuple(args, "Si:getnameinfo", &bytes, &flags))
        return NULL;
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if ((size_t)size > sizeof(address)) {
        PyErr_SetString(PyExc_ValueError, "getnameinfo(): the sockaddr is too long");
        return NULL;
    }
    memcpy(&address, PyBytes_AS_STRING(bytes), (size_t)size);
    return lookup_names(module, &address, (socklen_t)size, flags);
}

static PyObject *
resolver_names_of_tuple(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct sockaddr_storage address = {0};
    long long flags;
    socklen_t size;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "names_of_tuple() takes exactly 2 arguments");
        return NULL;
    }
    if (!get_plain_number(args[1], INT_MAX, &flags) || (size = encode_plain_tuple(args[0], AF_UNSPEC, &address)) == 0)
        Py_RETURN_NONE;
    if (PySys_Audit("socket.getnameinfo", "(O)", args[0]) < 0)
        return NULL;
    return lookup_names(module, &address, size, (int)flags);
}

/* Convert an int, or an instance of a subclass such as IntEnum, that fits a C int. Returns 0 without an exception for
 * other objects. */
static int
get_c_int(PyObject *object, int *number)
{
    int overflow;
    if (!PyLong_Check(object))
        return 0;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    *number = (int)value;
    return !overflow && value >= INT_MIN && value <= INT_MAX;
}

/* With other flags, the answers for a numeric host depend on the state of the system. On macOS they also depend on
 * NAT64. */
#ifdef __APPLE__
#define ALLOWED_FLAGS 0
#else
#define ALLOWED_FLAGS (AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV)
#endif

/* Return (family, type, protocol, canonical name or "", address as a tuple). NULL without an exception for an answer of
 * another family. */
static PyObject *
build_plain_answer(const struct addrinfo *answer)
{
    PyObject *address = answer->ai_addr == NULL ? NULL
        : decode_plain_sockaddr((const unsigned char *)answer->ai_addr, answer->ai_addrlen, answer->ai_family);
    return address == NULL
        ? NULL
        : Py_BuildValue("iiisN", answer->ai_family, answer->ai_socktype, answer->ai_protocol,
              answer->ai_canonname == NULL ? "" : answer->ai_canonname, address); /* musl always returns a name */
}

static PyObject *
resolver_answers_of_numeric_host(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct sockaddr_storage address;
    struct addrinfo hints = {0};
    char service[8];
    long long port;
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "answers_of_numeric_host() takes exactly 6 arguments");
        return NULL;
    }
    const char *host = PyUnicode_CheckExact(args[0]) ? get_plain_text(args[0]) : NULL;
    if (host == NULL || !get_plain_number(args[1], 0xFFFF, &port) || !get_c_int(args[2], &hints.ai_family)
        || !get_c_int(args[3], &hints.ai_socktype) || !get_c_int(args[4], &hints.ai_protocol)
        || !get_c_int(args[5], &hints.ai_flags) || hints.ai_flags & ~ALLOWED_FLAGS
        || (inet_pton(AF_INET, host, &address) <= 0 && inet_pton(AF_INET6, host, &address) <= 0))
        Py_RETURN_NONE;
    if (PySys_Audit("socket.getaddrinfo", "OOiii", args[0], args[1], hints.ai_family, hints.ai_socktype,
            hints.ai_protocol) < 0)
        return NULL;
    snprintf(service, sizeof(service), "%d", (int)port);
    return look_up(module, host, service, &hints, build_plain_answer);
}

static PyObject *
resolver_gai_error(PyObject *module, PyObject *number)
{
    long code = PyLong_AsLong(number);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    return call_rule(module, RULE_GAIERROR, "(iN)", (int)code, PyUnicode_DecodeFSDefault(gai_strerror((int)code)));
}

/* ------------------------------------------------------------------ gethostbyname(3), gethostbyaddr(3) */

static PyObject *
format_address(int family, const char *packed)
{
    char text[64]; /* INET6_ADDRSTRLEN is 46 */
    if (inet_ntop(family, packed, text, sizeof(text)) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyUnicode_DecodeASCII(text, (Py_ssize_t)strlen(text), "strict");
}

static PyObject *
resolver_text_of_ipv4_host(PyObject *module, PyObject *host)
{
    struct in_addr packed;
    const char *text = PyUnicode_CheckExact(host) ? get_plain_text(host) : NULL;
    (void)module;
    if (text == NULL || inet_pton(AF_INET, text, &packed) <= 0)
        Py_RETURN_NONE;
    if (PySys_Audit("socket.gethostbyname", "(O)", host) < 0)
        return NULL;
    return format_address(AF_INET, (const char *)&packed);
}

/* Convert a NULL-terminated array to a list: of addresses, or of names if *family* is AF_UNSPEC. */
static PyObject *
build_list(char **array, int family)
{
    PyObject *list = PyList_New(0);
    for (; list != NULL && array != NULL && *array != NULL; array++) {
        PyObject *item = family == AF_UNSPEC ? PyUnicode_DecodeFSDefault(*array) : format_address(family, *array);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

/* Return (name, aliases, addresses). */
static PyObject *
build_host(const struct hostent *host, int family)
{
    /* With another length the conversion could read beyond the end of an address. */
    if (host->h_addrtype != family || host->h_length != (family == AF_INET ? 4 : 16)) {
        errno = EAFNOSUPPORT;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    PyObject *name = PyUnicode_DecodeFSDefault(host->h_name);
    PyObject *aliases = name == NULL ? NULL : build_list(host->h_aliases, AF_UNSPEC);
    PyObject *addresses = aliases == NULL ? NULL : build_list(host->h_addr_list, family);
    if (addresses != NULL)
        return Py_BuildValue("NNN", name, aliases, addresses);
    Py_XDECREF(name);
    Py_XDECREF(aliases);
    return NULL;
}

/* Look up a host by name, or by address if *name* is NULL. */
static PyObject *
find_host(PyObject *module, const char *name, int family, const void *address, socklen_t length)
{
    struct hostent answer = {0}, *result = NULL;
    char *buffer = NULL;
    int code = ERANGE, error = 0;
    for (size_t size = FIRST_SIZE; code == ERANGE && size <= 4 * LAST_SIZE; size *= 4) {
        PyMem_Free(buffer);
        if ((buffer = PyMem_Malloc(size)) == NULL)
            return PyErr_NoMemory();
        Py_BEGIN_ALLOW_THREADS
        code = name != NULL ? find_host_by_name(name, &answer, buffer, size, &result, &error)
                            : find_host_by_address(address, length, family, &answer, buffer, size, &result, &error);
        Py_END_ALLOW_THREADS
    }
    PyObject *entry = result != NULL ? build_host(result, family)
                                    : raise_by_rule(module, RULE_HERROR, "(iN)", error,
                                          PyUnicode_DecodeFSDefault(hstrerror(error)));
    PyMem_Free(buffer);
    return entry;
}

static PyObject *
resolver_gethostbyname(PyObject *module, PyObject *host)
{
    const char *name;
    if (optional_text(host, &name) < 0)
        return NULL;
    return find_host(module, name == NULL ? "" : name, AF_INET, NULL, 0);
}

static PyObject *
resolver_gethostbyaddr(PyObject *module, PyObject *args)
{
    PyObject *bytes;
    int family;
    char packed[16];
    if (!PyArg_ParseTuple(args, "iS:gethostbyaddr", &family, &bytes))
        return NULL;
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if (!((family == AF_INET && size == 4) || (family == AF_INET6 && size == 16))) {
        PyErr_SetString(PyExc_ValueError, "gethostbyaddr(): not the length of an address of this family");
        return NULL;
    }
    memcpy(packed, PyBytes_AS_STRING(bytes), (size_t)size);
    return find_host(module, NULL, family, packed, (socklen_t)size);
}

/* Return the text of a host name that needs no conversion: ASCII, no numeric address, short labels. NULL without an
 * exception for other objects. */
static const char *
get_plain_name(PyObject *object)
{
    const char *text = PyUnicode_CheckExact(object) && PyUnicode_IS_ASCII(object) ? get_plain_text(object) : NULL;
    /* No numeric address and no "<broadcast>" begins with a letter and has no colon. IDNA checks longer names. */
    if (text == NULL || !Py_ISALPHA(*text) || strlen(text) > 63 || strchr(text, ':') != NULL
        || strstr(text, "..") != NULL)
        return NULL;
    return text;
}

/* Look up the first address of a host. 0, or -1 with an exception. */
static int
find_first_address(PyObject *module, const char *host, int family, struct sockaddr_storage *address)
{
    struct addrinfo *first = NULL, hints = {.ai_family = family};
    int code, number;
    Py_BEGIN_ALLOW_THREADS
    code = getaddrinfo(host, NULL, &hints, &first);
    number = errno;
    Py_END_ALLOW_THREADS
    if (code != 0) {
        raise_resolver_error(module, code, number);
        return -1;
    }
    size_t size = first->ai_addr == NULL ? 0 : first->ai_addrlen;
    memset(address, 0, sizeof(*address));
    if (size > 0)
        memcpy(address, first->ai_addr, size < sizeof(*address) ? size : sizeof(*address));
    freeaddrinfo(first);
    return 0;
}

static PyObject *
resolver_entry_of_name(PyObject *module, PyObject *host)
{
    struct sockaddr_storage address;
    const char *name = get_plain_name(host);
    if (name == NULL)
        Py_RETURN_NONE;
    if (PySys_Audit("socket.gethostbyname", "O", host) < 0 || find_first_address(module, name, AF_INET, &address) < 0)
        return NULL;
    return find_host(module, name, AF_INET, NULL, 0);
}

static PyObject *
resolver_entry_of_host(PyObject *module, PyObject *host)
{
    struct sockaddr_storage address;
    const char *name = get_plain_name(host);
    if (name == NULL)
        Py_RETURN_NONE;
    if (PySys_Audit("socket.gethostbyaddr", "O", host) < 0 || find_first_address(module, name, AF_UNSPEC, &address) < 0)
        return NULL;
    if (address.ss_family == AF_INET)
        return find_host(module, NULL, AF_INET, &((struct sockaddr_in *)&address)->sin_addr, 4);
    if (address.ss_family == AF_INET6)
        return find_host(module, NULL, AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
    PyErr_SetString(PyExc_OSError, "unsupported address family");
    return NULL;
}

PyMethodDef resolver_functions[] = {
    {"getaddrinfo", resolver_getaddrinfo, METH_VARARGS,
     "getaddrinfo($module, host, service, family, type, proto, flags, /)\n--\n\n"
     "Return a list of (family, type, proto, canonical name, sockaddr). *host* and *service* are bytes or None."},
    {"getnameinfo", resolver_getnameinfo, METH_VARARGS,
     "getnameinfo($module, sockaddr, flags, /)\n--\n\nReturn (host, service) of a sockaddr, which is bytes."},
    {"names_of_tuple", (PyCFunction)(void (*)(void))resolver_names_of_tuple, METH_FASTCALL,
     "names_of_tuple($module, sockaddr, flags, /)\n--\n\n"
     "Return (host, service) of a tuple with a numeric host, and raise the audit event; None for other objects."},
    {"answers_of_numeric_host", (PyCFunction)(void (*)(void))resolver_answers_of_numeric_host, METH_FASTCALL,
     "answers_of_numeric_host($module, host, port, family, type, proto, flags, /)\n--\n\n"
     "Return the list of getaddrinfo() for a numeric host, and raise the audit event; None for other arguments."},
    {"gai_error", resolver_gai_error, METH_O,
     "gai_error($module, code, /)\n--\n\nReturn the gaierror for an error code (EAI_*)."},
    {"gethostbyname", resolver_gethostbyname, METH_O,
     "gethostbyname($module, host, /)\n--\n\n"
     "Return (name, aliases, IPv4 addresses) of a host name in bytes; raise herror if it is not found."},
    {"entry_of_name", resolver_entry_of_name, METH_O,
     "entry_of_name($module, host, /)\n--\n\n"
     "Return the result of gethostbyname_ex() for a plain name, and raise the audit event; None for other objects."},
    {"entry_of_host", resolver_entry_of_host, METH_O,
     "entry_of_host($module, host, /)\n--\n\n"
     "Return the result of gethostbyaddr() for a plain name, and raise the audit event; None for other objects."},
    {"text_of_ipv4_host", resolver_text_of_ipv4_host, METH_O,
     "text_of_ipv4_host($module, host, /)\n--\n\n"
     "Return the text of an IPv4 address in text, and raise the audit event of gethostbyname(); None for other objects."},
    {"gethostbyaddr", resolver_gethostbyaddr, METH_VARARGS,
     "gethostbyaddr($module, family, packed, /)\n--\n\n"
     "Return (name, aliases, addresses) of a packed address; raise herror if it is not found."},
    {NULL, NULL, 0, NULL},
};
