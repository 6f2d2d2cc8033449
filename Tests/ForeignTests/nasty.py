"""Makes Golden/nasty.txt: messages of Tests/Foreign/Proto as Google's implementation writes them.

Each line holds a message's full name, its deterministic binary form in hexadecimal and its
canonical JSON. Run `python3 Tests/ForeignTests/nasty.py` in the root after a change of the files.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

# The C implementation writes maps in no order that others could follow.
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "Tests/Foreign/Proto"
sys.path.insert(0, str(ROOT / "Tests/MessagesTests"))
from golden import EDGES, KINDS


def pool():
    names = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", PROTO, "-I", ROOT / "Proto", "-I", "/usr/include",
                        "--include_imports",
                        f"--descriptor_set_out={out.name}", *names], check=True,
                       stderr=subprocess.DEVNULL)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    result = descriptor_pool.DescriptorPool()
    for file in files.file:
        result.Add(file)
    return result, [file for file in files.file if not file.name.startswith(("google/", "onedoor/"))]


def well_known(message, dice, types):
    """Fills a message whose JSON has limits; false for others."""
    name = message.DESCRIPTOR.full_name.removeprefix("google.protobuf.")
    if name == "Timestamp":
        message.seconds = dice.choice([0, -1, 1772415000, 253402300799, -62135596800])
        message.nanos = dice.choice([0, 1, 500_000_000, 1_000, 999_999_999])
    elif name == "Duration":
        sign = dice.choice([1, -1])
        message.seconds, message.nanos = sign * dice.choice([0, 3600]), sign * dice.choice([0, 1])
    elif name == "FieldMask":
        message.paths.extend(dice.sample(["a", "b_c", "d.e_f"], dice.randrange(4)))
    elif name == "Value":
        kind = dice.randrange(6)
        if kind == 0:
            message.null_value = 0
        elif kind == 1:
            message.number_value = dice.choice([0, -1.5, 1e300])
        elif kind == 2:
            message.string_value = dice.choice(EDGES["string"])
        elif kind == 3:
            message.bool_value = dice.choice([True, False])
        elif kind == 4:
            message.list_value.values.add().string_value = "in a list"
        else:
            message.struct_value.fields["k"].bool_value = False
    elif name == "Any":
        inner = dice.choice(["nasty.shared.Ground", "google.protobuf.Duration", "nasty.deep.CWords", None])
        if inner is not None:
            held = message_factory.GetMessageClass(types.FindMessageTypeByName(inner))()
            fill(held, dice, 2, types)
            message.type_url = f"type.googleapis.com/{inner}"
            message.value = held.SerializeToString(deterministic=True)
    else:
        return False
    return True


def value(field, dice, depth, types):
    if field.type == 11:
        message = message_factory.GetMessageClass(field.message_type)()
        fill(message, dice, depth + 1, types)
        return message
    if field.type == 14:
        known = [value.number for value in field.enum_type.values]
        # Null has one value, and its JSON no place for others.
        return dice.choice(known if field.enum_type.name == "NullValue" else known + [4242])
    return dice.choice(EDGES[KINDS[field.type]])


def fill(message, dice, depth, types):
    if well_known(message, dice, types):
        return
    for field in message.DESCRIPTOR.fields:
        if dice.random() < 0.3 or (field.type == 11 and depth > 2):
            continue
        target = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key = field.message_type.fields_by_name["key"]
            element = field.message_type.fields_by_name["value"]
            for _ in range(dice.randrange(3)):
                if element.type == 11:
                    target[value(key, dice, depth, types)].CopyFrom(value(element, dice, depth, types))
                else:
                    target[value(key, dice, depth, types)] = value(element, dice, depth, types)
        elif field.is_repeated:
            target.extend(value(field, dice, depth, types) for _ in range(dice.randrange(3)))
        elif field.type == 11:
            target.CopyFrom(value(field, dice, depth, types))
        else:
            setattr(message, field.name, value(field, dice, depth, types))


def names(messages, scope):
    for message in messages:
        name = f"{scope}.{message.name}" if scope else message.name
        if not message.options.map_entry:
            yield name
        yield from names(message.nested_type, name)


def main():
    types, files = pool()
    lines = []
    for file in sorted(files, key=lambda file: file.name):
        for name in names(file.message_type, file.package):
            if name.startswith("everything."):
                continue
            for seed in range(8):
                message = message_factory.GetMessageClass(types.FindMessageTypeByName(name))()
                # The first is empty.
                if seed:
                    fill(message, random.Random(f"{name} {seed}"), 0, types)
                text = json_format.MessageToJson(message, indent=None, ensure_ascii=False,
                                                 descriptor_pool=types)
                data = message.SerializeToString(deterministic=True)
                lines.append(f"{name}\t{data.hex()}\t{text}\n")
    target = ROOT / "Tests/ForeignTests/Golden/nasty.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(lines), encoding="utf-8")
    print(len(lines))


if __name__ == "__main__":
    main()
