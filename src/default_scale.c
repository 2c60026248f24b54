/*-------------------------------------------------------------------------
 *
 * default_scale.c
 *	  Final functions of the aggregates on their default scale: they warn if the
 *	  answers seem to have another.
 *
 * Answers from 1 to 5, taken for 1 to 7, give a number that is wrong and looks
 * right.  Many answers of which none is near the upper end tell.  That can be
 * judged only at the end of the query, as a later group may have such an answer;
 * nothing is done for each row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "calls.h"
#include "common/int.h"
#include "executor/executor.h"
#include "metrics.h"

/* Fewer answers prove nothing. */
#define ENOUGH_ANSWERS 100

typedef struct Metric
{
	const char *name;
	TimestampTz warned_at; /* when the statement began that was warned last */
} Metric;

/* What one call of an aggregate has seen in a query */
typedef struct Watch
{
	Metric *metric;
	int location; /* of the call in the text of the query, or -1 */
	int aggno; /* of the call in its part of the query */
	bool is_over; /* answers near the upper end, or nothing to be known */
	CesScale scale;
	int64 answers; /* the most that are known to be different ones */
	int lowest;
	int highest;
	const char *call; /* for the hint: the aggregate, to the argument */
	const char *score; /* the argument */
} Watch;

/* One of the plan nodes that run a call: several do if partitions are aggregated each */
typedef struct Caller
{
	Watch *watch;
	bool adds_up; /* do its results have different answers? */
	int64 answers;
} Caller;

static Watch no_watch = {.is_over = true};
static Caller no_caller = {.watch = &no_watch};

/*
 * A scale that fits the answers better, or NULL.  It is the smallest of the common
 * ones.
 */
static const char *
narrower_scale(int lowest, int highest)
{
	if (highest <= 1)
		return "0..1";
	if (lowest < 1)
		return highest <= 5 ? "0..5" : NULL;
	if (highest <= 3)
		return "1..3";
	return highest <= 5 ? "1..5" : "1..7";
}

/* What to type instead. */
static char *
hint_scale(const Watch *watch)
{
	const char *other = narrower_scale(watch->lowest, watch->highest);
	/* For five stars, the cuts of the net promoter score are not the default ones. */
	bool is_stars = other != NULL && strcmp(other, "1..5") == 0 && strcmp(watch->metric->name, "nps") == 0;
	const char *is_right = psprintf("If it is %s, %s, '%s') says so.",
									ces_scale_range_text(watch->scale), watch->call,
									ces_scale_range_text(watch->scale));

	if (other == NULL)
		return psprintf("If the question has another scale, name it as the second argument. %s", is_right);
	return psprintf("If the question has another scale, name it, as in %s, '%s%s'), or '%c..%c%s' if a low score is good. %s",
					watch->call, other, is_stars ? " top 5 bottom 3" : "",
					other[3], other[0], is_stars ? " top 1 bottom 3" : "", is_right);
}

/*
 * At the end of a query, warn if the answers seem to have another scale; once for
 * each metric in what the client sent, which may be a loop.
 */
static void
warn_if_scale_unlikely(Datum argument)
{
	const Watch *watch = (const Watch *) DatumGetPointer(argument);
	Metric *metric = watch->metric;

	if (watch->is_over || watch->answers < ENOUGH_ANSWERS ||
		metric->warned_at == GetCurrentStatementStartTimestamp())
		return;
	metric->warned_at = GetCurrentStatementStartTimestamp();
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("the highest of " INT64_FORMAT " answers is %d, but the default scale of %s is %s",
					watch->answers, watch->highest, metric->name, ces_scale_range_text(watch->scale)),
			 errhint("%s", hint_scale(watch))));
}

/*
 * The watch of the same call in the same query, if there is one: partitions may be
 * aggregated each by a node of its own.  In a view, calls have no location.
 */
static Watch *
find_watch(const EState *query, const Metric *metric, const Aggref *call)
{
	ListCell *cell;

	foreach (cell, query->es_exprcontexts)
	{
		const ExprContext *context = lfirst(cell);
		const ExprContext_CB *callback;

		for (callback = context->ecxt_callbacks; callback != NULL; callback = callback->next)
		{
			Watch *watch = (Watch *) DatumGetPointer(callback->arg);

			if (callback->function == warn_if_scale_unlikely && watch->metric == metric &&
				watch->location == call->location && watch->aggno == call->aggno)
				return watch;
		}
	}
	return NULL;
}

/*
 * Is the node in this plan, where nothing runs it again: a nested loop or a recursive
 * query?  A subquery in an expression isn't found, as it may run for each row.
 */
static bool
runs_once(Plan *top, const Plan *node)
{
	List *plans = list_make1(top);

	for (int i = 0; i < list_length(plans); i++)
	{
		Plan *plan = list_nth(plans, i);

		if (plan == node)
			return true;
		if (IsA(plan, Append))
			plans = list_concat(plans, ((const Append *) plan)->appendplans);
		else if (IsA(plan, MergeAppend))
			plans = list_concat(plans, ((const MergeAppend *) plan)->mergeplans);
		else if (IsA(plan, SubqueryScan))
			plans = lappend(plans, ((const SubqueryScan *) plan)->subplan);
		if (outerPlan(plan) != NULL)
			plans = lappend(plans, outerPlan(plan));
		if (innerPlan(plan) != NULL && !IsA(plan, RecursiveUnion) &&
			(!IsA(plan, NestLoop) || IsA(innerPlan(plan), Material)))
			plans = lappend(plans, innerPlan(plan));
	}
	return false;
}

