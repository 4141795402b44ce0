/* Conversion of addresses between a program's values and sockaddr bytes, by the codec of the family.
 *
 * 1. A codec may have caches of conversions that depend only on the address. They are read directly. All other
 *    conversions are done by sockcore._sockets.addresses, which calls the codec.
 * 2. A codec may have quick functions, which are called first. Those of a codec that needs the descriptor of the socket
 *    receive it, and their results are not cached: the name of an interface may change at any time.
 * 3. A template holds the common properties of sockets of one family, type and protocol, so that only the first of
 *    them reads these from Python.
 */

#include "native.h"

/* ------------------------------------------------------------------ templates */

static int
template_traverse(PyObject *self, visitproc visit, void *arg)
{
    Template *t = (Template *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(t->codec);
    Py_VISIT(t->contexts);
    Py_VISIT(t->encoded);
    Py_VISIT(t->decoded);
    Py_VISIT(t->wide_levels);
    Py_VISIT(t->quick_encode);
    Py_VISIT(t->quick_decode);
    return 0;
}

static int
template_clear(PyObject *self)
{
    Template *t = (Template *)self;
    Py_CLEAR(t->codec);
    Py_CLEAR(t->contexts);
    Py_CLEAR(t->encoded);
    Py_CLEAR(t->decoded);
    Py_CLEAR(t->wide_levels);
    PyObject *functions[] = {atomic_exchange(&t->quick_encode, NULL), atomic_exchange(&t->quick_decode, NULL)};
    Py_XDECREF(functions[0]);
    Py_XDECREF(functions[1]);
    return 0;
}

static void
template_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    template_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot template_slots[] = {
    {Py_tp_doc, "The properties that all sockets of one family, type and protocol share."},
    {Py_tp_dealloc, template_dealloc},
    {Py_tp_traverse, template_traverse},
    {Py_tp_clear, template_clear},
    {0, NULL},
};

PyType_Spec template_spec = {
    .name = "sockcore._native.Template",
    .basicsize = sizeof(Template),
#ifdef Py_TPFLAGS_DISALLOW_INSTANTIATION
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
#else
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
#endif
    .slots = template_slots,
};

/* Read a boolean attribute of the codec. 0 or 1; -1 with an exception. */
static int
read_flag(PyObject *codec, const char *name)
{
    PyObject *value = PyObject_GetAttrString(codec, name);
    int flag = value == NULL ? -1 : PyObject_IsTrue(value);
    Py_XDECREF(value);
    return flag;
}

/* Read an attribute of the codec that is a dictionary or None. 0, or -1 with an exception. */
static int
read_cache(PyObject *codec, const char *name, PyObject **cache)
{
    PyObject *value = PyObject_GetAttrString(codec, name);
    if (value == NULL)
        return -1;
    if (PyDict_CheckExact(value))
        *cache = value;
    else
        Py_DECREF(value);
    return 0;
}

static int
read_room(PyObject *codec, socklen_t *room)
{
    PyObject *value = PyObject_GetAttrString(codec, "size");
    long size = value == NULL ? -1 : PyLong_AsLong(value);
    Py_XDECREF(value);
    if (size < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "the size of a family's sockaddr must not be negative");
        return -1;
    }
    *room = size < (long)sizeof(struct sockaddr_storage) ? (socklen_t)size : (socklen_t)sizeof(struct sockaddr_storage);
    return 0;
}

/* Return 1 if a protocol is in a set of the codec, otherwise 0; -1 with an exception. */
static int
read_membership(PyObject *codec, const char *name, int number)
{
    PyObject *set = PyObject_GetAttrString(codec, name), *key = set == NULL ? NULL : PyLong_FromLong(number);
    int is_member = key == NULL ? -1 : PySequence_Contains(set, key);
    Py_XDECREF(set);
    Py_XDECREF(key);
    return is_member;
}

static int
read_wide_levels(PyObject *codec, PyObject **levels)
{
    PyObject *value = PyObject_GetAttrString(codec, "wide_levels");
    Py_ssize_t count = value == NULL ? -1 : PyObject_Size(value);
    if (count > 0 && PyFrozenSet_CheckExact(value))
        *levels = value;
    else
        Py_XDECREF(value);
    return count < 0 ? -1 : 0;
}

