/*-------------------------------------------------------------------------
 *
 * rollup_program.c
 *	  The query of a rollup, ready to be run for one row of its source.
 *
 * Programs are kept for as long as the backend lives, and made anew when something
 * changes that they depend on.  Partitions whose columns are at the same places share
 * one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "rollup_capture.h"
#include "rollup_sql.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* Which program a trigger runs */
typedef struct ProgramOfTrigger
{
	Oid trigger; /* hash key */
	Oid table;
	CesProgram *program; /* NULL if it is to be found again */
} ProgramOfTrigger;

static HTAB *programs_of_triggers = NULL;
static List *programs = NIL; /* all that can be found; in TopMemoryContext */
static ProgramOfTrigger *last_used = NULL;
static uint64 invalidations = 0;

/*
 * Invalidation
 */

/* No trigger finds this program any more.  It is freed when no batch needs it. */
static void
forget_program(CesProgram *program)
{
	HASH_SEQ_STATUS status;
	ProgramOfTrigger *entry;

	programs = list_delete_ptr(programs, program);
	hash_seq_init(&status, programs_of_triggers);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->program == program)
			entry->program = NULL;
	}
	if (program->users == 0)
		MemoryContextDelete(program->context);
}

/* Forget what must be made anew. */
static void
forget_stale_programs(void)
{
	ListCell *cell;

	foreach (cell, list_copy(programs))
	{
		if (((CesProgram *) lfirst(cell))->stale)
			forget_program(lfirst(cell));
	}
}

/* Does a program depend on this relation? */
static bool
depends_on(const CesProgram *program, Oid relation)
{
	const CesRollup *rollup = program->rollup;

	return relation == rollup->delta || relation == program->definition->source || relation == rollup->definition ||
		   relation == rollup->store || relation == rollup->view || relation == rollup->partition;
}

/* A relation has changed, or all may have, if it is InvalidOid. */
static void
relation_changed(Datum argument, Oid relation)
{
	HASH_SEQ_STATUS status;
	ProgramOfTrigger *entry;
	ListCell *cell;

	(void) argument;
	invalidations++;
	hash_seq_init(&status, programs_of_triggers);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (!OidIsValid(relation) || entry->table == relation)
			entry->program = NULL;
	}
	foreach (cell, programs)
	{
		CesProgram *program = lfirst(cell);

		if (!OidIsValid(relation) || depends_on(program, relation))
			program->stale = true;
	}
}

/* A function or a type has changed. */
static void
code_changed(Datum argument, int cache, uint32 hash)
{
	ListCell *cell;

	(void) argument;
	(void) cache;
	(void) hash;
	invalidations++;
	foreach (cell, programs)
		((CesProgram *) lfirst(cell))->stale = true;
}

/* Make what programs are found with, once. */
static void
begin(void)
{
	HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(ProgramOfTrigger)};

	if (programs_of_triggers != NULL)
		return;
	programs_of_triggers = hash_create("ces rollup triggers", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, code_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, code_changed, (Datum) 0);
}

/* A batch needs a program, even if it becomes stale. */
void
ces_program_use(CesProgram *program)
{
	program->users++;
}

/* A batch ends that needed a program. */
void
ces_program_release(CesProgram *program, const CesRollupBatch *batch)
{
	if (program->running == batch)
		program->running = NULL;
	program->users--;
	if (program->users == 0 && program->stale && !list_member_ptr(programs, program))
		MemoryContextDelete(program->context);
}

/*
 * Code of users
 */

/* Is a function written in anything but C? */
static bool
is_in_other_language(Oid function, void *context)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool result = true;

	(void) context;
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

		result = form->prolang != INTERNALlanguageId && form->prolang != ClanguageId;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* Can comparing or hashing values of a type run code of users?  In doubt it can. */
