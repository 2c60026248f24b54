/*-------------------------------------------------------------------------
 *
 * drivers_io.c
 *	  The text and the binary form of ces_drivers.
 *
 * The text form has the names, the number of rows left out, and the triangle of sums:
 *
 *	{"transferred","repeated"} left out 3 {{120},{700,4321},{12,58,12},{30,150,9,30}}
 *
 * What is read in either form may be hostile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "drivers.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "scale.h"

/* The first byte of the binary form */
#define BINARY_VERSION 1

/* Before the number of rows left out */
#define LEFT_OUT "left out"

/* A text form that is being read */
typedef struct Reader
{
	const char *text;
	const char *position;
	struct Node *escontext;
} Reader;

static bool
report_syntax(const Reader *reader)
{
	ereturn(reader->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "ces_drivers", reader->text),
			 errhint("Make such values with the aggregate ces_drivers(outcome, names, values).")));
}

static bool
report_contradiction(const Reader *reader)
{
	ereturn(reader->escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value \"%s\" is out of range for type %s", reader->text, "ces_drivers"),
			 errdetail("No answers have these sums.")));
}

/* Read this character, after blanks.  False if there is another one. */
static bool
read_character(Reader *reader, char character)
{
	reader->position = ces_skip_blanks(reader->position);
	if (*reader->position != character)
		return false;
	reader->position++;
	return true;
}

/* Read a name in quotes.  NULL if there is none. */
static char *
read_name(Reader *reader)
{
	StringInfoData name;

	if (!read_character(reader, '"'))
		return NULL;
	initStringInfo(&name);
	for (; *reader->position != '"'; reader->position++)
	{
		if (*reader->position == '\\')
			reader->position++;
		if (*reader->position == '\0')
			return NULL;
		appendStringInfoChar(&name, *reader->position);
	}
	reader->position++;
	return name.data;
}

/* Read a whole number of a size that 128 bits hold easily. */
static bool
read_number(Reader *reader, int128 *number)
{
	int128 limit = (int128) 1 << 123;
	bool is_negative = read_character(reader, '-');

	if (!ces_is_digit(*reader->position))
		return false;
	for (*number = 0; ces_is_digit(*reader->position); reader->position++)
	{
		if (*number < limit)
			*number = 10 * *number + (*reader->position - '0');
	}
	if (is_negative)
		*number = -*number;
	return true;
}

/* Read the names, in braces. */
static bool
read_names(Reader *reader, CesDriverSums *sums)
{
	char *names[CES_DRIVERS_MAX];

	sums->drivers = 0;
	if (!read_character(reader, '{'))
		return report_syntax(reader);
	do
	{
		if (sums->drivers == CES_DRIVERS_MAX || (names[sums->drivers] = read_name(reader)) == NULL)
			return report_syntax(reader);
		sums->drivers++;
	} while (read_character(reader, ','));
	if (!read_character(reader, '}'))
		return report_syntax(reader);
	sums->names = ces_pack_driver_names(sums->drivers, names, &sums->names_size, reader->escontext);
	return sums->names != NULL;
}

/* Read a row of the triangle, in braces. */
static bool
read_products(Reader *reader, int128 *products, int count)
{
	if (!read_character(reader, '{'))
		return false;
	for (int i = 0; i < count; i++)
	{
		if ((i > 0 && !read_character(reader, ',')) || !read_number(reader, &products[i]))
			return false;
	}
	return read_character(reader, '}');
}

/* Read what follows the names: the number of rows left out, and the triangle. */
static bool
read_sums(Reader *reader, CesDriverSums *sums)
{
	reader->position = ces_skip_blanks(reader->position);
	if (strncmp(reader->position, LEFT_OUT, strlen(LEFT_OUT)) != 0)
		return false;
	reader->position += strlen(LEFT_OUT);
	if (!read_number(reader, &sums->left_out) || !read_character(reader, '{'))
		return false;
	for (int i = 0; i < ces_driver_columns(sums->drivers); i++)
	{
		if ((i > 0 && !read_character(reader, ',')) || !read_products(reader, &sums->products[ces_driver_product(i, 0)], i + 1))
			return false;
	}
	return read_character(reader, '}') && read_character(reader, '\0');
}

