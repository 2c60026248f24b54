/*-------------------------------------------------------------------------
 *
 * labels.h
 *	  Answers in words: what other files need of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_LABELS_H
#define CES_LABELS_H

#include "scale.h"

#pragma GCC visibility push(hidden)

/* A label that comes with the extension, in UTF-8 and in its normal form */
typedef struct CesShippedLabel
{
	const char *language;
	const char *label;
	int score;
	const char *source;
} CesShippedLabel;

/* A set of them */
typedef struct CesShippedSet
{
	const char *name;
	CesScale scale;
	const CesShippedLabel *labels;
	int label_count;
} CesShippedSet;

extern const CesShippedSet ces_shipped_sets[];
extern const int ces_shipped_set_count;

extern bool ces_has_words(const text *answer);
extern bool ces_find_answer(FunctionCallInfo fcinfo, const text *answer, text *set_name,
							CesScale *scale, int32 *score);

#pragma GCC visibility pop

#endif /* CES_LABELS_H */
