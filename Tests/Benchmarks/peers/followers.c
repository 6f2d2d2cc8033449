// Follows a stream over many HTTP/2 connections and says when the last of them had each alert.
//
//   followers -p PORT -u PATH -c FOLLOWERS -b BODIES [-s SLOW -B BODIES] [-H NAME:VALUE]...
//             [-R NAME:FILE]
//
// Every follower is one connection with one stream. BODIES are files of records (four bytes of
// length, little-endian, then as many bytes), each a whole request body; followers take them in
// turn. -R gives a header field whose values are the lines of a file, one follower after the
// other. The SLOW ones take nothing any more once their answer has begun.
//
// Prints `ready` when every answer has begun, then one line for each alert that all followers but
// the slow ones have: its number from 0, and when the first and the last had it, in milliseconds
// since 1970. Ends when its standard input does, with how many followers were cut off.

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

enum { most_followers = 1024, most_fields = 8, most_lines = 1024, envelope_head = 5 };

static struct {
  int port, followers, slow;
  const char *path, *rotating;
  nghttp2_nv fields[most_fields];
  int field_count;
  char *lines[most_lines];
  int line_count;
} plan;

struct records {
  uint8_t *bytes, *next, *end;
};

static struct records bodies, slow_bodies;

struct follower {
  int socket, is_slow, has_begun, is_cut;
  nghttp2_session *session;
  const uint8_t *body;
  size_t left;
  // The envelope that is being read.
  uint8_t *envelope;
  size_t held, room;
  long alerts;
};

struct alert {
  int count;
  double first, last;
};

static struct follower followers[most_followers];
static struct alert *alerts;
static long alert_room, told;
static int begun, cut;

static double milliseconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void count_alert(long number) {
  if (number >= alert_room) {
    long room = alert_room ? 2 * alert_room : 1 << 12;
    alerts = realloc(alerts, (size_t)room * sizeof *alerts);
    if (!alerts) fail("followers", "no memory");
    memset(alerts + alert_room, 0, (size_t)(room - alert_room) * sizeof *alerts);
    alert_room = room;
  }
  struct alert *alert = &alerts[number];
  alert->last = milliseconds_now();
  if (alert->count++ == 0) alert->first = alert->last;
  // They come in order, so an alert that all have follows one that all have.
  if (alert->count == plan.followers) {
    printf("%ld %.3f %.3f\n", number, alert->first, alert->last);
    told = number + 1;
  }
}

// How many alerts a message holds: fields 1 at its top, or in JSON as many sequences.
static int alerts_within(const uint8_t *bytes, size_t length) {
  int count = 0;
  if (length > 0 && bytes[0] == '{') {
    static const char mark[] = "\"sequence\":";
    const uint8_t *at = bytes, *end = bytes + length;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1))) {
      count++;
      at += sizeof mark - 1;
    }
    return count;
  }
  for (size_t at = 0; at < length;) {
    int is_alert = bytes[at++] == 0x0a;
    size_t size = 0;
    for (int shift = 0; at < length; shift += 7) {
      size |= (size_t)(bytes[at] & 0x7f) << shift;
      if (!(bytes[at++] & 0x80)) break;
    }
    at += size;
    count += is_alert;
  }
  return count;
}

static void read_envelopes(struct follower *follower) {
  size_t at = 0;
  while (follower->held - at >= envelope_head) {
    const uint8_t *head = follower->envelope + at;
    size_t length = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
    if (follower->held - at < envelope_head + length) break;
    if (head[0] & 2) {
      fprintf(stderr, "a stream ended: %.*s\n", (int)length, (const char *)head + envelope_head);
    } else if (!follower->is_slow) {
      int count = alerts_within(head + envelope_head, length);
      for (int i = 0; i < count; i++) count_alert(follower->alerts++);
    }
    at += envelope_head + length;
  }
  follower->held -= at;
  memmove(follower->envelope, follower->envelope + at, follower->held);
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
  (void)session, (void)stream, (void)user;
  struct follower *follower = source->ptr;
  size_t count = follower->left < length ? follower->left : length;
  memcpy(buffer, follower->body, count);
  follower->body += count;
  follower->left -= count;
  if (follower->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)count;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *user) {
  (void)session, (void)frame, (void)flags;
  struct follower *follower = user;
  if (name_length != 7 || memcmp(name, ":status", 7) != 0) return 0;
  if (value_length != 3 || memcmp(value, "200", 3) != 0) fail("a follower was refused", "status");
  follower->has_begun = 1;
  if (++begun == plan.followers + plan.slow) printf("ready\n");
  return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t length, void *user) {
  (void)session, (void)flags, (void)stream;
  struct follower *follower = user;
  if (follower->held + length > follower->room) {
    follower->room = 2 * (follower->held + length);
    follower->envelope = realloc(follower->envelope, follower->room);
    if (!follower->envelope) fail("followers", "no memory");
  }
  memcpy(follower->envelope + follower->held, bytes, length);
  follower->held += length;
  read_envelopes(follower);
  return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user) {
  (void)session, (void)stream, (void)error;
  struct follower *follower = user;
  follower->is_cut = 1;
  cut++;
  return 0;
}

static nghttp2_nv field(const char *name, const char *value) {
  return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                      NGHTTP2_NV_FLAG_NONE};
}

