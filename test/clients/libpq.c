/* libpq, in binary format; see run */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(value) _Generic((value), double \
							 : "double", char * \
							 : "char *")

static PGconn *conn;

/* Ends the program if the statement failed. */
static PGresult *
checked(PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	fputs(PQerrorMessage(conn), stderr);
	exit(1);
}

/* Reads a float8 in the result's first row. */
static double
number(PGresult *result, int column)
{
	uint64_t bits;
	double value;

	memcpy(&bits, PQgetvalue(result, 0, column), sizeof bits);
	bits = be64toh(bits);
	memcpy(&value, &bits, sizeof value);
	return value;
}

int
main(void)
{
	conn = PQconnectdb("");

	/* shown in doc/clients.md */
	PGresult *metric = checked(PQexecParams(
		conn,
		"SELECT nps(recommend)::float8, lower(nps_ci(ces_tally(recommend, 'nps')))::float8,"
		" upper(nps_ci(ces_tally(recommend, 'nps')))::float8 FROM responses",
		0, NULL, NULL, NULL, NULL, 1));
	double nps = number(metric, 0), lower = number(metric, 1), upper = number(metric, 2);

	uint32_t score = htonl(6);
	const char *values[] = {"1..7 top 6", (char *) &score, "chat"};
	checked(PQprepare(
		conn, "topbox",
		"SELECT ces_topbox(effort_score, $1)::float8, ces_box($2::int, $1)"
		" FROM responses WHERE channel = $3",
		0, NULL));
	PGresult *chat = checked(PQexecPrepared(
		conn, "topbox", 3, values, (int[]){0, sizeof score, 0}, (int[]){0, 1, 0}, 1));

	PGresult *tally = checked(PQexecParams(
		conn, "SELECT ces_tally(effort_score, '1..7') FROM responses",
		0, NULL, NULL, NULL, NULL, 1));
	values[0] = PQgetvalue(tally, 0, 0);
	int length = PQgetlength(tally, 0, 0);
	checked(PQexecParams(
		conn, "INSERT INTO tallies VALUES ('libpq binary', $1)",
		1, NULL, values, &length, (int[]){1}, 1));
	/* until here */

	/* The same in text; a scale in binary */
	PGresult *text = checked(PQexec(
		conn,
		"SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps')),"
		" ces_tally(effort_score, '1..7') FROM responses"));
	values[0] = PQgetvalue(text, 0, 2);
	checked(PQexecParams(
		conn, "INSERT INTO tallies VALUES ('libpq', $1)", 1, NULL, values, NULL, NULL, 0));
	values[1] = "9";
	values[2] = "🙂";
	PGresult *casts = checked(PQexecParams(
		conn, "SELECT ces_mean($1::ces_tally), nps($2::int), ces_score($3, 'faces3')",
		3, NULL, values, NULL, NULL, 0));
	values[1] = (char *) &score;
	PGresult *scale = checked(PQexecParams(
		conn, "SELECT ces_scale '1..7 top 6'", 0, NULL, NULL, NULL, NULL, 1));
	values[0] = PQgetvalue(scale, 0, 0);
	values[2] = "chat";
	PGresult *by_binary_scale = checked(PQexecPrepared(
		conn, "topbox", 3, values, (int[]){PQgetlength(scale, 0, 0), sizeof score, 0},
		(int[]){1, 1, 0}, 1));

	printf("version\t%d\n", PQlibVersion());
	printf("types\t%s\t%s\t%s\n", TYPE(nps), TYPE(lower), TYPE(PQgetvalue(tally, 0, 0)));
	printf("nps\t%.17g\nlower\t%.17g\nupper\t%.17g\n", nps, lower, upper);
	printf("interval\t%s\n", PQgetvalue(text, 0, 1));
	printf("topbox\t%.17g\nbox\t%s\n", number(chat, 0), PQgetvalue(chat, 0, 1));
	printf("topbox\t%.17g\n", number(by_binary_scale, 0));
	printf("tally\t%s\n", PQgetvalue(text, 0, 2));
	printf("mean\t%s\n", PQgetvalue(casts, 0, 0));
	printf("score\t%s\n", PQgetvalue(casts, 0, 1));
	printf("face\t%s\n", PQgetvalue(casts, 0, 2));
	printf("wrote\tlibpq\nwrote\tlibpq binary\n");
	PQfinish(conn);
	return 0;
}