static bool
type_runs_other_code(Oid type)
{
	TypeCacheEntry *entry;

	/* What the elements of an array are, and what a domain is over */
	while (OidIsValid(get_element_type(type)) || get_typtype(type) == TYPTYPE_DOMAIN)
		type = OidIsValid(get_element_type(type)) ? get_element_type(type) : getBaseType(type);
	if (type < FirstNormalObjectId && type != RECORDOID)
		return false;
	switch (get_typtype(type))
	{
		case TYPTYPE_ENUM:
			return false;
		case TYPTYPE_BASE:
			entry = lookup_type_cache(type, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC | TYPECACHE_CMP_PROC);
			return is_in_other_language(get_opcode(entry->eq_opr), NULL) ||
				   (OidIsValid(entry->hash_proc) && is_in_other_language(entry->hash_proc, NULL)) ||
				   (OidIsValid(entry->cmp_proc) && is_in_other_language(entry->cmp_proc, NULL));
		default:
			return true;
	}
}

/* Can an expression run code of users? */
static bool
runs_other_code(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_in_other_language, NULL))
		return true;
	/* what functions of a node are not told about: constraints, and the default operators of a type */
	if (IsA(node, CoerceToDomain) ||
		(IsA(node, CoerceViaIO) && get_typtype(((CoerceViaIO *) node)->resulttype) == TYPTYPE_DOMAIN) ||
		(IsA(node, MinMaxExpr) && type_runs_other_code(((MinMaxExpr *) node)->minmaxtype)))
		return true;
	return expression_tree_walker(node, runs_other_code, context);
}

/*
 * Columns of the source
 */

/* A program for columns at other places is not this one. */
static bool
fits_table(const CesProgram *program, Oid table)
{
	Oid source = program->definition->source;

	if (table == source)
	{
		for (int i = 0; i < program->nattributes; i++)
		{
			if (program->attributes[i].number != program->attributes[i].of_source)
				return false;
		}
		return true;
	}
	for (int i = 0; i < program->nattributes; i++)
	{
		const CesProgramAttribute *attribute = &program->attributes[i];

		if (attribute->number != get_attnum(table, get_attname(source, attribute->of_source, false)))
			return false;
	}
	return true;
}

/* Collect the columns that expressions use. */
static void
find_attributes(CesProgram *program, Bitmapset *used, Relation table)
{
	int attribute = -1;

	program->attributes = palloc(sizeof(CesProgramAttribute) * (bms_num_members(used) + 1));
	while ((attribute = bms_next_member(used, attribute)) >= 0)
	{
		CesProgramAttribute *found = &program->attributes[program->nattributes++];
		Oid source = program->definition->source;
		Form_pg_attribute form;

		found->of_source = (AttrNumber) (attribute + FirstLowInvalidHeapAttributeNumber);
		Assert(found->of_source > 0);
		found->number = found->of_source;
		if (table->rd_id != source)
			found->number = get_attnum(table->rd_id, get_attname(source, found->of_source, false));
		if (found->number <= 0 || get_atttype(table->rd_id, found->number) != get_atttype(source, found->of_source))
			elog(ERROR, "column %d of relation %u is another in relation %u", found->of_source, source, table->rd_id);
		form = TupleDescAttr(RelationGetDescr(table), found->number - 1);
		found->type = form->atttypid;
		found->length = form->attlen;
		found->by_value = form->attbyval;
		program->last_attribute = Max(program->last_attribute, found->number);
	}
}

/* An expression with the columns where the table has them. */
static Expr *
with_attributes_of_table(const CesProgram *program, Expr *expression)
{
	AttrMap *map;
	bool found_whole_row;
	Node *mapped;
	AttrNumber last = 0;

	if (expression == NULL)
		return NULL;
	for (int i = 0; i < program->nattributes; i++)
		last = Max(last, program->attributes[i].of_source);
	map = make_attrmap(last);
	for (int i = 0; i < program->nattributes; i++)
		map->attnums[program->attributes[i].of_source - 1] = program->attributes[i].number;
	mapped = map_variable_attnos((Node *) expression, 1, 0, map, InvalidOid, &found_whole_row);
	free_attrmap(map);
	return (Expr *) mapped;
}

/*
 * Making programs
 */

