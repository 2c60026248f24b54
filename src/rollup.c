/*-------------------------------------------------------------------------
 *
 * rollup.c
 *	  Where the objects of a rollup are.
 *
 * There is no table of rollups: PostgreSQL's catalogs say it all.  The WHEN clauses of
 * a rollup's triggers name its objects, as constants of type regclass.  So they follow
 * renames, are dumped by name, and are dependencies: none of the objects can be dropped
 * without the triggers.
 *
 * The trigger on the source that captures changes names the view and the table of
 * deltas.  The guard of the table of deltas names everything else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteSupport.h"
#include "rollup.h"
#include "rollup_sql.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/*
 * Triggers
 */

/* Does a trigger call this function of the library? */
bool
ces_rollup_trigger_calls(const Trigger *trigger, PGFunction function)
{
	FmgrInfo called;

	/* Most triggers are written in other languages: don't load those. */
	fmgr_info(trigger->tgfoid, &called);
	return called.fn_addr == function;
}

/* Collect constants of type regclass; a null one as InvalidOid. */
static bool
find_relations(Node *node, void *context)
{
	List **relations = context;

	if (node != NULL && IsA(node, Const))
	{
		const Const *constant = (const Const *) node;

		if (constant->consttype == REGCLASSOID)
			*relations = lappend_oid(*relations, constant->constisnull ? InvalidOid : DatumGetObjectId(constant->constvalue));
		return false;
	}
	return expression_tree_walker(node, find_relations, context);
}

/* The relations that a WHEN clause names, in its order. */
static List *
relations_of_when(const char *when)
{
	List *relations = NIL;

	if (when != NULL)
		find_relations(stringToNode(when), &relations);
	return relations;
}

/*
 * The table of deltas that a trigger on the source of a rollup names.
 */
Oid
ces_rollup_delta_of_trigger(const Trigger *trigger)
{
	List *relations = relations_of_when(trigger->tgqual);

	if (list_length(relations) != 2 || !OidIsValid(lsecond_oid(relations)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("trigger \"%s\" does not name a rollup", trigger->tgname),
				 errhint("Triggers of rollups are made by ces_create_rollup.")));
	return lsecond_oid(relations);
}

/*
 * The trigger of a relation that calls a function, and, if delta is valid, names that
 * table of deltas.  NULL if there is none.  Of a copy, as everywhere: looking at catalogs
 * can make PostgreSQL replace the triggers of a relation that is open.
 */
const Trigger *
ces_rollup_find_trigger(Relation relation, PGFunction function, Oid delta)
{
	const TriggerDesc *triggers = CopyTriggerDesc(relation->trigdesc);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];
		List *relations;

		if (!ces_rollup_trigger_calls(trigger, function))
			continue;
		if (!OidIsValid(delta))
			return trigger;
		relations = relations_of_when(trigger->tgqual);
		if (list_length(relations) == 2 && lsecond_oid(relations) == delta)
			return trigger;
	}
	return NULL;
}

/*
 * Objects
 */

/* The owner of a relation, or InvalidOid if there is no such relation of that kind. */
static Oid
owner_of(Oid relation, char kind)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (form->relkind == kind)
			owner = form->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* The owner of a relation, or InvalidOid if there is no such relation. */
Oid
ces_rollup_owner_of(Oid relation)
{
	return owner_of(relation, get_rel_relkind(relation));
}

/* Whoever owns one object of a rollup must own all, or one could use another's rights. */
static void
check_owner(Oid relation, char kind, const CesRollup *rollup)
{
	Oid owner = owner_of(relation, kind);

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("an object of the rollup with deltas in \"%s\" is missing", get_rel_name(rollup->delta))));
	if (owner != rollup->owner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" and \"%s\" have different owners", get_rel_name(relation), get_rel_name(rollup->delta)),
				 errdetail("They belong to one rollup."),
				 errhint("ALTER TABLE %s OWNER TO %s;",
						 ces_rollup_qualified_name(relation),
						 quote_identifier(GetUserNameFromId(rollup->owner, false)))));
}

