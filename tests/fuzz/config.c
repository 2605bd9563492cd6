/* Keys, values, rules and templates, as a file that is read at the start. */
#include <sys/mman.h>

#include <unistd.h>

#include "common/log.h"
#include "handler/config.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char path[64];
	static int fd = -1;
	struct config *config = NULL;
	struct why why;
	enum err e;

	if (fd == -1) {
		MUST((fd = memfd_create("tickethook.ini", 0)) != -1);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		log_setup(LOG_LEVEL_ERROR, false);
	}
	MUST(ftruncate(fd, 0) == 0 &&
	    pwrite(fd, data, n, 0) == (ssize_t)n);
	memset(&why, 0, sizeof(why));
	e = config_load(path, &config, &why);
	MUST((e == OK) == (config != NULL));
	MUST(e == OK || why.text[0] != '\0');
	config_free(config);
	return (0);
}
