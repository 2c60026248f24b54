/*-------------------------------------------------------------------------
 *
 * drivers_datum.c
 *	  Forged values of ces_drivers, such as a cast WITHOUT FUNCTION lets in, as
 *	  arguments of every function that takes one.
 *
 * Each function reports a forged value as corrupted, and accepts a true one.  One of which
 * only the sums can't be may be refused, too.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

DECLARE(ces_drivers_out);
DECLARE(ces_drivers_send);
DECLARE(ces_drivers_final);
DECLARE(ces_drivers_add);
DECLARE(ces_drivers_subtract);
DECLARE(ces_drivers_combine);
DECLARE(ces_drivers_combine_inv);
DECLARE(ces_driver_report);
DECLARE(ces_driver_fit);
DECLARE(ces_drivers_eq);
DECLARE(ces_drivers_ne);
DECLARE(ces_drivers_hash);

static const PGFunction of_value[] = {ces_drivers_out, ces_drivers_send, ces_drivers_final, ces_driver_report, ces_driver_fit, ces_drivers_hash};

static const PGFunction of_values[] = {ces_drivers_add, ces_drivers_subtract, ces_drivers_combine, ces_drivers_combine_inv, ces_drivers_eq, ces_drivers_ne};

/* A new copy for each call, as a transition function may change it. */
static Datum
value_from(const uint8 *data, size_t size)
{
	struct varlena *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), data, size);
	return PointerGetDatum(value);
}

static void
check_outcome(Outcome outcome, bool is_value)
{
	CHECK(outcome.error == 0 || outcome.error == ERRCODE_DATA_CORRUPTED ||
		  outcome.error == ERRCODE_INVALID_PARAMETER_VALUE || outcome.error == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
	CHECK((outcome.error == ERRCODE_DATA_CORRUPTED) == !is_value);
}

/* The input is two values of the same size, or one and what is left. */
void
fuzz(const uint8 *data, size_t size)
{
	size_t half = size / 2;
	bool is_value = drivers_type.is_value(value_from(data, half));
	bool are_values = is_value && drivers_type.is_value(value_from(data + half, half));

	if (is_value)
		accepted++;
	else
		refused++;
	for (int i = 0; i < (int) lengthof(of_value); i++)
		check_outcome(CALL(of_value[i], value_from(data, half)), is_value);
	for (int i = 0; i < (int) lengthof(of_values); i++)
	{
		check_outcome(CALL(of_values[i], value_from(data, half), value_from(data + half, half)), are_values);
		check_outcome(call(of_values[i], in_aggregate, 2, value_from(data, half), value_from(data + half, half)), are_values);
	}
}
