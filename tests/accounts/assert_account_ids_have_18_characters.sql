-- R8.8 Ids of one CRM record are one, published with 18 characters; the short form is never published.

with

accounts as (

    select account_id from {{ ref('dim_accounts') }}

    union all

    select account_id from {{ ref('dim_subscriptions') }}

    union all

    select account_id from {{ ref('dim_instances') }}

)

select *
from accounts
where
    length(account_id) = 15
