/* Text input of ces_tally. */
#include "fuzz.h"

void
fuzz(const uint8 *data, size_t size)
{
	check_text(&tally_type, data, size);
}
