from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UploadMessage(_message.Message):
    __slots__ = ("begin", "chunk")
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    begin: UploadBegin
    chunk: bytes
    def __init__(self, begin: _Optional[_Union[UploadBegin, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class UploadBegin(_message.Message):
    __slots__ = ("order_id", "size", "sha256")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    size: int
    sha256: bytes
    def __init__(self, order_id: _Optional[bytes] = ..., size: _Optional[int] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class UploadState(_message.Message):
    __slots__ = ("offset", "stored")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    offset: int
    stored: bool
    def __init__(self, offset: _Optional[int] = ..., stored: _Optional[bool] = ...) -> None: ...
