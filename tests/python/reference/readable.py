"""What a value of a landed table says, and whether anybody can read it: R16."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from .values import blank, utc_time

NULL_WORDS = frozenset(("null", "\\n", "#n/a", "n/a", "nan", "none", "nil"))
TRUE_WORDS = frozenset(("true", "t", "yes", "y", "1"))
FALSE_WORDS = frozenset(("false", "f", "no", "n", "0"))
OUT_WORDS = frozenset(("optout", "optedout"))
INSTANCE_TYPES = ("Production", "Non-Production", "Obsolete", "Geo Secondary Node", "Unknown")
COLORS = ("red", "yellow", "green")
DELIVERED = ("csm_sentiment", "success_plan", "support_tickets", "meeting_cadence", "persona_engagement")

# The words that a flag of its own may have beside true and false (R16.4, R8.11).
FLAG_WORDS: dict[str, dict[str, Any]] = {
    "contractoperationalmetrics__c": dict.fromkeys((*OUT_WORDS, "exempt"), False),
    "included_in_health_measures": dict.fromkeys((*OUT_WORDS, "excluded"), False)
    | dict.fromkeys(("included", "includedinhealthscore", "optin"), True),
    "turnoncloudlicensing__c": {"offline": "offline"},
}

# The columns of each table (landing contract), all in lower case.
CONTRACT: dict[str, str] = {
    "saas/namespaces": "namespace_id namespace_name created_at",
    "saas/namespace_metrics": "namespace_ultimate_parent_id ping_name counter_value error",
    "saas/namespace_seats": "namespace_id seats_in_use seats max_seats_used",
    "zuora/account": "id accountnumber name crmid currency status batch deleted",
    "zuora/subscription": "id name originalid previoussubscriptionid accountid version status termstartdate termenddate"
    " subscriptionstartdate subscriptionenddate cancelleddate createddate gitlabnamespaceid__c turnoncloudlicensing__c"
    " contractoperationalmetrics__c deleted",
    "zuora/rate_plan": "id subscriptionid name productrateplanid amendmenttype",
    "zuora/rate_plan_charge": "id rateplanid name chargenumber chargetype uom quantity mrr chargemodel"
    " effectivestartdate effectiveenddate segment version islastsegment",
    "customers_dot/licenses": "id license_file_md5 license_file_sha256 zuora_subscription_id zuora_subscription_name"
    " users_count plan_code starts_at expires_at trial company email updated_at",
    "customers_dot/orders": "id subscription_name gl_namespace_id updated_at",
    "salesforce/account": "id name parentid segment region owner csmname csmpriority customersince masterrecordid"
    " isdeleted",
    "gainsight/instance_info": "crm_acct_id instance_uuid hostname instancetype namespace_id"
    " included_in_health_measures updated_at",
    "gainsight/scorecard_inputs": "account_id measure value color updated_at",
    "operations/license_overrides": "license_hash zuora_subscription_name",
    "operations/exchange_rates": "currency valid_from rate",
    "operations/usage_reports": "report_id reported_at account_id subscription_name instance_uuid month figure"
    " expected_value closed_at",
    "operations/archived_files": "path_pattern",
    "operations/purge_requests": "subject_type subject_id requested_at",
}
DATES = frozenset(("customersince", "starts_at", "expires_at", "valid_from"))
NUMBERS = frozenset(("quantity", "mrr", "version", "csmpriority", "users_count", "rate"))
FLAGS = frozenset(("deleted", "isdeleted", "trial", "islastsegment", *FLAG_WORDS))
COUNTERS = frozenset(("counter_value", "seats_in_use", "seats", "max_seats_used"))
NAMES = frozenset(("owner", "csmname", "company", "plan_code", "namespace_name"))
STAMP = re.compile(
    r"\s*\+?(\d{4,})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?\s*",
    re.ASCII,
)
NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*", re.ASCII)


class Unreadable:
    """The value of a cell that is not blank and that nobody can read (R16.2)."""

    def __repr__(self) -> str:
        """Show it, for the comparator's output (no rule)."""
        return "UNREADABLE"


UNREADABLE = Unreadable()


@dataclass(frozen=True)
class NotMidnight:
    """A date whose time of day was not midnight (R16.5)."""

    day: date


def kind_of(table: str, column: str) -> str:
    """Say what a column of a table is (landing contract, kinds)."""
    if column in COUNTERS:
        return "counter"
    if column in NAMES or (column == "name" and table != "zuora/subscription"):
        return "name"
    if column in FLAGS:
        return "flag"
    if column == "instancetype":
        return "instance type"
    if table == "gainsight/scorecard_inputs" and column in ("measure", "color"):
        return column
    if column in DATES or (column.endswith("date") and column != "createddate"):
        return "date"
    if column.endswith("_at") or column == "createddate":
        return "time"
    if column == "expected_value":
        return "figure"
    if column in NUMBERS or (table == "zuora/rate_plan_charge" and column == "segment"):
        return "number"
    return "text"


