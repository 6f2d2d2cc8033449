"""Makes Golden/conformance.txt: the cases of protobuf's conformance suite for proto3.

The official runner judges what a program answers; here are its cases for binary and JSON input, on
a message of our own with the same kinds of fields (Tests/Foreign/Proto/everything). What is
expected is worked out as the suite does it, by Google's implementation (PyPI protobuf, protoc).

A line: name, R (required) or S (recommended), the form of the input, the input (hexadecimal, or
JSON as a JSON text), the form of the output, and what is expected: `refused`, `unwritable`, the
deterministic binary form, or `= ` and the exact bytes or JSON.

Run `python3 Tests/ForeignTests/conformance.py` in the root after a change of everything.proto.
"""

import json
import os
import pathlib
import struct
import subprocess
import tempfile

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor as F

from conformance_json import json_cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = "everything/everything.proto"
UNKNOWN = 666
INT32, UINT32, INT64 = 2**31, 2**32, 2**63
TYPES = {name[5:]: number for name, number in vars(F).items() if name.startswith("TYPE_")}
NAMES = {number: name for name, number in TYPES.items()}
WIRES = {1: 1, 2: 5, 3: 0, 4: 0, 5: 0, 6: 1, 7: 5, 8: 0, 9: 2, 11: 2, 12: 2, 13: 0, 14: 0, 15: 5,
         16: 1, 17: 0, 18: 0}
lines = []


def pool():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", ROOT / "Tests/Foreign/Proto", "-I", "/usr/include",
                        "--include_imports", f"--descriptor_set_out={out.name}", FILE], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    result = descriptor_pool.DescriptorPool()
    for file in files.file:
        result.Add(file)
    return result


POOL = pool()
EVERYTHING = POOL.FindMessageTypeByName("everything.Everything")
Message = message_factory.GetMessageClass(EVERYTHING)


def varint(value, longer=0):
    value &= 2**64 - 1
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    for _ in range(longer):
        result[-1] |= 0x80
        result.append(0)
    return bytes(result)


def tag(number, wire):
    return varint(number << 3 | wire)


def delimited(data):
    return varint(len(data)) + data


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def u32(value):
    return struct.pack("<I", value & 2**32 - 1)


def u64(value):
    return struct.pack("<Q", value & 2**64 - 1)


def same(*values):
    return [(value, value) for value in values]


def default(kind):
    return {1: u64(0), 6: u64(0), 16: u64(0), 2: u32(0), 7: u32(0), 15: u32(0)}.get(kind, b"\0")


def other(kind):
    if kind == 1:
        return struct.pack("<d", 1)
    if kind == 2:
        return struct.pack("<f", 1)
    if kind in (9, 12):
        return delimited(b"a")
    if kind == 11:
        return delimited(tag(1, 0) + varint(1234))
    if kind in (17, 18):
        return zigzag(1)
    return {6: u64(1), 16: u64(1), 7: u32(1), 15: u32(1)}.get(kind, b"\1")


def add(name, level, form, given, output, expected):
    text = given.hex() if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False)
    lines.append("\t".join([name, level, form, text, output, expected]) + "\n")


def binary(data):
    return Message.FromString(data).SerializeToString(deterministic=True).hex()


def valid(name, given, expected, level="R"):
    """The input means the same as `expected`, whichever form comes out."""
    add(name, level, "binary", given, "binary", binary(expected))
    add(name, level, "binary", given, "json", binary(expected))


def exact(name, given, expected, level="S"):
    add(name, level, "binary", given, "binary", "= " + expected.hex())


def refused(name, given, level="R"):
    add(name, level, "binary", given, "binary", "refused")


def is_map(field):
    return field.type == F.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


def find(kind, repeated, packed=None):
    for field in EVERYTHING.fields:
        if field.type == kind and field.is_repeated == repeated:
            if packed is None or field.is_packed == packed:
                return field.number


def find_oneof(kind, another=False):
    for field in EVERYTHING.fields:
        if field.containing_oneof is not None and (field.type == kind) != another:
            return field


