/*-------------------------------------------------------------------------
 *
 * rollup_time.h
 *	  Keys of rollups that stand for a span of time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_TIME_H
#define CES_ROLLUP_TIME_H

#include "datatype/timestamp.h"
#include "nodes/primnodes.h"

#pragma GCC visibility push(hidden)

typedef enum CesTimeUnit
{
	CES_SECOND,
	CES_MINUTE,
	CES_HOUR,
	CES_DAY,
	CES_WEEK,
	CES_MONTH,
	CES_QUARTER,
	CES_YEAR,
} CesTimeUnit;

/* What a key of a rollup stands for: all times within a unit of time */
typedef struct CesBucket
{
	const Var *time; /* the column, as in the definition: date, timestamp or timestamptz */
	CesTimeUnit unit;
	const char *zone; /* of a timestamptz: in whose time the units are; else NULL */
	Oid key_type; /* date, timestamp or timestamptz */
	Timestamp from; /* the query asks for no other times, give or take a day; */
	Timestamp until; /* infinite if that isn't known */
} CesBucket;

/* A condition on the time: at or after a value, or before it */
typedef struct CesTimeBound
{
	bool is_lower;
	bool is_strict; /* > or <= : the value itself belongs to what is before */
	Expr *value; /* timestamp (compared with local times) or timestamptz */
} CesTimeBound;

extern bool ces_bucket_read(const Expr *key, CesBucket *bucket);
extern Expr *ces_bucket_start(const CesBucket *bucket, Expr *key_column);
extern void ces_bucket_narrow(CesBucket *bucket, const CesTimeBound *bound);
extern bool ces_bucket_determines(const CesBucket *bucket, const Node *expression, const char **needs_zone);
extern bool ces_bucket_read_bound(const CesBucket *bucket, const Node *condition, CesTimeBound *bound, const char **needs_zone);
extern Expr *ces_bucket_border(const CesBucket *bucket, const CesTimeBound *bound, bool up);
extern Expr *ces_bucket_border_as_time(const CesBucket *bucket, Expr *border);
extern Expr *ces_bucket_border_as_key(const CesBucket *bucket, Expr *border);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_TIME_H */
