//go:build race

package graph_test

// slowness is how many times longer everything takes than it would.
const slowness = 10
