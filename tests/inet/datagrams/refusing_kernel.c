/* A library for LD_PRELOAD: the system lacks features of datagrams, or fails.
 *
 * refuse() sets a list of what is refused: "gro", "gso", "packet_info", "ecn", "ttl", "timestamps" and
 * "dont_fragment" are options, which fail with ENOPROTOOPT. "eio" makes buffers of several datagrams fail with EIO, like
 * a driver that cannot split them. "full" makes all calls fail with EAGAIN after MOST messages, until the program
 * calls refuse() again. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define MOST 7

static char list[256];
static int accepted, eio_count;

void
refuse(const char *names)
{
    strncpy(list, names, sizeof(list) - 1);
    accepted = eio_count = 0;
}

int
count_eio(void)
{
    return eio_count;
}

static int
refuses(const char *what)
{
    return strstr(list, what) != NULL;
}

static int
is_refused(int level, int option)
{
    if (level == SOL_SOCKET)
        return (option == SO_TIMESTAMP || option == SO_TIMESTAMPNS) && refuses("timestamps");
    if (level == IPPROTO_UDP)
        return (option == UDP_GRO && refuses("gro")) || (option == UDP_SEGMENT && refuses("gso"));
    if (level == IPPROTO_IP)
        return (option == IP_PKTINFO && refuses("packet_info")) || (option == IP_RECVTOS && refuses("ecn"))
            || (option == IP_RECVTTL && refuses("ttl")) || (option == IP_MTU_DISCOVER && refuses("dont_fragment"));
    return level == IPPROTO_IPV6
        && (((option == IPV6_RECVPKTINFO || option == IPV6_PKTINFO) && refuses("packet_info"))
            || (option == IPV6_RECVTCLASS && refuses("ecn"))
            || ((option == IPV6_RECVHOPLIMIT || option == IPV6_HOPLIMIT) && refuses("ttl"))
            || ((option == IPV6_MTU_DISCOVER || option == IPV6_DONTFRAG) && refuses("dont_fragment")));
}

int
setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    if (is_refused(level, option)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return REAL(setsockopt)(fd, level, option, value, length);
}

int
getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    if (is_refused(level, option)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return REAL(getsockopt)(fd, level, option, value, length);
}

/* Return the errno for a message, or 0. */
static int
check(const struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR((struct msghdr *)message, c))
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT && refuses("eio")) {
            eio_count++;
            return EIO;
        }
    if (refuses("full") && accepted >= MOST)
        return EAGAIN;
    accepted++;
    return 0;
}

ssize_t
sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    struct msghdr message = {0};
    errno = check(&message);
    return errno ? -1 : REAL(sendto)(fd, data, size, flags, address, length);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    errno = check(message);
    return errno ? -1 : REAL(sendmsg)(fd, message, flags);
}

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    unsigned int usable = 0;
    int number = 0;
    while (usable < count && (number = check(&messages[usable].msg_hdr)) == 0)
        usable++;
    if (usable == 0) {
        errno = number;
        return count ? -1 : 0;
    }
    return REAL(sendmmsg)(fd, messages, usable, flags);
}
