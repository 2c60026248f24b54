/*-------------------------------------------------------------------------
 *
 * drivers.c
 *	  ces_drivers: the sums of products of an outcome and its drivers.
 *
 * A value has the names of the drivers, how many rows were left out, and a triangle
 * of sums: of the products of any two of 1, the outcome and the drivers.  Its first
 * number, the sum of 1 * 1, is the number of answers.  All are whole numbers, so that
 * values add and subtract without loss, in any order.
 *
 * All numbers of a value have the same width: 4, 8 or 16 bytes.  A value that is
 * stored or returned has the narrowest width that holds them.  The state of an
 * aggregate has the widest, and changes in place.  Numbers are not aligned: memcpy
 * reads and writes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "drivers.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

/* What follows the header of the varlena; the numbers stand after the names */
typedef struct DriversBody
{
	uint8 drivers;
	uint8 width; /* of each number, in bytes */
	uint8 names_size[sizeof(uint16)]; /* a number, which isn't aligned */
	char names[FLEXIBLE_ARRAY_MEMBER];
} DriversBody;

/* Names in their stored form, and the array that they were read from */
typedef struct Names
{
	int drivers;
	char *packed;
	Size size;
	char *array;
	Size array_size;
} Names;

static inline DriversBody *
body_of(const CesDrivers *value)
{
	return (DriversBody *) VARDATA_ANY(value);
}

/* How many bytes the names take, with the zero byte of each. */
static inline Size
names_size_of(const CesDrivers *value)
{
	uint16 size;

	memcpy(&size, body_of(value)->names_size, sizeof(size));
	return size;
}

/* The numbers of a value: left_out, then the products. */
static inline char *
numbers_of(const CesDrivers *value)
{
	return body_of(value)->names + names_size_of(value);
}

static inline Size
body_size(int drivers, Size width, Size names_size)
{
	return offsetof(DriversBody, names) + names_size + width * (1 + ces_driver_products(drivers));
}

/* Are these bytes so many names, each with a zero byte at its end? */
static bool
are_names(const char *names, Size size, int drivers)
{
	const char *end = names + size;

	for (; drivers > 0; drivers--)
	{
		Size length = strnlen(names, end - names);

		if (length == 0 || length > CES_DRIVER_NAME_MAX_BYTES || names + length == end)
			return false;
		names += length + 1;
	}
	return names == end;
}

/*
 * Is this a value of the type?  It may be forged, and must not cause reads or writes
 * beyond its end.
 */
static bool
is_drivers(const CesDrivers *value)
{
	const DriversBody *body = body_of(value);
	Size size = VARSIZE_ANY_EXHDR(value);

	return size >= offsetof(DriversBody, names) &&
		   body->drivers >= 1 && body->drivers <= CES_DRIVERS_MAX &&
		   (body->width == sizeof(int32) || body->width == sizeof(int64) || body->width == sizeof(int128)) &&
		   size == body_size(body->drivers, body->width, names_size_of(value)) &&
		   are_names(body->names, names_size_of(value), body->drivers);
}

/* A value to read, in one piece. */
const CesDrivers *
ces_drivers_detoast(Datum datum)
{
	const CesDrivers *value = PG_DETOAST_DATUM_PACKED(datum);

	if (!is_drivers(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid %s value", "ces_drivers"),
				 errdetail("Its %u bytes are not the names of drivers followed by their sums.",
						   (uint32) VARSIZE_ANY(value))));
	return value;
}

static int128
read_number(const char *number, Size width)
{
	int32 number4;
	int64 number8;
	int128 number16;

	switch (width)
	{
		case sizeof(int32):
			memcpy(&number4, number, sizeof(number4));
			return number4;
		case sizeof(int64):
			memcpy(&number8, number, sizeof(number8));
			return number8;
		default:
			memcpy(&number16, number, sizeof(number16));
			return number16;
	}
}

static void
write_number(char *written, Size width, int128 number)
{
	int32 number4 = (int32) number;
	int64 number8 = (int64) number;

	switch (width)
	{
		case sizeof(int32):
			memcpy(written, &number4, sizeof(number4));
			break;
		case sizeof(int64):
			memcpy(written, &number8, sizeof(number8));
			break;
		default:
			memcpy(written, &number, sizeof(number));
			break;
	}
}

