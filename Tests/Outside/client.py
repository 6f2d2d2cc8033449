"""A small client of our own for scripts: Connect unary calls and streams as JSON over HTTP/1.1.

It needs nothing but Python's standard library, so that `make run` does not either. The tests
beside it call the same methods by clients that we did not write.
"""

import http.client
import json
import struct
import urllib.parse
import uuid


class Refused(Exception):
    """A call that was refused."""

    def __init__(self, status: int, body: dict, headers: dict):
        self.status, self.body, self.headers = status, body, headers
        self.code = body.get("code", "")
        details = body.get("details") or [{}]
        self.refusal = details[0].get("debug", {})
        self.reason = headers.get("onedoor-reason") or self.refusal.get("reason", "")
        super().__init__(f"{status} {self.code} {self.reason}: {body.get('message', '')}")


def connect(url: str, timeout: float) -> http.client.HTTPConnection:
    """A connection to a gateway; https believes what SSL_CERT_FILE or the system names."""
    parts = urllib.parse.urlsplit(url)
    kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[parts.scheme]
    return kind(parts.netloc, timeout=timeout)


class Client:
    """Calls the gateway as one caller."""

    def __init__(self, url: str, token: str = "", *, headers: dict | None = None):
        self.url = url
        self.headers = dict(headers or {})
        if token:
            self.headers["authorization"] = f"Bearer {token}"
        self.position = ""

    def call(self, method: str, request: dict | None = None, *, key: str | None = None,
             headers: dict | None = None, timeout: float = 30):
        """Calls `Service/Method` and answers the response; raises Refused."""
        service, name = method.split("/")
        package = PACKAGES[service]
        fields = {
            "content-type": "application/json",
            "idempotency-key": key or uuid.uuid4().hex,
            **self.headers,
            **(headers or {}),
        }
        status, answered, body = self.send(
            "POST", f"/onedoor.{package}.v1.{service}/{name}",
            json.dumps(request or {}).encode(), fields, timeout,
        )
        parsed = json.loads(body) if body else {}
        if status != 200:
            raise Refused(status, parsed, answered)
        self.position = answered.get("onedoor-position", self.position)
        self.answered = answered
        return parsed

    def send(self, verb: str, path: str, body: bytes, headers: dict, timeout: float = 30):
        """One HTTP exchange: status, header fields, body."""
        connection = connect(self.url, timeout)
        try:
            connection.request(verb, path, body, headers)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, fields, answer.read()
        finally:
            connection.close()

    def upload(self, data: bytes, media_type: str) -> str:
        """Uploads a material and answers its SHA-256."""
        import hashlib

        digest = hashlib.sha256(data).hexdigest()
        status, fields, body = self.send(
            "PUT", f"/materials/{digest}", data, {"content-type": media_type, **self.headers}
        )
        if status not in (200, 201):
            raise Refused(status, json.loads(body or b"{}"), fields)
        return digest

    def follow(self, method: str, request: dict, *, timeout: float = 60):
        """Opens a stream and yields its messages."""
        service, name = method.split("/")
        connection = connect(self.url, timeout)
        payload = json.dumps(request).encode()
        connection.request(
            "POST", f"/onedoor.{PACKAGES[service]}.v1.{service}/{name}",
            b"\0" + struct.pack(">I", len(payload)) + payload,
            {"content-type": "application/connect+json", **self.headers},
        )
        answer = connection.getresponse()
        try:
            while True:
                head = self._exactly(answer, 5)
                flags, length = head[0], struct.unpack(">I", head[1:])[0]
                message = json.loads(self._exactly(answer, length) or b"{}")
                if flags & 2:
                    if "error" in message:
                        raise Refused(200, message["error"], {})
                    return
                yield message
        finally:
            connection.close()

    @staticmethod
    def _exactly(answer, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = answer.read1(count - len(data)) if count else b""
            if not piece:
                raise ConnectionError("the stream broke off")
            data += piece
        return data


PACKAGES = {
    "CatalogueService": "catalogue", "CalendarService": "catalogue", "IntakeService": "intake",
    "ApprovalService": "approval", "QueueService": "queueing", "RatingService": "queueing",
    "MonitoringService": "monitoring", "AlertService": "monitoring", "GatewayService": "gateway",
}
