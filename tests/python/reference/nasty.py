"""Writes random but repeatable landing folders that hit the edges of every rule on purpose.

python -m tests.python.reference.nasty --landing DIR --seed N [--accounts 40] [--months 6]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import string
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

from .rulebook import SEEDS, read_csv
from .values import add_months, crm_id, month_end, month_of

AS_OF_DAYS = (
    date(2025, 8, 20),
    date(2025, 6, 30),
    date(2025, 7, 1),
    date(2024, 2, 29),
    date(2025, 3, 31),
    date(2025, 5, 15),
    date(2025, 3, 1),
    date(2025, 12, 30),
)
GITLAB_COM = "ea8bf810-1d6f-4a6a-b4fd-93e8cbd8b57f"
SELF_MANAGED_PLANS = (
    "Self-Managed - Ultimate - 1 Year",
    "Self-Managed - Ultimate - 1 Year",
    "Ultimate - 1 Year",
    "[EDU Program] Self-Managed - Ultimate (w/o Support) - 1 Year",
    "Self-Managed - Premium - 1 Year",
    "self-managed - premium - 2 year",
    "Premium - 1 Year",
    "Self-Managed - Starter - 1 Year",
    "GitLab Enterprise Edition - 1 Year",
    "Starter - 3 Year",
)
SAAS_PLANS = (
    "SaaS - Ultimate - 1 Year",
    "SaaS - Premium - 1 Year",
    "SAAS - PREMIUM - 1 YEAR",
    "Gold - 1 Year",
    "Silver - 1 Year",
    "Bronze - 1 Year",
    "[OSS Program] SaaS - Ultimate (w/o Support) - 1 Year",
)
DEDICATED_PLANS = ("Dedicated - Ultimate - 1 Year",)
ADD_ONS = (
    "Premium Support",
    "Ultimate Training Services",
    "GitLab Security Essentials Training - Remote",
    "Implementation QuickStart - Self Managed (HA)",
    "Self-Managed Rapid Results Consulting",
    "True-Up (Annual) - Dedicated - Ultimate",
    "Trueup",
    "1,000 CI Minutes",
    "1,000 Compute Minutes",
    "Gitlab Storage 10GB - 1 Year",
    "SaaS - Code Suggestions - 1 Year",
    "GitLab Duo Pro - 1 Year",
    "Enterprise Agile Planning - 1 Year",
    "Success Plan Services",
    "One Time Discount",
    "GitLab Dedicated for US Public Sector - Administration Fee [Small] - 1 Year",
    "Mystery Plan, never listed",
)
PENDING = ("Draft", "Pending Activation", "PendingActivation", "Pending Acceptance", "PendingAcceptance")
VERSIONS = (
    "13.12.0-rc42-ee",
    "v13.12.15-ee",
    "14.0.0-ee",
    "v14.0",
    "15.1.0-pre",
    "15.1.6-ee",
    "15.2.0-ee",
    "15.9.8-ee",
    "15.10.0-ee",
    "16.0.0-ee",
    "16.1.0-ee",
    "16.8.3-ee",
    "16.9.0-rc42-ee",
    "16.9.1-ee",
    "16.11.2-ee",
    "17.5.0-ee",
    "17.10.0-pre",
    "17.11.1-ee",
    "18.0.0-ee",
    "18.7.0-ee",
)
UNKNOWN_VERSIONS = ("unknown", "14", "", None)
TYPED = {
    **dict.fromkeys(("Version", "Segment", "gl_namespace_id", "users_count"), "bigint"),
    **dict.fromkeys(("Quantity", "MRR"), "double"),
    **dict.fromkeys(("Deleted", "IsDeleted", "trial"), "boolean"),
    **dict.fromkeys(("EffectiveStartDate", "EffectiveEndDate", "CustomerSince"), "date"),
    **dict.fromkeys(("SubscriptionStartDate", "SubscriptionEndDate", "updated_at"), "timestamp"),
}
TYPE_LABELS = ("Non-Production", "obsolete", "Geo Secondary Node", "Unknown", "", "Staging", " non-production ")
HASH_KINDS = ("license_sha256", "license_md5")
MONTHLY = "usage_activity_by_stage_monthly"
SCANS = tuple(
    f"{MONTHLY}.secure.{kind}_scans"
    for kind in (
        "secret_detection",
        "dependency_scanning",
        "container_scanning",
        "sast",
        "dast",
        "coverage_fuzzing",
        "api_fuzzing",
    )
)
# A metric, and the shares of the billable users at which its colour changes.
SHARES = {
    "redis_hll_counters.manage.unique_active_users_monthly": (0.5, 0.8),
    f"{MONTHLY}.create.action_monthly_active_users_project_repo": (0.1, 0.33),
    "counts.count_total_create_ci_build_monthly": (2, 40),
    "counts_monthly.ci_builds": (2, 40),
    f"{MONTHLY}.release.deployments": (0.05, 0.12),
    "counts_monthly.deployments": (2, 7),
    f"{MONTHLY}.secure.user_unique_users_all_secure_scanners": (0.05, 0.2),
}


@dataclass(frozen=True)
class Raw:
    """A JSON literal to be written as it is (R1.2, R4)."""

    text: str


class Pairs(list):
    """An object as a list of pairs, so that a key can be repeated (R1.1)."""


def dump(value: Any, comma: str = "") -> str:
    """Write JSON with raw literals, repeated keys and, if asked, trailing commas (R1.1, R1.2)."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        inner = ", ".join(f"{json.dumps(key)}: {dump(item, comma)}" for key, item in value)
        return "{" + inner + (comma if value else "") + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(item, comma) for item in value) + (comma if value else "") + "]"
    return json.dumps(value)


