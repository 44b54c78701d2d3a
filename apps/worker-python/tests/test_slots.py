"""Slots as the worker uses them: a template with a bundle, processes, limits; without Redis."""

import json
import os
import selectors
import time
import unittest
from collections import deque

from tasksmith_worker.pool import Pool, dispatch
from tasksmith_worker.settings import read_settings
from tasksmith_worker.batch import Job
from tasksmith_worker.template import start_template

from .bundles import folder_with

BUNDLE = """
import asyncio, logging, os, signal, subprocess, sys, threading, time
from tasksmith import SoftTimeLimitExceeded, TaskCancelled, log, progress, task

@task
def echo(value):
    return value

@task
def leave(code):
    sys.exit(code)

@task
def vanish():
    os._exit(3)

@task
def sleep(seconds):
    time.sleep(seconds)

@task
def tidy(seconds):
    try:
        time.sleep(seconds)
    finally:
        print("tidied")

@task
async def sleep_async(seconds):
    try:
        await asyncio.gather(asyncio.sleep(seconds), asyncio.sleep(seconds))
    except SoftTimeLimitExceeded:
        return "partial"

@task
async def spin_async():
    while True:
        pass

@task
def deaf(seconds):
    for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(seconds)

@task
def deep(n=0):
    return deep(n + 1)

@task
def speak():
    print("python")
    os.write(1, b"descriptor\\n")
    subprocess.run(["/bin/echo", "child"])
    print("error", file=sys.stderr)
    logging.getLogger("mine").info("record")
    logging.getLogger("mine").debug("not shown")
    log("line")

@task
def close_streams():
    sys.stdout.close()
    sys.stderr = None
    return "fine"

@task
def fork_and_return():
    os.fork()
    return os.getpid()

@task
def leave_child_behind():
    return subprocess.Popen(["sleep", "60"]).pid

@task
def flood_of_progress():
    for n in range(20000):
        progress(n / 20000)
    return "done"

@task
def chatty_threads():
    threads = [threading.Thread(target=lambda: [log("x" * 100) for _ in range(500)]) for _ in range(4)]
    for each in threads: each.start()
    for each in threads: each.join()
    return "joined"

@task
def sees_password():
    return os.environ.get("REDIS_PASSWORD")
"""


