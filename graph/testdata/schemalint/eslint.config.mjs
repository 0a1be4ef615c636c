// graphql-eslint's rules for schemas and for Relay. All of them are on, but for these:
import graphql from '@graphql-eslint/eslint-plugin'

const departures = {
  // A description stands on one line where it fits, and only a longer one in a block. The rule knows one style for all.
  '@graphql-eslint/description-style': 'off',

  // Most types are values without an identity: sums, samples, units, pages. What has one implements Node, with an `id`.
  '@graphql-eslint/strict-id-in-types': 'off',

  // Lists of small things that come whole (laps, zones, samples) are plain lists: paging them would only cost clicks.
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],

  // Strava pages comments, kudos, routes and starred segments forwards only, and so do their connections.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
}

export default [
  {
    files: ['**/*.graphqls'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema/*.graphqls' } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      ...departures,
    },
  },
  {
    // Strava has no address for a single comment or kudo, so neither can be found again by an id, as a Node could.
    files: ['**/applause.graphqls'],
    rules: {
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
    },
  },
]
