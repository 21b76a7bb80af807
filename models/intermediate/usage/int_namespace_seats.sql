-- One row per namespace and date of its seats by the as-of date: seats in use, and the most that it reports (R9.2).
-- Of repeated rows the later file's later one counts (R16.7).

with

seats as (

    select * from {{ ref('stg_saas__namespace_seats') }}
    where
        ping_date <= {{ as_of_date() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by namespace_id, ping_date
            order by _file_order desc, _file desc, _row desc
        ) as row_recency
    from seats

),

judged as (

    select
        {{ dbt.hash("'namespace|' || namespace_id") }} as instance_id,
        namespace_id,
        ping_date,
        seats_in_use_text,
        max_seats_used_text,
        case
            when seats_in_use_text is null then 'not_reported'
            else {{ unusable_text_reason('seats_in_use_text') }}
        end as missing_reason
    from ranked
    where
        row_recency = 1

),

final as (

    select
        instance_id,
        namespace_id,
        ping_date,
        case when missing_reason is null then {{ usable_text_value('seats_in_use_text') }} end as seats_in_use,
        missing_reason,
        {{ usable_text_value('max_seats_used_text') }} as max_seats_used
    from judged

)

select * from final
