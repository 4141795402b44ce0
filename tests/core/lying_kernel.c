/* A library for LD_PRELOAD: system calls report larger lengths than they wrote.
 *
 * lie(EXTRA, WHICH) makes the calls below add EXTRA to the lengths that they report; it may be negative. WHICH is a sum
 * of the numbers of the enum. The calls themselves are made as usual, with the buffers and sizes of the caller, so
 * nothing is written beyond them. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ADDRESSES = 1, /* the length of an address */
    OPTIONS = 2,   /* the length of an option's value */
    CONTROLS = 4,  /* the length of all control messages together */
    CMSGS = 8,     /* cmsg_len of the first control message */
    BYTES = 16,    /* the number of bytes */
    MESSAGES = 32, /* the number of messages in a batch */
};

static int extra;
static unsigned int which;

void
lie(int more, unsigned int about)
{
    extra = more;
    which = about;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MORE(about) (which & (about) ? extra : 0)

static void
lengthen(struct msghdr *message)
{
    struct cmsghdr *first = CMSG_FIRSTHDR(message);
    if (message->msg_name != NULL)
        message->msg_namelen += MORE(ADDRESSES);
    if (first != NULL && message->msg_controllen > 0)
        first->cmsg_len += MORE(CMSGS);
    message->msg_controllen += MORE(CONTROLS);
}

int
getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    int result = REAL(getsockopt)(fd, level, option, value, length);
    if (result == 0)
        *length += MORE(OPTIONS);
    return result;
}

int
getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    int result = REAL(getsockname)(fd, address, length);
    if (result == 0)
        *length += MORE(ADDRESSES);
    return result;
}

int
getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    int result = REAL(getpeername)(fd, address, length);
    if (result == 0)
        *length += MORE(ADDRESSES);
    return result;
}

int
accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    int result = REAL(accept4)(fd, address, length, flags);
    if (result >= 0 && length != NULL)
        *length += MORE(ADDRESSES);
    return result;
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
    ssize_t result = REAL(recv)(fd, buffer, size, flags);
    return result < 0 ? result : result + (ssize_t)MORE(BYTES);
}

ssize_t
recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *length)
{
    ssize_t result = REAL(recvfrom)(fd, buffer, size, flags, address, length);
    if (result >= 0 && length != NULL)
        *length += MORE(ADDRESSES);
    return result < 0 ? result : result + (ssize_t)MORE(BYTES);
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t result = REAL(recvmsg)(fd, message, flags);
    if (result < 0)
        return result;
    lengthen(message);
    return result + (ssize_t)MORE(BYTES);
}

int
recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout)
{
    int result = REAL(recvmmsg)(fd, messages, count, flags, timeout);
    for (int i = 0; i < result; i++) {
        lengthen(&messages[i].msg_hdr);
        messages[i].msg_len += MORE(BYTES);
    }
    return result < 0 ? result : result + (int)MORE(MESSAGES);
}

ssize_t
send(int fd, const void *buffer, size_t size, int flags)
{
    ssize_t result = REAL(send)(fd, buffer, size, flags);
    return result < 0 ? result : result + (ssize_t)MORE(BYTES);
}

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    int result = REAL(sendmmsg)(fd, messages, count, flags);
    return result < 0 ? result : result + (int)MORE(MESSAGES);
}
