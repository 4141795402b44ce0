/* Conversion of the addresses of AF_PACKET: see addresses.c. */

#ifndef SOCKCORE_ADDRESSES_H
#define SOCKCORE_ADDRESSES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Empty on systems other than Linux. */
extern PyMethodDef address_functions[];

#endif
