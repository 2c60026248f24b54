/* Text input of ces_scale. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_text(&scale_type, data, size);
}
