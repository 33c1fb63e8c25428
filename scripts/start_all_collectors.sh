#!/bin/sh
# Starts every collector of this machine that config/fleet.yml names, waits until all are ready and prints each /health.
# The same as `banksman market start-all`; `banksman market stop-all` ends them.
cd "$(dirname "$0")/.." || exit 1
exec node_modules/.bin/banksman market start-all "$@"
