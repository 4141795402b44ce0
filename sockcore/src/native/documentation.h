/* The docstrings of BaseSocket. The first line is the signature for inspect. */

#define DOC_socket                                                                                                     \
    "socket(family=-1, type=-1, proto=-1, fileno=None)\n--\n\n"                                                        \
    "A socket in plain numbers: the base class of sockcore.socket.\n\n"                                                \
    "It opens a file descriptor, or takes over *fileno*, and closes it. family, type and proto are ints."

#define DOC__accept                                                                                                    \
    "_accept($self, /)\n--\n\n"                                                                                        \
    "Accept a connection; return its file descriptor and the address of the peer."

#define DOC__accept_socket                                                                                             \
    "_accept_socket($self, cls, family, type, proto, /)\n--\n\n"                                                       \
    "Accept a connection; return its socket, of the class cls, and the address of the peer.\n\n"                       \
    "The constructor gets family, type, proto and the file descriptor. If it fails, the descriptor is closed."

#define DOC_accept                                                                                                     \
    "accept($self, /)\n--\n\n"                                                                                         \
    "Accept a connection, and return (socket, address).\n\n"                                                           \
    "socket is a new socket for the connection, and address is that of the peer. This socket must be bound\n"          \
    "and listen. The new socket has the default timeout (setdefaulttimeout()). Without one, it is in blocking\n"       \
    "mode; after a non-blocking accept(), the system selects its mode. It is not inheritable.\n\n"                     \
    "Raises BlockingIOError if no connection has arrived in non-blocking mode, TimeoutError if the timeout\n"          \
    "expires, and OSError for every other error (EINVAL if the socket does not listen). See accept(2)."

#define DOC_bind                                                                                                       \
    "bind($self, address, /)\n--\n\n"                                                                                  \
    "Bind the socket to a local address.\n\n"                                                                          \
    "address has the format of the family: (host, port) for AF_INET, a path for AF_UNIX, or a RawAddress for every\n"  \
    "family. Port 0 selects a free port; getsockname() returns it.\n\n"                                                \
    "Raises OSError (EADDRINUSE if the address is in use, EADDRNOTAVAIL if it is not an address of this machine,\n"    \
    "EACCES without permission) and TypeError, ValueError or OverflowError for an invalid address. See bind(2)."

#define DOC_close                                                                                                      \
    "close($self, /)\n--\n\n"                                                                                          \
    "Close the file descriptor.\n\n"                                                                                   \
    "A second call does nothing. Other methods of a closed socket raise OSError (EBADF). ECONNRESET is ignored: the\n" \
    "descriptor is closed then."

#define DOC_public_close                                                                                               \
    "close($self, /)\n--\n\n"                                                                                          \
    "Close the socket.\n\n"                                                                                            \
    "The file descriptor is closed when all files of makefile() are closed too. Other methods then raise OSError\n"    \
    "(EBADF). A second call does nothing."

#define DOC_connect                                                                                                    \
    "connect($self, address, /)\n--\n\n"                                                                               \
    "Connect to a remote address.\n\n"                                                                                 \
    "address has the format of the family: (host, port) for AF_INET, a path for AF_UNIX. A datagram socket then\n"     \
    "sends to this address, and receives only from it. A host name is resolved first.\n\n"                             \
    "Raises ConnectionRefusedError if nothing listens at the address, BlockingIOError (EINPROGRESS) in non-blocking\n" \
    "mode if the connection is not made at once, TimeoutError if the timeout expires, gaierror if the host is not\n"   \
    "found, and OSError for every other error. See connect(2)."

#define DOC_connect_ex                                                                                                 \
    "connect_ex($self, address, /)\n--\n\n"                                                                            \
    "Connect like connect(), and return an errno instead of raising OSError.\n\n"                                      \
    "Returns 0 for success, EINPROGRESS in non-blocking mode, and EAGAIN if the timeout expires.\n\n"                  \
    "Raises gaierror if the host is not found, and TypeError, ValueError or OverflowError for an invalid address."

#define DOC_detach                                                                                                     \
    "detach($self, /)\n--\n\n"                                                                                         \
    "Close the socket object, and return the file descriptor, which stays open.\n\n"                                   \
    "The caller is then the owner of the descriptor. Returns -1 if the socket is closed."

