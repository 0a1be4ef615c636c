import athlete from './examples/athlete.graphql?raw';
import changes from './examples/changes.graphql?raw';
import chart from './examples/chart.graphql?raw';
import gear from './examples/gear.graphql?raw';
import map from './examples/map.graphql?raw';
import records from './examples/records.graphql?raw';
import run from './examples/run.graphql?raw';
import site from './examples/site.graphql?raw';
import status from './examples/status.graphql?raw';
import weeks from './examples/weeks.graphql?raw';

/** Something good to start from; query and variables are text, as a user would type them. */
export interface Example {
  title: string;
  query: string;
  variables?: string;
}

/** All of them, in the order of the menu. `today` is the visitor's own date. */
export function examples(today: Date): Example[] {
  return [
    { title: 'A home page in one query', query: site },
    { title: 'Who is connected', query: athlete },
    { title: 'The year, week by week', query: weeks, variables: asText({ from: `${today.getFullYear()}-01-01` }) },
    { title: 'How the gateway is doing', query: status },
    { title: 'A run, kilometre by kilometre', query: run },
    { title: 'A chart of height and heart rate', query: chart, variables: asText({ points: 100 }) },
    { title: 'Outlines of the latest routes', query: map },
    { title: 'Records and streaks', query: records },
    { title: 'What the gear has done', query: gear },
    { title: 'Changes as they happen', query: changes },
  ];
}

/** How many of them a first visit finds in tabs. */
export const tabs = 4;

function asText(variables: object): string {
  return JSON.stringify(variables, null, 2);
}
