"""Celery's side: the task, and the settings that its guide on optimizing advises for many short tasks."""
import os

from celery import Celery

url = os.environ["REDIS_URL"]
app = Celery("bench", broker=url, backend=url)
app.conf.update(
    task_acks_late=True,
    # "If you have lots of short tasks, and throughput is important, this number should be large, 64 or 128 for example."
    worker_prefetch_multiplier=128,
    worker_disable_rate_limits=True,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
)


@app.task(name="add")
def add(a, b):
    return a + b
