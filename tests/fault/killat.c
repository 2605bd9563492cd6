/*
 * killat [-n STOP] [-r REPORT] PROGRAM [ARGUMENT...]
 *
 * Runs a program and counts the stops of its system calls: one where a call
 * is entered and one where it has returned, in all of its threads, from its
 * start on.  At the stop of that number it is killed: a call that was being
 * entered is then not made, one that returned is done and nobody knows.
 * Without -n, or if the program ends earlier, it runs to its end.
 *
 * Standard input, output and error are the program's own.  REPORT then holds
 * one line, "stops N killed 0|1 status S", S being the exit status or 128
 * and the signal's number.  Exit status: 0, or 2 if tracing failed.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
	pid_t	 pid;
	long	 stops;
	long	 at;		/* 0: never */
	bool	 killed;
	int	 status;	/* of the program, once it has ended */
};

static const int options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
    PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD |
    PTRACE_O_EXITKILL;

static _Noreturn void
die(const char *what)
{

	fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
	exit(2);
}

static _Noreturn void
become(char *const argv[], const int gate[2])
{
	char c;

	close(gate[1]);
	if (read(gate[0], &c, 1) != 0)		/* until we are traced */
		_exit(127);
	close(gate[0]);
	execv(argv[0], argv);
	fprintf(stderr, "killat: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void
begin(struct run *r, char *const argv[])
{
	int gate[2];

	if (pipe(gate) != 0)
		die("pipe");
	if ((r->pid = fork()) == -1)
		die("fork");
	if (r->pid == 0)
		become(argv, gate);
	close(gate[0]);
	if (ptrace(PTRACE_SEIZE, r->pid, NULL, options) != 0)
		die("ptrace");
	close(gate[1]);
}

/* What to resume a stopped thread with. */
static int
signal_of(int status)
{
	int sig = WSTOPSIG(status);

	/* A stop of tracing, or a signal on its way. */
	return (sig == (SIGTRAP | 0x80) || status >> 16 != 0 ? 0 : sig);
}

static void
stopped(struct run *r, pid_t thread, int status)
{

	if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ++r->stops == r->at) {
		r->killed = true;
		if (kill(r->pid, SIGKILL) != 0)
			die("kill");
		return;
	}
	/* A thread that is being killed cannot be resumed. */
	if (ptrace(PTRACE_SYSCALL, thread, NULL, signal_of(status)) != 0 &&
	    errno != ESRCH)
		die("ptrace");
}

static void
follow(struct run *r)
{
	pid_t thread;
	int status;

	for (;;) {
		thread = waitpid(-1, &status, __WALL);
		if (thread == -1 && errno == EINTR)
			continue;
		if (thread == -1)
			return;			/* all have ended */
		if (WIFSTOPPED(status))
			stopped(r, thread, status);
		else if (thread == r->pid)
			r->status = WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status);
	}
}

static void
write_report(const struct run *r, const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fprintf(f, "stops %ld killed %d status %d\n",
	    r->stops, r->killed, r->status) < 0 || fclose(f) != 0)
		die(path);
}

int
main(int argc, char *argv[])
{
	struct run r = { .pid = -1 };
	const char *path = NULL;
	int c;

	while ((c = getopt(argc, argv, "+n:r:")) != -1)
		if (c == 'n')
			r.at = strtol(optarg, NULL, 10);
		else if (c == 'r')
			path = optarg;
		else
			argc = 0;
	if (optind >= argc) {
		fprintf(stderr, "usage: killat [-n STOP] [-r REPORT] PROGRAM "
		    "[ARGUMENT...]\n");
		return (2);
	}
	begin(&r, argv + optind);
	follow(&r);
	if (path != NULL)
		write_report(&r, path);
	return (0);
}
