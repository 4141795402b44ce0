/* A library for LD_PRELOAD: another thread runs during a system call on the file descriptor of stop_at().
 *
 * The call writes a byte to the pipe *entered*, waits for a byte from the pipe *leave*, and fails with EAGAIN. */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int watched = -1, entered, leave;

void
stop_at(int fd, int write_to, int read_from)
{
    watched = fd;
    entered = write_to;
    leave = read_from;
}

static ssize_t
stop(int fd)
{
    char byte = 0;
    if (fd == watched) {
        watched = -1;
        if (write(entered, &byte, 1) != 1 || read(leave, &byte, 1) != 1)
            return -1;
    }
    errno = EAGAIN;
    return -1;
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
    (void)buffer, (void)size, (void)flags;
    return stop(fd);
}

ssize_t
recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *length)
{
    (void)buffer, (void)size, (void)flags, (void)address, (void)length;
    return stop(fd);
}

ssize_t
send(int fd, const void *buffer, size_t size, int flags)
{
    (void)buffer, (void)size, (void)flags;
    return stop(fd);
}

ssize_t
sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    (void)buffer, (void)size, (void)flags, (void)address, (void)length;
    return stop(fd);
}
