"""The SQL that stands in Swift sources: every string literal that begins with a statement's verb."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|VALUES|SAVEPOINT|RELEASE"
                  r"|BEGIN|COMMIT|ROLLBACK|PRAGMA|VACUUM|EXPLAIN|ATTACH|ANALYZE)\b(?=\s|$)")
# What a query must name outside of interpolations, so that it is told from every other one.
SUBJECT = {"SELECT": r"\bFROM\s+\(?\s*\w+|SELECT (\?|1)$", "INSERT": r"\bINTO\s+\w+",
           "UPDATE": r"UPDATE\s+\w+\s+SET\b", "DELETE": r"\bFROM\s+\w+", "WITH": r"\bFROM\s+\w+"}
# A text of many lines begins on the next one; `#"""#` is a text of one quote.
OPENING = re.compile(r'(#*)("""(?=\n)|")')
# A regular expression may hold quotes of its own.
EXPRESSION = re.compile(r"#/[\s\S]*?/#")
# Stands for an interpolation in a literal's text.
HOLE = "\0"


@dataclasses.dataclass(frozen=True)
class Literal:
    """A literal with a statement in it."""

    path: str
    line: int
    # With HOLE for each interpolation.
    text: str

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def verb(self) -> str:
        return VERB.match(self.text)[1]

    @property
    def pattern(self) -> re.Pattern:
        pieces = (re.escape(piece) for piece in self.text.split(HOLE))
        return re.compile(r"[\s\S]+?".join(pieces))

    @property
    def is_named(self) -> bool:
        """Whether it says by itself which table it is about."""
        return re.search(SUBJECT.get(self.verb, ""), self.text) is not None


def literals(path: pathlib.Path) -> list[Literal]:
    """The statements of a file, in its order."""
    source = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    return [Literal(name, source.count("\n", 0, start) + 1, text)
            for start, text in strings(source) if VERB.match(text)]


def strings(source: str):
    """Where each string literal begins, and its text."""
    place = 0
    while place < len(source):
        if source.startswith("//", place):
            place = _behind(source, "\n", place)
        elif source.startswith("/*", place):
            place = _behind(source, "*/", place)
        elif expression := EXPRESSION.match(source, place):
            place = expression.end()
        elif opening := OPENING.match(source, place):
            start = place
            pieces, place = _string(source, opening)
            yield start, pieces
        else:
            place += 1


def _behind(source: str, end: str, place: int) -> int:
    found = source.find(end, place)
    return len(source) if found < 0 else found + len(end)


def _string(source: str, opening: re.Match) -> tuple[str, int]:
    """The text of a literal and the place behind it."""
    hashes, quotes = opening.groups()
    escape, closing = "\\" + hashes, quotes + hashes
    text, place = "", opening.end()
    while not source.startswith(closing, place):
        if place >= len(source):
            raise ValueError("a literal does not end")
        if source.startswith(escape + "(", place):
            place = _interpolation(source, place + len(escape))
            text += HOLE
        elif source.startswith(escape, place):
            place += len(escape)
            sign = source[place]
            if sign == "u":
                code = re.compile(r"u\{([0-9A-Fa-f]+)\}").match(source, place)
                text, place = text + chr(int(code[1], 16)), code.end()
                continue
            # An end of line that is escaped is none; blanks before it stay.
            text += {"n": "\n", "t": "\t", "r": "\r", "0": "\1", "\n": "\2"}.get(sign, sign)
            place += 1
        else:
            text += source[place]
            place += 1
    if quotes == '"""':
        text = _unindented(text)
    return text.replace("\2", ""), place + len(closing)


def _unindented(text: str) -> str:
    """The text of a literal of many lines, without the margin that its last line has."""
    lines = re.split(r"(?<=[\n\2])", text)
    margin = lines[-1]
    body = "".join(line.removeprefix(margin) if line.strip("\n\2 ") else line.lstrip(" ")
                   for line in lines[1:-1])
    return body[:-1] if body.endswith("\n") else body


def _interpolation(source: str, place: int) -> int:
    """The place behind an interpolation that begins with its parenthesis."""
    depth = 0
    while True:
        if opening := OPENING.match(source, place):
            _, place = _string(source, opening)
            continue
        depth += {"(": 1, ")": -1}.get(source[place], 0)
        place += 1
        if depth == 0:
            return place
