"""Explain the score of one account: from the score down to the lines of the landing that it is made of (R12.6).

Reads the published file only (R15.1). Everything on the page can be computed again by hand from what stands on it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from rich.console import Console

from scripts.explain.page import Block, Grid, Heading, Line, html_page, print_page
from scripts.explain.story import Story, name_of, read_story
from scripts.settings import SeatwiseError, read_settings
from scripts.tables import Row, number, percent

PAGE_WIDTH = 160

# What a missing value of a metric says (R4.2, R5); the places are filled from the metric and the instance.
MISSING_VALUES = {
    "not_reported": "the ping does not carry it: find out why the instance leaves it out",
    "collection_failed": "the instance could not count it: have its logs looked at",
    "not_numeric": "what the ping carries is no whole number: look at the line of the ping",
    "not_instrumented_in_release": "{gate}, the instance runs {release}: {cure}",
    "release_unknown": "the ping names no release that can be read, and the metric is {gate}: send the version",
    "category_not_shared": "the customer does not share the category {category}: ask to have it switched on",
    "not_available_on_saas": "SaaS does not report it: nothing can be done",
    "no_usage_of_delivery_type": "a delivery type that is sold has no usage: see the status of the subscription",
}

RULES = {
    "R4": "which values of a payload are usable; absence is never 0",
    "R5": "a metric shows only in the releases that have it",
    "R6": "labels say which instances are Production, and which are opted out",
    "R7": "how usage is mapped to a subscription",
    "R9.1": "usage as of a date: the latest ping in the window",
    "R9.3": "the primary instance of a subscription and delivery type",
    "R9.5": "licence utilisation as the customer page shows it: one unknown makes it N/A",
    "R9.6": "licence utilisation as the scorecard uses it: over subscriptions with both figures known",
    "R17.2": "amounts in the reporting currency: ARR × the rate on the date, half up to 2 decimals",
    "R17.3": "an account's amount is the sum of its live subscriptions', N/A when one is",
    "R18.1": "a live subscription with seats renews when its term ends",
    "R18.2": "the peak of a term: the most billable users of the primaries in it, or a maximum reported higher",
    "R18.3": "12 × MRR ÷ quantity of the charges for seats; over: × the dearest; unused: × the average",
    "R18.4": "users now + the median slope of comparable months × days; low and high by two quantiles of the slopes",
    "R18.5": "what a renewal is heading for: the first signal that applies",
    "R10": "the status of a subscription, and what ends it",
    "R11.1": "sum; sum_required: every one visible; first: the first visible; count_positive: how many are above 0",
    "R11.2": "value = sum of numerators ÷ sum of denominators; who lacks a side is left out of both",
    "R11.3": "bands: colours and points; absence is never red",
    "R11.4": "the use cases, each the mean of its scored measures",
    "R11.5": "what reads only subscriptions of a tier",
    "R11.6": "the age of an account, and onboarding",
    "R11.7": "reasons for which a measure is N/A, the first that applies",
    "R12.1": "weights of groups and use cases",
    "R12.2": "N/A ones give their weight to the others; contribution = effective weight × points",
    "R12.3": "scores are rounded to 6 decimals, then coloured",
    "R12.4": "coverage = nominal weights of the scored measures; too little has no colour",
    "R12.5": "a colour that overrides the whole score",
    "R13": "figures that other systems deliver",
}


def page_of(story: Story) -> list[Block]:
    """Return the page: score, instances read, parts, what is missing, utilisation, rules."""
    blocks = [
        *title(story),
        *score_section(story),
        *instances_section(story),
        *parts_section(story),
        *missing_section(story),
        *utilization_section(story),
        *money_section(story),
        *renewals_section(story),
    ]
    return [*blocks, *rules_section(blocks)]


def title(story: Story) -> list[Block]:
    """Return the head of the page."""
    account = story.account
    facts = [
        account["account_id"],
        f"month {story.month:%Y-%m}" + (f" (as of {story.as_of})" if story.as_of else ""),
        f"scorecard {story.health['scorecard_version']}",
        f"customer since {account['customer_since'] or 'an unknown day'}",
        f"CSM: {account['csm_name'] or 'nobody'}",
    ]
    return [Heading(name_of(account), 1, story.health["health_color"]), Line(" · ".join(facts), "note")]


def score_section(story: Story) -> list[Block]:
    """Return the score, how it adds up and how it was coloured (R12.3, R12.4, R12.5)."""
    health, before = story.health, story.health["health_score_before_override"]
    blocks: list[Block] = [Heading("Score", 2, health["health_color"]), measures_grid(story)]
    if before is None:
        blocks.append(Line("No measure is scored, so there is no score (R12.4)."))
    else:
        added = plus(measure["contribution"] for measure in story.scored)
        blocks += [
            Line("The contributions add up to the score (R12.2), which is rounded to 6 decimals and coloured (R12.3):"),
            Line(f"{added} = {number(before)}", "formula"),
            Line(f"Bands of a score: {bands_in_words(story.bands_of('health'))}.", "note"),
        ]
        covered = plus(measure["weight"] for measure in story.scored)
        blocks += [
            Line("The nominal weights of the scored measures are the coverage (R12.4):"),
            Line(f"{covered} = {number(health['score_coverage'])}", "formula"),
        ]
    if health["health_color"] == "Insufficient data":
        blocks.append(Line("That is less than the run's minimum: the score stays visible, without a colour."))
    blocks += [
        Line(f"{name}: {number(health[f'{part}_score'])}, {health[f'{part}_color']}.")
        for part, name in (("product", "Product group alone"), ("health", "Health"))
    ]
    if health["is_overridden"]:
        blocks.append(
            Line(
                f"Override (R12.5): {overriding_label(story)} sets the score to {number(health['health_score'])}"
                f" and its colour to {health['health_color']}, whatever the others say. Before: {number(before)}."
            )
        )
    return blocks


def measures_grid(story: Story) -> Grid:
    """Return all measures of the scorecard in one table, available or not."""
    rows = [
        [
            measure["measure_group"],
            measure["use_case"],
            measure["label"],
            measure["color"] or "N/A",
            value_of(measure),
            *(number(measure[column]) for column in ("points", "weight", "effective_weight", "contribution")),
        ]
        for measure in story.measures
    ]
    columns = ["group", "use case", "measure", "colour", "value", "points", "weight", "effective", "contribution"]
    return Grid(columns, rows, frozenset(columns[4:]))


def overriding_label(story: Story) -> str:
    """Return the measure that overrides the score, with its colour."""
    return next(
        f"{measure['label']} {measure['color']}"
        for measure in story.scored
        for band in story.bands_of(measure["measure"])
        if band["color"] == measure["color"] and band["override_score"] is not None
    )


def parts_section(story: Story) -> list[Block]:
    """Return group by group, use case by use case and measure by measure how the contributions came about."""
    groups = {measure["measure_group"]: measure["group_weight"] for measure in story.scored}
    blocks: list[Block] = []
    if groups:
        blocks = [
            Heading("From groups to measures"),
            Line(
                "Effective weight of a group = its weight / weights of the groups with a scored measure (R12.1, R12.2)."
            ),
            Line("Of a use case = that x its weight / weights of the group's use cases with a scored measure (R12.2)."),
            Line("Of a measure = that / how many measures of the use case are scored (R12.2)."),
            Line("Score of a use case = mean of the points of its scored measures (R11.4, R12.3)."),
        ]
    for group, group_weight in groups.items():
        use_cases = {one["use_case"]: one["use_case_weight"] for one in story.measures_of(measure_group=group)}
        share = group_weight / sum(groups.values())
        blocks += [
            Heading(f"Group {words(group)}", 3),
            Line(
                f"effective weight = {number(group_weight)} / {bracket(groups.values())} = {number(share)}", "formula"
            ),
        ]
        for use_case, use_case_weight in use_cases.items():
            measures = story.measures_of(measure_group=group, use_case=use_case)
            points = [measure["points"] for measure in measures]
            score = round(sum(points) / len(points), 6)
            effective = share * use_case_weight / sum(use_cases.values())
            blocks += [
                Heading(f"Use case {words(use_case)}", 4, color_of(score, story.bands_of("health"))),
                Line(f"score = {bracket(points)} / {len(points)} = {number(score)}", "formula"),
                Line(
                    f"effective weight = {number(share)} x {number(use_case_weight)} / {bracket(use_cases.values())}"
                    f" = {number(effective)}",
                    "formula",
                ),
            ]
            for measure in measures:
                blocks += measure_blocks(story, measure, effective, len(measures))
    return blocks


def measure_blocks(story: Story, measure: Row, use_case_weight: float, measure_count: int) -> list[Block]:
    """Return how one scored measure got its value, colour, weights and contribution."""
    blocks: list[Block] = [Heading(f"{measure['label']} ({measure['measure']})", 5, measure["color"])]
    if measure["measure_kind"] == "license_utilization":
        blocks += license_blocks(story, measure)
    elif measure["measure_kind"] == "usage":
        blocks += usage_blocks(story, measure)
    effective, points = number(measure["effective_weight"]), number(measure["points"])
    return [
        *blocks,
        Line(band_line(measure, story.bands_of(measure["measure"]))),
        Line(
            f"effective weight = {number(use_case_weight)} / {measure_count} = {effective}"
            f" (nominal {number(measure['weight'])})",
            "formula",
        ),
        Line(f"contribution = {effective} x {points} = {number(measure['contribution'])}", "formula"),
    ]


def license_blocks(story: Story, measure: Row) -> list[Block]:
    """Return licence utilisation as the sums over the subscriptions where both figures are known (R9.6)."""
    known = [one for one in story.subscriptions if is_scored(one)]
    left_out = [one["subscription_name"] for one in story.subscriptions if not is_scored(one)]
    of_subscriptions = f" ({', '.join(one['subscription_name'] for one in known)})"
    blocks: list[Block] = [
        side_line("billable users", [number(one["billable_user_count"]) for one in known], measure["numerator"]),
        side_line("licences sold", [number(one["licenses_sold"]) for one in known], measure["denominator"]),
        value_line(measure),
        Line(f"Over subscriptions with both figures known{of_subscriptions} (R9.6); billable users by primary (R9.3):"),
        component_grid(story, measure),
    ]
    if left_out:
        blocks.append(Line(f"Left out, a figure being unknown (R9.6; see licence utilisation): {', '.join(left_out)}."))
    return blocks


def is_scored(subscription: Row) -> bool:
    """Whether a subscription counts in the scorecard's licence utilisation (R9.6)."""
    return subscription["billable_user_count"] is not None and subscription["licenses_sold"] is not None


