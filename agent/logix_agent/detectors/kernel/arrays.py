"""Wordings of storage controllers and arrays. Pure.

Sources: drivers/md/{md,raid1,raid5,raid10}.c, drivers/scsi/{megaraid,mpt3sas,hpsa,aacraid} of Linux 2.4 to 6.x.
"""

from __future__ import annotations

from typing import Final

from logix_agent.detectors.kernel.rules import AT_TIMES, HOUR, REPLACE, STOPPED, Rule, rule
from logix_agent.detectors.kernel.storage import LINK

CONTROLLER: Final = "system.storage-controller"
DEGRADED: Final = "raid.degraded"
BROKEN: Final = "raid.broken"
INACTIVE: Final = "raid.inactive"

RULES: Final[tuple[Rule, ...]] = (
    # -- controllers
    rule(
        CONTROLLER,
        REPLACE,
        "system:{driver}",
        r"\b(?P<driver>megaraid_sas|mpt[23]sas(?:_cm)?|hpsa|aacraid|arcmsr|smartpqi|3w-\w{3,4}|cciss)\w{0,8}\b.{0,80}(?:in FAULT state|fault_state\(|controller lockup detected|Controller lockup|firmware crash|Fault !!!|FW in fault|adapter is dead|resetting controller, ctrl \S{1,8} dead|unrecoverable)",
        "FAULT state",
        "fault_state(",
        "ontroller lockup",
        "firmware crash",
        "Fault !!!",
        "adapter is dead",
    ),
    rule(
        DEGRADED,
        REPLACE,
        "raid:{vd}",
        r"megaraid_sas .{0,80}VD (?P<vd>\w{1,4}/\w{1,4}) is now (?:PARTIALLY )?DEGRADED",
        "DEGRADED",
    ),
    rule(
        BROKEN,
        STOPPED,
        "raid:{vd}",
        r"megaraid_sas .{0,80}VD (?P<vd>\w{1,4}/\w{1,4}) is now OFFLINE",
        "is now OFFLINE",
    ),
    # -- md: /proc/mdstat says better what is so now
    rule(
        BROKEN,
        STOPPED,
        "raid:{md}",
        r"md/\w{1,12}:(?P<md>md\w{1,40}): (?:Cannot continue operation|not enough operational devices|Operation continuing on 0 devices|too many failed)",
        "Cannot continue operation",
        "not enough operational",
        "continuing on 0 devices",
        lasts=HOUR,
    ),
    rule(
        BROKEN,
        STOPPED,
        "raid:md",
        r"^raid\d+: .{0,80}(?:not enough operational|[Oo]peration continuing on 0 devices)",
        "not enough operational",
        "continuing on 0 devices",
        lasts=HOUR,
    ),
    rule(
        INACTIVE,
        STOPPED,
        "raid:{md}",
        r"md/\w{1,12}:(?P<md>md\w{1,40}): (?:cannot start dirty degraded array|failed to run raid set)",
        "cannot start dirty degraded",
        "failed to run raid set",
        lasts=HOUR,
    ),
    rule(
        DEGRADED,
        REPLACE,
        "raid:{md}",
        r"md/\w{1,12}:(?P<md>md\w{1,40}): (?:Disk failure on (?P<member>[\w!-]{1,32}),|Operation continuing on [1-9]\d* devices)",
        "Disk failure on",
        "peration continuing on",
        lasts=HOUR,
    ),
    rule(
        DEGRADED,
        REPLACE,
        "raid:md",
        r"^raid\d+: (?:Disk failure on (?P<member>[\w!-]{1,32}),|Operation continuing on [1-9]\d* devices)",
        "Disk failure on",
        "peration continuing on",
        lasts=HOUR,
    ),
    rule(
        DEGRADED,
        REPLACE,
        "raid:{md}",
        r"^md: ?kicking non-fresh (?P<member>[\w!-]{1,32}) from array",
        "kicking non-fresh",
        lasts=HOUR,
    ),
    rule(
        LINK,
        AT_TIMES,
        "disk:@{dev}",
        r"device-mapper: multipath: .{0,40}Failing path (?P<dev>[\d:]{1,16})",
        "Failing path",
        early=True,
    ),
)
