// Says the body of each call again over nghttp2, and nothing else: what the library and the system
// take of a unary call, before anybody looks at who calls and what is said.
//
//   bare-echo PORT [CONNECTIONS]
//
// One thread, HTTP/2 with prior knowledge, on loopback; bodies of at most 4,096 bytes. Ends after
// so many connections have ended, if a number is given.

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

enum { longest_body = 4096, piece = 64 << 10, largest_frame = 32 << 10, most_events = 64 };

struct call {
  size_t length, said;
  uint8_t body[longest_body];
};

struct connection {
  int socket;
  nghttp2_session *session;
  size_t waiting;
  uint8_t pieces[piece + largest_frame];
};

static struct call *call_of(nghttp2_session *session, int32_t id) {
  return nghttp2_session_get_stream_user_data(session, id);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *connection) {
  (void)connection;
  if (call_of(session, frame->hd.stream_id)) return 0;
  struct call *call = malloc(sizeof(struct call));
  if (!call) fail("bare-echo", "no memory");
  call->length = call->said = 0;
  return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t count, void *connection) {
  (void)flags;
  (void)connection;
  struct call *call = call_of(session, id);
  if (!call || count > longest_body - call->length) return NGHTTP2_ERR_CALLBACK_FAILURE;
  memcpy(call->body + call->length, bytes, count);
  call->length += count;
  return 0;
}

static ssize_t say(nghttp2_session *session, int32_t id, uint8_t *room, size_t size,
                   uint32_t *flags, nghttp2_data_source *source, void *connection) {
  (void)session;
  (void)id;
  (void)connection;
  struct call *call = source->ptr;
  size_t count = call->length - call->said < size ? call->length - call->said : size;
  memcpy(room, call->body + call->said, count);
  call->said += count;
  if (call->said == call->length) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)count;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *connection) {
  (void)connection;
  int is_of_call = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!is_of_call || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
#define FIELD(name, value) \
  {(uint8_t *)name, (uint8_t *)value, sizeof name - 1, sizeof value - 1, \
   NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE}
  nghttp2_nv head[] = {FIELD(":status", "200"), FIELD("content-type", "application/proto"),
                       FIELD("onedoor-position", "probe=0")};
  nghttp2_data_provider body = {{.ptr = call_of(session, frame->hd.stream_id)}, say};
  return nghttp2_submit_response(session, frame->hd.stream_id, head, 3, &body);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *connection) {
  (void)code;
  (void)connection;
  free(call_of(session, id));
  return 0;
}

static void open_connection(int poll, int listener, nghttp2_session_callbacks *callbacks) {
  struct connection *it = calloc(1, sizeof(struct connection));
  int one = 1;
  if (!it || (it->socket = accept(listener, NULL, NULL)) < 0) fail("bare-echo", "cannot accept");
  setsockopt(it->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  nghttp2_settings_entry most = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100};
  if (nghttp2_session_server_new(&it->session, callbacks, it) ||
      nghttp2_submit_settings(it->session, NGHTTP2_FLAG_NONE, &most, 1))
    fail("bare-echo", "no session");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = it};
  epoll_ctl(poll, EPOLL_CTL_ADD, it->socket, &event);
}

// Writes what waits; the sockets block, and the callers read. False once the caller has gone.
static int write_out(struct connection *it) {
  for (size_t at = 0; at < it->waiting;) {
    ssize_t count = send(it->socket, it->pieces + at, it->waiting - at, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) return 0;
    if (count > 0) at += (size_t)count;
  }
  it->waiting = 0;
  return 1;
}

// Takes in one read and says what there is to say. False once the connection has ended.
static int serve(struct connection *it) {
  static uint8_t room[piece];
  ssize_t count = recv(it->socket, room, sizeof room, 0);
  if (count <= 0 || nghttp2_session_mem_recv(it->session, room, (size_t)count) != count) return 0;
  while (1) {
    const uint8_t *bytes;
    ssize_t length = nghttp2_session_mem_send(it->session, &bytes);
    if (length < 0 || length > largest_frame) return 0;
    memcpy(it->pieces + it->waiting, bytes, (size_t)length);
    it->waiting += (size_t)length;
    if ((length == 0 || it->waiting >= piece) && !write_out(it)) return 0;
    if (length == 0) return 1;
  }
}

int main(int count, char **words) {
  if (count < 2) fail("bare-echo", "PORT [CONNECTIONS]");
  long left = count > 2 ? atol(words[2]) : -1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128))
    fail("cannot listen on", words[1]);
  nghttp2_session_callbacks *callbacks;
  if (nghttp2_session_callbacks_new(&callbacks)) fail("bare-echo", "no memory");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  struct epoll_event event = {.events = EPOLLIN}, events[most_events];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  while (left != 0) {
    int ready = epoll_wait(poll, events, most_events, -1);
    for (int index = 0; index < ready; index++) {
      struct connection *it = events[index].data.ptr;
      if (!it) {
        open_connection(poll, listener, callbacks);
      } else if (!serve(it)) {
        close(it->socket);
        nghttp2_session_del(it->session);
        free(it);
        if (left > 0) left--;
      }
    }
  }
}
