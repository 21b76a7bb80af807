{#-
    The order in which subscriptions, rows of int_subscriptions that name a namespace, have a claim to it on a day: live
    ones first, then the latest start, then by name (R7.4).
-#}
{% macro namespace_claim_order(subscription, day) -%}
    case when {{ is_live_on(subscription, day) }} then 0 else 1 end asc,
    {{ subscription }}.starts_on desc nulls last,
    {{ subscription }}.subscription_name asc
{%- endmacro %}
