//go:build tools || generate

// go.mod is the list of tools (its tool directive), this file is the command that runs them:
//
//	go generate .
//
// The blank import keeps the version that go.mod requires in step with the generator's.
package main

//go:generate go tool gqlgen generate

import _ "github.com/99designs/gqlgen"
