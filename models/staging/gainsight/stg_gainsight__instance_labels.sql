-- One row per label: several may name one instance, the latest wins later on.

with

source as (

    select * from {{ source('gainsight', 'instance_info') }}

),

renamed as (

    select
        row_number() over (order by _file_order, _file, _row) as label_number,
        {{ crm_id_of('crm_acct_id') }} as crm_account_id,
        lower({{ text_of('instance_uuid') }}) as instance_uuid,
        lower({{ text_of('hostname') }}) as hostname,
        {{ id_of('namespace_id') }} as namespace_id,
        {{ text_of('instancetype') }} as instance_type_text,
        coalesce(
            {{ flag_meaning_of('health_measures', 'included_in_health_measures') }} = 'out', false
        ) as is_opted_out_of_health,
        {{ time_of('updated_at') }} as updated_at
    from source

),

ranked as (

    select
        *,
        row_number() over (order by updated_at desc nulls last, label_number desc) as label_precedence
    from renamed

)

select * from ranked
