"""The demo's customers as rows: billing, licences, CRM accounts, labels, and the instances that will report.

`cast.py` says what each customer is to show; here every story becomes rows of the landing tables, with stable
ids made from the seed and the customer's name.
"""

from __future__ import annotations

import hashlib
import itertools
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from scripts.demo import cast
from scripts.demo.cast import Label, Namespace, Plan, Segment, Server, Signal, Story, Sub

TABLES: dict[str, tuple[str, ...]] = {
    "saas/namespaces": ("namespace_id", "namespace_name", "created_at"),
    "zuora/account": ("Id", "AccountNumber", "Name", "CrmId", "Currency", "Status", "Batch", "Deleted"),
    "zuora/subscription": (
        "Id", "Name", "OriginalId", "PreviousSubscriptionId", "AccountId", "Version", "Status", "TermStartDate",
        "TermEndDate", "SubscriptionStartDate", "SubscriptionEndDate", "CancelledDate", "CreatedDate",
        "GitLabNamespaceId__c", "TurnOnCloudLicensing__c", "ContractOperationalMetrics__c", "Deleted",
    ),
    "zuora/rate_plan": ("Id", "SubscriptionId", "Name", "ProductRatePlanId", "AmendmentType"),
    "zuora/rate_plan_charge": (
        "Id", "RatePlanId", "Name", "ChargeNumber", "ChargeType", "UOM", "Quantity", "MRR", "EffectiveStartDate",
        "EffectiveEndDate", "Segment", "Version", "IsLastSegment",
    ),
    "customers_dot/licenses": (
        "id", "license_file_md5", "license_file_sha256", "zuora_subscription_id", "zuora_subscription_name",
        "users_count", "plan_code", "starts_at", "expires_at", "trial", "company", "email", "updated_at",
    ),
    "customers_dot/orders": ("id", "subscription_name", "gl_namespace_id", "updated_at"),
    "salesforce/account": (
        "Id", "Name", "ParentId", "Segment", "Region", "Owner", "CsmName", "CsmPriority", "CustomerSince",
        "MasterRecordId", "IsDeleted",
    ),
    "gainsight/instance_info": (
        "crm_acct_id", "instance_uuid", "hostname", "instancetype", "Namespace_ID", "included_in_health_measures",
        "updated_at",
    ),
    "gainsight/scorecard_inputs": ("account_id", "measure", "value", "color", "updated_at"),
    "operations/exchange_rates": ("currency", "valid_from", "rate"),
    "operations/license_overrides": ("license_hash", "zuora_subscription_name"),
    "operations/usage_reports": (
        "report_id", "reported_at", "account_id", "subscription_name", "instance_uuid", "month", "figure",
        "expected_value", "closed_at",
    ),
    "operations/purge_requests": ("subject_type", "subject_id", "requested_at"),
}  # fmt: skip
# What one unit was worth in dollars, from so many days before the as-of date.
EXCHANGE_RATES = (("EUR", 1500, "1.05"), ("EUR", 75, "1.08"), ("JPY", 1500, "0.00667"), ("JPY", 200, "0.0064"))
# What a seat costs in a currency, in multiples of its price in dollars.
PRICE_LEVELS = {"JPY": 150}
UNKNOWN_SUBSCRIPTION = "A-S00000000"
# What a word in a rate plan's name says: the plan code of its licences, and the price of a seat for a year.
PLANS = (
    ("Dedicated", "ultimate", 1500),
    ("Ultimate", "ultimate", 1188),
    ("Gold", "ultimate", 1188),
    ("Premium", "premium", 348),
    ("Silver", "premium", 348),
    ("", "starter", 48),
)
# Plans that come without a licence file.
UNLICENSED = ("SaaS", "Gold", "Silver", "Platform")


@dataclass(frozen=True)
class Arguments:
    """What determines every byte of a demo."""

    accounts: int
    months: int
    metrics: float
    as_of: date
    seed: int

    @property
    def first_day(self) -> date:
        """The first day of the demo's first month."""
        return add_months(self.as_of.replace(day=1), 1 - self.months)


