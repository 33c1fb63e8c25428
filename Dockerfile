# One image for every role. As an edge it is run like the original collector:
#
#   docker build -t hashinsight-collector .
#   docker run -d --name collector \
#     -v $(pwd)/collector_config.json:/app/collector_config.json \
#     -v $(pwd)/cache:/app/cache \
#     hashinsight-collector
FROM node:24-bookworm-slim AS build
WORKDIR /opt/banksman
COPY . .
RUN npm ci --no-audit --no-fund && npm run build --if-present && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
# Cameras: all but HLS that is played as it comes goes through ffmpeg.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/banksman /opt/banksman
# The working directory holds only what is mounted: collector_config.json and cache.
WORKDIR /app
# Root, as the original image was: a mounted ./cache of any owner can be written. With --user, give that user the folder.
RUN mkdir -p /app/cache
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/banksman/cli/banksman.js"]
CMD ["edge"]
