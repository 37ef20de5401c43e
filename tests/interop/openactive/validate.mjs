// OpenActive's own validators over running feeds. One JSON object on standard output:
//   node validate.mjs feeds URL…   what @openactive/rpde-validator finds, walking each feed to its end
//   node validate.mjs items URL…   what @openactive/data-model-validator finds in every item of each feed
//   node validate.mjs messages     the same of what standard input lists, each in a mode of Open Booking
//   node validate.mjs examples     the examples of opportunities that @openactive/data-models publishes
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { getExamplesWithContent } = require('@openactive/data-models');
const { validate } = require('@openactive/data-model-validator');
const JsonLoader = require('@openactive/data-model-validator/src/helpers/json-loader');
const { RpdeValidator } = require('@openactive/rpde-validator');

const ACTIVITY_LIST = 'https://openactive.io/activity-list';

// The validator holds activities against the published list, which it would fetch: it gets ours as if it had.
async function rememberActivityList() {
  const directory = mkdtempSync(join(tmpdir(), 'activity-list-'));
  const name = createHash('sha256').update(ACTIVITY_LIST).digest('hex');
  const data = JSON.parse(readFileSync(new URL('activity-list.json', import.meta.url), 'utf8'));
  writeFileSync(
    join(directory, `${name}.json`),
    JSON.stringify({ errorCode: JsonLoader.ERROR_NONE, statusCode: 200, data, fetchTime: Date.now() }),
  );
  const options = { loadRemoteJson: true, remoteJsonCachePath: directory, remoteJsonCacheTimeToLive: 3600 };
  await JsonLoader.getFile(ACTIVITY_LIST, options);
  rmSync(directory, { recursive: true });
}

// A finding as often as it is made, by where it is within an item: positions in lists do not count.
function tally(findings) {
  const counts = new Map();
  for (const { severity, type, path, message } of findings) {
    const where = String(path ?? '').replace(/\[\d+\]/g, '[]');
    const key = JSON.stringify([severity, type, where, message]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => {
    const [severity, type, path, message] = JSON.parse(key);
    return { severity, type, path, message, count };
  });
}

async function walk(url) {
  const log = await RpdeValidator(url, { pageLimit: 1000 });
  return { count: log.pages.length, findings: tally(log.pages.flatMap((page) => page.errors)) };
}

async function read(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

async function examine(url) {
  let count = 0;
  const findings = [];
  for (let page = await read(url); page.items.length; page = await read(page.next)) {
    for (const { data } of page.items.filter((item) => item.state === 'updated')) {
      count += 1;
      findings.push(...(await validate(data, { validationMode: 'BookableRPDEFeed' })));
    }
  }
  return { count, findings: tally(findings) };
}

async function judge() {
  await rememberActivityList();
  const found = [];
  for (const { data, mode } of JSON.parse(readFileSync(0, 'utf8'))) {
    found.push(tally(await validate(data, { validationMode: mode })));
  }
  return found;
}

async function each(urls, make) {
  await rememberActivityList();
  const found = {};
  for (const url of urls) found[url] = await make(url);
  return found;
}

const [command, ...urls] = process.argv.slice(2);
const commands = {
  feeds: () => each(urls, walk),
  items: () => each(urls, examine),
  messages: judge,
  examples: () =>
    getExamplesWithContent('2.x')
      .filter(({ category }) => category.startsWith('Opportunity Data'))
      .map(({ file, data }) => ({ file, data })),
};
process.stdout.write(JSON.stringify(await commands[command]()));
