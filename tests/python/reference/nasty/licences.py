"""Licences that share hashes, and overrides of them."""

from __future__ import annotations

from datetime import date, timedelta

from ..values import add_months
from .accounts import Accounts
from .words import Contract


class Licences(Accounts):
    """Writes the licences (R7.1, R7.2, R8.6)."""

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
            trial=self.flag(self.chance(0.2)),
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
