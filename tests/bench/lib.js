'use strict';

/*
 * What the rows measure with: processor time and memory of a program and its
 * children, medians, figures with their targets.
 */

const fs = require('node:fs');
const { sleep } = require('../run/process');

const TICK_US = 10000;		/* of /proc/PID/stat, USER_HZ is 100 */
const QUIET_MS = 200;		/* for so long ... */
const QUIET = 0.1;		/* ... less than that part of one core */
const PATIENCE_MS = 5000;	/* of a machine that has other work */

/* Fields of /proc/PID/stat from the state on; undefined: it is gone. */
function
stat(pid)
{
	try {
		const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
		return text.slice(text.lastIndexOf(')') + 2).split(' ');
	} catch {
		return undefined;
	}
}

/* It and all that descend from it. */
function
family(pid)
{
	const found = [pid];
	const parent = new Map(fs.readdirSync('/proc').filter((n) =>
	    /^\d+$/.test(n)).map((n) => [Number(n), Number(stat(n)?.[1])]));

	for (let i = 0; i < found.length; i++)
		for (const [child, of] of parent)
			if (of === found[i])
				found.push(child);
	return found;
}

/* Microseconds of processor time, children that have ended included. */
function
cpu(pid)
{
	return family(pid).reduce((sum, p) => {
		const s = stat(p) ?? [];
		return sum + [11, 12, 13, 14].reduce((n, i) =>
		    n + Number(s[i] ?? 0), 0) * TICK_US;
	}, 0);
}

/* Ticks that all processors have worked: user, nice, system, interrupts. */
function
worked()
{
	const times = fs.readFileSync('/proc/stat', 'latin1').split('\n')[0].
	    split(/\s+/).slice(1).map(Number);

	return [0, 1, 2, 5, 6].reduce((sum, i) => sum + times[i], 0);
}

/* Wait until the machine has nothing to do, or at last all the same. */
async function
quiet()
{
	const end = Date.now() + PATIENCE_MS;
	let before, ticks;

	do {
		before = worked();
		await sleep(QUIET_MS);
		ticks = worked() - before;
	} while (ticks * TICK_US >= QUIET * QUIET_MS * 1000 &&
	    Date.now() < end);
}

/* KiB that are resident, or were at most (VmHWM). */
function
memory(pid, what = 'VmRSS')
{
	const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1');

	return Number(new RegExp(`^${what}:\\s*(\\d+)`, 'm').exec(text)[1]);
}

function
percentile(list, p)
{
	const sorted = [...list].sort((a, b) => a - b);

	return sorted[Math.min(sorted.length - 1,
	    Math.floor(sorted.length * p / 100))];
}

function
median(list)
{
	return percentile(list, 50);
}

/*
 * A figure: what was measured, and what it must be ("at least" or "at most")
 * when it has a target.
 */
function
figure(what, value, unit, sense, target)
{
	const f = { what, value, unit };

	if (sense !== undefined)
		Object.assign(f, { sense, target, reached:
		    sense === 'at least' ? value >= target : value <= target });
	return f;
}

const atLeast = (what, value, unit, target) =>
    figure(what, value, unit, 'at least', target);
const atMost = (what, value, unit, target) =>
    figure(what, value, unit, 'at most', target);

module.exports = { atLeast, atMost, cpu, family, figure, median, memory,
    percentile, quiet };
