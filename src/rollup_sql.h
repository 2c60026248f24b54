/*-------------------------------------------------------------------------
 *
 * rollup_sql.h
 *	  The SQL of a rollup.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_SQL_H
#define CES_ROLLUP_SQL_H

#include "rollup.h"

#pragma GCC visibility push(hidden)

/* What the SQL of a rollup is made of */
typedef struct CesRollupParts
{
	const CesRollup *rollup;
	const CesRollupDefinition *definition;
	const char *schema; /* the extension's, quoted */
} CesRollupParts;

extern const char *ces_rollup_qualified_name(Oid relation);
extern void ces_rollup_check_spi(int result, const char *command);
extern bool ces_rollup_is_image_equal(const CesRollupColumn *col);
extern char *ces_rollup_columns_sql(const CesRollupDefinition *definition, const char *schema);
extern char *ces_rollup_index_sql(const CesRollupParts *parts);
extern char *ces_rollup_view_sql(const CesRollupParts *parts, bool populated);
extern char *ces_rollup_difference_sql(const CesRollupParts *parts, Oid relation);
extern char *ces_rollup_fold_sql(const CesRollupParts *parts);
extern char *ces_rollup_excess_sql(const CesRollupParts *parts);
extern char *ces_rollup_check_sql(const CesRollupParts *parts, bool of_increments);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_SQL_H */
