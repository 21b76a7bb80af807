{#-
    Whether a subscription, a row of int_subscriptions, is live on a day (R8.2). Of one with dates that nobody can read
    only those count that can be read; a start that is written and unreadable has always been (R8.10). Never NULL.
-#}
{% macro is_live_on(subscription, day) -%}
    (
        ({{ subscription }}.is_start_unreadable or coalesce({{ subscription }}.starts_on <= {{ day }}, false))
        and coalesce({{ day }} < {{ subscription }}.live_until, true)
    )
{%- endmacro %}