def usage_blocks(story: Story, measure: Row) -> list[Block]:
    """Return a measure of usage as the sums over the primary instances that have both sides (R11.1, R11.2)."""
    components = components_of(story, measure)
    if any(component["aggregation"] == "count_positive" for component in components):
        return [count_line(components, measure), component_grid(story, measure)]
    sides = instance_sides(components)
    both = [instance for instance, given in sides.items() if all(value is not None for value, _ in given.values())]
    left_out = [story.instance_marks[instance] for instance in sides if instance not in both]
    blocks: list[Block] = [
        side_line(
            side,
            [f"{sides[instance][side][1]} [{story.instance_marks[instance]}]" for instance in both],
            measure[side],
        )
        for side in ("numerator", "denominator")
    ]
    blocks += [value_line(measure), component_grid(story, measure)]
    if left_out:
        blocks.append(Line(f"Left out of both sums, since a side is missing (R11.2): {', '.join(left_out)}."))
    return blocks


def side_line(name: str, terms: Sequence[str], result: float) -> Line:
    """Return one side of a quotient as the sum that it is."""
    added = " + ".join(terms)
    return Line(f"{name} = {added}" + (f" = {number(result)}" if " + " in added else ""), "formula")


def components_of(story: Story, measure: Row) -> list[Row]:
    """Return the components of a measure."""
    return [component for component in story.components if component["measure"] == measure["measure"]]


