#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift's view of the C library is without the extensions of GNU, of which this is one.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

// What the system tells by TCP_INFO, up to the last of it that is asked for, as the kernel has it since
// 4.1: its own header goes with no other one, and the C library's ends before bytes_acked.
struct onedoor_tcp_info {
  uint8_t state[8];
  uint32_t counters[24];
  uint64_t pacing_rate, max_pacing_rate; // bytes a second
  uint64_t bytes_acked;
};

// What sched_setattr(2) takes, in its first form. The C library of Debian 12 has no names for it, the
// kernel's header goes with no other one, and Swift cannot call syscall(2), whose arguments differ.
struct onedoor_scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t slice, deadline, period; // ns
};

enum { onedoor_reset_on_fork = 1 };

// Both are of the calling thread.
static inline int onedoor_get_scheduling(struct onedoor_scheduling *scheduling) {
  return (int)syscall(SYS_sched_getattr, 0, scheduling, sizeof *scheduling, 0);
}

static inline int onedoor_set_scheduling(struct onedoor_scheduling *scheduling) {
  return (int)syscall(SYS_sched_setattr, 0, scheduling, 0);
}