# --- small helpers ----------------------------------------------------------------------------------------------------


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, clipped to the end of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def hex_id(*parts: object) -> str:
    """Make a stable identifier of 32 hex characters, as Zuora's are."""
    return hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def uuid_of(*parts: object) -> str:
    """Make a stable identifier in the shape of a uuid."""
    text = hex_id("uuid", *parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def crm_id_15(*parts: object) -> str:
    """Make a CRM account id of 15 characters, in which case counts."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return "0014M00" + "".join(alphabet[byte % len(alphabet)] for byte in digest[:8])


def crm_id_18(short: str) -> str:
    """Return the same id with the three characters that say which of the fifteen are capitals."""
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    bits = (sum(1 << place for place, letter in enumerate(block) if letter.isupper()) for block in blocks)
    return short + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[value] for value in bits)


def slug(name: str) -> str:
    """Write a name as a part of a hostname."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def midnight(day: date) -> str:
    """Write a date as the timestamp some exports make of it."""
    return f"{day.isoformat()} 00:00:00.000000"


# --- what the stories become ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Licence:
    """A licence file as an instance carries it."""

    number: int
    users: int
    plan: str
    starts: date
    expires: str
    company: str
    subscription_id: str = ""

    @property
    def md5(self) -> str:
        """The hash by which releases before 16.2 name their licence."""
        return hex_id("licence", self.number, self.company, self.starts)

    @property
    def sha256(self) -> str:
        """The hash by which releases from 15.2 on name their licence."""
        return hashlib.sha256(self.md5.encode()).hexdigest()


@dataclass
class Lineage:
    """A subscription with its versions and licences."""

    name: str
    starts: date
    version_ids: list[str] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)


@dataclass(frozen=True)
class Instance:
    """A server of a story, with its identity and its reporting rhythm."""

    number: int
    server: Server
    uuid: str
    hostname: str
    company: str
    lineages: dict[str, Lineage]
    own_licence: Licence | None
    first: date
    anchor: date

    def subscription_key(self, day: date, as_of: date) -> str:
        """Return the subscription whose licence the instance carries on a day."""
        moves = self.server.moves
        return moves[1] if moves and (as_of - day).days <= moves[0] else self.server.sub

    def licence(self, day: date, as_of: date) -> Licence | None:
        """Return the licence the instance carries on a day."""
        if self.server.licence != "hash":
            return self.own_licence
        licences = self.lineages[self.subscription_key(day, as_of)].licences
        return [licence for licence in licences if licence.starts <= day or licence is licences[0]][-1]


@dataclass(frozen=True)
class LinkedNamespace:
    """A namespace of a story, with its id and its seats."""

    number: int
    namespace: Namespace
    seats: int
    first: date


