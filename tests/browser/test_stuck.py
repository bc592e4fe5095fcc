"""A lost answer, a camera that does not come; the story is in stuck.mjs."""

from play import play


def test_what_to_try(service):
    play("stuck.mjs", URL=service.url)
