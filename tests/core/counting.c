/* A library for LD_PRELOAD that records the system calls on one file descriptor, and has a separate clock.
 *
 * watch(FD) starts the recording. recorded() returns the calls as text and clears them: a word for each call, followed
 * by "!" if it failed. The clock stands still from the first watch() on. A poll(2) of the descriptor never waits. It
 * advances the clock by the time that it would have waited. at_poll(FD, RECEIVES, NANOSECONDS) prepares an event
 * during the next poll(2), after so many nanoseconds: a byte is sent to the other end FD, or everything is received
 * from it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int watched = -1, other = -1, receives;
static int64_t now, delay;
static char calls[65536], result_text[65536];

void
watch(int fd)
{
    struct timespec time;
    if (now == 0) {
        REAL(clock_gettime)(CLOCK_MONOTONIC, &time);
        now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    }
    watched = fd;
    calls[0] = 0;
}

void
at_poll(int fd, int receive, int64_t nanoseconds)
{
    other = fd;
    receives = receive;
    delay = nanoseconds;
}

int64_t
passed(void)
{
    return now;
}

const char *
recorded(void)
{
    strcpy(result_text, calls);
    calls[0] = 0;
    return result_text;
}

static ssize_t
record(int fd, const char *name, ssize_t result)
{
    int number = errno;
    if (fd == watched && strlen(calls) < sizeof calls - 20) {
        strcat(calls, name);
        strcat(calls, result < 0 ? "! " : " ");
    }
    errno = number;
    return result;
}

int
clock_gettime(clockid_t clock, struct timespec *time)
{
    if (now == 0 || clock != CLOCK_MONOTONIC)
        return REAL(clock_gettime)(clock, time);
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    return 0;
}

int
poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
    if (count != 1 || fds->fd != watched)
        return REAL(poll)(fds, count, milliseconds);
    if (other >= 0) {
        static char block[1 << 20];
        if (receives)
            while (REAL(recv)(other, block, sizeof block, MSG_DONTWAIT) > 0)
                continue;
        else
            REAL(send)(other, "x", 1, 0);
        now += delay;
        other = -1;
    }
    int result = REAL(poll)(fds, count, 0);
    if (result == 0 && milliseconds < 0) {
        fputs("a poll that would never end\n", stderr);
        abort();
    }
    if (result == 0)
        now += milliseconds * INT64_C(1000000) + 50000; /* a little more than requested, as real systems do */
    return (int)record(fds->fd, "poll", result);
}

int
__poll_chk(struct pollfd *fds, nfds_t count, int milliseconds, size_t size)
{
    (void)size;
    return poll(fds, count, milliseconds);
}

ssize_t
read(int fd, void *buffer, size_t size)
{
    return record(fd, "recv", REAL(read)(fd, buffer, size));
}

ssize_t
__read_chk(int fd, void *buffer, size_t size, size_t room)
{
    (void)room;
    return read(fd, buffer, size);
}

ssize_t
readv(int fd, const struct iovec *vector, int count)
{
    return record(fd, "recv", REAL(readv)(fd, vector, count));
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
    return record(fd, "recv", REAL(recv)(fd, buffer, size, flags));
}

ssize_t
recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *length)
{
    return record(fd, "recv", REAL(recvfrom)(fd, buffer, size, flags, address, length));
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
    return record(fd, "recv", REAL(recvmsg)(fd, message, flags));
}

int
recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout)
{
    return (int)record(fd, "recv", REAL(recvmmsg)(fd, messages, count, flags, timeout));
}

ssize_t
write(int fd, const void *buffer, size_t size)
{
    return record(fd, "send", REAL(write)(fd, buffer, size));
}

ssize_t
send(int fd, const void *buffer, size_t size, int flags)
{
    return record(fd, "send", REAL(send)(fd, buffer, size, flags));
}

ssize_t
sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    return record(fd, "send", REAL(sendto)(fd, buffer, size, flags, address, length));
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    return record(fd, "send", REAL(sendmsg)(fd, message, flags));
}

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    return (int)record(fd, "send", REAL(sendmmsg)(fd, messages, count, flags));
}

int
accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    return (int)record(fd, "accept", REAL(accept4)(fd, address, length, flags));
}
