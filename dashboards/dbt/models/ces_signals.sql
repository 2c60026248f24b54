{#- The signals of the 26 weeks before this one, which is not over. -#}
{{ config(materialized = 'view') }}
{%- set keys = ces.ces_setting('signal_keys') | join(', ') %}
{%- set by = 'partition by ' ~ keys if keys else '' %}

with weekly as (
    select date_trunc('week', day)::date as week{{ ', ' ~ keys if keys }}
    {%- for question in ces.ces_questions() %},
           {{ ces.ces_rollup(question.name) }} as {{ question.name }}
    {%- endfor %}
    from {{ ref('ces_daily') }}
    where day < date_trunc('week', {{ ces.ces_setting('today') }})
      and day >= date_trunc('week', {{ ces.ces_setting('today') }}) - interval '26 weeks'
    group by 1{% for key in ces.ces_setting('signal_keys') %}, {{ loop.index + 1 }}{% endfor %}
), points as (
{%- for question in ces.ces_questions() %}
    {{- '\n    union all' if not loop.first }}
    select week{{ ', ' ~ keys if keys }}, '{{ question.metric }}' as metric, ces_count({{ question.name }}) as answers,
           ({{ question.metric }}_limits({{ question.name }}) over ({{ by }} order by week)).*
    from weekly
{%- endfor %}
)
select week{{ ', ' ~ keys if keys }}, metric, answers, value, centre, lower, upper, signal
from points
where signal is not null