#define DOC_fileno                                                                                                     \
    "fileno($self, /)\n--\n\n"                                                                                         \
    "Return the file descriptor, or -1 if the socket is closed.\n\n"                                                   \
    "On Windows it is the handle of the socket."

#define DOC_getblocking                                                                                                \
    "getblocking($self, /)\n--\n\n"                                                                                    \
    "Return False in non-blocking mode, True in blocking mode and in timeout mode."

#define DOC_getpeername                                                                                                \
    "getpeername($self, /)\n--\n\n"                                                                                    \
    "Return the remote address, in the format of the family.\n\n"                                                      \
    "Raises OSError (ENOTCONN) if the socket is not connected. See getpeername(2)."

#define DOC_getsockname                                                                                                \
    "getsockname($self, /)\n--\n\n"                                                                                    \
    "Return the local address, in the format of the family.\n\n"                                                       \
    "It has the port that the system has selected. Raises OSError if the family has no local addresses. See\n"         \
    "getsockname(2)."

#define DOC_getsockopt                                                                                                 \
    "getsockopt($self, level, optname, buflen=0, /)\n--\n\n"                                                           \
    "Return the value of a socket option.\n\n"                                                                         \
    "level is SOL_SOCKET or the level of a protocol (IPPROTO_TCP), optname a constant (SO_RCVBUF). Without buflen,\n"  \
    "the value is an int. With buflen, the size of the buffer for getsockopt(2), the value is bytes.\n"                \
    "sockcore.options.read() returns structs as values.\n\n"                                                           \
    "Raises OSError (ENOPROTOOPT if the protocol does not have the option, EINVAL for a wrong buflen) and TypeError\n" \
    "for arguments that are not ints."

#define DOC_gettimeout                                                                                                 \
    "gettimeout($self, /)\n--\n\n"                                                                                     \
    "Return the timeout in seconds: None in blocking mode, 0.0 in non-blocking mode."

#define DOC_listen                                                                                                     \
    "listen($self, backlog=128, /)\n--\n\n"                                                                            \
    "Let the socket accept connections.\n\n"                                                                           \
    "backlog is the number of connections that the system queues before accept(); a negative number is 0, and the\n"   \
    "system has a maximum (SOMAXCONN).\n\n"                                                                            \
    "Raises OSError (EOPNOTSUPP for a socket type without connections, EADDRINUSE if another socket listens). See\n"   \
    "listen(2)."

#define DOC_recv                                                                                                       \
    "recv($self, bufsize, flags=0, /)\n--\n\n"                                                                         \
    "Receive data, and return them as bytes.\n\n"                                                                      \
    "bufsize is the maximum number of bytes. flags is 0, or a combination of MSG_* constants: MSG_PEEK leaves the\n"   \
    "data in the queue, MSG_WAITALL waits for bufsize bytes.\n\n"                                                      \
    "A stream socket returns the data that have arrived, at least one byte, and b\"\" after the peer has shut down\n"  \
    "writing. A datagram socket returns one message; the system discards the bytes beyond bufsize.\n\n"                \
    "Raises BlockingIOError if no data have arrived in non-blocking mode, TimeoutError if the timeout expires,\n"      \
    "ConnectionResetError if the peer has reset the connection, ValueError for a negative bufsize, and OSError for\n"  \
    "every other error. See recv(2)."

#define DOC_recv_into                                                                                                  \
    "recv_into($self, buffer, nbytes=0, flags=0)\n--\n\n"                                                              \
    "Receive data into a buffer, and return the number of bytes.\n\n"                                                  \
    "buffer is a writable bytes-like object. nbytes is the maximum number of bytes; 0 is the size of the buffer.\n"    \
    "flags is as for recv(). Returns 0 after the peer has shut down writing.\n\n"                                      \
    "Raises the exceptions of recv(), TypeError if the buffer is not writable, and ValueError if nbytes is negative\n" \
    "or larger than the buffer."

