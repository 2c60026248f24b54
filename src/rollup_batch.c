/*-------------------------------------------------------------------------
 *
 * rollup_batch.c
 *	  What the rows of one statement add to the groups of a rollup, until the end of the
 *	  statement, when it becomes deltas.
 *
 * A batch belongs to a table of deltas and to a depth of nested triggers: at one depth,
 * one statement at a time fires triggers.  It lives in the memory of the current
 * (sub)transaction, so that it is gone after an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "lib/ilist.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "rollup_capture.h"
#include "scores.h"
#include "tally.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/*
 * The memory for groups is had in pieces of at least this many bytes, and at most as many
 * as come out of a block of the memory context
 */
#define SMALLEST_CHUNK 1024
#define LARGEST_CHUNK 8192

/* The memory for groups that is kept for the next statement, as that is likely to need it */
#define KEPT_MEMORY ((Size) 128 * 1024)
#define FIRST_BUCKETS 16

/* How much of a key an error shows */
#define LONGEST_VALUE 64

/* Rows of deltas that are written at once, unless they have more bytes than that */
#define BUFFERED_DELTAS 64
#define BUFFERED_BYTES 16384

/*
 * A group and what a statement adds to it.  Behind this are the values of the keys, the
 * counters, and which of the keys are null.
 */
struct CesRollupGroup
{
	CesRollupGroup *next; /* in the same bucket */
	uint32 hash;
	Oid part;
	int32 rows;
};

struct CesRollupBatch
{
	dlist_node node;
	Oid delta;
	int depth;
	CesProgram *program; /* the first; all others have groups like it */
	CesProgram *current; /* the one that the last row used */
	List *programs; /* all that were used */
	MemoryContext context;
	MemoryContextCallback callback;

	/* what is gone once the deltas are written */
	MemoryContext groups;
	CesRollupGroup **buckets;
	uint32 nbuckets;
	uint32 ngroups;
	int32 rows;
	char *chunk;
	Size chunk_size;
	Size chunk_used;
};

static dlist_head batches = DLIST_STATIC_INIT(batches);
static MemoryContext spare_groups = NULL;

int ces_rollup_writing = 0;

/*
 * Appending deltas
 */

struct CesRollupAppender
{
	MemoryContext context;
	Relation delta;
	CommandId command;
	TupleTableSlot **slots;
	int nslots; /* made */
	int nused;
	Size bytes;
	BulkInsertState bulk; /* NULL until it is worth it */
};

/* Begin to append rows to a table of deltas, which the caller has opened and locked. */
CesRollupAppender *
ces_rollup_begin_append(Relation delta)
{
	CesRollupAppender *appender = palloc0(sizeof(CesRollupAppender));

	appender->context = CurrentMemoryContext;
	appender->delta = delta;
	appender->command = GetCurrentCommandId(true);
	return appender;
}

/* Write the rows that are buffered. */
static void
write_buffer(CesRollupAppender *appender)
{
	if (appender->nused == 1)
		table_tuple_insert(appender->delta, appender->slots[0], appender->command, 0, appender->bulk);
	else if (appender->nused > 1)
		table_multi_insert(appender->delta, appender->slots, appender->nused, appender->command, 0, appender->bulk);
	for (int i = 0; i < appender->nused; i++)
		ExecClearTuple(appender->slots[i]);
	appender->nused = 0;
	appender->bytes = 0;
}

/* A free place in the buffer. */
static TupleTableSlot *
free_slot(CesRollupAppender *appender)
{
	MemoryContext old_context = MemoryContextSwitchTo(appender->context);

	if (appender->slots == NULL)
		appender->slots = palloc(sizeof(TupleTableSlot *) * BUFFERED_DELTAS);
	if (appender->nused == BUFFERED_DELTAS || appender->bytes >= BUFFERED_BYTES)
	{
		if (appender->bulk == NULL)
			appender->bulk = GetBulkInsertState();
		write_buffer(appender);
	}
	if (appender->nused == appender->nslots)
		appender->slots[appender->nslots++] = table_slot_create(appender->delta, NULL);
	MemoryContextSwitchTo(old_context);
	return appender->slots[appender->nused++];
}

