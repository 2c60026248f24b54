/*-------------------------------------------------------------------------
 *
 * rollup.h
 *	  Rollups that keep themselves: what their parts share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_H
#define CES_ROLLUP_H

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "utils/relcache.h"
#include "utils/reltrigger.h"

#pragma GCC visibility push(hidden)

typedef enum CesRollupColumnKind
{
	CES_ROLLUP_KEY,
	CES_ROLLUP_TALLY,
	CES_ROLLUP_COUNT,
} CesRollupColumnKind;

/*
 * A column of the view, the store and the deltas.  The columns of the source are Vars
 * with varno 1 and the attribute numbers of the source itself.
 */
typedef struct CesRollupColumn
{
	CesRollupColumnKind kind;
	char *name;
	Oid type;
	int32 typmod;
	Oid collation;
	Expr *expression; /* the key, the score, or what is counted: NULL for count(*) */
	Expr *scale; /* of a tally: a Const of type ces_scale, or the expression of a key */
	int scale_key; /* of a tally: the index of the column that is its scale, or -1 */
	Expr *filter; /* of an aggregate, or NULL */
	AttrNumber removed; /* of a tally: the column of removed answers in store and delta */
} CesRollupColumn;

/*
 * What a rollup counts.  Column i of the query, counted from 0, is attribute i + 1 of
 * the view, the store and the deltas; after these, store and deltas have the columns of
 * removed answers, "rows", and "part" if the source is partitioned.
 */
typedef struct CesRollupDefinition
{
	Oid source;
	bool partitioned;
	int ncolumns;
	CesRollupColumn *columns;
	Expr *where; /* or NULL */
	AttrNumber rows; /* the number of rows of the source in the group */
	AttrNumber part; /* the partition, or InvalidAttrNumber */
} CesRollupDefinition;

/* The objects of a rollup */
typedef struct CesRollup
{
	Oid view; /* what people read; stands for the rollup */
	Oid definition; /* a view, the query */
	Oid store;
	Oid delta;
	Oid partition; /* which partitions are counted; InvalidOid unless the source is partitioned */
	Oid owner;
} CesRollup;

/* Who runs the code, and with which search_path, while a rollup's owner does */
typedef struct CesRollupCaller
{
	Oid user;
	int security_context;
	int guc_level;
} CesRollupCaller;

/* rollup.c */
extern bool ces_rollup_trigger_calls(const Trigger *trigger, PGFunction function);
extern const Trigger *ces_rollup_find_trigger(Relation relation, PGFunction function, Oid delta);
extern List *ces_rollup_triggers_naming(Oid relation);
extern Oid ces_rollup_delta_of_trigger(const Trigger *trigger);
extern CesRollup *ces_rollup_find(Oid delta);
extern CesRollup *ces_rollup_of_delta(Oid delta);
extern CesRollup *ces_rollup_find_view(Oid view);
extern CesRollup *ces_rollup_of_view(Oid view);
extern CesRollup *ces_rollup_owned(Oid view);
extern void ces_rollup_lock(const CesRollup *rollup);
extern void ces_rollup_become_owner(CesRollupCaller *caller, Oid owner);
extern void ces_rollup_become_caller(const CesRollupCaller *caller);
extern List *ces_rollup_leaves(Oid source);
extern Oid ces_rollup_owner_of(Oid relation);
extern const char *ces_rollup_schema(FunctionCallInfo fcinfo);
extern Oid ces_extension_schema(void);
extern Oid ces_own_function(const char *name, int nargs, const Oid *argtypes);

/* rollup_definition.c */
extern Query *ces_rollup_parse_query(const char *text, RawStmt **raw);
extern CesRollupDefinition *ces_rollup_read_definition(Oid definition);
extern CesRollupDefinition *ces_rollup_definition_of(const CesRollup *rollup);
extern CesRollupDefinition *ces_rollup_definition_of_locked(const CesRollup *rollup);

/*
 * rollup_capture.c: rows appended to the deltas of a rollup.  Values and nulls are those
 * of all its columns.
 */
typedef struct CesRollupAppender CesRollupAppender;

extern CesRollupAppender *ces_rollup_begin_append(Relation delta);
extern void ces_rollup_append(CesRollupAppender *appender, const Datum *values, const bool *nulls);
extern void ces_rollup_end_append(CesRollupAppender *appender);

/* Above 0 while ces itself changes the store and the deltas; the guard lets it */
extern int ces_rollup_writing;

#pragma GCC visibility pop

/* The trigger functions */
extern PGDLLEXPORT Datum ces_rollup_capture(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum ces_rollup_flush(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum ces_rollup_truncate(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum ces_rollup_guard(PG_FUNCTION_ARGS);

#endif /* CES_ROLLUP_H */
