"""How a run is pointed at data: the SEATWISE_* variables, read once, checked, with paths made absolute."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]

DEFAULT_LANDING = "landing"
DEFAULT_WAREHOUSE = "warehouse"
DEFAULT_MEMORY_LIMIT = "4GB"
DEFAULT_THREADS = 2

VARIABLES = (
    "SEATWISE_LANDING",
    "SEATWISE_AS_OF",
    "SEATWISE_WAREHOUSE",
    "SEATWISE_MEMORY_LIMIT",
    "SEATWISE_THREADS",
    "SEATWISE_SOURCE_TIME_ZONE",
    "SEATWISE_REPORTING_CURRENCY",
    "SEATWISE_PUBLISH_TO",
    "SEATWISE_HOSTNAME_KEY",
    "SEATWISE_PURGE_KEY",
    "SEATWISE_NOTIFY",
)

# What HMAC with SHA-256 makes of a shorter key can be tried out.
SHORTEST_KEY = 16


class ExitCode(IntEnum):
    """How a command ended, for whoever runs it unattended (docs/running.md)."""

    DONE = 0
    FAILED = 1
    CONFIGURATION = 2
    LANDING = 3
    DATA_TEST = 4
    ENGINE = 5
    PUBLICATION = 6
    LOCKED = 7


class SeatwiseError(Exception):
    """What went wrong, for a person: every line of the text stands for itself."""

    exit_code = ExitCode.FAILED


class ConfigurationError(SeatwiseError):
    """A setting has a value that is none."""

    exit_code = ExitCode.CONFIGURATION


class LockedError(SeatwiseError):
    """Another process has what this one needs to write."""

    exit_code = ExitCode.LOCKED


class PublicationError(SeatwiseError):
    """What was built could not be published."""

    exit_code = ExitCode.PUBLICATION


@dataclass(frozen=True)
class Settings:
    """Where a run reads and writes, and what it may take.

    Paths are absolute; a landing in a bucket is a URL, and so is `publish_to`, blank for none.
    """

    landing: Path | str
    is_demo: bool
    warehouse: Path
    as_of: date | None
    memory_limit: str
    threads: int
    target: Path
    logs: Path
    source_time_zone: str = ""
    publish_to: str = ""
    reporting_currency: str = ""
    hostname_key: str = field(default="", repr=False)
    purge_key: str = field(default="", repr=False)
    notify: tuple[str, ...] = ()

    @property
    def private_file(self) -> Path:
        """The database that dbt writes and no reader opens (R15.1)."""
        return self.warehouse / "build" / "seatwise.duckdb"

    @property
    def published_file(self) -> Path:
        """The database that readers open."""
        return self.warehouse / "seatwise.duckdb"

    @property
    def parquet_folder(self) -> Path:
        """The marts as Parquet: a link to the folder of the latest publication."""
        return self.warehouse / "parquet"

    @property
    def exports_folder(self) -> Path:
        """What was written for other systems, a folder a run, and what of it was acknowledged (R21.3)."""
        return self.warehouse / "exports"

    @property
    def runs_file(self) -> Path:
        """What became of each build, a line of JSON each."""
        return self.warehouse / "runs.jsonl"

    @property
    def manifest_file(self) -> Path:
        """What was published, when and from what (R15.2)."""
        return self.warehouse / "seatwise.manifest.json"

    def environment(self) -> dict[str, str]:
        """Return the variables that dbt reads: those without a value are left out, for dbt takes a blank as given."""
        values = {
            "SEATWISE_WAREHOUSE": str(self.warehouse),
            "SEATWISE_MEMORY_LIMIT": self.memory_limit,
            "SEATWISE_THREADS": str(self.threads),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.logs),
        }
        if not self.is_demo:
            values["SEATWISE_LANDING"] = str(self.landing)
        if self.as_of:
            values["SEATWISE_AS_OF"] = self.as_of.isoformat()
        if self.source_time_zone:
            values["SEATWISE_SOURCE_TIME_ZONE"] = self.source_time_zone
        if self.reporting_currency:
            values["SEATWISE_REPORTING_CURRENCY"] = self.reporting_currency
        if self.hostname_key:
            values["SEATWISE_HOSTNAME_KEY"] = self.hostname_key
        if self.purge_key:
            values["SEATWISE_PURGE_KEY"] = self.purge_key
        return values


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the SEATWISE_* variables; a blank one is unset, a relative path starts at the working folder.

    Defaults start at the project's folder. Raises ConfigurationError, one line, for a value that is none.
    """
    values = {name: environment.get(name, "").strip() for name in VARIABLES}
    landing, warehouse = values["SEATWISE_LANDING"], values["SEATWISE_WAREHOUSE"]
    return Settings(
        landing=parse_landing(landing) if landing else PROJECT_ROOT / DEFAULT_LANDING,
        is_demo=not landing,
        warehouse=Path(warehouse).resolve() if warehouse else PROJECT_ROOT / DEFAULT_WAREHOUSE,
        as_of=parse_day("SEATWISE_AS_OF", values["SEATWISE_AS_OF"]),
        memory_limit=parse_memory(values["SEATWISE_MEMORY_LIMIT"] or DEFAULT_MEMORY_LIMIT),
        threads=parse_threads(values["SEATWISE_THREADS"] or str(DEFAULT_THREADS)),
        target=PROJECT_ROOT / (environment.get("DBT_TARGET_PATH") or "target"),
        logs=PROJECT_ROOT / "logs",
        source_time_zone=parse_time_zone(values["SEATWISE_SOURCE_TIME_ZONE"]),
        publish_to=parse_publish_to(values["SEATWISE_PUBLISH_TO"]),
        reporting_currency=parse_currency(values["SEATWISE_REPORTING_CURRENCY"]),
        hostname_key=parse_key("SEATWISE_HOSTNAME_KEY", values["SEATWISE_HOSTNAME_KEY"]),
        purge_key=parse_key("SEATWISE_PURGE_KEY", values["SEATWISE_PURGE_KEY"]),
        notify=parse_command("SEATWISE_NOTIFY", values["SEATWISE_NOTIFY"]),
    )