/* Append a row.  What the owner has added to the table is null. */
void
ces_rollup_append(CesRollupAppender *appender, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = free_slot(appender);
	int natts = RelationGetDescr(appender->delta)->natts;
	bool should_free;

	memcpy(slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
	appender->bytes += ExecFetchSlotHeapTuple(slot, false, &should_free)->t_len;
}

/* Write what is left. */
void
ces_rollup_end_append(CesRollupAppender *appender)
{
	write_buffer(appender);
	for (int i = 0; i < appender->nslots; i++)
		ExecDropSingleTupleTableSlot(appender->slots[i]);
	if (appender->bulk != NULL)
		FreeBulkInsertState(appender->bulk);
	table_finish_bulk_insert(appender->delta, 0);
}

/*
 * Groups
 */

static inline Datum *
group_keys(CesRollupGroup *group)
{
	return (Datum *) ((char *) group + MAXALIGN(sizeof(CesRollupGroup)));
}

static inline bool *
group_nulls(CesRollupGroup *group, const CesProgram *program)
{
	return (bool *) (group_keys(group) + program->nkeys);
}

static inline int32 *
group_counters(CesRollupGroup *group, const CesProgram *program)
{
	return (int32 *) ((char *) group_nulls(group, program) + INTALIGN(program->nkeys * sizeof(bool)));
}

/* Where the counters of a tally are in a group, and its scale.  NULL if that is a key, and null. */
static inline int32 *
tally_counters(CesRollupGroup *group, const CesProgram *program, const CesProgramTally *tally, CesScale *scale)
{
	int32 *counters = group_counters(group, program) + tally->first_counter;
	const Datum *keys = group_keys(group);
	const bool *nulls = group_nulls(group, program);

	if (likely(tally->scale_key < 0))
	{
		*scale = tally->scale;
		return counters;
	}
	for (const CesProgramTally *before = program->tallies; before < tally; before++)
	{
		if (before->scale_key >= 0 && !nulls[before->scale_key])
			counters += ces_scale_points(DatumGetCesScale(keys[before->scale_key]));
	}
	if (nulls[tally->scale_key])
		return NULL;
	*scale = DatumGetCesScale(keys[tally->scale_key]);
	return counters;
}

/* How many counters a group with these keys has. */
static int
number_of_counters(const CesProgram *program, const Datum *values, const bool *nulls)
{
	int counters = program->ncounters;

	for (int i = 0; i < program->ntallies; i++)
	{
		const CesProgramTally *tally = &program->tallies[i];
		int column;
		CesScale scale;

		if (tally->scale_key < 0)
			continue;
		column = program->keys[tally->scale_key].column;
		if (nulls[column])
			continue;
		scale = DatumGetCesScale(values[column]);
		if (!ces_scale_is_valid(scale))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("invalid %s value", "ces_scale")));
		counters += ces_scale_points(scale);
	}
	return counters;
}

/* Make the hash table of groups, empty. */
static void
make_buckets(CesRollupBatch *batch)
{
	batch->nbuckets = FIRST_BUCKETS;
	batch->buckets = MemoryContextAllocZero(batch->groups, sizeof(CesRollupGroup *) * batch->nbuckets);
	batch->ngroups = 0;
	batch->rows = 0;
	batch->chunk = NULL;
	batch->chunk_size = batch->chunk_used = 0;
}

