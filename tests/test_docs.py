"""What the documents promise of commands, settings and files is so."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import click
import pytest
from logix_agent import cli as agent_cli
from logix_agent.config import AgentConfig, checked
from logix_server import config as server_config
from logix_server.cli import cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SERVER_TOML, AGENT_TOML = re.findall(
    r"^```toml\n(.*?)^```$", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
KEY = re.compile(r"^(?:# )?(\w+) = ", re.MULTILINE)


def test_every_setting_of_the_server_is_shown_with_its_default(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(SERVER_TOML, encoding="utf-8")
    environment = {"LOGIX_DATA": str(tmp_path), "LOGIX_DATABASE_URL": "sqlite://"}
    assert server_config.load(environment) == server_config.ServerConfig(tmp_path, "sqlite://")
    keys = {field.name for field in dataclasses.fields(server_config.ServerConfig)}
    assert set(KEY.findall(SERVER_TOML)) == keys - {"data", "database_url"}


def test_every_setting_of_the_agent_is_shown_with_its_default() -> None:
    assert checked(tomllib.loads(AGENT_TOML), "docs/settings.md") == AgentConfig()
    assert set(KEY.findall(AGENT_TOML)) == {field.name for field in dataclasses.fields(AgentConfig)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"logix-(server|agent)((?: [a-z][a-z-]+)+)", text)
    wrong = []
    for program, words in named:
        found = _agent_knows if program == "agent" else _server_knows
        if not found(words.split()):
            wrong.append(f"logix-{program}{words}")
    assert wrong == []


def _server_knows(words: list[str]) -> bool:
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group):
            return True  # what follows is an argument
        command = command.get_command(click.Context(command), word)
        if command is None:
            return False
    return True


def _agent_knows(words: list[str]) -> bool:
    return words[0] in agent_cli._parser().format_help()
