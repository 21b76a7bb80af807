"""The CRM accounts, how their ids resolve and which families they form: R8.8, R19.1."""

from __future__ import annotations

from dataclasses import dataclass, field

from .landing import Landing, last_of_each
from .values import Row, blank, crm_id


@dataclass
class Accounts:
    """The CRM accounts and how their ids resolve (R8.8)."""

    rows: dict[str, Row] = field(default_factory=dict)

    def resolve(self, text: str | None) -> str | None:
        """Give the surviving record of an id over any number of merges, or none (R8.8)."""
        current = crm_id(text)
        seen: set[str] = set()
        while current in self.rows:
            if current in seen:
                return None
            seen.add(current)
            master = crm_id(self.rows[current].get("masterrecordid"))
            if master is None or master not in self.rows:
                return None if self.rows[current].get("isdeleted") is True else current
            current = master
        return None

    def survivors(self) -> dict[str, Row]:
        """List the records that stand for themselves (R8.8)."""
        return {key: row for key, row in self.rows.items() if self.resolve(key) == key}

    def parent(self, account_id: str) -> str | None:
        """Give the next living account up; a step to itself is no step (R19.1)."""
        above = self.resolve(self.rows[account_id].get("parentid"))
        return None if above == account_id else above

    def chain(self, account_id: str) -> tuple[list[str], bool]:
        """Give the accounts from one up to its family, and whether it is a member of a ring (R19.1)."""
        if self.in_ring(account_id):
            return [account_id], True
        way = [account_id]
        while (above := self.parent(way[-1])) is not None:
            way.append(above)
            if self.in_ring(above):
                break
        return way, False

    def in_ring(self, account_id: str) -> bool:
        """Tell whether an account is above itself (R19.1)."""
        seen: set[str] = set()
        current = self.parent(account_id)
        while current is not None and current not in seen:
            if current == account_id:
                return True
            seen.add(current)
            current = self.parent(current)
        return False


def read_accounts(landing: Landing) -> Accounts:
    """Read the CRM accounts, 15- and 18-character ids of one record being one (R8.8)."""
    rows = last_of_each(landing.table("salesforce/account"), lambda row: crm_id(row.get("id")))
    return Accounts({crm_id(row["id"]): row for row in rows if not blank(row.get("id"))})