def instance_sides(components: Iterable[Row]) -> dict[str, dict[str, tuple[int | None, str]]]:
    """Return what each instance gives to numerator and denominator (R11.1): the number, and how it came about.

    The number is None where a side is not visible.
    """
    parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for component in components:
        parts[component["instance_id"], component["side"]].append(component)
    sides: dict[str, dict[str, tuple[int | None, str]]] = {}
    for (instance, side), rows in parts.items():
        sides.setdefault(instance, {"numerator": (None, ""), "denominator": (None, "")})[side] = side_value(rows)
    return sides


def side_value(rows: Sequence[Row]) -> tuple[int | None, str]:
    """Return the number that the metrics of one side make together (R11.1), and the sum as text."""
    visible = [row["value"] for row in sorted(rows, key=lambda row: row["position"]) if row["value"] is not None]
    if not visible or (rows[0]["aggregation"] == "sum_required" and len(visible) < len(rows)):
        return None, ""
    if rows[0]["aggregation"] == "first":
        visible = visible[:1]
    return sum(visible), bracket(visible)


def count_line(components: Sequence[Row], measure: Row) -> Line:
    """Return how many metrics are above 0, summed over the instances (R11.1, R11.2)."""
    sums: dict[str, int] = defaultdict(int)
    for component in components:
        sums[component["metric"]] += component["value"] or 0
    names = ", ".join(metric.rpartition(".")[2] for metric, added in sums.items() if added > 0) or "none"
    return Line(f"value = how many metrics are above 0 = {number(measure['value'])} ({names})", "formula")


def component_grid(story: Story, measure: Row) -> Grid:
    """Return metric by metric what each instance gave; instances have their ping's line beside their mark."""
    rows = [
        [
            story.instance_marks[component["instance_id"]],
            component["subscription_name"],
            component["side"],
            component["aggregation"],
            component["metric"],
            number(component["value"]),
            component["missing_reason"] or "",
        ]
        for component in components_of(story, measure)
    ]
    columns = ["instance", "subscription", "side", "taken by", "metric", "value", "why N/A"]
    return Grid(columns, rows, frozenset({"value"}))


