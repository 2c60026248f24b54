// evidence.picture.mjs FILE: write a PNG of the first page of the built dashboard, as it looks when
// it is opened.
import { launch, open, serve } from './browser.mjs';

const server = await serve();
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 1080 } });
const page = await open(context, server.address);
await page.screenshot({ path: process.argv[2] });
await browser.close();
server.close();
