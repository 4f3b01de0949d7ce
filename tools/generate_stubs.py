"""Generate the protobuf and gRPC stubs below common/; with --check, say whether they are fresh."""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
COMMON = ROOT / "common"


def generate(out: Path) -> None:
    """Write the stubs of every proto below `out`; raises SystemExit with protoc's own status."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    status = protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={files('grpc_tools') / '_proto'}",
            f"--python_out={out}",
            f"--pyi_out={out}",
            f"--grpc_python_out={out}",
            *sources,
        ]
    )
    if status:
        raise SystemExit(status)


def stale() -> list[str]:
    """Names of committed stubs that differ from freshly generated ones, or are missing or surplus."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        wire = Path("logix_common/wire")
        new = {p.relative_to(fresh): p.read_bytes() for p in (fresh / wire).rglob("*_pb2*.py*")}
        old = {
            p.relative_to(COMMON): p.read_bytes()
            for p in (COMMON / wire).rglob("*_pb2*.py*")
            if "__pycache__" not in p.parts
        }
    return sorted(str(name) for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        generate(COMMON)
        return 0
    names = stale()
    for name in names:
        print(f"stale: common/{name} (run: make stubs)", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
