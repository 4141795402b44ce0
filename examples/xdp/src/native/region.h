/* A part of a memory mapping that the kernel writes to at the same time: the type Region.
 *
 * 1. Numbers of 32 bits are loaded with acquire ordering and stored with release ordering. Data that the other side has
 *    written before it stored an index are complete after the load, and the reverse.
 * 2. The buffer protocol counts the views of a Region. The owner of a ring can so find out if anyone still uses memory
 *    that it is going to return to the kernel.
 * 3. A Region keeps the buffer of the mapping, so that the mapping cannot be closed before release().
 * 4. Each method is a critical section: with threads and no GIL, release() cannot run at the same time as load().
 */

#ifndef SOCKCORE_REGION_H
#define SOCKCORE_REGION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

#ifndef Py_BEGIN_CRITICAL_SECTION /* Python 3.13; the GIL before it */
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

typedef struct {
    PyObject_HEAD
    Py_buffer base; /* base.obj is NULL after release() */
    unsigned char *start;
    Py_ssize_t size;
    Py_ssize_t exports; /* views of this object */
    int is_writable;    /* views may be written to */
} Region;

/* Create the type in a module. *name* is a literal, with the module. Returns a new reference, or NULL. */
PyObject *create_region_type(PyObject *module, const char *name);

#endif
