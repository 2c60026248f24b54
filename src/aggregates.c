/*-------------------------------------------------------------------------
 *
 * aggregates.c
 *	  What the aggregates do for each row: count the answer in a tally.
 *
 * The state of every aggregate is a ces_tally, so aggregates over the same
 * score and scale share one, and partial results travel between processes and
 * servers like any other value.  In an aggregate the state is changed in place.
 *
 * The INITCOND of an aggregate is an empty tally on its default scale.  As long
 * as the state is empty, that scale is only a proposal: the first answer on
 * another scale replaces it, and so does the first partial result that has
 * answers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "labels.h"
#include "nodes/primnodes.h"
#include "scores.h"
#include "tally.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Does the executor keep the state, so that it may change in place?  The same as
 * AggCheckCallContext(), inlined because it runs for every row.
 */
static inline bool
is_in_aggregate(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL &&
		   (IsA(fcinfo->context, AggState) ||
			IsA(fcinfo->context, WindowAggState));
}

/* The state, argument 0, as a tally to change: in an aggregate itself, else a copy. */
static inline CesTally *
state_to_change(FunctionCallInfo fcinfo)
{
	CesTally *state = (CesTally *) PG_GETARG_POINTER(0);

	if (likely(ces_tally_is_flat(state) && is_in_aggregate(fcinfo)))
		return state;
	return PG_GETARG_CES_TALLY_COPY(0);
}

#define TWO_SCALES_HINT \
	"Add the scale to GROUP BY (for tallies, ces_scale(tally)), " \
	"or convert the scores to one scale with round(ces_rescale(score, from_scale, to_scale))."

/* Let an empty state take another scale. */
static CesTally *
change_scale(const CesTally *state, CesScale scale)
{
	ces_tally_check(state);
	if (ces_tally_total(state) > 0)
		ces_report_two_scales(ces_tally_scale(state), scale, TWO_SCALES_HINT);
	return ces_tally_make_empty(scale);
}

/*
 * The name under which the user called this aggregate, or NULL where an aggregate
 * of another kind runs it: on a worker of Citus the call names
 * worker_partial_agg, which has more arguments.
 */
static const char *
called_aggregate(FunctionCallInfo fcinfo)
{
	Aggref *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL || list_length(aggref->aggargtypes) != PG_NARGS() - 1)
		return NULL;
	return get_func_name(aggref->aggfnoid);
}

/* A common scale that has this score, or NULL. */
static const char *
suggest_scale(double score)
{
	if (score != rint(score) || score < CES_SCALE_MIN || score > CES_SCALE_MAX)
		return NULL;
	if (score < -10)
		return "-100..0";
	if (score < 0)
		return "-10..10";
	if (score > 10)
		return "0..100";
	return score >= 1 && score <= 5 ? "1..5" : "0..10";
}

/*
 * The second part of the hint for a score off the default scale: another scale on
 * which the question may have been asked.
 */
static char *
hint_other_scale(FunctionCallInfo fcinfo, const char *other)
{
	const char *aggregate = called_aggregate(fcinfo);

	if (aggregate == NULL)
		return psprintf(" If the question has another scale, name it as the second argument, "
						"such as '%s'.",
						other);
	return psprintf(" If the question has another scale, name it, as in %s(score, '%s').",
					aggregate, other);
}

/*
 * Raise the error for a score, argument 1, that is not on the scale.  That is the
 * scale of argument 2, if there is one, or else the state's.  It is looked up
 * again here so that it need not be kept while rows are counted.
 */
pg_noreturn static pg_noinline void
report_score_off_scale(FunctionCallInfo fcinfo, Oid type)
{
	char *score = ces_score_text(PG_GETARG_DATUM(1), type);
	bool is_default = PG_NARGS() == 2;
	CesScale scale = is_default ? ces_tally_scale(PG_GETARG_CES_TALLY(0)) : PG_GETARG_CES_SCALE(2);
	const char *other = is_default ? suggest_scale(strtod(score, NULL)) : NULL;

	ces_report_score_off_scale(score, scale,
							   psprintf("To skip such answers, add FILTER (WHERE score <@ '%s').%s",
										ces_scale_range_text(scale),
										other ? hint_other_scale(fcinfo, other) : ""));
}

