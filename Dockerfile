# VisionConnect in a container: docker build -t visionconnect . && docker run -p 8000:8000 -v visionconnect:/data visionconnect
FROM debian:12-slim AS build
WORKDIR /src
COPY deploy/packages.sh deploy/
RUN apt-get update -qq && bash -c '. deploy/packages.sh && \
    apt-get install -y -qq --no-install-recommends "${build_packages[@]}"'
COPY . .
RUN cmake --preset release && cmake --build --preset release --target visionconnect

FROM debian:12-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        libmicrohttpd12 libwebsockets17 libwebsockets-evlib-uv libuv1 libsqlite3-0 libmongoc-1.0-0 libjansson4 libjwt0 libargon2-1 \
        libssl3 libqrencode4 libpng16-16 zlib1g && \
    rm -rf /var/lib/apt/lists/* && useradd --system --home-dir /data visionconnect && install -d -o visionconnect /data
COPY --from=build /src/build/release/service/visionconnect /usr/local/bin/
USER visionconnect
ENV DATA_DIR=/data PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["visionconnect", "healthcheck"]
ENTRYPOINT ["visionconnect"]
CMD ["serve"]
