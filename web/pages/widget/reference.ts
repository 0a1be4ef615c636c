/** One use of the widget, as a site would write it. */
export interface Example {
  title: string;
  text: string;
  html: string;
  /** What the ground that it stands on looks like, if not like the page. */
  className?: string;
}

/** What the page shows, all of it live. */
export const examples: readonly Example[] = [
  {
    title: 'Latest activity',
    text: 'The newest of a sport, or of all of them without the attribute.',
    html: '<domestique-latest sport="ride">\n  <a href="https://www.strava.com">My rides</a>\n</domestique-latest>',
  },
  {
    title: 'The year against a target',
    text: 'The mark on the bar is where an even pace would be today.',
    html:
      '<domestique-year sport="ride" target="6000"\n  label="Rides this year"></domestique-year>\n' +
      '<domestique-year sport="run" target="1500"\n  label="Runs this year"></domestique-year>',
    className: 'stacked',
  },
  {
    title: 'Heatmap',
    text: 'A square for each day, the darker the longer. Hover one to read it.',
    html: '<domestique-heatmap weeks="26"></domestique-heatmap>',
  },
  {
    title: 'In miles, without the photo',
    text: 'Units follow the reader’s country, unless the attribute says otherwise.',
    html: '<domestique-latest sport="run" units="imperial"\n  photo="none"></domestique-latest>',
  },
  {
    title: 'In your own colours',
    text: 'Set the variables on the element, or on anything around it.',
    html: '<domestique-year sport="run" target="1500"></domestique-year>\n<domestique-heatmap sport="run" weeks="16"></domestique-heatmap>',
    className: 'stacked dusk',
  },
];

/** Name, where it counts, what it says. */
export const attributes = [
  ['sport', 'all', 'ride, run, swim, walk, winter, water, racket, ball, gym, other; several, comma separated. All without it.'],
  ['units', 'latest, year', 'metric or imperial. Else those of the country in the page’s lang, or of the reader’s where it names none.'],
  ['photo', 'latest', 'none leaves the picture out.'],
  ['target', 'year', 'Kilometres or miles to cover this year. Without it only the total is shown.'],
  ['weeks', 'heatmap', 'How far back, up to 106. 26 without it.'],
  ['week-start', 'heatmap', 'sunday, or monday without it.'],
  ['label', 'year, heatmap', 'Words of your own.'],
  ['gateway', 'all', 'The address of another gateway than the one that the script came from, such as https://gateway.example/.'],
] as const;

/** Name, default, what it is for. */
export const variables = [
  ['--domestique-accent', 'teal', 'Bars and squares'],
  ['--domestique-ink', 'the text’s colour', 'Text'],
  ['--domestique-faint', 'three quarters of it', 'Lesser text'],
  ['--domestique-line', 'a sixth of it', 'The ground of bars, days of rest'],
  ['--domestique-font', 'the text’s font', 'All text'],
  ['--domestique-gap', '0.75em', 'Between picture and text'],
  ['--domestique-radius', '6px', 'The picture’s corners'],
] as const;
