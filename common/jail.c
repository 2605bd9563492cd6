#include "common/jail.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
jail_enter(void)
{
	const struct rlimit	none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
}
