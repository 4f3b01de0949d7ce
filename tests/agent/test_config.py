"""Settings: every error names the file, the key and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from logix_agent import config
from logix_agent.config import AgentConfig
from logix_common.errors import InvalidInput


def load(folder: Path, text: str) -> AgentConfig:
    file = folder / "agent.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_every_key_has_a_check_and_every_check_a_key() -> None:
    assert set(config.checks()) == set(AgentConfig.__dataclass_fields__)


def test_values_replace_the_defaults(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'state_dir = "/tmp/x"\nserver = "support.example"\ngateway_port = 8443\n'
        'services = ["nginx.service", "sshd.service"]\nhealth_interval_seconds = 5\ndebounce_raise = 1\n',
    )
    assert settings.state_dir == Path("/tmp/x")
    assert (settings.server, settings.gateway_port) == ("support.example", 8443)
    assert settings.services == ("nginx.service", "sshd.service")
    assert settings.health_interval_seconds == 5.0
    assert settings.finding_interval_seconds == 30.0


@pytest.mark.parametrize(
    ("line", "key", "expected"),
    [
        ("health_interval_seconds = 0", "health_interval_seconds", "a number from 0.2 to 86400"),
        ("health_interval_seconds = true", "health_interval_seconds", "a number"),
        ("gateway_port = 70000", "gateway_port", "a whole number from 1 to 65535"),
        ('gateway_port = "443"', "gateway_port", "a whole number"),
        ('state_dir = "relative"', "state_dir", "an absolute path"),
        ('log_level = "loud"', "log_level", "debug, info, warning or error"),
        ('services = ["--now"]', "services", "systemd unit names"),
        ('proxy = "socks5://x:1"', "proxy", "http://proxy.example:3128"),
        ('server = "a b"', "server", "a host name or address"),
        ("spool_max_bytes = 10", "spool_max_bytes", "a whole number from 65536"),
        ("disk_full_percent = 99.5", "disk_full_percent", "at most disk_full_critical_percent (99)"),
        ("backoff_initial_seconds = 500", "backoff_initial_seconds", "at most backoff_max_seconds (300)"),
        (
            "health_intervall_seconds = 60",
            "health_intervall_seconds",
            "did you mean 'health_interval_seconds'",
        ),
        ("zzz = 1", "zzz", "unknown key; did you mean"),
    ],
)
def test_an_error_names_file_key_and_expectation(tmp_path: Path, line: str, key: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, line)
    assert caught.value.where == f"{tmp_path / 'agent.toml'}: {key}"
    assert expected in caught.value.what


@pytest.mark.parametrize("text", ["x = ", "[" * 5000, "a = 1\na = 2"])
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="expected TOML"):
        load(tmp_path, text)


def test_bytes_that_are_no_text_and_too_many_bytes(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="expected TOML"):
        config.load(file)
    file.write_bytes(b"#" * (config.MAX_FILE_BYTES + 1))
    with pytest.raises(InvalidInput, match="expected at most"):
        config.load(file)


def test_a_named_file_must_exist_the_default_one_need_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        config.load(tmp_path / "nothing.toml")
    monkeypatch.setattr(config, "DEFAULT_FILE", tmp_path / "nothing.toml")
    assert config.load() == AgentConfig()


def test_the_sysroot_of_the_command_line_wins(tmp_path: Path) -> None:
    settings = load(tmp_path, 'sysroot = "/somewhere"')
    assert config.with_sysroot(settings, tmp_path).sysroot == tmp_path
