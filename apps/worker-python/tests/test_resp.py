import unittest

from tasksmith_worker.resp import Parser, RedisError, encode

ANSWERS = b"+OK\r\n:42\r\n$-1\r\n*2\r\n*0\r\n*2\r\n$3\r\na.1\r\n$6\r\n{\r\n\r\n}\r\n-ERR Function not found\r\n*-1\r\n"
EXPECTED = [b"OK", 42, None, [[], [b"a.1", b"{\r\n\r\n}"]], "ERR Function not found", None]


def plain(answers):
    return [str(each) if isinstance(each, RedisError) else each for each in answers]


class Resp(unittest.TestCase):
    def test_encodes_lengths_in_bytes(self):
        self.assertEqual(encode("SET", b"k", "é", 7), b"*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\xc3\xa9\r\n$1\r\n7\r\n")

    def test_parses_pipelined_answers(self):
        self.assertEqual(plain(Parser().feed(ANSWERS)), EXPECTED)

    def test_parses_answers_that_arrive_in_pieces_of_any_size(self):
        for size in range(1, len(ANSWERS)):
            parser = Parser()
            pieces = [ANSWERS[at : at + size] for at in range(0, len(ANSWERS), size)]
            self.assertEqual(plain([answer for piece in pieces for answer in parser.feed(piece)]), EXPECTED)

    def test_knows_a_missing_function(self):
        self.assertTrue(Parser().feed(b"-ERR Function not found\r\n")[0].is_missing_function)

    def test_refuses_what_is_not_resp(self):
        with self.assertRaises(ConnectionError):
            Parser().feed(b"HTTP/1.1 400\r\n")
