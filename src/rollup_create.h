/*-------------------------------------------------------------------------
 *
 * rollup_create.h
 *	  The triggers of rollups.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_ROLLUP_CREATE_H
#define CES_ROLLUP_CREATE_H

#include "rollup.h"

#pragma GCC visibility push(hidden)

extern bool ces_rollup_ensure_triggers(const CesRollup *rollup, const CesRollupDefinition *definition, const char *schema);
extern const char *ces_rollup_missing_trigger(const CesRollup *rollup, Oid table);

#pragma GCC visibility pop

#endif /* CES_ROLLUP_CREATE_H */
