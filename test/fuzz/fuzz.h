/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What the harnesses share: calling a function of the extension without a
 *	  server, and checks of what it returns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "postgres.h"

#include "catalog/pg_type.h"
#include "tally.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "utils/array.h"

/* The outcome of a call */
typedef struct Outcome
{
	int error; /* its SQLSTATE, or 0 */
	bool is_null;
	Datum value;
} Outcome;

/* The entry point of each harness */
extern void fuzz(const uint8 *data, size_t size);

/* How many inputs were accepted as a value, and how many were refused */
extern long accepted;
extern long refused;

/* The context of a call in an aggregate */
extern Node *const in_aggregate;

extern Outcome call(PGFunction function, Node *context, int nargs, ...);

/* Calls an input function so that it reports errors without raising them. */
extern Outcome call_softly(PGFunction function, const char *text);

/* Declares a function of the extension. */
#define DECLARE(name) extern Datum name(PG_FUNCTION_ARGS)

#define CALL(function, ...) \
	call(function, NULL, lengthof(((Datum[]){__VA_ARGS__})), __VA_ARGS__)

/* A property that holds for every input */
#define CHECK(property) \
	do \
	{ \
		if (!(property)) \
			report_violation(#property, __FILE__, __LINE__); \
	} while (0)

extern void report_violation(const char *property, const char *file, int line) __attribute__((noreturn));

/* The value of a call, which must neither fail nor return NULL. */
extern Datum value_of(Outcome outcome);

/* Do these numbers make a scale according to the documentation? */
extern bool is_scale(int worst, int best, int top, int bottom);

/* Is this a value of the type according to the documentation? */
extern bool is_scale_value(Datum scale);
extern bool is_tally_value(Datum tally);
extern bool is_drivers_value(Datum drivers);

/* The functions that all types have */
typedef struct TypeFunctions
{
	PGFunction in;
	PGFunction out;
	PGFunction recv;
	PGFunction send;
	PGFunction eq;
	bool (*is_value)(Datum value);
} TypeFunctions;

extern const TypeFunctions scale_type;
extern const TypeFunctions tally_type;
extern const TypeFunctions drivers_type;

/*
 * Checks that a value written as text or in binary reads back as an equal value,
 * which is written in the same way again.
 */
extern void check_value(const TypeFunctions *type, Datum value);

/* Check that any input is a value, or is refused with a proper error. */
extern void check_text(const TypeFunctions *type, const uint8 *data, size_t size);
extern void check_binary(const TypeFunctions *type, const uint8 *data, size_t size);

#endif /* FUZZ_H */