/* Text input. */
PG_FUNCTION_INFO_V1(ces_drivers_in);
Datum
ces_drivers_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Reader reader = {.text = text, .position = text, .escontext = CES_SOFT_ERROR_CONTEXT(fcinfo)};
	CesDriverSums sums;

	if (!read_names(&reader, &sums))
		PG_RETURN_NULL();
	if (!read_sums(&reader, &sums))
	{
		report_syntax(&reader);
		PG_RETURN_NULL();
	}
	if (!ces_driver_sums_agree(&sums))
	{
		report_contradiction(&reader);
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(ces_drivers_make(&sums));
}

/* Text output. */
PG_FUNCTION_INFO_V1(ces_drivers_out);
Datum
ces_drivers_out(PG_FUNCTION_ARGS)
{
	const CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s %s %s ", ces_driver_names_text(sums), LEFT_OUT, ces_int128_text(sums->left_out));
	for (int i = 0; i < ces_driver_columns(sums->drivers); i++)
	{
		appendStringInfoChar(&text, i == 0 ? '{' : ',');
		for (int j = 0; j <= i; j++)
			appendStringInfo(&text, "%c%s", j == 0 ? '{' : ',', ces_int128_text(sums->products[ces_driver_product(i, j)]));
		appendStringInfoChar(&text, '}');
	}
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

static int128
get_number(StringInfo message)
{
	uint64 high = (uint64) pq_getmsgint64(message);
	uint64 low = (uint64) pq_getmsgint64(message);

	return (int128) ((uint128) high << 64 | low);
}

static void
send_number(StringInfo message, int128 number)
{
	pq_sendint64(message, (uint64) ((uint128) number >> 64));
	pq_sendint64(message, (uint64) (uint128) number);
}

/* Read the names of a binary form. */
static void
get_names(StringInfo message, CesDriverSums *sums)
{
	char *names[CES_DRIVERS_MAX];

	sums->drivers = pq_getmsgbyte(message);
	for (int i = 0; i < sums->drivers; i++)
	{
		int length = (int) pq_getmsgint(message, sizeof(int32));
		int converted_length;
		char *name = pq_getmsgtext(message, length, &converted_length);

		if (i < CES_DRIVERS_MAX)
			names[i] = name;
	}
	sums->names = ces_pack_driver_names(sums->drivers, names, &sums->names_size, NULL);
}

/*
 * Binary input: a version, the number of drivers, their names as a text each, the number of
 * rows left out, and the triangle; sixteen bytes for each number.
 */
PG_FUNCTION_INFO_V1(ces_drivers_recv);
Datum
ces_drivers_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(message);
	CesDriverSums sums;

	if (version != BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of the binary form of type %s", version, "ces_drivers"),
				 errdetail("This version of the extension reads version %d.", BINARY_VERSION)));
	get_names(message, &sums);
	sums.left_out = get_number(message);
	for (int i = 0; i < ces_driver_products(sums.drivers); i++)
		sums.products[i] = get_number(message);
	if (!ces_driver_sums_agree(&sums))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "ces_drivers"),
				 errdetail("No answers have its sums.")));
	PG_RETURN_POINTER(ces_drivers_make(&sums));
}

/* Binary output. */
PG_FUNCTION_INFO_V1(ces_drivers_send);
Datum
ces_drivers_send(PG_FUNCTION_ARGS)
{
	const CesDriverSums *sums = ces_drivers_read(PG_GETARG_DATUM(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint8(&message, BINARY_VERSION);
	pq_sendint8(&message, sums->drivers);
	for (int i = 0; i < sums->drivers; i++)
	{
		const char *name = ces_driver_name(sums, i);
		const char *sent = pg_server_to_client(name, (int) strlen(name));
		int length = (int) strlen(sent);

		pq_sendint32(&message, length);
		appendBinaryStringInfo(&message, sent, length);
	}
	send_number(&message, sums->left_out);
	for (int i = 0; i < ces_driver_products(sums->drivers); i++)
		send_number(&message, sums->products[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