/* A value, taken apart. */
CesDriverSums *
ces_drivers_read(Datum datum)
{
	const CesDrivers *value = ces_drivers_detoast(datum);
	const DriversBody *body = body_of(value);
	const char *number = numbers_of(value);
	CesDriverSums *sums = palloc(sizeof(CesDriverSums));

	sums->drivers = body->drivers;
	sums->names = body->names;
	sums->names_size = names_size_of(value);
	sums->left_out = read_number(number, body->width);
	for (int i = 0; i < ces_driver_products(body->drivers); i++)
		sums->products[i] = read_number(number += body->width, body->width);
	return sums;
}

/* A new value of these sums, in this width. */
static CesDrivers *
make_value(const CesDriverSums *sums, Size width)
{
	Size size = VARHDRSZ + body_size(sums->drivers, width, sums->names_size);
	CesDrivers *value = palloc(size);
	uint16 names_size = (uint16) sums->names_size;
	DriversBody *body;
	char *number;

	SET_VARSIZE(value, size);
	body = body_of(value);
	body->drivers = sums->drivers;
	body->width = width;
	memcpy(body->names_size, &names_size, sizeof(names_size));
	memcpy(body->names, sums->names, sums->names_size);
	number = numbers_of(value);
	write_number(number, width, sums->left_out);
	for (int i = 0; i < ces_driver_products(sums->drivers); i++)
		write_number(number += width, width, sums->products[i]);
	return value;
}

/* The narrowest width that holds a number. */
static Size
width_of(int128 number)
{
	if (number == (int32) number)
		return sizeof(int32);
	return number == (int64) number ? sizeof(int64) : sizeof(int128);
}

/* A new value of these sums, in the narrowest width. */
CesDrivers *
ces_drivers_make(const CesDriverSums *sums)
{
	Size width = width_of(sums->left_out);

	for (int i = 0; i < ces_driver_products(sums->drivers); i++)
		width = Max(width, width_of(sums->products[i]));
	return make_value(sums, width);
}

/*
 * Names
 */

/* Do these names of drivers name each of them, and no two of them alike?  False after a soft error. */
static bool
check_names(int drivers, char *const *names, struct Node *escontext)
{
	if (drivers < 1 || drivers > CES_DRIVERS_MAX)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of drivers must be between 1 and %d", CES_DRIVERS_MAX),
				 errdetail("There are %d names.", drivers)));
	for (int i = 0; i < drivers; i++)
	{
		if (*names[i] == '\0')
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("name of driver %d is empty", i + 1)));
		if (strlen(names[i]) > CES_DRIVER_NAME_MAX_BYTES || pg_mbstrlen(names[i]) > CES_DRIVER_NAME_MAX)
			ereturn(escontext, false,
					(errcode(ERRCODE_NAME_TOO_LONG),
					 errmsg("name of driver %d is too long", i + 1),
					 errdetail("It can have %d characters.", CES_DRIVER_NAME_MAX)));
		for (int other = 0; other < i; other++)
		{
			if (strcmp(names[i], names[other]) == 0)
				ereturn(escontext, false,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("two drivers have the name \"%s\"", names[i])));
		}
	}
	return true;
}

/* Bring names of drivers into their stored form.  NULL after a soft error. */
char *
ces_pack_driver_names(int drivers, char *const *names, Size *size, struct Node *escontext)
{
	StringInfoData packed;

	if (!check_names(drivers, names, escontext))
		return NULL;
	initStringInfo(&packed);
	for (int i = 0; i < drivers; i++)
		appendBinaryStringInfo(&packed, names[i], (int) strlen(names[i]) + 1);
	*size = packed.len;
	return packed.data;
}

/* The name of a driver, numbered from 0. */
const char *
ces_driver_name(const CesDriverSums *sums, int driver)
{
	const char *name = sums->names;

	for (; driver > 0; driver--)
		name += strlen(name) + 1;
	return name;
}

/* The names in quotes, in braces. */
char *
ces_driver_names_text(const CesDriverSums *sums)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < sums->drivers; i++)
	{
		appendStringInfoString(&text, i == 0 ? "{\"" : ",\"");
		for (const char *name = ces_driver_name(sums, i); *name != '\0'; name++)
		{
			if (*name == '"' || *name == '\\')
				appendStringInfoChar(&text, '\\');
			appendStringInfoChar(&text, *name);
		}
		appendStringInfoChar(&text, '"');
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

pg_noreturn static void
report_null(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s", message),
			 errhint("%s", hint)));
}

