import selectors
import unittest

from tasksmith_worker.depth import DEEPEST, next_depth
from tasksmith_worker.gate import Gate, may_begin, ring


class Depth(unittest.TestCase):
    def test_grows_while_jobs_are_tiny(self):
        depths = [1]
        for _ in range(8):
            depths.append(next_depth(depths[-1], 4, 0.00004))
        self.assertEqual(depths, [1, 2, 4, 8, 16, 32, DEEPEST, DEEPEST, DEEPEST])

    def test_is_what_a_millisecond_holds(self):
        self.assertEqual(next_depth(16, 8, 0.001), 8)
        self.assertEqual(next_depth(64, 16, 0.1), 1)

    def test_stays_when_nothing_has_run(self):
        self.assertEqual(next_depth(8, 0, 0.0), 8)


class Leave(unittest.TestCase):
    def setUp(self):
        self.selector = selectors.DefaultSelector()
        self.rings = []
        self.gate = Gate(self.selector, lambda: self.rings.append(1))
        self.slot_end = self.gate.slot_end.fileno()

    def tearDown(self):
        self.gate.close()
        self.selector.close()

    def test_goes_to_the_slot_or_back_to_the_worker(self):
        self.gate.allow(3)
        self.assertTrue(may_begin(self.slot_end))
        self.assertEqual(self.gate.revoke(1), 1)
        self.assertEqual(self.gate.revoke(3), 1)
        self.assertFalse(may_begin(self.slot_end))
        self.assertEqual(self.gate.revoke(3), 0)

    def test_the_bell_is_answered_once_however_often_it_rang(self):
        ring(self.slot_end)
        ring(self.slot_end)
        for key, events in self.selector.select(1):
            key.data(events)
        self.assertEqual((len(self.rings), self.selector.select(0)), (1, []))
