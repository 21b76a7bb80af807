"""The cast of the demo: which invented customer teaches which rule.

Everything here is data. `world.py`, `payloads.py` and `landing.py` turn it into the files of a landing folder. Days
count backwards from the as-of date (30 is thirty days earlier, -30 thirty days later), so that a story means the same
on every as-of date.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

SM_ULTIMATE = "Self-Managed - Ultimate - 1 Year"
SM_PREMIUM = "Self-Managed - Premium - 1 Year"
SAAS_ULTIMATE = "SaaS - Ultimate - 1 Year"
SAAS_PREMIUM = "SaaS - Premium - 1 Year"
DEDICATED = "Dedicated - Ultimate - 1 Year"

GITLAB_COM_UUID = "ea8bf810-1d6f-4a6a-b4fd-93e8cbd8b57f"


@dataclass(frozen=True)
class Profile:
    """How a customer works, as shares of its billable users; None leaves the metric out of the payload."""

    active: float | None
    repository: float | None
    builds: float | None
    deployers: float | None
    deployments: float | None
    success: float | None
    scanner_users: float | None
    scans_per_pipeline: float
    scanner_types: int
    pipelines: float | None = 5.0


# The scorecard's bands, walked from far red to far green. With 200 billable users every edge is a whole number.
RED = Profile(0.20, 0.04, 0.5, 0.02, 0.5, 0.10, 0.01, 0.02, 0)
RED_EDGE = Profile(0.495, 0.10, 2, 0.045, 1.995, 0.24, 0.05, 0.099, 1)
YELLOW_LOW = Profile(0.50, 0.105, 2.005, 0.05, 2, 0.25, 0.055, 0.10, 2)
YELLOW_HIGH = Profile(0.795, 0.33, 40, 0.12, 7, 0.80, 0.195, 0.50, 2)
GREEN_EDGE = Profile(0.80, 0.335, 40.005, 0.125, 7.005, 0.801, 0.20, 0.501, 3)
GREEN = Profile(0.93, 0.62, 85, 0.30, 14, 0.94, 0.45, 1.4, 5)
MIXED = Profile(0.72, 0.41, 22, 0.03, 3.5, 0.88, 0.11, 0.35, 4)
NEVER_DEPLOYS = replace(MIXED, deployments=0, pipelines=0, deployers=0)
SILENT_COUNTERS = Profile(None, None, None, None, None, None, None, 0.2, 2, None)


@dataclass(frozen=True)
class Segment:
    """A stretch of a charge with its own quantity; the end is exclusive, None runs to the end of the term."""

    quantity: int | None
    starts: int | None = None
    ends: int | None = None


@dataclass(frozen=True)
class Plan:
    """A further rate plan on a subscription: an add-on, a service, or seats of another kind."""

    name: str
    quantity: int | None = 1
    price: int = 100
    charge_type: str = "Recurring"


@dataclass(frozen=True)
class Sub:
    """A subscription lineage. `starts` None means: on the day the customer joined.

    `later_versions` are the statuses of versions after the current one, `Deleted` standing for a deleted one.
    """

    seats: int | tuple[Segment, ...] | None
    plan: str = SM_PREMIUM
    key: str = "main"
    starts: int | None = None
    ends: int | None = None
    cancelled: int | None = None
    extras: tuple[Plan, ...] = ()
    later_versions: tuple[str, ...] = ()
    only_status: str | None = None
    currency: str = "USD"
    batch: str = "Batch1"
    exempt: bool = False
    is_offline: bool = False
    namespace: str | None = None
    provisioned: int | None = None


@dataclass(frozen=True)
class Label:
    """One row of the instance labels; `age` None leaves `updated_at` blank."""

    kind: str
    opt_out: bool = False
    by_host: bool = True
    age: int | None = 120


PRODUCTION = (Label("Production"),)


@dataclass(frozen=True)
class Server:
    """A self-managed or Dedicated instance, and how it reports.

    `licence` says how its usage finds a subscription: `hash` (the licence is known), `id` and `name` (only the
    payload names the subscription), `override`, or one of the ways to fail: `unknown`, `orphan`, `lost`, `none`.
    """

    users: int
    profile: Profile = MIXED
    host: str = "gitlab"
    sub: str = "main"
    labels: tuple[Label, ...] = PRODUCTION
    uuid_of: str | None = None
    licence: str = "hash"
    release: str | None = None
    behind: int = 1
    version_text: str | None = None
    suffix: str = "-ee"
    first: int | None = None
    last: int | None = None
    growth: float = 0.18
    peak: tuple[int, int, int] | None = None
    earlier: tuple[tuple[int, Profile], ...] = ()
    raw: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ("standard", "subscription", "operational", "optional")
    dedicated: bool = False
    offline: bool = False
    reported: int | None = None
    moves: tuple[int, str] | None = None
    edition: str | None = None


@dataclass(frozen=True)
class Namespace:
    """A top-level namespace on GitLab.com; `link` is how it finds its subscription."""

    users: int
    profile: Profile = MIXED
    key: str = "main"
    link: str = "subscription"
    sub: str = "main"
    opt_out: bool = False


@dataclass(frozen=True)
class Signal:
    """One measure of another system: the latest value, `age` days old, and the values of the months before."""

    measure: str
    latest: str | int
    age: int = 10
    before: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Report:
    """A figure that a reader takes for wrong; it is about the account unless `subject` says otherwise.

    `subject` is `account`, `subscription` (the first one), `instance` (the last one) or `nobody`, a subscription that
    there is not. `months` counts months back from the as-of date, None leaves the month blank.
    """

    figure: str
    expected: str
    subject: str = "account"
    age: int = 20
    closed: int | None = None
    months: int | None = None


@dataclass(frozen=True)
class Story:
    """A customer, and the rule it is there to show."""

    name: str
    teaches: str
    subs: tuple[Sub, ...] = ()
    servers: tuple[Server, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    months: int | None = 30
    days: int = 0
    signals: tuple[Signal, ...] = ()
    reports: tuple[Report, ...] = ()
    parent: str | None = None
    merged_from: tuple[str, ...] = ()
    crm: str = "account"
    twin_of: str | None = None


def chance(*purpose: object) -> random.Random:
    """Return random numbers that depend on their purpose alone, never on what was drawn before."""
    return random.Random("|".join(map(str, purpose)))  # noqa: S311  invented figures keep no secret


def signals(
    color: str, tickets: int | None = 3, sentiment: str | None = None, sentiment_age: int = 20
) -> tuple[Signal, ...]:
    """Return a full set of inputs of one colour, with half a year of history; the CSM's sentiment may differ."""
    history = (color,) * 5
    rows = [
        Signal(measure, color, 12, history) for measure in ("success_plan", "meeting_cadence", "persona_engagement")
    ]
    rows.append(Signal("csm_sentiment", sentiment or color, sentiment_age, history))
    if tickets is not None:
        rows.append(Signal("support_tickets", tickets, 9, (2, 4, 1, 7)))
    return tuple(rows)


