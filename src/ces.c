/*-------------------------------------------------------------------------
 *
 * ces.c
 *	  What makes the library an extension of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"

PG_MODULE_MAGIC_EXT(.name = "ces", .version = "1.0");
