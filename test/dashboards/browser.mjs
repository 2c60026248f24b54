// What the tests and pictures share: a server for the built dashboard, and Debian's Chromium.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const project = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
	'../../dashboards/evidence');

export async function serve() {
	const vite = createRequire(`${project}/`).resolve('vite/package.json');
	const { preview } = await import(pathToFileURL(path.join(path.dirname(vite), 'dist/node/index.js')));
	const server = await preview({
		root: project,
		logLevel: 'error',
		preview: { port: 0 }
	});
	const { port } = server.httpServer.address();
	return { address: `http://127.0.0.1:${port}`, close: () => server.httpServer.close() };
}

export const launch = () =>
	chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync']
	});

// Opens a page and waits until its charts have been drawn.
export async function open(context, address) {
	const page = await context.newPage();
	page.problems = [];
	page.on('pageerror', (error) => page.problems.push(error.message));
	page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
	page.on('request', (request) => {
		const url = new URL(request.url());
		if (!['data:', 'blob:'].includes(url.protocol) && url.hostname !== '127.0.0.1')
			page.problems.push(`asks ${url.host}`);
	});
	await page.goto(address);
	await settle(page);
	return page;
}

// Waits until the page has not changed for a second, for a minute at most.
async function settle(page) {
	await page.waitForSelector('article svg text', { timeout: 60000 });
	for (let before, tries = 0; tries < 60; tries++) {
		const now = await page.evaluate(() => document.querySelector('article').innerHTML);
		if (now === before) return;
		before = now;
		await page.waitForTimeout(1000);
	}
}
