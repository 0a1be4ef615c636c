// The states that the pages can be in, and how each of them comes about.

const hour = 3_600_000;

/**
 * The states. Each has an address, a text that tells that it is there, and, where it does not come about by itself, what
 * has to be prepared.
 */
export function statesOf({ demo, fresh, key, activities }) {
  const dashboard = new URL('/', demo).href;
  const outdoors = new URL(`/activities/${activities.outdoors}`, demo).href;
  return [
    { name: 'demo', url: dashboard, text: 'Show older ones' },
    { name: 'outdoors', url: outdoors, text: 'Splits' },
    { name: 'indoors', url: new URL(`/activities/${activities.indoors}`, demo).href, text: 'Moving time' },
    { name: 'no such activity', url: new URL('/activities/1', demo).href, text: 'No such activity' },
    { name: 'signed out', url: new URL('/', fresh).href, text: 'Sign in' },
    { name: 'activity, signed out', url: new URL('/activities/1', fresh).href, text: 'You are signed out.' },
    {
      name: 'not connected',
      url: new URL('/', fresh).href,
      text: 'Connect your Strava account',
      prepare: (page) => signIn(page, fresh, key),
    },
    { name: 'widget', url: new URL('/widget/', demo).href, text: 'ahead of an even pace' },
    { name: 'loading', url: dashboard, text: 'Loading', prepare: (page) => page.route('**/graphql', () => {}) },
    {
      name: 'gateway away',
      url: dashboard,
      text: 'The gateway does not answer.',
      prepare: (page) => page.route('**/graphql', (route) => route.abort()),
    },
    {
      name: 'proxy in the way',
      url: dashboard,
      text: 'The gateway does not answer.',
      prepare: (page) =>
        page.route('**/graphql', (route) =>
          route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }),
        ),
    },
    {
      name: 'empty',
      url: dashboard,
      text: 'No activities yet',
      prepare: changed({ Dashboard: ({ data }) => (data.stats.totals.count = 0) }),
    },
    {
      name: 'first week',
      url: dashboard,
      text: '3 activities since',
      prepare: changed({
        Dashboard({ data }) {
          data.stats.totals.count = 3;
          data.stats.days = data.stats.days.slice(-4);
          for (const sport of [data.ride, data.run, data.swim, data.walk, data.winter, data.other])
            sport.weeks = sport.weeks.slice(-1);
          Object.assign(data.swim, { totals: { count: 0 }, weeks: [], records: nothing(data.swim.records) });
        },
        Latest: ({ data }) =>
          (data.activities = {
            ...data.activities,
            nodes: data.activities.nodes.slice(0, 3),
            pageInfo: { hasNextPage: false, endCursor: null },
          }),
      }),
    },
    {
      name: 'filling',
      url: dashboard,
      text: 'Your history is being fetched.',
      prepare: changed({
        Dashboard: ({ data }) => Object.assign(data.status.mirror, { complete: false, activities: 400 }),
      }),
    },
    {
      name: 'stale',
      url: dashboard,
      text: '5 hours ago',
      prepare: changed({
        Dashboard: ({ data }) => (data.status.mirror.syncedAt = new Date(Date.now() - 5 * hour).toISOString()),
      }),
    },
    {
      name: 'needs consent',
      url: dashboard,
      text: 'Look after the connection',
      prepare: changed({
        Dashboard: ({ data }) =>
          Object.assign(data.status, {
            demo: false,
            connection: 'NEEDS_CONSENT',
            hint: 'Connect again: the grant was revoked.',
          }),
      }),
    },
    {
      name: 'rate limited',
      url: outdoors,
      text: 'Strava’s quota is used up',
      prepare: changed({ Detail: refuse('RATE_LIMITED', { retryAt: new Date(Date.now() + hour / 4).toISOString() }) }),
    },
    {
      name: 'Strava away',
      url: outdoors,
      text: 'Strava does not answer.',
      prepare: changed({ Detail: refuse('UPSTREAM_UNAVAILABLE') }),
    },
    {
      name: 'broken',
      url: outdoors,
      text: 'Something went wrong.',
      prepare: changed({ Detail: refuse('INTERNAL_SERVER_ERROR') }),
    },
    {
      name: 'public part',
      url: dashboard,
      text: 'Latest activities',
      prepare: changed({
        Dashboard: (answer) => {
          answer.data.athlete.bikes = answer.data.athlete.shoes = null;
          answer.errors = [
            { message: 'Only the owner may see this.', path: ['athlete', 'bikes'], extensions: { code: 'FORBIDDEN' } },
          ];
        },
      }),
    },
  ];
}

/** Prepares a page whose answers are changed on their way, by the names of the operations. */
function changed(changes) {
  return (page) =>
    page.route('**/graphql', async (route) => {
      const change = changes[route.request().postDataJSON()?.operationName];
      if (!change) return route.continue();
      const response = await route.fetch();
      const answer = await response.json();
      change(answer);
      return route.fulfill({ response, json: answer });
    });
}

/** A change after which every part that costs a call is missing, for the same reason. */
function refuse(code, extensions = {}) {
  return (answer) => {
    const { stravaId, ...parts } = answer.data.activity;
    answer.errors = Object.keys(parts).map((part) => ({
      message: 'What Strava answered, in words.',
      path: ['activity', part],
      extensions: { code, ...extensions },
    }));
    answer.data.activity = { ...nothing(parts), stravaId };
  };
}

function nothing(fields) {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
}

async function signIn(page, gateway, key) {
  await page.goto(new URL('/login?next=/', gateway).href);
  await page.getByLabel("Owner's key").fill(key);
  await page.keyboard.press('Enter');
  await page.waitForURL(new URL('/', gateway).href);
}
