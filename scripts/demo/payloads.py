"""What the invented instances report: the Service Pings of each, as they would send them, and when they arrive."""

from __future__ import annotations

import bisect
import csv
import functools
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from scripts.demo.cast import Profile, Server, chance
from scripts.demo.world import Arguments, Instance, Licence, World, uuid_of
from scripts.settings import PROJECT_ROOT, SeatwiseError

SEEDS = PROJECT_ROOT / "seeds"
SEED_FILES = ("metric_definitions.csv", "tracked_metrics.csv", "gitlab_releases.csv")

# Of all pings, so many arrive weeks late, and so many twice.
LATE_SHARE = 0.02
REPEATED_SHARE = 0.02

BILLABLE = "license_billable_users"
SCAN_TYPES = ("secret_detection", "sast", "dependency_scanning", "container_scanning", "dast", "api_fuzzing",
              "coverage_fuzzing")  # fmt: skip
LICENCE_KEYS = ("license_md5", "license_sha256", "license_id", "licensee", "license_user_count", "license_starts_at",
                "license_expires_at", "license_plan", "license_add_ons", "license_trial",
                "license_subscription_id")  # fmt: skip
# What every payload states of its instance, in this order, before the counters.
HEADER_KEYS = ("recorded_at", "uuid", "hostname", "version", "installation_type", "edition", *LICENCE_KEYS,
               "gitlab_dedicated", "settings.collected_data_categories", "recording_ce_finished_at",
               "recording_ee_finished_at", "database.pg_system_id")  # fmt: skip
# What the other metrics hold that are no counters, or counters that nobody moves.
CONSTANTS = {
    "number": "0",
    "boolean": "true",
    "string": '"n/a"',
    "object": "{}",
    "topology": '{"duration_s":0.0138,"failures":[]}',
}

# What counters hold when they hold no count. Every fifth instance carries one of these.
ODD_VALUES = (
    ("counts.projects_jira_active", "-1"),
    ("counts.epics_deepest_relationship_level", "-1000"),
    ("gitaly.clusters", '{"-1": -1}'),
    ("redis_hll_counters.search.i_search_paid_monthly", "-2"),
    ("counts.service_desk_issues", '"SELECT COUNT(\\"issues\\".\\"id\\") FROM \\"issues\\""'),
    ("counts.remote_mirrors", '"1_000"'),
    ("counts.todos", '"12"'),
    ("counts.protected_branches", "12.7"),
    ("counts.groups", "-3"),
)

# Payloads have no blanks between their parts, as instances write them.
to_json = json.JSONEncoder(separators=(",", ":")).encode


# --- the dictionary and the payload templates -------------------------------------------------------------------------


def release_key(release: str) -> tuple[int, int]:
    """Return a release as numbers, since 13.9 comes before 13.10."""
    major, minor = release.split(".")
    return int(major), int(minor)


def read_seed(name: str) -> list[dict[str, str]]:
    """Read the rows of one of the project's seeds."""
    path = SEEDS / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise SeatwiseError(f"the seed {path} is missing") from error


@dataclass(frozen=True)
class Metric:
    """A metric of the dictionary: when it exists, and how large it is likely to be."""

    key_path: str
    introduced: tuple[int, int] | None
    removed: tuple[int, int] | None
    category: str
    constant: str | None
    is_ee: bool
    on_saas: bool
    is_cumulative: bool
    weight: float

    def exists_in(self, release: tuple[int, int]) -> bool:
        """Tell whether an instance of this release collects the metric."""
        return (not self.introduced or self.introduced <= release) and (not self.removed or release < self.removed)


def typical_weight(key_path: str, time_frame: str) -> float:
    """Guess the count per billable user, from the name alone: many metrics stay at zero, few are large."""
    luck = zlib.crc32(key_path.encode()) / 2**32
    share = max(0.0, (luck - 0.3) / 0.7)
    if key_path.startswith(("redis_hll_counters", "usage_activity")) or "user" in key_path:
        return 0.9 * share**3
    return {"7d": 8, "28d": 30, "all": 60}.get(time_frame, 2) * share**4