/* What a column of the query is to be evaluated to; its filter makes it null. */
static Expr *
expression_of_column(const CesRollupColumn *column)
{
	Expr *expression = column->expression;
	CaseWhen *when;
	CaseExpr *filtered;

	if (expression == NULL)
		expression = (Expr *) makeBoolConst(true, false);
	if (column->filter == NULL)
		return expression;
	when = makeNode(CaseWhen);
	when->expr = column->filter;
	when->result = expression;
	when->location = -1;
	filtered = makeNode(CaseExpr);
	filtered->casetype = exprType((Node *) expression);
	filtered->casecollid = exprCollation((Node *) expression);
	filtered->args = list_make1(when);
	filtered->defresult = (Expr *) makeNullConst(filtered->casetype, exprTypmod((Node *) expression), filtered->casecollid);
	filtered->location = -1;
	return (Expr *) filtered;
}

/* Add a key to a program. */
static void
add_key(CesProgram *program, int column)
{
	const CesRollupColumn *definition = &program->definition->columns[column];
	CesProgramKey *key = &program->keys[program->nkeys++];
	TypeCacheEntry *entry = lookup_type_cache(definition->type, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);

	Assert(OidIsValid(entry->eq_opr));
	key->column = column;
	key->type = definition->type;
	key->collation = definition->collation;
	get_typlenbyval(key->type, &key->length, &key->by_value);
	key->hashable = OidIsValid(entry->hash_proc);
	if (key->hashable)
		fmgr_info_cxt(entry->hash_proc, &key->hash, program->context);
	fmgr_info_cxt(get_opcode(entry->eq_opr), &key->equal, program->context);
	program->runs_as_owner |= type_runs_other_code(key->type);
}

/* Which of the keys is this column of the query? */
static int
key_of_column(const CesProgram *program, int column)
{
	int key = 0;

	while (program->keys[key].column != column)
		key++;
	Assert(key < program->nkeys);
	return key;
}

/* Add a tally to a program.  Its counters follow those that there are. */
static void
add_tally(CesProgram *program, int column)
{
	const CesRollupColumn *definition = &program->definition->columns[column];
	CesProgramTally *tally = &program->tallies[program->ntallies++];

	tally->column = column;
	tally->removed = definition->removed;
	tally->score_type = exprType((Node *) definition->expression);
	tally->first_counter = program->ncounters;
	tally->scale_key = -1;
	Assert(tally->score_type == INT2OID || tally->score_type == INT4OID || tally->score_type == FLOAT8OID);
	if (definition->scale_key >= 0)
		tally->scale_key = key_of_column(program, definition->scale_key);
	else
	{
		Assert(!castNode(Const, definition->scale)->constisnull);
		tally->scale = DatumGetCesScale(((Const *) definition->scale)->constvalue);
		program->ncounters += ces_scale_points(tally->scale);
	}
}

/* Lay out what is kept for each group. */
static void
lay_out_groups(CesProgram *program)
{
	const CesRollupDefinition *definition = program->definition;

	program->keys = palloc0(sizeof(CesProgramKey) * definition->ncolumns);
	program->tallies = palloc0(sizeof(CesProgramTally) * definition->ncolumns);
	program->counts = palloc0(sizeof(int) * definition->ncolumns);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_KEY)
			add_key(program, i);
		else if (definition->columns[i].kind == CES_ROLLUP_COUNT)
			program->counts[program->ncounts++] = i;
	}
	program->ncounters = program->ncounts;
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY && definition->columns[i].scale_key < 0)
			add_tally(program, i);
	}
	for (int i = 0; i < definition->ncolumns; i++)
	{
		if (definition->columns[i].kind == CES_ROLLUP_TALLY && definition->columns[i].scale_key >= 0)
			add_tally(program, i);
	}
}

/*
 * Make the code that evaluates the query for a row.  The owner's rights decide which
 * functions it may call.
 */