/* Read the names from an array, to be kept as long as the call of the aggregate. */
static Names *
read_names(ArrayType *array, MemoryContext context)
{
	Names *names = MemoryContextAllocZero(context, sizeof(Names));
	Datum *elements;
	bool *nulls;
	char **texts;
	char *packed;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("names of drivers must be a one-dimensional array")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &names->drivers);
	texts = palloc(sizeof(char *) * names->drivers);
	for (int i = 0; i < names->drivers; i++)
	{
		if (nulls[i])
			report_null("names of drivers must not contain nulls", "Write a name for each value.");
		texts[i] = TextDatumGetCString(elements[i]);
	}
	packed = ces_pack_driver_names(names->drivers, texts, &names->size, NULL);
	names->packed = MemoryContextAlloc(context, names->size);
	memcpy(names->packed, packed, names->size);
	names->array_size = VARSIZE(array);
	names->array = MemoryContextAlloc(context, names->array_size);
	memcpy(names->array, array, names->array_size);
	return names;
}

/* Argument 2 of a transition: the names, which are the same from row to row as a rule. */
static const Names *
get_names(FunctionCallInfo fcinfo)
{
	Names *names = fcinfo->flinfo->fn_extra;
	ArrayType *array;

	if (PG_ARGISNULL(2))
		report_null("names of drivers must not be null", "Write them as an array, such as '{transferred,repeated}'.");
	array = PG_GETARG_ARRAYTYPE_P(2);
	if (names != NULL && names->array_size == VARSIZE(array) && memcmp(names->array, array, names->array_size) == 0)
		return names;
	if (names != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		pfree(names->array);
		pfree(names->packed);
		pfree(names);
	}
	fcinfo->flinfo->fn_extra = read_names(array, fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

/* Raise the error for values with other drivers. */
pg_noreturn static void
report_other_drivers(const CesDriverSums *sums, const CesDriverSums *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot combine answers with different drivers"),
			 errdetail("One has the drivers %s, the other %s.", ces_driver_names_text(sums), ces_driver_names_text(other)),
			 errhint("Name the same drivers in the same order everywhere, or group by what decides on them.")));
}

/*
 * States
 */

/* An aggregate would have more answers, or rows left out, than it can count. */
pg_noreturn static void
report_too_many_answers(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s out of range", "ces_drivers"),
			 errdetail("It can have no more than " INT64_FORMAT " answers.", CES_DRIVERS_MAX_ANSWERS - 1)));
}

/* The sums of no answers. */
static CesDriverSums *
make_empty(const Names *names)
{
	CesDriverSums *sums = palloc0(sizeof(CesDriverSums));

	sums->drivers = names->drivers;
	sums->names = names->packed;
	sums->names_size = names->size;
	return sums;
}

/*
 * The state, argument 0, to change: in an aggregate itself, else a copy.  A state that
 * comes from another process is narrower, or has a short header.
 */
static CesDrivers *
state_to_change(FunctionCallInfo fcinfo)
{
	CesDrivers *state = (CesDrivers *) PG_GETARG_POINTER(0);

	if (VARATT_IS_4B_U(state) && AggCheckCallContext(fcinfo, NULL) &&
		is_drivers(state) && body_of(state)->width == sizeof(int128))
		return state;
	return make_value(ces_drivers_read(PG_GETARG_DATUM(0)), sizeof(int128));
}

/* Add to a number of a state, or subtract if the sign is negative. */
static inline void
add_to_number(char *number, int128 added, int sign)
{
	int128 sum = read_number(number, sizeof(int128)) + (sign > 0 ? added : -added);

	memcpy(number, &sum, sizeof(sum));
}

/* Add a row of the regression, which begins with 1, to the products of a state. */
static void
add_row(char *product, const int64 *row, int columns, int sign)
{
	for (int i = 0; i < columns; i++)
	{
		for (int j = 0; j <= i; j++)
		{
			int64 term = row[i] * row[j];

			add_to_number(product, term, sign);
			product += sizeof(int128);
		}
	}
}

/* What stands in a column of the regression, as it is named in errors. */
static const char *
column_text(const Names *names, int column)
{
	CesDriverSums sums = {.names = names->packed};

	return column == 1 ? "outcome" : psprintf("driver \"%s\"", ces_driver_name(&sums, column - 2));
}

