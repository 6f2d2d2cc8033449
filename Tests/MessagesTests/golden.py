"""Makes Golden/vectors.txt with Google's own implementation (PyPI protobuf, and protoc).

Each line holds a message's name, its deterministic binary form in hexadecimal and its canonical
JSON. Run `python3 Tests/MessagesTests/golden.py` in the root after a change of probe.proto.
"""

import os
import pathlib
import random
import subprocess
import tempfile

# The C implementation writes maps in no order that others could follow.
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = "onedoor/probe/v1/probe.proto"
EDGES = {
    "int32": [0, 1, -1, 2**31 - 1, -(2**31), 300],
    "int64": [0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1],
    "uint32": [0, 1, 2**32 - 1, 300],
    "uint64": [0, 1, 2**64 - 1, 2**53 + 1],
    "double": [0.0, -0.0, 1.0, -1.5, 1e300, 5e-324, 0.1, float("inf"), float("-inf"), 1e16],
    "float": [0.0, 1.0, -1.5, 3.4028234663852886e38, 1.1754943508222875e-38, 0.10000000149011612, float("inf")],
    "bool": [True, False],
    "string": ["", "a", "大厅 \U0001F3DB", 'quote " back \\ \n\t\r\x00\x01\x7f', "é e\u0301", "x" * 40],
    "bytes": [b"", b"\x00", b"\xff\xfe\xfd", bytes(range(40))],
    "enum": [0, 1, 2, -1, 7, 8, 9, 2147483647, 4242],
}
KINDS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "uint64", 7: "uint32",
         8: "bool", 9: "string", 12: "bytes", 13: "uint32", 14: "enum", 15: "int32", 16: "int64",
         17: "int32", 18: "int64"}


def pool():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", ROOT / "Proto", "-I", "/usr/include", "--include_imports",
                        f"--descriptor_set_out={out.name}", PROBE], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    result = descriptor_pool.DescriptorPool()
    for file in files.file:
        result.Add(file)
    return result


def value(field, dice, depth):
    if field.type == 11:
        message = message_factory.GetMessageClass(field.message_type)()
        fill(message, dice, depth + 1)
        return message
    if field.type == 14 and field.enum_type.name == "Kind":
        return dice.choice([0, 1])
    return dice.choice(EDGES[KINDS[field.type]])


def fill(message, dice, depth=0):
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        message.seconds = dice.choice([0, 1, -1, 1772415000, 253402300799, -62135596800])
        message.nanos = dice.choice([0, 1, 500_000_000, 1_000, 999_999_999])
        return
    if name == "google.protobuf.Duration":
        sign = dice.choice([1, -1])
        message.seconds = sign * dice.choice([0, 1, 3600, 315576000000])
        message.nanos = sign * dice.choice([0, 0, 1, 500_000_000])
        if abs(message.seconds) == 315576000000:
            message.nanos = 0
        return
    for field in message.DESCRIPTOR.fields:
        if dice.random() < 0.4 or (field.type == 11 and depth > 2):
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key, element = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            for _ in range(dice.randrange(4)):
                if element.type == 11:
                    getattr(message, field.name)[value(key, dice, depth)].CopyFrom(value(element, dice, depth))
                else:
                    getattr(message, field.name)[value(key, dice, depth)] = value(element, dice, depth)
        elif field.is_repeated:
            getattr(message, field.name).extend(value(field, dice, depth) for _ in range(dice.randrange(4)))
        elif field.type == 11:
            getattr(message, field.name).CopyFrom(value(field, dice, depth))
        else:
            setattr(message, field.name, value(field, dice, depth))


def main():
    types = pool()
    lines = []
    for name in ["Scalars", "Optionals", "Lists", "Maps", "Choices", "Recursive", "Reserved", "Times", "Ruled", "Order"]:
        descriptor = types.FindMessageTypeByName(f"onedoor.probe.v1.{name}")
        for seed in range(12):
            message = message_factory.GetMessageClass(descriptor)()
            # The first is empty.
            if seed:
                fill(message, random.Random(f"{name} {seed}"))
            text = json_format.MessageToJson(message, indent=None, ensure_ascii=False, descriptor_pool=types)
            lines.append(f"{name}\t{message.SerializeToString(deterministic=True).hex()}\t{text}\n")
    target = ROOT / "Tests/MessagesTests/Golden/vectors.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
