// What people do with the pages, and what has to come of it.
import { settled } from './browser.mjs';

/** The interactions. Each gets a page and what takes a problem. */
export function interactions({ demo, activities }) {
  const dashboard = new URL('/', demo).href;
  const outdoors = new URL(`/activities/${activities.outdoors}`, demo).href;
  return [
    {
      name: 'units and theme outlive the visit',
      async run(page, report) {
        await page.goto(dashboard);
        await display(page, 'Miles');
        await page
          .getByText(/^[\d,.]+\smi$/)
          .first()
          .waitFor();
        await display(page, 'Dark');
        const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        const dark = await paper();
        await page.reload();
        await page
          .getByText(/^[\d,.]+\smi$/)
          .first()
          .waitFor();
        if ((await paper()) !== dark) report('the theme is forgotten');
        await page.goto(outdoors);
        await page.getByRole('columnheader', { name: 'mi', exact: true }).first().waitFor();
      },
    },
    {
      name: 'measures',
      async run(page, report) {
        await page.goto(dashboard);
        const figure = page.locator('.stretch .figure').first();
        const distance = await figure.innerText();
        await page.getByLabel('Climb', { exact: true }).check();
        if ((await figure.innerText()) === distance) report('the figures stay when the measure changes');
      },
    },
    {
      name: 'figures are those of the API',
      async run(page, report) {
        await page.goto(dashboard);
        for (const stretch of ['week', 'month', 'year']) {
          const card = page.locator('.stretch', {
            has: page.getByRole('heading', { name: `This ${stretch}`, exact: true }),
          });
          const shown = await card.innerText();
          const { now, before } = await distances(demo, stretch);
          const difference = Math.abs(now - before);
          for (const figure of [now, difference].map((meters) => kilometers(meters))) {
            if (!shown.includes(figure)) report(`the ${stretch} shows no ${figure}: ${shown}`);
          }
        }
      },
    },
    {
      name: 'keyboard alone',
      async run(page, report) {
        await page.goto(dashboard);
        const weeks = page.getByRole('slider', { name: /Weeks of a year/ });
        await weeks.waitFor();
        await page.keyboard.press('Tab');
        if ((await page.evaluate(() => document.activeElement.textContent)).trim() !== 'Skip to the content')
          report('no way past the header');
        await reach(page, weeks);
        const before = await weeks.getAttribute('aria-valuetext');
        await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('ArrowLeft');
        const after = await weeks.getAttribute('aria-valuetext');
        if (!before.startsWith('This week') || !after.startsWith('Week of'))
          report(`the weeks said "${before}", then "${after}"`);
      },
    },
    {
      name: 'goals',
      async run(page) {
        await page.goto(dashboard);
        await page.getByRole('button', { name: 'Change the goal for rides' }).click();
        await page.getByLabel('Kilometres this year').fill('1234');
        await page.keyboard.press('Enter');
        await page.getByText('of 1,234 km').waitFor();
        await page.reload();
        await page.getByText('of 1,234 km').waitFor();
      },
    },
    {
      name: 'older activities',
      async run(page, report) {
        await page.goto(dashboard);
        await page.getByRole('button', { name: 'Show older ones' }).click();
        await page.locator('.outing').nth(15).waitFor();
        const links = await page.locator('.outing').evaluateAll((all) => all.map(({ href }) => href));
        if (new Set(links).size !== links.length) report('an activity is listed twice');
        await page.locator('.outing').nth(15).click();
        await page.getByRole('link', { name: 'View on Strava' }).waitFor();
        await page.goBack();
        await page.locator('.outing').first().waitFor();
      },
    },
    {
      name: 'fetch again',
      async run(page) {
        await page.goto(dashboard);
        const answered = page.waitForResponse(
          (response) => response.request().postDataJSON()?.operationName === 'Sync',
        );
        await page.getByRole('button', { name: 'Fetch again' }).click();
        await answered;
        await page.getByRole('button', { name: 'Fetch again' }).waitFor();
      },
    },
    {
      name: 'live',
      async run(page) {
        const change = page.waitForRequest((request) => request.postDataJSON()?.operationName === 'Changes');
        let happen;
        const happened = new Promise((resolve) => (happen = resolve));
        await page.route('**/graphql', async (route) => {
          if (route.request().postDataJSON()?.operationName !== 'Changes') return route.fallback();
          await happened;
          return route.fulfill({
            contentType: 'text/event-stream',
            body: eventStream({ activityChanged: { kind: 'CREATED' } }),
          });
        });
        await page.goto(dashboard);
        await page.locator('.outing').first().waitFor();
        await change;
        await rename(page, 'Fresh from Strava');
        happen();
        await page.locator('.outing').first().getByText('Fresh from Strava').waitFor();
      },
    },
    {
      name: 'current when seen again',
      async run(page) {
        await page.goto(dashboard);
        await page.locator('.outing').first().waitFor();
        await rename(page, 'Fresh from Strava');
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
        await page.locator('.outing').first().getByText('Fresh from Strava').waitFor();
      },
    },
    {
      name: 'gateway gone while it is read',
      async run(page) {
        await page.goto(dashboard);
        await page.locator('.outing').first().waitFor();
        await settled(page);
        await page.route('**/graphql', (route) => route.abort());
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
        await page.getByText('The gateway does not answer.').first().waitFor();
        await page.locator('.outing').first().waitFor();
        await page.getByRole('heading', { name: 'This year', exact: true }).waitFor();
      },
    },
    {
      name: 'try again',
      async run(page) {
        await page.route('**/graphql', (route) => route.abort());
        await page.goto(dashboard);
        await page.getByText('The gateway does not answer.').first().waitFor();
        await page.unroute('**/graphql');
        await page.getByRole('button', { name: 'Try again' }).first().click();
        await page.getByRole('heading', { name: 'Latest activities' }).waitFor();
      },
    },
    {
      name: 'along the way',
      async run(page, report) {
        await page.goto(outdoors);
        const elevation = page.getByRole('slider', { name: 'Elevation along the way' });
        await elevation.hover();
        await page.locator('.route .mark').waitFor();
        if (!/ at [\d.]+\skm$/.test(await elevation.getAttribute('aria-valuetext')))
          report('the chart does not say what is under the pointer');
      },
    },
    {
      name: 'reduced motion',
      options: { reducedMotion: 'reduce' },
      async run(page, report) {
        await page.route('**/graphql', () => {});
        await page.goto(dashboard);
        await page.getByText('Loading').first().waitFor();
        if ((await page.evaluate(() => document.getAnimations().length)) > 0) report('something moves');
      },
    },
    {
      name: 'German numbers',
      options: { locale: 'de-DE' },
      async run(page) {
        await page.goto(dashboard);
        await page.getByText(`${activities.count.toLocaleString('de-DE')} activities`).waitFor();
      },
    },
  ];
}

