/* The docstrings of BaseSocket. The first line is the signature for inspect. */

#define DOC_socket                                                                                                     \
    "A socket in plain numbers: the base class of sockcore.socket.\n\n"                                                \
    "It opens a file descriptor, or takes one over by *fileno*, and closes it. family, type and proto are ints."

#define DOC__accept                                                                                                    \
    "_accept($self, /)\n--\n\n"                                                                                        \
    "Accept a connection; return its file descriptor, as an int, and the address of the peer."

#define DOC__accept_socket                                                                                             \
    "_accept_socket($self, cls, family, type, proto, /)\n--\n\n"                                                       \
    "Accept a connection; return its socket, of the class *cls*, and the address of the peer.\n\n"                     \
    "The constructor gets the three numbers and the file descriptor. If it fails the descriptor is closed."

#define DOC_bind                                                                                                       \
    "bind($self, address, /)\n--\n\n"                                                                                  \
    "Bind the socket to a local address, in the format of its family. See bind(2)."

#define DOC_close                                                                                                      \
    "close($self, /)\n--\n\n"                                                                                          \
    "Close the file descriptor. Closing a closed socket does nothing."

#define DOC_connect                                                                                                    \
    "connect($self, address, /)\n--\n\n"                                                                               \
    "Connect to a remote address, in the format of the socket's family.\n\n"                                           \
    "In timeout mode, raise TimeoutError if the connection is not made in time. See connect(2)."

#define DOC_connect_ex                                                                                                 \
    "connect_ex($self, address, /)\n--\n\n"                                                                            \
    "Connect like connect(), but return the errno of connect(2), 0 for success.\n\n"                                   \
    "A timeout returns EAGAIN. An invalid address, or a host that cannot be resolved, raises an exception."

#define DOC_detach                                                                                                     \
    "detach($self, /)\n--\n\n"                                                                                         \
    "Mark the socket as closed without closing the file descriptor, and return the descriptor."

#define DOC_fileno                                                                                                     \
    "fileno($self, /)\n--\n\n"                                                                                         \
    "Return the file descriptor, -1 if the socket is closed."

#define DOC_getblocking                                                                                                \
    "getblocking($self, /)\n--\n\n"                                                                                    \
    "Return False in non-blocking mode, True in blocking and in timeout mode."

#define DOC_getpeername                                                                                                \
    "getpeername($self, /)\n--\n\n"                                                                                    \
    "Return the address that the socket is connected to. See getpeername(2)."

#define DOC_getsockname                                                                                                \
    "getsockname($self, /)\n--\n\n"                                                                                    \
    "Return the socket's own address. See getsockname(2)."

#define DOC_getsockopt                                                                                                 \
    "getsockopt($self, level, optname, buflen=0, /)\n--\n\n"                                                           \
    "Return the value of a socket option: an int, or bytes if buflen is given.\n\n"                                    \
    "buflen is the size of the buffer for getsockopt(2)."

#define DOC_gettimeout                                                                                                 \
    "gettimeout($self, /)\n--\n\n"                                                                                     \
    "Return the timeout in seconds, None in blocking mode, 0.0 in non-blocking mode."

#define DOC_listen                                                                                                     \
    "listen($self, backlog=128, /)\n--\n\n"                                                                            \
    "Let the socket accept connections.\n\n"                                                                           \
    "backlog is the number of connections that may wait; the system may lower it. See listen(2)."

#define DOC_recv                                                                                                       \
    "recv($self, bufsize, flags=0, /)\n--\n\n"                                                                         \
    "Receive at most bufsize bytes, and return them.\n\n"                                                              \
    "Returns b\"\" at the end of a stream. flags are MSG_* constants. See recv(2)."

#define DOC_recv_into                                                                                                  \
    "recv_into($self, buffer, nbytes=0, flags=0)\n--\n\n"                                                              \
    "Receive at most nbytes bytes into a writable buffer; return the number of bytes.\n\n"                             \
    "If nbytes is 0, receive at most the size of the buffer."

#define DOC_recvfrom                                                                                                   \
    "recvfrom($self, bufsize, flags=0, /)\n--\n\n"                                                                     \
    "Receive at most bufsize bytes; return the bytes and the address of the sender. See recvfrom(2)."

