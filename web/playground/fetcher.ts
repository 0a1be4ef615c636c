import type { Fetcher } from '@graphiql/toolkit';
import { GraphQLError } from 'graphql';

const endpoint = '/graphql';

/**
 * Posts one operation to the gateway that served this page.
 *
 * What stands in the headers tab is sent too, but cannot replace the two headers that tell the gateway that no other
 * site made this browser ask: a JSON content type and `GraphQL-Require-Preflight`.
 */
export const fetcher: Fetcher = async (operation, options) => {
  const headers = new Headers(options?.headers);
  headers.set('Accept', 'application/graphql-response+json, application/json');
  headers.set('Content-Type', 'application/json');
  headers.set('GraphQL-Require-Preflight', '1');

  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(operation) });
  if (!isJSON(response)) {
    // A proxy's error page, say. Its status is what helps; its markup is not.
    const answered = `${response.status} ${response.statusText}`.trim();
    return { errors: [new GraphQLError(`The answer was ${answered}, without a GraphQL response.`)] };
  }
  return response.json();
};

function isJSON(response: Response): boolean {
  const type = response.headers.get('Content-Type') ?? '';
  return /^application\/(graphql-response\+)?json\b/i.test(type);
}
