"""The messages of test/contract/golden, which TypeScript reads too."""

import json
import unittest
from pathlib import Path

from tasksmith import current_run, task
from tasksmith.registry import registered
from tasksmith_worker import outcome
from tasksmith_worker.execution import run_job
from tasksmith_worker.limits import Interrupts

GOLDEN = json.loads(Path(__file__, "../../../../test/contract/golden/messages.json").resolve().read_text())


@task
def word_stats(text: str, top: int):
    return {"text": text, "top": top}


@task
def flaky():
    return current_run().attempt


TASKS = {each.name: each for each in registered if each.function in (word_stats, flaky)}


def members(value):
    if not isinstance(value, dict):
        return type(value) in (int, float) and "number" or type(value).__name__
    return {key: members(each) for key, each in value.items() if key != "result"}


class GoldenMessages(unittest.TestCase):
    def test_every_job_is_understood(self):
        results = [json.loads(run_job(job["json"].encode(), TASKS, Interrupts())) for job in GOLDEN["jobs"]]
        self.assertEqual([each["kind"] for each in results], ["succeeded"] * len(results))
        self.assertEqual(results[0]["result"], {"text": "naïve café 🚀", "top": 3})
        self.assertEqual(results[1]["result"], 2)

    def test_outcomes_have_the_members_of_the_golden_ones(self):
        made = [
            outcome.succeeded({"words": 3, "top": [["a", 2]], "none": None}, 1.25),
            outcome.succeeded(None, 0),
            outcome.failed("ValueError", "text must not be empty", 0.5, retryable=True, trace="Traceback"),
            outcome.timed_out("soft", 300000, 300001.2),
            outcome.timed_out("hard", 600000, 600010),
            outcome.cancelled(5.1),
            outcome.crashed("exit code 139 (SIGSEGV)", 5.1),
        ]
        self.assertEqual([members(json.loads(each)) for each in made], [members(each) for each in GOLDEN["outcomes"]])
        self.assertEqual(json.loads(made[0]), GOLDEN["outcomes"][0])
        self.assertEqual(json.loads(made[6]), GOLDEN["outcomes"][6])

    def test_a_wait_status_reads_like_the_golden_crash(self):
        self.assertEqual(outcome.exit_detail(11), "exit code 139 (SIGSEGV)")
        self.assertEqual(outcome.exit_detail(3 << 8), "exit code 3")

    def test_results_that_json_cannot_hold(self):
        deep = []
        for _ in range(100_000):
            deep = [deep]
        for odd in (float("nan"), {1, 2}, {(1, 2): 3}, "\ud800", deep, object()):
            self.assertEqual(json.loads(outcome.succeeded(odd, 1))["error"]["type"], "ResultNotSerializable")
        self.assertEqual(json.loads(outcome.succeeded("x" * 1_048_576, 1))["error"]["type"], "ResultTooLarge")