#define DOC_recvfrom                                                                                                   \
    "recvfrom($self, bufsize, flags=0, /)\n--\n\n"                                                                     \
    "Receive data, and return (data, address).\n\n"                                                                    \
    "bufsize and flags are as for recv(). address is the address of the sender in the format of the family; for a\n"   \
    "connected stream socket it may be None, or empty.\n\n"                                                            \
    "Raises the exceptions of recv(). See recvfrom(2)."

#define DOC_recvfrom_into                                                                                              \
    "recvfrom_into($self, buffer, nbytes=0, flags=0)\n--\n\n"                                                          \
    "Receive data into a buffer, and return (nbytes, address).\n\n"                                                    \
    "buffer, nbytes and flags are those of recv_into(), and address is the address of the sender, as from\n"           \
    "recvfrom().\n\n"                                                                                                  \
    "Raises the exceptions of recv_into()."

#define DOC_recvmmsg                                                                                                   \
    "recvmmsg($self, count, bufsize, ancbufsize=0, flags=0, /)\n--\n\n"                                                \
    "Receive several messages by one system call, and return a list of the results of recvmsg().\n\n"                  \
    "count is the maximum number of messages (more than 1024 is 1024). bufsize, ancbufsize and flags are those of\n"   \
    "recvmsg(), for each message. The call waits for the first message only, and the list has at least one result.\n\n"\
    "Raises the exceptions of recvmsg() for the first message. The next call raises an error that follows a\n"         \
    "message. Systems without recvmmsg(2) use a call for each message."

#define DOC_recvmmsg_into                                                                                              \
    "recvmmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\n"                                                  \
    "Receive several messages into buffers by one system call; return a list of the results of recvmsg_into().\n\n"    \
    "buffers has a writable bytes-like object, or a list of them, for each message; at most 1024 are used.\n"          \
    "ancbufsize and flags are those of recvmsg_into().\n\n"                                                            \
    "Raises the exceptions of recvmmsg()."

#define DOC_recvmsg                                                                                                    \
    "recvmsg($self, bufsize, ancbufsize=0, flags=0, /)\n--\n\n"                                                        \
    "Receive data and control messages, and return (data, ancdata, msg_flags, address).\n\n"                           \
    "bufsize is the maximum number of bytes of data, ancbufsize the size of the buffer for control messages (see\n"    \
    "CMSG_SPACE()), and flags is as for recv(). ancdata is a list of (cmsg_level, cmsg_type, cmsg_data) tuples.\n"     \
    "msg_flags has MSG_TRUNC or MSG_CTRUNC if data or control messages were cut off. address is as from recvfrom().\n" \
    "sockcore.ancillary.decode() returns control messages as values.\n\n"                                              \
    "Raises the exceptions of recv(). See recvmsg(2)."

#define DOC_recvmsg_into                                                                                               \
    "recvmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\n"                                                   \
    "Receive data into several buffers, and control messages; return (nbytes, ancdata, msg_flags, address).\n\n"       \
    "buffers is an iterable of writable bytes-like objects, which are filled one after the other. A stream socket\n"   \
    "uses the first IOV_MAX of them. ancbufsize, flags and the other results are those of recvmsg().\n\n"              \
    "Raises the exceptions of recvmsg(), and TypeError if a buffer is not writable."

#define DOC_send                                                                                                       \
    "send($self, data, flags=0, /)\n--\n\n"                                                                            \
    "Send data, and return the number of bytes that were sent.\n\n"                                                    \
    "data is a bytes-like object; the socket must be connected. flags is 0, or a combination of MSG_* constants. A\n"  \
    "stream socket may send fewer bytes than data has; sendall() sends all.\n\n"                                       \
    "Raises BlockingIOError if the buffer of the socket is full in non-blocking mode, TimeoutError if the timeout\n"   \
    "expires, BrokenPipeError or ConnectionResetError if the peer has closed the connection, and OSError for every\n"  \
    "other error (EMSGSIZE for a message that is too long). See send(2)."

#define DOC_sendall                                                                                                    \
    "sendall($self, data, flags=0, /)\n--\n\n"                                                                         \
    "Send all of data, and return None.\n\n"                                                                           \
    "data and flags are those of send(). The timeout applies to the whole call.\n\n"                                   \
    "Raises the exceptions of send(), and OSError (EIO) if the system sends 0 bytes of the data without an error. An\n"\
    "OSError has the attribute characters_written: the number of bytes that were sent before the error."

