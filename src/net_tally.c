/*-------------------------------------------------------------------------
 *
 * net_tally.c
 *	  Aggregates of tallies that are added and tallies that are removed, in any
 *	  order: a tally may be removed before the one that it was part of is added.
 *
 * A tally has no negative counts, so the state is not one: it has the difference
 * of the two at each point, with a sign.  It is in the memory of the aggregate and
 * changes in place.  Partial results travel as bytes.
 *
 * Two scales don't mix, whatever the order: a state keeps its scale as long as a
 * tally with answers has been counted that isn't taken back, even if nothing is
 * left of its answers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "calls.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "tally.h"

typedef struct NetTally
{
	CesScale scale; /* not a valid one while there have been no answers */
	int64 tallies; /* with answers, of both kinds; if there are none, any scale will do */
	int64 counts[FLEXIBLE_ARRAY_MEMBER]; /* added less removed, for each point of the scale */
} NetTally;

/* A state without answers, with room for so many points. */
static NetTally *
make_state(MemoryContext context, int points)
{
	return MemoryContextAllocZero(context, offsetof(NetTally, counts) + points * sizeof(int64));
}

/* The memory of the aggregate; outside of one, of the call. */
static MemoryContext
memory_of_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	return AggCheckCallContext(fcinfo, &context) ? context : CurrentMemoryContext;
}

static inline NetTally *
get_state(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : (NetTally *) PG_GETARG_POINTER(argument);
}

/* What can be done about tallies on two scales: nothing outside an aggregate. */
static const char *
hint_two_scales(FunctionCallInfo fcinfo)
{
	const Aggref *call = ces_called_aggregate(fcinfo, 2);

	if (!AggCheckCallContext(fcinfo, NULL))
		return NULL;
	return psprintf("Add %sces_scale(coalesce(%s, %s)) to %s BY.", ces_schema_prefix(fcinfo),
					ces_argument_text(fcinfo, call, 0, "YOUR_TALLY"),
					ces_argument_text(fcinfo, call, 1, "YOUR_REMOVED_TALLY"),
					ces_is_in_window(fcinfo) ? "PARTITION" : "GROUP");
}

/* A state for answers on this scale: a new one if there is none, or if it has another scale. */
static inline NetTally *
state_on_scale(FunctionCallInfo fcinfo, NetTally *net, CesScale scale)
{
	if (likely(net != NULL && ces_scale_equals(net->scale, scale)))
		return net;
	if (net != NULL && net->tallies != 0)
		ces_report_two_scales(net->scale, scale, hint_two_scales(fcinfo));
	if (net != NULL)
		pfree(net);
	net = make_state(memory_of_state(fcinfo), ces_scale_points(scale));
	net->scale = scale;
	return net;
}

/* Add counts, or subtract them if the sign is negative.  False if bigint can't hold a result. */
static inline bool
add_counts(NetTally *net, const int64 *counts, int points, int sign)
{
	bool overflow = false;

	for (int i = 0; i < points; i++)
	{
		if (sign > 0)
			overflow |= pg_add_s64_overflow(net->counts[i], counts[i], &net->counts[i]);
		else
			overflow |= pg_sub_s64_overflow(net->counts[i], counts[i], &net->counts[i]);
	}
	return !overflow;
}

/* Count a tally, an argument, in a state that may be NULL: its answers are added or removed. */
static inline NetTally *
count_tally(FunctionCallInfo fcinfo, NetTally *net, int argument, int sign)
{
	const CesTally *tally;
	int64 counts[CES_SCALE_MAX_POINTS];
	int points;

	if (PG_ARGISNULL(argument))
		return net;
	tally = PG_GETARG_CES_TALLY(argument);
	points = ces_tally_read(tally, counts);
	if (ces_counts_total(counts, points) == 0)
		return net;
	net = state_on_scale(fcinfo, net, ces_tally_scale(tally));
	net->tallies++;
	if (!add_counts(net, counts, points, sign))
		ces_report_too_many_answers();
	return net;
}

/*
 * The opposite, for a tally that was counted before.  False if it can't be done, or if
 * the argument is not what it was then: a function that is wrongly called immutable may
 * return something else.
 */
static bool
uncount_tally(FunctionCallInfo fcinfo, NetTally *net, int argument, int sign)
{
	const CesTally *tally;
	int64 counts[CES_SCALE_MAX_POINTS];
	int points;

	if (PG_ARGISNULL(argument))
		return true;
	tally = PG_GETARG_CES_TALLY(argument);
	points = ces_tally_read(tally, counts);
	if (ces_counts_total(counts, points) == 0)
		return true;
	if (net->tallies == 0 || !ces_scale_equals(net->scale, ces_tally_scale(tally)))
		return false;
	net->tallies--;
	return add_counts(net, counts, points, -sign);
}

/* Transition function: (state, added, removed).  Never NULL, as a moving window requires. */
PG_FUNCTION_INFO_V1(ces_net_accum);
Datum
ces_net_accum(PG_FUNCTION_ARGS)
{
	NetTally *net = get_state(fcinfo, 0);

	net = count_tally(fcinfo, net, 1, 1);
	net = count_tally(fcinfo, net, 2, -1);
	if (unlikely(net == NULL))
		net = make_state(memory_of_state(fcinfo), 0);
	PG_RETURN_POINTER(net);
}

/* Its inverse.  NULL, if it can't be done, has the frame counted anew. */
PG_FUNCTION_INFO_V1(ces_net_accum_inv);
Datum
ces_net_accum_inv(PG_FUNCTION_ARGS)
{
	NetTally *net = get_state(fcinfo, 0);

	if (net == NULL || !uncount_tally(fcinfo, net, 1, 1) || !uncount_tally(fcinfo, net, 2, -1))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(net);
}

