{#- What goes along with a renewal from model to model (R18). -#}
{% macro renewal_columns() -%}
    {{- return([
        'subscription_name', 'month', 'account_id', 'renewal_date', 'days_to_renewal', 'renewal_window',
        'licenses_sold', 'billable_user_count', 'license_utilization', 'availability_status', 'term_peak_from',
        'currency', 'arr', 'arr_missing_reason', 'reporting_currency', 'exchange_rate', 'exchange_rate_missing_reason',
        'arr_reporting', 'arr_reporting_missing_reason',
    ]) -}}
{%- endmacro %}
