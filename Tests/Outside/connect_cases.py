"""What the Connect protocol asks of a server, as a table of cases.

The cases follow the protocol's specification; groups and names are those by which the suites of
other servers are known, so that a reader finds the same ground covered. What is expected is said by
the script that each call carries: whoever answers it otherwise has failed.
"""

import dataclasses

CODES = {
    "canceled": 499, "unknown": 500, "invalid_argument": 400, "deadline_exceeded": 504,
    "not_found": 404, "already_exists": 409, "permission_denied": 403, "resource_exhausted": 429,
    "failed_precondition": 400, "aborted": 409, "out_of_range": 400, "unimplemented": 501,
    "internal": 500, "unavailable": 503, "data_loss": 500, "unauthenticated": 401,
}
UNICODE = "\n办理\twith whitespace\r\nBMP ☺ beyond 😈 and \"quotes\" \\ \x01\n"
# Long enough to be compressed; a text of the contract has at most 1,000 characters.
LONG = "一网通办 " * 80


@dataclasses.dataclass(frozen=True)
class Case:
    """A call by a script and what else it says."""

    name: str
    kind: str  # unary, stream or get
    script: dict
    headers: tuple = ()
    timeout: int = 0
    # How many bytes the request has beyond the gateway's limit; None leaves it short.
    beyond: int | None = None
    # The code that is expected where it is not that of the script.
    code: str = ""


def field(name: str, *values: str) -> dict:
    return {"name": name, "values": list(values)}


ASKED = (("x-test", "Value1"), ("x-test", "Value2"))
ONE = {"headers": [field("x-custom-header", "foo")], "trailers": [field("x-custom-trailer", "bing")]}
MANY = {"headers": [field("x-custom-header", "foo", "bar", "baz"), field("x-bytes-bin", "AP8", "Zm9v")],
        "trailers": [field("x-custom-trailer", "bing", "quux"), field("x-end-bin", "AAEC")]}
ANSWER = {"data": ["answer"]}
ANSWERS = {"data": ["answer 1", "answer 2"]}


def failing(code: str, message: str = "failed", **more) -> dict:
    return {"error": {"code": code, "message": message, **more}}


def basic():
    yield Case("basic/unary/success", "unary", ONE | ANSWER, ASKED)
    yield Case("basic/unary/no-definition", "unary", {})
    yield Case("basic/unary/long", "unary", ONE | {"data": [LONG]}, ASKED)
    yield Case("basic/stream/success", "stream", ONE | ANSWERS, ASKED)
    yield Case("basic/stream/no-responses", "stream", ONE, ASKED)
    yield Case("basic/stream/no-definition", "stream", {})
    yield Case("basic/stream/long", "stream", {"data": [LONG, "short", LONG]}, ASKED)
    yield Case("basic/get/success", "get", ONE | ANSWER, ASKED)
    yield Case("basic/get/long", "get", ONE | {"data": ["办 " * 400]}, ASKED)


def errors():
    for kind in ("unary", "stream", "get"):
        for code in CODES:
            yield Case(f"errors/{kind}/{code}", kind, failing(code, code.replace("_", " ")))
        yield Case(f"errors/{kind}/with-metadata", kind, ONE | failing("unauthenticated"))
        yield Case(f"errors/{kind}/unicode-message", kind, failing("internal", UNICODE))
        yield Case(f"errors/{kind}/empty-message", kind, failing("aborted", ""))
        yield Case(f"errors/{kind}/with-details", kind,
                   ONE | failing("not_found", details=["one", "二", LONG]))
    yield Case("errors/stream/with-responses", "stream", ONE | ANSWERS | failing("internal"), ASKED)
    yield Case("errors/stream/no-responses", "stream", ONE | failing("internal"), ASKED)


def duplicate_metadata():
    for kind in ("unary", "get"):
        yield Case(f"duplicate-metadata/{kind}/success", kind, MANY | ANSWER, ASKED)
        yield Case(f"duplicate-metadata/{kind}/error", kind, MANY | failing("internal"), ASKED)
    yield Case("duplicate-metadata/stream/success", "stream", MANY | ANSWERS, ASKED)
    yield Case("duplicate-metadata/stream/no-response", "stream", MANY, ASKED)
    yield Case("duplicate-metadata/stream/error-with-responses", "stream",
               MANY | ANSWERS | failing("internal"), ASKED)
    yield Case("duplicate-metadata/stream/error-with-no-responses", "stream",
               MANY | failing("internal"), ASKED)
    yield Case("duplicate-metadata/unary/binary-request", "unary", ANSWER,
               (("x-bytes-bin", "AP8"), ("x-bytes-bin", "Zm9v")))


def deadlines():
    yield Case("deadline-propagation/unary", "unary", ANSWER, timeout=2_000)
    yield Case("deadline-propagation/stream", "stream", ANSWERS, timeout=2_000)
    yield Case("deadline-propagation/get", "get", ANSWER, timeout=2_000)
    late = {"delayMs": 1_500}
    yield Case("timeouts/unary", "unary", ANSWER | late, timeout=60, code="deadline_exceeded")
    yield Case("timeouts/stream", "stream", ANSWERS | late, timeout=60, code="deadline_exceeded")
    yield Case("timeouts/get", "get", ANSWER | late, timeout=60, code="deadline_exceeded")


def sizes():
    for kind in ("unary", "stream"):
        answer = ANSWER if kind == "unary" else ANSWERS
        yield Case(f"message-size/{kind}/equal-to-limit", kind, answer, beyond=0)
        yield Case(f"message-size/{kind}/one-above-limit", kind, answer, beyond=1,
                   code="resource_exhausted")
        yield Case(f"message-size/{kind}/above-limit", kind, answer, beyond=10,
                   code="resource_exhausted")


CASES = [*basic(), *errors(), *duplicate_metadata(), *deadlines(), *sizes()]