/* The objects that the guard of a table of deltas names; whatever other guards it has. */
static List *
objects_of_guard(Relation delta)
{
	const TriggerDesc *triggers = CopyTriggerDesc(delta->trigdesc);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		List *objects = NIL;

		if (ces_rollup_trigger_calls(&triggers->triggers[i], ces_rollup_guard))
			objects = relations_of_when(triggers->triggers[i].tgqual);
		if (list_length(objects) == 4)
			return objects;
	}
	return NIL;
}

/* The objects of a class, a catalog, that name a relation. */
static List *
objects_naming(Oid relation, Oid class)
{
	Relation catalog = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	List *objects = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dependency = (Form_pg_depend) GETSTRUCT(tuple);

		if (dependency->classid == class && dependency->deptype == DEPENDENCY_NORMAL)
			objects = lappend_oid(objects, dependency->objid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return objects;
}

/* The triggers whose WHEN clauses name a relation. */
List *
ces_rollup_triggers_naming(Oid relation)
{
	return objects_naming(relation, TriggerRelationId);
}

/*
 * Does a guard name a view of somebody else that knows nothing of it?  Anyone can make a
 * trigger that names any view, but only its owner can make the view name the deltas.
 */
static bool
is_forged(const CesRollup *rollup)
{
	Oid owner = owner_of(rollup->view, RELKIND_VIEW);

	return OidIsValid(owner) && owner != rollup->owner &&
		   !list_member_oid(objects_naming(rollup->delta, RewriteRelationId), get_rewrite_oid(rollup->view, ViewSelectRuleName, true));
}

/* The rollup whose deltas a table has.  NULL if it is no such table. */
CesRollup *
ces_rollup_find(Oid delta)
{
	Relation relation = try_relation_open(delta, AccessShareLock);
	List *objects = NIL;
	CesRollup *rollup = NULL;

	if (relation == NULL)
		return NULL;
	if (relation->rd_rel->relkind == RELKIND_RELATION)
		objects = objects_of_guard(relation);
	if (list_length(objects) == 4)
	{
		rollup = palloc(sizeof(CesRollup));
		rollup->view = linitial_oid(objects);
		rollup->definition = lsecond_oid(objects);
		rollup->store = lthird_oid(objects);
		rollup->partition = lfourth_oid(objects);
		rollup->delta = delta;
		rollup->owner = relation->rd_rel->relowner;
	}
	relation_close(relation, NoLock);
	return rollup == NULL || is_forged(rollup) ? NULL : rollup;
}

/* The rollup whose deltas a table has, with all its objects there and of one owner. */
CesRollup *
ces_rollup_of_delta(Oid delta)
{
	CesRollup *rollup = ces_rollup_find(delta);

	if (rollup == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 get_rel_name(delta) == NULL ? errmsg("relation with OID %u does not exist", delta) : errmsg("\"%s\" has no deltas of a rollup", get_rel_name(delta))));
	check_owner(rollup->view, RELKIND_VIEW, rollup);
	check_owner(rollup->definition, RELKIND_VIEW, rollup);
	check_owner(rollup->store, RELKIND_RELATION, rollup);
	if (OidIsValid(rollup->partition))
		check_owner(rollup->partition, RELKIND_RELATION, rollup);
	return rollup;
}

/* The table that a trigger is on. */
static Oid
relation_of_trigger(Oid trigger)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid relation = InvalidOid;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(catalog, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		relation = ((Form_pg_trigger) GETSTRUCT(tuple))->tgrelid;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return relation;
}

/* The rollup that is read as this view, or NULL. */
CesRollup *
ces_rollup_find_view(Oid view)
{
	ListCell *cell;

	foreach (cell, ces_rollup_triggers_naming(view))
	{
		CesRollup *rollup = ces_rollup_find(relation_of_trigger(lfirst_oid(cell)));

		if (rollup != NULL && rollup->view == view)
			return rollup;
	}
	return NULL;
}

/* The rollup that a view is: the guard of its deltas names it first. */
CesRollup *
ces_rollup_of_view(Oid view)
{
	const CesRollup *rollup = ces_rollup_find_view(view);

	if (rollup == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 get_rel_name(view) == NULL ? errmsg("relation with OID %u does not exist", view) : errmsg("\"%s\" is not a rollup", get_rel_name(view)),
				 errhint("SELECT rollup FROM ces_rollup_status lists the rollups.")));
	return ces_rollup_of_delta(rollup->delta);
}

