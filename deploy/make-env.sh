#!/bin/sh
# Prints a .env for docker-compose.yml with fresh random secrets. Needs nothing but a POSIX shell:
#   sh deploy/make-env.sh > .env
set -eu
umask 077

# 32 random bytes as 64 hex digits
random() {
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

cat <<END
# Secrets of this installation. Keep a copy of RUNYARD_SECRET_KEY: without it stored credentials cannot be read.
RUNYARD_ADMIN_PASSWORD=$(random)
RUNYARD_REDIS_PASSWORD=$(random)
RUNYARD_SECRET_KEY=$(random)
# Where the gateway can be reached. Put a proxy with TLS in front before you open it to others.
GATEWAY_PUBLISH=127.0.0.1:3000
END