UNLABELLED: tuple[Label, ...] = ()
STANDARD_ONLY = ("standard",)
NO_SUBSCRIPTION_DATA = ("standard", "operational")

STORIES: tuple[Story, ...] = (
    # --- everything in view -------------------------------------------------------------------------------------
    Story(
        "Northlight Optics",
        "the model customer: every use case green, every input green",
        (Sub(200, SM_ULTIMATE),),
        (Server(180, GREEN),),
        months=40,
        signals=signals("Green"),
        reports=(Report("licenses_sold", "210", months=1), Report("health_color", "Green", age=9, closed=2)),
    ),
    Story(
        "Harbor & Pine Insurance",
        "Premium only: DevSecOps is out of reach (tier); its CRM id differs from the model customer's in case alone",
        (Sub(250, SM_PREMIUM, currency="EUR"),),
        (Server(200, GREEN_EDGE),),
        signals=signals("Yellow", 10),
        twin_of="Northlight Optics",
    ),
    # --- why is it missing: each status at least twice -------------------------------------------------------------
    Story(
        "Quillmark Press",
        "exempt by contract and silent: not_sharing_by_contract",
        (Sub(80, SM_PREMIUM, exempt=True),),
    ),
    Story(
        "Basalt Defence Systems",
        "two exempt subscriptions, both silent; sentiment alone is too little for a colour",
        (Sub(900, SM_ULTIMATE, exempt=True), Sub(300, SM_PREMIUM, "lab", exempt=True)),
        signals=(Signal("csm_sentiment", "Green", 15),),
    ),
    Story(
        "Tidewater Grocers",
        "only SaaS sold, and the namespace is linked to nothing: namespace_not_linked",
        (Sub(150, SAAS_PREMIUM),),
        namespaces=(Namespace(120, link="none"),),
    ),
    Story(
        "Lumen Kayak Rentals",
        "its namespace's order names a subscription nobody knows: namespace_not_linked",
        (Sub(40, SAAS_ULTIMATE),),
        namespaces=(Namespace(33, link="lost"),),
        signals=signals("Yellow", 0),
    ),
    Story(
        "Cobalt Rail",
        "licence not in CustomersDot, the label names the account: usage_not_mapped (license_unknown)",
        (Sub(400, SM_PREMIUM),),
        (Server(310, licence="unknown"),),
    ),
    Story(
        "Fernhollow Seeds",
        "Community Edition without a licence, labelled: usage_not_mapped (no_license)",
        (Sub(60, SM_PREMIUM),),
        (Server(48, licence="none", edition="CE", suffix=""),),
        parent="Fernhollow Seeds",
    ),
    Story(
        "Orchard Telecom",
        "sold, never heard of: no_ping_received, nothing to score at all",
        (Sub(1200, SM_ULTIMATE, currency="JPY"),),
        parent="Silver Birch Holdings",
        reports=(Report("billable_user_count", "1100"),),
    ),
    Story(
        "Vantage Shipyards",
        "never pinged, only a CSM sentiment: insufficient data",
        (Sub(220, SM_PREMIUM),),
        signals=(Signal("csm_sentiment", "Yellow", 30, ("Green", "Green")),),
    ),
    Story(
        "Meridian Tool Works",
        "offline and silent for 75 days: stopped_reporting, health stale",
        (Sub(200, SM_ULTIMATE, is_offline=True),),
        (Server(190, GREEN, last=75),),
        signals=signals("Green", 20),
    ),
    Story(
        "Saltmarsh Energy",
        "latest ping 61 days old, one day too many: stopped_reporting",
        (Sub(200, SM_PREMIUM),),
        (Server(150, last=61),),
    ),
    Story(
        "Copperline Freight",
        "latest ping exactly 60 days old: still counts",
        (Sub(200, "Premium - 1 Year"),),
        (Server(150, last=60),),
    ),
    Story(
        "Ivory Gate Hotels",
        "labelled 'Prod', which is no type: Unknown, and probably Production",
        (Sub(200, SM_PREMIUM),),
        (Server(160, labels=(Label("Prod"),)),),
    ),
    Story(
        "Redwood Motors",
        "a test server and a Geo secondary, but no production: no_production_instance",
        (Sub(500, SM_ULTIMATE),),
        (
            Server(60, host="gitlab-test", labels=(Label("Non-Production"),)),
            Server(410, host="gitlab-geo", labels=(Label("Geo Secondary Node"),)),
        ),
    ),
    Story(
        "Larkspur Health",
        "its only instance opted out: in trends, not in health",
        (Sub(200, SM_PREMIUM),),
        (Server(175, labels=(Label("Production", opt_out=True),)),),
    ),
    Story(
        "Stonebridge Bank",
        "opted out by a label without a hostname",
        (Sub(800, SM_ULTIMATE, currency="GBP"),),
        (Server(700, GREEN, labels=(Label(" production ", opt_out=True, by_host=False),)),),
        signals=signals("Green", 6),
    ),
    Story(
        "Old Mill Brewing",
        "on 13.12: release_before_billable_users",
        (Sub(30, "Starter - 3 Year", currency="EUR"),),
        (Server(24, release="13.12"),),
        months=60,
    ),
    Story(
        "Kestrel Mapping",
        "on 13.9 and never upgrading: release_before_billable_users",
        (Sub(70, "GitLab Enterprise Edition - 1 Year"),),
        (Server(66, release="13.9"),),
        months=52,
    ),
    Story(
        "Amberline Media",
        "billable users come as -1: billable_users_unavailable (collection_failed)",
        (Sub(200, SM_PREMIUM),),
        (Server(150, raw=(("license_billable_users", "-1"), ("active_user_count", "-3"))),),
    ),
    Story(
        "Glasswing Biotech",
        "version 'unknown': billable_users_unavailable (release_unknown)",
        (Sub(200, SM_ULTIMATE),),
        (Server(150, GREEN, version_text="unknown"),),
    ),
    Story(
        "Blue Heron Studio",
        "shares no subscription data: billable_users_unavailable (category_not_shared)",
        (Sub(200, SM_PREMIUM),),
        (Server(150, categories=NO_SUBSCRIPTION_DATA),),
    ),
    Story(
        "Ridgeback Robotics",
        "a blank quantity beside a known one makes the sum blank: licenses_blank",
        (Sub(100, SM_PREMIUM, extras=(Plan("Premium - 1 Year", None, 0),)),),
        (Server(90, YELLOW_LOW),),
    ),
    Story(
        "Palisade Law",
        "live, but the last seat charge has run out and the next has no length: licenses_blank",
        (Sub((Segment(100, None, 40), Segment(120, 40, 40)), SM_PREMIUM),),
        (Server(80),),
    ),
    Story(
        "Juniper Analytics",
        "zero licences are known licences, their utilisation is not; customer-since is blank: age unknown",
        (Sub(0, SM_PREMIUM),),
        (Server(12),),
        months=None,
    ),
    Story(
        "Winterbourne Textiles",
        "cancelled mid-term: no_live_subscription",
        (Sub(200, SM_PREMIUM, cancelled=65),),
        (Server(140, last=66),),
        signals=signals("Yellow", 4),
    ),
    Story(
        "Cedar Point Schools",
        "ran out and was not renewed: no_live_subscription",
        (Sub(90, "[EDU Program] Self-Managed - Ultimate (w/o Support) - 1 Year", ends=0),),
        (Server(70),),
        months=24,
    ),
    # --- account sums ------------------------------------------------------------------------------------------------
    Story(
        "Twin Rivers Utilities",
        "one subscription in view, one silent: N/A on the customer page, still scored",
        (Sub(200, SM_PREMIUM), Sub(100, SM_PREMIUM, "field", starts=300)),
        (Server(170, MIXED), Server(60, host="field", sub="field", last=90)),
        parent="Silver Birch Holdings",
        signals=signals("Green", 1),
    ),
    Story(
        "Marigold Cosmetics",
        "its second subscription opted out: N/A on the customer page, still scored",
        (Sub(200, SM_ULTIMATE), Sub(50, SM_PREMIUM, "retail", starts=500)),
        (
            Server(160, GREEN_EDGE),
            Server(45, host="retail", sub="retail", labels=(Label("Production", opt_out=True),)),
        ),
        parent="Twin Rivers Utilities",
    ),
    Story(
        "Falcon Payments",
        "over-deployed at 120 %, four months after joining",
        (Sub(200, SM_ULTIMATE),),
        (Server(240, GREEN, growth=0.6),),
        months=4,
        parent="Brightwater Games",
        signals=signals("Green", 15),
    ),
    Story(
        "Brightwater Games",
        "over-deployed now, and more so earlier in the term: overage and term overage differ",
        (Sub(140, SM_PREMIUM),),
        (Server(200, YELLOW_LOW, growth=0.1, peak=(120, 90, 236)),),
        months=26,
        parent="Falcon Payments",
    ),
    Story(
        "Silver Birch Holdings",
        "Ultimate beside Premium beside SaaS, in two currencies: ARR has no sum, DevSecOps reads Ultimate only",
        (
            Sub(200, SM_ULTIMATE),
            Sub(100, SM_PREMIUM, "energy", starts=420, currency="EUR"),
            Sub(50, SAAS_PREMIUM, "cloud", starts=200, namespace="cloud"),
        ),
        (Server(160, GREEN), Server(85, RED, host="energy", sub="energy")),
        (Namespace(41, YELLOW_HIGH, "cloud", sub="cloud"),),
        months=48,
        signals=signals("Green"),
    ),
    Story(
        "Thornfield Chemicals",
        "its instance moved to a new subscription and left the old one",
        (Sub(150, SM_PREMIUM), Sub(200, SM_ULTIMATE, "new", starts=110)),
        (Server(165, MIXED, moves=(100, "new")),),
    ),
    Story(
        "Lakeshore Software",
        "licences changed within the term: 100 until day 150, then 180",
        (Sub((Segment(100, None, 150), Segment(180, 150)), SM_PREMIUM),),
        (Server(150, growth=0.7),),
        months=17,
        parent="Northlight Optics",
    ),
    Story(
        "Summit Aerospace",
        "a ramp over three years, with a segment of no length between",
        (Sub((Segment(100, None, 420), Segment(160, 420, 420), Segment(220, 420, 55), Segment(300, 55)), SM_ULTIMATE),),
        (Server(205, YELLOW_HIGH, growth=0.5),),
        months=27,
        parent="Evergreen Foods Europe",
        signals=signals("Yellow"),
    ),
    Story(
        "Evergreen Foods",
        "merged twice in the CRM, billed under the oldest id; draft, pending and deleted versions that do not count",
        (
            Sub(200, SM_PREMIUM, later_versions=("Pending Activation", "PendingActivation", "Draft", "Deleted")),
            Sub(999, SM_ULTIMATE, "never", starts=20, only_status="Draft"),
        ),
        (Server(150, MIXED),),
        merged_from=("Evergreen Foods Europe", "Evergreen Foods GmbH"),
    ),
    Story(
        "Fjord Media",
        "seats among add-ons, services and a plan the catalogue does not know",
        (
            Sub(
                200,
                SM_PREMIUM,
                extras=(
                    Plan("GitLab Duo Pro - 1 Year", 120, 228),
                    Plan("Gitlab Storage 10GB - 1 Year", 5, 60),
                    Plan("Premium Support", 1, 9000),
                    Plan("Trueup", 15, 348, "OneTime"),
                ),
            ),
            Sub(1, "Platform Bundle - Annual", "bundle", starts=250),
        ),
        (Server(178, raw=(("duo_seats.pro_purchased", "120"), ("duo_seats.pro_assigned", "97"))),),
    ),
    Story(
        "Alder Street Pharmacy",
        "only SaaS is sold, a self-managed server shows up as well: flagged, not counted",
        (Sub(120, SAAS_PREMIUM, namespace="main"),),
        (Server(95, licence="name"),),
        (Namespace(88, GREEN_EDGE),),
    ),
    Story(
        "Zephyr Turbines",
        "mapped by an override; sold 200, provisioned 220, reported 180",
        (Sub(200, SM_ULTIMATE, provisioned=220),),
        (Server(150, RED_EDGE, licence="override", reported=180),),
        signals=(Signal("support_tickets", 8, 45), Signal("csm_sentiment", "Yellow", 121)),
    ),
    # --- instances and namespaces ------------------------------------------------------------------------------------
    Story(
        "Granite Peak Semiconductors",
        "production, relabelled from test, beside test, Geo secondary, retired, unlabelled and an orphaned licence",
        (Sub(1000, SM_ULTIMATE),),
        (
            Server(
                830,
                YELLOW_HIGH,
                labels=(Label("Non-Production", age=None), Label("Non-Production", age=400), Label("PRODUCTION")),
            ),
            Server(120, host="staging", labels=(Label("Non-Production"),), behind=0),
            Server(830, host="geo", labels=(Label("Geo Secondary Node"),)),
            Server(310, host="old", labels=(Label("Obsolete"),), last=200, behind=8),
            Server(220, host="lab", labels=UNLABELLED),
            Server(35, host="sandbox", licence="orphan"),
        ),
        months=70,
        signals=signals("Green", 20),
        reports=(Report("active_user_count", "900"), Report("arr", "1", "nobody", 60, 15)),
    ),
    Story(
        "Pinecrest Electronics",
        "reinstalled (two uuids on one hostname) and cloned (one uuid on two hostnames)",
        (Sub(200, SM_PREMIUM),),
        (
            Server(120, MIXED, last=150),
            Server(155, MIXED, uuid_of="reinstalled", first=149),
            Server(150, MIXED, host="gitlab-clone", uuid_of="reinstalled", labels=(Label("Non-Production"),), first=80),
        ),
        reports=(Report("billable_user_count", "120", "instance", 35, months=0), Report("license_utilization", "60 %")),
    ),
    Story(
        "Deepwell Mining",
        "offline: a pretty-printed upload a month, weeks late; exempt by contract, yet available since it uploads",
        (Sub(300, SM_PREMIUM, exempt=True, is_offline=True),),
        (Server(260, YELLOW_LOW, offline=True, behind=9),),
    ),
    Story(
        "Papaya Mobile",
        "SaaS, linked by the subscription; engagement does not apply to SaaS",
        (Sub(200, "Gold - 1 Year", namespace="main"),),
        namespaces=(Namespace(190, GREEN),),
        parent="Northlight Optics",
        signals=signals("Green"),
    ),
    Story(
        "Dune Street Records",
        "SaaS, linked by its latest order",
        (Sub(60, "Silver - 1 Year"),),
        namespaces=(Namespace(22, RED, link="order"),),
        parent="Papaya Mobile",
    ),
    Story(
        "Aurora Federal Credit",
        "Dedicated: runs like an instance, sold as SaaS",
        (
            Sub(
                400,
                DEDICATED,
                extras=(Plan("GitLab Dedicated for US Public Sector - Administration Fee [Small] - 1 Year", 1, 30000),),
            ),
        ),
        (Server(330, GREEN_EDGE, dedicated=True, behind=0, licence="id"),),
        reports=(Report("license_utilization", "82.5%", "subscription", 40),),
    ),
    Story(
        "Sentinel Space",
        "Dedicated and self-managed under one subscription: a primary for each delivery type; release candidates",
        (Sub(100, DEDICATED, extras=(Plan(SM_ULTIMATE, 100, 1188),)),),
        (
            Server(70, YELLOW_HIGH, host="dedicated", dedicated=True, behind=0, suffix="-pre"),
            Server(80, YELLOW_LOW, host="ground", behind=0, suffix="-rc42-ee"),
        ),
    ),
    # --- health: ages, edges, reasons --------------------------------------------------------------------------------
    Story(
        "Seabright Solar",
        "twelve days old: onboarding",
        (Sub(100, SM_PREMIUM),),
        (Server(8, RED),),
        months=0,
        days=12,
        parent="Falcon Payments",
    ),
    Story(
        "Cinder Bakery Group",
        "twenty-nine days old, the last day of onboarding; its opinions count all the same",
        (Sub(100, SM_ULTIMATE),),
        (Server(20, YELLOW_LOW),),
        months=0,
        days=29,
        signals=signals("Yellow", None),
    ),
    Story(
        "Windermere Labs",
        "thirty days old: past onboarding, too young for a utilisation band",
        (Sub(100, SM_ULTIMATE),),
        (Server(40, YELLOW_LOW),),
        months=0,
        days=30,
    ),
    Story(
        "Tallgrass Dairy",
        "two months to the day, 10 % in use: the lower edge of yellow; all else red",
        (Sub(2000, SM_ULTIMATE),),
        (Server(200, RED, growth=0.9),),
        months=2,
        signals=signals("Red", 20, sentiment="Yellow"),
    ),
    Story(
        "Hazelwood Design",
        "five months old, 9.5 % in use: red, but at the red edge of every measure",
        (Sub(2100, SM_ULTIMATE),),
        (Server(200, RED_EDGE, growth=0.9),),
        months=5,
        reports=(Report("License Utilization", "0.5", age=3),),
    ),
    Story(
        "Corvid Security",
        "a day short of six months, 50 % in use: yellow, a day later red",
        (Sub(400, SM_ULTIMATE),),
        (Server(200, YELLOW_LOW, growth=0.6),),
        months=6,
        days=-1,
    ),
    Story(
        "Lindenhof Printing",
        "six months to the day, 50 % in use: red",
        (Sub(400, SM_ULTIMATE, currency="EUR"),),
        (Server(200, YELLOW_HIGH, growth=0.6),),
        months=6,
    ),
    Story(
        "Pebble Creek Capital",
        "a day short of nine months, 75 % in use: yellow, a day later red",
        (Sub(400, SM_ULTIMATE),),
        (Server(300, GREEN_EDGE, growth=0.5),),
        months=9,
        days=-1,
    ),
    Story(
        "Marlow Instruments",
        "nine months to the day, 75 % in use: red, and everything else green",
        (Sub(400, SM_ULTIMATE),),
        (Server(300, GREEN, growth=0.5),),
        months=9,
    ),
    Story(
        "Hollow Oak Studios",
        "no deployment and no pipeline: zero_denominator; a sentiment of no known colour",
        (Sub(200, SM_ULTIMATE),),
        (Server(152, NEVER_DEPLOYS),),
        signals=signals("Green", None, sentiment="Purple"),
    ),
    Story(
        "Tamarack Outdoors",
        "on 14.9, and most counters missing: metric_missing",
        (Sub(200, SM_ULTIMATE),),
        (Server(150, SILENT_COUNTERS, release="14.9"),),
        months=55,
    ),
    Story(
        "Highland Ceramics",
        "green throughout, but a fresh red sentiment: overridden to red",
        (Sub(200, SM_ULTIMATE),),
        (Server(185, GREEN),),
        signals=signals("Green", 3, sentiment="Red", sentiment_age=10),
    ),
    Story(
        "Riverton Steel",
        "fell from green over yellow to red from month to month; its red sentiment is 130 days old: stale",
        (Sub(200, SM_ULTIMATE),),
        (Server(180, RED, earlier=((47, GREEN), (16, YELLOW_HIGH))),),
        signals=signals("Yellow", 10, sentiment="Red", sentiment_age=130),
    ),
    Story(
        "Newleaf Nursery",
        "nobody billable yet: zero utilisation, ratios per user without a denominator; the plan is 'n/a'",
        (Sub(50, SM_PREMIUM),),
        (Server(0, RED),),
        months=3,
        signals=(Signal("success_plan", "n/a"), Signal("support_tickets", 0), Signal("csm_sentiment", "green", 120)),
    ),
)

