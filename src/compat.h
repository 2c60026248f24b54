/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the versions of PostgreSQL.
 *
 * The code is written for the newest version; older ones get here what they
 * lack, under the name that the newest one gives it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_COMPAT_H
#define CES_COMPAT_H

/* The module's name and version in its magic block */
#if PG_VERSION_NUM < 180000
#define PG_MODULE_MAGIC_EXT(...) PG_MODULE_MAGIC
#endif

/* A function that doesn't return; stands before its declaration */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Macros that take a varlena apart */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Soft errors: before 16, every error is a hard one */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define CES_SOFT_ERROR_CONTEXT(fcinfo) ((fcinfo)->context)
#else
struct Node;
#define ereturn(context, dummy_value, ...) \
	do \
	{ \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define CES_SOFT_ERROR_CONTEXT(fcinfo) NULL
#endif

/* make_range() takes a soft error context from 16 on */
#if PG_VERSION_NUM >= 160000
#define ces_make_range(type, lower, upper) make_range(type, lower, upper, false, NULL)
#else
#define ces_make_range(type, lower, upper) make_range(type, lower, upper, false)
#endif

/* stringToQualifiedNameList() takes a soft error context from 16 on */
#if PG_VERSION_NUM >= 160000
#define ces_name_list(text) stringToQualifiedNameList(text, NULL)
#else
#define ces_name_list(text) stringToQualifiedNameList(text)
#endif

/* Replaces the columns of a subquery, which is not the result relation of the query */
#if PG_VERSION_NUM >= 180000
#define ces_replace_vars(node, reference, entry, columns, has_sublinks) \
	ReplaceVarsFromTargetList(node, reference, 0, entry, columns, 0, REPLACEVARS_REPORT_ERROR, 0, has_sublinks)
#else
#define ces_replace_vars(node, reference, entry, columns, has_sublinks) \
	ReplaceVarsFromTargetList(node, reference, 0, entry, columns, REPLACEVARS_REPORT_ERROR, 0, has_sublinks)
#endif

/* Appends the range table of a query to that of another; from 16 on, its permissions, too */
#if PG_VERSION_NUM >= 160000
#define ces_combine_range_tables(query, other) \
	CombineRangeTables(&(query)->rtable, &(query)->rteperminfos, (other)->rtable, (other)->rteperminfos)
#else
#define ces_combine_range_tables(query, other) ((query)->rtable = list_concat((query)->rtable, (other)->rtable))
#endif

/* Lets anyone read a table of a query; from 16 on, permissions aren't in the range table */
#if PG_VERSION_NUM >= 160000
#define ces_permit_reading(query, entry) \
	do \
	{ \
		RTEPermissionInfo *permission = addRTEPermissionInfo(&(query)->rteperminfos, entry); \
		permission->requiredPerms = ACL_SELECT; \
		permission->checkAsUser = BOOTSTRAP_SUPERUSERID; \
	} while (0)
#else
#define ces_permit_reading(query, entry) \
	do \
	{ \
		(entry)->requiredPerms = ACL_SELECT; \
		(entry)->checkAsUser = BOOTSTRAP_SUPERUSERID; \
	} while (0)
#endif

/* Can ask for stronger locks, too, from 17 on */
#if PG_VERSION_NUM >= 170000
#define ces_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define ces_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode)
#endif

/* Takes a query from 16 on, too */
#if PG_VERSION_NUM >= 160000
#define ces_flatten_join_alias_vars(query, node) flatten_join_alias_vars(NULL, query, node)
#else
#define ces_flatten_join_alias_vars(query, node) flatten_join_alias_vars(query, node)
#endif

/* Raises an error if the user may not run a plan; from 16 on, permissions aren't in the range table */
#if PG_VERSION_NUM >= 160000
#define ces_check_permissions(plan) ExecCheckPermissions((plan)->rtable, (plan)->permInfos, true)
#else
#define ces_check_permissions(plan) ExecCheckRTPerms((plan)->rtable, true)
#endif

/* The file of a table, and whether this transaction made it */
#if PG_VERSION_NUM < 160000
#define rd_firstRelfilelocatorSubid rd_firstRelfilenodeSubid
#endif

#endif /* CES_COMPAT_H */
