"""Wordings of file systems. Pure.

Sources: fs/ext[234]/super.c, fs/jbd2, fs/xfs/xfs_{fsops,error,message}.c, fs/btrfs/{messages,volumes,disk-io}.c,
fs/f2fs, fs/fat/misc.c, fs/ubifs of Linux 2.6 to 6.x. Mounting, probing and replaying a journal are no errors.
"""

from __future__ import annotations

from typing import Final

from logix_agent.detectors.kernel.rules import AT_TIMES, REPLACE, STOPPED, THIS_BOOT, WEEK, Rule, rule

READ_ONLY: Final = "filesystem.read-only"
SHUT_DOWN: Final = "filesystem.shut-down"
ERRORS: Final = "filesystem.errors"
_DEV: Final = r"(?P<fs>[\w!/.:-]{1,64}?)"

RULES: Final[tuple[Rule, ...]] = (
    # -- forced read-only
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"EXT[234]-fs \({_DEV}\): [Rr]emounting (?:filesystem|file system) read-only",
        "emounting file",
        lasts=THIS_BOOT,
    ),
    # the older kernels name the device in the line before
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:",
        r"^(?:EXT[234]-fs[^\n]{0,40}: ?)?[Rr]emounting (?:filesystem|file system) read-only",
        "emounting file",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"Aborting journal on device {_DEV}(?:-\d{{1,4}})?\.?(?:\s|$)",
        "Aborting journal on device",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"BTRFS[ :]+\w{{0,10}} ?\(device {_DEV}(?: state \w{{1,8}})?\).{{0,80}}forced readonly",
        "forced readonly",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"(?:FAT|exFAT|NTFS)-fs(?: error)? \((?:device )?{_DEV}\): [Ff]ilesystem has been set read-only",
        "ilesystem has been set read-only",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:",
        r"[Ff](?:ile ?)?system(?: panic| has been set read-only)",
        "ystem has been set read-only",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"UBIFS warning \({_DEV}[ )].{{0,80}}switched to read-only mode",
        "switched to read-only mode",
        lasts=THIS_BOOT,
    ),
    rule(
        READ_ONLY,
        STOPPED,
        "filesystem:{fs}",
        rf"REISERFS (?:abort|error) \(device {_DEV}\).{{0,120}}(?:[Jj]ournal|read-only)",
        "REISERFS abort",
        lasts=THIS_BOOT,
    ),
    # -- stopped
    rule(
        SHUT_DOWN,
        STOPPED,
        "filesystem:{fs}",
        rf"XFS \({_DEV}\): .{{0,80}}(?:(?:Corruption (?:of in-memory data|of on-disk metadata)|I/O [Ee]rror|Log I/O [Ee]rror|log I/O error).{{0,40}}(?:[Ss]hutting down|[Ss]hut down)|Filesystem has been shut down due to (?:log|metadata|in-memory)|xfs_do_force_shutdown\(0x[248]|xfs_log_force: error)",
        "hutting down",
        "shut down due to",
        "xfs_do_force_shutdown(",
        "xfs_log_force: error",
        lasts=THIS_BOOT,
    ),
    rule(
        SHUT_DOWN,
        STOPPED,
        "filesystem:{fs}",
        r"xfs_force_shutdown\((?P<fs>[\w!.-]{1,64}),0x[248]\)",
        "xfs_force_shutdown(",
        lasts=THIS_BOOT,
    ),
    rule(
        SHUT_DOWN,
        STOPPED,
        "filesystem:{fs}",
        r"Pool '(?P<fs>[\w.:-]{1,64})' has encountered an uncorrectable I/O failure",
        "uncorrectable I/O failure",
        lasts=THIS_BOOT,
    ),
    rule(
        SHUT_DOWN,
        STOPPED,
        "filesystem:{fs}",
        rf"F2FS-fs \({_DEV}\): .{{0,60}}(?:[Ss]top_?checkpoint|Stopped filesystem)",
        "F2FS-fs (",
        lasts=THIS_BOOT,
    ),
    # -- damaged
    rule(ERRORS, REPLACE, "filesystem:{fs}", rf"EXT[234]-fs error \(device {_DEV}\)", "-fs error (device"),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"EXT4-fs \({_DEV}\): (?:Delayed block allocation failed|previous I/O error to superblock|failed to convert unwritten|I/O error while writing superblock|ext4_.{{0,40}}checksum)",
        "Delayed block allocation failed",
        "I/O error to superblock",
        "I/O error while writing superblock",
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"JBD2?: (?:Detected IO errors while flushing file data on|I/O error detected when updating journal superblock for|I/O error reading journal (?:super)?block.{{0,20}} on) {_DEV}(?:-\d{{1,4}})?\.?(?:\s|$)",
        "JBD",
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"EXT[34]-fs (?:warning )?\({_DEV}\): .{{0,20}}mounting fs with errors",
        "mounting fs with errors",
    ),
    # counts kept in the superblock until the next repair
    rule(
        ERRORS,
        AT_TIMES,
        "filesystem:{fs}",
        rf"EXT4-fs \({_DEV}\): error count(?: since last fsck)?: (?P<n>[1-9]\d{{0,12}})",
        "error count",
        early=True,
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"XFS \({_DEV}\): .{{0,40}}(?:Metadata (?:corruption|CRC error) detected|[Cc]orruption (?:detected|warning)|Internal error|[Mm]etadata I/O [Ee]rror|Unmount and run xfs_repair|log mount/recovery failed|metadata I/O error)",
        "orruption",
        "etadata",
        "Internal error",
        "xfs_repair",
        "log mount/recovery failed",
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        r"XFS(?:: Internal error .{0,120}| internal error .{0,80})",
        "XFS internal error",
        "XFS: Internal error",
    ),
    rule(
        ERRORS,
        AT_TIMES,
        "filesystem:{fs}",
        rf"BTRFS[ :]+\w{{0,10}} ?\(device {_DEV}(?: state \w{{1,8}})?\): .{{0,30}}(?:fixed up error|read error corrected)",
        "fixed up error",
        "read error corrected",
        early=True,
    ),
    rule(
        ERRORS,
        AT_TIMES,
        "filesystem:{fs}",
        rf"BTRFS[ :]+info ?\(device {_DEV}\): bdev .{{1,80}} errs: (?=.{{0,80}}[1-9])",
        " errs: wr ",
        early=True,
        lasts=WEEK,
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"BTRFS[ :]+(?:critical|error|warning) ?\(device {_DEV}(?: state \w{{1,8}})?\)(?: in \w{{1,60}}:\d{{1,6}}:)?:? ?.{{0,40}}(?:errs: (?=.{{0,80}}[1-9])|csum failed|checksum error|checksum verify failed|parent transid verify failed|corrupt (?:leaf|node)|bad tree block|unable to fixup|errno=-(?:5|30|117)|IO failure|failed to read (?:chunk|tree|block groups))",
        "BTRFS",
    ),
    rule(
        "raid.degraded",
        REPLACE,
        "raid:{fs}",
        rf"BTRFS[ :]+(?:error|warning) ?\(device {_DEV}\): devid \d{{1,6}} uuid \S{{1,40}} (?:is )?missing",
        "missing",
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"(?:FAT-fs|exFAT-fs|F2FS-fs|NTFS-fs|ntfs3)(?: error)?:? \(?(?:device )?{_DEV}\): .{{0,60}}(?:corrupt|inconsisten|fat_get_cluster: invalid|run fsck to fix|bad cluster)",
        "-fs (",
        "-fs error",
        "ntfs3",
    ),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:{fs}",
        rf"REISERFS (?:error|panic) \(device {_DEV}\)",
        "REISERFS error",
        "REISERFS panic",
    ),
    rule(ERRORS, REPLACE, "filesystem:{fs}", rf"UBIFS error \({_DEV}[ )]", "UBIFS error"),
    rule(
        ERRORS,
        REPLACE,
        "filesystem:squashfs",
        r"SQUASHFS error: (?:\w{1,12} decompression failed|Unable to read|zlib)",
        "SQUASHFS error",
    ),
)
