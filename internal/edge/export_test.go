package edge

// What the tests of this package see of its inside.
var (
	GuessSource = guessSource
	LocalPath   = localPath
)
