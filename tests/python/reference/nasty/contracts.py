"""Subscriptions with their versions, rate plans and charges."""

from __future__ import annotations

from datetime import date, timedelta

from ..values import add_months
from .base import Base
from .words import (
    ADD_ONS,
    AMBIGUOUS_PLANS,
    CLOUD_FLAGS,
    DEDICATED_PLANS,
    EXEMPT_FLAGS,
    OTHER_UNITS,
    PENDING,
    SAAS_PLANS,
    SEAT_UNITS,
    SELF_MANAGED_PLANS,
    TRUE_FLAGS,
    Contract,
)


class Contracts(Base):
    """Writes the subscriptions (R8)."""

    def term(self, start: date) -> tuple[date | None, date | None]:
        """Choose a term, often with an edge at a day that rows speak for (R9.7)."""
        return self.rng.choice(
            (
                (start, add_months(start, 12)),
                *((add_months(self.first, 1), add_months(self.as_of, 9)), (start, add_months(self.as_of, 4))) * 3,
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
        exempt = rng.choice(EXEMPT_FLAGS) if self.chance(0.08) else rng.choice(("Yes", None, "true"))
        numbers = rng.choice(([1], [1, 2], [1, 3], [2, 9, 10], [8, 9, 10, 11]))
        rows: list[tuple[int, str, str]] = [(number, "Expired", "False") for number in numbers[:-1]]
        rows.append((numbers[-1], status, self.flag(False)))
        if self.chance(0.06):
            rows.append((numbers[-1], status, "False"))
        if self.chance(0.3):
            rows.append((numbers[-1] + rng.choice((1, 2, 95)), rng.choice(PENDING), "False"))
        if self.chance(0.15):
            rows.append((numbers[-1] + 1, "Active", self.flag(True)))
        if self.chance(0.03):
            rows = [(1, rng.choice(PENDING), "False")]
        term_start, term_end = self.term(start)
        in_old_only = self.chance(0.05)
        in_draft_only = self.chance(0.02)
        ids = sorted(self.hex(32) for _ in rows)
        for place, (number, row_status, deleted) in enumerate(rows):
            identity = ids[place]
            contract.version_ids.append(identity)
            is_current = row_status == status and deleted not in TRUE_FLAGS
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
                TurnOnCloudLicensing__c=rng.choice((*CLOUD_FLAGS, "maybe"))
                if self.chance(0.3)
                else rng.choice(CLOUD_FLAGS),
                ContractOperationalMetrics__c=exempt if is_current else rng.choice(("No", None)),
                Deleted=deleted,
            )
            pending = row_status in PENDING or deleted in TRUE_FLAGS
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
                name = rng.choice(AMBIGUOUS_PLANS) if self.chance(0.05) else rng.choice(plans)
                self.add_plan(version, name, seats, start)
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
        unit = rng.choice(SEAT_UNITS) if self.chance(0.7) else rng.choice(OTHER_UNITS)
        for place, (first, last, quantity) in enumerate(segments):
            text: str | None = rng.choice((f"{quantity}", f"{quantity}.0")) if quantity is not None else None
            if self.chance(0.03):
                text = None
            elif self.chance(0.04):
                text = rng.choice(("0", "0.0"))
            elif self.chance(0.03):
                text = f"{seats}.5"
            price = None if self.chance(0.02) else rng.choice(("0", "100.25", "1999.99", "12.5"))
            self.add_charge(plan, "Recurring", text, price, first, last, place, unit)
        if self.chance(0.15):
            self.add_charge(
                plan, rng.choice(("OneTime", "Usage")), rng.choice(("77", None)), "50", start, None, 8, unit
            )
        if self.chance(0.15):
            self.add_charge(plan, "Recurring", "1", "500", start, None, 9, rng.choice(OTHER_UNITS))
        if self.chance(0.15):
            amount = rng.choice((None, "-100.5", "0"))
            model = rng.choice(("Discount-Percentage", "discount-Fixed Amount", "DISCOUNT"))
            quantity = rng.choice((None, "1"))
            last = rng.choice((None, cut))
            self.add_charge(plan, "Recurring", quantity, amount, start, last, 10, rng.choice((None, "Seat")), model)

    def add_charge(
        self,
        plan: str,
        kind: str,
        quantity: str | None,
        mrr: str | None,
        first: date,
        last: date | None,
        place: int,
        unit: str | None,
        model: str | None = "Per Unit Pricing",
    ) -> None:
        """Add a charge segment (R8.4)."""
        self.add(
            "zuora/rate_plan_charge",
            Id=self.hex(32),
            RatePlanId=plan,
            Name="Seats",
            ChargeNumber=f"C-{place}",
            ChargeType=kind,
            UOM=unit,
            Quantity=quantity,
            MRR=mrr,
            ChargeModel=model,
            EffectiveStartDate=self.date_text(first),
            EffectiveEndDate=self.date_text(last),
            Segment=place + 1,
            Version=1,
            IsLastSegment=None,
        )