def premature_end(kind):
    wire, name = WIRES[kind], "." + NAMES[kind]
    one, many = find(kind, False), find(kind, True)
    part = {0: b"\x80", 1: b"abcdefg", 2: b"\x80", 5: b"abc"}[wire]
    for number, what in [(one, "KnownNonRepeatedValue"), (many, "KnownRepeatedValue"),
                         (UNKNOWN, "UnknownValue")]:
        refused(f"PrematureEofBefore{what}{name}", tag(number, wire))
        refused(f"PrematureEofInside{what}{name}", tag(number, wire) + part)
        if wire == 2:
            refused(f"PrematureEofInDelimitedDataFor{what}{name}", tag(number, wire) + b"\1")
    if kind == F.TYPE_MESSAGE:
        refused(f"PrematureEofInSubmessageValue{name}", tag(one, 2) + delimited(tag(1, 0) + b"\x80"))
    if wire != 2:
        refused(f"PrematureEofInPackedFieldValue{name}", tag(many, 2) + delimited(part))
        refused(f"PrematureEofInPackedField{name}", tag(many, 2) + b"\1")


def valid_data(kind, values):
    wire, name = WIRES[kind], "." + NAMES[kind]
    one, many = find(kind, False), find(kind, True)
    zero = default(kind)
    for index, (given, meant) in enumerate(values):
        data = tag(one, wire) + given
        expected = b"" if meant == zero and kind != F.TYPE_MESSAGE else tag(one, wire) + meant
        valid(f"ValidDataScalar{name}[{index}]", data, expected)
        exact(f"ValidDataScalarBinary{name}[{index}]", data, expected)
    if kind != F.TYPE_MESSAGE:
        valid(f"RepeatedScalarSelectsLast{name}", b"".join(tag(one, wire) + v for v, _ in values),
              tag(one, wire) + values[-1][1])

    def loose(number, which):
        return b"".join(tag(number, wire) + value[which] for value in values)

    def packed(number, which):
        return tag(number, 2) + delimited(b"".join(value[which] for value in values))

    if wire == 2:
        valid(f"ValidDataRepeated{name}", loose(many, 0), loose(many, 1))
        return
    is_packed, is_loose = find(kind, True, True), find(kind, True, False)
    repeated = f"ValidDataRepeated{name}"
    for form, make in [("UnpackedInput", loose), ("PackedInput", packed)]:
        valid(f"{repeated}.{form}", make(many, 0), packed(many, 1))
        exact(f"{repeated}.{form}.DefaultOutput", make(many, 0), packed(many, 1))
        exact(f"{repeated}.{form}.PackedOutput", make(is_packed, 0), packed(is_packed, 1))
        exact(f"{repeated}.{form}.UnpackedOutput", make(is_loose, 0), loose(is_loose, 1))


def valid_map(field):
    key, value = field.message_type.fields_by_number[1], field.message_type.fields_by_number[2]
    name = f"ValidDataMap.{NAMES[key.type]}.{NAMES[value.type]}"
    key1, key2 = (tag(1, WIRES[key.type]) + make(key.type) for make in (default, other))
    value1, value2 = (tag(2, WIRES[value.type]) + make(value.type) for make in (default, other))

    def entry(*parts):
        return tag(field.number, 2) + delimited(b"".join(parts))

    for what, data in [("Default", entry(key1, value1)), ("MissingDefault", entry()),
                       ("NonDefault", entry(key2, value2)), ("Unordered", entry(value2, key2)),
                       ("DuplicateKeyInMapEntry", entry(key1, key2, value2)),
                       ("DuplicateValueInMapEntry", entry(key2, value1, value2))]:
        valid(f"{name}.{what}", data, data)
    valid(f"{name}.DuplicateKey", entry(key2, value1) + entry(key2, value2), entry(key2, value2))