/* Add answers with this score to the state, on its own scale. */
static inline Datum
add_to_state(FunctionCallInfo fcinfo, CesTally *state, int32 score, Oid type,
			 int64 answers)
{
	CesTally *changed = ces_tally_add_answers(state, score, answers);

	if (unlikely(changed == NULL))
		report_score_off_scale(fcinfo, type);
	PG_RETURN_CES_TALLY(changed);
}

/* The state unchanged, for a row without an answer. */
static inline Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * (state, score): add answers with this score on the default scale, which is the
 * state's.  Arguments are not NULL.
 */
static inline Datum
accum_answers(FunctionCallInfo fcinfo, int32 score, Oid type, int64 answers)
{
	return add_to_state(fcinfo, state_to_change(fcinfo), score, type, answers);
}

/* (state, score, scale, ...): add answers with this score on this scale. */
static inline Datum
accum_answers_on_scale(FunctionCallInfo fcinfo, int32 score, Oid type,
					   int64 answers)
{
	CesScale scale;
	CesTally *state;

	if (unlikely(PG_ARGISNULL(2)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("scale of an answer must not be null"),
				 errhint("To skip answers without a scale, add FILTER (WHERE scale IS NOT NULL).")));
	scale = PG_GETARG_CES_SCALE(2);
	if (unlikely(answers == 0))
	{
		/* No answer, so no scale for the state; but the score must be on it. */
		if (!ces_scale_has(scale, score))
			report_score_off_scale(fcinfo, type);
		return keep_state(fcinfo);
	}
	state = PG_ARGISNULL(0) ? ces_tally_make_empty(scale) : state_to_change(fcinfo);
	if (unlikely(!ces_scale_equals(ces_tally_scale(state), scale)))
		state = change_scale(state, scale);
	return add_to_state(fcinfo, state, score, type, answers);
}

/* Argument 3: how many answers the row stands for. */
static inline int64
get_responses(FunctionCallInfo fcinfo)
{
	int64 responses;

	if (unlikely(PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("number of responses must not be null"),
				 errhint("To count such a row as no answer, write coalesce(responses, 0).")));
	responses = PG_GETARG_INT64(3);
	if (unlikely(responses < 0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of responses must not be negative"),
				 errdetail("It is " INT64_FORMAT ".", responses),
				 errhint("To remove answers, subtract tallies: tally - ces_tally(score, scale, responses).")));
	return responses;
}

/*
 * The transition functions ces_tally_accum, and their inverses
 * ces_tally_accum_inv, for each type of score:
 *
 *	(state, score)						on the default scale; strict
 *	(state, score, scale)				skips a NULL score, but no other NULL
 *	(state, score, scale, responses)	likewise
 */
PG_FUNCTION_INFO_V1(ces_tally_accum_int2);
Datum
ces_tally_accum_int2(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, PG_GETARG_INT16(1), INT2OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_scale_int2);
Datum
ces_tally_accum_scale_int2(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT16(1), INT2OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_responses_int2);
Datum
ces_tally_accum_responses_int2(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT16(1), INT2OID, get_responses(fcinfo));
}

PG_FUNCTION_INFO_V1(ces_tally_accum_int4);
Datum
ces_tally_accum_int4(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, PG_GETARG_INT32(1), INT4OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_scale_int4);
Datum
ces_tally_accum_scale_int4(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT32(1), INT4OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_responses_int4);
Datum
ces_tally_accum_responses_int4(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT32(1), INT4OID, get_responses(fcinfo));
}

