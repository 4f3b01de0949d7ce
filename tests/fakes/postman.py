"""A postman that keeps what it is given; implements `logix_server.mail.postman.Postman`."""

from __future__ import annotations

from collections.abc import Callable


class FakePostman:
    """`fails` is asked before each mail and may raise; `handed` is what was taken over."""

    def __init__(self) -> None:
        self.handed: list[tuple[str, str, bytes]] = []
        self.fails: Callable[[str], None] = lambda to: None

    def hand_over(self, sender: str, to: str, mail: bytes) -> None:
        self.fails(to)
        self.handed.append((sender, to, mail))

    def close(self) -> None:
        pass