def valid_oneof(kind):
    field, wire, name = find_oneof(kind), WIRES[kind], NAMES[kind]
    zero, one = (tag(field.number, wire) + make(kind) for make in (default, other))
    another = find_oneof(kind, another=True)
    before = tag(another.number, WIRES[another.type]) + default(another.type)
    for what, data, expected in [
            ("DefaultValue", zero, zero), ("NonDefaultValue", one, one),
            ("MultipleValuesForSameField", zero + one, one),
            ("MultipleValuesForDifferentField", before + one, one)]:
        valid(f"ValidDataOneof.{name}.{what}", data, expected)
        exact(f"ValidDataOneofBinary.{name}.{what}", data, expected)


def merging():
    def number(index, value):
        return tag(index, 0) + varint(value)

    def inner(*parts):
        return delimited(tag(2, 2) + delimited(b"".join(parts)))

    one = tag(find(F.TYPE_MESSAGE, False), 2)
    valid("RepeatedScalarMessageMerge",
          one + inner(number(1, 1234), number(2, 1234), number(31, 1234))
          + one + inner(number(1, 4321), number(3, 4321), number(31, 4321)),
          one + inner(number(1, 4321), number(2, 1234), number(3, 4321), number(31, 1234),
                      number(31, 4321)))
    entries = EVERYTHING.fields_by_name["map_string_inner"].number
    key = tag(1, 2) + delimited(b"")
    first, second = (
        tag(entries, 2) + delimited(key + tag(2, 2) + inner(number(index, 1), number(31, 1)))
        for index in (1, 2))
    valid("ValidDataMap.STRING.MESSAGE.MergeValue", first + second, second)
    either = tag(find_oneof(F.TYPE_MESSAGE).number, 2)
    loose = EVERYTHING.fields_by_name["loose_int32"].number
    given = (either + inner(number(1, 1), number(2, 1), number(loose, 1))
             + either + inner(number(2, 1), number(loose, 1)))
    expected = either + inner(number(1, 1), number(2, 1), number(loose, 1), number(loose, 1))
    valid("ValidDataOneof.MESSAGE.Merge", given, expected)
    exact("ValidDataOneofBinary.MESSAGE.Merge", given, expected)


def illegal():
    for index, data in enumerate([b"\1DEADBEEF", b"\2\1\1", b"\3\4", b"\5DEAD"]):
        refused(f"IllegalZeroFieldNum_Case_{index}", data)
    refused("BadTag_FieldNumberTooHigh", b"\x80\x80\x80\x80\x40\0")
    refused("BadTag_FieldNumberSlightlyTooHigh", b"\x80\x80\x80\x80\x10\0")
    refused("BadTag_OverlongVarint", b"\x88\x80\x80\x80\x80\x00\0")
    refused("BadTag_VarintMoreThanTenBytes", b"\x88" + b"\x80" * 10 + b"\0\0")
    end, start = tag(201, 4), tag(201, 3)
    refused("UnmatchedEndGroup", end)
    refused("UnmatchedEndGroupUnknown", tag(1234, 4))
    refused("UnmatchedEndGroupWrongType", tag(1, 4))
    refused("UnmatchedEndGroupNestedLen", tag(find(F.TYPE_MESSAGE, False), 2) + delimited(tag(1234, 4)))
    refused("UnmatchedEndGroupNested", start + tag(1234, 4) + end)
    refused("UnmatchedEndGroupWithData", start + end + tag(201, 4))
    refused("UnknownWireType6", b"\x0e\0")
    refused("UnknownWireType7", b"\x0f\0")
    group = tag(UNKNOWN, 3) + tag(1, 0) + b"\1" + tag(UNKNOWN, 4)
    exact("UnknownGroup", group, group, "R")
    exact("UnknownVarint", b"\xa8\x1f\1", b"\xa8\x1f\1", "R")
    mixed = tag(UNKNOWN, 2) + delimited(b"abc") + tag(UNKNOWN, 0) + b"\7" + tag(UNKNOWN, 2) + delimited(b"def")
    exact("UnknownOrdering", mixed, mixed, "R")
    bad = delimited(b"\xff")
    entries = EVERYTHING.fields_by_name["map_string_string"].number
    for name, data in [
            ("Singular", tag(find(F.TYPE_STRING, False), 2) + bad),
            ("Repeated", tag(find(F.TYPE_STRING, True), 2) + bad),
            ("Oneof", tag(find_oneof(F.TYPE_STRING).number, 2) + bad),
            ("MapKey", tag(entries, 2) + delimited(tag(1, 2) + bad)),
            ("MapValue", tag(entries, 2) + delimited(tag(2, 2) + bad))]:
        refused(f"RejectInvalidUtf8.String.{name}", data)


