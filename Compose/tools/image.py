#!/usr/bin/env python3
"""Builds OneDoor's image, and the bundle for places without a network.

    image.py build     the program, a base of Debian's packages, the image, saved under .run/image
    image.py sizes     what fills the image
    image.py bundle    image, composition, watch files and documents with checksums, as one folder

Needs no registry. An engine that DOCKER_HOST names, or the system's, is used if it answers, and the
image stays in it; else one is started for the while.
"""

import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time

from engine import any_engine

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / ".run" / "image"
VERSION = re.search(r'static let version = "([^"]+)"',
                    (ROOT / "Sources/Host/Run/Metrics/ServiceMetrics.swift").read_text())[1]
NAME = os.environ.get("ONEDOOR_IMAGE", f"localhost/onedoor:{VERSION}")
BASE = "localhost/onedoor-base:bookworm"
# What the program links against; the rest of the base is what the build's own steps need.
PACKAGES = ["ca-certificates", "libjemalloc2", "libnghttp2-14", "libprotobuf-c1", "libsqlite3-0",
            "libstdc++6", "zlib1g"]
LIMIT = 120 * 1000 * 1000  # bytes that the image may have


def say(text: str) -> None:
    """A line for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str, **options):
    """Runs a command that must succeed."""
    return subprocess.run(command, check=True, **options)


def program() -> None:
    """Compiles the program with Swift's runtime in it, and strips it."""
    flags = ["-c", "release", "--static-swift-stdlib", "--product", "onedoor"]
    run("swift", "build", *flags, cwd=ROOT)
    folder = run("swift", "build", *flags, "--show-bin-path", cwd=ROOT, capture_output=True,
                 text=True).stdout.strip()
    BUILT.mkdir(parents=True, exist_ok=True)
    run("strip", "-o", str(BUILT / "onedoor"), f"{folder}/onedoor")
    shutil.copy(ROOT / "Package.resolved", BUILT)


def base() -> pathlib.Path:
    """A Debian of few packages as a tar, made anew each day so that it has the security fixes."""
    day = time.strftime("%Y%m%d", time.gmtime())
    path = BUILT / f"base-{day}.tar"
    if path.exists():
        return path
    for old in BUILT.glob("base-*.tar"):
        old.unlink()
    draft = path.with_suffix(".part.tar")
    # The machine's own sources, so that a mirror that it uses is used here too.
    sources = [p for p in (pathlib.Path("/etc/apt/sources.list.d/debian.sources"),
                           pathlib.Path("/etc/apt/sources.list")) if p.exists()]
    without = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "locale")]
    run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}",
        "--aptopt=Acquire::Languages none", *without, "bookworm", str(draft), *map(str, sources[:1]))
    draft.rename(path)
    return path


def revision() -> str:
    """The commit that is built, marked if the tree has changes."""
    found = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT,
                           capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def build() -> None:
    """Builds the image and saves it."""
    say("The program ...")
    program()
    say("The base ...")
    tar = base()
    with any_engine() as engine:
        say("The image ...")
        engine.docker("import", "-c", 'CMD ["/bin/sh"]', str(tar), BASE)
        engine.docker("build", "-q", "-f", "Compose/Dockerfile", "-t", NAME, "--network", "none",
                      "--build-arg", "PROGRAM=given", "--build-arg", f"BASE_IMAGE={BASE}",
                      "--build-arg", f"VERSION={VERSION}", "--build-arg", f"REVISION={revision()}",
                      ".", cwd=ROOT)
        # Into a file of its own first: a broken copy must not look like an image.
        draft = BUILT / "image.part.tar"
        engine.docker("save", "-o", str(draft), NAME)
        draft.rename(BUILT / "image.tar")
    size = sum(size for _, size in contents())
    say(f"{NAME}: {size / 1e6:.1f} MB in {BUILT / 'image.tar'}")
    if size > LIMIT:
        sys.exit(f"the image is larger than {LIMIT / 1e6:.0f} MB")


def contents() -> list[tuple[str, int]]:
    """The files of the image with their sizes in bytes."""
    found = []
    with tarfile.open(BUILT / "image.tar") as saved:
        manifest = json.load(saved.extractfile("manifest.json"))
        for layer in manifest[0]["Layers"]:
            with tarfile.open(fileobj=saved.extractfile(layer)) as files:
                found += [(m.name, m.size) for m in files if m.isfile()]
    return found


def sizes() -> None:
    """Prints what fills the image, largest first."""
    files = sorted(contents(), key=lambda file: -file[1])
    for name, size in files[:15]:
        print(f"{size / 1e6:8.2f} MB  /{name}")
    print(f"{sum(size for _, size in files[15:]) / 1e6:8.2f} MB  {len(files) - 15} others")
    print(f"{sum(size for _, size in files) / 1e6:8.2f} MB  in all")


def bundle() -> None:
    """Puts everything that an operator without a network needs into one folder."""
    if not (BUILT / "image.tar").exists():
        build()
    folder = BUILT / f"onedoor-{VERSION}-{os.uname().machine}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with open(BUILT / "image.tar", "rb") as image, \
            gzip.GzipFile(folder / "image.tar.gz", "wb", 6, mtime=0) as packed:
        shutil.copyfileobj(image, packed, 1 << 20)
    # What is committed and nothing else: an operator may keep keys beside the composition.
    listed = run("git", "ls-files", "-z", "Compose", cwd=ROOT, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        place = pathlib.Path(name).relative_to("Compose")
        if place.parts[0] not in ("tools", "Dockerfile", "Dockerfile.dockerignore"):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / place)
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copytree(ROOT / "Sources/onedoor/Data", folder / "data")
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(folder)}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    print(folder)


if __name__ == "__main__":
    acts = {"build": build, "sizes": sizes, "bundle": bundle}
    if len(sys.argv) != 2 or sys.argv[1] not in acts:
        sys.exit(__doc__)
    acts[sys.argv[1]]()
