from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ModuleRunning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODULE_RUNNING_UNSPECIFIED: _ClassVar[ModuleRunning]
    MODULE_RUNNING_YES: _ClassVar[ModuleRunning]
    MODULE_RUNNING_NO: _ClassVar[ModuleRunning]
    MODULE_RUNNING_PARTLY: _ClassVar[ModuleRunning]

class ModuleWanted(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODULE_WANTED_UNSPECIFIED: _ClassVar[ModuleWanted]
    MODULE_WANTED_RUNS: _ClassVar[ModuleWanted]
    MODULE_WANTED_DISABLED: _ClassVar[ModuleWanted]

class ServiceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVICE_STATUS_UNSPECIFIED: _ClassVar[ServiceStatus]
    SERVICE_STATUS_ACTIVE: _ClassVar[ServiceStatus]
    SERVICE_STATUS_INACTIVE: _ClassVar[ServiceStatus]
    SERVICE_STATUS_FAILED: _ClassVar[ServiceStatus]
    SERVICE_STATUS_UNKNOWN: _ClassVar[ServiceStatus]

class FindingEvent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINDING_EVENT_UNSPECIFIED: _ClassVar[FindingEvent]
    FINDING_EVENT_RAISED: _ClassVar[FindingEvent]
    FINDING_EVENT_CHANGED: _ClassVar[FindingEvent]
    FINDING_EVENT_CLEARED: _ClassVar[FindingEvent]

class OrderOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_OUTCOME_UNSPECIFIED: _ClassVar[OrderOutcome]
    ORDER_OUTCOME_DONE: _ClassVar[OrderOutcome]
    ORDER_OUTCOME_FAILED: _ClassVar[OrderOutcome]
    ORDER_OUTCOME_UNSUPPORTED: _ClassVar[OrderOutcome]
MODULE_RUNNING_UNSPECIFIED: ModuleRunning
MODULE_RUNNING_YES: ModuleRunning
MODULE_RUNNING_NO: ModuleRunning
MODULE_RUNNING_PARTLY: ModuleRunning
MODULE_WANTED_UNSPECIFIED: ModuleWanted
MODULE_WANTED_RUNS: ModuleWanted
MODULE_WANTED_DISABLED: ModuleWanted
SERVICE_STATUS_UNSPECIFIED: ServiceStatus
SERVICE_STATUS_ACTIVE: ServiceStatus
SERVICE_STATUS_INACTIVE: ServiceStatus
SERVICE_STATUS_FAILED: ServiceStatus
SERVICE_STATUS_UNKNOWN: ServiceStatus
FINDING_EVENT_UNSPECIFIED: FindingEvent
FINDING_EVENT_RAISED: FindingEvent
FINDING_EVENT_CHANGED: FindingEvent
FINDING_EVENT_CLEARED: FindingEvent
ORDER_OUTCOME_UNSPECIFIED: OrderOutcome
ORDER_OUTCOME_DONE: OrderOutcome
ORDER_OUTCOME_FAILED: OrderOutcome
ORDER_OUTCOME_UNSUPPORTED: OrderOutcome

class DeviceMessage(_message.Message):
    __slots__ = ("hello", "batch", "pong", "renewal", "order_result", "heartbeat", "module_report")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    RENEWAL_FIELD_NUMBER: _ClassVar[int]
    ORDER_RESULT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    MODULE_REPORT_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    batch: Batch
    pong: Pong
    renewal: RenewalRequest
    order_result: OrderResult
    heartbeat: Heartbeat
    module_report: ModuleReport
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., batch: _Optional[_Union[Batch, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., renewal: _Optional[_Union[RenewalRequest, _Mapping]] = ..., order_result: _Optional[_Union[OrderResult, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., module_report: _Optional[_Union[ModuleReport, _Mapping]] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("welcome", "ack", "ping", "certificate", "order", "heartbeat", "trust_bundle", "module_statement")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    TRUST_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    MODULE_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    ack: Ack
    ping: Ping
    certificate: CertificateIssued
    order: Order
    heartbeat: HeartbeatReply
    trust_bundle: TrustBundle
    module_statement: ModuleStatement
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., certificate: _Optional[_Union[CertificateIssued, _Mapping]] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., heartbeat: _Optional[_Union[HeartbeatReply, _Mapping]] = ..., trust_bundle: _Optional[_Union[TrustBundle, _Mapping]] = ..., module_statement: _Optional[_Union[ModuleStatement, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_min", "protocol_max", "agent_version", "boot_id", "spool_id", "memory_spool_id", "last_acknowledged", "last_written", "capabilities", "trust_version", "device_time_us", "boottime_us", "module_statement_counter")
    PROTOCOL_MIN_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAX_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    SPOOL_ID_FIELD_NUMBER: _ClassVar[int]
    MEMORY_SPOOL_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    LAST_WRITTEN_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    TRUST_VERSION_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_US_FIELD_NUMBER: _ClassVar[int]
    BOOTTIME_US_FIELD_NUMBER: _ClassVar[int]
    MODULE_STATEMENT_COUNTER_FIELD_NUMBER: _ClassVar[int]
    protocol_min: int
    protocol_max: int
    agent_version: str
    boot_id: str
    spool_id: bytes
    memory_spool_id: bytes
    last_acknowledged: int
    last_written: int
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    trust_version: int
    device_time_us: int
    boottime_us: int
    module_statement_counter: int
    def __init__(self, protocol_min: _Optional[int] = ..., protocol_max: _Optional[int] = ..., agent_version: _Optional[str] = ..., boot_id: _Optional[str] = ..., spool_id: _Optional[bytes] = ..., memory_spool_id: _Optional[bytes] = ..., last_acknowledged: _Optional[int] = ..., last_written: _Optional[int] = ..., capabilities: _Optional[_Iterable[str]] = ..., trust_version: _Optional[int] = ..., device_time_us: _Optional[int] = ..., boottime_us: _Optional[int] = ..., module_statement_counter: _Optional[int] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("protocol", "server_time_us", "heartbeat_seconds", "acknowledged", "want_full_state", "trust_bundle", "max_batch_bytes", "max_batch_entries", "renew_now", "renew_at_us")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_US_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    WANT_FULL_STATE_FIELD_NUMBER: _ClassVar[int]
    TRUST_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    RENEW_NOW_FIELD_NUMBER: _ClassVar[int]
    RENEW_AT_US_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    server_time_us: int
    heartbeat_seconds: int
    acknowledged: int
    want_full_state: bool
    trust_bundle: TrustBundle
    max_batch_bytes: int
    max_batch_entries: int
    renew_now: bool
    renew_at_us: int
    def __init__(self, protocol: _Optional[int] = ..., server_time_us: _Optional[int] = ..., heartbeat_seconds: _Optional[int] = ..., acknowledged: _Optional[int] = ..., want_full_state: _Optional[bool] = ..., trust_bundle: _Optional[_Union[TrustBundle, _Mapping]] = ..., max_batch_bytes: _Optional[int] = ..., max_batch_entries: _Optional[int] = ..., renew_now: _Optional[bool] = ..., renew_at_us: _Optional[int] = ...) -> None: ...

class TrustBundle(_message.Message):
    __slots__ = ("version", "ca_pem", "statement_keys_pem", "endorsements")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CA_PEM_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_KEYS_PEM_FIELD_NUMBER: _ClassVar[int]
    ENDORSEMENTS_FIELD_NUMBER: _ClassVar[int]
    version: int
    ca_pem: bytes
    statement_keys_pem: bytes
    endorsements: _containers.RepeatedCompositeFieldContainer[KeyEndorsement]
    def __init__(self, version: _Optional[int] = ..., ca_pem: _Optional[bytes] = ..., statement_keys_pem: _Optional[bytes] = ..., endorsements: _Optional[_Iterable[_Union[KeyEndorsement, _Mapping]]] = ...) -> None: ...

class KeyEndorsement(_message.Message):
    __slots__ = ("key_id", "signature")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    signature: bytes
    def __init__(self, key_id: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class ModuleStatement(_message.Message):
    __slots__ = ("payload", "signature", "key_id")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    signature: bytes
    key_id: str
    def __init__(self, payload: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., key_id: _Optional[str] = ...) -> None: ...

class ModuleState(_message.Message):
    __slots__ = ("name", "security", "wanted", "running", "problem")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SECURITY_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    name: str
    security: bool
    wanted: ModuleWanted
    running: ModuleRunning
    problem: str
    def __init__(self, name: _Optional[str] = ..., security: _Optional[bool] = ..., wanted: _Optional[_Union[ModuleWanted, str]] = ..., running: _Optional[_Union[ModuleRunning, str]] = ..., problem: _Optional[str] = ...) -> None: ...

class ModuleReport(_message.Message):
    __slots__ = ("counter", "problem", "modules")
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    counter: int
    problem: str
    modules: _containers.RepeatedCompositeFieldContainer[ModuleState]
    def __init__(self, counter: _Optional[int] = ..., problem: _Optional[str] = ..., modules: _Optional[_Iterable[_Union[ModuleState, _Mapping]]] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("entries", "from_memory")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    FROM_MEMORY_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    from_memory: bool
    def __init__(self, entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., from_memory: _Optional[bool] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("sequence", "device_time_us", "boottime_us", "boot_id", "health", "finding", "inventory", "full_state")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_US_FIELD_NUMBER: _ClassVar[int]
    BOOTTIME_US_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    FULL_STATE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    device_time_us: int
    boottime_us: int
    boot_id: str
    health: HealthReport
    finding: Finding
    inventory: Inventory
    full_state: FullState
    def __init__(self, sequence: _Optional[int] = ..., device_time_us: _Optional[int] = ..., boottime_us: _Optional[int] = ..., boot_id: _Optional[str] = ..., health: _Optional[_Union[HealthReport, _Mapping]] = ..., finding: _Optional[_Union[Finding, _Mapping]] = ..., inventory: _Optional[_Union[Inventory, _Mapping]] = ..., full_state: _Optional[_Union[FullState, _Mapping]] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("sequence", "from_memory", "want_full_state")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FROM_MEMORY_FIELD_NUMBER: _ClassVar[int]
    WANT_FULL_STATE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    from_memory: bool
    want_full_state: bool
    def __init__(self, sequence: _Optional[int] = ..., from_memory: _Optional[bool] = ..., want_full_state: _Optional[bool] = ...) -> None: ...

class HealthReport(_message.Message):
    __slots__ = ("metric", "value", "instances", "services")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    metric: _containers.RepeatedScalarFieldContainer[int]
    value: _containers.RepeatedScalarFieldContainer[float]
    instances: _containers.RepeatedCompositeFieldContainer[InstanceValues]
    services: _containers.RepeatedCompositeFieldContainer[ServiceState]
    def __init__(self, metric: _Optional[_Iterable[int]] = ..., value: _Optional[_Iterable[float]] = ..., instances: _Optional[_Iterable[_Union[InstanceValues, _Mapping]]] = ..., services: _Optional[_Iterable[_Union[ServiceState, _Mapping]]] = ...) -> None: ...

class InstanceValues(_message.Message):
    __slots__ = ("name", "metric", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    metric: _containers.RepeatedScalarFieldContainer[int]
    value: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., metric: _Optional[_Iterable[int]] = ..., value: _Optional[_Iterable[float]] = ...) -> None: ...

class ServiceState(_message.Message):
    __slots__ = ("name", "status")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    name: str
    status: ServiceStatus
    def __init__(self, name: _Optional[str] = ..., status: _Optional[_Union[ServiceStatus, str]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("finding_id", "event", "component", "part", "code", "severity", "evidence", "related_parts", "identity", "watched", "urgent")
    FINDING_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RELATED_PARTS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FIELD_NUMBER: _ClassVar[int]
    URGENT_FIELD_NUMBER: _ClassVar[int]
    finding_id: bytes
    event: FindingEvent
    component: str
    part: str
    code: str
    severity: int
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    related_parts: _containers.RepeatedScalarFieldContainer[str]
    identity: PartIdentity
    watched: bool
    urgent: bool
    def __init__(self, finding_id: _Optional[bytes] = ..., event: _Optional[_Union[FindingEvent, str]] = ..., component: _Optional[str] = ..., part: _Optional[str] = ..., code: _Optional[str] = ..., severity: _Optional[int] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., related_parts: _Optional[_Iterable[str]] = ..., identity: _Optional[_Union[PartIdentity, _Mapping]] = ..., watched: _Optional[bool] = ..., urgent: _Optional[bool] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("source", "name", "value", "limit", "line")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    source: str
    name: str
    value: str
    limit: str
    line: str
    def __init__(self, source: _Optional[str] = ..., name: _Optional[str] = ..., value: _Optional[str] = ..., limit: _Optional[str] = ..., line: _Optional[str] = ...) -> None: ...

class PartIdentity(_message.Message):
    __slots__ = ("slot", "serial", "model")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    slot: str
    serial: str
    model: str
    def __init__(self, slot: _Optional[str] = ..., serial: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class Inventory(_message.Message):
    __slots__ = ("serial", "model", "product_version", "patch_level", "os", "kernel", "bios", "packages", "modules", "disks", "ports", "cannot_tell", "maintenance")
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_VERSION_FIELD_NUMBER: _ClassVar[int]
    PATCH_LEVEL_FIELD_NUMBER: _ClassVar[int]
    OS_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    BIOS_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    DISKS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    CANNOT_TELL_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_FIELD_NUMBER: _ClassVar[int]
    serial: str
    model: str
    product_version: str
    patch_level: str
    os: str
    kernel: str
    bios: str
    packages: _containers.RepeatedCompositeFieldContainer[Package]
    modules: _containers.RepeatedCompositeFieldContainer[Module]
    disks: _containers.RepeatedCompositeFieldContainer[Disk]
    ports: _containers.RepeatedCompositeFieldContainer[NetworkPort]
    cannot_tell: _containers.RepeatedCompositeFieldContainer[Doubt]
    maintenance: MaintenanceWindow
    def __init__(self, serial: _Optional[str] = ..., model: _Optional[str] = ..., product_version: _Optional[str] = ..., patch_level: _Optional[str] = ..., os: _Optional[str] = ..., kernel: _Optional[str] = ..., bios: _Optional[str] = ..., packages: _Optional[_Iterable[_Union[Package, _Mapping]]] = ..., modules: _Optional[_Iterable[_Union[Module, _Mapping]]] = ..., disks: _Optional[_Iterable[_Union[Disk, _Mapping]]] = ..., ports: _Optional[_Iterable[_Union[NetworkPort, _Mapping]]] = ..., cannot_tell: _Optional[_Iterable[_Union[Doubt, _Mapping]]] = ..., maintenance: _Optional[_Union[MaintenanceWindow, _Mapping]] = ...) -> None: ...

class MaintenanceWindow(_message.Message):
    __slots__ = ("began_us", "seconds", "why", "by")
    BEGAN_US_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    began_us: int
    seconds: int
    why: str
    by: str
    def __init__(self, began_us: _Optional[int] = ..., seconds: _Optional[int] = ..., why: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class Doubt(_message.Message):
    __slots__ = ("component", "part", "reason")
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    component: str
    part: str
    reason: str
    def __init__(self, component: _Optional[str] = ..., part: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Package(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Module(_message.Message):
    __slots__ = ("name", "version", "enabled")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    enabled: bool
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., enabled: _Optional[bool] = ...) -> None: ...

class Disk(_message.Message):
    __slots__ = ("name", "serial", "model", "bytes", "firmware")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    FIRMWARE_FIELD_NUMBER: _ClassVar[int]
    name: str
    serial: str
    model: str
    bytes: int
    firmware: str
    def __init__(self, name: _Optional[str] = ..., serial: _Optional[str] = ..., model: _Optional[str] = ..., bytes: _Optional[int] = ..., firmware: _Optional[str] = ...) -> None: ...

class NetworkPort(_message.Message):
    __slots__ = ("name", "mac", "speed_mbit", "up")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAC_FIELD_NUMBER: _ClassVar[int]
    SPEED_MBIT_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    name: str
    mac: str
    speed_mbit: int
    up: bool
    def __init__(self, name: _Optional[str] = ..., mac: _Optional[str] = ..., speed_mbit: _Optional[int] = ..., up: _Optional[bool] = ...) -> None: ...

class FullState(_message.Message):
    __slots__ = ("inventory", "open_findings")
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    OPEN_FINDINGS_FIELD_NUMBER: _ClassVar[int]
    inventory: Inventory
    open_findings: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, inventory: _Optional[_Union[Inventory, _Mapping]] = ..., open_findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("device_time_us", "boottime_us", "trust_version")
    DEVICE_TIME_US_FIELD_NUMBER: _ClassVar[int]
    BOOTTIME_US_FIELD_NUMBER: _ClassVar[int]
    TRUST_VERSION_FIELD_NUMBER: _ClassVar[int]
    device_time_us: int
    boottime_us: int
    trust_version: int
    def __init__(self, device_time_us: _Optional[int] = ..., boottime_us: _Optional[int] = ..., trust_version: _Optional[int] = ...) -> None: ...

class HeartbeatReply(_message.Message):
    __slots__ = ("server_time_us",)
    SERVER_TIME_US_FIELD_NUMBER: _ClassVar[int]
    server_time_us: int
    def __init__(self, server_time_us: _Optional[int] = ...) -> None: ...

class RenewalRequest(_message.Message):
    __slots__ = ("csr_der",)
    CSR_DER_FIELD_NUMBER: _ClassVar[int]
    csr_der: bytes
    def __init__(self, csr_der: _Optional[bytes] = ...) -> None: ...

class CertificateIssued(_message.Message):
    __slots__ = ("chain_pem", "refused")
    CHAIN_PEM_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    chain_pem: bytes
    refused: str
    def __init__(self, chain_pem: _Optional[bytes] = ..., refused: _Optional[str] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "report_full_state", "renew_certificate", "collect_diagnostics")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REPORT_FULL_STATE_FIELD_NUMBER: _ClassVar[int]
    RENEW_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    COLLECT_DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    report_full_state: ReportFullState
    renew_certificate: RenewCertificate
    collect_diagnostics: CollectDiagnostics
    def __init__(self, order_id: _Optional[bytes] = ..., report_full_state: _Optional[_Union[ReportFullState, _Mapping]] = ..., renew_certificate: _Optional[_Union[RenewCertificate, _Mapping]] = ..., collect_diagnostics: _Optional[_Union[CollectDiagnostics, _Mapping]] = ...) -> None: ...

class ReportFullState(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RenewCertificate(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CollectDiagnostics(_message.Message):
    __slots__ = ("ticket", "codes", "parts")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    codes: _containers.RepeatedScalarFieldContainer[str]
    parts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ticket: _Optional[str] = ..., codes: _Optional[_Iterable[str]] = ..., parts: _Optional[_Iterable[str]] = ...) -> None: ...

class OrderResult(_message.Message):
    __slots__ = ("order_id", "outcome", "detail")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    order_id: bytes
    outcome: OrderOutcome
    detail: str
    def __init__(self, order_id: _Optional[bytes] = ..., outcome: _Optional[_Union[OrderOutcome, str]] = ..., detail: _Optional[str] = ...) -> None: ...
