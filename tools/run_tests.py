"""Run the whole suite: on SQLite, then what touches the database again on PostgreSQL.

Gets what the tests need through apt where it may (root on Debian). Where it may not, the tests that
need it skip and the closing line counts them; with CI=true nothing may skip.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent

APT_TRIES, APT_PAUSE_SECONDS = 3, 10
#: Half of the tests wait for other processes; more workers than cores only make those slower.
WORKERS = min(os.cpu_count() or 1, 4)
#: Debian package -> what shows that it is there.
PACKAGES = {
    "postgresql": postgres.available,
    "faketime": lambda: shutil.which("faketime") is not None,
    "dovecot-imapd": lambda: shutil.which("dovecot", path="/usr/sbin:/usr/bin") is not None,
    "chromium": lambda: shutil.which("chromium") is not None,
}


def install_missing() -> None:
    """Install what is missing, or say what will be skipped."""
    missing = [name for name, present in PACKAGES.items() if not present()]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"missing and not installable from here: {' '.join(missing)} (see README, Tests)", file=sys.stderr
        )
        return
    install = ["install", "-y", "-q", "--no-install-recommends", *missing]
    for attempt in range(APT_TRIES):
        if attempt:  # a mirror that is away, or a fresh machine that is still updating itself
            time.sleep(APT_PAUSE_SECONDS)
        apt("update", "-q")
        if apt(*install):
            return


def apt(*words: str) -> bool:
    """Run apt-get, which waits for another one to end; whether it succeeded."""
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", *words]
    print("+", " ".join(command), flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def run(name: str, markers: str, database: str) -> tuple[int, int, int]:
    """One pytest run; returns its exit status, and how many tests passed and were skipped."""
    # A file's tests stay together: they share what is dear to start.
    spread = ["-n", str(WORKERS), "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", "-q", *spread, "-m", markers]
    environment = dict(os.environ, LOGIX_TEST_DATABASE=database)
    print(f"== {name}", flush=True)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        counts = {"passed": 0, "skipped": 0}
        for line in process.stdout:
            print(line, end="", flush=True)
            if re.search(r"\bin [0-9.]+s", line):
                for number, word in re.findall(r"(\d+) (passed|skipped)", line):
                    counts[word] = int(number)
    return process.returncode, counts["passed"], counts["skipped"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", action="store_true", help="only the long fault and load runs")
    soak = parser.parse_args().soak
    install_missing()
    scope = "soak" if soak else "not soak"
    runs = [("on SQLite", f"{scope} and not postgres", "sqlite")]
    if postgres.available():
        runs.append(("on PostgreSQL", f"{scope} and (database or postgres)", "postgres"))
    results = [run(*each) for each in runs]
    passed = sum(result[1] for result in results)
    skipped = sum(result[2] for result in results)
    failed = sum(result[0] not in (0, 5) for result in results)
    if not postgres.available():
        failed += os.environ.get("CI") == "true"
        print("no PostgreSQL server here: every test that runs on PostgreSQL was skipped")
    print(f"== {passed} passed, {skipped} skipped, {failed} of {len(results)} runs failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
