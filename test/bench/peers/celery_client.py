"""Celery's client: one JSON request a line on stdin, one JSON answer a line on stdout."""
import json
import sys
import time

from celery_app import add, app

filled = []


def singles(order):
    """One at a time: apply_async, then wait for the result."""
    latencies = []
    started = time.perf_counter()
    for n in range(order["runs"]):
        sent = time.perf_counter()
        check(add.apply_async((n, 1)).get(timeout=30), n + 1)
        latencies.append(round((time.perf_counter() - sent) * 1000, 3))
    return {"seconds": time.perf_counter() - started, "latenciesMs": latencies}


def fill(order):
    """Makes tasks wait; their results are checked by `verify`."""
    with app.producer_pool.acquire(block=True) as producer:
        filled[:] = [add.apply_async((n, 1), producer=producer).id for n in range(order["tasks"])]
    return {}


def verify(_order):
    """Reads every result of the last fill from the backend."""
    backend = app.backend
    for first in range(0, len(filled), 1000):
        keys = [backend.get_key_for_task(id) for id in filled[first : first + 1000]]
        for n, stored in enumerate(backend.client.mget(keys), first):
            check(json.loads(stored)["result"] if stored else None, n + 1)
    return {}


def check(result, expected):
    if result != expected:
        raise ValueError(f"expected {expected}, got {result!r}")


def main():
    handlers = {"singles": singles, "fill": fill, "verify": verify}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = handlers[order["do"]](order)
        except Exception as error:  # noqa: BLE001 - whatever it is, the benchmark says it
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
