{#- The columns that count subscriptions by status are part of a contract, so their names stand here. -#}
{% macro availability_status_names() -%}
    {{- return([
        'not_sharing_by_contract',
        'namespace_not_linked',
        'usage_not_mapped',
        'no_ping_received',
        'stopped_reporting',
        'no_production_instance',
        'opted_out',
        'release_before_billable_users',
        'billable_users_unavailable',
        'licenses_blank',
        'available',
    ]) -}}
{%- endmacro %}
