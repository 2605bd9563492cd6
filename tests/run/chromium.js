'use strict';

/*
 * Debian's Chromium without a window, driven over a pipe by its DevTools
 * protocol: messages of JSON that end with a NUL, on descriptors 3 and 4.
 * https://chromedevtools.github.io/devtools-protocol/
 *
 *	const browser = await open(dir);
 *	const page = await browser.page({ dark: false, width: 1280 });
 *	await page.go(url);
 *	await page.run('document.title');
 *	await browser.close();
 */

const { start } = require('./process');

const PATIENCE_MS = 20000;
/* This machine by a name that no browser takes for a trustworthy place. */
const HOST = 'panel.test';
/* As root there is no sandbox to be had; the pages are our own. */
const OPTIONS = ['--headless=new', '--remote-debugging-pipe', '--no-sandbox',
    '--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions',
    '--disable-background-networking', '--disable-component-update',
    '--no-first-run', '--hide-scrollbars', '--force-color-profile=srgb',
    `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];

class Wire {
	constructor(child)
	{
		this.next = 1;
		this.waiting = new Map();
		this.heard = [];
		this.to = child.stdio[3];
		let rest = '';
		child.stdio[4].setEncoding('utf8').on('data', (d) => {
			const parts = (rest + d).split('\0');
			rest = parts.pop();
			for (const p of parts)
				this.take(JSON.parse(p));
		});
	}

	take(m)
	{
		const w = this.waiting.get(m.id);

		if (m.id === undefined) {
			for (const h of [...this.heard])
				h(m);
			return;
		}
		this.waiting.delete(m.id);
		clearTimeout(w.timer);
		if (m.error)
			w.reject(new Error(`${w.method}: ${m.error.message}`));
		else
			w.resolve(m.result);
	}

	send(method, params = {}, sessionId = undefined)
	{
		const id = this.next++;

		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(
			    new Error(`${method}: no answer`)), PATIENCE_MS);
			this.waiting.set(id, { method, resolve, reject,
			    timer });
			this.to.write(JSON.stringify({ id, method, params,
			    sessionId }) + '\0');
		});
	}

	/* The first event of that name from now on. */
	wait(sessionId, method)
	{
		return new Promise((resolve, reject) => {
			const hear = (m) => {
				if (m.method !== method ||
				    m.sessionId !== sessionId)
					return;
				clearTimeout(timer);
				this.heard.splice(this.heard.indexOf(hear), 1);
				resolve(m.params);
			};
			const timer = setTimeout(() => reject(
			    new Error(`no ${method}`)), PATIENCE_MS);
			this.heard.push(hear);
		});
	}
}

class Page {
	constructor(wire, session)
	{
		this.wire = wire;
		this.session = session;
		this.problems = [];	/* what its console and policy say */
		this.status = 0;	/* of the last document */
		this.wire.heard.push((m) => this.hear(m));
	}

	hear({ method, params, sessionId })
	{
		if (sessionId !== this.session)
			return;
		/* Pages that nobody clicked in are passed by "back". */
		if (method === 'Audits.issueAdded' &&
		    params.issue.details.genericIssueDetails?.errorType !==
		    'NavigationEntryMarkedSkippable')
			this.problems.push(params.issue.code + ' ' +
			    JSON.stringify(params.issue.details).slice(0, 300));
		if (method === 'Runtime.exceptionThrown')
			this.problems.push(params.exceptionDetails.text);
		if (method === 'Page.javascriptDialogOpening') {
			this.problems.push(`dialog: ${params.message}`);
			this.send('Page.handleJavaScriptDialog',
			    { accept: false }).catch(() => {});
		}
		if (method === 'Network.responseReceived' &&
		    params.type === 'Document')
			this.status = params.response.status;
	}

	send(method, params)
	{
		return this.wire.send(method, params, this.session);
	}

	/* Do something that loads another document, and wait for that. */
	async moving(work)
	{
		const loaded = this.wire.wait(this.session,
		    'Page.loadEventFired');

		loaded.catch(() => {});
		await work();
		await loaded;
	}

	async go(url)
	{
		await this.moving(async () => {
			const { errorText } = await this.send('Page.navigate',
			    { url });
			if (errorText)
				throw new Error(`${url}: ${errorText}`);
		});
	}

	/* The value of an expression in the page. */
	async run(expression)
	{
		const { result, exceptionDetails } = await this.send(
		    'Runtime.evaluate', { expression, awaitPromise: true,
		    returnByValue: true });

		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description
			    ?? exceptionDetails.text);
		return result.value;
	}

	async press(selector)
	{
		await this.moving(() => this.run(
		    `document.querySelector(${JSON.stringify(selector)})` +
		    '.click()'));
	}

	/* PNG of the whole page. */
	async picture()
	{
		const { cssContentSize: { width, height } } =
		    await this.send('Page.getLayoutMetrics');
		const { data } = await this.send('Page.captureScreenshot', {
		    format: 'png', captureBeyondViewport: true, clip: { x: 0,
		    y: 0, width, height: Math.min(height, 2400), scale: 1 } });

		return Buffer.from(data, 'base64');
	}
}

async function
page(wire, { dark = false, width = 1280, height = 900, script = true,
    headers = {} } = {})
{
	const { targetId } = await wire.send('Target.createTarget',
	    { url: 'about:blank' });
	const { sessionId } = await wire.send('Target.attachToTarget',
	    { targetId, flatten: true });
	const p = new Page(wire, sessionId);

	for (const domain of ['Page', 'Runtime', 'Network', 'Audits'])
		await p.send(`${domain}.enable`);
	await p.send('Emulation.setDeviceMetricsOverride', { width, height,
	    deviceScaleFactor: 1, mobile: width < 600 });
	await p.send('Emulation.setEmulatedMedia', { features: [{
	    name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
	await p.send('Emulation.setScriptExecutionDisabled',
	    { value: !script });
	await p.send('Network.setExtraHTTPHeaders', { headers });
	return p;
}

/* `dir` becomes its profile. */
async function
open(dir)
{
	const run = start('chromium', [...OPTIONS, `--user-data-dir=${dir}`,
	    'about:blank'], { env: { HOME: dir }, stdio: ['ignore', 'ignore',
	    'pipe', 'pipe', 'pipe'] });
	const wire = new Wire(run.child);

	run.child.stdio[3].on('error', () => {});
	await wire.send('Browser.getVersion').catch((e) => {
		throw new Error(`Chromium did not start: ${e.message} ` +
		    run.log.slice(-500));
	});
	return { page: (o) => page(wire, o),
	    close: async () => {
		await wire.send('Browser.close').catch(() => {});
		return run.stop();
	} };
}

module.exports = { HOST, open };
