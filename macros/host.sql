{#-
    A host as a person means it (R6.2): lower case, without scheme, user, port, path and a dot at the end. The colons of
    an IPv6 address without brackets are no port. What has no host is NULL.
-#}
{% macro host_of(column) -%}
    {%- set without_scheme = "regexp_replace(lower(" ~ trimmed(column) ~ "), '^([a-z][a-z0-9+.-]*:)?//', '')" -%}
    {%- set authority = "regexp_replace(" ~ without_scheme ~ ", '[/?#\\\\].*$', '')" -%}
    nullif(
        rtrim(
            regexp_replace({{ authority }}, '^(?:.*@)?(?:(\[[^\]]*\]|[^:@]*)(?::[0-9]*)?|([^@]*))$', '\1\2'), '. '
        ), ''
    )
{%- endmacro %}