static void
make_code(CesProgram *program, Relation table)
{
	const CesRollupDefinition *definition = program->definition;
	List *targets = NIL;
	Bitmapset *used = NULL;
	Expr *where = definition->where == NULL ? NULL : expression_planner(copyObject(definition->where));
	ListCell *cell;

	pull_varattnos((Node *) where, 1, &used);
	for (int i = 0; i < definition->ncolumns; i++)
	{
		Expr *expression = expression_planner(expression_of_column(&definition->columns[i]));

		pull_varattnos((Node *) expression, 1, &used);
		targets = lappend(targets, makeTargetEntry(expression, (AttrNumber) (i + 1), NULL, false));
	}
	program->runs_as_owner |= runs_other_code((Node *) targets, NULL) || runs_other_code((Node *) where, NULL);

	find_attributes(program, used, table);
	where = with_attributes_of_table(program, where);
	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		target->expr = with_attributes_of_table(program, target->expr);
	}
	program->expressions = CreateStandaloneExprContext();
	if (where != NULL)
		program->where = ExecInitQual(make_ands_implicit(where), NULL);
	program->columns = ExecBuildProjectionInfo(targets, program->expressions,
											   MakeSingleTupleTableSlot(ExecTypeFromTL(targets), &TTSOpsVirtual),
											   NULL, RelationGetDescr(table));
}

/*
 * Is the table the source of a rollup, or a partition of it, and may the owner of the
 * rollup see its rows?
 */
void
ces_program_check_table(const CesRollup *rollup, const CesRollupDefinition *definition, Relation table)
{
	Oid ancestor = table->rd_id;
	Oid owner;
	HeapTuple tuple;

	/* One that is being detached still has older transactions that count it. */
	while (ancestor != definition->source && get_rel_relispartition(ancestor))
		ancestor = get_partition_parent(ancestor, true);
	if (ancestor != definition->source)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is not counted by rollup \"%s\"",
						RelationGetRelationName(table), get_rel_name(rollup->view)),
				 errdetail("The rollup counts \"%s\".", get_rel_name(definition->source)),
				 errhint("Drop the trigger, which only ces_create_rollup should create.")));

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(definition->source));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", definition->source);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (owner != rollup->owner)
	{
		const Oid relations[] = {rollup->view, rollup->definition, rollup->store, rollup->delta, rollup->partition};
		StringInfoData commands;

		initStringInfo(&commands);
		for (int i = 0; i < (int) lengthof(relations); i++)
		{
			if (OidIsValid(relations[i]))
				appendStringInfo(&commands, "%sALTER TABLE %s OWNER TO %s;", i == 0 ? "" : " ",
								 ces_rollup_qualified_name(relations[i]),
								 quote_identifier(GetUserNameFromId(owner, false)));
		}
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" and its rollup \"%s\" have different owners",
						get_rel_name(definition->source), get_rel_name(rollup->view)),
				 errhint("%s", commands.data)));
	}
}

/* Raise the error for a trigger on the table of deltas that does not fire. */
pg_noreturn static void
report_no_flush(const CesProgram *program, Relation delta)
{
	const Trigger *guard = ces_rollup_find_trigger(delta, ces_rollup_guard, InvalidOid);

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("changes of rollup \"%s\" would be lost", get_rel_name(program->rollup->view)),
			 errdetail("A trigger on \"%s\" is missing, changed or disabled.", RelationGetRelationName(delta)),
			 guard == NULL ? 0 : errhint("SELECT %s.ces_repair_rollup(%s);", quote_identifier(get_namespace_name(get_func_namespace(guard->tgfoid))), quote_literal_cstr(ces_rollup_qualified_name(program->rollup->view)))));
}

