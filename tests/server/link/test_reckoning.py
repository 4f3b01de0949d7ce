"""When an entry really happened."""

from __future__ import annotations

from logix_server.link.reckoning import FARTHEST_US, HelloTimes, observed_us

RECEIVED = 1_700_000_000_000_000
HELLO = HelloTimes(
    boot_id="b", device_us=RECEIVED + 50_000_000, boottime_us=900_000_000, received_us=RECEIVED
)


def test_within_the_boot_the_monotonic_clock_tells_whatever_the_wall_clock_says() -> None:
    for device_us in (0, RECEIVED, -(2**63), 2**63 - 1):
        assert observed_us(HELLO, "b", device_us, 870_000_000, RECEIVED) == RECEIVED - 30_000_000


def test_an_empty_boot_id_is_that_of_the_hello() -> None:
    assert observed_us(HELLO, "", 0, 899_000_000, RECEIVED) == RECEIVED - 1_000_000


def test_of_an_earlier_boot_the_wall_clock_minus_the_skew_tells() -> None:
    told = RECEIVED + 50_000_000 - 3_600_000_000
    assert observed_us(HELLO, "earlier", told, 5, RECEIVED) == RECEIVED - 3_600_000_000


def test_nothing_happens_after_it_was_received_or_before_1970() -> None:
    assert observed_us(HELLO, "b", 0, 2**63 - 1, RECEIVED + 7) == RECEIVED + 7
    assert observed_us(HELLO, "earlier", -(2**63), 0, RECEIVED) == 0


def test_the_skew_is_kept_inside_what_a_column_holds() -> None:
    lying = HelloTimes(boot_id="b", device_us=2**63 - 1, boottime_us=0, received_us=-(2**62))
    assert lying.skew_us == FARTHEST_US
    assert HELLO.skew_us == 50_000_000
