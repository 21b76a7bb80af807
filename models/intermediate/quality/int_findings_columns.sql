-- One row per table and way in which the columns of its latest file are not what they were, or were to be (R16.2).

-- The ledger is whole once these have read their files.
-- depends_on: {{ ref('stg_saas__namespace_metrics') }}
-- depends_on: {{ ref('stg_saas__namespace_seats') }}

with

files as (

    select * from {{ ref('stg_landing__files') }}
    where
        column_names is not null
        and coalesce(partition_date <= {{ as_of_date() }}, true)

),

ranked as (

    select
        *,
        row_number() over (partition by table_name order by file_order desc, file desc) as file_recency,
        count(*) over (partition by table_name) as file_count
    from files

),

latest as (

    select * from ranked
    where
        file_recency = 1

),

columns_of_two_files as (

    select
        table_name,
        file_recency,
        {{ unnest_with_position('column_names', 'column_name') }}
    from ranked
    where
        file_count >= 2 and file_recency <= 2

),

in_one_of_two as (

    select
        table_name,
        column_name,
        max(file_recency) as file_recency
    from columns_of_two_files
    group by
        table_name,
        column_name
    having count(*) = 1

),

missing_columns as (

    select
        table_name,
        {{ unnest_with_position('missing_columns', 'column_name') }}
    from latest

),

combined as (

    select
        'column_appeared' as finding,
        table_name,
        column_name
    from in_one_of_two
    where
        file_recency = 1

    union all

    select
        'column_vanished' as finding,
        table_name,
        column_name
    from in_one_of_two
    where
        file_recency = 2

    union all

    select
        'column_missing' as finding,
        table_name,
        column_name
    from missing_columns

),

final as (

    select
        combined.finding,
        'source' as subject_type,
        combined.table_name as subject_id,
        cast(null as varchar) as account_id,
        'in ' || latest.file || ': '
        || {{ dbt.listagg(shown_id('combined.column_name'), "', '", 'order by combined.column_name') }} as detail
    from combined
    inner join latest
        on combined.table_name = latest.table_name
    group by
        combined.finding,
        combined.table_name,
        latest.file

)

select * from final
