"""Customers, devices and the audit on the command line."""

from __future__ import annotations

import json
import stat

import pytest
from cryptography import x509

from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SOLD = ("--customer", "Acme", "--model", "LX-500", "--hardware", "logix")


@pytest.fixture
def sold(console):
    console.ok("customer", "add", "Bayi", "--kind", "dealer")
    console.ok("customer", "add", "Acme", "--email", "it@acme.example", "--dealer", "Bayi")
    return console


def test_a_device_is_registered_with_a_bundle_for_its_agent(sold, tmp_path):
    bundle = json.loads(sold.ok("device", "register", "LGX1", *SOLD, "--purchased", "2024-01-02"))
    assert set(bundle) == {
        *(
            "format",
            "token",
            "serial",
            "device_id",
            "trust_domain",
            "trust_version",
            "ca_pem",
            "statement_keys",
            "server",
        )
    }
    assert bundle["format"] == 1
    assert bundle["server"] == {"host": "localhost", "gateway_port": 7443, "enrolment_port": 7444}
    assert x509.load_pem_x509_certificate(bundle["ca_pem"].encode())
    [row] = sold.json("device", "list")
    assert (row["serial"], row["customer"], row["state"]) == ("LGX1", "Acme", "registered")
    out = tmp_path / "again.json"
    sold.ok("device", "token", "LGX1", "--bundle-out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["token"] != bundle["token"]
    assert bundle["token"] not in json.dumps(sold.json("audit", "list"))
    assert sold.json("device", "show", "LGX1")["token_holds_until"] is not None


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("LGX1", *SOLD), "day of purchase"),
        (("bad serial", *SOLD, "--purchased", "2024-01-02"), "serial"),
        (("LGX1", *SOLD, "--purchased", "2199-01-02"), "future"),
        (("LGX1", *SOLD[2:], "--customer", "Nobody", "--purchased", "2024-01-02"), "Nobody"),
        (("LGX1", *SOLD[2:], "--customer", "Bayi", "--purchased", "2024-01-02"), "Bayi"),
    ],
)
def test_a_registration_that_fails_leaves_nothing(sold, arguments, why):
    assert why in sold.refused("device", "register", *arguments)
    assert sold.json("device", "list") == []
    assert not [row for row in sold.json("audit", "list") if row["action"].startswith("unit")]


def test_a_replacement_takes_the_place_of_a_decommissioned_unit(sold):
    sold.ok("device", "register", "LGX1", *SOLD, "--purchased", "2024-01-02", "--installation", "HQ")
    place = (*SOLD, "--installation", "HQ")
    assert "LGX1" in sold.refused("device", "register", "LGX2", *place)
    sold.ok("device", "decommission", "LGX1", "--reason", "RMA")
    assert "bought already" in sold.refused("device", "register", "LGX2", *place, "--purchased", "2024-02-02")
    sold.ok("device", "register", "LGX2", *place)
    assert [row["state"] for row in sold.json("device", "list")] == ["decommissioned", "registered"]
    assert sold.json("device", "list", "--state", "registered")[0]["serial"] == "LGX2"


def test_revoking_and_taking_back(sold):
    sold.ok("device", "register", "LGX1", *SOLD, "--purchased", "2024-01-02")
    sold.ok("device", "revoke", "LGX1", "--reason", "stolen")
    assert sold.json("device", "show", "LGX1")["state_reason"] == "stolen"
    assert "reinstate" in sold.refused("device", "token", "LGX1")
    assert "not in conflict" in sold.refused("device", "resolve", "LGX1", "--keep-current")
    sold.ok("device", "token", "LGX1", "--reinstate")
    order = sold.json("device", "refresh", "LGX1")
    assert (order["kind"], order["state"]) == ("report-full-state", "waiting")
    assert sold.json("device", "show", "LGX1")["orders"] == [order]
    actions = [row["action"] for row in sold.json("audit", "list", "--subject", "unit:LGX1")]
    assert actions[:3] == ["order.give", "token.create", "unit.reinstate"]


def test_lists_have_pages_and_tables(sold):
    for number in range(3):
        sold.ok("customer", "add", f"C{number}")
    names = [row["name"] for row in sold.json("customer", "list", "--limit", "2", "--offset", "1")]
    assert names == ["Bayi", "C0"]
    assert "it@acme.example" in sold.ok("customer", "list")
    assert sold.json("customer", "show", "Bayi")["customers"] == [
        {"name": "Acme", "email": "it@acme.example"}
    ]
    assert sold.json("incident", "list") == []
    assert sold("customer", "list", "--limit", "0").exit_code == 2


def test_unknown_things_are_refused_with_advice(sold):
    assert "device list" in sold.refused("device", "show", "NOPE")
    assert "customer list" in sold.refused("customer", "show", "NOPE")
    assert "no incident" in sold.refused("incident", "close", "7")
    assert "rotate-begin" in sold.refused("pki", "rotate-switch")
    assert sold("nonsense").exit_code == 2


def test_the_audit_verifies_and_a_wrong_expectation_is_exit_1(sold):
    assert sold.json("audit", "verify")["good"] is True
    done = sold("audit", "verify", "--expect", "f" * 64, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["good"] is False


def test_a_rotation_step_by_step(sold):
    sold.ok("pki", "rotate-begin")
    sold.ok("pki", "rotate-switch")
    states = [row["state"] for row in sold.json("pki", "show")["generations"]]
    assert states == ["retiring", "issuing"]
    sold.ok("pki", "rotate-finish")
    shown = sold.json("pki", "show")
    assert (shown["trust_version"], shown["server_certificate_generation"]) == (3, 2)
    sold.ok("pki", "server-certificate")
    actions = [row["action"] for row in sold.json("audit", "list", "--limit", "4")]
    steps = ["server-certificate", "rotate-finish", "rotate-switch", "rotate-begin"]
    assert actions == [f"pki.{step}" for step in steps]


def test_the_help_names_every_command(console):
    text = console.ok("--help")
    assert [name for name in ("customer", "device", "pki", "audit", "init") if name not in text] == []


def test_a_refusal_that_pages_show_too_is_in_english(console):
    console.ok("customer", "add", "Alone")
    said = console.refused("customer", "consent", "give", "Alone", "--why", "letter")
    assert "No dealer serves this customer." in said


def test_the_hours_of_a_rota_are_hours(console):
    engineer = person("support-engineer").email
    console.ok("rota", "add", "Gece", "--package", "profesyonel")
    shift = ("rota", "shift", "Gece", engineer, "--days", "mon", "--hours", "17:00-09:00")
    console.ok(*shift, "--from", "2026-03-02")
    shown = console.ok("rota", "show", "Gece")
    assert "17:00" in shown
    assert "minute" not in shown
    assert console.json("rota", "show", "Gece")["shifts"][0]["start_minute"] == 1020
    told = console("page", "test", engineer)
    assert told.exit_code == 0
    assert "cannot be reached" in told.stderr
    said = console.ok("page", "show", told.stdout.split()[1].rstrip(":"))
    assert "This is a test of the on-call channel" in said
    assert "tr=" not in said
