"""As much of protobuf's binary form as the bodies of the measured calls need."""


def varint(value: int) -> bytes:
    """A number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(field: int, value: str | bytes) -> bytes:
    """A field of type string, bytes or message."""
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def integer(field: int, value: int) -> bytes:
    """A field of type uint32, int64, bool or of an enum."""
    return varint(field << 3) + varint(value)


def fields(data: bytes) -> dict[int, bytes]:
    """The fields of type string, bytes or message, by number."""
    found, at = {}, 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            number()
        elif key & 7 == 2:
            length = number()
            found[key >> 3] = data[at:at + length]
            at += length
        else:
            at += 8 if key & 7 == 1 else 4
    return found


# -- the bodies


def echo(length: int = 197) -> bytes:
    """onedoor.probe.v1.EchoReadRequest of about 200 bytes."""
    return text(1, "x" * length)


def compute_due() -> bytes:
    """onedoor.catalogue.v1.ComputeDueRequest: 20 working days from 2026-09-14."""
    return text(1, "2026-09-14") + text(2, integer(1, 20) + integer(2, 1))


def track(number: str, code: str) -> bytes:
    """onedoor.intake.v1.TrackApplicationRequest."""
    return text(1, number) + text(2, code)


def receipt(answer: bytes) -> tuple[str, str]:
    """Number and query code of an onedoor.intake.v1.SubmitApplicationResponse."""
    found = fields(fields(answer)[1])
    return found[1].decode(), found[2].decode()


def citizen_number(serial: int) -> str:
    """An invented citizen number with its check digit (GB 11643)."""
    day, order = divmod(serial, 1000)
    body = f"370200{1950 + day // 336}{day // 28 % 12 + 1:02}{day % 28 + 1:02}{order:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body)) % 11]


def submission(item: str, serial: int) -> bytes:
    """onedoor.intake.v1.SubmitApplicationRequest of a person, without materials."""
    applicant = (text(1, f"申请人{serial}") + text(2, "1") + text(3, "111")
                 + text(4, citizen_number(serial)) + text(5, f"138{serial:08}"))
    return text(2, item) + text(3, applicant)
