"""`python -m tests.secrecy.planted NAMES TASK`: plant these leaks, then do what a clone does."""

import json
import sys

from trial_site.blinding import replica

if __name__ == "__main__":
    replica.set_up()
    from tests.secrecy.planted.leaks import LEAKS

    for name in sys.argv[1].split(","):
        LEAKS[name]()
    replica.perform(json.loads(sys.argv[2]))