/* What to do about a number that can't be counted. */
static const char *
hint_number(double number, int column)
{
	if (isnan(number))
		return "Where there is no value, it has to be NULL: nullif(YOUR_VALUE, 'NaN').";
	if (isinf(number))
		return "Where there is no value, it has to be NULL.";
	if (number == rint(number))
		return "Count in larger units, or from another start.";
	if (column == 1)
		return "Round it, or multiply it by 10 or more; coefficients are then as many times larger.";
	return "Round it, or count in smaller units, such as seconds in place of minutes.";
}

/* The number of an outcome or of a value as a whole number. */
static int32
whole_number(double number, const Names *names, int column)
{
	if (number != rint(number) || number < PG_INT32_MIN || number > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be a whole number between %d and %d", column_text(names, column), PG_INT32_MIN, PG_INT32_MAX),
				 errdetail("It is %s.", float8out_internal(number)),
				 errhint("%s", hint_number(number, column))));
	return (int32) number;
}

/* Argument 3 of a transition: the values, of which there is one for each name.  NULL if one is missing. */
static ArrayType *
get_values(FunctionCallInfo fcinfo, const Names *names)
{
	ArrayType *values;

	if (PG_ARGISNULL(3))
		return NULL;
	values = PG_GETARG_ARRAYTYPE_P(3);
	if (ARR_NDIM(values) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("values of drivers must be a one-dimensional array")));
	if (ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)) != names->drivers)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of values is not the number of drivers"),
				 errdetail("Values: %d; drivers: %d.", ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)), names->drivers),
				 errhint("Give one value for each name, in the same order.")));
	return array_contains_nulls(values) ? NULL : values;
}

/*
 * Read the row of the regression: 1, the outcome, the values.  The outcome is an integer
 * where the values are, and double precision where they are that or boolean.  False if
 * there is a NULL.
 */
static bool
read_row(FunctionCallInfo fcinfo, const Names *names, Oid type, int64 *row)
{
	ArrayType *values = get_values(fcinfo, names);

	if (PG_ARGISNULL(1) || values == NULL)
		return false;
	row[0] = 1;
	row[1] = type == INT4OID ? PG_GETARG_INT32(1) : whole_number(PG_GETARG_FLOAT8(1), names, 1);
	for (int i = 0; i < names->drivers; i++)
	{
		if (type == INT4OID)
			row[i + 2] = ((const int32 *) ARR_DATA_PTR(values))[i];
		else if (type == BOOLOID)
			row[i + 2] = ((const bool *) ARR_DATA_PTR(values))[i];
		else
			row[i + 2] = whole_number(((const float8 *) ARR_DATA_PTR(values))[i], names, i + 2);
	}
	return true;
}

/* Does the state have these drivers? */
static bool
has_names(const CesDrivers *state, const Names *names)
{
	return names_size_of(state) == names->size &&
		   memcmp(body_of(state)->names, names->packed, names->size) == 0;
}

/*
 * (state, outcome, names, values): count a row, or take it back if the sign is negative.
 * A row with a NULL is only counted as left out.
 */
static Datum
accum_row(FunctionCallInfo fcinfo, Oid type, int sign)
{
	const Names *names = get_names(fcinfo);
	int64 row[CES_DRIVERS_MAX_COLUMNS];
	bool is_complete = read_row(fcinfo, names, type, row);
	CesDrivers *state;
	char *numbers;
	int128 counted;

	state = PG_ARGISNULL(0) ? make_value(make_empty(names), sizeof(int128)) : state_to_change(fcinfo);
	if (!has_names(state, names))
		report_other_drivers(ces_drivers_read(PointerGetDatum(state)), make_empty(names));
	numbers = numbers_of(state);
	counted = read_number(is_complete ? numbers + sizeof(int128) : numbers, sizeof(int128)) + sign;
	if (counted >= CES_DRIVERS_MAX_ANSWERS)
		report_too_many_answers();
	if (counted < 0)
		PG_RETURN_NULL();
	if (is_complete)
		add_row(numbers + sizeof(int128), row, ces_driver_columns(names->drivers), sign);
	else
		add_to_number(numbers, 1, sign);
	PG_RETURN_POINTER(state);
}

/*
 * The transition function, and its inverse, for each type of values.  The inverse returns
 * NULL, so that the frame is counted anew, where it doesn't get the row that was counted.
 */
