"""Payloads: versions at the edge of gates, values of every kind, times in every form."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from .licences import Licences
from .words import MONTHLY, SCANS, SHARES, UNKNOWN_VERSIONS, VERSIONS, Contract, Raw, Server, put


class Payloads(Licences):
    """Makes payloads (R3 to R5, landing contract)."""

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
        payload["historical_max_users"] = rng.choice(
            (billable, billable + 3, seats + 50, Raw("9223372036854775807") if self.chance(0.1) else 0, "007")
        )
        if not self.chance(0.2):
            payload["license_starts_at"] = self.rng.choice(
                (f"{self.edge(-30, -300, 0)}", f"{self.edge(0, 1)}T00:00:00Z", "2022-01-01", "soon", None)
            )
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
