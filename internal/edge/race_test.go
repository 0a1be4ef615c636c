//go:build race

package edge_test

// slowness is how many times longer everything takes than it would.
const slowness = 40
