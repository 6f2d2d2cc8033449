#include <linux/sched/types.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift's view of the C library is without the extensions of GNU, of which this is one.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

// The C library of Debian 12 has no names for these, and Swift cannot call syscall(2), whose arguments
// differ. Both are of the calling thread.
static inline int onedoor_get_scheduling(struct sched_attr *scheduling) {
  return (int)syscall(SYS_sched_getattr, 0, scheduling, sizeof *scheduling, 0);
}

static inline int onedoor_set_scheduling(struct sched_attr *scheduling) {
  return (int)syscall(SYS_sched_setattr, 0, scheduling, 0);
}