def values():
    d, f = (lambda x: struct.pack("<d", x)), (lambda x: struct.pack("<f", x))
    least, most = -INT64, INT64 - 1
    return {
        1: same(d(0), d(0.1), d(1.7976931348623157e308), d(2.22507385850720138309e-308)),
        2: same(f(0), f(0.1), f(1.00000075e-36), f(3.402823e38), f(1.17549435e-38)),
        3: same(varint(0), varint(12345), varint(most), varint(least)),
        4: same(varint(0), varint(12345), varint(2**64 - 1)),
        5: same(varint(0), varint(12345)) + [
            (varint(12345, 2), varint(12345)), (varint(12345, 7), varint(12345))]
        + same(varint(INT32 - 1), varint(-INT32)) + [
            (varint(2**33), varint(0)), (varint(2**33 - 1), varint(-1)), (varint(most), varint(-1)),
            (varint(least + 1), varint(1))],
        13: same(varint(0), varint(12345)) + [
            (varint(12345, 2), varint(12345)), (varint(12345, 7), varint(12345))]
        + same(varint(UINT32 - 1)) + [
            (varint(2**33), varint(0)), (varint(2**33 + 1), varint(1)),
            (varint(2**33 - 1), varint(UINT32 - 1)), (varint(most), varint(UINT32 - 1)),
            (varint(least + 1), varint(1))],
        6: same(u64(0), u64(12345), u64(-1)),
        7: same(u32(0), u32(12345), u32(-1)),
        16: same(u64(0), u64(12345), u64(most), u64(least)),
        15: same(u32(0), u32(12345), u32(INT32 - 1), u32(-INT32)),
        8: same(varint(0), varint(1)) + [
            (varint(v), b"\1") for v in (-1, 12345678, 2**33, most, least)],
        17: same(zigzag(0), zigzag(12345), zigzag(INT32 - 1), zigzag(-INT32)) + [
            (zigzag(INT32 + 1), zigzag(1))],
        18: same(zigzag(0), zigzag(12345), zigzag(most), zigzag(least)),
        9: same(*(delimited(text.encode()) for text in (
            "", "Hello world!", "'\"?\\\a\b\f\n\r\t\v", "谷歌", "谷歌", "谷歌", "\U0001F601"))),
        12: same(*(delimited(data) for data in (b"", b"Hello world!", b"\1\2", b"\xfb"))),
        14: same(varint(0), varint(1), varint(2), varint(-1)) + [
            (varint(most), varint(-1)), (varint(least + 1), varint(1))],
        11: same(delimited(b""), delimited(tag(1, 0) + varint(1234))),
    }


def main():
    for kind in WIRES:
        premature_end(kind)
    illegal()
    for kind, given in values().items():
        valid_data(kind, given)
    for field in EVERYTHING.fields:
        if is_map(field):
            valid_map(field)
    for kind in (13, 8, 4, 2, 1, 9, 12, 14, 11):
        valid_oneof(kind)
    merging()
    json_cases(Message, POOL, add, binary)
    target = ROOT / "Tests/ForeignTests/Golden/conformance.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(lines), encoding="utf-8")
    for level in "RS":
        print(level, len({line.split("\t")[0] + line.split("\t")[4] for line in lines
                          if line.split("\t")[1] == level}))


if __name__ == "__main__":
    main()