/** What was covered in the stretch that goes on, and in the one before by the same day of it, by the filter of dates. */
async function distances(gateway, stretch) {
  // The gateway's own today, which need not be this machine's.
  const { stats } = await ask(gateway, '{ stats { periods(by: DAY, last: 1) { start } } }');
  const today = new Date(`${stats.periods[0].start}T00:00`);
  const start = startOf(today, stretch);
  const startBefore = startOf(addDays(start, -1), stretch);
  const sameDay = addDays(startBefore, Math.round((today - start) / 86_400_000));
  const byNow = sameDay < start ? sameDay : addDays(start, -1); // Not every month has a 31st.
  const query = `query ($from: Date, $to: Date, $fromBefore: Date, $toBefore: Date) {
    now: stats(filter: { dates: { from: $from, to: $to } }) { totals { distance } }
    before: stats(filter: { dates: { from: $fromBefore, to: $toBefore } }) { totals { distance } }
  }`;
  const variables = {
    from: isoDate(start),
    to: isoDate(today),
    fromBefore: isoDate(startBefore),
    toBefore: isoDate(byNow),
  };
  const { now, before } = await ask(gateway, query, variables);
  return { now: now.totals.distance, before: before.totals.distance };
}

async function ask(gateway, query, variables) {
  const response = await fetch(new URL('/graphql', gateway), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = await response.json();
  return data;
}

function startOf(date, stretch) {
  switch (stretch) {
    case 'week':
      return addDays(date, -((date.getDay() + 6) % 7));
    case 'month':
      return new Date(date.getFullYear(), date.getMonth(), 1);
    default:
      return new Date(date.getFullYear(), 0, 1);
  }
}

function addDays(date, days) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
}

function isoDate(date) {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}

function kilometers(meters) {
  const digits = meters < 100_000 ? 1 : 0;
  return (meters / 1000).toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** One event of a subscription that ends after it. */
function eventStream(data) {
  return `event: next\ndata: ${JSON.stringify({ data })}\n\nevent: complete\n\n`;
}

/** From now on the newest activity has another name. */
function rename(page, name) {
  return page.route('**/graphql', async (route) => {
    if (route.request().postDataJSON()?.operationName !== 'Latest') return route.fallback();
    const response = await route.fetch();
    const answer = await response.json();
    answer.data.activities.nodes[0].name = name;
    return route.fulfill({ response, json: answer });
  });
}

/** Chooses how things are shown. */
async function display(page, option) {
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByLabel(option, { exact: true }).check();
  await page.keyboard.press('Escape');
}

/** Goes to an element by the Tab key. */
async function reach(page, element) {
  for (let step = 0; step < 40; step += 1) {
    if (await element.evaluate((target) => target === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not lead there');
}
