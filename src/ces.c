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
#include "rollup_planner.h"

extern PGDLLEXPORT void _PG_init(void); /* NOLINT(bugprone-reserved-identifier): PostgreSQL's name */

PG_MODULE_MAGIC_EXT(.name = "ces", .version = "1.0");

/* Called when a session loads the library. */
void
_PG_init(void)
{
	ces_rollup_planner_init();
}
