"""The units of deploy/systemd: what they name exists, options parse, systemd reads them, two at once do no harm."""

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.operations.manual import MANUAL, block
from tests.scratch import ROOT, Scratch

UNITS = ROOT / "deploy" / "systemd"
TIMERS = sorted(path.name for path in UNITS.glob("*.timer"))
TEMPLATE = "white-cross@.service"
COMMANDS = sorted(name.removeprefix("white-cross@").removesuffix(".timer") for name in TIMERS if "@" in name)


def read(path: Path) -> RawConfigParser:
    """A unit. Keys that come again and again keep their last value, which is enough here."""
    parser = RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(path, encoding="utf-8")
    return parser


def options_of(command: str) -> list[str]:
    """What the unit of a command gives it."""
    dropped_in = UNITS / f"white-cross@{command}.service.d" / "options.conf"
    if not dropped_in.exists():
        return []
    (setting,) = shlex.split(read(dropped_in)["Service"]["Environment"])
    name, _, value = setting.partition("=")
    assert name == "OPTIONS"
    return value.split()  # as systemd splits $OPTIONS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_timer_exists_and_takes_its_options(command: str):
    loaded = load_command_class(get_commands()[command], command)

    loaded.create_parser("manage.py", command).parse_args(options_of(command))

    assert "--execute" not in options_of(command)  # nothing is erased by a timer


def test_a_dropped_in_file_is_for_a_unit_that_there_is():
    folders = {path.name.removesuffix(".service.d") for path in UNITS.glob("*.d")}

    assert folders <= {name.removesuffix(".timer") for name in TIMERS}
    assert {path.name for path in UNITS.glob("*.d/*")} == {"options.conf"}


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_says_when_and_starts_with_the_machine(name: str):
    timer = read(UNITS / name)

    assert timer["Timer"]["OnCalendar"]
    assert timer["Install"]["WantedBy"] == "timers.target"
    service = UNITS / name.replace(".timer", ".service")
    assert service.exists() or (UNITS / TEMPLATE).exists()


@pytest.mark.parametrize("name", [TEMPLATE, "white-cross-backup.service"])
def test_a_service_has_few_rights_and_says_when_it_fails(name: str):
    unit = read(UNITS / name)
    service = unit["Service"]

    assert service["User"] != "root"
    for setting, value in {
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "UMask": "0077",
    }.items():
        assert service[setting] == value
    assert unit["Unit"]["OnFailure"].startswith("white-cross-failed@")
    assert not re.search("PASSWORD|SECRET|://.*:.*@", (UNITS / name).read_text(encoding="utf-8").upper())


def test_the_backup_is_that_of_the_manual():
    service = read(UNITS / "white-cross-backup.service")["Service"]

    assert service["ExecStart"] == "/srv/white-cross/" + block("back up").splitlines()[-1]
    assert service["ReadWritePaths"] == "/srv/backups"


@pytest.mark.parametrize("name", sorted(path.name for path in UNITS.glob("*.*") if path.is_file()))
def test_systemd_reads_it_without_a_complaint(name: str, tmp_path: Path):
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd is not installed")
    # What the units start is elsewhere on this machine.
    for path in UNITS.glob("*.*"):
        if path.is_file():
            text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text(encoding="utf-8"))
            (tmp_path / path.name).write_text(text, encoding="utf-8")
        else:
            shutil.copytree(path, tmp_path / path.name)
    unit = name.replace("@.", "@seal_audit_log.")

    done = subprocess.run(
        [checker, "verify", "--man=no", str(tmp_path / unit)], text=True, capture_output=True, check=False
    )

    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "white-cross" in line]
    assert complaints == []


@pytest.mark.parametrize("name", TIMERS)
def test_a_time_of_a_timer_is_one(name: str):
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd is not installed")
    when = read(UNITS / name)["Timer"]["OnCalendar"]

    subprocess.run([checker, "calendar", when], check=True, capture_output=True)


def test_the_manual_enables_every_timer_and_tells_of_it():
    text = MANUAL.read_text(encoding="utf-8")
    enabled = re.search(r"systemctl enable --now(.*?)```", text, re.DOTALL)
    assert enabled is not None

    assert sorted(enabled[1].replace("\\", "").split()) == TIMERS
    schedule = text.split("## Schedule")[1].split("\n## ")[0]
    assert [command for command in COMMANDS if f"| `{command}" not in schedule] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_two_at_once_both_end_well(migrated: Scratch, command: str):
    migrated.execute(
        "INSERT INTO audit_logs (action, entity_type) SELECT 'VIEW', 'students' FROM generate_series(1, 99)"
    )
    migrated.wait_for_others()
    arguments = [command, *options_of(command)]
    if command == "verify_audit_log":
        migrated.manage("seal_audit_log")

    both = [migrated.start(*arguments) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    if command == "seal_audit_log":
        ((count,),) = migrated.execute("SELECT count(*) FROM audit_logs")
        assert count >= 99
        assert f"what was sealed: {count:,} entries" in migrated.manage("verify_audit_log")
