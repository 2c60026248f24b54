/*-------------------------------------------------------------------------
 *
 * tally_datum.c
 *	  Forged tallies and scales, such as a cast WITHOUT FUNCTION lets in, as
 *	  arguments of every function that takes one.
 *
 * Each function reports a forged tally as corrupted, and accepts a true one.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

DECLARE(ces_tally_out);
DECLARE(ces_tally_send);
DECLARE(ces_tally_eq);
DECLARE(ces_tally_ne);
DECLARE(ces_tally_hash);
DECLARE(ces_tally_hash_extended);
DECLARE(ces_from_counts);
DECLARE(ces_counts);
DECLARE(ces_scale_of_tally);
DECLARE(ces_tally_add);
DECLARE(ces_tally_subtract);
DECLARE(ces_count);
DECLARE(ces_mean);
DECLARE(ces_stddev);
DECLARE(ces_median);
DECLARE(ces_topbox);
DECLARE(ces_topbox_cut);
DECLARE(ces_bottombox);
DECLARE(ces_bottombox_cut);
DECLARE(ces_net);
DECLARE(ces_nps);
DECLARE(ces_pomp);
DECLARE(ces_histogram);
DECLARE(ces_sparkline);
DECLARE(ces_topbox_ci);
DECLARE(ces_nps_ci);
DECLARE(ces_mean_ci);
DECLARE(ces_topbox_test);
DECLARE(ces_nps_test);
DECLARE(ces_mean_test);
DECLARE(ces_topbox_impact);
DECLARE(ces_nps_impact);
DECLARE(ces_mean_impact);
DECLARE(ces_tally_combine);
DECLARE(ces_tally_combine_inv);
DECLARE(ces_tally_final);
DECLARE(ces_tally_accum_int2);
DECLARE(ces_tally_accum_int4);
DECLARE(ces_tally_accum_float8);
DECLARE(ces_tally_accum_scale_int2);
DECLARE(ces_tally_accum_scale_int4);
DECLARE(ces_tally_accum_scale_float8);
DECLARE(ces_tally_accum_responses_int2);
DECLARE(ces_tally_accum_responses_int4);
DECLARE(ces_tally_accum_responses_float8);
DECLARE(ces_tally_accum_inv_int2);
DECLARE(ces_tally_accum_inv_int4);
DECLARE(ces_tally_accum_inv_float8);
DECLARE(ces_tally_accum_inv_scale_int2);
DECLARE(ces_tally_accum_inv_scale_int4);
DECLARE(ces_tally_accum_inv_scale_float8);
DECLARE(ces_tally_accum_inv_responses_int2);
DECLARE(ces_tally_accum_inv_responses_int4);
DECLARE(ces_tally_accum_inv_responses_float8);
DECLARE(ces_scale_constructor);
DECLARE(ces_scale_out);
DECLARE(ces_scale_send);
DECLARE(ces_scale_cmp);
DECLARE(ces_scale_hash);
DECLARE(ces_scale_hash_extended);
DECLARE(ces_on_scale_int4);
DECLARE(ces_box_int4);
DECLARE(ces_pomp_int4);
DECLARE(ces_rescale_int4);

/* Functions of a tally */
static const PGFunction of_tally[] = {
	ces_tally_out,
	ces_tally_send,
	ces_tally_hash,
	ces_counts,
	ces_scale_of_tally,
	ces_count,
	ces_mean,
	ces_stddev,
	ces_median,
	ces_topbox,
	ces_bottombox,
	ces_net,
	ces_nps,
	ces_pomp,
	ces_histogram,
	ces_sparkline,
	ces_tally_final,
};

/* Functions of a tally and a cut */
static const PGFunction of_tally_and_cut[] = {ces_topbox_cut, ces_bottombox_cut};

/* Functions of a tally and a confidence level */
static const PGFunction of_tally_and_confidence[] = {ces_topbox_ci, ces_nps_ci, ces_mean_ci};

/* Functions of two tallies */
static const PGFunction of_tallies[] = {
	ces_tally_eq,
	ces_tally_ne,
	ces_tally_add,
	ces_tally_subtract,
	ces_tally_combine,
	ces_tally_combine_inv,
};

/* Functions of two tallies and a confidence level */
static const PGFunction of_tallies_and_confidence[] = {
	ces_topbox_test,
	ces_nps_test,
	ces_mean_test,
	ces_topbox_impact,
	ces_nps_impact,
	ces_mean_impact,
};