#define DOC_recvfrom_into                                                                                              \
    "recvfrom_into($self, buffer, nbytes=0, flags=0)\n--\n\n"                                                          \
    "Receive into a buffer like recv_into(); return the number of bytes and the address of the sender."

#define DOC_recvmmsg                                                                                                   \
    "recvmmsg($self, count, bufsize, ancbufsize=0, flags=0, /)\n--\n\n"                                                \
    "Receive at most count messages by one call; return a list of the results of recvmsg().\n\n"                       \
    "Only the first message is waited for. A count above 1024 is 1024. An error after the first message is\n"          \
    "raised by the next batch. See recvmmsg(2)."

#define DOC_recvmmsg_into                                                                                              \
    "recvmmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\n"                                                  \
    "Receive a message into each of buffers, like recvmmsg(); return a list of the results of recvmsg_into().\n\n"     \
    "Each of buffers is a writable buffer or a list of them. At most 1024 are used."

#define DOC_recvmsg                                                                                                    \
    "recvmsg($self, bufsize, ancbufsize=0, flags=0, /)\n--\n\n"                                                        \
    "Receive data and control messages; return (data, ancdata, msg_flags, address).\n\n"                               \
    "At most bufsize bytes of data and ancbufsize bytes of control messages are received. ancdata is a list of\n"      \
    "(level, type, data) tuples. See recvmsg(2)."

#define DOC_recvmsg_into                                                                                               \
    "recvmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\n"                                                   \
    "Receive data into writable buffers, one after the other; return (nbytes, ancdata, msg_flags, address).\n\n"       \
    "A stream socket uses the first IOV_MAX buffers."

#define DOC_send                                                                                                       \
    "send($self, data, flags=0, /)\n--\n\n"                                                                            \
    "Send data; return the number of bytes that were sent, which may be fewer. See send(2)."

#define DOC_sendall                                                                                                    \
    "sendall($self, data, flags=0, /)\n--\n\n"                                                                         \
    "Send all data.\n\n"                                                                                               \
    "The timeout applies to the whole. If an OSError is raised, its characters_written is the number of bytes\n"       \
    "that were sent before."

#define DOC_sendmmsg                                                                                                   \
    "sendmmsg($self, messages, flags=0, /)\n--\n\n"                                                                    \
    "Send many messages by one call; return the number of messages that were sent.\n\n"                                \
    "A message is data, (data, address) or (data, address, ancdata); data is a bytes-like object or a list of\n"       \
    "them. An error of the first message is raised; an error of a later one is raised by the next batch. See\n"        \
    "sendmmsg(2)."

#define DOC_sendmsg                                                                                                    \
    "sendmsg($self, buffers, ancdata=(), flags=0, address=None, /)\n--\n\n"                                            \
    "Send the data of buffers as one message, with control messages; return the number of bytes.\n\n"                  \
    "ancdata is an iterable of (level, type, data) tuples. A stream socket uses the first IOV_MAX buffers. See\n"      \
    "sendmsg(2)."

#define DOC_sendto                                                                                                     \
    "sendto($self, data, /, *flags_and_address)\n--\n\n"                                                               \
    "Send data to an address: sendto(data, address) or sendto(data, flags, address).\n\n"                              \
    "Returns the number of bytes that were sent. See sendto(2)."

#define DOC_setblocking                                                                                                \
    "setblocking($self, flag, /)\n--\n\n"                                                                              \
    "Set blocking mode (like settimeout(None)) or non-blocking mode (like settimeout(0))."

#define DOC_setsockopt                                                                                                 \
    "setsockopt($self, level, optname, value, /, *optlen)\n--\n\n"                                                     \
    "Set a socket option to an int, to the bytes of a buffer, or, with value None, to a null pointer with optlen.\n\n"   \
    "setsockopt(level, optname, value) or setsockopt(level, optname, None, optlen). See setsockopt(2)."

#define DOC_settimeout                                                                                                 \
    "settimeout($self, value, /)\n--\n\n"                                                                              \
    "Set the timeout of all operations in seconds. None is blocking mode, 0 is non-blocking mode.\n\n"                   \
    "Raises TypeError, ValueError (negative, not a number) or OverflowError (more than 292 years)."

#define DOC_shutdown                                                                                                   \
    "shutdown($self, how, /)\n--\n\n"                                                                                  \
    "Shut down reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR). See shutdown(2)."
