"""One HTTP/2 connection of raw frames, for tests that break the rules on purpose."""

import socket
import ssl
import struct

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY, ACK = 0x1, 0x4, 0x8, 0x20, 0x1
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED,
 FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM,
 ) = range(12)


class Wrong(AssertionError):
    """The server did something else than the rule wants."""


class Raw:
    """A connection that sends what it is told, right or wrong."""

    #: A path whose answer waits for the whole body.
    posted = "/onedoor.catalogue.v1.CalendarService/ComputeDue"

    def __init__(self, port: int, *, tls_ca: str = "", path: str = "/livez"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_ca:
            context = ssl.create_default_context(cafile=tls_ca)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.path, self.seen, self.settings = path, [], {}
        self.encoder = hpack.Encoder()
        self.rest = b""

    def close(self):
        self.socket.close()

    def send(self, data: bytes):
        """Sends bytes; that the server has closed is for the reader to judge."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def frame(self, kind: int, flags: int = 0, stream: int = 0, payload: bytes = b""):
        self.send(struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
                  + struct.pack(">I", stream) + payload)

    def read(self):
        """The next frame as kind, flags, stream, payload; None at the end of the connection."""
        while len(self.rest) < 9 or len(self.rest) < 9 + int.from_bytes(self.rest[:3], "big"):
            try:
                piece = self.socket.recv(65536)
            except TimeoutError as error:
                raise Wrong(f"the server says nothing more after {self.seen}") from error
            except OSError:
                return None
            if not piece:
                return None
            self.rest += piece
        count = int.from_bytes(self.rest[:3], "big")
        kind, flags = self.rest[3], self.rest[4]
        stream = int.from_bytes(self.rest[5:9], "big") & 0x7FFFFFFF
        payload, self.rest = self.rest[9:9 + count], self.rest[9 + count:]
        self.seen.append((kind, flags, stream, len(payload)))
        return kind, flags, stream, payload

    def until(self, wanted):
        """The first frame for which `wanted` holds; Wrong if the connection ends before."""
        while frame := self.read():
            if wanted(*frame):
                return frame
        raise Wrong(f"the connection ended after {self.seen}")

    def shake_hands(self, settings: dict | None = None):
        """Preface and SETTINGS both ways."""
        self.send(PREFACE)
        self.set(settings or {})
        self.take_settings()
        self.until(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)

    def take_settings(self):
        _, _, _, payload = self.until(lambda kind, flags, *_: kind == SETTINGS and not flags)
        for at in range(0, len(payload), 6):
            name, value = struct.unpack(">HI", payload[at:at + 6])
            self.settings[name] = value
        self.frame(SETTINGS, ACK)

    def set(self, settings):
        """Sends SETTINGS; pairs may repeat."""
        pairs = settings.items() if isinstance(settings, dict) else settings
        self.frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))

    def fields(self, verb: str = "GET", *more, path: str | None = None) -> list:
        path = path or (self.path if verb != "POST" else self.posted)
        return [(":method", verb), (":scheme", "http"), (":path", path),
                (":authority", "localhost"), *more, *([("content-type", "application/json")] if verb == "POST" else [])]

    def block(self, fields=None) -> bytes:
        """A header block without Huffman codes; names go as they are written."""
        fields = self.fields() if fields is None else fields
        return self.encoder.encode(fields, huffman=False)

    def headers(self, stream: int = 1, flags: int = END_STREAM | END_HEADERS, fields=None):
        self.frame(HEADERS, flags, stream, self.block(fields))

    # What must come

    def expect_answer(self, stream: int = 1):
        """Headers on the stream, and no error before."""
        def is_answer(kind, flags, number, payload):
            if kind == GOAWAY or kind == RST_STREAM and number == stream:
                raise Wrong(f"an error instead of an answer: {self.seen}")
            return kind == HEADERS and number == stream
        self.until(is_answer)

    def expect_pong(self, payload: bytes = b"h2spec!!"):
        self.frame(PING, 0, 0, payload)
        self.until(lambda kind, flags, _, got: kind == PING and flags & ACK and got == payload)

    def expect_end(self, *codes: int):
        """The connection ends, if with GOAWAY then with one of these codes."""
        while frame := self.read():
            if frame[0] == GOAWAY:
                code = int.from_bytes(frame[3][4:8], "big")
                if codes and code not in codes:
                    raise Wrong(f"GOAWAY with {code} instead of {codes}")
                return

    def expect_reset(self, *codes: int):
        """The stream or the connection ends with one of these codes."""
        while frame := self.read():
            if frame[0] == RST_STREAM:
                code = int.from_bytes(frame[3][:4], "big")
            elif frame[0] == GOAWAY:
                code = int.from_bytes(frame[3][4:8], "big")
            else:
                continue
            if code not in codes:
                raise Wrong(f"code {code} instead of {codes}")
            return
