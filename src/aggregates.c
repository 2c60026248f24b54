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

#include "calls.h"
#include "catalog/pg_type.h"
#include "labels.h"
#include "scores.h"
#include "tally.h"
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

/* What can be done about answers in words from sets on two scales. */
static char *
hint_two_sets(FunctionCallInfo fcinfo)
{
	const Aggref *call = ces_called_aggregate(fcinfo, 2);

	return psprintf("Add %s to %s BY.", ces_argument_text(fcinfo, call, 1, "YOUR_LABEL_SET"),
					ces_is_in_window(fcinfo) ? "PARTITION" : "GROUP");
}

/*
 * What can be done about answers on two scales, the first of which is given; for an
 * aggregate of scores.  A partial result may be one of words.
 */
static char *
hint_two_scales(FunctionCallInfo fcinfo, CesScale scale)
{
	const Aggref *call = ces_called_aggregate(fcinfo, 2);
	const char *score_text = ces_argument_text(fcinfo, call, 0, "YOUR_SCORE");
	const char *scale_text = ces_argument_text(fcinfo, call, 1, "YOUR_SCALE");
	char *rescaled = psprintf("round(%sces_rescale(%s, %s, '%s'))",
							  ces_schema_prefix(fcinfo), score_text, scale_text, ces_scale_range_text(scale));

	if (call != NULL && linitial_oid(call->aggargtypes) == TEXTOID)
		return hint_two_sets(fcinfo);
	if (call != NULL)
		rescaled = psprintf("%s%s(%s, '%s')", ces_schema_prefix(fcinfo), get_func_name(call->aggfnoid), rescaled,
							ces_scale_text(scale));
	return psprintf("Add %s to %s BY, or convert the scores to one scale, which rounds them, with %s.",
					call != NULL ? scale_text : "the scale",
					ces_is_in_window(fcinfo) ? "PARTITION" : "GROUP", rescaled);
}

/*
 * The same for an aggregate of tallies.  Partial results of scores are tallies, too;
 * they are combined where the call has more arguments.
 */
static char *
hint_two_scales_of_tallies(FunctionCallInfo fcinfo, CesScale scale)
{
	const Aggref *call = ces_called_aggregate(fcinfo, 1);

	if (call == NULL && AggGetAggref(fcinfo) != NULL)
		return hint_two_scales(fcinfo, scale);
	return psprintf("Add %sces_scale(%s) to %s BY.", ces_schema_prefix(fcinfo), ces_argument_text(fcinfo, call, 0, "YOUR_TALLY"),
					ces_is_in_window(fcinfo) ? "PARTITION" : "GROUP");
}

/* Let an empty state take another scale. */
static CesTally *
change_scale(FunctionCallInfo fcinfo, const CesTally *state, CesScale scale,
			 char *(*hint)(FunctionCallInfo fcinfo, CesScale scale))
{
	ces_tally_check(state);
	if (ces_tally_total(state) > 0)
		ces_report_two_scales(ces_tally_scale(state), scale, hint(fcinfo, ces_tally_scale(state)));
	return ces_tally_make_empty(scale);
}

/*
 * Is this a number that questionnaires store where there is no answer: 99 and the
 * like, or a small negative one?
 */
static bool
is_code_for_no_answer(double score)
{
	static const int codes[] = {66, 77, 88, 96, 97, 98, 99, 666, 777, 888, 996, 997, 998, 999,
								6666, 7777, 8888, 9996, 9997, 9998, 9999};

	if (score == rint(score) && score >= -9 && score < 0)
		return true;
	for (int i = 0; i < (int) lengthof(codes); i++)
	{
		if (fabs(score) == codes[i])
			return true;
	}
	return false;
}

/*
 * How to leave out the rows that don't meet a condition.  A call that has a FILTER gets
 * no second one: there, what is counted becomes NULL.
 */
static char *
hint_skip(FunctionCallInfo fcinfo, const Aggref *call, const char *counted, const char *condition)
{
	if (ces_has_filter(fcinfo, call))
		return psprintf("write CASE WHEN %s THEN %s END in place of %s", condition, counted, counted);
	return psprintf("add FILTER (WHERE %s)%s", condition, ces_is_in_window(fcinfo) ? " before OVER" : "");
}

/*
 * How to name another scale than the default: the smallest of the common ones that has
 * the score.  There is another choice beside it, as only the user knows.
 */
