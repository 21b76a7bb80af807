"""Writes random but repeatable landing folders that hit the edges of every rule on purpose.

python -m tests.python.reference.nasty --landing DIR --seed N [--accounts 40] [--months 6]
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from .base import options_of, told_in
from .writing import Writing

__all__ = ["options_of", "told_in", "write"]


class World(Writing):
    """Everything that a landing folder will hold."""

    def __init__(self, seed: int, accounts: int, months: int) -> None:
        """Fill every table (R1 to R19)."""
        super().__init__(seed, months)
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
        self.add_rates()
        self.repeat_rows()
        self.add_reports()


def write(landing: Path, seed: int, accounts: int, months: int) -> date:
    """Write a nasty landing folder and give the as-of date that it is made for (R1 to R19)."""
    world = World(seed, accounts, months)
    world.write(landing)
    return world.as_of
