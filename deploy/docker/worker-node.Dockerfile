# The image of a Node deployment. The deployer renders this template: the block "dependencies" stays only when package.json asks for
# packages. Order: what changes least comes first, so that a new version of the code reuses the layers before it.
# Build context: runtime/ (the worker's own code) and bundle/ (the code of the deployment).
ARG BASE_IMAGE=node:22-slim
FROM ${BASE_IMAGE}
ENV NODE_ENV=production LANG=C.UTF-8 HOME=/tmp TASKSMITH_BUNDLE_DIR=/app
COPY runtime/ /opt/tasksmith/
# begin dependencies
COPY bundle/package*.json /app/
RUN cd /app && npm install --omit=dev --ignore-scripts --no-audit --no-fund --no-progress
# end dependencies
COPY bundle/ /app/
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["node", "--enable-source-maps", "/opt/tasksmith/worker.mjs"]