def read_metric(row: dict[str, str], stated: Collection[str]) -> Metric:
    """Take one row of the dictionary; a release written `<13.9` sets no lower bound.

    Numbers vary from ping to ping, and so does what is `stated` by name; anything else is constant text.
    """
    introduced, removed, key_path = row["introduced_release"], row["removed_release"], row["key_path"]
    weight = typical_weight(key_path, row["time_frame"]) if row["value_type"] == "number" else 0.0
    kind = key_path if key_path in CONSTANTS else row["value_type"]
    return Metric(
        key_path=key_path,
        introduced=release_key(introduced) if introduced and not introduced.startswith("<") else None,
        removed=release_key(removed.lstrip("<")) if removed else None,
        category=row["data_category"],
        constant=None if weight or key_path in stated else CONSTANTS[kind],
        is_ee=row["is_ee"] == "true",
        on_saas=row["is_available_on_saas"] == "true",
        is_cumulative=row["time_frame"] == "all",
        weight=weight,
    )


class Template:
    """The text of a payload with a `%s` for every number, and where each metric's number goes."""

    def __init__(self, metrics: Iterable[tuple[int, Metric]], always: Iterable[str]) -> None:
        """Nest the metrics by their key paths; the keys in `always` come first."""
        tree: dict = {}
        for key_path in always:
            self._place(tree, key_path, None)
        slots: dict[str, tuple[int, bool]] = {}
        for number, metric in metrics:
            self._place(tree, metric.key_path, metric.constant)
            if metric.constant is None:
                slots[metric.key_path] = (number, metric.is_cumulative)
        leaves: list[str] = []
        self.text = self._render(tree, "", leaves)
        self.position = {key_path: place for place, key_path in enumerate(leaves)}
        self.slots = [slots[key_path] for key_path in leaves]
        self._weights: dict[int, list[tuple[float, bool]]] = {}

    def weights(self, variants: list[list[float]], instance: int) -> list[tuple[float, bool]]:
        """Return the weight of each number in the text, in the variant this instance draws."""
        variant = instance % len(variants)
        if variant not in self._weights:
            weights = variants[variant]
            self._weights[variant] = [(weights[number], is_cumulative) for number, is_cumulative in self.slots]
        return self._weights[variant]

    @staticmethod
    def _place(tree: dict, key_path: str, constant: str | None) -> None:
        *branches, leaf = key_path.split(".")
        for branch in branches:
            tree = tree.setdefault(branch, {})
        tree[leaf] = constant

    def _render(self, tree: dict, prefix: str, leaves: list[str]) -> str:
        parts = []
        for key, value in tree.items():
            if isinstance(value, dict):
                text = self._render(value, f"{prefix}{key}.", leaves)
            elif value is None:
                leaves.append(prefix + key)
                text = "%s"
            else:
                text = value
            parts.append(f'"{key}":{text}')
        return "{" + ",".join(parts) + "}"


class Dictionary:
    """The metric dictionary, the part of it that payloads carry, and the payload templates made of it."""

    NOISES = 8

    def __init__(self, share: float, seed: int) -> None:
        """Read the seeds and choose which metrics payloads carry: those tracked, and others up to the share."""
        self.tracked = [row["key_path"] for row in read_seed("tracked_metrics.csv")]
        required = dict.fromkeys((*HEADER_KEYS, *self.tracked))
        self.metrics = [read_metric(row, required) for row in read_seed("metric_definitions.csv")]
        self.by_key = {metric.key_path: metric for metric in self.metrics}
        self.releases = [
            (date.fromisoformat(row["release_date"]), row["release"]) for row in read_seed("gitlab_releases.csv")
        ]
        optional = [metric.key_path for metric in self.metrics if metric.key_path not in required]
        chance(seed, "carried").shuffle(optional)
        wanted = max(round(share * len(self.metrics)) - len(required), 0)
        carried = required.keys() | set(optional[:wanted])
        self.carried = [(number, metric) for number, metric in enumerate(self.metrics) if metric.key_path in carried]
        self.weights = [
            [metric.weight * rng.uniform(0.5, 1.5) for metric in self.metrics]
            for rng in (chance(seed, "noise", number) for number in range(self.NOISES))
        ]
        self._templates: dict[tuple, Template] = {}

    def release_on(self, day: date, behind: int) -> str:
        """Return the release of an instance that is so many releases behind on a day."""
        newest = bisect.bisect_right(self.releases, (day, "~")) - 1
        return self.releases[max(newest - behind, 0)][1]

    def template(self, release: str, edition: str, categories: tuple[str, ...], omitted: tuple[str, ...]) -> Template:
        """Return the payload of an instance: what its release collects and its owner shares."""
        key = (release, edition, categories, omitted)
        if key not in self._templates:
            numbers = release_key(release)
            metrics = [
                (number, metric)
                for number, metric in self.carried
                if metric.exists_in(numbers)
                and metric.category in categories
                and not (metric.is_ee and edition == "CE")
                and metric.key_path not in omitted
            ]
            present = {metric.key_path for _, metric in metrics}
            self._templates[key] = Template(metrics, [name for name in HEADER_KEYS if name in present])
        return self._templates[key]


