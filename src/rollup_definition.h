/*-------------------------------------------------------------------------
 *
 * rollup_definition.h
 *	  What the files share that read and refuse the query of a rollup.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_DEFINITION_H
#define CES_ROLLUP_DEFINITION_H

#include "rollup.h"

#pragma GCC visibility push(hidden)

/* A query that is being read */
typedef struct CesRollupReading
{
	Query *query; /* a copy, its keys and the columns of the source in place */
	const char *text; /* what the user wrote, or NULL if the query is that of a view */
	Oid extension; /* ces itself */
	Oid source;
	const char *prefix; /* the extension's schema with a dot, unless the search_path has it */
} CesRollupReading;

/* rollup_definition.c */
extern char *ces_rollup_deparse(const CesRollupReading *reading, const void *expression);
extern char *ces_rollup_deparse_for_reader(const CesRollupReading *reading, const void *expression);
extern void ces_rollup_transpose_position(void *text);
extern int ces_rollup_position(const CesRollupReading *reading, const void *node);
extern char *ces_rollup_relation_name(Oid relation);
extern const char *ces_default_scale_of(const char *metric);

/* rollup_immutable.c */
extern void ces_rollup_check_immutable(const CesRollupReading *reading, const char *part,
									   const TargetEntry *column, const void *expression);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_DEFINITION_H */