# Records that are no customer of their own: what a real export holds besides customers.
FIXTURES: tuple[Story, ...] = (
    Story(
        "Blackwood Timber",
        "its CRM record was deleted and has no survivor: in no account mart",
        (Sub(75, SM_PREMIUM),),
        (Server(60),),
        crm="deleted",
    ),
    Story(
        "Billing Sandbox",
        "billed in the test batch: no subscription at all, its usage is subscription_unknown",
        (Sub(10, SM_ULTIMATE, batch="Batch20"),),
        (Server(3, labels=UNLABELLED),),
        crm="account",
    ),
    Story(
        "Unclaimed servers",
        "usage nobody has claimed, one for each reason, and GitLab.com's own instance",
        servers=(
            Server(25, host="code", licence="lost", labels=UNLABELLED),
            Server(18, host="git", licence="orphan", labels=UNLABELLED),
            Server(140, host="scm", licence="unknown", labels=UNLABELLED),
            Server(6, host="forge", licence="none", labels=UNLABELLED, categories=STANDARD_ONLY),
            Server(
                5000,
                GREEN,
                host="gitlab-com",
                uuid_of=GITLAB_COM_UUID,
                licence="unknown",
                labels=UNLABELLED,
                behind=0,
                suffix="-pre",
            ),
        ),
        crm="none",
    ),
)