# --- what an instance says --------------------------------------------------------------------------------------------


def age_steps(days: int) -> float:
    """Return years in steps of thirty days, so that a story's latest month shows its exact figures."""
    return days // 30 * 30 / 365


def users_on(server: Server, days: int) -> int:
    """Return the billable users so many days before the as-of date."""
    if server.peak and server.peak[1] <= days <= server.peak[0]:
        return server.peak[2]
    return round(server.users * max(1 - server.growth * age_steps(days), 0.2))


def most_users_until(server: Server, days: int) -> int:
    """Return the most billable users up to that day: users only grow, but for a peak."""
    peak = server.peak[2] if server.peak and days <= server.peak[0] else 0
    return max(users_on(server, days), peak)


def profile_on(server: Server, days: int) -> Profile:
    """Return how the instance was used so many days before the as-of date."""
    return next((profile for until, profile in server.earlier if days > until), server.profile)


@functools.lru_cache(maxsize=4096)
def driven_counters(profile: Profile, users: int, days: int) -> dict[str, int | None]:
    """Return the counters the scorecard reads, from the profile; None where the instance does not report them."""
    trend = max(1 - 0.2 * age_steps(days), 0.5)

    def per_user(share: float | None) -> int | None:
        return None if share is None else round(share * users * trend)

    builds, deployments = per_user(profile.builds), per_user(profile.deployments)
    successes = None if deployments is None or profile.success is None else round(deployments * profile.success)
    monthly = "usage_activity_by_stage_monthly"
    counters = {
        "redis_hll_counters.manage.unique_active_users_monthly": per_user(profile.active),
        f"{monthly}.create.action_monthly_active_users_project_repo": per_user(profile.repository),
        "counts.count_total_create_ci_build_monthly": builds,
        "counts_monthly.ci_builds": builds,
        f"{monthly}.release.deployments": per_user(profile.deployers),
        "counts_monthly.deployments": deployments,
        "counts_monthly.successful_deployments": successes,
        "counts_monthly.failed_deployments": None if successes is None else deployments - successes,
        f"{monthly}.secure.user_unique_users_all_secure_scanners": per_user(profile.scanner_users),
        "counts_monthly.ci_internal_pipelines": (pipelines := per_user(profile.pipelines)),
    }
    scans = None if pipelines is None else scan_counts(round(pipelines * profile.scans_per_pipeline), profile)
    for place, kind in enumerate(SCAN_TYPES):
        counters[f"{monthly}.secure.{kind}_scans"] = scans and scans[place]
    return counters


def scan_counts(scans: int, profile: Profile) -> list[int]:
    """Spread scans over the scanner types in use; the first takes what does not divide."""
    counts = [0] * len(SCAN_TYPES)
    for place in range(profile.scanner_types):
        counts[place] = scans // profile.scanner_types
    counts[0] += scans - sum(counts) if profile.scanner_types else 0
    return counts


def version_text(instance: Instance, release: str) -> str:
    """Write the version as the instance writes it."""
    server = instance.server
    if server.version_text:
        return server.version_text
    patch = 0 if server.suffix.startswith("-pre") or "rc" in server.suffix else instance.number % 4
    return f"{release}.{patch}{server.suffix}"


def recorded_text(recorded: datetime, style: int) -> str:
    """Write a time in one of the ways instances have written it over the years."""
    if style == 1:
        return recorded.strftime("%Y-%m-%d %H:%M:%S UTC")
    zone = "+00:00" if style == 0 else "Z"
    return f"{recorded:%Y-%m-%dT%H:%M:%S}.{recorded.microsecond // 1000:03d}{zone}"


