"""`init`: complete or told apart, never over what is there, closed to others, repeatable after a kill."""

from __future__ import annotations

import json
import os
import signal
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography import x509

pytestmark = pytest.mark.database


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*")}


def test_it_makes_everything_and_prints_the_password_once(blank):
    before = os.umask(0)
    try:
        told = blank.json("init", "--trust-domain", "support.example", "--public-host", "gw.example")
    finally:
        os.umask(before)
    assert told["admin"] == "admin"
    assert len(told["password"]) >= 20
    settings = tomllib.loads((blank.data / "server.toml").read_text())
    assert settings["trust_domain"] == "support.example"
    assert settings["gateway_port"] == 7443
    chain = x509.load_pem_x509_certificates((blank.data / "pki/generation-1/server.pem").read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["gw.example", "localhost"]
    assert stat.S_IMODE(blank.data.stat().st_mode) == 0o700
    for name, mode in modes(blank.data).items():
        wanted = 0o700 if (blank.data / name).is_dir() else 0o600
        assert mode == wanted, name
    files = [p for p in blank.data.rglob("*") if p.is_file()]
    assert not [p for p in files if told["password"].encode() in p.read_bytes()]


def test_the_password_may_come_from_the_environment(blank):
    told = blank.ok("init", "--json", LOGIX_ADMIN_PASSWORD="correct horse battery")
    assert "password" not in json.loads(told)
    assert "correct horse" not in told


def test_it_never_writes_over_a_server(server):
    def content() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in server.data.rglob("*.key")} | {
            "toml": (server.data / "server.toml").read_bytes()
        }

    before = content()
    assert "already" in server.refused("init", "--public-host", "other.example")
    assert content() == before


def test_it_leaves_somebody_elses_directory_alone(blank):
    blank.data.mkdir()
    (blank.data / "thesis.txt").write_text("years of work")
    assert "not an empty directory" in blank.refused("init")
    assert [p.name for p in blank.data.iterdir()] == ["thesis.txt"]


def test_it_refuses_a_database_of_another_server(server, tmp_path):
    if server.database_url is None:
        server.database_url = f"sqlite:///{server.data / 'logix.sqlite3'}"
    server.data = tmp_path / "second"
    assert "another data directory" in server.refused("init")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--public-host", 'x"; evil'],
        ["--trust-domain", "No Domain"],
        ["--gateway-port", "70000"],
        ["--gateway-port", "0"],
    ],
)
def test_wrong_usage_is_exit_2_and_makes_nothing(blank, wrong):
    done = blank("init", *wrong)
    assert done.returncode == 2
    assert not blank.data.exists()


def test_a_weak_password_is_refused_and_init_can_be_repeated(blank):
    assert "12" in blank.refused("init", LOGIX_ADMIN_PASSWORD="short")
    assert (blank.data / ".init-incomplete").exists()
    blank.ok("init", "--public-host", "second.example", LOGIX_ADMIN_PASSWORD="correct horse battery")
    assert not (blank.data / ".init-incomplete").exists()
    chain = x509.load_pem_x509_certificates((blank.data / "pki/generation-1/server.pem").read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "second.example" in names.get_values_for_type(x509.DNSName)


STEPS = ("server.toml", "secret-key", "pki/generation-1/root.key", "pki/generation-1/server.pem")


@pytest.mark.parametrize("until", STEPS)
def test_killed_at_any_step_it_is_told_and_repeated(blank, until):
    """Killed as soon as a file appears; then the same command completes and the server works."""
    process = blank.start("init")
    while process.poll() is None and not (blank.data / until).exists():
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if (blank.data / ".init-incomplete").exists():
        assert process.returncode != 0
        blank.ok("init")
    else:  # it was done before the signal came
        assert "already" in blank.refused("init")
    shown = blank.json("pki", "show")
    assert [row["state"] for row in shown["generations"]] == ["issuing"]
    assert shown["trust_version"] == 1
    blank.ok("customer", "add", "Acme")


def test_two_at_once_make_one(blank):
    first, second = blank.start("init"), blank.start("init")
    first.communicate()
    second.communicate()
    assert sorted([first.returncode, second.returncode]) == [0, 1]
    assert blank.json("pki", "show")["trust_version"] == 1


def test_settings_elsewhere_are_not_mistaken_for_its_own(blank, tmp_path):
    assert "unset" in blank.refused("init", LOGIX_CONFIG=str(tmp_path / "other.toml"))
    assert not blank.data.exists()


def test_a_command_before_init_says_so(blank):
    assert "init" in blank.refused("device", "list")