/* Check what rows need that are put into the table of deltas without the executor. */
static void
check_deltas(CesProgram *program, Relation delta)
{
	const Trigger *flush = ces_rollup_find_trigger(delta, ces_rollup_flush, InvalidOid);

	if (delta->rd_rel->relhasindex && RelationGetIndexList(delta) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" must not have an index", RelationGetRelationName(delta)),
				 errdetail("It holds changes of rollup \"%s\".", get_rel_name(program->rollup->view)),
				 errhint("DROP INDEX %s", ces_rollup_qualified_name(linitial_oid(RelationGetIndexList(delta))))));
	program->flushes_always = flush != NULL && flush->tgenabled == TRIGGER_FIRES_ALWAYS;
	if (flush == NULL || (flush->tgenabled != TRIGGER_FIRES_ALWAYS && flush->tgenabled != TRIGGER_FIRES_ON_ORIGIN) ||
		flush->tgqual != NULL ||
		!TRIGGER_TYPE_MATCHES(flush->tgtype, TRIGGER_TYPE_STATEMENT, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_INSERT))
		report_no_flush(program, delta);
}

/* Check that the changes of this statement will be flushed: replication fires fewer triggers. */
void
ces_program_check_flush(const CesProgram *program)
{
	Relation delta;

	if (likely(program->flushes_always || SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA))
		return;
	delta = relation_open(program->rollup->delta, NoLock);
	report_no_flush(program, delta);
}

/* Make the program of a rollup, for a table that is its source or a partition. */
static CesProgram *
make_program(Oid delta, Relation table)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ces rollup program", ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	CesProgram *program = palloc0(sizeof(CesProgram));
	CesRollupCaller caller;
	Relation deltas;

	program->context = context;
	program->rollup = ces_rollup_of_delta(delta);
	program->definition = ces_rollup_definition_of_locked(program->rollup);
	ces_program_check_table(program->rollup, program->definition, table);
	ces_rollup_become_owner(&caller, program->rollup->owner);
	lay_out_groups(program);
	make_code(program, table);
	ces_rollup_become_caller(&caller);
	deltas = relation_open(delta, RowExclusiveLock);
	check_deltas(program, deltas);
	relation_close(deltas, NoLock);

	MemoryContextSwitchTo(old_context);
	MemoryContextSetParent(context, CacheMemoryContext);
	return program;
}

/*
 * Finding programs
 */

/* Is this a trigger as ces_create_rollup makes it? */
static void
check_trigger(const Trigger *trigger)
{
	const int events = TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;

	if ((trigger->tgtype & events) != events || trigger->tgnattr > 0 || trigger->tgdeferrable)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be fired after each INSERT, UPDATE and DELETE", trigger->tgname),
				 errhint("Triggers of rollups are made by ces_create_rollup.")));
}

/* A rollup that has two triggers on one table would count each change twice. */
static void
check_is_only_trigger(const TriggerData *trigger, Oid delta)
{
	const Trigger *first = ces_rollup_find_trigger(trigger->tg_relation, ces_rollup_capture, delta);

	if (first != NULL && first->tgoid != trigger->tg_trigger->tgoid)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has two triggers for one rollup", RelationGetRelationName(trigger->tg_relation)),
				 errhint("DROP TRIGGER %s ON %s", quote_identifier(trigger->tg_trigger->tgname),
						 ces_rollup_qualified_name(trigger->tg_relation->rd_id))));
}

/* A program of a rollup that there is already and that a table can share. */
static CesProgram *
find_shared_program(Oid delta, Relation table)
{
	ListCell *cell;

	foreach (cell, programs)
	{
		CesProgram *program = lfirst(cell);

		if (program->rollup->delta == delta && !program->stale && fits_table(program, table->rd_id))
		{
			ces_program_check_table(program->rollup, program->definition, table);
			return program;
		}
	}
	return NULL;
}

/*
 * The program of a rollup for a table that is its source or a partition, found or made.
 * It may be stale, but is there until the next call.
 */
CesProgram *
ces_program_of(Oid delta, Relation table)
{
	uint64 before = invalidations;
	CesProgram *program;
	MemoryContext old_context;

	begin();
	forget_stale_programs();
	program = find_shared_program(delta, table);
	if (program != NULL)
		return program;
	program = make_program(delta, table);
	program->stale = invalidations != before;
	old_context = MemoryContextSwitchTo(TopMemoryContext);
	programs = lappend(programs, program);
	MemoryContextSwitchTo(old_context);
	return program;
}

