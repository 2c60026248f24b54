/*-------------------------------------------------------------------------
 *
 * drivers.h
 *	  ces_drivers: what a regression of an outcome on its drivers needs to know
 *	  of the answers, as sums that add and subtract without loss.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CES_DRIVERS_H
#define CES_DRIVERS_H

#include "compat.h"
#include "fmgr.h"
#include "math/regression.h"

#ifndef HAVE_INT128
#error "ces needs a compiler with 128-bit integers, as GCC and Clang have for all 64-bit machines"
#endif

#pragma GCC visibility push(hidden)

typedef struct varlena CesDrivers;

#define CES_DRIVERS_MAX CES_REGRESSION_MAX_PREDICTORS

/* The longest name, in characters, and what it may take in the encoding of another database */
#define CES_DRIVER_NAME_MAX 63
#define CES_DRIVER_NAME_MAX_BYTES 252

/* The columns of the regression: 1, the outcome, and the drivers */
#define CES_DRIVERS_MAX_COLUMNS (CES_DRIVERS_MAX + 2)
#define CES_DRIVERS_MAX_PRODUCTS (CES_DRIVERS_MAX_COLUMNS * (CES_DRIVERS_MAX_COLUMNS + 1) / 2)

/* With answers fewer than this, the sums of products of two 32-bit numbers fit in 126 bits. */
#define CES_DRIVERS_MAX_ANSWERS (INT64CONST(1) << 61)

/* A value, taken apart */
typedef struct CesDriverSums
{
	int drivers;
	const char *names; /* one after the other, each with a zero byte at its end */
	Size names_size;
	int128 left_out; /* how many rows had a NULL */

	/*
	 * The sums of the products of any two columns, the lower triangle of a matrix, row by row:
	 * n; sum of y, of y * y; sum of x1, of x1 * y, of x1 * x1; ...
	 */
	int128 products[CES_DRIVERS_MAX_PRODUCTS];
} CesDriverSums;

static inline int
ces_driver_columns(int drivers)
{
	return drivers + 2;
}

/* How many products there are. */
static inline int
ces_driver_products(int drivers)
{
	return ces_driver_columns(drivers) * (ces_driver_columns(drivers) + 1) / 2;
}

/* Where the product of two columns stands. */
static inline int
ces_driver_product(int a, int b)
{
	return Max(a, b) * (Max(a, b) + 1) / 2 + Min(a, b);
}

extern const CesDrivers *ces_drivers_detoast(Datum datum);
extern CesDriverSums *ces_drivers_read(Datum datum);
extern CesDrivers *ces_drivers_make(const CesDriverSums *sums);

extern char *ces_pack_driver_names(int drivers, char *const *names, Size *size, struct Node *escontext);
extern const char *ces_driver_name(const CesDriverSums *sums, int driver);
extern char *ces_driver_names_text(const CesDriverSums *sums);
extern char *ces_int128_text(int128 number);

extern bool ces_driver_sums_agree(const CesDriverSums *sums);
extern double ces_driver_centred_product(const CesDriverSums *sums, int a, int b);

#pragma GCC visibility pop

#endif /* CES_DRIVERS_H */
