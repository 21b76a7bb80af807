-- One row per account, month, figure and publication: a figure of a closed month that the publication changed, against
-- the one before, and through what (R23.3). The publisher writes it: a build knows no publication, so its own is empty.

with

causes as (

    select * from {{ ref('restatement_causes') }}

),

final as (

    select
        cast(null as {{ dbt.type_string() }}) as account_id,
        cast(null as date) as month,
        cast(null as {{ dbt.type_string() }}) as figure,
        cast(null as {{ dbt.type_bigint() }}) as publication_number,
        cast(null as {{ dbt.type_string() }}) as value_before,
        cast(null as {{ dbt.type_string() }}) as value_after,
        cast(null as double) as difference,
        cause,
        cast(null as {{ dbt.type_timestamp() }}) as published_at,
        cast(null as date) as as_of_date,
        cast(null as {{ dbt.type_timestamp() }}) as previous_published_at,
        cast(null as date) as previous_as_of_date
    from causes
    where
        false

)

select * from final
