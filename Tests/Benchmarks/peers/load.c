// Calls a server over HTTP/2 with bodies, keys and callers that differ from call to call.
//
//   load -p PORT -u PATH -c CONNECTIONS -m STREAMS -t SECONDS
//        [-n CALLS] [-b BODIES] [-H NAME:VALUE]... [-R NAME:FILE] [-k PREFIX] [-w ANSWERS]
//
// Every connection keeps STREAMS calls under way for SECONDS, or until CALLS were begun, then
// waits for those that are open. BODIES and ANSWERS are files of records: four bytes of length
// (little-endian), then as many bytes; without BODIES it is GET. -R gives a header field whose
// values are the lines of a file, one call after the other. -k gives every call an
// idempotency-key of its own.
//
// Prints one line of JSON. Latency is from the submission of a call to the end of its answer.

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

enum { most_connections = 64, most_fields = 8, most_lines = 256, patience = 10 };

static struct {
  int port, connections, streams;
  long calls;
  double time;
  const char *path, *prefix;
  uint8_t *bodies, *body, *bodies_end;
  nghttp2_nv fields[most_fields];
  int field_count;
  const char *rotating;
  char *lines[most_lines];
  int line_count;
  FILE *answers;
} plan = {.connections = 1, .streams = 1, .calls = -1, .time = 1};

struct call {
  double start;
  const uint8_t *body;
  size_t left;
  int status;
  uint8_t *answer;
  size_t answered;
};

struct connection {
  int socket;
  nghttp2_session *session;
  const uint8_t *unsent;
  size_t unsent_count;
  int open;
};

static struct connection connections[most_connections];
static double *latencies;
static long begun, done, failed, room;
static int first_failure;
static double stop_at, last_end;

// Whether one more call shall be begun.
static int wants_more(void) {
  return (plan.calls < 0 || begun < plan.calls) && seconds_now() < stop_at;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
  (void)session, (void)stream, (void)user;
  struct call *call = source->ptr;
  size_t count = call->left < length ? call->left : length;
  memcpy(buffer, call->body, count);
  call->body += count;
  call->left -= count;
  if (call->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)count;
}

static nghttp2_nv field(const char *name, const char *value) {
  return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                      NGHTTP2_NV_FLAG_NONE};
}

static void take_body(struct call *call) {
  uint32_t length;
  if (plan.body == plan.bodies_end) plan.body = plan.bodies;
  memcpy(&length, plan.body, sizeof length);
  call->body = plan.body + sizeof length;
  call->left = length;
  plan.body += sizeof length + length;
}

static void begin(struct connection *connection) {
  struct call *call = calloc(1, sizeof *call);
  if (!call) fail("load", "no memory");
  char authority[32], key[64];
  snprintf(authority, sizeof authority, "127.0.0.1:%d", plan.port);
  nghttp2_nv head[most_fields + 6];
  int count = 0;
  head[count++] = field(":method", plan.bodies ? "POST" : "GET");
  head[count++] = field(":scheme", "http");
  head[count++] = field(":authority", authority);
  head[count++] = field(":path", plan.path);
  for (int i = 0; i < plan.field_count; i++) head[count++] = plan.fields[i];
  if (plan.rotating) head[count++] = field(plan.rotating, plan.lines[begun % plan.line_count]);
  if (plan.prefix) {
    snprintf(key, sizeof key, "%s-%ld", plan.prefix, begun);
    head[count] = field("idempotency-key", key);
    head[count++].flags = NGHTTP2_NV_FLAG_NO_INDEX;
  }
  nghttp2_data_provider provider = {.source.ptr = call, .read_callback = read_body};
  if (plan.bodies) take_body(call);
  call->start = seconds_now();
  int32_t stream = nghttp2_submit_request(connection->session, NULL, head, (size_t)count,
                                          plan.bodies ? &provider : NULL, call);
  if (stream < 0) fail("submit", nghttp2_strerror(stream));
  begun++;
  connection->open++;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *user) {
  (void)value_length, (void)flags, (void)user;
  struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
  if (call && name_length == 7 && memcmp(name, ":status", 7) == 0)
    call->status = atoi((const char *)value);
  return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t length, void *user) {
  (void)flags, (void)user;
  struct call *call = nghttp2_session_get_stream_user_data(session, stream);
  if (!call || !(plan.answers || call->status != 200)) return 0;
  uint8_t *longer = realloc(call->answer, call->answered + length + 1);
  if (!longer) fail("load", "no memory");
  memcpy(longer + call->answered, bytes, length);
  call->answer = longer;
  call->answered += length;
  call->answer[call->answered] = 0;
  return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user) {
  struct connection *connection = user;
  struct call *call = nghttp2_session_get_stream_user_data(session, stream);
  if (!call) return 0;
  last_end = seconds_now();
  connection->open--;
  if (call->status == 200 && error == 0) {
    if (done == room) {
      room = room ? 2 * room : 1 << 16;
      latencies = realloc(latencies, (size_t)room * sizeof *latencies);
      if (!latencies) fail("load", "no memory");
    }
    latencies[done++] = last_end - call->start;
    if (plan.answers) {
      uint32_t length = (uint32_t)call->answered;
      fwrite(&length, sizeof length, 1, plan.answers);
      fwrite(call->answer, 1, length, plan.answers);
    }
  } else if (failed++ == 0) {
    first_failure = call->status;
    fprintf(stderr, "first failure: status %d, error %u: %s\n", call->status, error,
            call->answer ? (char *)call->answer : "");
  }
  free(call->answer);
  free(call);
  if (wants_more()) begin(connection);
  return 0;
}