PG_FUNCTION_INFO_V1(ces_drivers_accum_int4);
Datum
ces_drivers_accum_int4(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, INT4OID, 1);
}

PG_FUNCTION_INFO_V1(ces_drivers_accum_float8);
Datum
ces_drivers_accum_float8(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, FLOAT8OID, 1);
}

PG_FUNCTION_INFO_V1(ces_drivers_accum_bool);
Datum
ces_drivers_accum_bool(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, BOOLOID, 1);
}

PG_FUNCTION_INFO_V1(ces_drivers_accum_inv_int4);
Datum
ces_drivers_accum_inv_int4(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, INT4OID, -1);
}

PG_FUNCTION_INFO_V1(ces_drivers_accum_inv_float8);
Datum
ces_drivers_accum_inv_float8(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, FLOAT8OID, -1);
}

PG_FUNCTION_INFO_V1(ces_drivers_accum_inv_bool);
Datum
ces_drivers_accum_inv_bool(PG_FUNCTION_ARGS)
{
	return accum_row(fcinfo, BOOLOID, -1);
}

static bool
have_same_drivers(const CesDriverSums *sums, const CesDriverSums *other)
{
	return sums->names_size == other->names_size && memcmp(sums->names, other->names, sums->names_size) == 0;
}

/* Add sums to a state. */
static void
add_sums(CesDrivers *state, const CesDriverSums *added)
{
	const Names names = {.size = added->names_size, .packed = (char *) added->names};
	char *number = numbers_of(state);

	if (!has_names(state, &names))
		report_other_drivers(ces_drivers_read(PointerGetDatum(state)), added);
	if (read_number(number, sizeof(int128)) + added->left_out >= CES_DRIVERS_MAX_ANSWERS ||
		read_number(number + sizeof(int128), sizeof(int128)) + added->products[0] >= CES_DRIVERS_MAX_ANSWERS)
		report_too_many_answers();
	add_to_number(number, added->left_out, 1);
	for (int i = 0; i < ces_driver_products(added->drivers); i++)
		add_to_number(number += sizeof(int128), added->products[i], 1);
}

/* Combine function, and transition of ces_rollup. */
PG_FUNCTION_INFO_V1(ces_drivers_combine);
Datum
ces_drivers_combine(PG_FUNCTION_ARGS)
{
	CesDrivers *state = state_to_change(fcinfo);

	add_sums(state, ces_drivers_read(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(state);
}

/* Subtract sums from others.  False if those are not among them. */
static bool
subtract_sums(CesDriverSums *sums, const CesDriverSums *subtracted)
{
	if (!have_same_drivers(sums, subtracted))
		report_other_drivers(sums, subtracted);
	sums->left_out -= subtracted->left_out;
	for (int i = 0; i < ces_driver_products(sums->drivers); i++)
		sums->products[i] -= subtracted->products[i];
	return ces_driver_sums_agree(sums);
}

/* Inverse transition of ces_rollup.  NULL, if it can't be done, has the frame counted anew. */
PG_FUNCTION_INFO_V1(ces_drivers_combine_inv);
Datum
ces_drivers_combine_inv(PG_FUNCTION_ARGS)
{
	CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));

	if (!subtract_sums(sums, ces_drivers_read(PG_GETARG_DATUM(1))))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(make_value(sums, sizeof(int128)));
}

/* Final function: a copy, as the state of a moving window goes on changing. */
PG_FUNCTION_INFO_V1(ces_drivers_final);
Datum
ces_drivers_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ces_drivers_make(ces_drivers_read(PG_GETARG_DATUM(0))));
}

/* The operator +. */
PG_FUNCTION_INFO_V1(ces_drivers_add);
Datum
ces_drivers_add(PG_FUNCTION_ARGS)
{
	CesDrivers *sum = make_value(ces_drivers_read(PG_GETARG_DATUM(0)), sizeof(int128));

	add_sums(sum, ces_drivers_read(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(ces_drivers_make(ces_drivers_read(PointerGetDatum(sum))));
}

/* The operator -. */
PG_FUNCTION_INFO_V1(ces_drivers_subtract);
Datum
ces_drivers_subtract(PG_FUNCTION_ARGS)
{
	CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));

	if (!subtract_sums(sums, ces_drivers_read(PG_GETARG_DATUM(1))))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the answers to subtract are not among those from which to subtract them"),
				 errhint("Subtract only what is part of the first, such as a day from its month.")));
	PG_RETURN_POINTER(ces_drivers_make(sums));
}

