/*-------------------------------------------------------------------------
 *
 * tally_io.c
 *	  The text and the binary form of ces_tally.
 *
 * The text form is the scale's, followed by the counts: 1..3 top 3 bottom 1 {5,2,10}.
 * What is read in either form may be hostile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "tally.h"

/* The first byte of the binary form */
#define BINARY_VERSION 1

static bool
report_syntax(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					"ces_tally", text),
			 errhint("Write a scale and, in braces, one whole number for each score, "
					 "as in '1..3 {5,2,10}'.")));
}

static bool
report_out_of_range(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value \"%s\" is out of range for type %s",
					text, "ces_tally"),
			 ces_errdetail_most_answers()));
}

static bool
report_negative(const char *text, struct Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value \"%s\" is out of range for type %s",
					text, "ces_tally"),
			 errdetail("A count of answers is 0 or more.")));
}

/*
 * Read the {count,...} of a text form, which begins at the brace.  Returns false
 * after a soft error.
 */
static bool
parse_counts(const char *text, const char *brace, CesScale scale,
			 int64 *counts, struct Node *escontext)
{
	const char *position = brace;
	int points = ces_scale_points(scale);
	int found = 0;

	do
	{
		char *end;
		int64 count;

		position = ces_skip_blanks(position + 1); /* past the brace or the comma */
		if (!ces_number_begins(position))
			return report_syntax(text, escontext);
		errno = 0;
		count = strtoi64(position, &end, 10);
		if (count < 0)
			return report_negative(text, escontext);
		if (errno == ERANGE)
			return report_out_of_range(text, escontext);
		if (found < points)
			counts[found] = count;
		found++;
		position = ces_skip_blanks(end);
	} while (*position == ',');

	if (*position != '}' || *ces_skip_blanks(position + 1) != '\0')
		return report_syntax(text, escontext);
	if (found != points)
		return ces_report_wrong_number_of_counts(found, scale, escontext);
	if (ces_counts_total(counts, points) < 0)
		return report_out_of_range(text, escontext);
	return true;
}

/* Text input. */
PG_FUNCTION_INFO_V1(ces_tally_in);
Datum
ces_tally_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *brace = strchr(text, '{');
	struct Node *escontext = CES_SOFT_ERROR_CONTEXT(fcinfo);
	CesScale scale;
	int64 counts[CES_SCALE_MAX_POINTS];

	if (brace == NULL || ces_skip_blanks(text) == brace)
	{
		report_syntax(text, escontext);
		PG_RETURN_NULL();
	}
	if (!ces_scale_parse(pnstrdup(text, brace - text), &scale, escontext) ||
		!parse_counts(text, brace, scale, counts, escontext))
		PG_RETURN_NULL();
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* Text output. */
PG_FUNCTION_INFO_V1(ces_tally_out);
Datum
ces_tally_out(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s ", ces_scale_text(ces_tally_scale(tally)));
	for (int i = 0; i < points; i++)
		appendStringInfo(&text, "%c" INT64_FORMAT, i == 0 ? '{' : ',', counts[i]);
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

/*
 * Binary input: a version, the scale as ces_scale sends it, and eight bytes for
 * each count.
 */
PG_FUNCTION_INFO_V1(ces_tally_recv);
Datum
ces_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(message);
	CesScale scale;
	int points;
	int64 counts[CES_SCALE_MAX_POINTS];

	if (version != BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of the binary form of type %s",
						version, "ces_tally"),
				 errdetail("This version of the extension reads version %d.",
						   BINARY_VERSION)));
	scale = ces_scale_getmsg(message, "ces_tally");
	points = ces_scale_points(scale);
	for (int i = 0; i < points; i++)
		counts[i] = pq_getmsgint64(message);
	if (ces_counts_total(counts, points) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "ces_tally"),
				 errdetail("A count is negative, or the counts add up to more than " INT64_FORMAT ".",
						   PG_INT64_MAX)));
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* Binary output. */
PG_FUNCTION_INFO_V1(ces_tally_send);
Datum
ces_tally_send(PG_FUNCTION_ARGS)
{
	const CesTally *tally = PG_GETARG_CES_TALLY(0);
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_tally_read(tally, counts);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint8(&message, BINARY_VERSION);
	ces_scale_putmsg(&message, ces_tally_scale(tally));
	for (int i = 0; i < points; i++)
		pq_sendint64(&message, counts[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
