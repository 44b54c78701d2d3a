# One image for every service; the command chooses which: `node dist/apps/<service>/main.js`.
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /tasksmith
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="tasksmith" \
      org.opencontainers.image.description="AI agents write tasks; Tasksmith builds, isolates, tests, registers and runs them." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production HEALTH_HOST=0.0.0.0 HEALTH_PORT=8080
WORKDIR /tasksmith
COPY --from=build /tasksmith/package.json ./
COPY --from=build /tasksmith/node_modules ./node_modules
COPY --from=build /tasksmith/dist ./dist
# Numeric, so that a cluster can see that it is not root.
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/gateway/main.js"]
