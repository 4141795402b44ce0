/* Waiting: the only code that calls poll(2).
 *
 * 1. A call is tried first. If it fails with EAGAIN in timeout mode, poll(2) waits until the socket is ready, and the
 *    call is tried again.
 * 2. A receive that had to wait makes the next receive of the socket poll first. This saves the failing call in a
 *    program that waits for each reply. A poll that returns at once ends this mode.
 * 3. One deadline on the monotonic clock applies to the whole operation.
 * 4. After a signal, its handler runs. If it raises nothing, the operation continues with the remaining time (PEP
 *    475).
 * 5. Some sockets never become ready for poll(2), such as those of AF_ALG for accept(2). Therefore the call is tried
 *    once more before TimeoutError is raised.
 * 6. Others are always ready, such as a datagram socket of AF_UNIX with a full queue at the peer. The loop then
 *    sleeps.
 * 7. A call that began without a timeout has no deadline. It does not wait if another thread sets a timeout. Neither
 *    does recvmsg() with MSG_ERRQUEUE: the error queue has no readiness of its own to wait for.
 */

#include "native.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

/* In nanoseconds. A poll that returns sooner has found the socket ready: to sleep and wake up takes longer. */
#define AT_ONCE INT64_C(4000)

/* The number of times that a call may fail on a socket that poll(2) reports as ready, before the loop sleeps. */
#define MOST_FALSE_ALARMS 3

static int64_t
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

int64_t
deadline_of(BaseSocket *s)
{
    int64_t timeout = s->timeout, start;
    if (timeout <= 0)
        return NEVER;
    start = now();
    return timeout < NEVER - start ? start + timeout : NEVER - 1;
}

int
has_passed(int64_t deadline)
{
    return deadline != NEVER && now() > deadline;
}

PyObject *
raise_errno(void)
{
    if (!PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    return NULL;
}

void
raise_timed_out(BaseSocket *s)
{
    PyObject *exception = call_rule(s->state, RULE_TIMED_OUT, NULL, 0, NULL);
    if (exception != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
}

/* Milliseconds until the deadline, rounded up, for poll(2); -1 without a deadline. */
static int
milliseconds_until(int64_t deadline)
{
    if (deadline == NEVER)
        return -1;
    int64_t left = deadline - now();
    if (left <= 0)
        return 0;
    left = (left - 1) / MILLISECOND + 1;
    return left < INT_MAX ? (int)left : INT_MAX;
}

int
wait_until_ready(BaseSocket *s, short event, int64_t deadline)
{
    for (;;) {
        struct pollfd polled = {.fd = s->fd, .events = event};
        int milliseconds = milliseconds_until(deadline), result;
        if (polled.fd < 0)
            return 1; /* another thread has closed it: the call fails with EBADF */
        Py_BEGIN_ALLOW_THREADS
        result = poll(&polled, 1, milliseconds);
        Py_END_ALLOW_THREADS
        if (result > 0)
            return 1;
        if (result == 0) {
            /* A wait of more than INT_MAX milliseconds takes several polls. */
            if (milliseconds == 0 || milliseconds_until(deadline) == 0)
                return 0;
        }
        else if (errno != EINTR || PyErr_CheckSignals() < 0)
            return -1;
    }
}

ssize_t
try_call(BaseSocket *s, SystemCall call, void *arguments)
{
    for (;;) {
        int fd = s->fd;
        ssize_t result;
        Py_BEGIN_ALLOW_THREADS
        result = call(fd, arguments);
        Py_END_ALLOW_THREADS
        if (result >= 0 || errno != EINTR || PyErr_CheckSignals() < 0)
            return result;
    }
}

static int
is_not_ready(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK;
}

/* Sleep for a millisecond, because a socket that is always ready must not be polled without a pause. */
static int
pause_briefly(void)
{
    struct timespec time = {.tv_nsec = MILLISECOND};
    Py_BEGIN_ALLOW_THREADS
    nanosleep(&time, NULL);
    Py_END_ALLOW_THREADS
    return PyErr_CheckSignals();
}

/* Wait before the first try of a receive (rule 2). Returns the result of wait_until_ready(). */
static int
wait_first(BaseSocket *s, int64_t deadline)
{
    int64_t start = now();
    int ready = wait_until_ready(s, POLLIN, deadline);
    if (ready > 0 && now() - start < AT_ONCE)
        s->poll_first = 0;
    return ready;
}

/* Return true if the call began in timeout mode and the socket is still in it (rule 7). */
static int
may_wait(BaseSocket *s, int64_t deadline)
{
    return deadline != NEVER && s->timeout > 0;
}

ssize_t
attempt_call(BaseSocket *s, SystemCall call, void *arguments, Purpose purpose, int64_t deadline)
{
    int false_alarms = 0, ready = 1;
    /* Two steps, because an exchange is slower. Another thread may take the error between them. */
    int stored = purpose == TO_RECEIVE && s->receive_error ? atomic_exchange(&s->receive_error, 0) : 0;
    if (stored != 0) {
        errno = stored;
        return -1;
    }
    if (purpose == TO_RECEIVE && s->poll_first && may_wait(s, deadline) && (ready = wait_first(s, deadline)) < 0)
        return -1;
    for (;;) {
        if (!ready && !may_wait(s, deadline)) /* another thread has set the mode meanwhile */
            return TIMED_OUT;
        ssize_t result = try_call(s, call, arguments);
        if (result >= 0 || PyErr_Occurred() || !is_not_ready(errno) || !may_wait(s, deadline))
            return result;
        if (!ready || (false_alarms > 0 && milliseconds_until(deadline) == 0))
            return TIMED_OUT;
        if (false_alarms++ > MOST_FALSE_ALARMS && pause_briefly() < 0)
            return -1;
        if ((ready = wait_until_ready(s, purpose == TO_SEND ? POLLOUT : POLLIN, deadline)) < 0)
            return -1;
        if (purpose == TO_RECEIVE)
            s->poll_first = 1;
    }
}

ssize_t
complete_call(BaseSocket *s, SystemCall call, void *arguments, Purpose purpose, int64_t deadline)
{
    ssize_t result = attempt_call(s, call, arguments, purpose, deadline);
    if (result == TIMED_OUT)
        raise_timed_out(s);
    else if (result < 0)
        raise_errno();
    return result < 0 ? -1 : result;
}
