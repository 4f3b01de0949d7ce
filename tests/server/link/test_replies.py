"""What the gateway answers, as messages that a device can read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from logix_common.wire.v1 import link_pb2 as pb
from logix_server.link import replies


@given(st.integers(0, 2**64 - 1), st.booleans(), st.booleans())
def test_an_acknowledgement_is_what_protobuf_would_have_written(
    sequence: int, from_memory: bool, want_full_state: bool
) -> None:
    ack = pb.Ack(sequence=sequence, from_memory=from_memory, want_full_state=want_full_state)
    expected = pb.ServerMessage(ack=ack).SerializeToString()
    assert replies.ack(sequence, from_memory, want_full_state) == expected
