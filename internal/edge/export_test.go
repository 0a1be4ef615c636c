package edge

// What the tests of this package see of its inside.
var (
	GuessSource = guessSource
	LocalPath   = localPath
)

// KeptBytes is how many bytes are counted for answers that are kept.
func KeptBytes(g *Gateway) int {
	g.finished.mu.Lock()
	defer g.finished.mu.Unlock()
	return g.finished.bytes
}
