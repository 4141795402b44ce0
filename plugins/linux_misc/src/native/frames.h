/* Reading of the frames in a block of a TPACKET_V3 ring. */

#ifndef SOCKCORE_FRAMES_H
#define SOCKCORE_FRAMES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Return the type Region of a module, a borrowed reference. */
PyObject *region_type_of(PyObject *module);

extern PyMethodDef frame_functions[]; /* empty on systems without TPACKET_V3 */

#endif
