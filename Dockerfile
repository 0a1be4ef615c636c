# syntax=docker/dockerfile:1

# Both bases are pinned by tag, not by digest: security fixes of Go and of the certificates arrive by rebuilding. The digests
# that a build really used stand in its provenance (.github/workflows/image.yml). To pin one, append @sha256:... to its name.
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev
# The base below has the time zones, hence the tag.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -tags systemzones -ldflags "-s -w -X main.version=${VERSION:-dev}" -o /out/domestique . && \
    mkdir /out/data

# Certificates, time zones and the user 65532, without a shell.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev REVISION=
LABEL org.opencontainers.image.title="Domestique" \
      org.opencontainers.image.description="A GraphQL gateway for your own fitness data on Strava" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION:-dev}" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian12:nonroot"
COPY --from=build /out/domestique /usr/local/bin/domestique
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV ADDR=:8080 DATA_DIR=/data
EXPOSE 8080
VOLUME /data
STOPSIGNAL SIGTERM
# Container Apps ignores it and has its own probes; Docker and Compose use it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/local/bin/domestique", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/domestique"]