/* The rollup, if the user owns it: only then is there something to do for them. */
CesRollup *
ces_rollup_owned(Oid view)
{
	CesRollup *rollup = ces_rollup_of_view(view);

	if (!has_privs_of_role(GetUserId(), rollup->owner))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, get_rel_name(view));
	return rollup;
}

/*
 * What keeps work on a rollup apart.  The view stands for it, because vacuum doesn't
 * lock views.  The source, if it is used, is locked before.
 */
void
ces_rollup_lock(const CesRollup *rollup)
{
	LockRelationOid(rollup->view, ShareUpdateExclusiveLock);
}

/*
 * Run what follows with the rights of the owner, and with a search_path in which nobody
 * can put anything.  Queries on the answers are about the answers themselves, such as those
 * with which a rollup is compared.  After an error, PostgreSQL restores all that.
 */
void
ces_rollup_become_owner(CesRollupCaller *caller, Oid owner)
{
	GetUserIdAndSecContext(&caller->user, &caller->security_context);
	SetUserIdAndSecContext(owner, caller->security_context | SECURITY_RESTRICTED_OPERATION);
	caller->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("ces.enable_rollups", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
ces_rollup_become_caller(const CesRollupCaller *caller)
{
	AtEOXact_GUC(false, caller->guc_level);
	SetUserIdAndSecContext(caller->user, caller->security_context);
}

/* The schema of the extension, which has the function that is called; quoted. */
const char *
ces_rollup_schema(FunctionCallInfo fcinfo)
{
	return quote_identifier(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid)));
}

/*
 * The extension's own functions
 */

/* The schema of the extension, if it is known; forgotten when a function changes */
static Oid extension_schema = InvalidOid;

/* A function was created, dropped or changed, as all of ours are with the extension. */
static void
forget_extension_schema(Datum argument, int cache, uint32 hash)
{
	(void) argument;
	(void) cache;
	(void) hash;
	extension_schema = InvalidOid;
}

/* The schema of an extension, read from the catalog. */
static Oid
read_extension_schema(Oid extension)
{
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return schema;
}

/* The schema of the extension, or InvalidOid if it isn't installed. */
Oid
ces_extension_schema(void)
{
	static bool registered = false;
	Oid extension;

	if (OidIsValid(extension_schema))
		return extension_schema;
	if (!registered)
	{
		CacheRegisterSyscacheCallback(PROCOID, forget_extension_schema, (Datum) 0);
		registered = true;
	}
	extension = get_extension_oid("ces", true);
	if (OidIsValid(extension))
		extension_schema = read_extension_schema(extension);
	return extension_schema;
}

/*
 * A function of the extension with exactly these arguments, or InvalidOid: the script
 * that is installed may be older than the library.  The schema may be open to others, so
 * it must be in C, which only superusers can create.
 */
Oid
ces_own_function(const char *name, int nargs, const Oid *argtypes)
{
	Oid schema = ces_extension_schema();
	Oid function = InvalidOid;
	HeapTuple tuple;

	if (!OidIsValid(schema))
		return InvalidOid;
	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name), PointerGetDatum(buildoidvector(argtypes, nargs)),
							ObjectIdGetDatum(schema));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

		if (form->prolang == ClanguageId || form->prokind == PROKIND_AGGREGATE)
			function = form->oid;
		ReleaseSysCache(tuple);
	}
	return function;
}

/*
 * Partitions
 */

/*
 * The partitions with rows that a table has now, at any depth, as a query on it would
 * find them.  A table without partitions is its only one, whatever inherits from it.
 */
List *
ces_rollup_leaves(Oid source)
{
	List *leaves = NIL;
	ListCell *cell;

	if (get_rel_relkind(source) != RELKIND_PARTITIONED_TABLE)
		return list_make1_oid(source);

	foreach (cell, find_all_inheritors(source, NoLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(cell)) != RELKIND_PARTITIONED_TABLE)
			leaves = lappend_oid(leaves, lfirst_oid(cell));
	}
	return leaves;
}

