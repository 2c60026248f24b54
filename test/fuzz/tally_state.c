/*-------------------------------------------------------------------------
 *
 * tally_state.c
 *	  Answers and tallies added and removed in any order, inside and outside of
 *	  an aggregate, compared with a plain array of counts.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

DECLARE(ces_from_counts);
DECLARE(ces_counts);
DECLARE(ces_tally_accum_int4);
DECLARE(ces_tally_accum_scale_int2);
DECLARE(ces_tally_accum_responses_float8);
DECLARE(ces_tally_accum_inv_float8);
DECLARE(ces_tally_accum_inv_scale_int4);
DECLARE(ces_tally_accum_inv_responses_int2);
DECLARE(ces_tally_combine);
DECLARE(ces_tally_combine_inv);
DECLARE(ces_tally_add);
DECLARE(ces_tally_subtract);

/* The input is a scale, followed by steps. */
typedef struct Step
{
	uint8 kind;
	uint8 how; /* bit 0: in an aggregate? the others: how far to shift the number */
	uint8 score;
	uint8 unused;
	uint32 number;
} Step;

/* The expected counts, lowest score first */
typedef struct Model
{
	int lowest;
	int points;
	int64 counts[101];
} Model;

static Datum
array_of(const Model *model)
{
	Datum elements[101];

	for (int i = 0; i < model->points; i++)
		elements[i] = Int64GetDatum(model->counts[i]);
	return PointerGetDatum(construct_array(elements, model->points, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* Add answers with this score; false if the tally can't hold the result. */
static bool
change_model(Model *model, int score, __int128 answers)
{
	int position = score - model->lowest;
	__int128 total = answers;

	if (position < 0 || position >= model->points)
		return false;
	for (int i = 0; i < model->points; i++)
		total += model->counts[i];
	if (model->counts[position] + answers < 0 || total > PG_INT64_MAX)
		return false;
	model->counts[position] += answers;
	return true;
}

static bool
is_as_modelled(Datum tally, const Model *model)
{
	ArrayType *counts = DatumGetArrayTypeP(value_of(CALL(ces_counts, tally)));

	return is_tally_value(tally) &&
		   ArrayGetNItems(ARR_NDIM(counts), ARR_DIMS(counts)) == model->points &&
		   memcmp(ARR_DATA_PTR(counts), model->counts, model->points * sizeof(int64)) == 0;
}

/* A tally whose answers all have this score. */
static Datum
tally_of(const Model *model, Datum scale, int score, int64 answers)
{
	Model single = {.lowest = model->lowest, .points = model->points};

	single.counts[score - model->lowest] = answers;
	return value_of(CALL(ces_from_counts, scale, array_of(&single)));
}

/* Make a scale of any four bytes. */
static Datum
scale_from(const uint8 *bytes, Model *model)
{
	int lowest = -100 + bytes[0] % 200;
	int highest = lowest + 1 + bytes[1] % Min(100, 100 - lowest);
	int lower_cut = lowest + bytes[2] % (highest - lowest);
	int upper_cut = lower_cut + 1 + bytes[3] % (highest - lower_cut);
	int8 rising[4] = {lowest, highest, upper_cut, lower_cut};
	int8 falling[4] = {highest, lowest, lower_cut, upper_cut};
	int32 scale;

	memcpy(&scale, bytes[3] & 0x80 ? falling : rising, sizeof(scale));
	model->lowest = lowest;
	model->points = highest - lowest + 1;
	return Int32GetDatum(scale);
}

void
fuzz(const uint8 *data, size_t size)
{
	Datum scale;
	Model model = {0};
	Datum state;
	Step step;

	if (size < 4)
		return;
	scale = scale_from(data, &model);
	data += 4;
	size -= 4;
	state = value_of(CALL(ces_from_counts, scale, array_of(&model)));

	for (; size >= sizeof(step); data += sizeof(step), size -= sizeof(step))
	{
		Model before = model;
		Node *context;
		int64 number;
		int score;
		Outcome outcome;
		bool is_possible;

		memcpy(&step, data, sizeof(step));
		context = step.how & 1 ? in_aggregate : NULL;
		number = (int64) step.number << (step.how >> 1) % 32;
		/* A score of the scale, or for the kinds that count one score also just beyond it */
		if (step.kind % 8 < 6)
			score = model.lowest - 1 + step.score % (model.points + 2);
		else
			score = model.lowest + step.score % model.points;
		switch (step.kind % 8)
		{
			case 0:
				outcome = call(ces_tally_accum_int4, context, 2, state, Int32GetDatum(score));
				is_possible = change_model(&model, score, 1);
				break;
			case 1:
				outcome = call(ces_tally_accum_scale_int2, context, 3, state,
							   Int16GetDatum(score), scale);
				is_possible = change_model(&model, score, 1);
				break;
			case 2:
				outcome = call(ces_tally_accum_responses_float8, context, 4, state,
							   Float8GetDatum(score), scale, Int64GetDatum(number));
				is_possible = change_model(&model, score, number);
				break;
			case 3:
				outcome = call(ces_tally_accum_inv_float8, context, 2, state,
							   Float8GetDatum(score));
				is_possible = change_model(&model, score, -1);
				break;
			case 4:
				outcome = call(ces_tally_accum_inv_scale_int4, context, 3, state,
							   Int32GetDatum(score), scale);
				is_possible = change_model(&model, score, -1);
				break;
			case 5:
				outcome = call(ces_tally_accum_inv_responses_int2, context, 4, state,
							   Int16GetDatum(score), scale, Int64GetDatum(number));
				is_possible = change_model(&model, score, -(__int128) number);
				break;
			case 6:
				outcome = call(context ? ces_tally_combine : ces_tally_add, context, 2, state,
							   tally_of(&model, scale, score, number));
				is_possible = change_model(&model, score, number);
				break;
			default:
				outcome = call(context ? ces_tally_combine_inv : ces_tally_subtract, context, 2,
							   state, tally_of(&model, scale, score, number));
				is_possible = change_model(&model, score, -(__int128) number);
				break;
		}

		/* Outside of an aggregate, and after an error, the argument is unchanged. */
		CHECK(outcome.error == (is_possible ? 0 : ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE));
		if (context == NULL || !is_possible)
			CHECK(is_as_modelled(state, &before));
		if (is_possible)
		{
			state = value_of(outcome);
			accepted++;
		}
		else
			refused++;
		CHECK(is_as_modelled(state, &model));
	}
	check_value(&tally_type, state);
}
