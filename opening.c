/* Whether new sockets have a timeout. */
static int
is_default_timeout_set(void)
{
    PyObject *timeout = PyDict_GetItemString(slow[SLOW_CLOCK], "_default");
    return timeout != Py_None;
}

/* Become the owner of a new descriptor, of a kind of socket that is known: (codec, contexts, family, type, proto). */
static int
adopt(State *s, PyObject *kind, int fd)
{
    PyObject *contexts = PyTuple_GET_ITEM(kind, 1);
    Py_INCREF(contexts);
    Py_XSETREF(s->contexts, contexts);
    Py_INCREF(Py_None);
    Py_XSETREF(s->timeout, Py_None);
    s->fd = fd;
    s->family = (int)PyLong_AsLong(PyTuple_GET_ITEM(kind, 2));
    s->type = (int)PyLong_AsLong(PyTuple_GET_ITEM(kind, 3));
    s->proto = (int)PyLong_AsLong(PyTuple_GET_ITEM(kind, 4));
    s->closed = 0;
    s->io_refs = 0;
    return set_codec(s, PyTuple_GET_ITEM(kind, 0));
}

/* Open a socket of a known kind. -1 with an exception. */
static int
open_kind(PyObject *self, PyObject *kind)
{
    int numbers[3], fd;
    for (int i = 0; i < 3; i++)
        numbers[i] = (int)PyLong_AsLong(PyTuple_GET_ITEM(kind, 2 + i));
    if (PySys_Audit("socket.__new__", "Oiii", self, numbers[0], numbers[1], numbers[2]) < 0)
        return -1;
    SYSTEM_CALL(fd, open_descriptor(numbers[0], numbers[1], numbers[2]))
    if (fd >= 0 || PyErr_Occurred())
        return fd;
    /* It tries again, and has the words for it. */
    PyObject *opened = PyObject_CallFunction(slow[SLOW_OPEN], "iii", numbers[0], numbers[1], numbers[2]);
    if (opened != NULL) {
        fd = (int)PyLong_AsLong(opened);
        Py_DECREF(opened);
    }
    return fd;
}

static int
fast_init(PyObject *self, PyObject *args, PyObject *names)
{
    State *s = (State *)self;
    int numbers[3] = {-1, -1, -1};
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    int usual = names == NULL && count <= 3 && s->fd == -1 && !is_default_timeout_set();
    for (Py_ssize_t i = 0; usual && i < count; i++)
        usual = usual_int(PyTuple_GET_ITEM(args, i), &numbers[i]);
    if (usual) {
        PyObject *key = Py_BuildValue("iii", numbers[0], numbers[1], numbers[2]);
        PyObject *kind = key == NULL ? NULL : PyDict_GetItemWithError(slow[SLOW_KINDS], key);
        Py_XDECREF(key);
        if (kind != NULL) {
            Py_INCREF(kind);
            int fd = open_kind(self, kind);
            int result = fd < 0 ? -1 : adopt(s, kind, fd);
            Py_DECREF(kind);
            return result;
        }
        if (PyErr_Occurred())
            return -1;
    }
    PyObject *bound = PyTuple_New(count + 1);
    if (bound == NULL)
        return -1;
    Py_INCREF(self);
    PyTuple_SET_ITEM(bound, 0, self);
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_INCREF(PyTuple_GET_ITEM(args, i));
        PyTuple_SET_ITEM(bound, i + 1, PyTuple_GET_ITEM(args, i));
    }
    PyObject *done = PyObject_Call(slow[SLOW_INIT], bound, names);
    Py_DECREF(bound);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *
fast_accept(PyObject *self, PyObject *unused)
{
    (void)unused;
    State *s = (State *)self;
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int fd;
    if (s->needs_descriptor || s->codec == NULL || is_default_timeout_set())
        return leave_to_python(SLOW_ACCEPT, self, NULL, 0, NULL);
    SYSTEM_CALL(fd, accept_descriptor(s->fd, (struct sockaddr *)&peer, &length))
    if (fd < 0)
        return has_to_wait(s) ? leave_to_python(SLOW_ACCEPT, self, NULL, 0, NULL) : failed();
    PyObject *address = address_of(self, "accept", &peer, length, sizeof peer);
    PyTypeObject *class = (PyTypeObject *)slow[SLOW_SOCKET];
    State *new = address == NULL ? NULL : (State *)state_new(class, NULL, NULL);
    PyObject *kind = new == NULL
        ? NULL : Py_BuildValue("OOiii", s->codec, s->contexts, s->family, s->type, s->proto);
    if (kind == NULL
        || PySys_Audit("socket.__new__", "Oiii", new, s->family, s->type, s->proto) < 0
        || adopt(new, kind, fd) < 0) {
        if (new == NULL || new->fd == -1)
            close(fd);
        Py_CLEAR(new);
        Py_CLEAR(address);
    }
    Py_XDECREF(kind);
    PyObject *result = new == NULL ? NULL : PyTuple_Pack(2, new, address);
    Py_XDECREF(new);
    Py_XDECREF(address);
    return result;
}

