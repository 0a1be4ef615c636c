// Runs the audits of GraphQL over HTTP (https://github.com/graphql/graphql-http#audits) against a running gateway:
//
//   node audit.mjs URL BEARER
//
// and prints one JSON object: how many there were, and those that are not ok with their reasons.
import { auditServer } from 'graphql-http';

const [url, bearer] = process.argv.slice(2);
const results = await auditServer({
  url: new URL('/graphql', url).href,
  fetchFn: (address, init = {}) =>
    fetch(address, { ...init, headers: { ...init.headers, Authorization: `Bearer ${bearer}` } }),
});
const problems = results
  .filter(({ status }) => status !== 'ok')
  .map(({ id, name, status, reason }) => `${id} ${status}: ${name}: ${reason}`);
console.log(JSON.stringify({ audits: results.length, problems }));