def place_of(component: Row) -> str:
    """Return file and line of a component's ping, or which export speaks for it."""
    if component["file"]:
        return f"{component['file']}:{component['line']}"
    return f"SaaS export of {component['ping_at']:%Y-%m-%d}"


def value_line(measure: Row) -> Line:
    """Return a value as the quotient that it is."""
    ratio = f"{number(measure['numerator'])} / {number(measure['denominator'])} = {number(measure['value'])}"
    as_percent = f" = {value_of(measure)}" if measure["value_format"] == "percent" else ""
    return Line(f"value = {ratio}{as_percent}", "formula")


def band_line(measure: Row, bands: Sequence[Row]) -> str:
    """Return which band a scored measure met, beside the others that hold for the account's age (R11.3)."""
    if measure["measure_kind"] == "delivered_color":
        return f"Delivered by another system: {measure['color']}, {number(measure['points'])} points (R11.3, R13)."
    age = measure["account_age_months"]
    holding = [band for band in bands if holds_for(band, age)]
    met = next(band for band in holding if is_in(measure["value"], band))
    of_age = "" if met["age_from_months"] is None else f" for an account {number(age)} months old"
    delivered = (
        f"Delivered by another system: {value_of(measure)} (R13). "
        if measure["measure_kind"] == "delivered_number"
        else ""
    )
    return (
        f"{delivered}Band met: {band_in_words(met, measure['value_format'])}{of_age}, "
        f"{number(measure['points'])} points (R11.3; of {bands_in_words(holding, measure['value_format'])})."
    )


def holds_for(band: Row, age: int | None) -> bool:
    """Whether a band holds for an account of an age in months; an unknown age meets only bands without ages."""
    known = -1 if age is None else age
    return (band["age_from_months"] is None or known >= band["age_from_months"]) and (
        band["age_below_months"] is None or known < band["age_below_months"]
    )


def is_in(value: float, band: Row) -> bool:
    """Whether a value lies in a band, whose bounds are open or closed."""
    low, high = band["lower_bound"], band["upper_bound"]
    above = low is None or value > low or (value == low and band["is_lower_bound_closed"])
    below = high is None or value < high or (value == high and band["is_upper_bound_closed"])
    return above and below


def color_of(score: float, bands: Sequence[Row]) -> str | None:
    """Return the colour of a score (R12.3)."""
    return next((band["color"] for band in bands if is_in(score, band)), None)


def bands_in_words(bands: Sequence[Row], value_format: str | None = None) -> str:
    """Write the bands of a measure in one line."""
    return ", ".join(band_in_words(band, value_format) for band in bands)


def band_in_words(band: Row, value_format: str | None = None) -> str:
    """Write a band: `Yellow > 10 % to ≤ 33 %`."""

    def bound(value: float) -> str:
        return f"{number(100 * value)} %" if value_format == "percent" else number(value)

    parts = []
    if band["lower_bound"] is not None:
        parts.append(("≥ " if band["is_lower_bound_closed"] else "> ") + bound(band["lower_bound"]))
    if band["upper_bound"] is not None:
        parts.append(("≤ " if band["is_upper_bound_closed"] else "< ") + bound(band["upper_bound"]))
    return f"{band['color']} {' to '.join(parts)}".rstrip()


def missing_section(story: Story) -> list[Block]:
    """Return why measures have no points, what is missing and what would bring it (R11.7); same causes in one row."""
    by_cause: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for measure in story.measures:
        if reason := measure["not_available_reason"]:
            why = f"{reason}: {reason_in_words(story, 'measure', reason)}"
            by_cause[why, " ".join(cures(story, measure))].append(measure)
    if not by_cause:
        return [Heading("Not available"), Line("Every measure is scored.")]
    rows = [
        [
            ", ".join(measure["label"] for measure in measures),
            number(sum(measure["weight"] for measure in measures)),
            why,
            cure,
        ]
        for (why, cure), measures in by_cause.items()
    ]
    return [
        Heading("Not available"),
        Line("These count neither for nor against the account: their weight goes to the others (R11.7, R12.2)."),
        Grid(["measures", "weight", "why", "what is missing, and what would bring it"], rows, frozenset({"weight"})),
    ]


def reason_in_words(story: Story, kind: str, reason: str) -> str:
    """Return a reason in words."""
    row = story.reasons.get((kind, reason))
    return row["in_words"].rstrip(".") if row else words(reason)