/* The program of a trigger that is as ces_create_rollup makes it. */
static CesProgram *
find_program(const TriggerData *trigger)
{
	Oid delta;

	check_trigger(trigger->tg_trigger);
	delta = ces_rollup_delta_of_trigger(trigger->tg_trigger);
	check_is_only_trigger(trigger, delta);
	return ces_program_of(delta, trigger->tg_relation);
}

/* The program that a trigger on the source runs. */
CesProgram *
ces_program_for(const TriggerData *trigger)
{
	Oid key = trigger->tg_trigger->tgoid;
	ProgramOfTrigger *entry;
	bool found;

	if (likely(last_used != NULL && last_used->trigger == key && last_used->program != NULL && !last_used->program->stale))
		return last_used->program;
	begin();
	entry = hash_search(programs_of_triggers, &key, HASH_ENTER, &found);
	if (!found || entry->program == NULL || entry->program->stale)
	{
		uint64 before = invalidations;
		CesProgram *program;

		entry->table = trigger->tg_relation->rd_id;
		entry->program = NULL;
		program = find_program(trigger);
		/* What has changed meanwhile may concern this table. */
		if (invalidations != before)
			return program;
		entry->program = program;
	}
	last_used = entry;
	return entry->program;
}

/*
 * Running programs
 */

/* Is the stored value of a column the same in two rows? */
static bool
is_same(const CesProgramAttribute *attribute, TupleTableSlot *old, TupleTableSlot *new)
{
	int i = attribute->number - 1;
	Datum a = old->tts_values[i];
	Datum b = new->tts_values[i];

	if (old->tts_isnull[i] || new->tts_isnull[i])
		return old->tts_isnull[i] == new->tts_isnull[i];
	/* A value that is stored elsewhere and didn't change has the same pointer to it. */
	if (attribute->length == -1 && VARSIZE_ANY(DatumGetPointer(a)) == VARSIZE_ANY(DatumGetPointer(b)) &&
		memcmp(DatumGetPointer(a), DatumGetPointer(b), VARSIZE_ANY(DatumGetPointer(a))) == 0)
		return true;
	return datum_image_eq(a, b, attribute->by_value, attribute->length);
}

/* Has an UPDATE changed anything that the query uses? */
bool
ces_program_changes(const CesProgram *program, TupleTableSlot *old, TupleTableSlot *new)
{
	slot_getsomeattrs(old, program->last_attribute);
	slot_getsomeattrs(new, program->last_attribute);
	for (int i = 0; i < program->nattributes; i++)
	{
		if (!is_same(&program->attributes[i], old, new))
			return true;
	}
	return false;
}

/* Evaluate the query for a row.  The group it is in, or NULL if it is not counted. */
static inline CesRollupGroup *
evaluate(CesProgram *program, CesRollupBatch *batch, TupleTableSlot *row, Oid part)
{
	TupleTableSlot *result;

	ResetExprContext(program->expressions);
	program->expressions->ecxt_scantuple = row;
	if (program->where != NULL && !ExecQual(program->where, program->expressions))
		return NULL;
	result = ExecProject(program->columns);
	return ces_batch_group(batch, part, result->tts_values, result->tts_isnull);
}

/*
 * Evaluate the query for a row, with the rights of the owner if that runs code of users.
 * Such code may even change the source, and so come back here, where the values of the
 * first row still are.
 */
CesRollupGroup *
ces_program_run(CesProgram *program, CesRollupBatch *batch, TupleTableSlot *row, Oid part)
{
	CesRollupCaller caller;
	CesRollupGroup *group;

	if (unlikely(program->running != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("a function in the query of rollup \"%s\" changes \"%s\"",
						get_rel_name(program->rollup->view), get_rel_name(program->definition->source))));
	program->running = batch;
	if (likely(!program->runs_as_owner))
		group = evaluate(program, batch, row, part);
	else
	{
		ces_rollup_become_owner(&caller, program->rollup->owner);
		group = evaluate(program, batch, row, part);
		ces_rollup_become_caller(&caller);
	}
	program->running = NULL;
	return group;
}
