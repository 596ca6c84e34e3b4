# Two stages: the first compiles a static binary (SQLite is C), the second holds it and nothing else.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ENV CGO_ENABLED=1 CGO_CFLAGS="-O2 -g0"
RUN --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -tags 'sqlite_omit_load_extension osusergo netgo' \
      -ldflags '-s -w -linkmode external -extldflags "-static"' -o /out/porchlight ./app \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/porchlight /porchlight
# SQLite sorts and copies in temporary files.
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["/porchlight", "healthcheck"]
ENTRYPOINT ["/porchlight"]