/* Double the number of buckets. */
static void
grow_buckets(CesRollupBatch *batch)
{
	uint32 nbuckets = batch->nbuckets * 2;
	CesRollupGroup **buckets = MemoryContextAllocExtended(batch->groups, sizeof(CesRollupGroup *) * nbuckets, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (uint32 i = 0; i < batch->nbuckets; i++)
	{
		CesRollupGroup *group = batch->buckets[i];

		while (group != NULL)
		{
			CesRollupGroup *next = group->next;

			group->next = buckets[group->hash & (nbuckets - 1)];
			buckets[group->hash & (nbuckets - 1)] = group;
			group = next;
		}
	}
	pfree(batch->buckets);
	batch->buckets = buckets;
	batch->nbuckets = nbuckets;
}

/* Memory for a part of a group: palloc would round up to the next power of two. */
static void *
allocate(CesRollupBatch *batch, Size size)
{
	void *result;

	size = MAXALIGN(size);
	if (batch->chunk_size - batch->chunk_used < size)
	{
		batch->chunk_size = Max(size, Min(Max(batch->chunk_size * 2, SMALLEST_CHUNK), LARGEST_CHUNK));
		batch->chunk = MemoryContextAlloc(batch->groups, batch->chunk_size);
		batch->chunk_used = 0;
	}
	result = batch->chunk + batch->chunk_used;
	batch->chunk_used += size;
	return result;
}

/* A copy of the value of a key; of one that is compressed or stored elsewhere, the value itself. */
static Datum
copy_key(CesRollupBatch *batch, const CesProgramKey *key, Datum value)
{
	const void *source = DatumGetPointer(value);
	Size size;
	void *copy;

	if (key->by_value)
		return value;
	if (key->length == -1)
	{
		source = PG_DETOAST_DATUM_PACKED(value);
		size = VARSIZE_ANY(source);
	}
	else
		size = key->length > 0 ? (Size) key->length : strlen(source) + 1;
	copy = allocate(batch, size);
	memcpy(copy, source, size);
	return PointerGetDatum(copy);
}

static uint32
hash_keys(CesProgram *program, Oid part, const Datum *values, const bool *nulls)
{
	uint32 hash = part;

	for (int i = 0; i < program->nkeys; i++)
	{
		CesProgramKey *key = &program->keys[i];
		uint32 hash_of_key = 0;

		if (!nulls[key->column] && key->hashable)
			hash_of_key = DatumGetUInt32(FunctionCall1Coll(&key->hash, key->collation, values[key->column]));
		hash = hash_combine(hash, hash_of_key);
	}
	return murmurhash32(hash);
}

/* Are two values of a key equal?  Those with the same bytes are, which is quick to see. */
static inline bool
keys_equal(CesProgramKey *key, Datum a, Datum b)
{
	if (key->by_value)
	{
		if (a == b)
			return true;
	}
	else if (key->length == -1)
	{
		const void *bytes = DatumGetPointer(a);
		const void *others = DatumGetPointer(b);

		if (VARSIZE_ANY(bytes) == VARSIZE_ANY(others) && memcmp(bytes, others, VARSIZE_ANY(bytes)) == 0)
			return true;
	}
	return DatumGetBool(FunctionCall2Coll(&key->equal, key->collation, a, b));
}

/* Has a group these keys? */
static inline bool
has_keys(CesRollupGroup *group, CesProgram *program, const Datum *values, const bool *nulls)
{
	const Datum *group_values = group_keys(group);
	const bool *group_is_null = group_nulls(group, program);

	for (int i = 0; i < program->nkeys; i++)
	{
		CesProgramKey *key = &program->keys[i];

		if (group_is_null[i] != nulls[key->column] ||
			(!group_is_null[i] && !keys_equal(key, group_values[i], values[key->column])))
			return false;
	}
	return true;
}

/* Add a group without answers. */
static CesRollupGroup *
add_group(CesRollupBatch *batch, uint32 hash, Oid part, const Datum *values, const bool *nulls)
{
	CesProgram *program = batch->program;
	Size size = MAXALIGN(sizeof(CesRollupGroup)) + sizeof(Datum) * program->nkeys + INTALIGN(program->nkeys * sizeof(bool)) +
				sizeof(int32) * number_of_counters(program, values, nulls);
	CesRollupGroup *group = allocate(batch, size);
	CesRollupGroup **bucket;

	memset(group, 0, size);
	group->hash = hash;
	group->part = part;
	for (int i = 0; i < program->nkeys; i++)
	{
		int column = program->keys[i].column;

		group_nulls(group, program)[i] = nulls[column];
		if (!nulls[column])
			group_keys(group)[i] = copy_key(batch, &program->keys[i], values[column]);
	}
	if (batch->ngroups >= batch->nbuckets)
		grow_buckets(batch);
	bucket = &batch->buckets[hash & (batch->nbuckets - 1)];
	group->next = *bucket;
	*bucket = group;
	batch->ngroups++;
	return group;
}

/*
 * Deltas
 */

/* Does what was added and removed cancel out? */
static bool
is_nothing(CesRollupGroup *group, CesProgram *program)
{
	const int32 *counters = group_counters(group, program);
	Datum *keys = group_keys(group);
	int ncounters = program->ncounters;

	for (int i = 0; i < program->ntallies; i++)
	{
		int key = program->tallies[i].scale_key;

		if (key >= 0 && !group_nulls(group, program)[key])
			ncounters += ces_scale_points(DatumGetCesScale(keys[key]));
	}
	for (int i = 0; i < ncounters; i++)
	{
		if (counters[i] != 0)
			return false;
	}
	return group->rows == 0;
}

/* The answers that counters add, with sign 1, or remove, with -1, as a tally.  False if there are none. */
static bool
make_tally(const int32 *counters, CesScale scale, int sign, Datum *tally)
{
	int64 counts[CES_SCALE_MAX_POINTS];
	int points = ces_scale_points(scale);
	bool found = false;

	for (int i = 0; i < points; i++)
	{
		counts[i] = Max((int64) counters[i] * sign, 0);
		found |= counts[i] > 0;
	}
	if (found)
		*tally = PointerGetDatum(ces_tally_make(scale, counts));
	return found;
}

/* The values of the columns that a delta has for a group. */
static void
make_delta(CesRollupGroup *group, CesProgram *program, Datum *values, bool *nulls)
{
	const CesRollupDefinition *definition = program->definition;

	for (int i = 0; i < program->nkeys; i++)
	{
		values[program->keys[i].column] = group_keys(group)[i];
		nulls[program->keys[i].column] = group_nulls(group, program)[i];
	}
	for (int i = 0; i < program->ncounts; i++)
	{
		values[program->counts[i]] = Int64GetDatum(group_counters(group, program)[i]);
		nulls[program->counts[i]] = false;
	}
	for (int i = 0; i < program->ntallies; i++)
	{
		const CesProgramTally *tally = &program->tallies[i];
		CesScale scale;
		const int32 *counters = tally_counters(group, program, tally, &scale);

		nulls[tally->column] = counters == NULL || !make_tally(counters, scale, 1, &values[tally->column]);
		nulls[tally->removed - 1] = counters == NULL || !make_tally(counters, scale, -1, &values[tally->removed - 1]);
	}
	values[definition->rows - 1] = Int64GetDatum(group->rows);
	nulls[definition->rows - 1] = false;
	if (definition->part != InvalidAttrNumber)
	{
		values[definition->part - 1] = ObjectIdGetDatum(group->part);
		nulls[definition->part - 1] = false;
	}
}

/* Write the deltas of all groups. */
static void
append_groups(CesRollupBatch *batch, Relation delta)
{
	int natts = RelationGetDescr(delta)->natts;
	CesRollupAppender *appender = ces_rollup_begin_append(delta);
	Datum *values = palloc(sizeof(Datum) * natts);
	bool *nulls = palloc(sizeof(bool) * natts);
	MemoryContext delta_context = AllocSetContextCreate(CurrentMemoryContext, "ces rollup delta", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(delta_context);

	memset(nulls, true, sizeof(bool) * natts);
	for (uint32 i = 0; i < batch->nbuckets; i++)
	{
		for (CesRollupGroup *group = batch->buckets[i]; group != NULL; group = group->next)
		{
			if (is_nothing(group, batch->program))
				continue;
			CHECK_FOR_INTERRUPTS();
			make_delta(group, batch->program, values, nulls);
			ces_rollup_append(appender, values, nulls);
			MemoryContextReset(delta_context);
		}
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(delta_context);
	ces_rollup_end_append(appender);
}

/* Write the deltas before the end of the statement, to have room for others. */
static void
make_room(CesRollupBatch *batch)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ces rollup deltas", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Relation delta = table_open(batch->delta, NoLock);

	append_groups(batch, delta);
	table_close(delta, NoLock);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
	MemoryContextReset(batch->groups);
	make_buckets(batch);
}

/*
 * Batches
 */

/* The batch is gone, written or after an error. */
static void
forget_batch(void *argument)
{
	CesRollupBatch *batch = argument;
	ListCell *cell;

	dlist_delete(&batch->node);
	foreach (cell, batch->programs)
		ces_program_release(lfirst(cell), batch);
}

/* The batch of the statement that fires triggers now, at this depth.  NULL if it has none. */
CesRollupBatch *
ces_batch_find(Oid delta, int depth)
{
	dlist_iter iter;

	dlist_foreach(iter, &batches)
	{
		CesRollupBatch *batch = dlist_container(CesRollupBatch, node, iter.cur);

		if (batch->delta == delta && batch->depth == depth)
			return batch;
	}
	return NULL;
}

/* Are there changes of a rollup that are not written yet? */
bool
ces_batch_is_open(Oid delta)
{
	dlist_iter iter;

	dlist_foreach(iter, &batches)
	{
		if (dlist_container(CesRollupBatch, node, iter.cur)->delta == delta)
			return true;
	}
	return false;
}

/*
 * No batch may be left when a transaction ends: its changes would be lost.  That happens
 * if somebody drops the trigger that writes it after it was queued, which DROP TRIGGER
 * doesn't prevent.
 */
static void
check_nothing_is_left(XactEvent event, void *argument)
{
	(void) argument;
	if ((event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE) && !dlist_is_empty(&batches))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("changes of a rollup would be lost"),
				 errdetail("A trigger of its table of deltas was dropped while a statement ran.")));
}

