// OpenActive's own validators over running feeds. One JSON object on standard output:
//   node validate.mjs feeds URL…   what @openactive/rpde-validator finds, walking each feed to its end
//   node validate.mjs items URL…   what @openactive/data-model-validator finds in every item of each feed
//   node validate.mjs examples     the published examples of @openactive/data-models
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { getExamplesWithContent } = require('@openactive/data-models');
const { RpdeValidator } = require('@openactive/rpde-validator');
const { validate } = require('@openactive/data-model-validator');

// A finding as often as it is made, by where it is within an item: positions in lists do not count.
function tally(findings) {
  const counts = new Map();
  for (const { severity, type, path, message } of findings) {
    const where = String(path ?? '').replace(/^\$\.items\[\d+\]\.data/, '$').replace(/\[\d+\]/g, '[]');
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
  return { pages: log.pages.length, findings: tally(log.pages.flatMap((page) => page.errors)) };
}

async function read(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

async function examine(url) {
  let items = 0;
  const findings = [];
  for (let page = await read(url); page.items.length; page = await read(page.next)) {
    items += page.items.filter((item) => item.state === 'updated').length;
    findings.push(...(await validate(page, { validationMode: 'BookableRPDEFeed' })));
  }
  return { items, findings: tally(findings) };
}

async function each(urls, make) {
  const found = {};
  for (const url of urls) found[url] = await make(url);
  return found;
}

const [command, ...urls] = process.argv.slice(2);
const commands = {
  feeds: () => each(urls, walk),
  items: () => each(urls, examine),
  examples: () => getExamplesWithContent('2.x').map(({ category, file, data }) => ({ category, file, data })),
};
process.stdout.write(JSON.stringify(await commands[command]()));