/* _ces_rollup_partitions(source): the partitions that count, for the view. */
PG_FUNCTION_INFO_V1(ces_rollup_partitions);
Datum
ces_rollup_partitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach (cell, ces_rollup_leaves(PG_GETARG_OID(0)))
	{
		Datum leaf = ObjectIdGetDatum(lfirst_oid(cell));
		bool null = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &leaf, &null);
	}
	return (Datum) 0;
}

/* The partitions with rows that a table had when they were asked for first */
typedef struct KnownLeaves
{
	Oid source;
	List *leaves; /* sorted */
} KnownLeaves;

/* Find the partitions once for all calls of an expression. */
static KnownLeaves *
find_leaves(FunctionCallInfo fcinfo, Oid source)
{
	KnownLeaves *known = fcinfo->flinfo->fn_extra;
	MemoryContext old_context;

	if (known != NULL && known->source == source)
		return known;
	old_context = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	known = palloc(sizeof(KnownLeaves));
	known->source = source;
	known->leaves = ces_rollup_leaves(source);
	list_sort(known->leaves, list_oid_cmp);
	MemoryContextSwitchTo(old_context);
	fcinfo->flinfo->fn_extra = known;
	return known;
}

/* _ces_rollup_is_partition(source, part): does an increment of this partition count? */
PG_FUNCTION_INFO_V1(ces_rollup_is_partition);
Datum
ces_rollup_is_partition(PG_FUNCTION_ARGS)
{
	const KnownLeaves *known = find_leaves(fcinfo, PG_GETARG_OID(0));
	Oid part = PG_GETARG_OID(1);
	int low = 0;
	int high = list_length(known->leaves);

	while (low < high)
	{
		int middle = (low + high) / 2;
		Oid leaf = list_nth_oid(known->leaves, middle);

		if (leaf == part)
			PG_RETURN_BOOL(true);
		if (leaf < part)
			low = middle + 1;
		else
			high = middle;
	}
	PG_RETURN_BOOL(false);
}

/* _ces_rollup_objects(...): true; a WHEN clause that names the objects of a rollup. */
PG_FUNCTION_INFO_V1(ces_rollup_objects);
Datum
ces_rollup_objects(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(true);
}

/* The hash functions of the types of the arguments of a call */
typedef struct KeyHashes
{
	int nkeys;
	FmgrInfo functions[FLEXIBLE_ARRAY_MEMBER];
} KeyHashes;

/* Find the hash functions once for all calls of an expression. */
static KeyHashes *
find_key_hashes(FunctionCallInfo fcinfo)
{
	KeyHashes *hashes = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, offsetof(KeyHashes, functions) + PG_NARGS() * sizeof(FmgrInfo));

	hashes->nkeys = PG_NARGS();
	for (int i = 0; i < hashes->nkeys; i++)
	{
		Oid type = get_fn_expr_argtype(fcinfo->flinfo, i);
		Oid function = OidIsValid(type) ? lookup_type_cache(type, TYPECACHE_HASH_PROC)->hash_proc : InvalidOid;

		if (!OidIsValid(function))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("could not identify a hash function for type %s", format_type_be(type))));
		fmgr_info_cxt(function, &hashes->functions[i], fcinfo->flinfo->fn_mcxt);
	}
	fcinfo->flinfo->fn_extra = hashes;
	return hashes;
}

/*
 * _ces_rollup_hash(keys): the hash of a group.  Text is hashed by its bytes, whatever
 * its collation.
 */
PG_FUNCTION_INFO_V1(ces_rollup_hash);
Datum
ces_rollup_hash(PG_FUNCTION_ARGS)
{
	KeyHashes *hashes = fcinfo->flinfo->fn_extra;
	uint64 hash = 0;

	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("keys must not be an array that is marked VARIADIC")));
	if (hashes == NULL)
		hashes = find_key_hashes(fcinfo);
	for (int i = 0; i < hashes->nkeys; i++)
	{
		uint32 hash_of_key = 0;

		if (!PG_ARGISNULL(i))
			hash_of_key = DatumGetUInt32(FunctionCall1Coll(&hashes->functions[i], C_COLLATION_OID, PG_GETARG_DATUM(i)));
		hash = hash_combine64(hash, hash_of_key);
	}
	PG_RETURN_INT64((int64) hash);
}