_FIRST = (
    "Alpine", "Beacon", "Cascade", "Delta", "Ember", "Foxtail", "Garnet", "Hillside", "Indigo", "Jasper",
    "Keystone", "Linden", "Maple", "Nettle", "Onyx", "Prairie", "Quarry", "Raven", "Sable", "Tern",
    "Upland", "Violet", "Willow", "Yarrow", "Zinc",
)  # fmt: skip
_SECOND = (
    "Bridge", "Canyon", "Dale", "Estuary", "Field", "Grove", "Haven", "Isle", "Junction", "Knoll",
    "Lagoon", "Moor", "Narrows", "Orchard", "Point", "Reach", "Shore", "Trail", "Vale",
)  # fmt: skip
_TRADE = (
    "Analytics", "Bank", "Components", "Diagnostics", "Engineering", "Freight", "Gaming", "Hospitals", "Insurance",
    "Logistics", "Motors", "Networks", "Pharma", "Retail", "Software", "Telecom", "Utilities",
)  # fmt: skip


def ordinary_profile(rng: random.Random) -> Profile:
    """Invent a customer somewhere between red and green on every measure."""
    return Profile(
        active=rng.uniform(0.35, 0.98),
        repository=rng.uniform(0.03, 0.8),
        builds=rng.choice((0.8, 3, 12, 38, 60, 120)) * rng.uniform(0.8, 1.2),
        deployers=rng.uniform(0.0, 0.3),
        deployments=rng.uniform(0.2, 16),
        success=rng.uniform(0.2, 0.99),
        scanner_users=rng.uniform(0.0, 0.5),
        scans_per_pipeline=rng.uniform(0.0, 1.5),
        scanner_types=rng.randrange(7),
    )


