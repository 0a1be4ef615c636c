package edge

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compressing what holds a secret beside what a stranger chose can give the secret away by its length (BREACH). That takes
// somebody who makes the owner's browser ask, again and again: the cross-site rule answers no such request. Nothing is
// compressed across answers, and event streams are not compressed at all.
const (
	// worthPacking is about what one network packet carries: less of it arrives no sooner.
	worthPacking = 1400
	// brotliLevel takes about a millisecond for 40 kB.
	brotliLevel = 4
	// packWindow bounds the memory of an encoder.
	packWindow = 512 << 10
)

// coding is a content coding.
type coding int

// The codings that are spoken, the most wanted first where the client has no preference. zstd is the quickest, but
// @whatwg-node/node-fetch, which graphql-codegen asks with, says that it takes it and falls over it where Node does not.
const (
	codedBrotli coding = iota
	codedZstd
	codedGzip
	codedPlain
)

// codings is how many codings a body may be kept in beside the plain one.
const codings = int(codedPlain)

// name is the coding as headers say it; the plain one has none to be said.
func (c coding) name() string {
	switch c {
	case codedZstd:
		return "zstd"
	case codedBrotli:
		return "br"
	case codedGzip:
		return "gzip"
	default:
		return "identity"
	}
}

// negotiateCoding reads the Accept-Encoding header. Whoever takes nothing of ours gets the body as it is.
func negotiateCoding(header []string) coding {
	best, quality := codedPlain, 0.0
	for candidate := range codedPlain {
		if wanted := codingQuality(header, candidate.name()); wanted > quality {
			best, quality = candidate, wanted
		}
	}
	return best
}

// codingQuality is how much the client wants a coding: by its name, else by the star.
func codingQuality(header []string, name string) float64 {
	quality, byName := 0.0, false
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			token, parameter, _ := strings.Cut(part, ";")
			token = strings.TrimSpace(token)
			switch {
			case strings.EqualFold(token, name):
				quality, byName = codingWeight(parameter), true
			case token == "*" && !byName:
				quality = codingWeight(parameter)
			}
		}
	}
	return quality
}

// codingWeight reads what follows a coding's name: nothing, or q=0.5.
func codingWeight(parameter string) float64 {
	name, text, given := strings.Cut(strings.TrimSpace(parameter), "=")
	if !given || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	quality, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(quality >= 0 && quality <= 1) {
		return 0
	}
	return quality
}

// packer compresses whole bodies. It is safe for concurrent use.
type packer struct {
	zstd    *zstd.Encoder
	brotlis sync.Pool
	gzips   sync.Pool
}

func newPacker() (*packer, error) {
	encoder, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(packWindow), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	return &packer{
		zstd:    encoder,
		brotlis: sync.Pool{New: func() any { return brotli.NewWriterLevel(io.Discard, brotliLevel) }},
		gzips:   sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }},
	}, nil
}

// pack returns the body in that coding, nil where that would not be shorter.
func (p *packer) pack(body []byte, in coding) []byte {
	var packed []byte
	switch in {
	case codedZstd:
		packed = p.zstd.EncodeAll(body, nil)
	case codedBrotli:
		packed = packWith(&p.brotlis, body)
	case codedGzip:
		packed = packWith(&p.gzips, body)
	}
	if len(packed) >= len(body) {
		return nil
	}
	return packed
}

// resettable is an encoder that can begin anew.
type resettable interface {
	io.WriteCloser
	Reset(io.Writer)
}

func packWith(pool *sync.Pool, body []byte) []byte {
	encoder := pool.Get().(resettable)
	defer pool.Put(encoder)
	var packed bytes.Buffer
	encoder.Reset(&packed)
	// A bytes.Buffer takes everything, so there is no error; a body cut short would be longer than none at all.
	if _, err := encoder.Write(body); err != nil || encoder.Close() != nil {
		return nil
	}
	return packed.Bytes()
}

// payload is a body in every coding that was asked for so far. It is safe for concurrent use.
type payload struct {
	plain  []byte
	packed [codings]struct {
		once sync.Once
		body []byte
	}
}

// as returns the body, and the coding that it is in: as wanted, or plain where packing is not worth it.
func (p *payload) as(wanted coding, packer *packer) ([]byte, coding) {
	if wanted == codedPlain || len(p.plain) < worthPacking {
		return p.plain, codedPlain
	}
	packed := &p.packed[wanted]
	packed.once.Do(func() { packed.body = packer.pack(p.plain, wanted) })
	if packed.body == nil {
		return p.plain, codedPlain
	}
	return packed.body, wanted
}
