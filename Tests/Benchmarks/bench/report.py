"""One figure, the table of all, and the JSON file."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import subprocess


@dataclasses.dataclass
class Figure:
    """Something that was measured, beside its goal."""

    key: str
    what: str
    unit: str
    ours: list
    goal: float
    # Whether more is better.
    at_least: bool = True
    # What the peer brought in the same run; then the figure is a ratio of medians.
    peer: list | None = None
    peer_name: str = ""
    note: str = ""

    @staticmethod
    def _median(values):
        values = sorted(values)
        middle = len(values) // 2
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2

    @property
    def value(self) -> float:
        """The ratio, or ours alone where there is no peer."""
        mine = self._median(self.ours)
        return mine / self._median(self.peer) if self.peer else mine

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """Met, or missed by how much of the goal."""
        if self.met:
            return "met"
        return f"missed by {abs(self.value - self.goal) / self.goal * 100:.0f} %"

    def row(self) -> list[str]:
        """The row of the table."""
        suffix = "x" if self.peer else f" {self.unit}"
        sign = ">=" if self.at_least else "<="
        peer = f"{number(self._median(self.peer))} {self.unit}" if self.peer else "-"
        return [self.what, f"{number(self._median(self.ours))} {self.unit}", peer,
                f"{number(self.value)}{suffix}", f"{sign} {self.goal:g}{suffix}", self.verdict]

    def json(self) -> dict:
        """The object in the file."""
        return {
            "key": self.key, "what": self.what, "unit": self.unit, "peer_name": self.peer_name,
            "ours": self._median(self.ours), "ours_rounds": self.ours,
            "peer": self._median(self.peer) if self.peer else None, "peer_rounds": self.peer,
            "value": self.value, "goal": self.goal, "at_least": self.at_least, "met": self.met,
            "verdict": self.verdict, "note": self.note,
        }


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> dict:
    """What the figures were measured on."""
    model = next((line.split(":", 1)[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    return {
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": model, "cores": os.cpu_count(), "kernel": platform.release(),
        "load": os.getloadavg()[0],
        "swift": swift.splitlines()[0] if swift else "",
    }


def table(figures: list[Figure]) -> str:
    """All figures, for a terminal and for Markdown alike."""
    rows = [["figure", "ours", "peer", "value", "goal", "verdict"]]
    rows += [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = [f"{figure.what}: {figure.note}" for figure in figures if figure.note]
    return "\n".join(lines + ([""] + notes if notes else []))


def write(path: pathlib.Path, figures: list[Figure], failures: dict[str, str],
          about: dict) -> None:
    """The JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(
        {"machine": about, "figures": [figure.json() for figure in figures],
         "not_measured": failures}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
