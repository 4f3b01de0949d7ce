"""The command line: `logix-agent enrol | run | status | check | probes | maintenance | replaced | replay`.

Imports stay inside the commands: `run` must not carry what the others need, nor they its weight.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logix_common.errors import LogixError

from logix_agent.texts import _, printable, said

if TYPE_CHECKING:
    from logix_agent.config import AgentConfig

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OK, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    # gRPC's C core reads these once, when it is first imported. Its own log lines are not ours.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    try:
        return command(parsed)
    except (LogixError, OSError, TimeoutError) as error:
        sys.stderr.write(f"logix-agent: {said(error)}\n")
        return FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="logix-agent",
        description=_("Watches this appliance and reports to its support server."),
        epilog=_("Exit codes: 0 done, 1 failed or refused, 2 wrong usage; status and check say their own."),
    )
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help=_("settings (TOML)"))

    _add_enrol(commands, common)
    _add_run(commands, common)
    _add_status(commands, common)
    _add_check(commands, common)
    _add_modules(commands, common)
    _add_probes(commands, common)
    _add_maintenance(commands, common)
    _add_replaced(commands, common)
    _add_replay(commands)
    return parser


def _add_enrol(commands: _Commands, common: argparse.ArgumentParser) -> None:
    enrol = commands.add_parser(
        "enrol",
        parents=[common],
        help=_("get this appliance's identity"),
        epilog=_("Exit codes: 0 enrolled, 1 refused or failed (nothing was changed), 2 wrong usage."),
    )
    enrol.add_argument(
        "--bundle",
        required=True,
        metavar="FILE",
        help=_("what `logix-server device register` printed; - = standard input"),
    )
    enrol.add_argument("--serial", help=_("the serial number, where the appliance cannot read its own"))
    enrol.add_argument("--again", action="store_true", help=_("replace an identity that is here already"))
    enrol.set_defaults(command=_enrol)


def _add_run(commands: _Commands, common: argparse.ArgumentParser) -> None:
    run = commands.add_parser(
        "run",
        parents=[common],
        help=_("watch and report until stopped"),
        epilog=_(
            "Exit codes: 0 stopped by a signal, 1 not enrolled, already running or settings not usable."
        ),
    )
    run.set_defaults(command=_run)


def _add_status(commands: _Commands, common: argparse.ArgumentParser) -> None:
    status = commands.add_parser(
        "status",
        parents=[common],
        help=_("say how the running agent stands"),
        epilog=_(
            "Exit codes: 0 running and connected, 1 not running, not connected or silent for 90 seconds, "
            "2 wrong usage."
        ),
    )
    status.add_argument("--json", action="store_true", help=_("for programs"))
    status.set_defaults(command=_status)


def _add_check(commands: _Commands, common: argparse.ArgumentParser) -> None:
    check = commands.add_parser(
        "check",
        parents=[common],
        help=_("look at this machine once"),
        epilog=_("Exit codes: 0 healthy, 1 faults found, 2 something could not be told."),
    )
    check.add_argument("--sysroot", type=Path, metavar="DIR", help=_("a captured or simulated machine"))
    check.add_argument("--json", action="store_true", help=_("for programs"))
    check.set_defaults(command=_check)


def _add_probes(commands: _Commands, common: argparse.ArgumentParser) -> None:
    probes = commands.add_parser(
        "probes",
        parents=[common],
        help=_("list every probe with its last result, duration and age"),
        epilog=_("Exit codes: 0 listed, 1 no agent runs that could say, 2 wrong usage."),
    )
    probes.add_argument("--now", action="store_true", help=_("look once, apart from a running agent"))
    probes.add_argument("--json", action="store_true", help=_("for programs"))
    probes.set_defaults(command=_probes)


def _add_maintenance(commands: _Commands, common: argparse.ArgumentParser) -> None:
    maintenance = commands.add_parser(
        "maintenance", help=_("a time in which findings are expected: suppressed, and raised if they stay")
    )
    steps = maintenance.add_subparsers(required=True, metavar=_("STEP"))
    start = steps.add_parser(
        "start",
        parents=[common],
        help=_("begin it now"),
        epilog=_("Exit codes: 0 begun, 1 it could not be written, 2 wrong usage."),
    )
    start.add_argument("--for", dest="lasting", required=True, metavar="TIME", help=_("90m, 2h; at most 24h"))
    start.add_argument("--why", required=True, metavar="TEXT", help=_("what is being done"))
    start.set_defaults(command=_maintenance_start)
    stop = steps.add_parser(
        "stop", parents=[common], help=_("end it now"), epilog=_("Exit codes: 0 ended, 1 none lasted.")
    )
    stop.set_defaults(command=_maintenance_stop)
    status = steps.add_parser(
        "status", parents=[common], help=_("say whether it lasts"), epilog=_("Exit codes: 0 it lasts, 1 not.")
    )
    status.add_argument("--json", action="store_true", help=_("for programs"))
    status.set_defaults(command=_maintenance_status)


def _add_replaced(commands: _Commands, common: argparse.ArgumentParser) -> None:
    replaced = commands.add_parser(
        "replaced",
        parents=[common],
        help=_("say that a part was replaced or taken out for good: it is judged afresh"),
        epilog=_("Exit codes: 0 noted, 1 nothing is known of such a part, 2 wrong usage."),
    )
    replaced.add_argument("part", metavar="PART", help=_("as status names it, such as dimm:A1"))
    replaced.set_defaults(command=_replaced)


def _add_replay(commands: _Commands) -> None:
    replay = commands.add_parser(
        "replay",
        help=_("judge captured output of other machines, one JSON line each"),
        epilog=_("Exit codes: 0 every path is answered, 2 wrong usage or an unknown kind."),
    )
    replay.add_argument("kind", metavar="KIND", help=_("what was captured: smartctl-ata, mdstat, edac …"))
    replay.add_argument(
        "paths", metavar="PATH", nargs="+", help=_("files, or folders that hold a machine's tree")
    )
    replay.set_defaults(command=_replay)


def _add_modules(commands: _Commands, common: argparse.ArgumentParser) -> None:
    modules = commands.add_parser(
        "modules",
        parents=[common],
        help=_("say which modules run, and why"),
        epilog=_("Exit codes: 0 as stated, 1 a module is not or is badly described, 2 cannot be told."),
    )
    modules.add_argument("--sysroot", type=Path, metavar="DIR", help=_("a captured or simulated machine"))
    modules.add_argument("--json", action="store_true", help=_("for programs"))
    modules.set_defaults(command=_modules)


def _settings(parsed: argparse.Namespace) -> AgentConfig:
    from logix_agent import config

    return config.load(parsed.config)


def _enrol(parsed: argparse.Namespace) -> int:
    from logix_agent import enrol_command

    return asyncio.run(
        enrol_command.run(_settings(parsed), parsed.bundle, serial=parsed.serial, again=parsed.again)
    )


def _run(parsed: argparse.Namespace) -> int:
    from logix_agent import resident

    resident.become(parsed.config)


def _status(parsed: argparse.Namespace) -> int:
    from logix_agent import status_command

    return status_command.run(_settings(parsed).state_dir, as_json=parsed.json)


def _check(parsed: argparse.Namespace) -> int:
    from logix_agent import check, config

    settings = _settings(parsed)
    if parsed.sysroot is not None:
        settings = config.with_sysroot(settings, parsed.sysroot)
    report = asyncio.run(check.run_check(settings))
    sys.stdout.write(check.render(report, parsed.json) + "\n")
    return _left(report.exit_code, report.stuck)


def _probes(parsed: argparse.Namespace) -> int:
    from logix_agent import probes_command

    settings, stuck = _settings(parsed), False
    if parsed.now:
        lines, stuck = asyncio.run(probes_command.look_now(settings))
    else:
        lines = probes_command.of_running(settings)
    sys.stdout.write(probes_command.render(lines, as_json=parsed.json) + "\n")
    return _left(OK, stuck)


def _maintenance_start(parsed: argparse.Namespace) -> int:
    from logix_agent import maintenance_command

    try:
        seconds = maintenance_command.duration(parsed.lasting)
        return maintenance_command.start(_settings(parsed).state_dir, seconds, parsed.why)
    except maintenance_command.Unusable as error:
        sys.stderr.write(f"logix-agent: {printable(str(error))}\n")
        return USAGE


def _maintenance_stop(parsed: argparse.Namespace) -> int:
    from logix_agent import maintenance_command

    return maintenance_command.stop(_settings(parsed).state_dir)


def _maintenance_status(parsed: argparse.Namespace) -> int:
    from logix_agent import maintenance_command

    return maintenance_command.status(_settings(parsed).state_dir, as_json=parsed.json)


def _replaced(parsed: argparse.Namespace) -> int:
    from logix_agent import replaced_command

    said = replaced_command.run(_settings(parsed).state_dir, parsed.part)
    sys.stdout.write(said + "\n")
    return OK


def _left(code: int, stuck: bool) -> int:
    """The exit code; with a thread stuck in the kernel this process would never end by itself."""
    if stuck:
        sys.stdout.flush()
        os._exit(code)
    return code


def _replay(parsed: argparse.Namespace) -> int:
    from logix_agent.replay import command

    try:
        return command.main(parsed.kind, parsed.paths)
    except command.UnknownKind as error:
        sys.stderr.write("".join(f"logix-agent: {printable(line)}\n" for line in str(error).splitlines()))
        return USAGE


def _modules(parsed: argparse.Namespace) -> int:
    from logix_agent import config, modules_command

    settings = _settings(parsed)
    if parsed.sysroot is not None:
        settings = config.with_sysroot(settings, parsed.sysroot)
    return asyncio.run(modules_command.run(settings, as_json=parsed.json))


if __name__ == "__main__":
    sys.exit(main())