static Template *
new_template(ModuleState *state, int family, int type, int proto)
{
    if (state->rules[RULE_CODEC] == NULL)
        return (Template *)call_rule(state, RULE_CODEC, NULL, 0, NULL); /* NULL with an exception */
    PyObject *codec = PyObject_CallFunction(state->rules[RULE_CODEC], "ii", family, proto);
    if (codec == NULL)
        return NULL;
    Template *t = (Template *)state->template_type->tp_alloc(state->template_type, 0);
    if (t == NULL) {
        Py_DECREF(codec);
        return NULL;
    }
    t->codec = codec;
    int needs_descriptor = read_flag(codec, "needs_descriptor"), gives_address = -1, may_fall_back = -1;
    if (needs_descriptor < 0 || (gives_address = read_flag(codec, "accept_gives_address")) < 0
        || (may_fall_back = read_membership(codec, "may_fall_back", proto)) < 0
        || read_cache(codec, "encoded", &t->encoded) < 0
        || read_cache(codec, "decoded", &t->decoded) < 0 || read_room(codec, &t->room) < 0
        || read_wide_levels(codec, &t->wide_levels) < 0)
        goto error;
    t->needs_descriptor = (char)needs_descriptor;
    t->accept_gives_address = (char)gives_address;
    t->may_fall_back = (char)may_fall_back;
    if (!needs_descriptor) {
        t->contexts = PyObject_CallFunction(state->rules[RULE_CONTEXTS], "iii", family, type, proto);
        if (t->contexts == NULL)
            goto error;
    }
    return t;
error:
    Py_DECREF(t);
    return NULL;
}

PyObject *
look_up(PyObject *dictionary, PyObject *key)
{
    PyObject *found;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyDict_GetItemRef(dictionary, key, &found);
#else
    found = PyDict_GetItemWithError(dictionary, key);
    Py_XINCREF(found);
#endif
    return found;
}

/* Return a key for the dictionary of templates; NULL without memory. One int is hashed and compared faster than three. */
static PyObject *
template_key(int family, int type, int proto)
{
    if (family < 0 || family > INT16_MAX || type < 0 || type > INT16_MAX)
        return Py_BuildValue("iii", family, type, proto);
    return PyLong_FromUnsignedLongLong((uint64_t)family << 48 | (uint64_t)type << 32 | (uint32_t)proto);
}

/* Raise the exception of a socket that is used after the garbage collector has cleared the module or the template, by
 * the __del__() of an object that the collector does not track. */
static void
raise_cleared(void)
{
    PyErr_SetString(PyExc_RuntimeError, "sockcore._native has been cleared: the interpreter finalizes it");
}

Template *
template_for(ModuleState *state, int family, int type, int proto)
{
    if (state->templates == NULL || state->template_type == NULL) {
        raise_cleared();
        return NULL;
    }
    PyObject *key = template_key(family, type, proto);
    PyObject *found = key == NULL ? NULL : look_up(state->templates, key);
    if (found != NULL) {
        Py_DECREF(key);
        return (Template *)found;
    }
    unsigned long generation = state->generation;
    Template *t = key == NULL || PyErr_Occurred() ? NULL : new_template(state, family, type, proto);
    if (t != NULL && generation == state->generation) {
        if (PyDict_GET_SIZE(state->templates) >= MOST_TEMPLATES)
            PyDict_Clear(state->templates);
        if (PyDict_SetItem(state->templates, key, (PyObject *)t) < 0)
            Py_CLEAR(t);
    }
    Py_XDECREF(key);
    return t;
}

/* ------------------------------------------------------------------ contexts */

