import json
import unittest

from tasksmith_worker.bundle import BundleError

from .bundles import load

PLAIN = "def double(n: int) -> int:\n    return 2 * n\n"


def manifest(**content):
    return json.dumps(content)


class LoadingABundle(unittest.TestCase):
    def test_decorated_functions_of_main(self):
        tasks = load({"main.py": "from tasksmith import task\n\n@task\ndef one(): pass\n\n@task(name='zwei')\ndef two(): pass\n"})
        self.assertEqual(sorted(tasks), ["one", "zwei"])

    def test_functions_named_in_the_manifest_need_no_decorator(self):
        tasks = load({"maths.py": PLAIN, "tasksmith.json": manifest(tasks=[{"name": "twice", "function": "maths:double"}])})
        self.assertEqual(tasks["twice"].function(n=4), 8)

    def test_the_setting_wins_over_the_manifest(self):
        files = {
            "a.py": "from tasksmith import task\n@task\ndef a(): pass\n",
            "b.py": "from tasksmith import task\n@task\ndef b(): pass\n",
            "tasksmith.json": manifest(entry="a.py"),
        }
        self.assertEqual(list(load(files)), ["a"])
        self.assertEqual(list(load(files, "b.py")), ["b"])

    def test_an_entry_named_like_a_module_of_python(self):
        self.assertEqual(list(load({"json.py": "from tasksmith import task\n@task\ndef a(): pass\n"}, "json.py")), ["a"])

    def test_helpers_are_found(self):
        main = "from tasksmith import task\nfrom helper import double\n@task\ndef four(): return double(2)\n"
        self.assertEqual(load({"main.py": main, "helper.py": PLAIN})["four"].function(), 4)


class RefusingABundle(unittest.TestCase):
    def refused(self, files, reason):
        with self.assertRaisesRegex((BundleError, TypeError), reason):
            load(files)

    def test_two_tasks_of_one_name(self):
        self.refused({"main.py": "from tasksmith import task\n@task\ndef a(): pass\n@task\ndef a(): return 1\n"}, "two tasks are named 'a'")

    def test_no_entry(self):
        self.refused({"other.py": PLAIN}, "main.py does not exist")

    def test_no_task(self):
        self.refused({"main.py": PLAIN}, "has no task")

    def test_a_listed_task_without_code(self):
        self.refused({"main.py": "from tasksmith import task\n@task\ndef a(): pass\n", "tasksmith.json": manifest(tasks=[{"name": "b"}])}, "lists tasks.* b")

    def test_a_function_that_is_not_there(self):
        self.refused({"m.py": PLAIN, "tasksmith.json": manifest(tasks=[{"name": "b", "function": "m:gone"}])}, "no function 'gone'")

    def test_a_generator(self):
        self.refused({"main.py": "from tasksmith import task\n@task\ndef a():\n    yield 1\n"}, "generator")

    def test_a_manifest_that_is_not_json(self):
        self.refused({"main.py": PLAIN, "tasksmith.json": "{"}, "not JSON")
