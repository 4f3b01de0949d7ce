from logix_common.wire.v1 import link_pb2 as _link_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnrolRequest(_message.Message):
    __slots__ = ("token", "serial", "csr_der", "agent_version")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    CSR_DER_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    token: str
    serial: str
    csr_der: bytes
    agent_version: str
    def __init__(self, token: _Optional[str] = ..., serial: _Optional[str] = ..., csr_der: _Optional[bytes] = ..., agent_version: _Optional[str] = ...) -> None: ...

class RenewExpiredRequest(_message.Message):
    __slots__ = ("certificate_pem", "csr_der", "proof")
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    CSR_DER_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    certificate_pem: bytes
    csr_der: bytes
    proof: bytes
    def __init__(self, certificate_pem: _Optional[bytes] = ..., csr_der: _Optional[bytes] = ..., proof: _Optional[bytes] = ...) -> None: ...

class IssuedIdentity(_message.Message):
    __slots__ = ("device_id", "chain_pem", "trust_bundle")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    CHAIN_PEM_FIELD_NUMBER: _ClassVar[int]
    TRUST_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    chain_pem: bytes
    trust_bundle: _link_pb2.TrustBundle
    def __init__(self, device_id: _Optional[str] = ..., chain_pem: _Optional[bytes] = ..., trust_bundle: _Optional[_Union[_link_pb2.TrustBundle, _Mapping]] = ...) -> None: ...
