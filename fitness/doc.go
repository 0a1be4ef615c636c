// Package fitness is the domain: an athlete, their activities, and the sums and series over them, and [Service], which
// answers for all of it.
//
// The types carry the names and the meaning of the public schema, so that a resolver has nothing to translate: a
// quantity with a unit argument is a method with that argument, an enum's constants are its words on the wire, and a
// value that may be missing is a pointer. Everything that computes (filters, pages, statistics) is a pure function of
// a slice of activities; only Service, its history and its caches know a clock or Strava.
//
// What Strava sends becomes domain types in the convert files, and what Strava and the token manager refuse becomes an
// [*Error] in errors.go. Nothing above this package needs to know either of them. The package knows nothing of GraphQL
// or HTTP.
package fitness