PG_FUNCTION_INFO_V1(ces_tally_accum_float8);
Datum
ces_tally_accum_float8(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_scale_float8);
Datum
ces_tally_accum_scale_float8(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_responses_float8);
Datum
ces_tally_accum_responses_float8(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID,
								  get_responses(fcinfo));
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_int2);
Datum
ces_tally_accum_inv_int2(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, PG_GETARG_INT16(1), INT2OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_scale_int2);
Datum
ces_tally_accum_inv_scale_int2(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT16(1), INT2OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_responses_int2);
Datum
ces_tally_accum_inv_responses_int2(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT16(1), INT2OID, -get_responses(fcinfo));
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_int4);
Datum
ces_tally_accum_inv_int4(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, PG_GETARG_INT32(1), INT4OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_scale_int4);
Datum
ces_tally_accum_inv_scale_int4(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT32(1), INT4OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_responses_int4);
Datum
ces_tally_accum_inv_responses_int4(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, PG_GETARG_INT32(1), INT4OID, -get_responses(fcinfo));
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_float8);
Datum
ces_tally_accum_inv_float8(PG_FUNCTION_ARGS)
{
	return accum_answers(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_scale_float8);
Datum
ces_tally_accum_inv_scale_float8(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID, -1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_responses_float8);
Datum
ces_tally_accum_inv_responses_float8(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accum_answers_on_scale(fcinfo, ces_score_from_float8(PG_GETARG_FLOAT8(1)), FLOAT8OID,
								  -get_responses(fcinfo));
}

/* Combine function, and transition of ces_rollup: adds the answers of a tally. */
PG_FUNCTION_INFO_V1(ces_tally_combine);
Datum
ces_tally_combine(PG_FUNCTION_ARGS)
{
	CesTally *state = state_to_change(fcinfo);
	const CesTally *other = PG_GETARG_CES_TALLY(1);

	ces_tally_check(state);
	if (!ces_scale_equals(ces_tally_scale(state), ces_tally_scale(other)))
	{
		if (ces_tally_total(other) == 0)
			PG_RETURN_CES_TALLY(state);
		state = change_scale(state, ces_tally_scale(other));
	}
	PG_RETURN_CES_TALLY(ces_tally_add_tally(state, other));
}

/* Inverse transition of ces_rollup: removes the answers of a tally. */
PG_FUNCTION_INFO_V1(ces_tally_combine_inv);
Datum
ces_tally_combine_inv(PG_FUNCTION_ARGS)
{
	CesTally *state = state_to_change(fcinfo);
	const CesTally *other = PG_GETARG_CES_TALLY(1);

	ces_tally_check(state);
	if (!ces_scale_equals(ces_tally_scale(state), ces_tally_scale(other)))
	{
		if (ces_tally_total(other) == 0)
			PG_RETURN_CES_TALLY(state);
		ces_report_two_scales(ces_tally_scale(state), ces_tally_scale(other),
							  TWO_SCALES_HINT);
	}
	PG_RETURN_CES_TALLY(ces_tally_subtract_tally(state, other));
}

/*
 * Final function of the aggregates that return a tally: a copy, as the state of
 * a moving window goes on changing.  NULL for no answers.
 */
PG_FUNCTION_INFO_V1(ces_tally_final);
Datum
ces_tally_final(PG_FUNCTION_ARGS)
{
	const CesTally *state = PG_GETARG_CES_TALLY(0);

	if (ces_tally_total(state) == 0)
		PG_RETURN_NULL();
	PG_RETURN_CES_TALLY(ces_tally_make_narrow(state));
}

/*
 * Answers in words
 */

/*
 * (state, answer, label_set): add answers with the score that these words have in
 * the set, on the scale of the set.  An answer without words is none.
 */
static Datum
accum_answers_in_words(FunctionCallInfo fcinfo, int64 answers)
{
	CesScale scale;
	int32 score;
	CesTally *state;

	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	if (unlikely(PG_ARGISNULL(2)))
	{
		if (ces_has_words(PG_GETARG_TEXT_PP(1)))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("label set of an answer must not be null"),
					 errhint("To skip answers without a label set, add FILTER (WHERE LABEL_SET IS NOT NULL).")));
		return keep_state(fcinfo);
	}
	if (!ces_find_answer(fcinfo, PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2), &scale, &score))
		return keep_state(fcinfo);
	state = PG_ARGISNULL(0) ? ces_tally_make_empty(scale) : state_to_change(fcinfo);
	if (unlikely(!ces_scale_equals(ces_tally_scale(state), scale)))
	{
		ces_tally_check(state);
		if (ces_tally_total(state) > 0)
			ces_report_two_scales(ces_tally_scale(state), scale, "Add the label set to GROUP BY.");
		state = ces_tally_make_empty(scale);
	}
	PG_RETURN_CES_TALLY(ces_tally_add_answers(state, score, answers));
}

/* The transition function ces_tally_accum, and its inverse, for answers in words. */
PG_FUNCTION_INFO_V1(ces_tally_accum_words);
Datum
ces_tally_accum_words(PG_FUNCTION_ARGS)
{
	return accum_answers_in_words(fcinfo, 1);
}

PG_FUNCTION_INFO_V1(ces_tally_accum_inv_words);
Datum
ces_tally_accum_inv_words(PG_FUNCTION_ARGS)
{
	return accum_answers_in_words(fcinfo, -1);
}
