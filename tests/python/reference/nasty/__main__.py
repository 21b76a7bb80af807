"""Writes a nasty landing folder from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import __doc__ as description
from . import write


def main() -> None:
    """Write a nasty landing folder from the command line (no rule)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--accounts", type=int, default=40)
    parser.add_argument("--months", type=int, default=6)
    given = parser.parse_args()
    print(write(given.landing, given.seed, given.accounts, given.months))


if __name__ == "__main__":
    main()
