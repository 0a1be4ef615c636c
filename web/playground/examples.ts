import athlete from './examples/athlete.graphql?raw';
import site from './examples/site.graphql?raw';
import status from './examples/status.graphql?raw';
import weeks from './examples/weeks.graphql?raw';

/** What one tab of the playground starts with; both are text, as a user would type it. */
export interface Example {
  query: string;
  variables?: string;
}

/** The tabs of a first visit, in their order. `today` is the visitor's own date. */
export function examples(today: Date): Example[] {
  const from = `${today.getFullYear()}-01-01`;
  return [
    { query: site },
    { query: athlete },
    { query: weeks, variables: JSON.stringify({ from }, null, 2) },
    { query: status },
  ];
}