def parse_landing(text: str) -> Path | str:
    """Return the folder that a text names, absolute, or the URL of a bucket."""
    from scripts.buckets import checked_url, is_bucket

    return checked_url("SEATWISE_LANDING", text) if is_bucket(text) else Path(text).resolve()


def parse_publish_to(text: str) -> str:
    """Return the URL of the bucket that publications are also put into, a blank one for none."""
    from scripts.buckets import checked_url, is_bucket

    if text and not is_bucket(text):
        raise ConfigurationError(f"SEATWISE_PUBLISH_TO is '{text}': give a bucket, such as s3://bucket/prefix")
    return checked_url("SEATWISE_PUBLISH_TO", text) if text else ""


def parse_day(name: str, text: str) -> date | None:
    """Return the date that a text writes as YYYY-MM-DD, None for a blank one."""
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ConfigurationError(f"{name} is '{text}': give a date as YYYY-MM-DD")


def parse_currency(text: str) -> str:
    """Return the code of a currency in capitals (R17.1), a blank one for none."""
    if text and not re.fullmatch("[A-Za-z]{3}", text):
        raise ConfigurationError(f"SEATWISE_REPORTING_CURRENCY is '{text}': give the code of a currency, such as USD")
    return text.upper()


def parse_time_zone(text: str) -> str:
    """Return the name of a time zone as dbt knows it (R16.5), a blank one for none."""
    if not text:
        return ""
    import pytz

    if text not in pytz.all_timezones_set:
        raise ConfigurationError(
            f"SEATWISE_SOURCE_TIME_ZONE is '{text}': give the name of a time zone, such as Europe/Berlin"
        )
    return text


def parse_key(name: str, text: str) -> str:
    """Return the key of keyed hashes (R14.1), a blank one for none; what is said of a wrong one does not show it."""
    if text and len(text) < SHORTEST_KEY:
        raise ConfigurationError(f"{name} has {len(text)} characters: give {SHORTEST_KEY} or more, chosen at random")
    return text


def parse_command(name: str, text: str) -> tuple[str, ...]:
    """Return the words of a command, as a shell would take them apart; none for a blank one."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigurationError(f"{name} is '{text}': {str(error).lower()}") from None


def parse_memory(text: str) -> str:
    """Return an amount of memory as DuckDB writes it."""
    if not re.fullmatch(r"\d+(\.\d+)? ?([KMGT]i?)?B", text, flags=re.IGNORECASE):
        raise ConfigurationError(f"SEATWISE_MEMORY_LIMIT is '{text}': give an amount with its unit, such as 4GB")
    return text


def parse_threads(text: str) -> int:
    """Return a number of threads."""
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise ConfigurationError(f"SEATWISE_THREADS is '{text}': give a whole number from 1")
    return int(text)


@contextmanager
def warehouse_lock(settings: Settings) -> Iterator[None]:
    """Keep the warehouse for this process: one build or publication at a time.

    The kernel lets the lock go when the process ends, however it ends. Raises LockedError, one line, while
    another holds it, and SeatwiseError on a system that has no such locks.
    """
    # Only who writes needs it: reading works without.
    try:
        import fcntl
    except ImportError:
        raise SeatwiseError(
            "building and publishing run on Linux and macOS, and on Windows within WSL; reading runs everywhere"
        ) from None
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    with (settings.warehouse / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise LockedError(
                f"another build or publication is at work in {settings.warehouse}"
                + (f" (process {holder})" if holder else "")
                + ": wait until it has ended"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def lock_holder(settings: Settings) -> str | None:
    """Return the process that builds or publishes in the warehouse now, None where none does."""
    try:
        import fcntl

        with (settings.warehouse / ".lock").open() as file:
            holder = file.read().strip()
            # A lock that is tried where nobody holds it could be in the way of one who comes.
            if not holder or not is_alive(int(holder)):
                return None
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return holder
    except (ImportError, OSError, ValueError):
        pass
    return None


def is_alive(process: int) -> bool:
    """Tell whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def run_script(name: str, main: Callable[[], int]) -> int:
    """Run a script's main function and return its exit code; what goes wrong is told in lines, not in a trace."""
    try:
        return main()
    except SeatwiseError as error:
        for line in str(error).splitlines():
            print(f"{name}: {line}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{name}: {where}{error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return 130
    return ExitCode.FAILED
