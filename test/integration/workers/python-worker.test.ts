import { type BundleFiles, workerBehaviour } from './worker-behaviour.js';
import { spawnWorker, type StartWorker } from './worker-process.js';

const startWorker: StartWorker = (options) =>
  spawnWorker('/usr/bin/python3', ['-m', 'tasksmith_worker'], {
    ...options,
    env: { ...options.env, PYTHONPATH: new URL('../../../apps/worker-python', import.meta.url).pathname },
  });

const bundle: BundleFiles = {
  'main.py': `
import os
import signal
import sys
import time

from tasksmith import SoftTimeLimitExceeded, TaskError, current_run, log, progress as report_progress, task

print("loading")


@task
def echo(value):
    return value


@task
def add(a: float, b: float = 2) -> float:
    """Adds two numbers."""
    return a + b


@task
def fail(message: str):
    raise ValueError(message)


@task
def fail_permanent(message: str):
    raise TaskError(message, retryable=False)


@task
def who_am_i() -> dict:
    run = current_run()
    return {"run": run.id, "attempt": run.attempt}


@task
def sleep(ms: int) -> str:
    time.sleep(ms / 1000)
    return "slept"


@task
def sleep_patiently(ms: int) -> str:
    try:
        time.sleep(ms / 1000)
    except SoftTimeLimitExceeded:
        return "partial"
    return "slept"


@task
def stubborn(ms: int) -> str:
    until = time.monotonic() + ms / 1000
    while time.monotonic() < until:
        try:
            time.sleep(0.01)
        except BaseException:
            pass
    return "done"


@task
def busy(ms: int) -> str:
    # One C call at a time that never returns to the interpreter, as a regular expression gone wild.
    until = time.monotonic() + ms / 1000
    while time.monotonic() < until:
        if ms > 1000:
            sum(iter(int, 1))
    return "done"


@task
def progress(steps: int) -> int:
    for step in range(1, steps + 1):
        report_progress(step / steps, f"step {step}")
    return steps


@task
def print_lines(count: int) -> int:
    for number in range(count):
        print("line", number)
    print("oops", file=sys.stderr)
    log("noted")
    return count


@task
def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


@task
def exit_process():
    os._exit(3)


@task
def big_result(bytes: int) -> str:
    return "x" * bytes


@task
def not_json():
    return {"bad": object()}
`,
};

workerBehaviour('python', startWorker, {
  bundle,
  broken: { 'main.py': 'import tasksmith\n\ndef oops(:\n' },
  brokenReason: 'SyntaxError',
});
