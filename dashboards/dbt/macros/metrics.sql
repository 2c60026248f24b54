{# Metrics of a column of scores. Without a scale they have the one of the settings. #}

{% macro ces_topbox(score, scale=none) -%}
    ces_topbox({{ score }}, '{{ scale or ces.ces_setting('effort_scale') }}')
{%- endmacro %}

{% macro ces_mean(score, scale=none) -%}
    ces_mean({{ score }}, '{{ scale or ces.ces_setting('effort_scale') }}')
{%- endmacro %}

{% macro ces_nps(score, scale=none) -%}
    nps({{ score }}, '{{ scale or ces.ces_setting('recommend_scale') }}')
{%- endmacro %}

{% macro ces_csat(score, scale=none) -%}
    csat({{ score }}, '{{ scale or ces.ces_setting('satisfaction_scale') }}')
{%- endmacro %}

{# All answers of a group in a dozen bytes, and the sum of such tallies, from which ces_topbox(),
   ces_mean(), nps() and csat() of the database read the metric. #}

{% macro ces_tally(score, scale) -%}
    ces_tally({{ score }}, '{{ scale }}')
{%- endmacro %}

{% macro ces_rollup(tally) -%}
    ces_rollup({{ tally }})
{%- endmacro %}