class World:
    """All tables and reporting instances, built story by story."""

    def __init__(self, arguments: Arguments) -> None:
        """Tell every story of the cast."""
        self.arguments = arguments
        self.as_of = arguments.as_of
        self.tables: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}
        self.instances: list[Instance] = []
        self.namespaces: list[LinkedNamespace] = []
        self._numbers: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._billing: dict[tuple[str, str, str], str] = {}
        for number, story in enumerate(cast.cast(arguments.accounts, arguments.seed)):
            self._tell(number, story)
        self._close()

    def add(self, table: str, **values: object) -> None:
        """Append a row; columns not given stay blank."""
        unknown = values.keys() - set(TABLES[table])
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        self.tables[table].append(values)

    def ago(self, days: int) -> date:
        """Return the day so many days before the as-of date."""
        return self.as_of - timedelta(days=days)

    def since(self, story: Story) -> date | None:
        """Return the day the customer joined."""
        if story.months is None:
            return None
        return add_months(self.as_of, -story.months) - timedelta(days=story.days)

    def crm_id(self, story: Story | None, name: str) -> str:
        """Return the CRM id of 15 characters; a twin's differs in case alone."""
        if story and story.twin_of:
            return crm_id_15(self.arguments.seed, "crm", story.twin_of).swapcase()
        return crm_id_15(self.arguments.seed, "crm", name)

    def _next(self, kind: str) -> int:
        return next(self._numbers[kind])

    def _tell(self, number: int, story: Story) -> None:
        short = self.crm_id(story, story.name)
        if story.crm != "none":
            self._crm_account(number, story, short)
        billed_to = self.crm_id(None, story.merged_from[-1]) if story.merged_from else short
        lineages = {sub.key: self._subscription(number, story, sub, billed_to) for sub in story.subs}
        for server in story.servers:
            self._server(story, server, lineages, crm_id_18(short) if story.crm != "none" else "")
        for namespace in story.namespaces:
            self._namespace(story, namespace, lineages, crm_id_18(short))
        for signal in story.signals:
            self._signal(signal, short if number % 3 == 0 else crm_id_18(short))
        for report in story.reports:
            self._report(report, short, lineages)

    # --- CRM and billing ---

    def _crm_account(self, number: int, story: Story, short: str) -> None:
        quarter = number % 4
        since = self.since(story)
        common = {
            "Segment": ("Enterprise", "Mid-Market", "SMB", "Public Sector")[quarter],
            "Region": ("EMEA", "AMER", "APAC")[number % 3],
            "Owner": f"Sales Team {('East', 'West', 'South')[number % 3]}",
            "CsmName": f"CSM Team {('North', 'South', 'East', 'West')[quarter]}",
            "CsmPriority": (1, 2, 3, "")[quarter],
            "CustomerSince": since or "",
        }
        self.add(
            "salesforce/account",
            Id=crm_id_18(short),
            Name=story.name,
            ParentId=crm_id_18(self.crm_id(None, story.parent)) if story.parent else "",
            IsDeleted=story.crm == "deleted",
            **common,
        )
        survivor = short
        for name in story.merged_from:
            merged = self.crm_id(None, name)
            ids = {"Id": crm_id_18(merged), "MasterRecordId": crm_id_18(survivor)}
            self.add("salesforce/account", Name=name, IsDeleted=True, **ids, **common)
            survivor = merged

    def _billing_account(self, number: int, story: Story, sub: Sub, crm_id: str) -> str:
        key = (story.name, sub.currency, sub.batch)
        if key not in self._billing:
            self._billing[key] = hex_id(self.arguments.seed, "billing", *key)
            self.add(
                "zuora/account",
                Id=self._billing[key],
                AccountNumber=f"A{self._next('billing'):08d}",
                Name=story.name,
                CrmId=crm_id if number % 2 else crm_id_18(crm_id),
                Currency=sub.currency,
                Status="Canceled" if sub.cancelled else "Active",
                Batch=sub.batch,
                Deleted=("", "False", "false")[number % 3],
            )
        return self._billing[key]

    def _subscription(self, number: int, story: Story, sub: Sub, crm_id: str) -> Lineage:
        joined = self.since(story) or self.ago(400)
        starts = self.ago(sub.starts) if sub.starts is not None else joined
        lineage = Lineage(f"A-S{self._next('subscription'):08d}", starts)
        ends = self.ago(sub.ends) if sub.ends is not None else date.max
        terms = [
            (term, min(add_months(starts, 12 * index + 12), ends))
            for index in range(100)
            if (term := add_months(starts, 12 * index)) <= self.as_of and term < ends
        ]
        statuses = ["Expired"] * (len(terms) - 1) + [sub.only_status or "Active"]
        if sub.cancelled is not None:
            statuses = ["Expired"] * len(terms) + ["Cancelled"]
        versions = [(status, *terms[min(index, len(terms) - 1)]) for index, status in enumerate(statuses)]
        versions += [(status, *terms[-1]) for status in sub.later_versions]
        account = self._billing_account(number, story, sub, crm_id)
        for version, (status, term_starts, term_ends) in enumerate(versions, start=1):
            cancelled = self.ago(sub.cancelled or 0) if status == "Cancelled" else None
            version_id = hex_id(self.arguments.seed, "version", lineage.name, version)
            shown = midnight if number % 3 == 1 else date.isoformat
            self.add(
                "zuora/subscription",
                Id=version_id,
                Name=lineage.name,
                OriginalId=lineage.version_ids[0] if lineage.version_ids else version_id,
                PreviousSubscriptionId=lineage.version_ids[-1] if lineage.version_ids else "",
                AccountId=account,
                Version=version,
                Status="Active" if status == "Deleted" else status,
                TermStartDate=shown(term_starts),
                TermEndDate=shown(term_ends),
                SubscriptionStartDate=shown(starts),
                SubscriptionEndDate=shown(cancelled or term_ends),
                CancelledDate=shown(cancelled) if cancelled else "",
                CreatedDate=f"{(cancelled or term_starts) - timedelta(days=3)}T10:15:00Z",
                GitLabNamespaceId__c=self._namespace_id(story, sub.namespace) if sub.namespace else "",
                TurnOnCloudLicensing__c="Offline" if sub.is_offline else ("Yes", "No", "")[number % 3],
                ContractOperationalMetrics__c="No" if sub.exempt else ("Yes", "")[number % 2],
                Deleted="True" if status == "Deleted" else ("", "False")[number % 2],
            )
            lineage.version_ids.append(version_id)
            grows = 50 if status in sub.later_versions else 0
            self._rate_plans(sub, version, version_id, (starts, cancelled or term_ends), grows)
        if not any(word in sub.plan for word in UNLICENSED):
            self._licences(story, sub, lineage, terms)
        return lineage

    def _segments(self, sub: Sub, starts: date) -> list[tuple[Segment, date, date | None]]:
        segments = sub.seats if isinstance(sub.seats, tuple) else (Segment(sub.seats),)
        return [
            (
                segment,
                starts if segment.starts is None else self.ago(segment.starts),
                None if segment.ends is None else self.ago(segment.ends),
            )
            for segment in segments
        ]

    def _rate_plans(self, sub: Sub, version: int, version_id: str, span: tuple[date, date], grows: int) -> None:
        starts, ends = span
        price = next(price for word, _, price in PLANS if word in sub.plan) * PRICE_LEVELS.get(sub.currency, 1)
        segments = [
            (segment.quantity, first, min(last or ends, ends))
            for segment, first, last in self._segments(sub, starts)
            if first < ends
        ]
        plans = [(Plan(sub.plan, price=price), segments)]
        plans += [(extra, [(extra.quantity, starts, ends)]) for extra in sub.extras]
        for place, (plan, charged) in enumerate(plans):
            rate_plan_id = hex_id(version_id, "rate plan", place)
            self.add(
                "zuora/rate_plan",
                Id=rate_plan_id,
                SubscriptionId=version_id,
                Name=plan.name,
                ProductRatePlanId=hex_id("product", plan.name),
                AmendmentType="UpdateProduct" if version > 1 and len(charged) > 1 else "",
            )
            for number, (quantity, first, last) in enumerate(charged, start=1):
                billed = None if quantity is None else quantity + grows
                recurring = plan.charge_type == "Recurring"
                self.add(
                    "zuora/rate_plan_charge",
                    Id=hex_id(rate_plan_id, "charge", number),
                    RatePlanId=rate_plan_id,
                    Name=plan.name,
                    ChargeNumber=f"C-{int(hex_id(sub.key, plan.name, starts)[:7], 16) % 10**8:08d}",
                    ChargeType=plan.charge_type,
                    UOM="Seats" if place == 0 else "Each",
                    Quantity="" if billed is None else billed,
                    MRR=f"{billed * plan.price / 12:.2f}" if recurring and billed is not None else "",
                    EffectiveStartDate=first,
                    EffectiveEndDate=last,
                    Segment=number,
                    Version=version,
                    IsLastSegment=number == len(charged),
                )

    # --- licences ---

    def _licence(self, company: str, users: int, plan: str, starts: date, subscription_id: str = "") -> Licence:
        number = self._next("licence")
        expires = add_months(starts, 12)
        # Perpetual licences are written with a year far beyond the calendar.
        shown = f"1{expires}" if number % 23 == 0 else expires.isoformat()
        return Licence(100000 + number, users, plan, starts, shown, company, subscription_id)

    def _register(self, licence: Licence, version_id: str = "", name: str = "", trial: bool = False) -> None:
        self.add(
            "customers_dot/licenses",
            id=licence.number,
            license_file_md5=licence.md5,
            license_file_sha256=licence.sha256,
            zuora_subscription_id=version_id,
            zuora_subscription_name=name,
            users_count=licence.users,
            plan_code=licence.plan,
            starts_at=licence.starts,
            expires_at=licence.expires,
            trial=trial,
            company=licence.company,
            email=f"licences@{slug(licence.company)}.example",
            updated_at=f"{licence.starts}T06:00:00Z",
        )

    def _licences(self, story: Story, sub: Sub, lineage: Lineage, terms: list[tuple[date, date]]) -> None:
        plan = next(code for word, code, _ in PLANS if word in sub.plan)
        segments = self._segments(sub, lineage.starts)
        changes = {first: segment.quantity for segment, first, last in segments if first != last}
        for day in sorted({term for term, _ in terms} | {day for day in changes if day <= self.as_of}):
            sold = [quantity for first, quantity in sorted(changes.items()) if first <= day]
            users = sub.provisioned or (sold[-1] if sold else None) or 0
            index = sum(term <= day for term, _ in terms) - 1
            licence = self._licence(story.name, users, plan, day, lineage.name)
            lineage.licences.append(licence)
            version_id = lineage.version_ids[index] if licence.number % 3 else ""
            self._register(licence, version_id, lineage.name)
        if len(lineage.licences) > 1:
            trial = self._licence(story.name, 25, plan, lineage.starts - timedelta(days=30))
            self._register(trial, name=lineage.name, trial=True)

    def _own_licence(self, company: str, server: Server, lineage: Lineage | None) -> Licence | None:
        """Make the licence of a server that does not simply carry its subscription's."""
        if server.licence in ("hash", "none"):
            return None
        named = lineage.version_ids[-1] if lineage and server.licence == "id" else ""
        if lineage and server.licence == "name":
            named = lineage.name
        licence = self._licence(company, round(server.users * 1.2), "premium", self.ago(300), named)
        if server.licence == "orphan":
            self._register(licence)
        elif server.licence == "lost":
            self._register(licence, name=UNKNOWN_SUBSCRIPTION)
        elif server.licence == "override" and lineage:
            override = {"license_hash": licence.sha256.upper(), "zuora_subscription_name": lineage.name}
            self.add("operations/license_overrides", **override)
        return licence

    # --- instances and namespaces ---

    def _server(self, story: Story, server: Server, lineages: dict[str, Lineage], crm_id: str) -> None:
        number = len(self.instances)
        shared = server.uuid_of or f"{server.host}|{number}"
        is_literal = shared == cast.GITLAB_COM_UUID
        hostname = "gitlab.com" if is_literal else f"{server.host}.{slug(story.name)}.example"
        lineage = lineages.get(server.sub)
        first = max(
            self.arguments.first_day,
            lineage.starts if lineage else self.arguments.first_day,
            self.ago(server.first) if server.first is not None else self.arguments.first_day,
        )
        instance = Instance(
            number,
            server,
            shared if is_literal else uuid_of(self.arguments.seed, story.name, shared),
            hostname.title() if number % 13 == 12 else hostname,
            story.name,
            lineages,
            self._own_licence(story.name, server, lineage),
            first,
            self.ago(server.last if server.last is not None else number * 3 % 7),
        )
        self.instances.append(instance)
        for label in server.labels:
            self._label(label, crm_id, instance.uuid, instance.hostname)

    def _label(self, label: Label, crm_id: str, uuid: str = "", hostname: str = "", namespace: object = "") -> None:
        included = ("", "Included")[len(self.tables["gainsight/instance_info"]) % 2]
        self.add(
            "gainsight/instance_info",
            crm_acct_id=crm_id,
            instance_uuid=uuid,
            hostname=hostname.upper() if label.by_host and label.opt_out else hostname if label.by_host else "",
            instancetype=label.kind,
            Namespace_ID=namespace,
            included_in_health_measures="Opt-Out" if label.opt_out else included,
            updated_at="" if label.age is None else f"{self.ago(label.age)}T09:30:00Z",
        )

    def _namespace_id(self, story: Story, key: str) -> int:
        return 4_000_000 + int(hex_id(self.arguments.seed, "namespace", story.name, key)[:8], 16) % 90_000_000

    def _namespace(self, story: Story, namespace: Namespace, lineages: dict[str, Lineage], crm_id: str) -> None:
        number = self._namespace_id(story, namespace.key)
        lineage = lineages[namespace.sub]
        sub = next(sub for sub in story.subs if sub.key == namespace.sub)
        seats = sub.seats if isinstance(sub.seats, int) else 0
        first = max(self.arguments.first_day, lineage.starts)
        self.namespaces.append(LinkedNamespace(number, namespace, seats, first))
        self.add(
            "saas/namespaces",
            namespace_id=number,
            namespace_name=slug(story.name),
            created_at=f"{lineage.starts}T08:00:00Z",
        )
        if namespace.link == "none":
            return
        latest = UNKNOWN_SUBSCRIPTION if namespace.link == "lost" else lineage.name
        for name, days in ((UNKNOWN_SUBSCRIPTION, 500), (latest, 90)):
            self.add(
                "customers_dot/orders",
                id=self._next("order"),
                subscription_name=name,
                gl_namespace_id=number,
                updated_at=f"{self.ago(days)} 12:00:00",
            )
        self._label(Label("", opt_out=namespace.opt_out), crm_id, namespace=number)

    # --- inputs of other systems ---

    def _signal(self, signal: Signal, account_id: str) -> None:
        for steps, value in enumerate((signal.latest, *signal.before)):
            self.add(
                "gainsight/scorecard_inputs",
                account_id=account_id,
                measure=signal.measure,
                value=value if isinstance(value, int) else "",
                color=value if isinstance(value, str) else "",
                updated_at=f"{self.ago(signal.age + 30 * steps)}T07:00:00Z",
            )

    def _report(self, report: cast.Report, account_id: str, lineages: dict[str, Lineage]) -> None:
        first = next(iter(lineages.values())).name
        names = {"subscription": first, "nobody": UNKNOWN_SUBSCRIPTION}
        month = "" if report.months is None else f"{add_months(self.as_of, -report.months):%Y-%m}"
        self.add(
            "operations/usage_reports",
            report_id=f"R-{self._next('report'):04d}",
            reported_at=f"{self.ago(report.age)}T11:20:00Z",
            account_id=account_id,
            subscription_name=names.get(report.subject, ""),
            instance_uuid=self.instances[-1].uuid if report.subject == "instance" else "",
            month=month,
            figure=report.figure,
            expected_value=report.expected,
            closed_at="" if report.closed is None else f"{self.ago(report.closed)}T16:00:00Z",
        )

    def _close(self) -> None:
        """Add records about nobody in particular: rates, a finished purge, and a row that a later file corrects."""
        for currency, age, rate in EXCHANGE_RATES:
            self.add("operations/exchange_rates", currency=currency, valid_from=self.ago(age), rate=rate)
        purged = hex_id(self.arguments.seed, "purged")
        self.add(
            "operations/purge_requests",
            subject_type="instance",
            subject_id=purged,
            requested_at=f"{self.ago(150)}T00:00:00Z",
        )
        first = self.tables["zuora/subscription"][0]
        self.tables["zuora/subscription"].insert(1, first | {"TurnOnCloudLicensing__c": "No"})