/* Transition functions and their inverses, by the type of the score */
static const struct
{
	Oid score_type;
	PGFunction of_score;
	PGFunction of_score_and_scale;
	PGFunction of_responses;
} transitions[] = {
	{INT2OID, ces_tally_accum_int2, ces_tally_accum_scale_int2, ces_tally_accum_responses_int2},
	{INT4OID, ces_tally_accum_int4, ces_tally_accum_scale_int4, ces_tally_accum_responses_int4},
	{FLOAT8OID, ces_tally_accum_float8, ces_tally_accum_scale_float8, ces_tally_accum_responses_float8},
	{INT2OID, ces_tally_accum_inv_int2, ces_tally_accum_inv_scale_int2, ces_tally_accum_inv_responses_int2},
	{INT4OID, ces_tally_accum_inv_int4, ces_tally_accum_inv_scale_int4, ces_tally_accum_inv_responses_int4},
	{FLOAT8OID, ces_tally_accum_inv_float8, ces_tally_accum_inv_scale_float8, ces_tally_accum_inv_responses_float8},
};

/* The input is one of these, followed by the bytes of two tallies. */
typedef struct Parameters
{
	uint8 header_is_short; /* a bit for each tally */
	uint8 is_same_scale; /* give the second tally the scale of the first? */
	uint16 size; /* of the first tally */
	int32 score;
	int32 scale;
	int64 number;
	double fraction;
} Parameters;

typedef struct Forged
{
	const uint8 *data;
	size_t size;
	bool header_is_short;
	bool is_value;
} Forged;

/* A new copy for each call, as a transition function may change it. */
static Datum
tally_of(const Forged *forged)
{
	struct varlena *tally;

	if (forged->header_is_short && VARHDRSZ_SHORT + forged->size <= VARATT_SHORT_MAX)
	{
		tally = palloc(VARHDRSZ_SHORT + forged->size);
		SET_VARSIZE_SHORT(tally, VARHDRSZ_SHORT + forged->size);
	}
	else
	{
		tally = palloc(VARHDRSZ + forged->size);
		SET_VARSIZE(tally, VARHDRSZ + forged->size);
	}
	memcpy(VARDATA_ANY(tally), forged->data, forged->size);
	return PointerGetDatum(tally);
}

static bool
is_known_error(int error)
{
	return error == 0 || error == ERRCODE_DATA_CORRUPTED ||
		   error == ERRCODE_INVALID_PARAMETER_VALUE ||
		   error == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
}

static void
check_read(Outcome outcome, bool is_value)
{
	CHECK(is_known_error(outcome.error));
	CHECK((outcome.error == ERRCODE_DATA_CORRUPTED) == !is_value);
}

static void
check_readers(const Forged *a, const Forged *b, const Parameters *p)
{
	bool are_values = a->is_value && b->is_value;

	for (int i = 0; i < (int) lengthof(of_tally); i++)
		check_read(CALL(of_tally[i], tally_of(a)), a->is_value);
	for (int i = 0; i < (int) lengthof(of_tally_and_cut); i++)
		check_read(CALL(of_tally_and_cut[i], tally_of(a), Int32GetDatum(p->score)), a->is_value);
	for (int i = 0; i < (int) lengthof(of_tally_and_confidence); i++)
		check_read(CALL(of_tally_and_confidence[i], tally_of(a), Float8GetDatum(p->fraction)),
				   a->is_value);
	check_read(CALL(ces_tally_hash_extended, tally_of(a), Int64GetDatum(p->number)), a->is_value);
	for (int i = 0; i < (int) lengthof(of_tallies); i++)
		check_read(CALL(of_tallies[i], tally_of(a), tally_of(b)), are_values);
	for (int i = 0; i < (int) lengthof(of_tallies_and_confidence); i++)
		check_read(CALL(of_tallies_and_confidence[i], tally_of(a), tally_of(b),
						Float8GetDatum(p->fraction)),
				   are_values);
}

/*
 * In an aggregate the state comes from the server, so a transition checks only what
 * it needs for safety.  A forged one may be changed, but reading it is an error.
 */
static void
check_change(Outcome outcome, const Forged *state)
{
	CHECK(is_known_error(outcome.error));
	if (outcome.error != 0 || outcome.is_null)
		return;
	if (state->is_value)
		CHECK(is_tally_value(outcome.value));
	check_read(CALL(ces_tally_final, outcome.value), is_tally_value(outcome.value));
}

static void
check_transitions(const Forged *state, const Forged *other, const Parameters *p, Node *context)
{
	for (int i = 0; i < (int) lengthof(transitions); i++)
	{
		Datum score = Int32GetDatum(p->score);

		if (transitions[i].score_type == INT2OID)
			score = Int16GetDatum((int16) p->score);
		else if (transitions[i].score_type == FLOAT8OID)
			score = Float8GetDatum(p->fraction > 1 ? p->fraction : p->score);
		check_change(call(transitions[i].of_score, context, 2, tally_of(state), score), state);
		check_change(call(transitions[i].of_score_and_scale, context, 3, tally_of(state), score,
						  Int32GetDatum(p->scale)),
					 state);
		check_change(call(transitions[i].of_responses, context, 4, tally_of(state), score,
						  Int32GetDatum(p->scale), Int64GetDatum(p->number)),
					 state);
	}
	check_change(call(ces_tally_combine, context, 2, tally_of(state), tally_of(other)), state);
	check_change(call(ces_tally_combine_inv, context, 2, tally_of(state), tally_of(other)), state);
}

