/* Docstrings of the public functions. The first line is the signature for inspect. A test checks that the rest is
 * equal to the docstring of the pure function. */

#define DOC_gethostname                                                                                                \
    "gethostname($module, /)\n--\n\n"                                                                                  \
    "Return the host name of this machine.\n\n"                                                                        \
    "The name may be unqualified, unlike the result of :func:`getfqdn`.\n\n"                                           \
    "Raises the audit event ``socket.gethostname``. Source: gethostname(2), on Windows GetComputerNameExW."

#define DOC_if_indextoname                                                                                             \
    "if_indextoname($module, if_index, /)\n--\n\n"                                                                     \
    "Return the name of a network interface.\n\n"                                                                      \
    "Raises OSError (ENXIO) if the interface does not exist, and OverflowError if *if_index* does not fit in 32 bits.\n"\
    "Source: if_indextoname(3), RFC 3493."

#define DOC_if_nameindex                                                                                               \
    "if_nameindex($module, /)\n--\n\n"                                                                                 \
    "Return all network interfaces as pairs (index, name).\n\n"                                                        \
    "Raises OSError if the system cannot list them. Source: if_nameindex(3), RFC 3493."

#define DOC_if_nametoindex                                                                                             \
    "if_nametoindex($module, if_name, /)\n--\n\n"                                                                      \
    "Return the index of a network interface.\n\n"                                                                     \
    "Raises OSError if the interface does not exist. The exception has an errno from Python 3.14. Source:\n"           \
    "if_nametoindex(3), RFC 3493."

#define DOC_ntohl                                                                                                      \
    "ntohl($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 32-bit integer from network to host byte order.\n\n"                                                    \
    "Raises OverflowError if it does not fit in 32 bits. A negative number raises ValueError from Python 3.14."

#define DOC_ntohs                                                                                                      \
    "ntohs($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 16-bit integer from network to host byte order.\n\n"                                                    \
    "Raises OverflowError if it does not fit in 16 bits. A negative number raises ValueError from Python 3.14."

#define DOC_htonl                                                                                                      \
    "htonl($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 32-bit integer from host to network byte order.\n\n"                                                    \
    "Raises OverflowError if it does not fit in 32 bits. A negative number raises ValueError from Python 3.14."

#define DOC_htons                                                                                                      \
    "htons($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 16-bit integer from host to network byte order.\n\n"                                                    \
    "Raises OverflowError if it does not fit in 16 bits. A negative number raises ValueError from Python 3.14."

#define DOC_inet_aton                                                                                                  \
    "inet_aton($module, ip_string, /)\n--\n\n"                                                                         \
    "Convert an IPv4 address from text to 4 bytes.\n\n"                                                                \
    "The text is a dotted quad (``'123.45.67.89'``) or one of the shorter forms of inet(3).\n"                         \
    "Raises TypeError if it is not a str, ValueError if it contains a null character, OSError if it is not an address."

#define DOC_inet_ntoa                                                                                                  \
    "inet_ntoa($module, packed_ip, /)\n--\n\n"                                                                         \
    "Convert an IPv4 address from a bytes-like object to text.\n\n"                                                    \
    "Raises OSError if the object does not have 4 bytes."

#define DOC_inet_pton                                                                                                  \
    "inet_pton($module, address_family, ip_string, /)\n--\n\n"                                                         \
    "Convert an IP address of AF_INET or AF_INET6 from text to 4 or 16 bytes.\n\n"                                     \
    "Raises OSError if the text is not an address of the family, and OSError (EAFNOSUPPORT) for other families."

#define DOC_inet_ntop                                                                                                  \
    "inet_ntop($module, address_family, packed_ip, /)\n--\n\n"                                                         \
    "Convert an IP address of AF_INET (4 bytes) or AF_INET6 (16 bytes) to text.\n\n"                                   \
    "Raises ValueError for other families, and if *packed_ip* has the wrong length."
