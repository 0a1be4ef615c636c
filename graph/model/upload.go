package model

import (
	"io"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
)

// MarshalUpload writes nothing: a file only ever comes in.
func MarshalUpload(fitness.TrackFile) graphql.Marshaler { return graphql.Null }

// UnmarshalUpload reads what the multipart transport puts in the place of a file. Its name is left out: what the file is
// follows from its content.
func UnmarshalUpload(v any) (fitness.TrackFile, error) {
	upload, _ := v.(graphql.Upload)
	content, ok := upload.File.(io.ReaderAt)
	if !ok {
		return fitness.TrackFile{}, badInput("Send the file in a multipart request, with null in its place in the variables: " +
			"https://github.com/jaydenseric/graphql-multipart-request-spec.")
	}
	return fitness.TrackFile{Content: content, Size: upload.Size}, nil
}
