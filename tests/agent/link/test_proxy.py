"""Through an HTTP CONNECT proxy, and never through one that only the environment names."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent.link.conftest import Rig, finding
from tests.fakes.connect_proxy import ConnectProxy
from tests.fakes.gateway import FakeGateway
from tests.until import until


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ConnectProxy]:
    for name in ("no_proxy", "no_grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = ConnectProxy(base64.b64encode(b"user:secret").decode())
    await made.start()
    yield made
    await made.stop()


async def test_enrolment_and_stream_go_through_the_proxy(
    tmp_path: Path, gateway: FakeGateway, proxy: ConnectProxy
) -> None:
    rig = Rig(tmp_path, gateway, proxy=f"http://user:secret@127.0.0.1:{proxy.port}")
    await rig.reports.open()
    await rig.enrol()
    await rig.reports.put([finding()])
    rig.run(rig.link())
    await until(lambda: gateway.told("finding"))
    gateway_port, enrolment_port = gateway.ports
    assert proxy.asked == [f"CONNECT localhost:{enrolment_port}", f"CONNECT localhost:{gateway_port}"]
    await rig.close()


async def test_wrong_credentials_of_the_proxy_are_no_connection(
    rig: Rig, gateway: FakeGateway, proxy: ConnectProxy
) -> None:
    rig.proxy = f"http://user:wrong@127.0.0.1:{proxy.port}"
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.last_error)
    assert gateway.connections == []
    assert proxy.asked


async def test_the_environments_proxy_is_not_used(
    rig: Rig, gateway: FakeGateway, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
    link = rig.link()
    rig.run(link)
    await until(lambda: link.status.connected)
    assert proxy.asked == []