/* Begin a batch.  The caller has locked the table of deltas, and sees to it that the batch is closed. */
CesRollupBatch *
ces_batch_open(CesProgram *program, int depth)
{
	static bool checking = false;
	MemoryContext context = AllocSetContextCreate(CurTransactionContext, "ces rollup batch", ALLOCSET_DEFAULT_SIZES);
	CesRollupBatch *batch = MemoryContextAllocZero(context, sizeof(CesRollupBatch));

	if (!checking)
		RegisterXactCallback(check_nothing_is_left, NULL);
	checking = true;
	batch->context = context;
	batch->delta = program->rollup->delta;
	batch->depth = depth;
	batch->program = program;
	if (spare_groups == NULL)
		spare_groups = AllocSetContextCreate(TopMemoryContext, "ces rollup groups", KEPT_MEMORY, KEPT_MEMORY, ALLOCSET_DEFAULT_MAXSIZE);
	batch->groups = spare_groups;
	spare_groups = NULL;
	MemoryContextSetParent(batch->groups, context);
	make_buckets(batch);
	dlist_push_head(&batches, &batch->node);
	batch->callback.func = forget_batch;
	batch->callback.arg = batch;
	MemoryContextRegisterResetCallback(context, &batch->callback);
	return batch;
}

/* Are the groups of two programs alike? */
static bool
have_same_groups(const CesProgram *a, const CesProgram *b)
{
	bool same = a->definition->ncolumns == b->definition->ncolumns && a->nkeys == b->nkeys && a->ncounts == b->ncounts &&
				a->ntallies == b->ntallies && a->definition->rows == b->definition->rows &&
				a->definition->part == b->definition->part &&
				memcmp(a->counts, b->counts, sizeof(int) * a->ncounts) == 0;

	for (int i = 0; same && i < a->nkeys; i++)
		same = a->keys[i].column == b->keys[i].column && a->keys[i].type == b->keys[i].type &&
			   a->keys[i].collation == b->keys[i].collation;
	for (int i = 0; same && i < a->ntallies; i++)
	{
		const CesProgramTally *tally = &a->tallies[i];
		const CesProgramTally *other = &b->tallies[i];

		same = tally->column == other->column && tally->scale_key == other->scale_key &&
			   tally->removed == other->removed && ces_scale_equals(tally->scale, other->scale);
	}
	return same;
}

