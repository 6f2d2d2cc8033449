#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Swift's view of the C library is without the extensions of GNU, of which this is one.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
