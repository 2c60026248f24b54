{#- Tallies by day. A run counts those days again of which answers were loaded or changed since the
    last one, so unique_key is the day and not the whole key. Three hours allow for answers that
    were being loaded then. Of an answer without a time of loading nobody knows, so its day is
    counted every time. Without such a column, the model is a table, and all days are. -#}
{%- set loaded_at = ces.ces_setting('loaded_at') -%}
{{ config(materialized = 'incremental' if loaded_at else 'table', incremental_strategy = 'delete+insert',
          unique_key = 'day', on_schema_change = 'fail') }}
{%- set day = '(' ~ ces.ces_setting('answered_at') ~ ')::date' %}

select {{ day }} as day
{%- for key in ces.ces_setting('keys') %}, {{ key }}{% endfor %}
{%- for question in ces.ces_questions() %},
       {{ ces.ces_tally(question.column, question.scale) }} as {{ question.name }}
{%- endfor %},
       count(*) as responses{% if loaded_at %}, max({{ loaded_at }}) as loaded_at{% endif %}
from {{ ref(ces.ces_setting('answers')) }}
{%- if is_incremental() %}
where {{ day }} in (
    select {{ day }} from {{ ref(ces.ces_setting('answers')) }}
    where {{ loaded_at }} > coalesce((select max(loaded_at) from {{ this }}) - interval '3 hours', '-infinity')
       or {{ loaded_at }} is null
)
{%- endif %}
group by 1{% for key in ces.ces_setting('keys') %}, {{ loop.index + 1 }}{% endfor %}