/* The next row is evaluated by this program. */
void
ces_batch_use(CesRollupBatch *batch, CesProgram *program)
{
	MemoryContext old_context;

	if (likely(batch->current == program))
		return;
	if (!list_member_ptr(batch->programs, program))
	{
		old_context = MemoryContextSwitchTo(batch->context);
		batch->programs = lappend(batch->programs, program);
		MemoryContextSwitchTo(old_context);
		ces_program_use(program);
	}
	if (!have_same_groups(batch->program, program))
	{
		make_room(batch);
		batch->program = program;
	}
	batch->current = program;
}

/* The group with these keys. */
CesRollupGroup *
ces_batch_group(CesRollupBatch *batch, Oid part, const Datum *values, const bool *nulls)
{
	CesProgram *program = batch->program;
	uint32 hash = hash_keys(program, part, values, nulls);
	CesRollupGroup *group = batch->buckets[hash & (batch->nbuckets - 1)];

	while (group != NULL && (group->hash != hash || group->part != part || !has_keys(group, program, values, nulls)))
		group = group->next;
	if (likely(group != NULL && batch->rows < PG_INT32_MAX))
		return group;
	if (batch->rows == PG_INT32_MAX || MemoryContextMemAllocated(batch->groups, false) > (Size) maintenance_work_mem * 1024)
		make_room(batch);
	return add_group(batch, hash, part, values, nulls);
}

