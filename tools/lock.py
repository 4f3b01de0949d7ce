"""Renew requirements/*.lock from pyproject.toml: pinned, hashed, without index addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "agent": (),
    "build": (),
    "server": ("agent",),
    "dev": ("server", "build"),
}
COMMON = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--no-emit-package",
    "logix-support",
    "--quiet",
]


def main() -> int:
    uv = Path(sys.executable).with_name("uv")
    for extra, constraints in LOCKS.items():
        command = [uv, "pip", "compile", *COMMON, *sys.argv[1:], "--extra", extra, "pyproject.toml"]
        for name in constraints:
            command += ["--constraint", f"requirements/{name}.lock"]
        subprocess.run([*command, "--output-file", f"requirements/{extra}.lock"], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
