"""The runtime inside Python workers: takes jobs of one lane from Redis, runs them, reports what happened (docs/worker-protocol.md)."""

VERSION = "1"
