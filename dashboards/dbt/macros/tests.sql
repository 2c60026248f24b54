{# Scores that are not on the scale: 99 for "no answer", or another questionnaire's. #}
{% test ces_on_scale(model, column_name, scale) %}
select {{ column_name }} as score, count(*) as answers
from {{ model }}
where {{ column_name }} is not null and not {{ column_name }} <@ '{{ scale }}'::ces_scale
group by 1
{% endtest %}

{# Signals of the last week that is over, of ces_signals. #}
{% test ces_no_signals(model) %}
select *
from {{ model }}
where week = date_trunc('week', {{ ces.ces_setting('today') }})::date - 7
{% endtest %}
