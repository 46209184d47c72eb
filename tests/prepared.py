"""A pytest plugin, loaded before settings are read: once for all workers the ground is prepared."""

import os

from tests.ground import prepare

if "PYTEST_XDIST_WORKER" not in os.environ:
    prepare()