def licence_fields(instance: Instance, licence: Licence | None) -> dict[str, object]:
    """State the licence as the payload does; an instance without one has nothing to state."""
    if licence is None:
        return dict.fromkeys(LICENCE_KEYS) | {"licensee": {}, "license_add_ons": {}}
    number = instance.number
    spelt = (str, str.upper, lambda text: "-".join((text[:8], text[8:16], text[16:])))[number % 3]
    licensee = ({"Name": "Licence Desk", "Email": f"licences@{instance.hostname}", "Company": licence.company},
                {"Name": licence.company}, {})[number % 3]  # fmt: skip
    return {
        "license_md5": spelt(licence.md5),
        "license_sha256": licence.sha256.upper() if number % 7 == 3 else licence.sha256,
        "license_id": (None, licence.number, str(licence.number))[number % 3],
        "licensee": licensee,
        "license_user_count": instance.server.reported or licence.users,
        "license_starts_at": licence.starts.isoformat(),
        "license_expires_at": licence.expires,
        "license_plan": licence.plan,
        "license_add_ons": {},
        "license_trial": False,
        "license_subscription_id": licence.subscription_id,
    }


def identity_fields(instance: Instance, release: str, edition: str) -> dict[str, object]:
    """Say who the instance is."""
    kinds = ("omnibus-gitlab", "gitlab-helm-chart", "docker", "omnibus-gitlab", "source")
    return {
        "uuid": instance.uuid,
        "hostname": instance.hostname,
        "version": version_text(instance, release),
        "installation_type": kinds[instance.number % len(kinds)],
        "edition": edition,
        "gitlab_dedicated": instance.server.dedicated,
        "settings.collected_data_categories": instance.server.categories,
        "database.pg_system_id": 2**62 + zlib.crc32(instance.uuid.encode()) * 7,
    }


