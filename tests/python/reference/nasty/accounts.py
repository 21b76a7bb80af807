"""CRM and billing accounts: merges, rings, ages of every edge."""

from __future__ import annotations

import string
from datetime import date, timedelta

from ..values import add_months, crm_id
from .contracts import Contracts


class Accounts(Contracts):
    """Writes the accounts (R8.8, R11.6, R19.1)."""

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
            Name=rng.choice(
                (f"Firm {number}", f'Firm "{number}", Ltd.', f"Größe {number} 株式会社", "#1", "None", "NIL")
            ),
            ParentId=self.some_id(parent) if parent and parent != crm else None,
            Segment=rng.choice(("SMB", "Large", None)),
            Region=rng.choice(("EMEA", "AMER", None)),
            Owner="Owner",
            CsmName=rng.choice(("Ann", "Bo", "N/A", None)),
            CsmPriority=rng.choice(("1", "2", "3", None)),
            CustomerSince=self.date_text(self.customer_since()),
            MasterRecordId=None,
            IsDeleted=self.flag(False),
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
                    IsDeleted=self.flag(True),
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
                Currency=rng.choice((*("USD",) * 6, "usd", " EUR ", "EUR", "XXX", None)),
                Status=rng.choice(("Active", "Active", "Canceled")),
                Batch="Batch20" if self.chance(0.03) else rng.choice(("Batch1", "Batch2", None)),
                Deleted=self.flag(self.chance(0.02)),
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
        self.add_parent_rings()

    def add_parent_rings(self) -> None:
        """Let parents form rings, with accounts below them, and name themselves or nobody (R19.1)."""
        rng = self.rng
        rows = [row for row in self.tables["salesforce/account"] if crm_id(row["Id"]) in self.crm_ids]
        free = rng.sample(rows, len(rows))
        for length in (1, 2, 3):
            ring, free = free[:length], free[length:]
            if len(ring) == length and len(free) > 3:
                for row, above in zip(ring, [*ring[1:], ring[0]], strict=True):
                    row["ParentId"] = above["Id"]
                free[0]["ParentId"] = ring[0]["Id"]
                free = free[1:]
        for row in free[:1]:
            row["ParentId"] = self.new_crm()