def is_null_word(kind: str, text: str) -> bool:
    """Tell whether a text of a CSV file is one of the words that mean a blank (R16.1)."""
    return kind not in ("name", "counter") and text.strip().lower() in NULL_WORDS


def read_date(text: str, zone: ZoneInfo) -> date | NotMidnight | Unreadable:
    """Read a date, alone or before a time, which is first taken to the zone of the source (R16.5).

    A year beyond 9999 is the last day there is (landing contract).
    """
    match = STAMP.fullmatch(text)
    if not match:
        return UNREADABLE
    if int(match.group(1)) > date.max.year:
        return date.max
    if match.group(4) is None:
        try:
            return date(*(int(part) for part in match.groups()[:3]))
        except ValueError:
            return UNREADABLE
    moment = utc_time(match)
    if moment is None:
        return UNREADABLE
    if match.group(8):
        moment = moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return moment.date() if moment.time() == time.min else NotMidnight(moment.date())


def read_time(text: str) -> datetime | Unreadable:
    """Read a time in UTC; a date alone is its midnight (R16.5)."""
    match = STAMP.fullmatch(text)
    if not match:
        return UNREADABLE
    if int(match.group(1)) > date.max.year:
        return datetime.max  # noqa: DTZ901 (times are UTC without zone)
    if match.group(4) is None:
        day = read_date(text, ZoneInfo("UTC"))
        return datetime.combine(day, time.min) if isinstance(day, date) else UNREADABLE
    return utc_time(match) or UNREADABLE


def read_number(text: str) -> Fraction | Unreadable:
    """Read a decimal exactly (R16.2)."""
    return Fraction(text.strip()) if NUMBER.fullmatch(text) else UNREADABLE


def expected_number(text: str | None) -> tuple[Fraction, int] | None:
    """Read what a report expects: the number, and its decimals; `80%` is 0.8 (R22.3)."""
    match = re.fullmatch(r"\s*([+-]?\d+(?:\.(\d+))?)(?:[eE]([+-]?\d+))?\s*(%?)\s*", text or "", re.ASCII)
    if not match:
        return None
    number, power = Fraction(match.group(1)), int(match.group(3) or 0)
    shift = 2 if match.group(4) else 0
    return number * Fraction(10) ** (power - shift), max(0, len(match.group(2) or "") - power + shift)


def is_expectation(text: str) -> bool:
    """Tell whether some figure may be expected to be that: a number, a percentage, a word of R12.4 (R22.3)."""
    return expected_number(text) is not None or text.strip().lower() in (*COLORS, "insufficient data", "no data")


def read_flag(column: str, text: str) -> Any:
    """Read a flag by its letters and digits alone; `Offline` is a value of its own (R16.4, R8.11)."""
    word = re.sub(r"[^a-z0-9]", "", text.lower())
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    return FLAG_WORDS.get(column, {}).get(word, UNREADABLE)


def read_choice(kind: str, column: str, text: str) -> Any:
    """Read a word that is one of a few: an instance type, a measure, a colour (R16.2, R16.6, R6.1, R13)."""
    word = text.strip().lower()
    if kind == "instance type":
        return next((name for name in INSTANCE_TYPES if name.lower() == word), UNREADABLE)
    if kind == "measure":
        word = word.replace(" ", "_").replace("-", "_")
        return word if word in DELIVERED else UNREADABLE
    return word.capitalize() if word in COLORS else UNREADABLE


def read_cell(kind: str, column: str, text: str | None, zone: ZoneInfo) -> Any:
    """Read a cell as what its column is: a value, None for a blank, NotMidnight or UNREADABLE (R16)."""
    if blank(text):
        return None
    if kind == "date":
        return read_date(text, zone)
    if kind == "time":
        return read_time(text)
    if kind == "number":
        value = read_number(text)
        return UNREADABLE if column == "rate" and not (isinstance(value, Fraction) and value > 0) else value
    if kind == "figure":
        return text if is_expectation(text) else UNREADABLE
    if kind == "flag":
        return read_flag(column, text)
    if kind in ("instance type", "measure", "color"):
        return read_choice(kind, column, text)
    return text


def known(value: Any) -> Any:
    """Give a value, where an unreadable one acts as a blank (R16.2)."""
    return None if value is UNREADABLE else value


def shape(text: str) -> str:
    """Give the shape of a value: digits as 9, letters as a, 40 characters at most (R16.2)."""
    return "".join("9" if char.isdigit() else "a" if char.isalpha() else char for char in text)[:40]