def cures(story: Story, measure: Row) -> list[str]:
    """Return what a measure lacks and what would bring it, in sentences."""
    reason, kind = measure["not_available_reason"], measure["measure_kind"]
    is_delivered = kind.startswith("delivered")
    if reason == "onboarding":
        return [f"Customer since {story.account['customer_since']}: it is scored 30 days after that (R11.6)."]
    if reason == "tier":
        tiers = ", ".join(f"{one['subscription_name']} {one['tier'] or 'no tier'}" for one in story.subscriptions)
        return [f"It reads subscriptions from tier {measure['minimum_tier']}; live are: {tiers} (R11.5)."]
    if reason == "no_input" or (reason == "stale" and is_delivered):
        limit = measure["maximum_age_days"]
        fresh = f", not older than {limit} days" if limit else ""
        return [f"Deliver it in gainsight/scorecard_inputs{fresh} (R13)."]
    if reason == "account_age":
        return [age_cure(story, measure)]
    if reason == "not_scored":
        delivered = value_of(measure) if kind == "delivered_number" else "what was delivered"
        bands = bands_in_words(story.bands_of(measure["measure"]), measure["value_format"])
        return [f"{delivered} is in none of the bands {bands} (R11.3, R13)."]
    if reason == "zero_denominator":
        metrics = [one["metric"] for one in components_of(story, measure) if one["side"] == "denominator"]
        counted = " + ".join(dict.fromkeys(metrics)) or "licences sold"
        return [f"{number(measure['numerator'])} / 0: it is scored as soon as {counted} is above 0 (R11.2)."]
    if reason == "metric_missing" and kind == "usage":
        return missing_values(story, measure)
    in_the_way = [subscription_cure(story, one) for one in story.subscriptions if not is_available(one)]
    if reason == "not_applicable":
        blank = [subscription_cure(story, one) for one in story.subscriptions if one["licenses_sold"] is None]
        return [f"Nothing is sold that it reads: {reads(measure)} (R11.7).", *blank]
    return in_the_way or [f"No Production instance of its subscriptions reports usage of {reads(measure)} (R6, R7)."]


def age_cure(story: Story, measure: Row) -> str:
    """Return what a measure needs whose bands ask for the account's age (R11.6)."""
    age = measure["account_age_months"]
    if age is None:
        return "The CRM does not say since when the account is a customer: enter the date (R11.6)."
    from_age = min(band["age_from_months"] or 0 for band in story.bands_of(measure["measure"]))
    return f"The account is {number(age)} months old; bands begin at {number(from_age)} months (R11.3, R11.6)."


def is_available(subscription: Row) -> bool:
    """Whether nothing keeps a subscription out of view (R10.1)."""
    return subscription["availability_status"] == "available"


def reads(measure: Row) -> str:
    """Return the delivery types that a measure reads."""
    kinds = [("applies_to_self_managed", "Self-Managed"), ("applies_to_saas", "SaaS")]
    return " and ".join(words for column, words in kinds if measure[column])


def missing_values(story: Story, measure: Row) -> list[str]:
    """Return for each instance which metric of a measure it lacks, and what would bring it (R4, R5)."""
    instances = {instance["instance_id"]: instance for instance in story.instances}
    by_cure: dict[tuple[str, str], list[str]] = defaultdict(list)
    for component in components_of(story, measure):
        if component["value"] is None:
            metric = story.metrics.get(component["metric"], {})
            instance = component["instance_id"]
            cure = value_cure(component["missing_reason"], metric, instances[instance])
            by_cure[story.instance_marks[instance], cure].append(component["metric"])
    return [f"{mark} {', '.join(metrics)}: {cure}." for (mark, cure), metrics in by_cure.items()]


def value_cure(reason: str, metric: Row, instance: Row) -> str:
    """Return why an instance has no value for a metric, and what would bring it."""
    introduced, removed = metric.get("introduced_release"), metric.get("removed_release")
    gates = [
        f"introduced in {introduced}" if introduced and not introduced.startswith("<") else "",
        f"removed in {removed.removeprefix('<')}" if removed else "",
    ]
    release = instance["release"]
    is_early = introduced and release and not introduced.startswith("<") and ordinal(release) < ordinal(introduced)
    return MISSING_VALUES.get(reason, words(reason)).format(
        gate=" and ".join(gate for gate in gates if gate) or "bound to releases",
        release=release or "an unknown release",
        cure=f"upgrade to {introduced} or later" if is_early else "nothing is to be done",
        category=metric.get("data_category") or "of the metric",
    )


def ordinal(release: str) -> tuple[int, ...]:
    """Return a release `major.minor` as numbers, which 13.9 and 13.10 compare by (R3.1)."""
    return tuple(int(part) for part in release.split("."))


