// How each base image is made from Debian: the part of the official image's behaviour that Tasksmith's Dockerfiles and compose file use.
import { dirname, join } from 'node:path';

export const debian = 'debian:bookworm-slim';

const python = process.env.TASKSMITH_PYTHON_IMAGE ?? 'python:3.12-slim';
const node = process.env.TASKSMITH_NODE_IMAGE ?? 'node:22-slim';
const npm = join(dirname(process.execPath), '../lib/node_modules/npm');
/** So that builds in these images trust what this machine trusts. */
const trust = { 'ca-certificates.crt': '/etc/ssl/certs/ca-certificates.crt' };

const install = (packages, then = 'true') =>
  `RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages} > /dev/null \\
 && ${then} \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*`;

/** The slowest first. Each: `image`; `dockerfile`; `files` by name with their content; `copies` by name with where they lie on this machine. */
export const recipes = [
  { image: debian },
  {
    image: python,
    copies: trust,
    // Without EXTERNALLY-MANAGED, pip installs into the system's Python, as it does in the official image.
    dockerfile: `FROM ${debian}
${install('python3 python3-pip python3-venv', 'ln -s python3 /usr/bin/python && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED')}
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV LANG=C.UTF-8
CMD ["python3"]
`,
  },
  {
    image: 'postgres:17',
    files: { 'docker-entrypoint.sh': postgresEntrypoint() },
    dockerfile: `FROM ${debian}
RUN mkdir -p /etc/postgresql-common /docker-entrypoint-initdb.d && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
${install('postgresql', 'ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ && mkdir -p /var/run/postgresql && chmod 3777 /var/run/postgresql')}
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENV LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
`,
  },
  {
    image: node,
    copies: { ...trust, node: process.execPath, npm },
    dockerfile: `FROM ${debian}
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node \\
 && node --version
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
`,
  },
  {
    image: 'redis:7',
    files: { 'docker-entrypoint.sh': redisEntrypoint() },
    dockerfile: `FROM ${debian}
${install('redis-server', 'mkdir -p /data && chown redis:redis /data')}
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /data
WORKDIR /data
EXPOSE 6379
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["redis-server"]
`,
  },
  {
    image: 'nats:2',
    files: { 'docker-entrypoint.sh': natsEntrypoint() },
    dockerfile: `FROM ${debian}
${install('nats-server')}
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
EXPOSE 4222 8222 6222
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["-m", "8222"]
`,
  },
];

/** POSTGRES_USER, POSTGRES_PASSWORD (or _FILE), POSTGRES_DB, POSTGRES_INITDB_ARGS and /docker-entrypoint-initdb.d, as in the official image. */
function postgresEntrypoint() {
  return `#!/bin/bash
set -euo pipefail
case "\${1:-postgres}" in -*) set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user="\${POSTGRES_USER:-postgres}"
  database="\${POSTGRES_DB:-$user}"
  password="\${POSTGRES_PASSWORD:-}"
  if [ -n "\${POSTGRES_PASSWORD_FILE:-}" ]; then password="$(cat "$POSTGRES_PASSWORD_FILE")"; fi
  if [ -z "$password" ]; then echo 'POSTGRES_PASSWORD is not set' >&2; exit 1; fi
  initdb --username="$user" --pwfile=<(printf '%s\\n' "$password") --auth-local=trust --auth-host=scram-sha-256 \${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"

  # Set up over the socket only, so that nobody connects before everything is there.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  if [ "$database" != postgres ]; then psql -v ON_ERROR_STOP=1 -U "$user" -d postgres -c "create database \\"$database\\""; fi
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) POSTGRES_USER="$user" POSTGRES_DB="$database" bash "$file" ;;
      *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$file" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
`;
}

/** The official image has protected mode off, since a container is reached from others by definition. */
function redisEntrypoint() {
  return `#!/bin/bash
set -euo pipefail
case "\${1:-redis-server}" in -* | *.conf) set -- redis-server "$@" ;; esac
[ "$1" = redis-server ] || exec "$@"
case "$*" in *protected-mode*) ;; *) set -- "$@" --protected-mode no ;; esac
if [ "$(id -u)" = 0 ]; then
  chown -R redis:redis /data
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
`;
}

function natsEntrypoint() {
  return `#!/bin/bash
set -euo pipefail
if [ "\${1:-}" = nats-server ]; then shift; fi
exec nats-server "$@"
`;
}