class Slots(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = folder_with({"main.py": BUNDLE})
        env = {"TASKSMITH_BUNDLE_DIR": cls.folder.__enter__(), "TASKSMITH_QUEUE_PREFIX": "ts:{test}:", "TASKSMITH_CONCURRENCY": "1"}
        os.environ["REDIS_PASSWORD"] = "secret"
        cls.template_pid, template = start_template(read_settings(env))
        assert template.recv(6) == b"ready\n"
        cls.selector = selectors.DefaultSelector()
        cls.done = []
        cls.returned = []
        cls.pool = Pool(1, cls.selector, template, cls.done.append, cls.returned.extend, lambda: None)
        cls.template = template

    @classmethod
    def tearDownClass(cls):
        cls.template.close()
        os.waitpid(cls.template_pid, 0)
        cls.folder.__exit__(None, None, None)

    def run_job(self, name, soft=60_000, hard=60_000, interrupt_after=None, **arguments):
        """The outcome of one job, and what else became of it."""
        job = {"v": 1, "run": "r", "attempt": 1, "task": name, "arguments": arguments, "softLimitMs": soft, "hardLimitMs": hard}
        self.until(lambda: self.pool.room)
        self.done.clear()
        self.pool.run(deque([Job(b"r.1", json.dumps(job).encode())]))
        started = time.monotonic()

        def over():
            if interrupt_after is not None and time.monotonic() - started > interrupt_after:
                self.pool.interrupt([b"r.1"], "cancelled")
            return self.done

        self.until(over)
        return json.loads(self.done[0].outcome), self.done[0]

    def until(self, check, seconds=10):
        deadline = time.monotonic() + seconds
        while not check():
            self.assertLess(time.monotonic(), deadline, "it takes too long")
            dispatch(self.selector, 0.02)
            self.pool.check(time.monotonic())

    def assert_still_works(self):
        self.assertEqual(self.run_job("echo", value=[1])[0]["result"], [1])

    def test_a_result(self):
        self.assertEqual(self.run_job("echo", value={"a": None})[0]["result"], {"a": None})

    def test_exit_is_a_failure(self):
        outcome, _ = self.run_job("leave", code=4)
        self.assertEqual((outcome["kind"], outcome["error"]["type"]), ("failed", "SystemExit"))

    def test_a_process_that_vanishes_is_a_crash(self):
        outcome, _ = self.run_job("vanish")
        self.assertEqual((outcome["kind"], outcome["detail"]), ("crashed", "exit code 3"))
        self.assert_still_works()

    def test_the_soft_limit(self):
        outcome, _ = self.run_job("sleep", soft=100, seconds=30)
        self.assertEqual((outcome["kind"], outcome["limit"], outcome["limitMs"]), ("timed-out", "soft", 100))
        self.assertLess(outcome["durationMs"], 1_100)

    def test_the_soft_limit_of_async_tasks(self):
        self.assertEqual(self.run_job("sleep_async", soft=100, seconds=30)[0].get("result"), "partial")
        self.assertEqual(self.run_job("spin_async", soft=100)[0].get("limit"), "soft")

    def test_the_hard_limit_of_a_task_that_hears_nothing(self):
        outcome, _ = self.run_job("deaf", soft=50, hard=300, seconds=30)
        self.assertEqual((outcome["kind"], outcome["limit"]), ("timed-out", "hard"))
        self.assertLess(outcome["durationMs"], 2_300)
        self.assert_still_works()

    def test_handlers_that_a_task_replaced_do_not_stay(self):
        self.run_job("deaf", seconds=0)
        self.assertEqual(self.run_job("sleep", soft=100, seconds=30)[0].get("limit"), "soft")

    def test_a_cancel_lets_the_task_clean_up(self):
        outcome, running = self.run_job("tidy", seconds=30, interrupt_after=0.1)
        self.assertEqual(outcome["kind"], "cancelled")
        self.assertIn(b"tidied", running.reports.transcript.report())

    def test_a_cancel_of_async_and_of_deaf_tasks(self):
        self.assertEqual(self.run_job("sleep_async", seconds=30, interrupt_after=0.1)[0]["kind"], "cancelled")
        outcome, _ = self.run_job("deaf", seconds=30, interrupt_after=0.1)
        self.assertEqual(outcome["kind"], "cancelled")
        self.assertGreater(outcome["durationMs"], 2_000)

    def test_endless_recursion(self):
        outcome, _ = self.run_job("deep")
        self.assertEqual(outcome["error"]["type"], "RecursionError")

    def test_everything_said_is_heard_before_the_outcome(self):
        _, running = self.run_job("speak")
        lines = json.loads(running.reports.transcript.report())["lines"]
        said = {stream: [line["text"] for line in lines if line["stream"] == stream] for stream in ("stdout", "stderr", "log")}
        self.assertEqual(said["stdout"], ["python", "descriptor", "child"])
        self.assertEqual(said["stderr"], ["error"])
        self.assertEqual(said["log"], ["INFO mine: record", "line"])

    def test_closed_streams_do_no_harm(self):
        self.assertEqual(self.run_job("close_streams")[0].get("result"), "fine")
        self.assert_still_works()
        self.run_job("vanish")

    def test_only_one_of_two_forks_reports(self):
        self.assertEqual(self.run_job("fork_and_return")[0]["result"], self.pool.slots[0].pid)
        self.assert_still_works()

    def test_what_a_task_started_ends_with_its_process(self):
        pid = self.run_job("leave_child_behind")[0]["result"]
        self.run_job("vanish")
        self.until(lambda: not is_alive(pid))

    def test_a_flood_of_progress_and_threads_that_talk(self):
        self.assertEqual(self.run_job("flood_of_progress")[0]["result"], "done")
        outcome, running = self.run_job("chatty_threads")
        self.assertEqual(outcome["result"], "joined")
        self.assertEqual(len(json.loads(running.reports.transcript.report())["lines"]), 1_001)

    def test_the_password_is_not_in_the_environment(self):
        self.assertIsNone(self.run_job("sees_password")[0]["result"])

    def test_arguments_that_do_not_fit(self):
        outcome, _ = self.run_job("echo", other=1)
        self.assertEqual((outcome["error"]["type"], outcome["retryable"]), ("InvalidArguments", False))
        self.assertEqual(self.run_job("nobody")[0]["error"]["type"], "TaskNotFound")


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False
