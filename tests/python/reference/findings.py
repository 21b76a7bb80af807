"""What a person should look at in the inputs, as far as rules name it: R1.6, R2.3, R6.2, R8.3, R16, R19.1."""

from __future__ import annotations

import itertools
from datetime import timedelta

from .instances import Instance
from .landing import Landing
from .products import Catalogue
from .subscriptions import Contracts
from .values import Open, Row, blank, crm_id

LATE_DAYS = timedelta(days=90)


def instance_findings(instances: dict[str, Instance], account_of: dict[str, str | None]) -> list[Row]:
    """List instances with pings that came late and those whose release went back (R1.6, R2.3)."""
    rows: list[Row] = []
    for instance in instances.values():
        pings = instance.pings
        late = [ping for ping in pings if ping.line.received - ping.recorded_at.date() > LATE_DAYS]
        pairs = itertools.pairwise(pings)
        went_back = any(later.release < ping.release for ping, later in pairs if ping.release and later.release)
        # Whether a ping of unknown release stands between two that are known is nothing a rule decides.
        releases = [ping.release for ping in pings if ping.release]
        may_have = any(later < earlier for earlier, later in itertools.pairwise(releases))
        for finding, applies, is_open in (
            ("late_ping", bool(late), False),
            ("release_went_back", went_back, may_have and not went_back),
        ):
            if applies or is_open:
                rows.append(
                    {
                        "finding": finding,
                        "subject_type": "instance",
                        "subject_id": instance.instance_id,
                        "account_id": account_of[instance.instance_id],
                        "detail": Open(),
                        "is_optional": is_open,
                    }
                )
    return rows


def account_findings(landing: Landing, contracts: Contracts) -> list[Row]:
    """List the scorecard inputs and labels whose account is unknown (R16.6)."""
    wanted = [row.get("account_id") for row in landing.table("gainsight/scorecard_inputs")]
    wanted += [row.get("crm_acct_id") for row in landing.table("gainsight/instance_info")]
    return [
        {
            "finding": "input_without_account",
            "subject_type": Open(),
            "subject_id": Open(),
            "account_id": None,
            "about": {text, crm_id(text)},
            "detail": Open(),
        }
        for text in dict.fromkeys(wanted)
        if not blank(text) and contracts.accounts.resolve(text) is None
    ]


def plan_findings(landing: Landing, catalogue: Catalogue) -> list[Row]:
    """List the rate plan names that rows of the catalogue disagree on (R8.3)."""
    names = dict.fromkeys(row.get("name") for row in landing.table("zuora/rate_plan"))
    return [
        {
            "finding": "ambiguous_rate_plan",
            "subject_type": Open(),
            "subject_id": Open(),
            "account_id": Open(),
            "about": {name},
            "detail": Open(),
        }
        for name in names
        if catalogue.plan(name).is_ambiguous
    ]