/* Combine function. */
PG_FUNCTION_INFO_V1(ces_net_combine);
Datum
ces_net_combine(PG_FUNCTION_ARGS)
{
	NetTally *net = get_state(fcinfo, 0);
	const NetTally *other = get_state(fcinfo, 1);

	if (other != NULL && other->tallies != 0)
	{
		net = state_on_scale(fcinfo, net, other->scale);
		net->tallies += other->tallies;
		if (!add_counts(net, other->counts, ces_scale_points(other->scale), 1))
			ces_report_too_many_answers();
	}
	fcinfo->isnull = net == NULL;
	return PointerGetDatum(net);
}

/*
 * A partial result as bytes: the number of tallies; if there are any, the scale, and
 * eight bytes for each count.
 */
PG_FUNCTION_INFO_V1(ces_net_serialize);
Datum
ces_net_serialize(PG_FUNCTION_ARGS)
{
	const NetTally *net = (const NetTally *) PG_GETARG_POINTER(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint64(&message, net->tallies);
	if (net->tallies != 0)
	{
		ces_scale_putmsg(&message, net->scale);
		for (int i = 0; i < ces_scale_points(net->scale); i++)
			pq_sendint64(&message, net->counts[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* A partial result from these bytes. */
PG_FUNCTION_INFO_V1(ces_net_deserialize);
Datum
ces_net_deserialize(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData message;
	int64 tallies;
	NetTally *net;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	tallies = pq_getmsgint64(&message);
	if (tallies != 0)
	{
		CesScale scale = ces_scale_getmsg(&message, "ces_tally");
		int points = ces_scale_points(scale);

		net = make_state(CurrentMemoryContext, points);
		net->scale = scale;
		for (int i = 0; i < points; i++)
			net->counts[i] = pq_getmsgint64(&message);
	}
	else
		net = make_state(CurrentMemoryContext, 0);
	net->tallies = tallies;
	pq_getmsgend(&message);
	pfree(message.data);
	PG_RETURN_POINTER(net);
}

/* A tally with these counts, none of which is negative; NULL if it has no answers. */
static Datum
return_tally(FunctionCallInfo fcinfo, CesScale scale, const int64 *counts)
{
	int64 total = ces_counts_total(counts, ces_scale_points(scale));

	if (total < 0)
		ces_report_too_many_answers();
	if (total == 0)
		PG_RETURN_NULL();
	PG_RETURN_CES_TALLY(ces_tally_make(scale, counts));
}

/* The tally of what was added in excess of what was removed, at each point for itself. */
static Datum
return_surplus(FunctionCallInfo fcinfo, const NetTally *net)
{
	int64 counts[CES_SCALE_MAX_POINTS];

	if (net == NULL || net->tallies == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < ces_scale_points(net->scale); i++)
		counts[i] = Max(net->counts[i], 0);
	return return_tally(fcinfo, net->scale, counts);
}

/* More answers with a score were removed than were added.  Correct use leads there only in a damaged rollup. */
pg_noreturn static void
report_negative_count(FunctionCallInfo fcinfo, const NetTally *net, int position)
{
	const char *prefix = ces_schema_prefix(fcinfo);

	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count of score %d would be negative",
					ces_scale_lowest(net->scale) + position),
			 errdetail("The removed answers with this score are " UINT64_FORMAT " more than the added ones.",
					   -(uint64) net->counts[position]),
			 errhint("Remove only what is added as well. If these are the tallies of a rollup, "
					 "SELECT * FROM %sces_check_rollup('YOUR_ROLLUP') shows the groups that are wrong, "
					 "and SELECT %sces_repair_rollup('YOUR_ROLLUP') corrects them.",
					 prefix, prefix)));
}

/* The tally of what was added without what was removed. */
static Datum
return_net(FunctionCallInfo fcinfo, const NetTally *net)
{
	if (net == NULL || net->tallies == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < ces_scale_points(net->scale); i++)
	{
		if (net->counts[i] < 0)
			report_negative_count(fcinfo, net, i);
	}
	return return_tally(fcinfo, net->scale, net->counts);
}

/* Final function of ces_rollup(added, removed). */
PG_FUNCTION_INFO_V1(ces_net_final);
Datum
ces_net_final(PG_FUNCTION_ARGS)
{
	return return_net(fcinfo, get_state(fcinfo, 0));
}

/* _ces_tally_net(added, removed): the same of two tallies. */
PG_FUNCTION_INFO_V1(ces_tally_net);
Datum
ces_tally_net(PG_FUNCTION_ARGS)
{
	NetTally *net = count_tally(fcinfo, NULL, 0, 1);

	return return_net(fcinfo, count_tally(fcinfo, net, 1, -1));
}

/* Final function of the aggregate _ces_tally_surplus(added, removed). */
PG_FUNCTION_INFO_V1(ces_net_surplus_final);
Datum
ces_net_surplus_final(PG_FUNCTION_ARGS)
{
	return return_surplus(fcinfo, get_state(fcinfo, 0));
}

/* _ces_tally_surplus(added, removed, added, removed): the same of four tallies. */
PG_FUNCTION_INFO_V1(ces_tally_surplus);
Datum
ces_tally_surplus(PG_FUNCTION_ARGS)
{
	NetTally *net = NULL;

	for (int i = 0; i < 4; i++)
		net = count_tally(fcinfo, net, i, i % 2 == 0 ? 1 : -1);
	return return_surplus(fcinfo, net);
}
