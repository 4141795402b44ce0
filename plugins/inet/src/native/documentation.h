/* The docstrings of functions for programs. The first line is the signature for inspect, the rest is the docstring of
 * the function in Python: a test compares them. */

#define DOC_ntohl                                                                                                      \
    "ntohl($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 32-bit number from network to host byte order.\n\n"                                                     \
    "OverflowError if it does not fit in 32 bits; a negative one is a ValueError from Python 3.14."

#define DOC_ntohs                                                                                                      \
    "ntohs($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 16-bit number from network to host byte order.\n\n"                                                     \
    "OverflowError if it does not fit in 16 bits; a negative one is a ValueError from Python 3.14."

#define DOC_htonl                                                                                                      \
    "htonl($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 32-bit number from host to network byte order.\n\n"                                                     \
    "OverflowError if it does not fit in 32 bits; a negative one is a ValueError from Python 3.14."

#define DOC_htons                                                                                                      \
    "htons($module, x, /)\n--\n\n"                                                                                     \
    "Convert a 16-bit number from host to network byte order.\n\n"                                                     \
    "OverflowError if it does not fit in 16 bits; a negative one is a ValueError from Python 3.14."

#define DOC_inet_aton                                                                                                  \
    "inet_aton($module, ip_string, /)\n--\n\n"                                                                         \
    "Convert an IPv4 address from text (``'123.45.67.89'``, or with fewer dots, inet(3)) to 4 bytes.\n\n"              \
    "TypeError if it is no str, ValueError if it has a null in it, OSError if it is no address."

#define DOC_inet_ntoa                                                                                                  \
    "inet_ntoa($module, packed_ip, /)\n--\n\n"                                                                         \
    "Convert an IPv4 address from a bytes-like object of 4 bytes to text. OSError if it has not 4 bytes."

#define DOC_inet_pton                                                                                                  \
    "inet_pton($module, address_family, ip_string, /)\n--\n\n"                                                         \
    "Convert an IP address of AF_INET or AF_INET6 from text to its 4 or 16 bytes.\n\n"                                 \
    "OSError if the text is no address of the family, or the family is another (EAFNOSUPPORT)."

#define DOC_inet_ntop                                                                                                  \
    "inet_ntop($module, address_family, packed_ip, /)\n--\n\n"                                                         \
    "Convert an IP address of AF_INET (4 bytes) or AF_INET6 (16 bytes) to text.\n\n"                                   \
    "ValueError if the family is another, or *packed_ip* has not the right length."