def ordinary_story(number: int, seed: int) -> Story:
    """Invent the number-th customer without a lesson of its own; they fill a demo that is asked to be larger."""
    rng = chance(seed, "ordinary", number)
    first, rest = number % len(_FIRST), number // len(_FIRST)
    second, rest = rest % len(_SECOND), rest // len(_SECOND)
    trade, lap = (first + second + rest) % len(_TRADE), rest // len(_TRADE)
    name = f"{_FIRST[first]} {_SECOND[second]} {_TRADE[trade]}" + (f" {lap + 1}" if lap else "")
    seats = rng.choice((25, 50, 120, 200, 400, 750, 1500, 4000))
    users = round(seats * rng.uniform(0.25, 1.1))
    is_ultimate = rng.random() < 0.45
    shape = {
        "months": rng.randrange(4, 72),
        "days": rng.randrange(28),
        "signals": signals(rng.choice(("Green", "Green", "Yellow", "Red")), rng.randrange(22))
        if rng.random() < 0.4
        else (),
    }
    profile = ordinary_profile(rng)
    if rng.random() < 0.12:
        plan = SAAS_ULTIMATE if is_ultimate else SAAS_PREMIUM
        subs = (Sub(seats, plan, namespace="main"),)
        return Story(name, "an ordinary SaaS customer", subs, namespaces=(Namespace(users, profile),), **shape)
    plan = SM_ULTIMATE if is_ultimate else SM_PREMIUM
    servers = [Server(users, profile, behind=rng.randrange(8), growth=rng.uniform(0, 0.5))]
    if rng.random() < 0.3:
        servers.append(Server(max(users // 12, 1), MIXED, host="staging", labels=(Label("Non-Production"),)))
    return Story(name, "an ordinary self-managed customer", (Sub(seats, plan),), tuple(servers), **shape)


def cast(accounts: int, seed: int) -> list[Story]:
    """Return the first `accounts` customers: the stories, then ordinary ones; and always the fixtures."""
    customers = list(STORIES[:accounts])
    customers += [ordinary_story(number, seed) for number in range(accounts - len(customers))]
    return [*customers, *FIXTURES]