/* Return the contexts for the socket's codec, a new reference. NULL with an exception. */
static PyObject *
contexts_of(BaseSocket *s, Template *t)
{
    if (t->contexts != NULL) {
        Py_INCREF(t->contexts);
        return t->contexts;
    }
    int fd = s->fd;
    PyObject *contexts = NULL, *old;
    BEGIN_LOCK(s);
    if (s->contexts != NULL && PyLong_AsLong(PyTuple_GET_ITEM(s->contexts, 0)) == fd) {
        contexts = PyTuple_GET_ITEM(s->contexts, 1);
        Py_INCREF(contexts);
    }
    END_LOCK();
    if (contexts != NULL)
        return contexts;
    contexts = PyObject_CallFunction(s->state->rules[RULE_CONTEXTS], "iiii", s->family, s->type, s->proto, fd);
    PyObject *kept = contexts == NULL ? NULL : Py_BuildValue("iO", fd, contexts);
    if (kept == NULL) {
        Py_XDECREF(contexts);
        return NULL;
    }
    BEGIN_LOCK(s);
    old = s->contexts;
    s->contexts = kept;
    END_LOCK();
    Py_XDECREF(old);
    return contexts;
}

/* Return the template of a socket, a new reference. A socket that was never initialised gets one. Matches CPython: the
 * system call itself must fail. NULL with an exception. */
static Template *
complete_template(BaseSocket *s)
{
    Template *template = hold_template(s), *old;
    if (template == NULL && (template = template_for(s->state, s->family, s->type, s->proto)) != NULL) {
        Py_INCREF(template);
        BEGIN_LOCK(s);
        old = s->template;
        s->template = template;
        END_LOCK();
        Py_XDECREF(old);
    }
    if (template != NULL && template->codec == NULL) {
        Py_DECREF(template);
        template = NULL;
        raise_cleared();
    }
    return template;
}

/* ------------------------------------------------------------------ conversions */

/* Return true for a type whose instances are equal only to others of the type: 1.0 and True must not match the entry
 * for 1. With -b, bytes are not looked up, because the dictionary compares them with an str of the same characters. */
static int
has_plain_type(ModuleState *state, PyObject *object)
{
    return PyUnicode_CheckExact(object) || PyLong_CheckExact(object)
        || (PyBytes_CheckExact(object) && !state->warns_about_bytes);
}

static int
is_plain(ModuleState *state, PyObject *address)
{
    if (!PyTuple_CheckExact(address))
        return has_plain_type(state, address);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(address); i++)
        if (!has_plain_type(state, PyTuple_GET_ITEM(address, i)))
            return 0;
    return 1;
}

/* Return a function of the codec, or None: a new reference. It is kept, unless it is a method in Python: such a method
 * may replace itself, in the codec, by a function that it loads when it is called. NULL with an exception. */
static PyObject *
quick_function(PyObject *_Atomic *kept, PyObject *codec, PyObject *name)
{
    PyObject *function = *kept;
    if (function == NULL) {
        PyObject *other = NULL;
        if ((function = PyObject_GetAttr(codec, name)) == NULL || PyMethod_Check(function))
            return function;
        if (!atomic_compare_exchange_strong(kept, &other, function)) { /* another thread was faster */
            Py_DECREF(function);
            function = other;
        }
    }
    Py_INCREF(function);
    return function;
}

/* The number of conversions by functions of a codec that are kept. A new conversion costs about as much as a search in
 * a large dictionary, so only programs with few peers profit, and those with many do not pay for it. */
#define FEW_KEPT 256
#define MISSES_BEFORE_RENEWAL 4096 /* conversions that a full cache did not have: its addresses are no longer used */

/* Return true if a conversion is to be kept. A full cache is cleared when it has become useless. */
static int
has_room(Template *t, PyObject *cache)
{
    if (PyDict_GET_SIZE(cache) < FEW_KEPT)
        return 1;
    if (++t->misses % MISSES_BEFORE_RENEWAL)
        return 0;
    PyDict_Clear(cache);
    return 1;
}

/* Call a function of the codec, with the descriptor of the socket if the codec needs it. NULL with an exception. */
static PyObject *
call_quick_function(Template *t, PyObject *function, PyObject *value, int fd)
{
    if (!t->needs_descriptor)
        return PyObject_CallOneArg(function, value);
    PyObject *descriptor = PyLong_FromLong(fd), *result = NULL;
    if (descriptor != NULL) {
        PyObject *arguments[] = {value, descriptor};
        result = PyObject_Vectorcall(function, arguments, 2, NULL);
        Py_DECREF(descriptor);
    }
    return result;
}

/* Convert by a function of the codec that needs no context, and keep the result in a cache of the codec, if any. The
 * results of a codec that needs the descriptor are not kept. NULL with an exception, or without one if the codec has no
 * such function or the function returned None. */