def subscription_cure(story: Story, subscription: Row) -> str:
    """Return why a subscription is not in view, and the action that ends it, with labels that are suggested (R10)."""
    status, name = subscription["availability_status"], subscription["subscription_name"]
    reason = story.reasons.get(("availability_status", status), {})
    parts = [f"{name}: {reason_in_words(story, 'availability_status', status)}."]
    if subscription["last_reported_at"] and status == "stopped_reporting":
        parts.append(f"Last reported {moment(subscription['last_reported_at'])}.")
    if subscription["billable_users_missing_reason"]:
        parts.append(f"Billable users: {subscription['billable_users_missing_reason']}.")
    if reason.get("instruction"):
        parts.append(reason["instruction"])
    if status == "no_production_instance":
        parts += [
            f"{story.instance_marks[one['instance_id']]} is probably {one['suggested_instance_type']}"
            f" ({one['suggestion_evidence']})."
            for one in story.instances
            if one["subscription_name"] == name and one["suggested_instance_type"]
        ]
    return " ".join(parts)


def utilization_section(story: Story) -> list[Block]:
    """Return licence utilisation of each subscription, and the sums of the account in both readings (R9.5, R9.6)."""
    rows = [
        [
            one["subscription_name"],
            one["tier"] or "",
            number(one["billable_user_count"]),
            number(one["licenses_sold"]),
            percent(one["license_utilization"]),
            one["availability_status"],
            moment(one["ping_at"]) or "never",
        ]
        for one in story.subscriptions
    ]
    columns = ["subscription", "tier", "billable", "licences", "utilisation", "status", "ping at (UTC)"]
    account = story.utilization
    blocks: list[Block] = [
        Heading("Licence utilisation"),
        Grid(columns, rows, frozenset({"billable", "licences", "utilisation"})),
        Line(f"Customer page (R9.5): {quotient(account, '')}"),
    ]
    if account["license_utilization"] is None:
        reason = account["license_utilization_missing_reason"]
        named = account["not_available_subscriptions"]
        blocks.append(Line(f"N/A: {reason}" + (f" of {named}" if named else "") + "."))
    blocks.append(Line(f"Scorecard (R9.6): {quotient(account, 'scored_')}"))
    blocks += [Line(subscription_cure(story, one)) for one in story.subscriptions if not is_available(one)]
    return blocks


def money_section(story: Story) -> list[Block]:
    """Return what each subscription is worth, as billed and in the reporting currency, and their sum (R8.7, R17)."""
    blocks: list[Block] = [Heading("Annual recurring revenue")]
    blocks += [line for one in story.subscriptions for line in worth(story, one)]
    account = story.utilization
    currency = account["reporting_currency"]
    if account["arr_reporting"] is None:
        reason = reason_in_words(story, "amount", account["arr_reporting_missing_reason"])
        blocks.append(Line(f"The account's is N/A (R17.3): {reason}."))
    else:
        sums = f"{number(account['arr_reporting'])} {currency or ''}".rstrip()
        blocks.append(Line(f"All live subscriptions, those without seats too (R17.3): {sums}."))
    return blocks


def worth(story: Story, subscription: Row) -> list[Line]:
    """Return a subscription's ARR times its rate (R17.2); what is not known is N/A, with the reason."""
    billed, amount, rate = subscription["arr"], subscription["arr_reporting"], subscription["exchange_rate"]
    currency, reporting_currency = subscription["currency"] or "no currency", subscription["reporting_currency"]
    as_billed = f"{subscription['subscription_name']}: {number(billed)} {currency}"
    if amount is None:
        reason = reason_in_words(story, "amount", subscription["arr_reporting_missing_reason"])
        return [Line(f"{as_billed}, in the reporting currency N/A: {reason}.")]
    if rate is None or currency == reporting_currency:
        return [Line(f"{as_billed}.")]
    return [
        Line(f"{as_billed}, in {reporting_currency} times the rate of the month's date (R17.2), to 2 decimals:"),
        Line(f"{number(billed)} x {number(rate, 18)} = {number(amount)}", "formula"),
    ]


def renewals_section(story: Story) -> list[Block]:
    """Return what of the account renews when, as of the run: at which peak, worth how much, heading for what (R18)."""
    blocks: list[Block] = [Heading("Renewals")]
    if not story.renewals:
        return [*blocks, Line("No term of a live subscription with seats ends after the as-of date (R18.1).")]
    columns = ["subscription", "renews on", "in days", "licences", "billable", "peak", "expected", "between", "signal"]
    rows = [
        [
            one["subscription_name"],
            str(one["renewal_date"]),
            number(one["days_to_renewal"]),
            *(
                number(one[column])
                for column in ("licenses_sold", "billable_user_count", "term_peak_user_count", "forecast_user_count")
            ),
            "" if one["forecast_missing_reason"] else f"{number(one['forecast_low'])} – {number(one['forecast_high'])}",
            words(one["renewal_signal"]),
        ]
        for one in story.renewals
    ]
    blocks += [
        Line("As of the run, whatever the month of the page (R18.1):"),
        Grid(columns, rows, frozenset(columns[2:8])),
    ]
    for one in story.renewals:
        blocks += [
            Heading(one["subscription_name"], 3),
            Line(peak_line(story, one)),
            *seat_values(story, one),
            *forecast_blocks(story, one),
            *signal_blocks(one),
        ]
    return blocks