#define DOC_sendmmsg                                                                                                   \
    "sendmmsg($self, messages, flags=0, /)\n--\n\n"                                                                    \
    "Send several messages by one system call, and return the number of messages that were sent.\n\n"                  \
    "messages is an iterable of data, (data, address) or (data, address, ancdata). data is a bytes-like object, or\n"  \
    "a list of them; address and ancdata are as for sendmsg(). flags applies to all messages.\n\n"                     \
    "Raises the exceptions of sendmsg() for the first message. The next call raises an error of a later message.\n"    \
    "Systems without sendmmsg(2) use a call for each message."

#define DOC_sendmsg                                                                                                    \
    "sendmsg($self, buffers, ancdata=(), flags=0, address=None, /)\n--\n\n"                                            \
    "Send data and control messages, and return the number of bytes of data that were sent.\n\n"                       \
    "buffers is an iterable of bytes-like objects, which are sent as one message; a stream socket uses the first\n"    \
    "IOV_MAX of them. ancdata is an iterable of (cmsg_level, cmsg_type, cmsg_data) tuples; flags is as for send().\n"  \
    "address is the receiver, or None for a connected socket. sockcore.ancillary.encode() makes control messages\n"    \
    "from values.\n\n"                                                                                                 \
    "Raises the exceptions of send(), and TypeError, ValueError or OverflowError for an invalid address. See\n"        \
    "sendmsg(2)."

#define DOC_sendto                                                                                                     \
    "sendto($self, data, /, *flags_and_address)\n--\n\n"                                                               \
    "Send data to an address, and return the number of bytes that were sent.\n\n"                                      \
    "The arguments are (data, address) or (data, flags, address): a bytes-like object, MSG_* constants as for\n"       \
    "send(), and an address in the format of the family. The socket should not be connected.\n\n"                      \
    "Raises the exceptions of send(), gaierror if a host is not found, and TypeError, ValueError or OverflowError\n"   \
    "for an invalid address. See sendto(2)."

#define DOC_setblocking                                                                                                \
    "setblocking($self, flag, /)\n--\n\n"                                                                              \
    "Set blocking mode (True) or non-blocking mode (False).\n\n"                                                       \
    "flag is any object with a truth value. setblocking(True) is settimeout(None), and setblocking(False) is\n"        \
    "settimeout(0).\n\n"                                                                                               \
    "Raises OSError (EBADF) if the socket is closed."

#define DOC_setsockopt                                                                                                 \
    "setsockopt($self, level, optname, value, /, *optlen)\n--\n\n"                                                     \
    "Set a socket option.\n\n"                                                                                         \
    "The arguments are (level, optname, value), or (level, optname, None, optlen). level and optname are as for\n"     \
    "getsockopt(). value is an int, or a bytes-like object with the struct of the option. None with optlen sets a\n"   \
    "null pointer and a length, which a few options need. sockcore.options.write() accepts structs as values.\n\n"     \
    "Raises OSError (ENOPROTOOPT if the protocol does not have the option, EINVAL for an invalid value) and\n"         \
    "TypeError for other arguments. See setsockopt(2)."

#define DOC_settimeout                                                                                                 \
    "settimeout($self, value, /)\n--\n\n"                                                                              \
    "Set the timeout of the socket's operations, in seconds.\n\n"                                                      \
    "value is a number of seconds: 0 is non-blocking mode, and None is blocking mode, without a timeout. An\n"         \
    "operation that exceeds the timeout raises TimeoutError.\n\n"                                                      \
    "Raises TypeError if value is not a number, ValueError if it is negative or not-a-number, and OverflowError for\n" \
    "more than 292 years."

#define DOC_shutdown                                                                                                   \
    "shutdown($self, how, /)\n--\n\n"                                                                                  \
    "Shut down one or both directions of a connection.\n\n"                                                            \
    "how is SHUT_RD (no more receiving), SHUT_WR (no more sending: the peer receives the end of the stream) or\n"      \
    "SHUT_RDWR. The file descriptor stays open.\n\n"                                                                   \
    "Raises OSError (ENOTCONN if the socket is not connected, EINVAL for another value). See shutdown(2)."
