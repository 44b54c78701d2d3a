"""The Python examples pass the smoke tests that they bring."""

import json
import unittest
from pathlib import Path

from tasksmith_worker.bundle import load_tasks
from tasksmith_worker.execution import run_job
from tasksmith_worker.limits import Interrupts

from .bundles import clean_imports

EXAMPLES = Path(__file__, "../../../../examples").resolve()


def contains(whole, part):
    if not isinstance(part, dict):
        return whole == part
    return isinstance(whole, dict) and all(name in whole and contains(whole[name], each) for name, each in part.items())


class Examples(unittest.TestCase):
    def result_of(self, tasks, test, **job):
        payload = {"run": "r", "attempt": 1, "task": test["task"], "arguments": test["arguments"], **job}
        return json.loads(run_job(json.dumps(payload).encode(), tasks, Interrupts()))

    def load(self, name):
        with clean_imports():
            return load_tasks(str(EXAMPLES / name))

    def test_smoke_tests(self):
        for name in ("text-stats", "flaky", "slow"):
            tasks = self.load(name)
            for test in json.loads((EXAMPLES / name / "tasksmith.json").read_text())["smokeTests"]:
                with self.subTest(name, arguments=test["arguments"]):
                    outcome = self.result_of(tasks, test)
                    self.assertEqual(outcome["kind"], "succeeded")
                    self.assertEqual(outcome["result"], test.get("expect", outcome["result"]))
                    self.assertTrue(contains(outcome["result"], test.get("expectContains", outcome["result"])))

    def test_flaky_decides_by_the_attempt(self):
        tasks = self.load("flaky")
        kinds = [self.result_of(tasks, {"task": "flaky", "arguments": {}}, attempt=n)["kind"] for n in (1, 2, 3, 1)]
        self.assertEqual(kinds, ["failed", "failed", "succeeded", "failed"])

    def test_slow_returns_what_it_has_when_time_is_up(self):
        test = {"task": "slow", "arguments": {"steps": 1000, "step_ms": 20}}
        result = self.result_of(self.load("slow"), test, softLimitMs=1_000)["result"]
        self.assertFalse(result["complete"])
        self.assertGreater(result["steps"], 1)
