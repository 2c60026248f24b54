/*-------------------------------------------------------------------------
 *
 * checks.c
 *	  What must hold for the values of all types.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "common/int.h"

DECLARE(ces_scale_in);
DECLARE(ces_scale_out);
DECLARE(ces_scale_recv);
DECLARE(ces_scale_send);
DECLARE(ces_scale_eq);
DECLARE(ces_tally_in);
DECLARE(ces_tally_out);
DECLARE(ces_tally_recv);
DECLARE(ces_tally_send);
DECLARE(ces_tally_eq);
DECLARE(ces_drivers_in);
DECLARE(ces_drivers_out);
DECLARE(ces_drivers_recv);
DECLARE(ces_drivers_send);
DECLARE(ces_drivers_eq);

const TypeFunctions scale_type = {ces_scale_in, ces_scale_out, ces_scale_recv,
								  ces_scale_send, ces_scale_eq, is_scale_value};
const TypeFunctions tally_type = {ces_tally_in, ces_tally_out, ces_tally_recv,
								  ces_tally_send, ces_tally_eq, is_tally_value};
const TypeFunctions drivers_type = {ces_drivers_in, ces_drivers_out, ces_drivers_recv,
									ces_drivers_send, ces_drivers_eq, is_drivers_value};

long accepted;
long refused;

void
report_violation(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, property);
	abort();
}

Datum
value_of(Outcome outcome)
{
	CHECK(outcome.error == 0);
	CHECK(!outcome.is_null);
	return outcome.value;
}

bool
is_scale(int worst, int best, int top, int bottom)
{
	int lowest = Min(worst, best);
	int highest = Max(worst, best);

	if (lowest == highest || lowest < -100 || highest > 100 || highest - lowest > 100)
		return false;
	if (top < lowest || top > highest || bottom < lowest || bottom > highest)
		return false;
	return worst < best ? bottom < top : top < bottom;
}

bool
is_scale_value(Datum scale)
{
	int32 bytes = DatumGetInt32(scale);
	const int8 *numbers = (const int8 *) &bytes;

	return is_scale(numbers[0], numbers[1], numbers[2], numbers[3]);
}

/* A count of this width. */
static int64
count_at(const char *counter, Size width)
{
	uint64 count = 0;

	memcpy(&count, counter, width);
#ifdef WORDS_BIGENDIAN
	count >>= 64 - 8 * width;
#endif
	return (int64) count;
}

bool
is_tally_value(Datum tally)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(tally);
	const int8 *numbers = (const int8 *) VARDATA_ANY(value);
	Size size = VARSIZE_ANY_EXHDR(value);
	Size points;
	Size width;
	int64 total = 0;

	if (size < 4 || !is_scale(numbers[0], numbers[1], numbers[2], numbers[3]))
		return false;
	points = abs(numbers[1] - numbers[0]) + 1;
	width = (size - 4) / points;
	if (size != 4 + points * width ||
		(width != 1 && width != 2 && width != 4 && width != 8))
		return false;
	for (Size i = 0; i < points; i++)
	{
		int64 count = count_at((const char *) numbers + 4 + i * width, width);

		if (count < 0 || pg_add_s64_overflow(total, count, &total))
			return false;
	}
	return true;
}

/*
 * The number of drivers, the width of a number, the size of the names in two bytes, the names,
 * and the numbers.
 */
bool
is_drivers_value(Datum drivers)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(drivers);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(value);
	Size size = VARSIZE_ANY_EXHDR(value);
	Size numbers;
	uint16 names;
	int ends = 0;
	Size length = 0;

	if (size < 4 || bytes[0] < 1 || bytes[0] > 30 || (bytes[1] != 4 && bytes[1] != 8 && bytes[1] != 16))
		return false;
	memcpy(&names, bytes + 2, sizeof(names));
	numbers = 1 + (bytes[0] + 2) * (bytes[0] + 3) / 2;
	if (size != 4 + names + numbers * bytes[1])
		return false;
	for (int i = 0; i < names; i++)
	{
		length++;
		if (bytes[4 + i] != '\0')
			continue;
		if (length < 2 || length > 253)
			return false;
		ends++;
		length = 0;
	}
	return length == 0 && ends == bytes[0];
}

