# syntax=docker/dockerfile:1
# One image for every role: the binary, and the Python runner that the code worker loads.
# The runner is machine code for the processor that builds it: build the image on the kind of machine that
# runs it, or run scripts/sandbox.sh there and mount the result over /opt/aipaygen/sandbox.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    scripts/setup.sh \
    && scripts/sandbox.sh \
    && cargo build --locked --release \
    && mkdir -p /out/sandbox \
    && cp target/release/aipaygen /out/ \
    && cp target/sandbox/runner.cwasm target/sandbox/runner.cwasm.sha256 /out/sandbox/

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin aipaygen \
    && install -d -o aipaygen -g aipaygen -m 0700 /var/lib/aipaygen
COPY --from=build /out/aipaygen /usr/local/bin/aipaygen
COPY --from=build /out/sandbox /opt/aipaygen/sandbox
ENV AIPAYGEN_DATA_DIR=/var/lib/aipaygen \
    AIPAYGEN_CODE__RUNNER=/opt/aipaygen/sandbox/runner.cwasm
USER aipaygen
EXPOSE 8402
ENTRYPOINT ["/usr/local/bin/aipaygen"]
CMD ["serve"]