def peak_line(story: Story, renewal: Row) -> str:
    """Return the peak of the term, and where it comes from (R18.2)."""
    if renewal["term_peak_user_count"] is None:
        reason = reason_in_words(story, "term_peak", renewal["term_peak_missing_reason"])
        return f"Peak of the term N/A (R18.2): {reason}."
    peak = f"Peak of the term since {renewal['term_peak_from']} (R18.2): {number(renewal['term_peak_user_count'])}"
    if renewal["term_peak_is_bound"]:
        return f"{peak}, at most: peaks of several delivery types added, which need not have been on one day."
    if renewal["term_peak_on"] is None:
        return f"{peak}, a maximum that the instance reports itself."
    return f"{peak}, first on {renewal['term_peak_on']} ({renewal['term_peak_source']})."


def seat_values(story: Story, renewal: Row) -> list[Block]:
    """Return what a seat costs, and what seats over and unused are worth (R18.3)."""
    licenses, billable, peak = (
        renewal[column] for column in ("licenses_sold", "billable_user_count", "term_peak_user_count")
    )
    average, dearest, currency = renewal["seat_price"], renewal["max_seat_price"], renewal["currency"] or ""
    if average is None:
        reason = reason_in_words(story, "seat_price", renewal["price_missing_reason"])
        blocks: list[Block] = [Line(f"Price of a seat N/A (R18.3): {reason}.")]
    else:
        costs = f"{number(average)} {currency}".rstrip()
        blocks = [Line(f"A seat costs {costs} a year on average, the dearest {number(dearest)} (R18.3).")]
    for what, value, many, few, price in (
        ("Seats over now", "overage_value", billable, licenses, dearest),
        ("Seats over at the peak", "peak_overage_value", peak, licenses, dearest),
        ("Seats unused", "unused_value", licenses, billable, average),
    ):
        if many is None or few is None:
            blocks.append(Line(f"{what}: N/A, users or licences being unknown."))
        elif many <= few:
            blocks.append(Line(f"{what}: none."))
        elif renewal[value] is None:
            blocks.append(Line(f"{what}: {number(many)} - {number(few)}, worth N/A without a price."))
        else:
            blocks += [
                Line(f"{what}, to 2 decimals:"),
                Line(f"({number(many)} - {number(few)}) x {number(price)} = {number(renewal[value])}", "formula"),
                *in_reporting_currency(story, renewal, value),
            ]
    return blocks


def in_reporting_currency(story: Story, renewal: Row, column: str) -> list[Block]:
    """Return a value of a renewal times the rate of its currency, where that is another one (R17.2)."""
    amount, rate = renewal[f"{column}_reporting"], renewal["exchange_rate"]
    if amount is None:
        reason = reason_in_words(story, "amount", renewal["exchange_rate_missing_reason"])
        return [Line(f"In the reporting currency N/A: {reason}.")]
    if renewal["currency"] == renewal["reporting_currency"]:
        return []
    return [
        Line(f"In {renewal['reporting_currency']} (R17.2):"),
        Line(f"{number(renewal[column])} x {number(rate, 18)} = {number(amount)}", "formula"),
    ]


def forecast_blocks(story: Story, renewal: Row) -> list[Block]:
    """Return the users to be expected on the renewal date (R18.4)."""
    if renewal["forecast_missing_reason"]:
        reason = reason_in_words(story, "forecast", renewal["forecast_missing_reason"])
        return [Line(f"Users to be expected N/A (R18.4): {reason}.")]
    blocks: list[Block] = [Line("Users now + users a day x days, at least 0 and half up (R18.4):")]
    for what, slope, figure in (
        ("expected", "forecast_users_a_day", "forecast_user_count"),
        ("low", "forecast_low_users_a_day", "forecast_low"),
        ("high", "forecast_high_users_a_day", "forecast_high"),
    ):
        now, days = float(renewal["billable_user_count"]), renewal["days_to_renewal"]
        sums = f"{number(now)} + {number(renewal[slope])} x {days} = {number(now + renewal[slope] * days)}"
        blocks += [Line(sums, "formula"), Line(f"{what}: {number(renewal[figure])}")]
    return blocks