/* Does the node meet each answer once?  Not with several grouping sets, nor in a window. */
static bool
meets_answers_once(const EState *query, const Plan *plan)
{
	return IsA(plan, Agg) && ((const Agg *) plan)->groupingSets == NIL &&
		   ((const Agg *) plan)->chain == NIL && runs_once(query->es_plannedstmt->planTree, plan);
}

/* Begin to watch a call in a query, which is NULL in a window. */
static Watch *
start_watch(FunctionCallInfo fcinfo, EState *query, Metric *metric, const Aggref *call)
{
	const char *score = ces_argument_text(fcinfo, ces_called_aggregate(fcinfo, 1), 0, "YOUR_SCORE");
	Watch *watch = MemoryContextAllocZero(query->es_query_cxt, sizeof(Watch));

	watch->metric = metric;
	watch->location = call == NULL ? -1 : call->location;
	watch->aggno = call == NULL ? -1 : call->aggno;
	watch->score = MemoryContextStrdup(query->es_query_cxt, score);
	watch->call = MemoryContextStrdup(query->es_query_cxt,
									  psprintf("%s%s(%s", ces_schema_prefix(fcinfo), metric->name, score));
	RegisterExprContextCallback(CreateExprContext(query), warn_if_scale_unlikely, PointerGetDatum(watch));
	return watch;
}

/*
 * Who calls, and the watch of the call.  Where processes share the groups between them,
 * none knows what the others see.
 */
static Caller *
find_caller(FunctionCallInfo fcinfo, Metric *metric)
{
	const Aggref *call = AggGetAggref(fcinfo);
	const PlanState *state;
	EState *query;
	Caller *caller;

	if (!AggCheckCallContext(fcinfo, NULL))
		return &no_caller;
	state = (const PlanState *) fcinfo->context; /* AggState or WindowAggState */
	query = state->state;
	if (IsParallelWorker() || (query->es_use_parallel_mode && state->plan->parallel_safe))
		return &no_caller;

	caller = MemoryContextAllocZero(query->es_query_cxt, sizeof(Caller));
	caller->watch = call == NULL ? NULL : find_watch(query, metric, call);
	if (caller->watch == NULL)
		caller->watch = start_watch(fcinfo, query, metric, call);
	caller->adds_up = meets_answers_once(query, state->plan);
	return caller;
}

/* Note the answers of a group or a frame. */
static void
note_answers(Caller *caller, const CesTally *tally)
{
	Watch *watch = caller->watch;
	CesScale scale = ces_tally_scale(tally);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	int64 total = ces_counts_total(counts, points);
	int first = 0;
	int last = points - 1;

	if (total == 0)
		return;
	while (counts[first] == 0)
		first++;
	while (counts[last] == 0)
		last--;
	first += ces_scale_lowest(scale);
	last += ces_scale_lowest(scale);

	/* Near the upper end is beyond 5 of 1..7, 7 of 0..10 and 3 of 1..5. */
	watch->is_over = 4 * last > 3 * ces_scale_highest(scale);
	watch->scale = scale;
	watch->lowest = watch->answers == 0 ? first : Min(watch->lowest, first);
	watch->highest = watch->answers == 0 ? last : Max(watch->highest, last);
	if (!caller->adds_up)
		caller->answers = total;
	else if (pg_add_s64_overflow(caller->answers, total, &caller->answers))
		caller->answers = PG_INT64_MAX;
	watch->answers = Max(watch->answers, caller->answers);
}

/* Watch the result of a call, argument 0, unless that is over. */
static void
watch_result(FunctionCallInfo fcinfo, Metric *metric)
{
	Caller *caller = fcinfo->flinfo->fn_extra;

	if (caller == NULL)
		fcinfo->flinfo->fn_extra = caller = find_caller(fcinfo, metric);
	if (!caller->watch->is_over)
		note_answers(caller, PG_GETARG_CES_TALLY(0));
}

/* Final function of ces_topbox(score). */
PG_FUNCTION_INFO_V1(ces_topbox_final);
Datum
ces_topbox_final(PG_FUNCTION_ARGS)
{
	static Metric metric = {.name = "ces_topbox"};

	watch_result(fcinfo, &metric);
	return ces_topbox(fcinfo);
}

/* Final function of ces_mean(score). */
PG_FUNCTION_INFO_V1(ces_mean_final);
Datum
ces_mean_final(PG_FUNCTION_ARGS)
{
	static Metric metric = {.name = "ces_mean"};

	watch_result(fcinfo, &metric);
	return ces_mean(fcinfo);
}

/* Final function of nps(score). */
PG_FUNCTION_INFO_V1(ces_nps_final);
Datum
ces_nps_final(PG_FUNCTION_ARGS)
{
	static Metric metric = {.name = "nps"};

	watch_result(fcinfo, &metric);
	return ces_nps(fcinfo);
}

/* Final function of csat(score). */
PG_FUNCTION_INFO_V1(ces_csat_final);
Datum
ces_csat_final(PG_FUNCTION_ARGS)
{
	static Metric metric = {.name = "csat"};

	watch_result(fcinfo, &metric);
	return ces_topbox(fcinfo);
}
