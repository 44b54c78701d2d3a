import json
import os
import selectors
import unittest

from tasksmith_worker.output import OutputPipe, Transcript
from tasksmith_worker.pool import dispatch


class Lines(unittest.TestCase):
    def setUp(self):
        self.selector = selectors.DefaultSelector()
        self.transcript = Transcript()
        here, self.there = os.pipe()
        self.pipe = OutputPipe(self.selector, here, "stdout", lambda: self.transcript)
        self.pipe.listen()

    def tearDown(self):
        os.close(self.there)
        self.pipe.close()
        self.selector.close()

    def printed(self, *pieces):
        for piece in pieces:
            os.write(self.there, piece)
            dispatch(self.selector, 0)
        self.pipe.end_line()
        self.transcript.close()
        return [line["text"] for line in json.loads(self.transcript.report())["lines"]]

    def test_pieces_become_lines(self):
        self.assertEqual(self.printed(b"one\ntw", b"o\r\n\nrest"), ["one", "two", "", "rest"])

    def test_a_character_cut_in_two_is_one(self):
        rocket = "🚀\n".encode()
        self.assertEqual(self.printed(rocket[:2], rocket[2:]), ["🚀"])

    def test_bytes_that_are_not_text_are_replaced(self):
        self.assertEqual(self.printed(b"\xff\x00\n"), ["\ufffd\ufffd"])

    def test_a_long_line_becomes_several(self):
        self.assertEqual([len(line) for line in self.printed(b"x" * 9_000 + b"\n")], [4_000, 4_000, 1_000])

    def test_a_flood_is_counted_and_not_kept(self):
        lines = self.printed(*[b"line\n" * 1_000] * 5)
        self.assertEqual(len(lines), 1_001)
        self.assertIn("4000 more lines", lines[-1])