/* Counts make a tally if there is one for each point and none is negative. */
static void
check_counts(const Forged *counts, Datum scale)
{
	int count = counts->size / sizeof(int64);
	Size size = ARR_OVERHEAD_NONULLS(1) + count * sizeof(int64);
	ArrayType *array = palloc0(size);
	Outcome outcome;

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = INT8OID;
	*ARR_DIMS(array) = count;
	memcpy(ARR_DATA_PTR(array), counts->data, count * sizeof(int64));
	outcome = CALL(ces_from_counts, scale, PointerGetDatum(array));
	check_read(outcome, is_scale_value(scale));
	if (outcome.error == 0)
		CHECK(is_tally_value(value_of(outcome)));
}

/* A forged scale gives senseless results, but does no harm. */
static void
check_scale(Datum scale, Datum other, const Parameters *p)
{
	Datum score = Int32GetDatum(p->score);

	CHECK(CALL(ces_scale_out, scale).error == 0);
	CHECK(CALL(ces_scale_send, scale).error == 0);
	CHECK(CALL(ces_scale_cmp, scale, other).error == 0);
	CHECK(CALL(ces_scale_hash, scale).error == 0);
	CHECK(CALL(ces_scale_hash_extended, scale, Int64GetDatum(p->number)).error == 0);
	CHECK(CALL(ces_on_scale_int4, score, scale).error == 0);
	CHECK(is_known_error(CALL(ces_box_int4, score, scale).error));
	CHECK(is_known_error(CALL(ces_pomp_int4, score, scale).error));
	CHECK(is_known_error(CALL(ces_rescale_int4, score, scale, other).error));
}

/* The constructor makes a scale of any numbers, or refuses them. */
static void
check_made_scale(const int32 *numbers)
{
	Outcome outcome = CALL(ces_scale_constructor, Int32GetDatum(numbers[0]), Int32GetDatum(numbers[1]),
						   Int32GetDatum(numbers[2]), Int32GetDatum(numbers[3]));

	CHECK((outcome.error == 0) == is_scale(numbers[0], numbers[1], numbers[2], numbers[3]));
	CHECK(is_known_error(outcome.error));
	if (outcome.error == 0)
		check_value(&scale_type, value_of(outcome));
}

static Datum
round_trip_of_counts(Datum tally)
{
	return value_of(CALL(ces_from_counts, value_of(CALL(ces_scale_of_tally, tally)),
						 value_of(CALL(ces_counts, tally))));
}

void
fuzz(const uint8 *data, size_t size)
{
	Parameters p;
	Forged a;
	Forged b;
	int32 scale_of_a;

	if (size < sizeof(p))
		return;
	memcpy(&p, data, sizeof(p));
	data += sizeof(p);
	size -= sizeof(p);

	a.data = data;
	a.size = Min(p.size, size);
	a.header_is_short = p.header_is_short & 1;
	a.is_value = is_tally_value(tally_of(&a));
	b.data = data + a.size;
	b.size = size - a.size;
	b.header_is_short = p.header_is_short & 2;
	if (p.is_same_scale & 1 && a.size >= sizeof(int32) && b.size >= sizeof(int32))
	{
		b.data = memcpy(palloc(b.size), b.data, b.size);
		memcpy((uint8 *) b.data, a.data, sizeof(int32));
	}
	b.is_value = is_tally_value(tally_of(&b));

	if (a.is_value)
	{
		accepted++;
		check_value(&tally_type, tally_of(&a));
		CHECK(DatumGetBool(value_of(CALL(ces_tally_eq, tally_of(&a),
										 round_trip_of_counts(tally_of(&a))))));
	}
	else
		refused++;
	check_readers(&a, &b, &p);
	check_transitions(&a, &b, &p, NULL);
	check_transitions(&a, &b, &p, in_aggregate);
	check_counts(&b, Int32GetDatum(p.scale));
	check_made_scale((int32[]){p.score, (int32) p.number, (int32) (p.number >> 32), p.scale});
	scale_of_a = 0;
	memcpy(&scale_of_a, a.data, Min(a.size, sizeof(scale_of_a)));
	check_scale(Int32GetDatum(p.scale), Int32GetDatum(scale_of_a), &p);
}
