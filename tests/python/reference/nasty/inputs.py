"""Lines that are no pings, and what other systems deliver."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from ..values import crm_id
from .namespaces import Namespaces
from .words import Raw, dump


class Inputs(Namespaces):
    """Writes bad lines, scorecard inputs and exchange rates (R1.2, R13, R17.1)."""

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
                dump({**good, "recorded_at": "1970-01-01T00:00:07Z"}).encode(),
                dump({**good, "recorded_at": "2015-12-31T23:59:59Z"}).encode(),
                dump({**good, "recorded_at": "2016-01-01T01:00:00+02:00"}).encode(),
                dump({**good, "recorded_at": "2025-02-30T10:00:00Z"}).encode(),
                dump({**good, "recorded_at": late}).encode(),
                dump({**good, "recorded_at": border}).encode(),
                dump({**good, "uuid": "u-nan", "recorded_at": at, "counts": {"issues": Raw("NaN")}}, ",").encode(),
                b"  \t " + dump({**good, "uuid": "u-space", "recorded_at": at}).encode() + b"  ",
            ]
            self.rng.shuffle(lines)
            self.deliveries += [(day, line, False) for line in lines]
            self.deliveries.append((day, b'{"uuid": "broken upload",\n  "recorded_at": }\n', True))

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
                    colour = rng.choice(("green", "Green", "GREEN", "yellow", "Yellow", "red", "Red", None))
                    if measure == "csm_sentiment" and self.chance(0.4):
                        colour = rng.choice(("green", "Yellow"))
                    number = rng.choice(("0", "1", "5", "6", "15", "16", "100", None))
                    self.add(
                        "gainsight/scorecard_inputs",
                        account_id=self.some_id(crm),
                        measure=self.spell(measure),
                        value=number if measure == "support_tickets" else None,
                        color=colour if measure != "support_tickets" else None,
                        updated_at=self.time_text(day),
                    )
        for crm in (self.new_crm(), self.crm_ids[0][:10]):
            self.add(
                "gainsight/scorecard_inputs",
                account_id=crm,
                measure="csm_sentiment",
                value=None,
                color="Red",
                updated_at=self.time_text(self.edge()),
            )
        rows = self.tables.get("gainsight/scorecard_inputs", [])
        for row in rng.sample(rows, len(rows) // 20):
            self.tables["gainsight/scorecard_inputs"].append({**row, "color": rng.choice(("green", "red"))})

    def spell(self, measure: str) -> str:
        """Write a measure as its code or as its label (R16.6)."""
        words = measure.replace("_", " ")
        return self.rng.choice((measure, measure, measure.upper(), words.title(), words.replace(" ", "-")))

    def add_rates(self) -> None:
        """Add exchange rates: of the past, the future, twice on one day, and such as nobody can read (R17.1)."""
        rng = self.rng
        for code in ("USD", "usd", "EUR", " eur ", "GBP", "BLA", None):
            for since in rng.sample([date(2020, 1, 1), self.edge(), self.edge(), self.as_of + timedelta(days=3)], 3):
                rate = rng.choice(("1.25", "0.8", "0.333333", "1", "1.1e0"))
                if self.chance(0.15):
                    rate = rng.choice(("0", "-1.5", "one", "1,25", "Infinity"))
                self.add("operations/exchange_rates", currency=code, valid_from=self.date_text(since), rate=rate)
                if self.chance(0.2):
                    self.add("operations/exchange_rates", currency=code, valid_from=f"{since}", rate="2")

    def add_reports(self) -> None:
        """Add reports of wrong figures, of all and nothing, some expecting what nobody meets or can read (R22)."""
        rng = self.rng
        uuids = [row["instance_uuid"] for row in self.tables["gainsight/instance_info"] if row.get("instance_uuid")]
        figures = ("billable_user_count", "licenses_sold", "license_utilization", "arr", "arr_reporting")
        figures = (*figures, *figures, "health_score", "health_color", "License Utilization", "active_user_count", None)
        expected = ("0", "1", "10", "0.5", "50%", "100 %", "0.1", "1e1", "25", "87.5", "Green", "red", "No data")
        for number in range(120):
            names = {"account_id": None, "subscription_name": None, "instance_uuid": None}
            for name in rng.sample(sorted(names), rng.choice((0, 1, 1, 1, 1, 2, 3))):
                if name == "account_id":
                    names[name] = self.some_id(rng.choice((*self.crm_ids, self.new_crm())))
                elif name == "subscription_name":
                    names[name] = rng.choice((*(item.name for item in self.contracts), "A-S99999999"))
                elif uuids:
                    names[name] = rng.choice((rng.choice(uuids), rng.choice(uuids).upper(), "no-uuid"))
            month = rng.choice((None, f"{self.day():%Y-%m}", f"{self.edge():%Y-%m}", f"{self.edge()}"))
            at = rng.choice((self.edge(0, -1, -40), self.as_of, self.as_of + timedelta(days=1)))
            self.add(
                "operations/usage_reports",
                report_id=rng.choice((f"R-{number}", f"R-{number}", f"R-{number // 2}", None)),
                reported_at=rng.choice((f"{at}", self.time_text(at), self.time_text(at), "last week", None)),
                **names,
                month=month,
                figure=rng.choice(figures),
                expected_value=rng.choice((*expected, None, "1,250", "lots")),
                closed_at=rng.choice((None, None, self.time_text(at), self.time_text(self.as_of + timedelta(days=2)))),
            )

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