static void open_connection(struct connection *connection) {
  connection->socket = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)plan.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect", strerror(errno));
  int yes = 1;
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  nghttp2_session_callbacks *callbacks;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_session_client_new(&connection->session, callbacks, connection);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
  nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 2);
  nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, 1 << 28);
}

// Sends what there is until the socket takes no more.
static void send_all(struct connection *connection) {
  while (1) {
    if (connection->unsent_count == 0) {
      // Several frames are gathered, so that a system call carries many of them.
      static uint8_t gathered[most_connections][1 << 16];
      uint8_t *buffer = gathered[connection - connections];
      size_t count = 0;
      const uint8_t *bytes;
      ssize_t length;
      while (count + (1 << 15) < sizeof gathered[0] &&
             (length = nghttp2_session_mem_send(connection->session, &bytes)) > 0) {
        if (count + (size_t)length > sizeof gathered[0]) fail("send", "a frame is too long");
        memcpy(buffer + count, bytes, (size_t)length);
        count += (size_t)length;
      }
      if (count == 0) return;
      connection->unsent = buffer;
      connection->unsent_count = count;
    }
    ssize_t sent = send(connection->socket, connection->unsent, connection->unsent_count,
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent < 0) fail("send", strerror(errno));
    connection->unsent += sent;
    connection->unsent_count -= (size_t)sent;
  }
}

static void receive(struct connection *connection) {
  static uint8_t buffer[1 << 17];
  ssize_t count = recv(connection->socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) fail("receive", "the server closed the connection");
  ssize_t taken = nghttp2_session_mem_recv(connection->session, buffer, (size_t)count);
  if (taken < 0) fail("receive", nghttp2_strerror((int)taken));
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static void run(void) {
  struct pollfd polled[most_connections];
  double start = seconds_now();
  stop_at = last_end = start + plan.time;
  for (int i = 0; i < plan.connections; i++)
    for (int j = 0; j < plan.streams && wants_more(); j++) begin(&connections[i]);
  while (1) {
    int open = 0;
    for (int i = 0; i < plan.connections; i++) {
      send_all(&connections[i]);
      open += connections[i].open;
      polled[i].fd = connections[i].socket;
      polled[i].events = POLLIN | (connections[i].unsent_count ? POLLOUT : 0);
    }
    if (open == 0) break;
    if (seconds_now() > stop_at + patience) fail("load", "calls were not answered");
    if (poll(polled, (nfds_t)plan.connections, 1000) < 0 && errno != EINTR)
      fail("poll", strerror(errno));
    for (int i = 0; i < plan.connections; i++)
      if (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) receive(&connections[i]);
  }
  double passed = last_end - start;
  qsort(latencies, (size_t)done, sizeof *latencies, ascending);
  double p50 = done ? latencies[done / 2] * 1e3 : 0, p99 = done ? latencies[done * 99 / 100] * 1e3 : 0;
  printf("{\"done\":%ld,\"failed\":%ld,\"first_failure\":%d,\"seconds\":%.3f,\"per_second\":%.1f,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
         done, failed, first_failure, passed, (double)done / passed, p50, p99,
         done ? latencies[done - 1] * 1e3 : 0);
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
  if (plan.line_count == 0) fail("load", "no lines");
}

int main(int count, char **arguments) {
  int option;
  size_t length = 0;
  while ((option = getopt(count, arguments, "p:u:c:m:n:t:b:H:R:k:w:")) != -1) {
    char *colon;
    switch (option) {
      case 'p': plan.port = atoi(optarg); break;
      case 'u': plan.path = optarg; break;
      case 'c': plan.connections = atoi(optarg); break;
      case 'm': plan.streams = atoi(optarg); break;
      case 'n': plan.calls = atol(optarg); break;
      case 't': plan.time = atof(optarg); break;
      case 'k': plan.prefix = optarg; break;
      case 'R': read_lines(optarg); break;
      case 'b':
        plan.bodies = plan.body = whole_file(optarg, &length);
        plan.bodies_end = plan.bodies + length;
        break;
      case 'H':
        colon = strchr(optarg, ':');
        if (!colon || plan.field_count == most_fields) fail("usage", "-H NAME:VALUE");
        *colon = 0;
        plan.fields[plan.field_count++] = field(optarg, colon + 1);
        break;
      case 'w':
        plan.answers = fopen(optarg, "wb");
        if (!plan.answers) fail("cannot write", optarg);
        break;
      default: fail("usage", "load -p PORT -u PATH -c N -m N -t SECONDS ...");
    }
  }
  if (plan.connections > most_connections || !plan.path) fail("usage", "-p, -u, -c at most 64");
  for (int i = 0; i < plan.connections; i++) open_connection(&connections[i]);
  run();
  if (plan.answers) fclose(plan.answers);
  return 0;
}