def signal_blocks(renewal: Row) -> list[Block]:
    """Return the signal, with the share of the licences that it goes by and the colour of the account (R18.5)."""
    licenses = renewal["licenses_sold"]
    users = renewal["billable_user_count"] if renewal["forecast_missing_reason"] else renewal["forecast_user_count"]
    blocks: list[Block] = []
    if users is not None and licenses:
        share = percent(float(users) / licenses)
        blocks = [Line("Users over licences:"), Line(f"{number(users)} / {number(licenses)} = {share}", "formula")]
    health = renewal["health_color"] or "without a score"
    return [*blocks, Line(f"Signal (R18.5): {words(renewal['renewal_signal'])}. Health: {health}.")]


def quotient(row: Row, prefix: str) -> str:
    """Write billable users ÷ licences of an account, in one of the two readings."""
    billable, licenses = row[f"{prefix}billable_user_count"], row[f"{prefix}licenses_sold"]
    return f"{number(billable)} / {number(licenses)} = {percent(row[f'{prefix}license_utilization'])}"


def instances_section(story: Story) -> list[Block]:
    """Return the account's instances as their latest usage shows them, and the ping that speaks for the month."""
    pings = {component["instance_id"]: component for component in story.components}
    rows = []
    for instance in story.instances:
        ping = pings.get(instance["instance_id"])
        namespace = f"namespace {instance['namespace_id']}" if instance["namespace_id"] else ""
        rows.append(
            [
                story.instance_marks[instance["instance_id"]],
                instance["hostname"] or namespace or instance["instance_uuid"],
                instance["subscription_name"] or instance["unmapped_reason"] or "",
                type_of(instance),
                instance["release"] or "",
                moment(ping["ping_at"]) if ping else "not counted",
                place_of(ping) if ping else "",
                instance["instance_id"],
            ]
        )
    if not rows:
        return [Heading("Instances"), Line("No instance of the account has ever reported.")]
    columns = ["", "name", "subscription", "type", "release", "ping at (UTC)", "file:line below the landing", "id"]
    return [
        Heading("Instances"),
        Line("As their latest usage shows them (R6); the ping is the one that speaks for the month (R9.1, R9.3)."),
        Grid(columns, rows),
    ]


def rules_section(blocks: Iterable[Block]) -> list[Block]:
    """Return what the rules say that are named on a page."""
    named = set(
        re.findall(r"\bR\d+(?:\.\d+)?", " ".join(block.text for block in blocks if not isinstance(block, Grid)))
    )
    cells = " ".join(cell for block in blocks if isinstance(block, Grid) for row in block.rows for cell in row)
    named |= set(re.findall(r"\bR\d+(?:\.\d+)?", cells))
    return [
        Heading("Rules named above"),
        Grid(["rule", "what it says"], [[rule, says] for rule, says in RULES.items() if rule in named]),
    ]


def type_of(instance: Row) -> str:
    """Return an instance's type with what stands beside it."""
    notes = [instance["instance_type"]]
    if instance["is_opted_out_of_health"]:
        notes.append("opted out")
    if instance["suggested_instance_type"]:
        notes.append(f"probably {instance['suggested_instance_type']}")
    return ", ".join(notes)


def plus(values: Iterable[float | None]) -> str:
    """Write numbers as a sum."""
    return " + ".join(number(value) for value in values) or "0"


def bracket(values: Iterable[float | None]) -> str:
    """Write numbers as a sum, in brackets where it has several terms."""
    terms = plus(values)
    return f"({terms})" if " " in terms else terms


def value_of(measure: Row) -> str:
    """Write a measure's value the way it is read."""
    if measure["value"] is None:
        return "" if measure["color"] else "N/A"
    return percent(measure["value"]) if measure["value_format"] == "percent" else number(round(measure["value"], 6))


def moment(value: datetime | None) -> str:
    """Write a time to the minute."""
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def words(name: str) -> str:
    """Write a name of the marts as words."""
    return name.replace("_", " ")


def parse_month(text: str) -> date:
    """Return the first day of a month written as YYYY-MM."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return date.fromisoformat(f"{text}-01")
    raise SeatwiseError(f"--month is '{text}': give a month as YYYY-MM")


def main(account: str, month: str | None, html_file: Path | None, database: Path | None) -> int:
    """Print the page of an account, write it to an HTML file where one is named, and return an exit code."""
    first_day = parse_month(month) if month else None
    story = read_story(database or read_settings().published_file, account, first_day)
    page = page_of(story)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PAGE_WIDTH
    print_page(page, console)
    if html_file:
        html_file.write_text(html_page(page, f"{name_of(story.account)}, {story.month:%Y-%m}"), encoding="utf-8")
        console.print(f"\nAlso written to {html_file}", soft_wrap=True, markup=False)
    return 0
