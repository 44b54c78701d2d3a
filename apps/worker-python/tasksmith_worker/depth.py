"""How many jobs a free slot takes at one time.

One, unless jobs are tiny: then waking the slot and asking Redis cost more than the job, and a batch shares both. A batch is meant to take
a millisecond, so what waits in it waits hardly longer than for a process to wake; whatever is held up longer is handed back.
"""

DEEPEST = 64
BATCH_SECONDS = 0.001


def next_depth(depth: int, jobs: int, seconds: float) -> int:
    if not jobs:
        return depth
    fitting = int(BATCH_SECONDS * jobs / max(seconds, 1e-6))
    return max(1, min(fitting, depth * 2, DEEPEST))
