/* The fast way of a socket's methods: for the arguments that programs pass, on a descriptor that is ready.
 *
 * 1. A method looks at its arguments first. What it does not know by its exact type it leaves, untouched, to the
 *    method of the same name that is written in Python, which has the words for every mistake.
 * 2. It makes one system call. EAGAIN in timeout mode is left to Python too, which waits: nothing has been done yet.
 * 3. Addresses are taken from the codec's own dictionaries; what is not in them is encoded and decoded in Python.
 */

#include "native.h"

#define METHOD(name) (PyCFunction)(void (*)(void))fast_##name

static PyMethodDef methods[] = {
    {"recv", METHOD(recv), METH_FASTCALL,
     "recv($self, bufsize, flags=0, /)\n--\n\nReceive at most bufsize bytes; b\"\" is the end of the stream. See recv(2)."},
    {"recv_into", METHOD(recv_into), METH_FASTCALL | METH_KEYWORDS,
     "recv_into($self, buffer, nbytes=0, flags=0)\n--\n\nReceive at most nbytes bytes (0: as many as fit) into a writable buffer; return how many."},
    {"recvfrom", METHOD(recvfrom), METH_FASTCALL,
     "recvfrom($self, bufsize, flags=0, /)\n--\n\nReceive at most bufsize bytes; return them and the sender's address. See recvfrom(2)."},
    {"recvfrom_into", METHOD(recvfrom_into), METH_FASTCALL | METH_KEYWORDS,
     "recvfrom_into($self, buffer, nbytes=0, flags=0)\n--\n\nReceive into buffer; return how many bytes, and the sender's address."},
    {"recvmsg", METHOD(recvmsg), METH_FASTCALL,
     "recvmsg($self, bufsize, ancbufsize=0, flags=0, /)\n--\n\nReceive data and control messages: (data, messages, msg_flags, address). See recvmsg(2)."},
#ifdef HAS_BATCHES
    {"recvmmsg", METHOD(recvmmsg), METH_FASTCALL,
     "recvmmsg($self, count, bufsize, ancbufsize=0, flags=0, /)\n--\n\nReceive at most count messages: what recvmsg returns, for each. See recvmmsg(2)."},
    {"recvmmsg_into", METHOD(recvmmsg_into), METH_FASTCALL,
     "recvmmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\nReceive a message into each of buffers, as far as there are any. See recvmmsg(2)."},
    {"sendmmsg", METHOD(sendmmsg), METH_FASTCALL,
     "sendmmsg($self, messages, flags=0, /)\n--\n\nSend many messages; return how many the system took. See sendmmsg(2)."},
#endif
    {"send", METHOD(send), METH_FASTCALL,
     "send($self, data, flags=0, /)\n--\n\nSend bytes; return how many the system took. See send(2)."},
    {"sendall", METHOD(sendall), METH_FASTCALL,
     "sendall($self, data, flags=0, /)\n--\n\nSend all bytes. The timeout is for the whole; after an error nobody knows how many were sent."},
    {"sendmsg", METHOD(sendmsg), METH_FASTCALL,
     "sendmsg($self, buffers, ancdata=(), flags=0, address=None, /)\n--\n\nSend the bytes of buffers as one message, with control messages. See sendmsg(2)."},
    {"sendto", METHOD(sendto), METH_FASTCALL,
     "sendto($self, data, /, *flags_and_address)\n--\n\nSend bytes to an address: sendto(data, address) or sendto(data, flags, address). See sendto(2)."},
    {"getsockopt", METHOD(getsockopt), METH_FASTCALL,
     "getsockopt($self, level, optname, buflen=0, /)\n--\n\nReturn an option's value: an int, or, of buflen bytes, bytes. See getsockopt(2)."},
    {"setsockopt", METHOD(setsockopt), METH_FASTCALL,
     "setsockopt($self, level, optname, value, /, *optlen)\n--\n\nSet an option: setsockopt(level, optname, value) or setsockopt(level, optname, None, optlen). See setsockopt(2)."},
    {"connect", fast_connect, METH_O,
     "connect($self, address, /)\n--\n\nConnect the socket to address, see connect(2); in timeout mode, wait at most so long."},
    {"accept", fast_accept, METH_NOARGS,
     "accept($self, /)\n--\n\nAccept a connection: return its socket and the peer's address. See accept(2)."},
    {"close", fast_close, METH_NOARGS,
     "close($self, /)\n--\n\nClose the socket; its descriptor once all its files are closed too."},
    {"fileno", fast_fileno, METH_NOARGS,
     "fileno($self, /)\n--\n\nReturn the descriptor, -1 once it is closed or detached."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Fast(family=-1, type=-1, proto=-1, fileno=None)\n--\n\nThe fast way of a socket's methods."},
    {Py_tp_init, fast_init},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec fast_spec = {
    .name = "sockcore._backend._native.Fast",
    .basicsize = sizeof(State),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};
