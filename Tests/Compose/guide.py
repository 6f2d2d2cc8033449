"""The commands of docs/operations.md, as an operator types them."""

import re

from composition import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def block(heading: str, number: int = 0) -> list[str]:
    """The commands of a console block below a heading, each whole, without its mark."""
    text = GUIDE.split(f"\n{heading}\n", 1)[1]
    text = re.split(r"\n#{2,3} ", text)[0]
    found = re.findall(r"```console\n(.*?)```", text, re.DOTALL)[number]
    joined = re.sub(r"\\(?: +#.*)?\n", " ", found)
    lines = [re.sub(r" +#( .*)?$| +[²³¹]$", "", line) for line in joined.splitlines()]
    commands, loop = [], []
    for line in filter(None, lines):
        # A loop of the shell is one command.
        if loop or line.startswith("for "):
            loop.append(line)
            if line == "done":
                commands.append("\n".join(loop))
                loop = []
        else:
            commands.append(line)
    return commands
