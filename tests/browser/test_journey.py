"""The whole way in a real browser; the story is in journey.mjs. Its screenshots land in build/screenshots/."""

import pytest

from play import play
from service import program


@pytest.mark.parametrize(
    "look, scheme, split",
    [("desktop", "light", ""), ("desktop", "dark", "1"), ("phone", "light", "1"), ("phone", "dark", "")],
)
def test_register_add_watch_remove(service, tmp_path, look, scheme, split):
    play(
        "journey.mjs", URL=service.url, CAMERA=program("visionconnect-camera"), STATE=str(tmp_path), LOOK=look,
        SCHEME=scheme, SPLIT=split,
    )
