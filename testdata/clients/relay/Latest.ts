// What relay-compiler reads: a page of a connection, with a fragment that can be refetched by its node, and a subscription
// to it.
declare function graphql(text: TemplateStringsArray): unknown;

export const query = graphql`
  query LatestQuery($first: Int!, $after: String) {
    ...Latest_page @arguments(first: $first, after: $after)
  }
`;

export const page = graphql`
  fragment Latest_page on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "LatestPageQuery") {
    activities(first: $first, after: $after) @connection(key: "Latest_activities") {
      edges {
        node {
          id
          name
          distance
          ...Latest_photo
        }
      }
    }
  }
`;

export const photo = graphql`
  fragment Latest_photo on Activity @refetchable(queryName: "LatestPhotoQuery") {
    primaryPhoto {
      url
    }
  }
`;

export const changes = graphql`
  subscription LatestSubscription {
    activityChanged {
      kind
      id
      activity {
        ...Latest_photo
      }
    }
  }
`;
