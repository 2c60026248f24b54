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

/* The file of a table, and whether this transaction made it */
#if PG_VERSION_NUM < 160000
#define rd_firstRelfilelocatorSubid rd_firstRelfilenodeSubid
#endif

#endif /* CES_COMPAT_H */
