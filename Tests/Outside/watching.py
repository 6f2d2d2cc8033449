"""What stands in Compose/watch, and a real Prometheus that is given it."""

import json
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from house import ROOT, SERVICES, House, free_ports

WATCH = ROOT / "Compose" / "watch"
NAME = re.compile(r"(?<![\w:\"])(?:[a-z_]+:)?(?:onedoor|process)_\w+(?::\w+)?(?![\w\"])")


def rules() -> list[dict]:
    """Every rule, in order."""
    groups = yaml.safe_load((WATCH / "rules.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict]:
    """The rules that tell somebody."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    """The names of the series that rules make."""
    return {rule["record"] for rule in rules() if "record" in rule}


def dashboard() -> dict:
    """The dashboard for Grafana."""
    return json.loads((WATCH / "grafana" / "onedoor.json").read_text(encoding="utf-8"))


def panels() -> list[dict]:
    """The panels of the dashboard that show something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> dict[str, str]:
    """What the dashboard asks, by panel and letter, with its variables filled in."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        .replace("$__rate_interval", "1m").replace("$service", ".+")
        for panel in panels() for target in panel["targets"]
    }


def names(expression: str) -> set[str]:
    """The metrics that an expression asks for, without those that rules record."""
    return set(NAME.findall(re.sub(r'"[^"]*"', '""', expression))) - recorded()


def family(name: str, families: set[str]) -> str:
    """The family that a series belongs to."""
    short = re.sub(r"_(bucket|sum|count)$", "", name)
    return short if name not in families and short in families else name


def promtool(*arguments) -> subprocess.CompletedProcess:
    """Runs Prometheus's own judge."""
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, cwd=WATCH)


def configuration(house: House, file: str, seconds: int | None = None) -> dict:
    """A shipped configuration, whose ports and files are those of a house.

    It looks each so many seconds if that is said, otherwise as it is shipped.
    """
    text = (WATCH / file).read_text(encoding="utf-8")
    for number, service in enumerate(SERVICES):
        port = house.port + 1 + number
        text = re.sub(rf'"[\w.]+:{18081 + number}"', f'"127.0.0.1:{port}"', text)
    text = text.replace("/run/keys/public", str(house.data / "keys" / "public"))
    text = text.replace("/run/keys/watch", str(house.data / "keys" / "private" / "watch"))
    it = yaml.safe_load(text)
    if seconds:
        it["global"] = {key: f"{seconds}s" for key in it["global"]}
    return it


def hastened(divisor: int) -> str:
    """The shipped rules, whose patience is so many times shorter; nothing else is changed."""
    it = yaml.safe_load((WATCH / "rules.yaml").read_text(encoding="utf-8"))
    for group in it["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                number, unit = re.fullmatch(r"(\d+)([smh])", rule["for"]).groups()
                seconds = int(number) * {"s": 1, "m": 60, "h": 3600}[unit]
                rule["for"] = f"{max(1, seconds // divisor)}s"
    return yaml.safe_dump(it, allow_unicode=True, sort_keys=False)


class Prometheus:
    """A Prometheus of the system's packages, on loopback with a folder of its own."""

    def __init__(self, folder: pathlib.Path, configuration: dict, rules: str):
        self.folder, self.port = folder, free_ports(1)
        folder.mkdir(parents=True)
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")

    def __enter__(self) -> "Prometheus":
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yaml",
             f"--storage.tsdb.path={self.folder}/data", "--storage.tsdb.retention.time=1h",
             "--storage.tsdb.retention.size=64MB", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=warn"],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.wait(lambda: self.ask("query", query="1"), "Prometheus to answer")
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def ask(self, path: str, **parameters):
        """What its API answers; nothing while it does not."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error
        except OSError:
            return None

    def query(self, expression: str) -> list[tuple[dict, float]]:
        """The labels and values of an expression now."""
        answer = self.ask("query", query=expression)
        assert answer, "Prometheus does not answer"
        if answer["resultType"] == "scalar":
            return [({}, float(answer["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in answer["result"]]

    def alerts(self, name: str) -> list[dict]:
        """The alerts of a name that are pending or firing."""
        return [each for each in self.ask("alerts")["alerts"]
                if each["labels"]["alertname"] == name]

    def targets(self) -> dict[str, dict]:
        """What is scraped, by service."""
        return {each["labels"]["service"]: each
                for each in self.ask("targets", state="active")["activeTargets"]}

    def wait(self, probe, what: str, deadline: float = 90):
        """Asks again until there is an answer."""
        end = time.monotonic() + deadline
        while not (answer := probe()):
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.flush()
                raise AssertionError(
                    f"waited for {what}\n{(self.folder / 'log').read_text(encoding='utf-8')}")
            time.sleep(0.1)
        return answer