/* The keys of a row, for people; NULL if the user may not read them. */
static char *
describe_keys(const CesProgram *program, const Datum *values, const bool *nulls)
{
	StringInfoData text;

	if (pg_class_aclcheck(program->definition->source, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(program->definition->source, InvalidOid, true) == RLS_ENABLED)
		return NULL;
	initStringInfo(&text);
	for (int i = 0; i < program->nkeys; i++)
	{
		int column = program->keys[i].column;
		char *value = "null";
		int length;
		Oid output;
		bool is_varlena;

		if (!nulls[column])
		{
			getTypeOutputInfo(program->keys[i].type, &output, &is_varlena);
			value = OidOutputFunctionCall(output, values[column]);
		}
		length = pg_mbcliplen(value, (int) strlen(value), LONGEST_VALUE);
		appendStringInfo(&text, "%s%s = %.*s%s", i == 0 ? "" : ", ", program->definition->columns[column].name,
						 length, value, value[length] == '\0' ? "" : "...");
	}
	return text.data;
}

/* An expression of the query, as the user would write it. */
static char *
expression_text(const CesProgram *program, Expr *expression)
{
	Oid source = program->definition->source;

	return deparse_expression((Node *) expression, deparse_context_for(get_rel_name(source), source), false, false);
}

/* The schema of a type. */
static char *
schema_of_type(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	char *schema;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	schema = get_namespace_name(((Form_pg_type) GETSTRUCT(tuple))->typnamespace);
	ReleaseSysCache(tuple);
	return schema;
}

/* The condition that leaves out answers like one that can't be counted, for a hint. */
static char *
condition_of_countable(const CesRollupColumn *column, const CesProgram *program, const CesScale *scale)
{
	char *filter = column->filter == NULL ? "" : psprintf("%s AND ", expression_text(program, column->filter));
	const char *contained_in = "<@";

	if (scale == NULL)
		return psprintf("%s%s IS NOT NULL", filter, expression_text(program, column->scale));
	if (!TypeIsVisible(column->type))
		contained_in = psprintf("OPERATOR(%s.<@)", quote_identifier(schema_of_type(column->type)));
	return psprintf("%s%s %s %s", filter, expression_text(program, column->expression), contained_in,
					IsA(column->scale, Const) ? psprintf("'%s'", ces_scale_range_text(*scale)) : expression_text(program, column->scale));
}

/* Raise the error for a row whose answer can't be counted. */
pg_noreturn static void
report_uncountable(const CesProgram *program, const CesProgramTally *tally, const CesScale *scale,
				   const Datum *values, const bool *nulls)
{
	const CesRollupColumn *column = &program->definition->columns[tally->column];
	const char *rollup = get_rel_name(program->rollup->view);
	const char *table = get_rel_name(program->definition->source);
	char *score = ces_score_text(values[tally->column], tally->score_type);
	char *keys = describe_keys(program, values, nulls);

	ereport(ERROR,
			(errcode(scale == NULL ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 scale == NULL ? errmsg("scale of an answer must not be null") : errmsg("score %s is not on the scale %s", score, ces_scale_range_text(*scale)),
			 keys == NULL ? errdetail("Column \"%s\" of rollup \"%s\" counts the answers in \"%s\".", column->name, rollup, table) : errdetail("Column \"%s\" of rollup \"%s\" counts the answers in \"%s\". This one has %s.", column->name, rollup, table, keys),
			 errhint("To leave such answers out, create the rollup again with FILTER (WHERE %s) behind the ces_tally of \"%s\".",
					 condition_of_countable(column, program, scale), column->name)));
}

/* The score that a value is. */
static inline int32
score_of(Datum value, Oid type)
{
	if (type == INT4OID)
		return DatumGetInt32(value);
	if (type == INT2OID)
		return DatumGetInt16(value);
	return ces_score_from_float8(DatumGetFloat8(value));
}

/* Add the row that the program has evaluated last to its group, or remove it. */
void
ces_batch_count(CesRollupBatch *batch, CesRollupGroup *group, const CesProgram *program, int sign)
{
	const TupleTableSlot *row = program->columns->pi_state.resultslot;
	int32 *counters = group_counters(group, program);

	for (int i = 0; i < program->ncounts; i++)
	{
		if (!row->tts_isnull[program->counts[i]])
			counters[i] += sign;
	}
	for (int i = 0; i < program->ntallies; i++)
	{
		const CesProgramTally *tally = &program->tallies[i];
		CesScale scale;
		int32 *counters_of_tally;
		int32 score;

		if (row->tts_isnull[tally->column])
			continue;
		score = score_of(row->tts_values[tally->column], tally->score_type);
		counters_of_tally = tally_counters(group, program, tally, &scale);
		if (unlikely(counters_of_tally == NULL || !ces_scale_has(scale, score)))
			report_uncountable(program, tally, counters_of_tally == NULL ? NULL : &scale, row->tts_values, row->tts_isnull);
		counters_of_tally[ces_scale_position(scale, score)] += sign;
	}
	group->rows += sign;
	batch->rows++;
}

/* The statement ends: write the deltas of its batch. */
void
ces_batch_close(CesRollupBatch *batch, Relation delta)
{
	append_groups(batch, delta);
	if (spare_groups == NULL)
	{
		spare_groups = batch->groups;
		MemoryContextReset(spare_groups);
		MemoryContextSetParent(spare_groups, TopMemoryContext);
	}
	MemoryContextDelete(batch->context);
}
