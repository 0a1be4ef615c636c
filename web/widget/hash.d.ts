/** The hexadecimal SHA-256 of a document's text, by which a gateway knows it. */
declare module '*.graphql?hash' {
  const hash: string;
  export default hash;
}