/*
 * Equality
 */

/* Are these the same sums of the same drivers?  However wide their numbers are. */
static bool
are_equal(FunctionCallInfo fcinfo)
{
	const CesDriverSums *a = ces_drivers_read(PG_GETARG_DATUM(0));
	const CesDriverSums *b = ces_drivers_read(PG_GETARG_DATUM(1));

	return have_same_drivers(a, b) && a->left_out == b->left_out &&
		   memcmp(a->products, b->products, sizeof(int128) * ces_driver_products(a->drivers)) == 0;
}

/* The operator =. */
PG_FUNCTION_INFO_V1(ces_drivers_eq);
Datum
ces_drivers_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(are_equal(fcinfo));
}

/* The operator <>. */
PG_FUNCTION_INFO_V1(ces_drivers_ne);
Datum
ces_drivers_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!are_equal(fcinfo));
}

/* A hash with a seed, that equal values have in common. */
static uint64
hash(Datum datum, uint64 seed)
{
	const CesDriverSums *sums = ces_drivers_read(datum);
	uint64 names = hash_bytes_extended((const unsigned char *) sums->names, (int) sums->names_size, seed);

	return hash_bytes_extended((const unsigned char *) sums->products,
							   (int) sizeof(int128) * ces_driver_products(sums->drivers), names);
}

/* Hash function. */
PG_FUNCTION_INFO_V1(ces_drivers_hash);
Datum
ces_drivers_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) hash(PG_GETARG_DATUM(0), 0));
}

/* The same with a seed. */
PG_FUNCTION_INFO_V1(ces_drivers_hash_extended);
Datum
ces_drivers_hash_extended(PG_FUNCTION_ARGS)
{
	return UInt64GetDatum(hash(PG_GETARG_DATUM(0), PG_GETARG_INT64(1)));
}

/*
 * What sums say
 */

/* The centred product of two columns, numbered from 1 for the outcome. */
double
ces_driver_centred_product(const CesDriverSums *sums, int a, int b)
{
	return ces_centred_product((int64) sums->products[0], sums->products[ces_driver_product(a, 0)],
							   sums->products[ces_driver_product(b, 0)], sums->products[ces_driver_product(a, b)]);
}

/* Is a number no further from zero than this? */
static bool
is_within(int128 number, int128 bound)
{
	return number >= -bound && number <= bound;
}

/*
 * Can there be answers with these sums?  What this accepts may still be of no answers, but
 * all arithmetic on it stays within 128 bits, and any two columns have a correlation.
 */
bool
ces_driver_sums_agree(const CesDriverSums *sums)
{
	int columns = ces_driver_columns(sums->drivers);
	int128 n = sums->products[0];
	int128 largest = (int128) 1 << 31; /* of a value, in size */
	double variances[CES_DRIVERS_MAX_COLUMNS];

	if (sums->left_out < 0 || sums->left_out >= CES_DRIVERS_MAX_ANSWERS || n < 0 || n >= CES_DRIVERS_MAX_ANSWERS)
		return false;
	for (int i = 1; i < columns; i++)
	{
		if (!is_within(sums->products[ces_driver_product(i, 0)], n * largest))
			return false;
		for (int j = 1; j <= i; j++)
		{
			if (!is_within(sums->products[ces_driver_product(i, j)], n * largest * largest))
				return false;
		}
	}
	for (int i = 1; n > 0 && i < columns; i++)
	{
		variances[i] = ces_driver_centred_product(sums, i, i);
		if (variances[i] < 0)
			return false;
		for (int j = 1; j < i; j++)
		{
			if (fabs(ces_driver_centred_product(sums, i, j)) > sqrt(variances[i]) * sqrt(variances[j]) * (1 + 1e-9))
				return false;
		}
	}
	return true;
}

/* A number in decimal digits. */
char *
ces_int128_text(int128 number)
{
	char digits[40];
	char *position = digits + sizeof(digits);
	uint128 rest = number < 0 ? -(uint128) number : (uint128) number;

	*--position = '\0';
	do
	{
		*--position = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	} while (rest != 0);
	return psprintf("%s%s", number < 0 ? "-" : "", position);
}