static void take_body(struct follower *follower, struct records *records) {
  if (records->bytes == records->end) fail("usage", "no bodies");
  uint32_t length;
  if (records->next == records->end) records->next = records->bytes;
  memcpy(&length, records->next, sizeof length);
  follower->body = records->next + sizeof length;
  follower->left = length;
  records->next += sizeof length + length;
}

// Sends what there is; a follower sends so little that the socket always takes it.
static void send_all(struct follower *follower) {
  const uint8_t *bytes;
  ssize_t length;
  while ((length = nghttp2_session_mem_send(follower->session, &bytes)) > 0)
    if (send(follower->socket, bytes, (size_t)length, MSG_NOSIGNAL) != length)
      fail("send", strerror(errno));
}

static void begin(int number, int poll) {
  struct follower *follower = &followers[number];
  follower->is_slow = number >= plan.followers;
  follower->socket = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)plan.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(follower->socket, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect", strerror(errno));
  int yes = 1;
  setsockopt(follower->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  nghttp2_session_callbacks *callbacks;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session_client_new(&follower->session, callbacks, follower);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(follower->session, NGHTTP2_FLAG_NONE, NULL, 0);
  char authority[32];
  snprintf(authority, sizeof authority, "127.0.0.1:%d", plan.port);
  nghttp2_nv head[most_fields + 5];
  int count = 0;
  head[count++] = field(":method", "POST");
  head[count++] = field(":scheme", "http");
  head[count++] = field(":authority", authority);
  head[count++] = field(":path", plan.path);
  for (int i = 0; i < plan.field_count; i++) head[count++] = plan.fields[i];
  if (plan.rotating) head[count++] = field(plan.rotating, plan.lines[number % plan.line_count]);
  take_body(follower, follower->is_slow ? &slow_bodies : &bodies);
  nghttp2_data_provider provider = {.source.ptr = follower, .read_callback = read_body};
  if (nghttp2_submit_request(follower->session, NULL, head, (size_t)count, &provider, NULL) < 0)
    fail("submit", "a request");
  send_all(follower);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, follower->socket, &event) != 0)
    fail("epoll", strerror(errno));
}

static void receive(struct follower *follower, int poll) {
  static uint8_t buffer[1 << 17];
  ssize_t count = recv(follower->socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  int is_over = count <= 0;
  if (!is_over && nghttp2_session_mem_recv(follower->session, buffer, (size_t)count) < 0)
    fail("receive", "no HTTP/2");
  if (!is_over) send_all(follower);
  if (is_over && !follower->is_cut) cut++;
  if (is_over || (follower->is_slow && follower->has_begun))
    epoll_ctl(poll, EPOLL_CTL_DEL, follower->socket, NULL);
}

static void run(void) {
  int poll = epoll_create1(0), input = most_followers;
  struct epoll_event events[256], event = {.events = EPOLLIN, .data.u32 = (uint32_t)input};
  epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  for (int i = 0; i < plan.followers + plan.slow; i++) begin(i, poll);
  while (1) {
    int count = epoll_wait(poll, events, 256, -1);
    if (count < 0 && errno != EINTR) fail("epoll", strerror(errno));
    for (int i = 0; i < count; i++) {
      int number = (int)events[i].data.u32;
      if (number != input) {
        receive(&followers[number], poll);
        continue;
      }
      char byte;
      if (read(STDIN_FILENO, &byte, 1) <= 0) return;
    }
    fflush(stdout);
  }
}

static void read_records(struct records *records, const char *path) {
  size_t length;
  records->bytes = records->next = whole_file(path, &length);
  records->end = records->bytes + length;
}

static void read_lines(char *argument) {
  char *colon = strchr(argument, ':');
  if (!colon) fail("usage", "-R NAME:FILE");
  *colon = 0;
  plan.rotating = argument;
  size_t length;
  char *text = (char *)whole_file(colon + 1, &length);
  for (char *line = strtok(text, "\n"); line && plan.line_count < most_lines;
       line = strtok(NULL, "\n"))
    plan.lines[plan.line_count++] = line;
  if (plan.line_count == 0) fail("followers", "no lines");
}

int main(int count, char **arguments) {
  int option;
  while ((option = getopt(count, arguments, "p:u:c:s:b:B:H:R:")) != -1) {
    char *colon;
    switch (option) {
      case 'p': plan.port = atoi(optarg); break;
      case 'u': plan.path = optarg; break;
      case 'c': plan.followers = atoi(optarg); break;
      case 's': plan.slow = atoi(optarg); break;
      case 'b': read_records(&bodies, optarg); break;
      case 'B': read_records(&slow_bodies, optarg); break;
      case 'R': read_lines(optarg); break;
      case 'H':
        colon = strchr(optarg, ':');
        if (!colon || plan.field_count == most_fields) fail("usage", "-H NAME:VALUE");
        *colon = 0;
        plan.fields[plan.field_count++] = field(optarg, colon + 1);
        break;
      default: fail("usage", "followers -p PORT -u PATH -c FOLLOWERS -b BODIES ...");
    }
  }
  if (plan.followers < 1 || plan.followers + plan.slow > most_followers || !plan.path)
    fail("usage", "-p, -u, -c and -b; at most 1024 followers");
  run();
  printf("{\"alerts\":%ld,\"cut\":%d}\n", told, cut);
  return 0;
}
