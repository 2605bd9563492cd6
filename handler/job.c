#include "handler/job.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "handler/program.h"

/* Longer than a sentence, so that err_set() finds the end of a character. */
enum {
	FAIL_MAX = WHY_MAX + 8
};

#undef fail
enum err
fail(struct job *job, enum err e, const char *fmt, ...)
{
	char text[FAIL_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	return (err_set(&job->why, e, "%s", text));
}

enum err
job_open(struct job *job)
{

	return (job->late == NULL ? OK : program_ready(job->late, job));
}

enum err
job_time(struct job *job, const char *before_what)
{
	int64_t now = clock_mono();

	if (now < job->deadline)
		return (OK);
	return (fail(job, ERR_DEADLINE,
	    "out of time before %s, %lld ms after the request came; "
	    "nothing is lost, send it again", before_what,
	    (long long)(now - job->started)));
}
