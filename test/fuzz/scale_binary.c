/* Binary input of ces_scale. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_binary(&scale_type, data, size);
}