/* These bytes as a message, which ends where the memory ends. */
static StringInfo
message_of(const void *data, size_t size)
{
	StringInfo message = palloc0(sizeof(StringInfoData));

	message->data = memcpy(palloc(size), data, size);
	message->len = message->maxlen = size;
	return message;
}

static bool
is_equal(const TypeFunctions *type, Datum a, Datum b)
{
	return DatumGetBool(value_of(CALL(type->eq, a, b)));
}

void
check_value(const TypeFunctions *type, Datum value)
{
	char *text = DatumGetCString(value_of(CALL(type->out, value)));
	bytea *sent = DatumGetByteaPP(value_of(CALL(type->send, value)));
	StringInfo message = message_of(VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
	Datum from_text = value_of(CALL(type->in, CStringGetDatum(pnstrdup(text, strlen(text)))));
	Datum from_binary = value_of(CALL(type->recv, PointerGetDatum(message)));
	bytea *sent_again;

	CHECK(type->is_value(value));
	CHECK(is_equal(type, value, value));
	CHECK(is_equal(type, value, from_text));
	CHECK(is_equal(type, from_binary, value));
	CHECK(strcmp(text, DatumGetCString(value_of(CALL(type->out, from_text)))) == 0);
	CHECK(strcmp(text, DatumGetCString(value_of(CALL(type->out, from_binary)))) == 0);
	CHECK(message->cursor == message->len);
	sent_again = DatumGetByteaPP(value_of(CALL(type->send, from_text)));
	CHECK(VARSIZE_ANY_EXHDR(sent_again) == VARSIZE_ANY_EXHDR(sent) &&
		  memcmp(VARDATA_ANY(sent_again), VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent)) == 0);
}

void
check_text(const TypeFunctions *type, const uint8 *data, size_t size)
{
	const char *text = pnstrdup((const char *) data, size);
	Outcome outcome = CALL(type->in, CStringGetDatum(text));
	Outcome soft = call_softly(type->in, text);

	CHECK(outcome.error == soft.error);
	if (outcome.error != 0)
	{
		CHECK(outcome.error == ERRCODE_INVALID_TEXT_REPRESENTATION ||
			  outcome.error == ERRCODE_INVALID_PARAMETER_VALUE ||
			  outcome.error == ERRCODE_NAME_TOO_LONG ||
			  outcome.error == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
		refused++;
		return;
	}
	accepted++;
	check_value(type, value_of(outcome));
	CHECK(is_equal(type, outcome.value, value_of(soft)));
}

void
check_binary(const TypeFunctions *type, const uint8 *data, size_t size)
{
	StringInfo message = message_of(data, size);
	Outcome outcome = CALL(type->recv, PointerGetDatum(message));
	bytea *sent;

	if (outcome.error != 0)
	{
		CHECK(outcome.error == ERRCODE_INVALID_BINARY_REPRESENTATION ||
			  outcome.error == ERRCODE_INVALID_PARAMETER_VALUE ||
			  outcome.error == ERRCODE_NAME_TOO_LONG ||
			  outcome.error == ERRCODE_PROTOCOL_VIOLATION);
		refused++;
		return;
	}
	accepted++;
	check_value(type, value_of(outcome));

	/* A value has one binary form.  Whether more bytes follow is for the caller to check. */
	sent = DatumGetByteaPP(value_of(CALL(type->send, outcome.value)));
	CHECK((int) VARSIZE_ANY_EXHDR(sent) == message->cursor);
	CHECK(memcmp(VARDATA_ANY(sent), data, message->cursor) == 0);
}