static PyObject *
convert_quickly(Template *t, PyObject *function, PyObject *value, int fd, PyObject *cache)
{
    if (function == NULL || function == Py_None) {
        Py_XDECREF(function);
        return NULL;
    }
    PyObject *result = call_quick_function(t, function, value, fd);
    Py_DECREF(function);
    if (result == Py_None) {
        Py_DECREF(result);
        return NULL;
    }
    if (result != NULL && cache != NULL && !t->needs_descriptor && has_room(t, cache)
        && PyDict_SetItem(cache, value, result) < 0)
        Py_CLEAR(result);
    return result;
}

/* Return true for the bytes of a sockaddr whose length is possible. */
static int
is_sockaddr(PyObject *object)
{
    return PyBytes_CheckExact(object) && PyBytes_GET_SIZE(object) >= 2
        && PyBytes_GET_SIZE(object) <= (Py_ssize_t)sizeof(struct sockaddr_storage);
}

/* Look an address up in the cache of the codec, or call its function that needs no context. NULL with an exception, or
 * without one if the codec needs a context. */
static PyObject *
encode_quickly(BaseSocket *s, Template *t, PyObject *address)
{
    PyObject *sockaddr = t->encoded == NULL ? NULL : look_up(t->encoded, address);
    if (sockaddr == NULL && !PyErr_Occurred())
        sockaddr = convert_quickly(
            t, quick_function(&t->quick_encode, t->codec, s->state->quick_encode), address, s->fd, t->encoded);
    if (sockaddr != NULL && !is_sockaddr(sockaddr))
        Py_CLEAR(sockaddr);
    return sockaddr;
}

PyObject *
encode_address(BaseSocket *s, int operation, PyObject *address)
{
    Template *t = complete_template(s);
    if (t == NULL)
        return NULL;
    int may_be_quick = (t->encoded != NULL || t->needs_descriptor) && is_plain(s->state, address);
    PyObject *sockaddr = may_be_quick ? encode_quickly(s, t, address) : NULL;
    PyObject *contexts = sockaddr != NULL || PyErr_Occurred() ? NULL : contexts_of(s, t);
    if (contexts != NULL) {
        PyObject *stack[] = {t->codec, contexts, s->state->operations[operation], address};
        sockaddr = call_rule(s->state, RULE_ENCODE, stack, 4, NULL);
        Py_DECREF(contexts);
        if (sockaddr != NULL
            && (!PyBytes_Check(sockaddr) || PyBytes_GET_SIZE(sockaddr) > (Py_ssize_t)sizeof(struct sockaddr_storage))) {
            PyErr_SetString(
                PyExc_TypeError, "sockcore._sockets.addresses.encode() must return the bytes of a sockaddr");
            Py_CLEAR(sockaddr);
        }
    }
    Py_DECREF(t);
    return sockaddr;
}

PyObject *
decode_address(BaseSocket *s, int operation, const void *sockaddr, size_t length)
{
    if (length == 0)
        Py_RETURN_NONE;
    Template *t = complete_template(s);
    if (t == NULL)
        return NULL;
    /* The system may report a larger length than it wrote. */
    PyObject *address = NULL,
             *raw = PyBytes_FromStringAndSize(sockaddr, (Py_ssize_t)(length < t->room ? length : t->room));
    if (raw != NULL && t->decoded != NULL)
        address = look_up(t->decoded, raw);
    if (address == NULL && !PyErr_Occurred())
        /* The port of an accepted connection is seldom seen again, so its address is not kept. */
        address = convert_quickly(t, quick_function(&t->quick_decode, t->codec, s->state->quick_decode), raw, s->fd,
            operation == OPERATION_ACCEPT ? NULL : t->decoded);
    if (address == NULL && !PyErr_Occurred()) {
        PyObject *contexts = contexts_of(s, t);
        if (contexts != NULL) {
            PyObject *stack[] = {t->codec, contexts, s->state->operations[operation], raw};
            address = call_rule(s->state, RULE_DECODE, stack, 4, NULL);
            Py_DECREF(contexts);
        }
    }
    Py_XDECREF(raw);
    Py_DECREF(t);
    return address;
}