class Reporter:
    """Writes the payloads of all instances."""

    def __init__(self, arguments: Arguments, dictionary: Dictionary) -> None:
        """Write as the instances would have until the as-of date."""
        self.as_of = arguments.as_of
        self.dictionary = dictionary
        self._standings: dict[int, tuple[tuple[Licence | None, str], list[tuple[str, str]]]] = {}

    def edition(self, instance: Instance, licence: Licence | None) -> str:
        """Return the edition, which follows from the licence's plan."""
        if instance.server.edition:
            return instance.server.edition
        letters = {"ultimate": "EEU", "premium": "EEP", "starter": "EES"}
        return letters.get(licence.plan, "EE") if licence else "EE"

    def payload(self, instance: Instance, recorded: datetime, style: int) -> str:
        """Write one ping, as one line of JSON."""
        server, day = instance.server, recorded.date()
        days = (self.as_of - day).days
        release = server.release or self.dictionary.release_on(self._upgraded(instance, day), server.behind)
        licence = instance.licence(day, self.as_of)
        edition = self.edition(instance, licence)
        users = users_on(server, days)
        counters = driven_counters(profile_on(server, days), users, days // 30 * 30)
        omitted = tuple(key for key, value in counters.items() if value is None)
        template = self.dictionary.template(release, edition, server.categories, omitted)
        wobble = 0.9 + zlib.crc32(f"{instance.uuid}{day}".encode()) % 200 / 1000
        scales = (users * wobble, users * (1 + (day - date(2020, 1, 1)).days / 900))
        weights = template.weights(self.dictionary.weights, instance.number)
        values: list = [int(weight * scales[is_cumulative]) for weight, is_cumulative in weights]
        stated = (
            *counters.items(),
            (BILLABLE, users),
            ("active_user_count", round(users * 1.15) + 4),
            ("historical_max_users", most_users_until(server, days)),
            *self._standing(instance, licence, release, edition),
            *self._moment(recorded, style),
            *self._oddities(instance),
            *server.raw,
        )
        for key, value in stated:
            place = template.position.get(key)
            if place is not None:
                values[place] = value
        return template.text % tuple(values)

    def _standing(
        self, instance: Instance, licence: Licence | None, release: str, edition: str
    ) -> list[tuple[str, str]]:
        """Return what stays the same from ping to ping, as JSON; kept until release or licence change."""
        key, standing = self._standings.get(instance.number, (None, []))
        if key != (licence, release):
            stated = identity_fields(instance, release, edition) | licence_fields(instance, licence)
            standing = [(name, to_json(value)) for name, value in stated.items()]
            self._standings[instance.number] = ((licence, release), standing)
        return standing

    @staticmethod
    def _moment(recorded: datetime, style: int) -> Iterable[tuple[str, str]]:
        """Yield when the ping was recorded, and when its two parts were finished."""
        yield "recorded_at", to_json(recorded_text(recorded, style))
        yield "recording_ce_finished_at", to_json(recorded_text(recorded + timedelta(seconds=40), 1))
        yield "recording_ee_finished_at", to_json(recorded_text(recorded + timedelta(seconds=65), 1))

    @staticmethod
    def _upgraded(instance: Instance, day: date) -> date:
        """Return the day of the last upgrade: every four weeks, each instance on days of its own."""
        return day - timedelta(days=(day.toordinal() + instance.number * 5) % 28)

    @staticmethod
    def _oddities(instance: Instance) -> Iterable[tuple[str, str]]:
        turn, rest = divmod(instance.number + 3, 5)
        return [ODD_VALUES[turn % len(ODD_VALUES)]] if rest == 0 else []


# --- how pings arrive -------------------------------------------------------------------------------------------------


class Delivery(NamedTuple):
    """One arrival of a ping; sorting puts them in the order of the files."""

    received: date
    recorded: datetime
    number: int
    style: int


def ping_days(instance: Instance) -> Iterator[date]:
    """Yield the days on which an instance records a ping, newest first."""
    step = timedelta(days=28 if instance.server.offline else 7)
    day = instance.anchor
    while day >= instance.first:
        yield day
        day -= step


def deliveries(world: World) -> Iterator[Delivery]:
    """Yield all arrivals up to the as-of date: one or two days after recording, some late, some twice."""
    for instance in world.instances:
        rng = chance(world.arguments.seed, "arrival", instance.number)
        number = instance.number
        clock = timedelta(hours=number * 7 % 24, minutes=number * 13 % 60, seconds=number * 17 % 60)
        if number % 3 != 1:
            clock += timedelta(milliseconds=number * 31 % 1000)
        for day in ping_days(instance):
            recorded = datetime(day.year, day.month, day.day, tzinfo=UTC) + clock
            luck, delay, late = rng.random(), 1 + rng.randrange(2), rng.randrange(9, 41)
            if instance.server.offline:
                delay = 15 + late % 10
            elif luck < LATE_SHARE and day + timedelta(days=late) <= world.as_of:
                delay = late
            arrivals = [(delay, number % 3)]
            if 1 - luck < REPEATED_SHARE:
                # A repeat may spell the same time in another way.
                arrivals.append((delay + 3, {0: 2, 1: 1, 2: 0}[number % 3]))
            for wait, style in arrivals:
                if day + timedelta(days=wait) <= world.as_of:
                    yield Delivery(day + timedelta(days=wait), recorded, number, style)


def odd_lines(arguments: Arguments) -> dict[date, list[bytes]]:
    """Return lines that are no sound ping, by the day they arrive; the last two are unusual, but must be accepted."""
    uuid = uuid_of(arguments.seed, "odd")

    def line(**fields: object) -> bytes:
        return json.dumps({"uuid": uuid, "hostname": "odd.example", "version": "18.2.1-ee", **fields}).encode()

    def noon(days: int) -> str:
        return f"{arguments.as_of - timedelta(days=days)}T12:00:00Z"

    future = noon(-40)
    lines: tuple[tuple[int, bytes], ...] = (
        (3, line(recorded_at=noon(4))[:-20]),
        (95, b'{"uuid": "' + uuid.encode()),
        (5, b'{"uuid": "' + uuid.encode() + b'", "hostname": "caf\xe9.example", "recorded_at": "' + noon(6).encode()),
        (8, b'["not", "an", "object"]'),
        (9, b'"a line of text"'),
        (12, json.dumps({"hostname": "odd.example", "recorded_at": noon(13)}).encode()),
        (13, line(uuid=None, recorded_at=noon(14))),
        (14, line(uuid="   ", recorded_at=noon(15))),
        (100, line(uuid=42, recorded_at=noon(101))),
        (15, line(counts={"issues": 5})),
        (16, line(recorded_at=None)),
        (18, line(recorded_at=1767225600)),
        (19, line(recorded_at="2026-01-15")),
        (20, line(recorded_at="yesterday")),
        (21, line(recorded_at=future)),
        (22, b""),
        (22, b"   \t"),
        (110, b""),
        (24, line(recorded_at=noon(25), counts={"issues": 5})[:-2] + b',"todos": NaN,},}'),
        (30, line(recorded_at=noon(31), active_user_count=7)[:-1] + b', "active_user_count": 9}'),
    )
    by_day: dict[date, list[bytes]] = defaultdict(list)
    for days, text in lines:
        by_day[arguments.as_of - timedelta(days=days)].append(text)
    return by_day
