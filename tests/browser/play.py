"""Runs a story in the browser."""

import os
import subprocess

HERE = os.path.dirname(__file__)


def play(script, **env):
    done = subprocess.run(
        ["node", os.path.join(HERE, script)], env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=900,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{script} failed; see its output"