static const char *
hint_other_scale(FunctionCallInfo fcinfo, const Aggref *call, const char *column, int score)
{
	int lowest = score == 6 || score == 7 ? 1 : 0;
	int highest = lowest == 1 ? 7 : 10;
	const char *choice = "or '0..1' for no and yes";

	if (score > 10)
		highest = 100;
	if (score != 0)
		choice = psprintf("or '%d..%d' if a low score is good", highest, lowest);
	if (score < 0)
		return "name it as the second argument";
	if (call == NULL)
		return psprintf("name it as the second argument, such as '%d..%d', %s", lowest, highest, choice);
	return psprintf("name it, as in %s%s(%s, '%d..%d'), %s", ces_schema_prefix(fcinfo),
					get_func_name(call->aggfnoid), column, lowest, highest, choice);
}

/*
 * The hint for a score, argument 1, off the scale.  It is pasted in a hurry: each
 * suggestion says when it applies, and no code for "no answer" leads to another scale.
 */
static char *
hint_score_off_scale(FunctionCallInfo fcinfo, const char *score, CesScale scale, bool is_default)
{
	const Aggref *call = ces_called_aggregate(fcinfo, PG_NARGS() - 1);
	const char *column = ces_argument_text(fcinfo, call, 0, "YOUR_SCORE");
	double number = strtod(score, NULL);
	char *skip = hint_skip(fcinfo, call, column, psprintf("%s %s '%s'", column, ces_on_scale_operator(fcinfo), ces_scale_range_text(scale)));

	if (is_code_for_no_answer(number))
		return psprintf("%s looks like a code for \"no answer\". To skip such answers, %s.", score, skip);
	if (number != rint(number) || fabs(number) > 100)
		return psprintf("To skip such answers, %s.", skip);
	return psprintf("If %s stands for \"no answer\", %s. If the question has another scale, %s.", score, skip,
					is_default ? hint_other_scale(fcinfo, call, column, (int) number) : "name that one");
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

	ces_report_score_off_scale(score, scale,
							   hint_score_off_scale(fcinfo, score, scale, is_default));
}

/* Raise the error for an argument beside a score that must not be NULL. */
pg_noreturn static pg_noinline void
report_null(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s", message),
			 errhint("%s", hint)));
}

/* An argument of the transition function, from 1 on, as the user wrote it. */
static const char *
argument_text(FunctionCallInfo fcinfo, int argument, const char *placeholder)
{
	return ces_argument_text(fcinfo, ces_called_aggregate(fcinfo, PG_NARGS() - 1),
							 argument - 1, placeholder);
}

/* How to leave out answers, argument 1, beside which argument 2 is NULL. */
static char *
hint_skip_null(FunctionCallInfo fcinfo, const char *answer, const char *other)
{
	return hint_skip(fcinfo, ces_called_aggregate(fcinfo, PG_NARGS() - 1), argument_text(fcinfo, 1, answer),
					 psprintf("%s IS NOT NULL", argument_text(fcinfo, 2, other)));
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
		report_null("scale of an answer must not be null",
					psprintf("To skip answers without a scale, %s.", hint_skip_null(fcinfo, "YOUR_SCORE", "YOUR_SCALE")));
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
		state = change_scale(fcinfo, state, scale, hint_two_scales);
	return add_to_state(fcinfo, state, score, type, answers);
}

/* Argument 3: how many answers the row stands for. */
static inline int64
get_responses(FunctionCallInfo fcinfo)
{
	int64 responses;

	if (unlikely(PG_ARGISNULL(3)))
		report_null("number of responses must not be null",
					psprintf("To count such a row as no answer, write coalesce(%s, 0).",
							 argument_text(fcinfo, 3, "YOUR_RESPONSES")));
	responses = PG_GETARG_INT64(3);
	if (unlikely(responses < 0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number of responses must not be negative"),
				 errdetail("It is " INT64_FORMAT ".", responses),
				 errhint("To remove answers, count them in a tally of their own and subtract that.")));
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
		state = change_scale(fcinfo, state, ces_tally_scale(other), hint_two_scales_of_tallies);
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
							  hint_two_scales_of_tallies(fcinfo, ces_tally_scale(state)));
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
			report_null("label set of an answer must not be null",
						psprintf("To skip answers without a label set, %s.",
								 hint_skip_null(fcinfo, "YOUR_ANSWER", "YOUR_LABEL_SET")));
		return keep_state(fcinfo);
	}
	if (!ces_find_answer(fcinfo, PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2), &scale, &score))
		return keep_state(fcinfo);
	state = PG_ARGISNULL(0) ? ces_tally_make_empty(scale) : state_to_change(fcinfo);
	if (unlikely(!ces_scale_equals(ces_tally_scale(state), scale)))
	{
		ces_tally_check(state);
		if (ces_tally_total(state) > 0)
			ces_report_two_scales(ces_tally_scale(state), scale,
								  hint_two_sets(fcinfo));
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
