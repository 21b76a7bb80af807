"""What SaaS namespaces export, and how they are linked."""

from __future__ import annotations

from datetime import timedelta

from .usage import Usage
from .words import OUT_FLAGS, SCANS, SHARES, Contract


class Namespaces(Usage):
    """Writes the exports of namespaces and the orders that link them (R5.6, R7.4, R9.1)."""

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
                included_in_health_measures=rng.choice((*OUT_FLAGS, None)),
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
                            "max_seats_used": rng.choice(("9", f"{used + 4}", f"{seats + 30}", "-1", None)),
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