def put(payload: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a dotted key path (R4)."""
    *parents, last = path.split(".")
    for key in parents:
        inner = payload.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        payload = inner
    payload[last] = value


@dataclass
class Contract:
    """A subscription as the generator knows it."""

    name: str
    crm: str
    version_ids: list[str]
    current_id: str
    kinds: set[str]
    licenses: int
    namespace_id: str | None
    hashes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Server:
    """A self-managed instance as the generator knows it."""

    uuid: str
    hostname: str | None
    dedicated: bool
    contract: Contract | None
    orphan: tuple[str, str] | None = None


class World:
    """Everything that a landing folder will hold."""

    def __init__(self, seed: int, accounts: int, months: int) -> None:
        """Set the dates and fill every table (R1 to R13)."""
        self.rng = random.Random(seed)
        self.as_of = AS_OF_DAYS[seed % len(AS_OF_DAYS)]
        self.first = add_months(month_of(self.as_of), 1 - months)
        self.ends = [month_end(add_months(self.first, count)) for count in range(months - 1)] + [self.as_of]
        self.tables: dict[str, list[dict[str, str | None]]] = {}
        self.partitions: dict[str, dict[date, list[dict[str, str | None]]]] = {
            "saas/namespace_seats": {},
            "saas/namespace_metrics": {},
        }
        self.deliveries: list[tuple[date, bytes, bool]] = []
        self.crm_ids: list[str] = []
        self.contracts: list[Contract] = []
        self.licence_ids = 90
        self.tracked = [row["key_path"] for row in read_csv(SEEDS / "tracked_metrics.csv")]
        for number in range(accounts):
            self.add_account(number)
        self.add_strays()
        for contract in self.contracts:
            self.add_licences(contract)
        self.share_hashes()
        for contract in self.contracts:
            self.add_usage(contract)
        self.add_unlicensed()
        self.add_orders()
        self.add_bad_lines()
        self.add_inputs()
        self.repeat_rows()

    # Small tools

    def chance(self, share: float) -> bool:
        """Throw a die."""
        return self.rng.random() < share

    def hex(self, length: int) -> str:
        """Make hexadecimal digits."""
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(length))

    def day(self) -> date:
        """Choose one of the days that rows speak for."""
        return self.rng.choice(self.ends)

    def edge(self, *shifts: int) -> date:
        """Choose a day at or beside one that rows speak for."""
        return self.day() + timedelta(days=self.rng.choice(shifts or (-1, 0, 1)))

    def date_text(self, day: date | None) -> str | None:
        """Write a date as a date or a midnight timestamp (landing contract)."""
        if day is None:
            return None
        return self.rng.choice((f"{day}", f"{day}", f"{day} 00:00:00", f"{day}T00:00:00.000Z"))

    def time_text(self, day: date) -> str:
        """Write an `updated_at`."""
        hour = self.rng.randrange(24)
        return self.rng.choice((f"{day} {hour:02}:15:30", f"{day}T{hour:02}:15:30.250Z", f"{day}"))

    def add(self, table: str, **values: Any) -> dict[str, str | None]:
        """Add a row to a table."""
        row = {key: None if value is None else str(value) for key, value in values.items()}
        self.tables.setdefault(table, []).append(row)
        return row

    def some_id(self, crm: str) -> str:
        """Write a CRM id with 15 or 18 characters (R8.8)."""
        return self.rng.choice((crm, crm[:15]))

    # Accounts (R8.8, R11.6)

    def new_crm(self) -> str:
        """Make a CRM id; sometimes one that differs from another by case only (R8.8)."""
        if self.crm_ids and self.chance(0.1):
            wanted = crm_id(self.rng.choice(self.crm_ids)[:15].swapcase())
            if wanted not in self.crm_ids:
                return wanted
        return crm_id("001" + "".join(self.rng.choice(string.ascii_letters + string.digits) for _ in range(12)))

    def customer_since(self) -> date | None:
        """Choose a date at an edge of the account's age (R11.6)."""
        day = self.day()
        return self.rng.choice(
            (
                None,
                day - timedelta(days=self.rng.choice((28, 29, 30, 31))),
                self.as_of + timedelta(days=10),
                date(2023, 12, 31),
                date(2024, 8, 31),
                date(2024, 11, 30),
                add_months(day, -2),
                add_months(day, -2) + timedelta(days=1),
                add_months(day, -6),
                add_months(day, -6) - timedelta(days=1),
                add_months(day, -9) + timedelta(days=1),
                add_months(day, -9),
                *(date(2019, 5, 31), date(2021, 2, 28), date(2018, 7, 9)) * 4,
            )
        )

    def add_account(self, number: int) -> None:
        """Add an account with its merged records, billing accounts and subscriptions (R8.8)."""
        rng = self.rng
        crm = self.new_crm()
        self.crm_ids.append(crm)
        parent = rng.choice(self.crm_ids[:-1] or [crm]) if self.chance(0.2) else None
        self.add(
            "salesforce/account",
            Id=self.some_id(crm),
            Name=rng.choice((f"Firm {number}", f'Firm "{number}", Ltd.', f"Größe {number} 株式会社")),
            ParentId=self.some_id(parent) if parent and parent != crm else None,
            Segment=rng.choice(("SMB", "Large", None)),
            Region=rng.choice(("EMEA", "AMER", None)),
            Owner="Owner",
            CsmName=rng.choice(("Ann", "Bo", None)),
            CsmPriority=rng.choice(("1", "2", "3", None)),
            CustomerSince=self.date_text(self.customer_since()),
            MasterRecordId=None,
            IsDeleted=rng.choice(("false", "False", None)),
        )
        names = [crm]
        if self.chance(0.25):
            for _ in range(rng.choice((1, 2, 3))):
                merged = self.new_crm()
                self.add(
                    "salesforce/account",
                    Id=self.some_id(merged),
                    Name=f"Merged into {number}",
                    MasterRecordId=self.some_id(names[-1]),
                    IsDeleted="True",
                )
                names.append(merged)
        for _ in range(rng.choice((1, 1, 1, 2))):
            billing = self.hex(32)
            self.add(
                "zuora/account",
                Id=billing,
                AccountNumber=f"A{number:05}",
                Name=f"Billing {number}",
                CrmId=self.some_id(rng.choice(names)),
                Currency=rng.choice(("USD", "USD", "USD", "USD", "EUR", None)),
                Status=rng.choice(("Active", "Active", "Canceled")),
                Batch="Batch20" if self.chance(0.03) else rng.choice(("Batch1", "Batch2", None)),
                Deleted="True" if self.chance(0.02) else rng.choice(("False", "false", None)),
            )
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
                self.add_contract(billing, crm)

    def add_strays(self) -> None:
        """Add cycles, deleted and unknown accounts, each with a subscription of its own (R8.8)."""
        loop = [self.new_crm(), self.new_crm()]
        gone = self.new_crm()
        for crm, master in ((loop[0], loop[1]), (loop[1], loop[0]), (gone, None)):
            self.add("salesforce/account", Id=crm, Name="Gone", MasterRecordId=master, IsDeleted="true")
        for crm in (loop[0], gone, self.new_crm(), None):
            billing = self.hex(32)
            self.add("zuora/account", Id=billing, CrmId=crm, Currency="USD", Batch="Batch1", Deleted="false")
            self.add_contract(billing, crm or "")
        self.add_contract(self.hex(32), "")

    # Subscriptions (R8)

    def term(self, start: date) -> tuple[date | None, date | None]:
        """Choose a term, often with an edge at a day that rows speak for (R9.7)."""
        return self.rng.choice(
            (
                (start, add_months(start, 12)),
                (add_months(self.first, 1), add_months(self.as_of, 9)),
                (self.edge(), add_months(self.as_of, 12)),
                (add_months(self.as_of, -11), self.edge()),
                (add_months(self.as_of, -12), self.as_of),
                (None, None),
                (self.edge(-20, -40), None),
            )
        )

    def add_contract(self, billing: str, crm: str) -> None:
        """Add a lineage with its versions (R8.1, R8.2)."""
        rng = self.rng
        name = f"A-S{len(self.contracts) + 10000:08}"
        start = rng.choice((*(date(2022, 1, 1), date(2023, 6, 15)) * 3, self.edge(), self.edge(-70, -30)))
        end = rng.choice((*(None, add_months(self.as_of, 14)) * 4, self.edge(), self.edge()))
        cancelled = self.edge(-1, 0, 1, 30) if self.chance(0.08) else None
        status = "Cancelled" if cancelled or self.chance(0.04) else "Active"
        if self.chance(0.05):
            status = rng.choice(("Expired", "Suspended"))
        kinds = set(rng.choice((("sm",), ("sm",), ("sm",), ("saas",), ("saas",), ("sm", "saas"), ("dedicated",), ())))
        contract = Contract(
            name=name,
            crm=crm,
            version_ids=[],
            current_id="",
            kinds=kinds,
            licenses=rng.choice((10, 40, 100, 100, 200, 1000)),
            namespace_id=str(1000 + len(self.contracts)) if kinds & {"saas"} else None,
        )
        exempt = rng.choice(("No", "No", "No", "Yes")) if self.chance(0.2) else rng.choice(("Yes", None))
        numbers = rng.choice(([1], [1, 2], [1, 3], [2, 9, 10], [8, 9, 10, 11]))
        rows: list[tuple[int, str, str]] = [(number, "Expired", "False") for number in numbers[:-1]]
        rows.append((numbers[-1], status, rng.choice(("False", "false", None))))
        if self.chance(0.06):
            rows.append((numbers[-1], status, "False"))
        if self.chance(0.3):
            rows.append((numbers[-1] + rng.choice((1, 2, 95)), rng.choice(PENDING), "False"))
        if self.chance(0.15):
            rows.append((numbers[-1] + 1, "Active", rng.choice(("True", "true"))))
        if self.chance(0.03):
            rows = [(1, rng.choice(PENDING), "False")]
        term_start, term_end = self.term(start)
        in_old_only = self.chance(0.05)
        in_draft_only = self.chance(0.02)
        ids = sorted(self.hex(32) for _ in rows)
        for place, (number, row_status, deleted) in enumerate(rows):
            identity = ids[place]
            contract.version_ids.append(identity)
            is_current = row_status == status and (deleted or "").lower() != "true"
            if is_current:
                contract.current_id = identity
            self.add(
                "zuora/subscription",
                Id=identity,
                Name=name,
                OriginalId=ids[0],
                PreviousSubscriptionId=None,
                AccountId=billing,
                Version=number,
                Status=row_status,
                TermStartDate=self.date_text(term_start),
                TermEndDate=self.date_text(term_end),
                SubscriptionStartDate=self.date_text(start),
                SubscriptionEndDate=self.date_text(end if is_current else add_months(start, 3)),
                CancelledDate=self.date_text(cancelled if is_current else None),
                CreatedDate=f"2024-01-{1 + place:02} 10:00:00",
                GitLabNamespaceId__c=contract.namespace_id if is_current or self.chance(0.5) else "999999",
                ContractOperationalMetrics__c=exempt if is_current else rng.choice(("No", None)),
                Deleted=deleted,
            )
            pending = row_status in PENDING or (deleted or "").lower() == "true"
            if (in_old_only and (is_current or pending)) or (in_draft_only and not pending):
                self.add_plan(identity, "Premium Support", contract.licenses, start)
            else:
                self.add_plans(identity, contract, start)
        self.contracts.append(contract)

    def add_plans(self, version: str, contract: Contract, start: date) -> None:
        """Add the rate plans of a version (R8.3, R8.4)."""
        rng = self.rng
        for kind, plans in (("sm", SELF_MANAGED_PLANS), ("saas", SAAS_PLANS), ("dedicated", DEDICATED_PLANS)):
            if kind in contract.kinds:
                seats = contract.licenses if version == contract.current_id else contract.licenses + 7
                self.add_plan(version, rng.choice(plans), seats, start)
                if self.chance(0.15):
                    self.add_plan(version, rng.choice(plans), rng.choice((0, 5, 15)), start)
        if not contract.kinds or self.chance(0.3):
            self.add_plan(version, rng.choice(ADD_ONS), rng.choice((1, 10)), start)

    def add_plan(self, version: str, name: str, seats: int, start: date) -> None:
        """Add a rate plan with its charge segments: edges, gaps, zero lengths, blanks (R8.4, R8.7)."""
        rng = self.rng
        plan = self.hex(32)
        self.add("zuora/rate_plan", Id=plan, SubscriptionId=version, Name=name, AmendmentType=None)
        cut = self.edge()
        shape = rng.choice(("open", "open", "open", "open", "closed", "cut", "cut", "gap", "late", "ended", "zero"))
        segments: list[tuple[date, date | None, int]] = {
            "open": [(start, None, seats)],
            "closed": [(start, add_months(self.as_of, 5), seats)],
            "cut": [(start, cut, seats + 5), (cut, None, seats)],
            "gap": [(start, cut, seats), (cut + timedelta(days=35), None, seats)],
            "late": [(cut, None, seats)],
            "ended": [(start, cut, seats)],
            "zero": [(start, start, seats + 3), (start, None, seats), (cut, cut, None)],
        }[shape]
        for place, (first, last, quantity) in enumerate(segments):
            text: str | None = rng.choice((f"{quantity}", f"{quantity}.0")) if quantity is not None else None
            if self.chance(0.03):
                text = None
            elif self.chance(0.04):
                text = rng.choice(("0", "0.0"))
            elif self.chance(0.03):
                text = f"{seats}.5"
            self.add_charge(plan, "Recurring", text, rng.choice(("0", "100.25", "1999.99", "12.5")), first, last, place)
        if self.chance(0.15):
            self.add_charge(plan, rng.choice(("OneTime", "Usage")), rng.choice(("77", None)), "50", start, None, 9)

    def add_charge(
        self, plan: str, kind: str, quantity: str | None, mrr: str, first: date, last: date | None, place: int
    ) -> None:
        """Add a charge segment (R8.4)."""
        self.add(
            "zuora/rate_plan_charge",
            Id=self.hex(32),
            RatePlanId=plan,
            Name="Seats",
            ChargeNumber=f"C-{place}",
            ChargeType=kind,
            UOM="Seat",
            Quantity=quantity,
            MRR=mrr,
            EffectiveStartDate=self.date_text(first),
            EffectiveEndDate=self.date_text(last),
            Segment=place + 1,
            Version=1,
            IsLastSegment=None,
        )

    # Licences (R7.1, R7.2, R8.6)

    def add_licence(self, contract: Contract | None, sha: str | None, md5: str | None, updated: str | None) -> None:
        """Add a licence that names its subscription by id, by name, by both or not at all (R7.2)."""
        rng = self.rng
        self.licence_ids += 1
        how = rng.choice(("both", "both", "id", "name", "bad id")) if contract else rng.choice(("none", "unknown"))
        identity = rng.choice(contract.version_ids) if contract and how in ("both", "id") else None
        name = contract.name if contract and how in ("both", "name", "bad id") else None
        if how == "bad id":
            identity = self.hex(32)
        elif how == "unknown":
            name = "A-S99999999"
        self.add(
            "customers_dot/licenses",
            id=self.licence_ids,
            license_file_md5=self.dress(md5),
            license_file_sha256=self.dress(sha),
            zuora_subscription_id=identity,
            zuora_subscription_name=name,
            users_count=rng.choice((contract.licenses if contract else 5, 50, 0, None)),
            plan_code="ultimate",
            starts_at=self.date_text(rng.choice((date(2022, 1, 1), date(2024, 1, 1), self.edge(), self.edge()))),
            expires_at=rng.choice(
                (None, "12025-01-01", "2999-12-31", f"{self.edge()}", f"{self.edge()}", f"{add_months(self.as_of, 3)}")
            ),
            trial=rng.choice(("false", "False", None, "f", "true")),
            company="Some, Company",
            email="who@example.com",
            updated_at=updated,
        )

    def dress(self, text: str | None) -> str | None:
        """Write a hash with hyphens or in upper case (R7.1)."""
        if text is None:
            return None
        if self.chance(0.2):
            text = f"{text[:8]}-{text[8:12]}-{text[12:]}"
        return text.upper() if self.chance(0.2) else text

    def add_licences(self, contract: Contract) -> None:
        """Add a subscription's licences (R8.6)."""
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            sha, md5 = self.hex(64), self.hex(32)
            contract.hashes.append((sha, md5))
            self.add_licence(
                contract, sha, md5, self.rng.choice((None, self.time_text(self.as_of - timedelta(days=90))))
            )

    def share_hashes(self) -> None:
        """Add licences that share a hash, with ties, and overrides of hashes (R7.1)."""
        rng = self.rng
        holders = [contract for contract in self.contracts if contract.hashes]
        for contract in rng.sample(holders, len(holders) // 6):
            sha, md5 = rng.choice(contract.hashes)
            same = self.time_text(self.as_of - timedelta(days=30))
            for _ in range(2):
                other = rng.choice((*rng.sample(self.contracts, 2), contract, contract, None))
                self.add_licence(other, sha, rng.choice((md5, None)), rng.choice((same, same, None)))
        for contract in rng.sample(holders, len(holders) // 8):
            target = rng.choice((rng.choice(self.contracts).name, rng.choice(self.contracts).name, "A-S77777777"))
            self.add(
                "operations/license_overrides",
                license_hash=self.dress(rng.choice(rng.choice(contract.hashes))),
                zuora_subscription_name=target,
            )

    # Usage

    def add_usage(self, contract: Contract) -> None:
        """Add the instances and the namespace of a subscription (R2, R9.3)."""
        rng = self.rng
        counts = (0, *(1,) * 6, 2, 2, 3)
        servers: list[Server] = []
        if "sm" in contract.kinds:
            servers += [Server(self.uuid(), self.hostname(), False, contract) for _ in range(rng.choice(counts))]
        if "dedicated" in contract.kinds:
            servers += [Server(self.uuid(), self.hostname(), True, contract) for _ in range(rng.choice((0, 1, 1, 2)))]
        if not contract.kinds and self.chance(0.2):
            servers.append(Server(self.uuid(), self.hostname(), False, contract))
        if servers and self.chance(0.1):
            servers.append(Server(servers[0].uuid, self.hostname(), servers[0].dedicated, contract))
        if servers and self.chance(0.1):
            servers.append(Server(self.uuid(), servers[0].hostname, False, contract))
        for place, server in enumerate(servers):
            self.label(server, rng.random() < (0.85 if place == 0 else 0.5))
            self.add_pings(server)
        if contract.namespace_id and self.chance(0.9):
            self.add_namespace(contract.namespace_id, contract)
        if self.chance(0.04):
            self.add_namespace(str(5000 + len(self.contracts) + rng.randrange(900)), contract)

    def uuid(self) -> str:
        """Make a uuid."""
        text = self.hex(32)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hostname(self) -> str | None:
        """Make a hostname, sometimes one that many share, or none (R2.1)."""
        return self.rng.choice(
            (None, "", "gitlab.example.com", *(f"Git-{self.hex(4)}.Example.org", f"git.{self.hex(5)}.net") * 6)
        )

    def label(self, server: Server, production: bool, crm: str | None = None) -> None:
        """Label an instance, sometimes with rivals and ties (R6)."""
        rng = self.rng
        if self.chance(0.06):
            return
        kind = rng.choice(("Production", "production", " PRODUCTION ")) if production else rng.choice(TYPE_LABELS)
        updated = rng.choice((None, self.time_text(self.as_of - timedelta(days=50))))
        opt = "Opt-Out" if self.chance(0.08) else rng.choice((None, "Opt-In", "Yes"))
        base = {
            "crm_acct_id": crm or rng.choice((server.contract.crm if server.contract else None, None)),
            "instance_uuid": server.uuid,
        }
        host = (server.hostname or None) if self.chance(0.7) else None
        if host and self.chance(0.3):
            host = host.upper()
        if self.chance(0.15):
            rival = rng.choice((None, server.hostname or None, "other.example.net"))
            when = rng.choice((updated, None, self.time_text(self.as_of - timedelta(days=rng.choice((10, 90))))))
            self.add(
                "gainsight/instance_info",
                **base,
                hostname=rival,
                instancetype=rng.choice(("Production", "Obsolete", "Non-Production", None)),
                Namespace_ID=None,
                included_in_health_measures=rng.choice((None, None, "Opt-Out")),
                updated_at=when,
            )
        self.add(
            "gainsight/instance_info",
            **base,
            hostname=host,
            instancetype=kind,
            Namespace_ID=None,
            included_in_health_measures=opt,
            updated_at=updated,
        )

    def schedule(self) -> list[date]:
        """Choose the days on which something reports: weekly, and it may stop or start at an edge (R9.1)."""
        rng = self.rng
        start = self.first + timedelta(days=rng.randrange(7))
        days = [start + timedelta(days=7 * week) for week in range((self.as_of - start).days // 7 + 1)]
        shape = rng.choice(("all",) * 8 + ("stops",) * 4 + ("starts", "starts", "one", "gap"))
        if shape == "stops":
            last = self.edge(-60, -61, -59, -62)
            days = [day for day in days if day < last] + [last]
        elif shape == "starts":
            first = self.edge(0, 1, -1)
            days = [first] + [day for day in days if day > first]
        elif shape == "one":
            days = [self.edge(0, -60, -61, 1, -20)]
        elif shape == "gap":
            days = days[: len(days) // 3] + days[-1:]
        if self.chance(0.3):
            days.append(self.edge(-1, 0, 1))
        return sorted({day for day in days if day <= self.as_of + timedelta(days=1)})

    def version(self) -> Any:
        """Choose a version that a server may run: an edge of some gate, or none at all (R3, R5)."""
        if self.chance(0.04):
            return self.rng.choice((*UNKNOWN_VERSIONS, Raw("14.10")))
        return self.rng.choice(VERSIONS)

    def count(self, billable: int, path: str) -> Any:
        """Choose a value near where the colour of a metric changes (R11.3)."""
        share = self.rng.choice(SHARES.get(path, (0.3, 1)))
        exact = round(share * billable)
        return max(0, self.rng.choice((exact, exact - 1, exact + 1, exact, exact // 3, exact * 2 + 3, 0)))

    def odd(self) -> Any:
        """Choose a value that is not a plain whole number (R4)."""
        return self.rng.choice(
            (
                None,
                -1,
                -2,
                -1000,
                0,
                Raw("12.0"),
                Raw("1.2e1"),
                Raw("-0"),
                Raw("-0.5"),
                Raw("12.7"),
                Raw("NaN"),
                Raw("-Infinity"),
                Raw("Infinity"),
                Raw("1e400"),
                Raw("9223372036854775808"),
                Raw("18446744073709551616"),
                "12",
                "-1",
                "1_000",
                " 12 ",
                "",
                "0x1F",
                "99999999999999999999",
                'SELECT COUNT("users"."id") FROM "users"',
                {"-1": -1},
                [],
                True,
                False,
            )
        )

    def payload(
        self, server: Server, contract: Contract | None, moment: str, version: Any, seats: int
    ) -> dict[str, Any]:
        """Make a whole payload (landing contract)."""
        rng = self.rng
        payload: dict[str, Any] = {"uuid": server.uuid, "hostname": server.hostname, "version": version}
        if server.hostname is None and self.chance(0.5):
            del payload["hostname"]
        elif server.hostname and self.chance(0.2):
            payload["hostname"] = server.hostname.swapcase()
        payload["recorded_at"] = moment
        payload["edition"] = "EEU"
        payload["licensee"] = rng.choice(
            ({}, {"Name": "N"}, {"Name": "N", "Email": "e@example.com", "Company": "C, Inc."})
        )
        payload["license_id"] = rng.choice((None, 7, "7"))
        if server.dedicated:
            payload["gitlab_dedicated"] = True
        elif self.chance(0.3):
            payload["gitlab_dedicated"] = rng.choice((False, None))
        hashes = rng.choice(contract.hashes) if contract and contract.hashes and self.chance(0.95) else server.orphan
        if hashes:
            which = rng.choice(("both", "both", "sha", "md5"))
            payload["license_sha256"] = self.dress(hashes[0]) if which != "md5" else rng.choice(("", None))
            payload["license_md5"] = self.dress(hashes[1]) if which != "sha" else ""
        elif self.chance(0.3):
            payload["license_sha256"], payload["license_md5"] = self.hex(64), ""
        if contract and (not hashes or self.chance(0.3)):
            payload["license_subscription_id"] = rng.choice(
                (
                    contract.name,
                    contract.name,
                    *contract.version_ids,
                    "A-S88888888" if self.chance(0.2) else contract.name,
                )
            )
        else:
            payload["license_subscription_id"] = rng.choice(("", None))
        if self.chance(0.15):
            categories = ["standard", "subscription", "optional", "operational"]
            payload["settings"] = {
                "collected_data_categories": rng.choice((categories, categories[:3], ["standard"], []))
            }
        payload["database"] = {"pg_system_id": 6842684531675334351}
        billable = max(0, round(seats * rng.choice((0.05, 0.1, 0.101, 0.5, 0.51, 0.75, 0.751, 0.9, 1, 1.2))))
        payload["license_billable_users"] = self.odd() if self.chance(0.05) else billable
        payload["active_user_count"] = billable + 11
        payload["license_user_count"] = self.odd() if self.chance(0.1) else rng.choice((seats, seats + 1, 0))
        payload["historical_max_users"] = rng.choice((billable, Raw("9223372036854775807"), "007"))
        for path in SHARES:
            if not self.chance(0.08):
                put(payload, path, self.odd() if self.chance(0.06) else self.count(billable, path))
        success = rng.choice((0, 25, 24, 80, 81, 79, 50))
        put(payload, "counts_monthly.successful_deployments", success)
        if not self.chance(0.1):
            put(
                payload, "counts_monthly.failed_deployments", self.odd() if self.chance(0.05) else max(0, 100 - success)
            )
        if self.chance(0.06):
            put(payload, "counts_monthly.successful_deployments", 0)
            put(payload, "counts_monthly.failed_deployments", 0)
        pipelines = rng.choice((0, 10, 100, 100))
        put(payload, "counts_monthly.ci_internal_pipelines", pipelines)
        total = rng.choice((pipelines // 10, pipelines // 2, pipelines // 2 + 1, max(0, pipelines // 10 - 1), 0))
        scans = rng.sample(SCANS, rng.choice((0, 1, 2, 3, 7)))
        for path in SCANS:
            if path in scans:
                put(payload, path, total if path == scans[0] else rng.choice((0, 0, 1)))
            elif not self.chance(0.3):
                put(payload, path, self.odd() if self.chance(0.05) else 0)
        for path in rng.sample(self.tracked, 6):
            put(payload, path, self.odd() if self.chance(0.5) else rng.randrange(5000)) if path not in SHARES else None
        if self.chance(0.02):
            payload[rng.choice(("counts_monthly", "counts", MONTHLY))] = rng.choice(("text", None, []))
        return payload

    def moment(self, day: date, form: int | None = None) -> str:
        """Write a time of a day; the edges of the day are favoured (R1.2, R1.3)."""
        rng = self.rng
        at = datetime.combine(day, rng.choice((time(0, 0, 0), time(23, 59, 59), time(7, 43, 54), time(13, 25, 42))))
        return self.write_moment(at, form)

    def write_moment(self, at: datetime, form: int | None = None) -> str:
        """Write a time in one of the forms in use (landing contract)."""
        shifted = at + timedelta(hours=5, minutes=30)
        forms = (
            f"{at:%Y-%m-%dT%H:%M:%S}.000+00:00",
            f"{at:%Y-%m-%d %H:%M:%S} UTC",
            f"{at:%Y-%m-%dT%H:%M:%S}Z",
            f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
            f"{at:%Y-%m-%d %H:%M:%S}",
            f"{shifted:%Y-%m-%dT%H:%M:%S}.000+05:30",
        )
        return forms[self.rng.randrange(len(forms)) if form is None else form]

    def add_pings(self, server: Server) -> None:
        """Add the pings of an instance: it may move, upgrade, lose its licence, be delivered twice (R1.3, R7.5)."""
        rng = self.rng
        days = self.schedule()
        version = self.version()
        seats = server.contract.licenses if server.contract else 100
        moves_on = rng.choice(days) if self.chance(0.1) else None
        other = rng.choice((rng.choice(self.contracts), None))
        contract = server.contract
        for day in days:
            if moves_on == day:
                contract = other
            if self.chance(0.05):
                version = self.version()
            at = datetime.combine(day, rng.choice((time(0, 0, 0), time(23, 59, 59), time(7, 43, 54))))
            payload = self.payload(server, contract, self.write_moment(at), version, seats)
            received = day + timedelta(days=rng.choice((0, 1, 1, 1, 2, 2, 2, 21)))
            if day > self.as_of:
                received = day - timedelta(days=1)
            self.deliver(received, payload)
            if self.chance(0.06):
                again = dict(payload, recorded_at=self.write_moment(at))
                again["license_billable_users"] = rng.choice((1, seats, None))
                self.deliver(received + timedelta(days=rng.choice((0, 0, 1, 3))), again)
            if self.chance(0.02):
                again = dict(payload, recorded_at=self.write_moment(at + timedelta(seconds=1)))
                self.deliver(received, again)

    def deliver(self, received: date, payload: dict[str, Any] | Pairs) -> None:
        """Write a payload as a line, or as an uploaded file (R1.1, R1.2)."""
        pretty = self.chance(0.03)
        text = dump(payload, "," if self.chance(0.02) else "")
        if self.chance(0.02) and isinstance(payload, dict):
            text = dump(Pairs([*payload.items(), ("license_billable_users", 3), ("uuid", "second-uuid")]))
        if pretty:
            text = text.replace(", ", ",\n  ")
        self.deliveries.append((received, text.encode(), pretty))

    def add_unlicensed(self) -> None:
        """Add instances that map to nothing, some of them labelled with an account (R7.3, R7.5, R10.1)."""
        rng = self.rng
        for _ in range(max(3, len(self.contracts) // 6)):
            server = Server(self.uuid(), self.hostname(), self.chance(0.1), None)
            crm = self.some_id(rng.choice(self.contracts).crm or self.crm_ids[0]) if self.chance(0.8) else None
            if self.chance(0.4):
                server.orphan = (self.hex(64), self.hex(32))
                self.add_licence(None, *server.orphan, self.time_text(self.as_of - timedelta(days=90)))
            self.label(server, True, crm)
            self.add_pings(server)
        if self.chance(0.2):
            ancient = Server(self.uuid(), "old.example.com", False, rng.choice(self.contracts))
            day = self.first - timedelta(days=rng.choice((100, 1500)))
            self.deliver(day, self.payload(ancient, ancient.contract, self.moment(day), "13.12.0-ee", 50))
        for day in self.ends:
            payload = {
                "uuid": GITLAB_COM,
                "hostname": "gitlab.com",
                "version": "17.0.0-ee",
                "recorded_at": self.moment(day),
            }
            self.deliver(day, {**payload, "license_billable_users": 10**6})

    # Namespaces (R5.6, R7.4, R9.1)

    def add_namespace(self, namespace_id: str, contract: Contract) -> None:
        """Add what a namespace exports, seats and metrics on days of their own (R9.1)."""
        rng = self.rng
        self.add(
            "saas/namespaces",
            namespace_id=namespace_id,
            namespace_name=f"group-{namespace_id}",
            created_at="2022-01-01",
        )
        if self.chance(0.15):
            self.add(
                "gainsight/instance_info",
                crm_acct_id=rng.choice((self.some_id(contract.crm) if contract.crm else None, None)),
                Namespace_ID=namespace_id,
                included_in_health_measures=rng.choice(("Opt-Out", None)),
                updated_at=rng.choice((None, self.time_text(self.as_of - timedelta(days=rng.randrange(90))))),
            )
        shift = rng.choice((0, 0, 1, -3))
        seats = contract.licenses
        kind = rng.choice(("both", "both", "both", "both", "seats", "metrics"))
        for day in self.schedule():
            used = max(0, round(seats * rng.choice((0.1, 0.5, 0.75, 0.9, 1, 1.1))))
            if kind != "metrics":
                text = rng.choice((None, "-1", "n/a", f"{used}.0")) if self.chance(0.06) else str(used)
                for value in (text, str(used + 1)) if self.chance(0.03) else (text,):
                    self.partitions["saas/namespace_seats"].setdefault(day, []).append(
                        {
                            "namespace_id": namespace_id,
                            "seats_in_use": value,
                            "seats": str(seats),
                            "max_seats_used": "9",
                        }
                    )
            if kind == "seats":
                continue
            paths = [*SHARES, *SCANS, "counts_monthly.ci_internal_pipelines", *rng.sample(self.tracked, 4)]
            paths += ["counts_monthly.successful_deployments", "counts_monthly.failed_deployments"]
            for path in dict.fromkeys(paths):
                if self.chance(0.1) or (path == "license_user_count"):
                    continue
                value = str(self.count(used, path))
                error = rng.choice((None, "Success"))
                if self.chance(0.05):
                    value = rng.choice((None, "-1", "12.0", "1.2e1", "12.7", "text", "NaN", "1_000"))
                if self.chance(0.03):
                    error = "PG::QueryCanceled: statement timeout"
                rows = self.partitions["saas/namespace_metrics"].setdefault(day + timedelta(days=shift), [])
                rows.append(
                    {
                        "namespace_ultimate_parent_id": namespace_id,
                        "ping_name": path,
                        "counter_value": value,
                        "error": error,
                    }
                )
                if self.chance(0.01):
                    rows.append({**rows[-1], "counter_value": "3", "error": None})

    def add_orders(self) -> None:
        """Add orders that link namespaces, with ties and unknown names; move some namespaces (R7.4)."""
        rng = self.rng
        names = [contract.name for contract in self.contracts]
        known = sorted({row["namespace_id"] for row in self.tables.get("saas/namespaces", [])})
        for number, namespace_id in enumerate(known):
            if not self.chance(0.5):
                continue
            same = self.time_text(self.as_of - timedelta(days=60))
            for place in range(rng.choice((1, 1, 2))):
                self.add(
                    "customers_dot/orders",
                    id=9 + 2 * number + place,
                    subscription_name=rng.choice((rng.choice(names), rng.choice(names), "A-S66666666", None)),
                    gl_namespace_id=namespace_id,
                    updated_at=rng.choice((same, same, None)),
                )
        linked = [
            row for row in self.tables["zuora/subscription"] if row["GitLabNamespaceId__c"] not in (None, "999999")
        ]
        for row in rng.sample(linked, len(linked) // 8):
            row["GitLabNamespaceId__c"] = rng.choice((None, rng.choice(linked)["GitLabNamespaceId__c"]))

    # Lines that are not pings (R1)

    def add_bad_lines(self) -> None:
        """Add lines for every quarantine reason, and some that look bad but are not (R1.2)."""
        good = {"uuid": "u-ok", "hostname": "ok.example.com", "version": "16.9.1-ee"}
        for _ in range(2):
            day = self.edge(-3, -10, -1)
            at = self.moment(day)
            late = self.write_moment(datetime.combine(day + timedelta(days=2), time(0, 0)), 1)
            border = self.write_moment(datetime.combine(day + timedelta(days=1), time(23, 59, 59)), 1)
            lines: list[bytes] = [
                b"{",
                b"not json",
                b'{"uuid": "a", "recorded_at": "2025-01-01T00:00:00Z"} trailing',
                b'{"uuid": "bad-\xff\xfe", "recorded_at": "2025-01-01T00:00:00Z"}',
                b"[1, 2]",
                b"null",
                b"12",
                b'"text"',
                b"{}",
                dump({**good, "uuid": None, "recorded_at": at}).encode(),
                dump({**good, "uuid": "  ", "recorded_at": at}).encode(),
                dump({**good, "uuid": 12, "recorded_at": at}).encode(),
                dump({"hostname": "no-uuid", "recorded_at": at}).encode(),
                dump(good).encode(),
                dump({**good, "recorded_at": None}).encode(),
                dump({**good, "recorded_at": 1700000000}).encode(),
                dump({**good, "recorded_at": f"{day}"}).encode(),
                dump({**good, "recorded_at": "yesterday"}).encode(),
                dump({**good, "recorded_at": "2025-02-30T10:00:00Z"}).encode(),
                dump({**good, "recorded_at": late}).encode(),
                dump({**good, "recorded_at": border}).encode(),
                dump({**good, "uuid": "u-nan", "recorded_at": at, "counts": {"issues": Raw("NaN")}}, ",").encode(),
                b"  \t " + dump({**good, "uuid": "u-space", "recorded_at": at}).encode() + b"  ",
            ]
            self.rng.shuffle(lines)
            self.deliveries += [(day, line, False) for line in lines]
            self.deliveries.append((day, b'{"uuid": "broken upload",\n  "recorded_at": }\n', True))

    # Inputs of other systems (R13)

    def add_inputs(self) -> None:
        """Add the scorecard inputs, at the edges of their age (R13)."""
        rng = self.rng
        for crm in self.crm_ids:
            for measure in (
                "csm_sentiment",
                "success_plan",
                "meeting_cadence",
                "persona_engagement",
                "support_tickets",
            ):
                for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
                    day = self.edge(0, 1, -1, -29, -30, -31, -119, -120, -121, -200)
                    colour = rng.choice(("green", "Green", "GREEN", "yellow", "Yellow", "red", "Red", "grey", None))
                    if measure == "csm_sentiment" and self.chance(0.4):
                        colour = rng.choice(("green", "Yellow"))
                    number = rng.choice(("0", "1", "5", "6", "15", "16", "100", None))
                    self.add(
                        "gainsight/scorecard_inputs",
                        account_id=self.some_id(crm),
                        measure=measure,
                        value=number if measure == "support_tickets" else None,
                        color=colour if measure != "support_tickets" else None,
                        updated_at=self.time_text(day),
                    )
        rows = self.tables.get("gainsight/scorecard_inputs", [])
        for row in rng.sample(rows, len(rows) // 20):
            self.tables["gainsight/scorecard_inputs"].append({**row, "color": rng.choice(("green", "red"))})

    def repeat_rows(self) -> None:
        """Repeat some ids, the later row being the one that holds (vocabulary of the rulebook)."""
        rng = self.rng
        for table, column in (
            ("salesforce/account", "Name"),
            ("zuora/rate_plan_charge", "Quantity"),
            ("customers_dot/licenses", "users_count"),
            ("zuora/account", "Name"),
        ):
            rows = self.tables[table]
            for place in rng.sample(range(len(rows)), min(3, len(rows))):
                stale = {**rows[place], column: "31"}
                if table == "salesforce/account":
                    stale["Id"] = crm_id(stale["Id"])
                rows.insert(rng.randrange(place + 1), stale)

    # Writing

    def write(self, root: Path) -> None:
        """Write everything below a landing root, in formats chosen at random (landing contract)."""
        for table, rows in self.tables.items():
            self.write_table(root, table, rows)
        for table, days in self.partitions.items():
            for day, rows in days.items():
                if day > self.as_of + timedelta(days=5):
                    continue
                folder = root / table / f"ping_date={day}"
                cut = self.rng.randrange(len(rows) + 1) if self.chance(0.2) else 0
                for name, part in (("part-0", rows[:cut]), ("part-1", rows[cut:])):
                    if part:
                        self.write_rows(folder, name, part)
        self.write_pings(root)

    def write_table(self, root: Path, table: str, rows: list[dict[str, str | None]]) -> None:
        """Write a table as one file or as a folder of files in the rows' order (landing contract)."""
        if self.chance(0.3) and len(rows) > 3:
            cut = self.rng.randrange(1, len(rows))
            self.write_rows(root / table, "a-first", rows[:cut], rows)
            self.write_rows(root / table, "b-second", rows[cut:], rows)
        else:
            self.write_rows((root / table).parent, (root / table).name, rows, typed=self.chance(0.5))

    def write_rows(
        self,
        folder: Path,
        name: str,
        rows: list[dict[str, str | None]],
        shape: list[dict[str, str | None]] | None = None,
        typed: bool = False,
    ) -> None:
        """Write rows as CSV, zipped CSV or Parquet, column names in some case (landing contract)."""
        folder.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(column for row in shape or rows for column in row))
        shown = [column.lower() for column in columns] if self.chance(0.3) else columns
        kind = self.rng.choice(("csv", "csv", "csv.gz", "parquet"))
        path = folder / f"{name}.{kind}"
        if kind == "parquet":
            types = [TYPED.get(column, "varchar") if typed else "varchar" for column in columns]
            self.write_parquet(path, shown, types, [[row.get(column) for column in columns] for row in rows])
            return
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator=self.rng.choice(("\n", "\r\n")))
        writer.writerow(shown)
        writer.writerows([["" if row.get(column) is None else row[column] for column in columns] for row in rows])
        data = buffer.getvalue().encode()
        path.write_bytes(gzip.compress(data, mtime=0) if kind == "csv.gz" else data)

    def write_parquet(self, path: Path, columns: list[str], types: list[str], rows: list[list[str | None]]) -> None:
        """Write a Parquet file of texts, or with the types that a loader gives (landing contract)."""
        with duckdb.connect() as connection:
            parts = ", ".join(
                f'unnest(?::varchar[])::{kind} as "{column}"' for column, kind in zip(columns, types, strict=True)
            )
            values = [[row[place] for row in rows] for place in range(len(columns))]
            connection.execute(f"create table rows as select {parts}", values)
            connection.execute(f"copy rows to '{path}' (format parquet)")

    def write_pings(self, root: Path) -> None:
        """Write the deliveries as lines in files, with blank lines, BOMs and files of one object (R1.1, R1.2)."""
        rng = self.rng
        by_day: dict[date, list[tuple[bytes, bool]]] = {}
        for received, raw, pretty in self.deliveries:
            if received <= self.as_of + timedelta(days=3):
                by_day.setdefault(received, []).append((raw, pretty))
        for received, items in by_day.items():
            folder = root / "service_ping" / f"received_date={received}"
            folder.mkdir(parents=True, exist_ok=True)
            for place, (raw, pretty) in enumerate(items):
                if pretty:
                    bom = b"\xef\xbb\xbf" if self.chance(0.2) else b""
                    (folder / f"upload-{place}.json").write_bytes(bom + raw)
            lines = [raw for raw, pretty in items if not pretty]
            cut = rng.randrange(len(lines) + 1) if self.chance(0.4) else len(lines)
            for name, part in (("batch-B.ndjson", lines[:cut]), ("batch-a.ndjson.gz", lines[cut:])):
                if not part:
                    continue
                spaced: list[bytes] = []
                for raw in part:
                    spaced += [rng.choice((b"", b"   ", b"\t"))] * self.chance(0.05) + [raw]
                data = (b"\r\n" if self.chance(0.1) else b"\n").join(spaced) + (b"\n" if self.chance(0.8) else b"")
                if self.chance(0.1):
                    data = b"\xef\xbb\xbf" + data
                path = folder / name
                path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


def write(landing: Path, seed: int, accounts: int, months: int) -> date:
    """Write a nasty landing folder and give the as-of date that it is made for (R1 to R13)."""
    world = World(seed, accounts, months)
    world.write(landing)
    return world.as_of


def main() -> None:
    """Write a nasty landing folder from the command line (no rule)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--accounts", type=int, default=40)
    parser.add_argument("--months", type=int, default=6)
    given = parser.parse_args()
    print(write(given.landing, given.seed, given.accounts, given.months))


if __name__ == "__main__":
    main()
